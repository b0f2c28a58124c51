//! The tree of known keys, read from the JSON schema that is generated from the types: there is no second list.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::leaf::Leaf;
use super::nearest;
use super::schema;

/// What may stand at a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A table of known keys.
    Table(Table),
    /// A table of currencies: their codes are the keys.
    Currencies(Leaf),
    /// A list of tables whose keys depend on their `kind`.
    Sources(BTreeMap<String, Table>),
    /// A list of values, of which there are at least so many.
    List(Leaf, usize),
    /// A value.
    One(Leaf),
}

/// A table of known keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) keys: BTreeMap<String, Shape>,
    pub(super) required: BTreeSet<String>,
}

/// The key that tells the kind of a source.
pub(super) const KIND: &str = "kind";

impl Table {
    /// The keys of the whole configuration.
    pub(super) fn of_settings() -> Self {
        Self::from_schema(&schema::inlined())
    }

    fn from_schema(schema: &Json) -> Self {
        let keys = schema["properties"].as_object().into_iter().flatten();
        let required = schema["required"].as_array().into_iter().flatten();
        Self {
            keys: keys.map(|(key, schema)| (key.clone(), Shape::from_schema(schema))).collect(),
            required: required.filter_map(Json::as_str).map(str::to_owned).collect(),
        }
    }

    /// The key of this name as it is spelt here, upper and lower case alike, and what may stand there.
    pub(super) fn find(&self, name: &str) -> Option<(&str, &Shape)> {
        let (key, shape) = self.keys.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some((key, shape))
    }

    /// Every key below this table, sections included; those of a list of sources as `accounting[0].name`.
    pub(super) fn all_keys(&self) -> Vec<String> {
        let mut all = Vec::new();
        self.collect("", &mut all);
        all
    }

    fn collect(&self, prefix: &str, all: &mut Vec<String>) {
        for (key, shape) in &self.keys {
            let key = join(prefix, key);
            match shape {
                Shape::Table(table) => table.collect(&key, all),
                Shape::Sources(kinds) => {
                    for table in kinds.values() {
                        table.collect(&format!("{key}[0]"), all);
                    }
                }
                Shape::Currencies(_) | Shape::List(..) | Shape::One(_) => {}
            }
            if !all.contains(&key) {
                all.push(key);
            }
        }
    }

    /// The keys below this table that take a value: no sections.
    pub(super) fn value_keys(&self) -> Vec<String> {
        let all = self.all_keys();
        let is_section = |key: &String| {
            let below = |other: &&String| {
                other.strip_prefix(key.as_str()).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            all.iter().any(|other| below(&other))
        };
        all.iter().filter(|key| !is_section(key)).cloned().collect()
    }

    /// The kind of source that has a key, where only one has it.
    pub(super) fn kind_with(&self, key: &str) -> Option<&str> {
        let kinds = self.keys.values().filter_map(|shape| match shape {
            Shape::Sources(kinds) => Some(kinds),
            _ => None,
        });
        let mut with = kinds.flatten().filter(|(_, table)| table.keys.contains_key(key));
        let (kind, _) = with.next()?;
        with.next().is_none().then_some(kind)
    }

    /// The known key that is nearest to an unknown one of the table at `prefix`, which is `here`.
    ///
    /// What a source takes depends on its kind: for a key of a source only that source is searched, and for any other
    /// key no source is.
    pub(super) fn nearest(&self, unknown: &str, here: &Self, prefix: &str) -> Option<String> {
        let mut candidates: Vec<String> = here.all_keys().iter().map(|key| join(prefix, key)).collect();
        if !in_source(prefix) {
            candidates.extend(self.all_keys());
            candidates.retain(|key| !in_source(key));
        }
        nearest::key(unknown, candidates.iter().map(String::as_str)).map(str::to_owned)
    }
}

fn in_source(key: &str) -> bool {
    key.contains('[')
}

impl Shape {
    fn from_schema(schema: &Json) -> Self {
        match schema["type"].as_str() {
            Some("object") if schema["properties"].is_object() => Self::Table(Table::from_schema(schema)),
            Some("object") => {
                let by_pattern = schema["patternProperties"].as_object().and_then(|map| map.values().next());
                Self::Currencies(Leaf::from_schema(by_pattern.unwrap_or(&schema["additionalProperties"])))
            }
            Some("array") if schema["items"]["oneOf"][0]["properties"].is_object() => {
                let kinds = schema["items"]["oneOf"].as_array().into_iter().flatten();
                Self::Sources(kinds.filter_map(kind_of_source).collect())
            }
            Some("array") => {
                let least = schema["minItems"].as_u64().and_then(|least| usize::try_from(least).ok());
                Self::List(Leaf::from_schema(&schema["items"]), least.unwrap_or(0))
            }
            _ => Self::One(Leaf::from_schema(schema)),
        }
    }
}

/// One alternative of a list of sources: its kind, and its keys.
fn kind_of_source(schema: &Json) -> Option<(String, Table)> {
    let kind = schema["properties"][KIND]["const"].as_str()?;
    let mut table = Table::from_schema(schema);
    table.keys.insert(KIND.to_owned(), Shape::One(Leaf::Choice(vec![kind.to_owned()])));
    Some((kind.to_owned(), table))
}

/// A key below another one.
pub(super) fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }
}
