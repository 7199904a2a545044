//! Characters that text should not hold (1.5.3 in 3.1.1, 1.5.4 in 5), for decoders told to refuse them.

use super::property::Block;
use super::{Connect, Field, Packet, Properties};

impl Packet<'_> {
    /// The first field whose text holds a control character or a non-character.
    ///
    /// Looks at packets that were decoded, whose properties are still in wire form.
    pub(crate) fn discouraged_text(&self) -> Option<Field> {
        match self {
            Self::Connect(connect) => in_connect(connect),
            Self::ConnAck(connack) => in_properties(&connack.properties),
            Self::Publish(publish) => in_text(publish.topic.as_str(), Field::TopicName)
                .or_else(|| in_properties(&publish.properties)),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                in_properties(&ack.properties)
            }
            Self::Subscribe(subscribe) => in_properties(&subscribe.properties).or_else(|| {
                let mut subscriptions = subscribe.subscriptions.iter();
                subscriptions.find_map(|subscription| {
                    in_text(subscription.filter.as_str(), Field::TopicFilter)
                })
            }),
            Self::SubAck(suback) | Self::UnsubAck(suback) => in_properties(&suback.properties),
            Self::Unsubscribe(unsubscribe) => {
                in_properties(&unsubscribe.properties).or_else(|| {
                    unsubscribe
                        .filters
                        .iter()
                        .find_map(|filter| in_text(filter.as_str(), Field::TopicFilter))
                })
            }
            Self::Disconnect(disconnect) => in_properties(&disconnect.properties),
            Self::Auth(auth) => in_properties(&auth.properties),
            Self::PingReq | Self::PingResp => None,
        }
    }
}

fn in_connect(connect: &Connect<'_>) -> Option<Field> {
    in_properties(&connect.properties)
        .or_else(|| in_text(connect.client_id, Field::ClientIdentifier))
        .or_else(|| {
            let will = connect.will.as_ref()?;
            in_properties(&will.properties)
                .or_else(|| in_text(will.topic.as_str(), Field::WillTopic))
        })
        .or_else(|| in_text(connect.user_name?, Field::UserName))
}

fn in_properties<P>(properties: &Properties<'_, P>) -> Option<Field> {
    let (block, _) = properties.as_wire()?;
    Block(block).find_map(|property| {
        let found = property
            .texts()
            .into_iter()
            .flatten()
            .any(|text| text.chars().any(is_discouraged));
        found.then_some(Field::Property(property.id))
    })
}

fn in_text(text: &str, field: Field) -> Option<Field> {
    text.chars().any(is_discouraged).then_some(field)
}

/// Control characters and the 66 code points that Unicode calls non-characters.
fn is_discouraged(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{fdd0}'..='\u{fdef}')
        || matches!(u32::from(character) & 0xffff, 0xfffe | 0xffff)
}
