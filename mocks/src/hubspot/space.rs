//! All records of one object type.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::record::Record;
use super::schema::Schema;

/// The records and definitions of one object type.
#[derive(Clone, Debug, Default)]
pub struct Space {
    /// Definitions.
    pub schema: Schema,
    /// Live records by id.
    pub records: BTreeMap<u64, Record>,
    /// The recycle bin.
    pub archived: BTreeMap<u64, Record>,
    /// Loser to winner.
    pub merged: BTreeMap<u64, u64>,
    unique: HashMap<Arc<str>, HashMap<Box<str>, u64>>,
}

impl Space {
    pub(crate) fn with(schema: Schema) -> Self {
        Self { schema, ..Self::default() }
    }

    pub(crate) fn holder(&self, property: &str, value: &str) -> Option<u64> {
        self.unique.get(property).and_then(|held| held.get(value)).copied()
    }

    /// Sets checked values of a live record and returns the names that changed.
    pub(crate) fn set(&mut self, id: u64, values: &[(Arc<str>, String)]) -> Vec<String> {
        let Some(record) = self.records.get_mut(&id) else { return Vec::new() };
        let mut changed = Vec::new();
        for (name, value) in values {
            let unique = self.schema.properties.get(name).is_some_and(|property| property.unique);
            let before = if unique { record.props.get(name).map(str::to_owned) } else { None };
            if !record.props.set(name, value) {
                continue;
            }
            changed.push(name.to_string());
            if unique {
                let held = self.unique.entry(Arc::clone(name)).or_default();
                if let Some(before) = before {
                    held.remove(before.as_str());
                }
                if !value.is_empty() {
                    held.insert(value.as_str().into(), id);
                }
            }
        }
        changed
    }

    pub(crate) fn archive(&mut self, id: u64, now: i64) -> bool {
        let Some(mut record) = self.records.remove(&id) else { return false };
        for held in self.unique.values_mut() {
            held.retain(|_, holder| *holder != id);
        }
        record.archived_ms = Some(now);
        record.updated_ms = now;
        self.archived.insert(id, record);
        true
    }

    /// The winner at the end of a chain of merges.
    pub(crate) fn winner(&self, id: u64) -> Option<u64> {
        let mut at = *self.merged.get(&id)?;
        while let Some(next) = self.merged.get(&at) {
            at = *next;
        }
        Some(at)
    }
}
