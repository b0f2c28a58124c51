//! Texts → companies, compactly: one arena of text instead of one allocation per key.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::CompanyIndex;

/// The place of a text in its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Entry(std::num::NonZeroU32);

impl Entry {
    /// The entry after `place` others. Saturates where companies, counted in 32 bits, have already ended.
    fn after(place: usize) -> Self {
        let number = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
        Self(std::num::NonZeroU32::new(number).unwrap_or(std::num::NonZeroU32::MAX))
    }

    const fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The texts of one kind of key, each with the companies that hold it.
#[derive(Debug, Default)]
pub(super) struct KeyIndex {
    /// All texts, one after the other.
    texts: String,
    /// Where each text ends.
    ends: Vec<usize>,
    /// The first company of each text.
    first: Vec<CompanyIndex>,
    /// All companies of the few texts that several hold.
    shared: HashMap<Entry, Vec<CompanyIndex>>,
    table: HashTable<Entry>,
}

impl KeyIndex {
    /// Adds a company to a text.
    pub(super) fn insert(&mut self, text: &str, company: CompanyIndex) -> Entry {
        if let Some(entry) = self.find(text) {
            let first = self.first[entry.place()];
            self.shared.entry(entry).or_insert_with(|| vec![first]).push(company);
            return entry;
        }
        let entry = Entry::after(self.ends.len());
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
        self.first.push(company);
        let Self { texts, ends, table, .. } = self;
        table.insert_unique(hash(text), entry, |other| hash(text_at(texts, ends, *other)));
        entry
    }

    /// The entry of a text, if a company holds it.
    pub(super) fn find(&self, text: &str) -> Option<Entry> {
        self.table.find(hash(text), |entry| self.text(*entry) == text).copied()
    }

    /// The text of an entry.
    pub(super) fn text(&self, entry: Entry) -> &str {
        text_at(&self.texts, &self.ends, entry)
    }

    /// The companies that hold an entry, at least one.
    pub(super) fn holders(&self, entry: Entry) -> &[CompanyIndex] {
        self.shared
            .get(&entry)
            .map_or_else(|| std::slice::from_ref(&self.first[entry.place()]), Vec::as_slice)
    }

    /// The companies of every text that several hold.
    pub(super) fn shared(&self) -> impl Iterator<Item = &[CompanyIndex]> {
        self.shared.values().map(Vec::as_slice)
    }

    pub(super) fn has_shared(&self) -> bool {
        !self.shared.is_empty()
    }

    /// Sorts the companies of every shared text.
    pub(super) fn sort_holders_by_key(&mut self, rank: impl Fn(CompanyIndex) -> usize) {
        for holders in self.shared.values_mut() {
            holders.sort_by_key(|company| rank(*company));
        }
    }
}

fn text_at<'a>(texts: &'a str, ends: &[usize], entry: Entry) -> &'a str {
    let place = entry.place();
    let start = if place == 0 { 0 } else { ends[place - 1] };
    &texts[start..ends[place]]
}

fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}
