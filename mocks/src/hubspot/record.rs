//! One record, and the older state of it that search may still show.

use std::sync::Arc;

use super::kind::Kind;
use crate::clock::iso;

/// Property values by name; a missing name is an empty value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Props(Vec<(Arc<str>, Box<str>)>);

impl Props {
    /// A value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| &**key == name).map(|(_, value)| &**value)
    }

    /// Sets a value; an empty one is removed. Tells whether anything changed.
    pub(crate) fn set(&mut self, name: &Arc<str>, value: &str) -> bool {
        let position = self.0.iter().position(|(key, _)| key == name);
        match (position, value.is_empty()) {
            (Some(index), true) => {
                self.0.remove(index);
                true
            }
            (Some(index), false) => self.0.get_mut(index).is_some_and(|slot| {
                let changed = &*slot.1 != value;
                if changed {
                    slot.1 = value.into();
                }
                changed
            }),
            (None, true) => false,
            (None, false) => {
                self.0.push((Arc::clone(name), value.into()));
                true
            }
        }
    }

    /// All values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

/// The state of a record before its last writes, as long as the search index has not seen them.
#[derive(Clone, Debug)]
pub(crate) struct Stale {
    pub(crate) props: Props,
    pub(crate) updated_ms: i64,
}

/// One record.
#[derive(Clone, Debug)]
pub struct Record {
    /// The id; strings on the wire.
    pub id: u64,
    /// The values that are not empty, without those that the portal computes.
    pub props: Props,
    /// Milliseconds since the epoch.
    pub created_ms: i64,
    /// Milliseconds since the epoch: moves with every write.
    pub updated_ms: i64,
    /// Set once it is in the recycle bin.
    pub archived_ms: Option<i64>,
    /// Ids that were merged into this one.
    pub merged_ids: Vec<u64>,
    pub(crate) searchable_ms: i64,
    pub(crate) stale: Option<Box<Stale>>,
}

impl Record {
    pub(crate) fn new(id: u64, created_ms: i64) -> Self {
        Self {
            id,
            props: Props::default(),
            created_ms,
            updated_ms: created_ms,
            archived_ms: None,
            merged_ids: Vec::new(),
            searchable_ms: created_ms,
            stale: None,
        }
    }

    /// Notes a write: the change date moves and search keeps showing what it showed, for `lag_ms`.
    pub(crate) fn touch(&mut self, now: i64, lag_ms: i64) {
        if lag_ms > 0 && now >= self.searchable_ms {
            self.stale = Some(Box::new(Stale { props: self.props.clone(), updated_ms: self.updated_ms }));
        } else if lag_ms == 0 {
            self.stale = None;
        }
        self.updated_ms = now;
        self.searchable_ms = now + lag_ms;
    }

    /// What search knows of it at `now`: values and change date.
    pub(crate) fn searchable(&self, now: i64) -> Option<(&Props, i64)> {
        if now >= self.searchable_ms {
            return Some((&self.props, self.updated_ms));
        }
        self.stale.as_ref().map(|stale| (&stale.props, stale.updated_ms))
    }

    /// A value by name, the system ones included.
    pub fn value(&self, kind: Kind, name: &str) -> Option<String> {
        system_value(self, self.updated_ms, kind, name).or_else(|| self.props.get(name).map(str::to_owned))
    }
}

/// The values that every record has without anybody writing them.
pub(crate) fn system_value(record: &Record, updated_ms: i64, kind: Kind, name: &str) -> Option<String> {
    match name {
        "hs_object_id" => Some(record.id.to_string()),
        "hs_lastmodifieddate" => Some(iso(updated_ms)),
        "hs_createdate" => Some(iso(record.created_ms)),
        _ if name == kind.created_property() => Some(iso(record.created_ms)),
        "hs_merged_object_ids" if !record.merged_ids.is_empty() => {
            let ids: Vec<String> = record.merged_ids.iter().map(ToString::to_string).collect();
            Some(ids.join(";"))
        }
        _ => None,
    }
}
