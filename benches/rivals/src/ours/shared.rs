use puremqtt::{Encoder, Message, Rope, TopicName, Version};

use crate::case::{Case, OURS};
use crate::meter::measure;
use crate::workloads::packets::TOPIC;

/// One message to many connections, each of which has sent something before:
/// the payload is referred to, and not copied.
pub fn encode(size: usize, units: usize) -> Case {
    Case::new(OURS, move || {
        let message = Message::new(TopicName::new(TOPIC).unwrap(), vec![b'x'; size]);
        let mut encoder = Encoder::new(Version::V3_1_1);
        let mut connections = vec![Rope::new(); units];
        let mut send = move |connections: &mut [Rope]| {
            for rope in connections {
                let output = &mut rope.sharing_message(&message);
                encoder.encode(message.publish(), output).unwrap();
            }
        };
        // What is cloned has no room of its own yet.
        send(&mut connections);
        Box::new(move || {
            for rope in &mut connections {
                rope.consume(rope.len());
            }
            let ((), sample) = measure(|| send(&mut connections));
            assert!(connections.iter().all(|rope| rope.len() > size));
            sample
        })
    })
}
