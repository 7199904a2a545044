//! Characters that text should not hold (1.5.3 in 3.1.1, 1.5.4 in 5), for decoders told to refuse them.

use super::property::Block;
use super::{Connect, Field, Packet, Properties};
use crate::topic::TopicFilter;

impl<'a> Packet<'a> {
    /// The first field whose text holds a control character or a non-character,
    /// and that text from there on.
    ///
    /// Looks at packets that were decoded, whose properties are still in wire form.
    pub(crate) fn discouraged_text(&self) -> Option<(Field, &'a str)> {
        match self {
            Self::Connect(connect) => in_connect(connect),
            Self::ConnAck(connack) => in_properties(connack.properties),
            Self::Publish(publish) => in_text(publish.topic.as_str(), Field::TopicName)
                .or_else(|| in_properties(publish.properties)),
            Self::PubAck(ack) | Self::PubRec(ack) | Self::PubRel(ack) | Self::PubComp(ack) => {
                in_properties(ack.properties)
            }
            Self::Subscribe(subscribe) => in_properties(subscribe.properties).or_else(|| {
                let filters = subscribe
                    .subscriptions
                    .iter()
                    .map(|subscription| subscription.filter);
                in_filters(filters)
            }),
            Self::SubAck(suback) | Self::UnsubAck(suback) => in_properties(suback.properties),
            Self::Unsubscribe(unsubscribe) => in_properties(unsubscribe.properties)
                .or_else(|| in_filters(unsubscribe.filters.iter())),
            Self::Disconnect(disconnect) => in_properties(disconnect.properties),
            Self::Auth(auth) => in_properties(auth.properties),
            Self::PingReq | Self::PingResp => None,
        }
    }
}

fn in_connect<'a>(connect: &Connect<'a>) -> Option<(Field, &'a str)> {
    in_properties(connect.properties)
        .or_else(|| in_text(connect.client_id, Field::ClientIdentifier))
        .or_else(|| {
            let will = connect.will?;
            in_properties(will.properties)
                .or_else(|| in_text(will.topic.as_str(), Field::WillTopic))
        })
        .or_else(|| in_text(connect.user_name?, Field::UserName))
}

fn in_filters<'a>(mut filters: impl Iterator<Item = TopicFilter<'a>>) -> Option<(Field, &'a str)> {
    filters.find_map(|filter| in_text(filter.as_str(), Field::TopicFilter))
}

fn in_properties<'a, P>(properties: Properties<'a, P>) -> Option<(Field, &'a str)> {
    let (block, _) = properties.as_wire()?;
    Block(block).find_map(|property| {
        let mut texts = property.texts().into_iter().flatten();
        texts.find_map(|text| in_text(text, Field::Property(property.id)))
    })
}

fn in_text(text: &str, field: Field) -> Option<(Field, &str)> {
    let at = text.find(is_discouraged)?;
    Some((field, text.get(at..)?))
}

/// Control characters and the 66 code points that Unicode calls non-characters.
fn is_discouraged(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{fdd0}'..='\u{fdef}')
        || matches!(u32::from(character) & 0xffff, 0xfffe | 0xffff)
}
