//! Layers of values that the `config` crate puts on top of each other, each value tagged with where it comes from.

use std::fmt;

use config::{ConfigError, Map, Source, Value, ValueKind};
use serde_json::Value as Json;

use super::origin::{Origin, Origins};
use super::shape::join;

/// The values of one layer, by section. Not shown, as there may be secrets among them.
#[derive(Clone, Default)]
pub(super) struct Layer(Map<String, Value>);

impl Layer {
    pub(super) fn new(values: Map<String, Value>) -> Self {
        Self(values)
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Layer")
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

/// The origins that values are tagged with: a value carries the number of its origin through the merge.
#[derive(Default)]
pub(super) struct Tags(Vec<Origin>);

impl Tags {
    /// A value that knows where it comes from.
    pub(super) fn value(&mut self, origin: Origin, kind: ValueKind) -> Value {
        self.0.push(origin);
        Value::new(Some(&(self.0.len() - 1).to_string()), kind)
    }

    /// The plain form of merged values, and the origin of each of them.
    pub(super) fn unfold(&self, value: Value) -> (Json, Origins) {
        let mut origins = Origins::default();
        let json = self.unfold_at("", value, &mut origins);
        (json, origins)
    }

    fn unfold_at(&self, key: &str, value: Value, origins: &mut Origins) -> Json {
        let tag = value.origin().and_then(|tag| tag.parse::<usize>().ok());
        if let Some(origin) = tag.and_then(|tag| self.0.get(tag)) {
            origins.set(key.to_owned(), origin.clone());
        }
        match value.kind {
            ValueKind::Table(table) => {
                let below = |(name, value): (String, Value)| {
                    let value = self.unfold_at(&join(key, &name), value, origins);
                    (name, value)
                };
                Json::Object(table.into_iter().map(below).collect())
            }
            ValueKind::Array(items) if items.iter().any(|item| matches!(item.kind, ValueKind::Table(_))) => {
                let below = |(index, item)| self.unfold_at(&format!("{key}[{index}]"), item, origins);
                Json::Array(items.into_iter().enumerate().map(below).collect())
            }
            ValueKind::Array(items) => {
                let mut unused = Origins::default();
                Json::Array(items.into_iter().map(|item| self.unfold_at(key, item, &mut unused)).collect())
            }
            ValueKind::String(text) => text.into(),
            ValueKind::Boolean(flag) => flag.into(),
            ValueKind::I64(number) => number.into(),
            ValueKind::U64(number) => number.into(),
            ValueKind::Float(number) => number.into(),
            // No key takes one: they do not pass the reading of a layer.
            ValueKind::I128(_) | ValueKind::U128(_) | ValueKind::Nil => Json::Null,
        }
    }
}
