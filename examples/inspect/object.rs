//! A JSON object, made key by key; a key whose value is not there is left out.

use puremqtt::{List, UserProperty};
use serde_json::{Map, Value};

use crate::text;

#[derive(Default)]
pub struct Object(Map<String, Value>);

impl Object {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.into(), value.into());
        self
    }

    pub fn maybe(self, key: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// 0 or 1, as the standard has a property's boolean.
    pub fn maybe_flag(self, key: &str, flag: Option<bool>) -> Self {
        self.maybe(key, flag.map(u8::from))
    }

    pub fn maybe_hex(self, key: &str, bytes: Option<&[u8]>) -> Self {
        self.maybe(key, bytes.map(text::hex))
    }

    pub fn user_properties(self, pairs: List<'_, UserProperty<'_>>) -> Self {
        let pairs: Vec<Value> = pairs
            .iter()
            .map(|pair| vec![pair.name, pair.value].into())
            .collect();
        self.maybe(
            "user_property",
            Some(pairs).filter(|pairs| !pairs.is_empty()),
        )
    }

    /// None when there is no key.
    pub fn unless_empty(self) -> Option<Self> {
        Some(self).filter(|object| !object.0.is_empty())
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Self::Object(object.0)
    }
}
