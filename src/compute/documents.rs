//! The documents file: every row read, and its fate told.

use std::path::Path;
use std::sync::Arc;

use crate::connectors::csv::{Block, Columns, CsvInput, InputError, Record, name_of, wrong_width};
use crate::domain::classes::UnmatchedReason;
use crate::domain::document::{
    DocumentDraft, DocumentKind, DraftKind, Entry, FieldNames, NotCounted, Rejection, Standing,
};
use crate::domain::intake::{CurrencyRules, intake};
use crate::domain::money::Cents;
use crate::domain::time::Day;

use super::blocks::parse_all;
use super::bucketed::Bucketed;
use super::companies::Companies;
use super::fate::Fate;
use super::key::{Keys, TextKey};
use super::report::{Listing, RejectedRow};
use super::row::Row;
use super::sums::Sum;

/// The columns, in the order in which they are asked for.
const COLUMNS: [&str; 5] = ["document_id", "vat_number", "date", "kind", "net_amount"];

/// Into how many buckets rows are sorted by their document id: each is small enough for a processor's cache.
pub(super) const BUCKETS: usize = 256;

/// What came of a block of the file.
#[derive(Debug)]
pub(super) struct RowBlock {
    /// The line on which the block begins.
    pub(super) first_line: u64,
    /// Its rows by the hash of their document id, within a bucket in the order of the file.
    pub(super) rows: Bucketed<Row>,
    /// All of its rows, counted as they were read.
    pub(super) read: Sum,
    /// Rows that could not be used, whether or not a later row replaces them.
    pub(super) rejected: Listing<RejectedRow>,
}

/// All rows of the file, in the order of its blocks.
pub(super) struct Documents {
    pub(super) blocks: Vec<RowBlock>,
    pub(super) keys: Keys,
}

impl Documents {
    /// Reads a file.
    pub(super) fn read(
        file: &Path,
        companies: &Companies,
        currency: &CurrencyRules,
        as_of: Day,
        threads: usize,
    ) -> Result<Self, InputError> {
        let input = CsvInput::open(file)?;
        let reader = RowReader {
            file: name_of(file),
            columns: input.header().require(file, COLUMNS)?,
            names: Arc::new(names()),
            companies,
            as_of,
            keys: Keys::default(),
            currency,
        };
        let blocks = parse_all(input, threads, |block| reader.block(file, block))?;
        Ok(Self { blocks, keys: reader.keys })
    }
}

/// The bucket of a row by the hash of its key.
fn bucket_of(hash: u64) -> usize {
    // The table of a bucket uses the lowest and the highest bits.
    usize::from((hash >> 32).to_le_bytes()[0])
}

/// Reads rows of the documents file.
struct RowReader<'a> {
    file: String,
    columns: Columns<5>,
    names: Arc<FieldNames>,
    companies: &'a Companies,
    as_of: Day,
    keys: Keys,
    currency: &'a CurrencyRules,
}

/// What the fields of a document are called in messages.
fn names() -> FieldNames {
    let [id, _, date, kind, net] = COLUMNS.map(str::to_owned);
    // The file has no columns of currencies and rates: nothing is ever said of them.
    FieldNames { id, kind, date, net, currency: "currency".to_owned(), rate: "exchange_rate".to_owned() }
}

/// What a row says, before it is known whose it is.
struct Reading {
    standing: Result<Entry, Fate>,
    amount: Option<Cents>,
}

impl RowReader<'_> {
    fn block(&self, file: &Path, block: &mut Block) -> Result<RowBlock, InputError> {
        let first_line = block.first_line;
        let mut rows = Vec::with_capacity(block.len() / 40);
        let mut customers = Vec::with_capacity(rows.capacity());
        let mut read = Sum::default();
        let mut rejected = Listing::default();
        let mut records = block.records();
        while let Some(record) = records.next() {
            InputError::unless_one(&record, self.columns.width, file)?;
            let (row, customer) = self.row(&record, first_line, &mut rejected);
            read.add(row.signed());
            customers.extend(customer.map(|customer| (rows.len(), customer)));
            rows.push(row);
        }
        // No cache holds the table of companies. One look-up right after the other lets the processor wait for several
        // at once; between the reading of rows, each would be waited for alone.
        for (at, customer) in customers {
            let fate = self.companies.find(customer).map_or_else(Fate::Unmatched, Fate::Matched);
            rows[at].set_fate(fate.into());
        }
        let rows = Bucketed::of(&rows, BUCKETS, |row| bucket_of(self.keys.hash(row.key)));
        Ok(RowBlock { first_line, rows, read, rejected })
    }

    /// A row, and the key of its customer if it is to be looked up; until then it is unmatched.
    fn row(
        &self,
        record: &Record<'_>,
        first_line: u64,
        rejected: &mut Listing<RejectedRow>,
    ) -> (Row, Option<TextKey>) {
        let line = record.line - first_line;
        if record.len() != self.columns.width {
            rejected.push(|| {
                let what = wrong_width(record, self.columns.width);
                let message = format!("{}: row {}: {what}", self.file, record.line);
                RejectedRow { row: record.line, message }
            });
            let fate = Fate::Rejected(Rejection::Unreadable);
            return (Row::new(TextKey::default(), fate.into(), None, None, line), None);
        }
        let fields @ [id, vat_number, ..] = self.columns.of(record);
        let reading = plain_reading(fields).unwrap_or_else(|| self.reading(fields, record.line, rejected));
        let key = self.keys.key(id);
        let entry = match reading.standing {
            Ok(entry) => entry,
            Err(fate) => return (Row::new(key, fate.into(), None, reading.amount, line), None),
        };
        let (fate, customer) = if entry.day > self.as_of {
            (Fate::NotCounted(NotCounted::AfterAsOf), None)
        } else {
            (Fate::Unmatched(UnmatchedReason::NoKey), Some(self.companies.customer(vat_number)))
        };
        (Row::new(key, fate.into(), Some(entry.day), Some(entry.signed), line), customer)
    }

    /// Reads a row by the rules that hold for every source of documents.
    fn reading(&self, fields: [&[u8]; 5], row: u64, rejected: &mut Listing<RejectedRow>) -> Reading {
        let [id, _, date, kind, net] = fields.map(String::from_utf8_lossy);
        let text = |field: &str| (!field.is_empty()).then(|| field.to_owned());
        let document = intake(
            DocumentDraft {
                id: id.to_string(),
                kind: kind_of(&kind),
                date: text(&date),
                net: text(&net),
                place: format!("{}: row {row}", self.file),
                columns: Some(self.names.clone()),
                ..DocumentDraft::default()
            },
            self.currency,
        );
        let amount = document.amount.map(|amount| amount.cents);
        let standing = match document.standing {
            Standing::Counts { day, kind, net } => Ok(Entry::new(day, kind, net)),
            Standing::NotCounted(why) => Err(Fate::NotCounted(why)),
            Standing::Rejected { reason, detail } => {
                rejected.push(|| RejectedRow { row, message: detail });
                Err(Fate::Rejected(reason))
            }
        };
        Reading { standing, amount }
    }
}

/// Reads a row that is written as nearly all are; none leaves it to [`RowReader::reading`], which reads the same from it.
fn plain_reading([id, _, date, kind, net]: [&[u8]; 5]) -> Option<Reading> {
    let kind = match kind {
        b"invoice" => DocumentKind::Invoice,
        b"credit_note" => DocumentKind::CreditNote,
        _ => return None,
    };
    if id.is_empty() {
        return None;
    }
    let day = str::from_utf8(date).ok()?.parse().ok()?;
    let net = plain_cents(net)?;
    let entry = Entry::new(day, kind, net);
    Some(Reading { standing: Ok(entry), amount: Some(entry.signed) })
}

/// Digits, or digits with a point and one or two digits after it.
fn plain_cents(text: &[u8]) -> Option<Cents> {
    let (units, fraction) = match text {
        [units @ .., b'.', tenths] => (units, [*tenths, b'0']),
        [units @ .., b'.', tenths, hundredths] => (units, [*tenths, *hundredths]),
        units => (units, [b'0', b'0']),
    };
    if units.is_empty() || units.len() > 13 {
        return None;
    }
    let cents = units
        .iter()
        .chain(&fraction)
        .try_fold(0_i64, |cents, byte| byte.is_ascii_digit().then(|| cents * 10 + i64::from(byte - b'0')))?;
    Cents::new(cents)
}

/// What the column `kind` says.
pub(super) fn kind_of(text: &str) -> Result<DraftKind, String> {
    match text {
        "invoice" => Ok(DraftKind::Issued(DocumentKind::Invoice)),
        "credit_note" => Ok(DraftKind::Issued(DocumentKind::CreditNote)),
        "draft" => Ok(DraftKind::NotCounted(NotCounted::Draft)),
        "pro_forma" => Ok(DraftKind::NotCounted(NotCounted::ProForma)),
        "void" => Ok(DraftKind::NotCounted(NotCounted::Void)),
        "discarded" => Ok(DraftKind::NotCounted(NotCounted::Discarded)),
        other => Err(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_amounts_are_read_and_others_left() {
        for (text, cents) in [
            ("367.52", Some(36_752)),
            ("367.5", Some(36_750)),
            ("367", Some(36_700)),
            ("0.00", Some(0)),
            ("9999999999999.99", Some(999_999_999_999_999)),
            ("99999999999999.99", None),
            ("-1.00", None),
            ("1.005", None),
            ("1.", None),
            (".5", None),
            ("", None),
            ("1,50", None),
            ("1.5 ", None),
        ] {
            assert_eq!(plain_cents(text.as_bytes()).map(Cents::get), cents, "{text:?}");
        }
    }

    proptest! {
        /// What is read quickly is read alike by the rules that hold for every source.
        #[test]
        fn the_quick_reading_is_the_intakes(
            date in "20[0-9]{2}-[01][0-9]-[0-3][0-9]",
            kind in "invoice|credit_note",
            net in "[0-9]{1,14}(\\.[0-9]{1,3})?",
        ) {
            let fields = [b"D1" as &[u8], b"", date.as_bytes(), kind.as_bytes(), net.as_bytes()];
            if let Some(quick) = plain_reading(fields) {
                let draft = DocumentDraft {
                    id: "D1".to_owned(),
                    kind: kind_of(&kind),
                    date: Some(date),
                    net: Some(net),
                    ..DocumentDraft::default()
                };
                let document = intake(draft, &CurrencyRules::default());
                prop_assert_eq!(document.amount.map(|amount| amount.cents), quick.amount);
                let Standing::Counts { day, kind, net } = document.standing else {
                    return Err(TestCaseError::fail("not counted by the intake"));
                };
                prop_assert_eq!(quick.standing, Ok(Entry::new(day, kind, net)));
            }
        }
    }
}
