//! Filters and topics: what `--topics` answers.

use puremqtt::{TopicError, TopicFilter, TopicName, Version};
use serde_json::Value;

use crate::lines::Request;
use crate::object::Object;

/// The answer to the question in a line.
pub fn answer(line: &[u8]) -> Value {
    match of(line) {
        Ok(object) => object,
        Err(message) => Object::new().with("error", message),
    }
    .into()
}

fn of(line: &[u8]) -> Result<Object, String> {
    let request = Request::read(line)?;
    let version = request.version()?.unwrap_or_default();
    match (request.text("filter")?, request.text("topic")?) {
        (Some(filter), Some(topic)) => {
            let filter =
                read_filter(filter, version).map_err(|error| format!("filter: {error}"))?;
            let topic = TopicName::new(topic).map_err(|error| format!("topic: {error}"))?;
            Ok(Object::new().with("match", filter.matches(topic)))
        }
        (Some(filter), None) => Ok(validity(read_filter(filter, version).err())),
        (None, Some(topic)) => Ok(validity(TopicName::new(topic).err())),
        (None, None) => Err("there is neither \"filter\" nor \"topic\"".into()),
    }
}

/// `$share/` is special in MQTT 5 alone.
fn read_filter(text: &str, version: Version) -> Result<TopicFilter<'_>, TopicError> {
    match version {
        Version::V5 => TopicFilter::new(text),
        Version::V3_1 | Version::V3_1_1 => TopicFilter::unshared(text),
    }
}

fn validity(error: Option<TopicError>) -> Object {
    Object::new()
        .with("valid", error.is_none())
        .with("error", error.map(|error| error.to_string()))
}
