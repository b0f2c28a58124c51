//! The records of one module.

use std::collections::{BTreeMap, HashMap};

use super::collate::folded;

/// One record: who it belongs to, when it was touched, and its values by field.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) owner: u64,
    /// Seconds since the epoch.
    pub(crate) created: i64,
    /// Seconds since the epoch.
    pub(crate) modified: i64,
    pub(crate) modified_by: u64,
    creator: u64,
    /// Who else saved it.
    others: Vec<u64>,
    /// How many fields its module had when it was last saved: later ones are NULL in the database.
    pub(crate) seen: usize,
    /// An activity whose organization was deleted: neither found nor readable.
    pub(crate) unreachable: bool,
    /// Values that are not empty, by field, in the order of the fields.
    cells: Vec<(u16, Box<str>)>,
}

impl Record {
    pub(crate) fn new(owner: u64, at: i64, by: u64, seen: usize) -> Self {
        Self {
            owner,
            created: at,
            modified: at,
            modified_by: by,
            creator: by,
            others: Vec::new(),
            seen,
            unreachable: false,
            cells: Vec::new(),
        }
    }

    /// A user saved it.
    pub(crate) fn saved(&mut self, by: u64, at: i64, seen: usize) {
        self.modified = at;
        self.modified_by = by;
        self.seen = seen;
        if !self.saved_by(by) {
            self.others.push(by);
        }
    }

    /// Whether a user ever saved it: only then does the database know whether they starred it.
    pub(crate) fn saved_by(&self, user: u64) -> bool {
        self.creator == user || self.others.contains(&user)
    }

    pub(crate) fn get(&self, field: usize) -> Option<&str> {
        let at = self.cells.binary_search_by_key(&field, |(held, _)| usize::from(*held)).ok()?;
        self.cells.get(at).map(|(_, value)| value.as_ref())
    }

    /// Sets or clears a value. True: it is another one now.
    fn set(&mut self, field: usize, value: Option<String>) -> bool {
        let Ok(name) = u16::try_from(field) else { return false };
        match (self.cells.binary_search_by_key(&name, |(held, _)| *held), value) {
            (Ok(at), Some(value)) => {
                let cell = &mut self.cells[at].1;
                let changed = cell.as_ref() != value;
                *cell = value.into_boxed_str();
                changed
            }
            (Ok(at), None) => {
                self.cells.remove(at);
                true
            }
            (Err(at), Some(value)) => {
                self.cells.insert(at, (name, value.into_boxed_str()));
                true
            }
            (Err(_), None) => false,
        }
    }
}

/// What is left of a deleted record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone {
    pub(crate) at: i64,
    pub(crate) owner: u64,
}

/// All records of a module, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    records: BTreeMap<u64, Record>,
    pub(crate) deleted: BTreeMap<u64, Gone>,
    /// The field whose values must be unique, if there is one.
    pub(crate) unique: Option<usize>,
    /// Records by the folded value of the unique field.
    names: HashMap<String, Vec<u64>>,
    /// The number of the last automatic ACC1, POT1, ...
    pub(crate) last_no: u64,
    /// What an e-mail is about: it is one row for each.
    pub(crate) parents: BTreeMap<u64, Vec<u64>>,
}

impl Table {
    pub(crate) fn with_unique(unique: Option<usize>) -> Self {
        Self { unique, ..Self::default() }
    }

    pub(crate) fn records(&self) -> &BTreeMap<u64, Record> {
        &self.records
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Record> {
        self.records.get(&id)
    }

    /// The record itself; its values are set by [`Table::set`] only.
    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut Record> {
        self.records.get_mut(&id)
    }

    pub(crate) fn insert(&mut self, id: u64, record: Record) {
        self.records.insert(id, record);
    }

    /// Sets a value of a record. True: it is another one now.
    pub(crate) fn set(&mut self, id: u64, field: usize, value: Option<String>) -> bool {
        let Some(record) = self.records.get_mut(&id) else { return false };
        if self.unique != Some(field) {
            return record.set(field, value);
        }
        let old = record.get(field).map(folded);
        let new = value.as_deref().map(folded);
        let changed = record.set(field, value);
        if old != new {
            if let Some(old) = old {
                forget(&mut self.names, &old, id);
            }
            if let Some(new) = new {
                self.names.entry(new).or_default().push(id);
            }
        }
        changed
    }

    /// Whether another live record has this value in the unique field.
    pub(crate) fn taken(&self, value: &str, by_other_than: u64) -> bool {
        let holders = self.names.get(&folded(value));
        holders.is_some_and(|ids| ids.iter().any(|id| *id != by_other_than))
    }

    /// Puts a record into the recycle bin. False: there is none.
    pub(crate) fn delete(&mut self, id: u64, at: i64) -> bool {
        let Some(record) = self.records.remove(&id) else { return false };
        if let Some(name) = self.unique.and_then(|field| record.get(field)) {
            forget(&mut self.names, &folded(name), id);
        }
        self.deleted.insert(id, Gone { at, owner: record.owner });
        true
    }
}

fn forget(names: &mut HashMap<String, Vec<u64>>, name: &str, id: u64) {
    if let Some(ids) = names.get_mut(name) {
        ids.retain(|held| *held != id);
        if ids.is_empty() {
            names.remove(name);
        }
    }
}
