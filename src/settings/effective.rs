//! The effective configuration for people and for scripts: every value with its origin, secrets hidden.

use serde_json::{Map, Value as Json, json};

use super::Loaded;
use super::origin::Origin;
use super::shape::join;

/// One value of the effective configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveValue {
    /// Its key: `cold.exclude_lost`, `accounting[0].name`.
    pub key: String,
    /// The value; a secret is `***`.
    pub value: Json,
    /// Where it comes from.
    pub origin: Origin,
}

impl Loaded {
    /// Every value that is set or has a default, by key.
    pub fn effective(&self) -> Vec<EffectiveValue> {
        let mut flat = Vec::new();
        // Serializing plain structs into JSON cannot fail.
        flatten("", serde_json::to_value(&self.settings).unwrap_or_default(), &mut flat);
        flat.into_iter()
            .map(|(key, value)| EffectiveValue { origin: self.origins.of(&key), key, value })
            .collect()
    }

    /// The effective configuration as lines of `key = value  # origin`.
    pub fn effective_text(&self) -> String {
        let values = self.effective();
        let assignments: Vec<String> =
            values.iter().map(|value| format!("{} = {}", value.key, value.value)).collect();
        let usual = assignments.iter().map(|line| line.chars().count()).filter(|width| *width <= 60);
        let width = usual.max().unwrap_or_default();
        let lines = values.iter().zip(&assignments);
        let lines = lines.map(|(value, line)| format!("{line:width$}  # {}", value.origin));
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }

    /// The effective configuration as one JSON object: for each key its `value` and its `origin`.
    pub fn effective_json(&self) -> Json {
        let values = self.effective().into_iter();
        let entry = |EffectiveValue { key, value, origin }| {
            (key, json!({ "value": value, "origin": origin.to_string() }))
        };
        Json::Object(values.map(entry).collect::<Map<_, _>>())
    }
}

fn flatten(key: &str, value: Json, flat: &mut Vec<(String, Json)>) {
    match value {
        Json::Object(table) => {
            table.into_iter().for_each(|(name, value)| flatten(&join(key, &name), value, flat));
        }
        Json::Array(items) if items.iter().any(Json::is_object) => {
            let items = items.into_iter().enumerate();
            items.for_each(|(index, item)| flatten(&format!("{key}[{index}]"), item, flat));
        }
        value => flat.push((key.to_owned(), value)),
    }
}
