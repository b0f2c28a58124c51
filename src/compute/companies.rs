//! The companies file in memory: ids, facts and keys of a million companies in some 80 MB.

use std::collections::BTreeSet;
use std::path::Path;

use hashbrown::HashTable;

use crate::connectors::csv::{Block, Columns, CsvInput, InputError, Record, name_of, wrong_width};
use crate::domain::classes::UnmatchedReason;
use crate::domain::figures::CompanyFacts;
use crate::domain::rules::{AmbiguousKeys, Rules};
use crate::domain::time::Day;

use super::blocks::parse_all;
use super::key::{Keys, TextKey};
use super::report::{Listing, RejectedRow};
use super::row::MOST_COMPANIES;

/// The columns, in the order in which they are asked for.
const COLUMNS: [&str; 9] = [
    "company_id",
    "vat_number",
    "potential",
    "category",
    "d_and_p",
    "owner",
    "created",
    "last_contacted",
    "open_deal_pipelines",
];

/// In place of a company's number: several companies hold the key.
const SEVERAL: u32 = u32::MAX;

/// Which pipelines' open deals keep a customer from being cold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchedPipelines {
    /// These.
    Only(BTreeSet<String>),
    /// All but these.
    AllBut(BTreeSet<String>),
}

impl WatchedPipelines {
    fn includes(&self, pipeline: &str) -> bool {
        match self {
            Self::Only(watched) => watched.contains(pipeline),
            Self::AllBut(ignored) => !ignored.contains(pipeline),
        }
    }

    /// Whether one of the names, joined by `|`, is watched.
    fn include_one_of(&self, joined: &str) -> bool {
        joined.split('|').map(str::trim).any(|name| !name.is_empty() && self.includes(name))
    }
}

/// Whether a company gets figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It has a key of its own.
    Keyed,
    /// It has no key.
    NoKey,
    /// Another company has the same key, and the rules skip both.
    Ambiguous,
}

/// One company.
#[derive(Clone, Copy, Debug)]
pub(super) struct Company {
    pub(super) facts: CompanyFacts,
    pub(super) standing: Standing,
}

/// All companies in the order of the file.
#[derive(Debug)]
pub(super) struct Companies {
    /// All ids, one after the other.
    ids: Vec<u8>,
    /// Where each id ends.
    ends: Vec<usize>,
    all: Vec<Company>,
    /// The company of each key; under the rule of the oldest that one, else [`SEVERAL`] where several hold it.
    ///
    /// Every document is looked up here, so the answer stands in the table itself: a look at the company would be one more
    /// place of memory that no cache holds.
    by_key: HashTable<(TextKey, u32)>,
    keys: Keys,
    pub(super) rejected: Listing<RejectedRow>,
}

/// A row of the file.
struct Parsed {
    facts: CompanyFacts,
    key: TextKey,
    line: u64,
}

/// What came of a block.
#[derive(Default)]
struct ParsedBlock {
    ids: Vec<u8>,
    ends: Vec<usize>,
    rows: Vec<Parsed>,
    rejected: Listing<RejectedRow>,
}

impl Companies {
    /// Reads a file.
    pub(super) fn read(
        file: &Path,
        rules: &Rules,
        watched: &WatchedPipelines,
        threads: usize,
    ) -> Result<Self, InputError> {
        let input = CsvInput::open(file)?;
        let reader = RowReader {
            file: name_of(file),
            columns: input.header().require(file, COLUMNS)?,
            rules,
            watched,
            keys: Keys::default(),
        };
        let blocks = parse_all(input, threads, |block| reader.block(file, block))?;
        Self::of(file, &reader, blocks)
    }

    fn of(file: &Path, reader: &RowReader<'_>, blocks: Vec<ParsedBlock>) -> Result<Self, InputError> {
        let rows = blocks.iter().map(|block| block.rows.len()).sum();
        if rows > MOST_COMPANIES as usize {
            return Err(InputError::TooLarge { file: file.into(), what: "companies" });
        }
        let mut all = Self {
            ids: Vec::with_capacity(blocks.iter().map(|block| block.ids.len()).sum()),
            ends: Vec::with_capacity(rows),
            all: Vec::with_capacity(rows),
            by_key: HashTable::with_capacity(rows),
            keys: reader.keys.clone(),
            rejected: Listing::default(),
        };
        let mut seen = HashTable::with_capacity(rows);
        for block in blocks {
            all.append(block, &mut seen, reader);
        }
        Ok(all)
    }

    /// Takes over a block. `seen` are the companies by their id.
    fn append(&mut self, block: ParsedBlock, seen: &mut HashTable<u32>, reader: &RowReader<'_>) {
        let mut repeated = Listing::default();
        let mut start = 0;
        for (row, end) in block.rows.into_iter().zip(block.ends) {
            let id = &block.ids[start..end];
            start = end;
            let hash = self.keys.hash_text(id);
            if seen.find(hash, |other| self.id(*other) == id).is_some() {
                repeated.push(|| {
                    reader.rejection(row.line, "company_id", "occurs in an earlier row; ids are unique")
                });
                continue;
            }
            let number = self.push(id, &row, reader.rules);
            seen.insert_unique(hash, number, |other| self.keys.hash_text(self.id(*other)));
        }
        let rejected = std::mem::take(&mut self.rejected);
        self.rejected = rejected.merge(block.rejected, |row| row.row).merge(repeated, |row| row.row);
    }

    fn push(&mut self, id: &[u8], row: &Parsed, rules: &Rules) -> u32 {
        let number = u32::try_from(self.all.len()).unwrap_or(MOST_COMPANIES);
        self.ids.extend_from_slice(id);
        self.ends.push(self.ids.len());
        let standing = if row.key == TextKey::default() { Standing::NoKey } else { Standing::Keyed };
        self.all.push(Company { facts: row.facts, standing });
        if standing == Standing::Keyed {
            self.hold(row.key, number, rules.ambiguous);
        }
        number
    }

    /// Lets a company hold a key.
    fn hold(&mut self, key: TextKey, number: u32, ambiguous: AmbiguousKeys) {
        let hash = self.keys.hash(key);
        let Some((_, holder)) = self.by_key.find_mut(hash, |(other, _)| *other == key) else {
            self.by_key.insert_unique(hash, (key, number), |(other, _)| self.keys.hash(*other));
            return;
        };
        let first = *holder;
        match ambiguous {
            AmbiguousKeys::Skip => {
                self.all[number as usize].standing = Standing::Ambiguous;
                if let Some(company) = self.all.get_mut(first as usize) {
                    company.standing = Standing::Ambiguous;
                }
                *holder = SEVERAL;
            }
            AmbiguousKeys::Oldest => {
                let age = |company: u32| {
                    let created = self.all[company as usize].facts.created;
                    let start = if company == 0 { 0 } else { self.ends[company as usize - 1] };
                    (created.is_none(), created, &self.ids[start..self.ends[company as usize]])
                };
                if age(number) < age(first) {
                    *holder = number;
                }
            }
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        // Reading has made sure that there are not more.
        u32::try_from(self.all.len()).unwrap_or(MOST_COMPANIES)
    }

    /// The id of a company.
    pub(super) fn id(&self, number: u32) -> &[u8] {
        let place = number as usize;
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        &self.ids[start..self.ends[place]]
    }

    /// A company.
    pub(super) fn company(&self, number: u32) -> &Company {
        &self.all[number as usize]
    }

    /// The key of a document's customer, for [`Companies::find`].
    pub(super) fn customer(&self, vat_number: &[u8]) -> TextKey {
        vat_key(&self.keys, vat_number)
    }

    /// The company that documents of a customer belong to.
    pub(super) fn find(&self, key: TextKey) -> Result<u32, UnmatchedReason> {
        if key == TextKey::default() {
            return Err(UnmatchedReason::NoKey);
        }
        let found = self.by_key.find(self.keys.hash(key), |(other, _)| *other == key);
        match found {
            None => Err(UnmatchedReason::NoCompany),
            Some((_, SEVERAL)) => Err(UnmatchedReason::Ambiguous),
            Some((_, number)) => Ok(*number),
        }
    }

    /// All companies with their numbers, in the order of the file.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Company)> {
        (0..).zip(&self.all)
    }
}

/// The key of a VAT number as it stands, trimmed and in upper case; the key of the empty text is no key.
fn vat_key(keys: &Keys, vat_number: &[u8]) -> TextKey {
    if !vat_number.is_ascii() {
        let text = String::from_utf8_lossy(vat_number);
        return keys.key(text.trim().to_uppercase().as_bytes());
    }
    if vat_number.iter().any(u8::is_ascii_lowercase) {
        return keys.key(&vat_number.to_ascii_uppercase());
    }
    keys.key(vat_number)
}

/// Reads rows of the companies file.
struct RowReader<'a> {
    file: String,
    columns: Columns<9>,
    rules: &'a Rules,
    watched: &'a WatchedPipelines,
    keys: Keys,
}

impl RowReader<'_> {
    fn block(&self, file: &Path, block: &mut Block) -> Result<ParsedBlock, InputError> {
        let mut parsed = ParsedBlock::default();
        let mut records = block.records();
        while let Some(record) = records.next() {
            InputError::unless_one(&record, self.columns.width, file)?;
            match self.row(&record) {
                Ok((id, row)) => {
                    parsed.ids.extend_from_slice(id);
                    parsed.ends.push(parsed.ids.len());
                    parsed.rows.push(row);
                }
                Err(rejected) => parsed.rejected.push(|| rejected),
            }
        }
        Ok(parsed)
    }

    fn row<'block>(&self, record: &Record<'block>) -> Result<(&'block [u8], Parsed), RejectedRow> {
        let line = record.line;
        if record.len() != self.columns.width {
            let what = wrong_width(record, self.columns.width);
            return Err(RejectedRow { row: line, message: format!("{}: row {line}: {what}", self.file) });
        }
        let fields = self.columns.of(record);
        let mut texts = [""; COLUMNS.len()];
        for ((text, field), column) in texts.iter_mut().zip(fields).zip(COLUMNS) {
            *text = str::from_utf8(field).map_err(|_| self.rejection(line, column, "is not UTF-8 text"))?;
        }
        let [id, vat_number, potential, category, d_and_p, owner, created, last_contacted, pipelines] = texts;
        if id.is_empty() {
            return Err(self.rejection(line, "company_id", "is empty"));
        }
        let facts = CompanyFacts {
            created: self.day(line, "created", created)?,
            potential: self.rules.readings.potential(present(potential)),
            excluded_category: self.rules.cold.excludes_category(present(category)),
            d_and_p: self.rules.readings.d_and_p(present(d_and_p)),
            active_owner: !owner.is_empty(),
            last_contact: self.day(line, "last_contacted", last_contacted)?,
            open_deal: self.watched.include_one_of(pipelines),
        };
        let key = vat_key(&self.keys, vat_number.as_bytes());
        Ok((id.as_bytes(), Parsed { facts, key, line }))
    }

    fn day(&self, line: u64, column: &str, text: &str) -> Result<Option<Day>, RejectedRow> {
        let day = present(text).map(str::parse::<Day>).transpose();
        day.map_err(|error| self.rejection(line, column, &error.to_string()))
    }

    fn rejection(&self, row: u64, column: &str, what: &str) -> RejectedRow {
        RejectedRow { row, message: format!("{}: row {row}, column `{column}`: {what}", self.file) }
    }
}

fn present(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
