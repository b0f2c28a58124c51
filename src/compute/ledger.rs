//! From rows in the order of the file to the entries of each company.

use hashbrown::HashTable;
use rayon::prelude::*;

use crate::domain::document::Entry;
use crate::domain::money::Cents;
use crate::domain::time::Day;

use super::bucketed::Bucketed;
use super::documents::{BUCKETS, Documents, RowBlock};
use super::fate::Fate;
use super::key::{Keys, TextKey};
use super::report::{Listing, RejectedRow, Repetition};
use super::row::Row;
use super::sums::{ByFate, Sum};

/// What the documents came to.
pub(super) struct Settled {
    pub(super) read: Sum,
    pub(super) by_fate: ByFate,
    pub(super) repeated: Listing<Repetition>,
    pub(super) rejected: Listing<RejectedRow>,
}

/// Lets the last row of every document id count and all others be superseded, and tells what the rest comes to.
///
/// Rows of one id are in one bucket, and buckets keep the order of the file: a table of the last row per key, filled in
/// that order, is all that it takes. Buckets are settled side by side.
pub(super) fn settle(documents: &mut Documents) -> Settled {
    let keys = &documents.keys;
    let mut buckets: Vec<Vec<Part<'_>>> = (0..BUCKETS).map(|_| Vec::new()).collect();
    let mut rejected = Listing::default();
    let mut read = Sum::default();
    for block in &mut documents.blocks {
        read = read.plus(block.read);
        rejected = rejected.merge(std::mem::take(&mut block.rejected), |row: &RejectedRow| row.row);
        for (bucket, rows) in buckets.iter_mut().zip(block.rows.buckets_mut()) {
            bucket.push(Part { first_line: block.first_line, rows });
        }
    }
    let (by_fate, repeated, superseded) = buckets
        .into_par_iter()
        .map(|mut parts| {
            let (repeated, superseded) = supersede(&mut parts, keys);
            (count(&parts), repeated, superseded)
        })
        .reduce(Default::default, |(one, repeated, superseded), (other, more_repeated, more_superseded)| {
            (
                one.plus(other),
                repeated.merge(more_repeated, |repetition: &Repetition| repetition.row),
                [superseded, more_superseded].concat(),
            )
        });
    rejected.count -= superseded.len() as u64;
    rejected.first.retain(|row| !superseded.contains(&row.row));
    Settled { read, by_fate, repeated, rejected }
}

/// The rows of one bucket in one block.
struct Part<'a> {
    first_line: u64,
    rows: &'a mut [Row],
}

impl Part<'_> {
    fn line(&self, at: usize) -> u64 {
        self.first_line + self.rows[at].line()
    }
}

/// Marks every row of a bucket that a later one replaces. Also tells the lines of rejected rows among them.
fn supersede(parts: &mut [Part<'_>], keys: &Keys) -> (Listing<Repetition>, Vec<u64>) {
    let mut last: HashTable<(usize, usize)> =
        HashTable::with_capacity(parts.iter().map(|part| part.rows.len()).sum());
    let mut repeated = Listing::default();
    let mut rejected = Vec::new();
    for part in 0..parts.len() {
        for at in 0..parts[part].rows.len() {
            let key = parts[part].rows[at].key;
            if key == TextKey::default() {
                continue;
            }
            let hash = keys.hash(key);
            let Some(place) = last.find_mut(hash, |(part, at)| parts[*part].rows[*at].key == key) else {
                last.insert_unique(hash, (part, at), |(part, at)| keys.hash(parts[*part].rows[*at].key));
                continue;
            };
            let (earlier_part, earlier_at) = std::mem::replace(place, (part, at));
            let (row, earlier) = (parts[part].line(at), parts[earlier_part].line(earlier_at));
            repeated.push(|| Repetition { document: key.text(), row, earlier });
            let replaced = &mut parts[earlier_part].rows[earlier_at];
            if matches!(replaced.fate().into(), Fate::Rejected(_)) {
                rejected.push(earlier);
            }
            replaced.set_fate(Fate::Superseded.into());
        }
    }
    (repeated, rejected)
}

fn count(parts: &[Part<'_>]) -> ByFate {
    let mut by_fate = ByFate::default();
    for row in parts.iter().flat_map(|part| part.rows.iter()) {
        by_fate.add(row.fate().into(), row.signed());
    }
    by_fate
}

/// A document of a company, in 16 bytes.
#[derive(Clone, Copy, Debug)]
struct CompanyEntry {
    company: u32,
    day: Day,
    signed: Cents,
}

impl CompanyEntry {
    fn entry(&self) -> Entry {
        Entry { day: self.day, signed: self.signed }
    }
}

/// The entries of all companies.
///
/// Companies stand in spans of equal length; each block of the file has its entries sorted by span, so that a span can be
/// gathered from all blocks and sorted within a processor's cache.
pub(super) struct Ledger {
    blocks: Vec<Bucketed<CompanyEntry>>,
    span: u32,
}

/// How many companies a span has at least, and how many spans there are at most.
const SHORTEST_SPAN: u32 = 1 << 12;
const MOST_SPANS: u32 = 1 << 10;

impl Ledger {
    /// Turns rows into entries, block by block: the memory of a block is given back before the next is turned.
    pub(super) fn of(documents: Documents, companies: u32) -> Self {
        let span = companies.div_ceil(MOST_SPANS).max(SHORTEST_SPAN);
        let spans = companies.div_ceil(span) as usize;
        let blocks =
            documents.blocks.into_par_iter().map(|block| entries_by_span(&block, span, spans)).collect();
        Self { blocks, span }
    }

    /// How many companies a span has; the last one may have fewer.
    pub(super) fn span(&self) -> u32 {
        self.span
    }

    /// The entries of the companies of a span, each sorted by day. `first` is the number of the first company.
    pub(super) fn gather(&self, span: usize, first: u32, companies: usize) -> CompanyEntries {
        let parts = || self.blocks.iter().flat_map(|block| block.bucket(span));
        let place = |entry: &CompanyEntry| (entry.company - first) as usize;
        let mut starts = vec![0; companies + 1];
        for entry in parts() {
            starts[place(entry) + 1] += 1;
        }
        for company in 0..companies {
            starts[company + 1] += starts[company];
        }
        let mut entries: Vec<Entry> = parts().map(CompanyEntry::entry).collect();
        let mut next = starts.clone();
        for entry in parts() {
            let at = &mut next[place(entry)];
            entries[*at] = entry.entry();
            *at += 1;
        }
        for edges in starts.windows(2) {
            entries[edges[0]..edges[1]].sort_unstable_by_key(|entry| entry.day);
        }
        CompanyEntries { entries, starts }
    }
}

fn entries_by_span(block: &RowBlock, span: u32, spans: usize) -> Bucketed<CompanyEntry> {
    let entries: Vec<CompanyEntry> = block
        .rows
        .items()
        .iter()
        .filter_map(|row| match (row.fate().into(), row.day(), row.signed()) {
            (Fate::Matched(company), Some(day), Some(signed)) => Some(CompanyEntry { company, day, signed }),
            _ => None,
        })
        .collect();
    Bucketed::of(&entries, spans, |entry| (entry.company / span) as usize)
}

/// The entries of the companies of one span.
#[derive(Debug)]
pub(super) struct CompanyEntries {
    entries: Vec<Entry>,
    starts: Vec<usize>,
}

impl CompanyEntries {
    /// The entries of the company at a place of the span, sorted by day.
    pub(super) fn of(&self, place: usize) -> &[Entry] {
        match self.starts.get(place..place + 2) {
            Some([start, end]) => &self.entries[*start..*end],
            _ => &[],
        }
    }
}
