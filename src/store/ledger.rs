//! The ledger: documents in compact rows, and the parties that they name.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, Row, Transaction};

use crate::domain::document::{
    CurrencyAmount, DocumentKind, DocumentRef, Entry, Party, SourceDocument, Standing,
};
use crate::domain::ids::{DocumentId, RunId, SourceName};
use crate::domain::money::Cents;
use crate::domain::time::Day;
use crate::ports::Cursor;

use super::news::note_news;
use super::runs::{from_word, note_page, word};
use super::{Feed, Store, StoreError};

/// A distinct customer as documents name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyRow {
    /// Its number in the store, dense from 1.
    pub no: u32,
    /// As the documents wrote it.
    pub party: Party,
}

/// One stored document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    /// Its address.
    pub document: DocumentRef,
    /// The number of its party.
    pub party: u32,
    /// The number printed on it.
    pub number: String,
    /// What it is.
    pub standing: Standing,
    /// Its signed amount in its own currency.
    pub amount: Option<CurrencyAmount>,
}

impl DocumentRow {
    /// Whether it is a purchase of a day.
    pub fn is_purchase_of(&self, of: Day) -> bool {
        match self.standing {
            Standing::Counts { day, kind, net } => day == of && Entry::new(day, kind, net).is_purchase(),
            Standing::NotCounted(_) | Standing::Rejected { .. } => false,
        }
    }
}

/// What a computation needs of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// The number of its party.
    pub party: u32,
    /// What it is.
    pub standing: Standing,
    /// How many documents it stands for.
    pub documents: u64,
    /// Its signed amount in its own currency.
    pub amount: Option<CurrencyAmount>,
    /// Whether it counts although an earlier source holds it too.
    pub counted_twice: bool,
}

const COUNTS: i64 = 0;
const NOT_COUNTED: i64 = 1;
const REJECTED: i64 = 2;

/// A duplicate that counts all the same.
pub(super) const COUNTED_TWICE: i64 = 1;
/// A duplicate that does not count.
pub(super) const COUNTED_ELSEWHERE: i64 = 2;

/// How many documents can be used of the source whose number follows; a sum is as many as it stands for.
pub(super) const USABLE: &str =
    "SELECT coalesce(sum(stands_for), 0) FROM documents WHERE standing <> 2 AND source =";

/// Standing and reason of a document `d`; one that an earlier source counts is not counted (1) for that reason.
const STANDING: &str = "CASE WHEN d.duplicate = 2 THEN 1 ELSE d.standing END,
    CASE WHEN d.duplicate = 2 THEN 'duplicate' ELSE d.reason END";

/// The documents `d` with the columns of [`document_row`].
fn documents_query(which: &str) -> String {
    format!(
        "SELECT s.name, d.id, d.party, d.number, d.detail, {STANDING}, d.day, d.net, d.currency, d.amount
         FROM documents d JOIN sources s ON s.no = d.source {which} ORDER BY d.source, d.id"
    )
}

impl Store {
    /// Stores a page of documents of a feed, and where the next one begins. A document that is there already is replaced.
    /// Returns the ids that this run had stored before: repetitions within one pull.
    pub fn put_documents(
        &self,
        run: &RunId,
        feed: &Feed,
        source: &SourceName,
        page: &[SourceDocument],
        next: Option<&Cursor>,
    ) -> Result<Vec<DocumentId>, StoreError> {
        self.write(|transaction| {
            let source_no = source_number(transaction, source)?;
            let (mut repeated, mut news) = (Vec::new(), false);
            let mut insert = transaction.prepare_cached(
                // Whether it is a duplicate is found out when all sources have been read.
                "INSERT INTO documents
                 (source, id, party, number, standing, reason, detail, day, net, currency, amount, seller, stands_for, run)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (source, id) DO UPDATE SET party = ?3, number = ?4, standing = ?5, reason = ?6, detail = ?7,
                 day = ?8, net = ?9, currency = ?10, amount = ?11, seller = ?12, stands_for = ?13, run = ?14",
            )?;
            for document in page {
                let party = party_number(transaction, source_no, &document.party)?;
                let known = known(transaction, source_no, party, document)?;
                if known.as_ref().is_some_and(|known| known.run == run.as_str()) {
                    repeated.push(document.id.clone());
                }
                news |= known.is_none_or(|known| !known.same);
                let (standing, reason, detail, day, net_amount) = columns(&document.standing);
                let amount = document.amount.as_ref();
                insert.execute(rusqlite::params![
                    source_no,
                    document.id.as_str(),
                    party,
                    document.number,
                    standing,
                    reason,
                    detail,
                    day,
                    net_amount,
                    amount.map(|amount| amount.currency.as_str()),
                    amount.map(|amount| amount.cents.get()),
                    document.seller,
                    document.stands_for,
                    run.as_str(),
                ])?;
            }
            note_news(transaction, news)?;
            // Repetitions are no records: a feed is measured by what it holds.
            let new = page.len() - repeated.len();
            note_page(transaction, run, feed, new, next)?;
            Ok(repeated)
        })
    }

    /// Forgets documents that are no more, and parties that no document names any more.
    pub fn forget_documents(&self, source: &SourceName, ids: &[DocumentId]) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let source_no = source_number(transaction, source)?;
            let mut forget =
                transaction.prepare_cached("DELETE FROM documents WHERE source = ?1 AND id = ?2")?;
            let gone = ids.iter().map(|id| forget.execute((source_no, id.as_str())));
            let gone = gone.sum::<Result<usize, _>>()?;
            note_news(transaction, gone > 0)?;
            if gone > 0 {
                forget_parties(transaction, source_no)?;
            }
            Ok(gone)
        })
    }

    /// Forgets parties that no document names any more.
    pub fn forget_unnamed_parties(&self, source: &SourceName) -> Result<(), StoreError> {
        self.write(|transaction| {
            let source_no = source_number(transaction, source)?;
            forget_parties(transaction, source_no)
        })
    }

    /// How many documents of a source there are.
    pub fn document_count(&self, source: &SourceName) -> Result<u64, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT count(*) FROM documents WHERE source = (SELECT no FROM sources WHERE name = ?1)",
                )?
                .query_row([source.as_str()], |row| row.get(0))
        })
    }

    /// Begins the pull of a source anew, the whole one and that of changes: none of its documents was read by this run.
    pub fn restart_documents(&self, run: &RunId, source: &SourceName) -> Result<(), StoreError> {
        self.write(|transaction| {
            let source_no = source_number(transaction, source)?;
            transaction.execute(
                "UPDATE documents SET run = '' WHERE source = ?1 AND run = ?2",
                (source_no, run.as_str()),
            )?;
            for feed in [Feed::Documents(source.clone()), Feed::DocumentChanges(source.clone())] {
                transaction.execute(
                    "DELETE FROM pulls WHERE run = ?1 AND feed = ?2",
                    (run.as_str(), feed.to_string()),
                )?;
            }
            Ok(())
        })
    }

    /// Ends the pull of a source: documents that no page of this run held do not exist any more, nor do parties that no
    /// document names, whose keys could make companies ambiguous.
    pub fn finish_documents(&self, run: &RunId, source: &SourceName) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let source_no = source_number(transaction, source)?;
            let gone = transaction.execute(
                "DELETE FROM documents WHERE source = ?1 AND run <> ?2",
                (source_no, run.as_str()),
            )?;
            note_news(transaction, gone > 0)?;
            forget_parties(transaction, source_no)?;
            Ok(gone)
        })
    }

    /// Forgets sources that are not configured any more, with their documents and what is remembered of them under the
    /// names by which they are `known_by`.
    pub fn keep_sources(
        &self,
        configured: &[SourceName],
        known_by: impl Fn(SourceName) -> Vec<String>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let known: Vec<(i64, String)> = transaction
                .prepare("SELECT no, name FROM sources")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            for (no, name) in known {
                if !configured.iter().any(|source| source.as_str() == name) {
                    transaction.execute("DELETE FROM documents WHERE source = ?1", [no])?;
                    transaction.execute("DELETE FROM parties WHERE source = ?1", [no])?;
                    transaction.execute("DELETE FROM sources WHERE no = ?1", [no])?;
                    transaction.execute("DELETE FROM file_sources WHERE name = ?1", [&name])?;
                    for key in known_by(name.as_str().into()) {
                        transaction.execute("DELETE FROM meta WHERE key = ?1", [key])?;
                    }
                    note_news(transaction, true)?;
                }
            }
            Ok(())
        })
    }

    /// Visits every party, by number.
    pub fn parties(&self, mut visit: impl FnMut(PartyRow)) -> Result<(), StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT no, customer_id, vat_number, tax_code, country, name FROM parties ORDER BY no",
            )?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                visit(party_row(row, 0)?);
            }
            Ok(())
        })
    }

    /// The numbers of the parties with at least one document that counts on a day.
    pub fn parties_that_count(&self, as_of: Day) -> Result<BTreeSet<u32>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT DISTINCT party FROM documents WHERE standing = 0 AND duplicate < 2 AND day <= ?1",
                )?
                .query_map([as_of.number()], |row| row.get(0))?
                .collect()
        })
    }

    /// One party.
    pub fn party(&self, no: u32) -> Result<Party, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT no, customer_id, vat_number, tax_code, country, name FROM parties WHERE no = ?1",
                )?
                .query_row([no], |row| party_row(row, 0).map(|row| row.party))
        })
    }

    /// Visits what a computation over all documents needs of each. The visitor must not use the store.
    pub fn ledger(&self, mut visit: impl FnMut(&LedgerRow)) -> Result<(), StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(&format!(
                "SELECT d.party, {STANDING}, d.day, d.net, d.currency, d.amount, d.stands_for, d.duplicate FROM documents d"
            ))?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                visit(&LedgerRow {
                    party: row.get(0)?,
                    standing: standing(row, 1, String::new())?,
                    documents: row.get(7)?,
                    amount: amount(row, 5)?,
                    counted_twice: row.get::<_, i64>(8)? == COUNTED_TWICE,
                });
            }
            Ok(())
        })
    }

    /// Visits every document of some parties, or of all, in the order of source and id.
    pub fn documents(
        &self,
        parties: Option<&[u32]>,
        mut visit: impl FnMut(DocumentRow),
    ) -> Result<(), StoreError> {
        self.read(|connection| {
            let filter = match parties {
                None => String::new(),
                // Numbers of the store's own: nothing to escape.
                Some(parties) => {
                    let list: Vec<String> = parties.iter().map(u32::to_string).collect();
                    format!(" WHERE d.party IN ({})", list.join(","))
                }
            };
            let mut query = connection.prepare(&documents_query(&filter))?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                visit(document_row(row)?);
            }
            Ok(())
        })
    }

    /// How many documents could not be used.
    pub fn rejected_count(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            connection.query_row("SELECT count(*) FROM documents WHERE standing = 2", [], |row| row.get(0))
        })
    }

    /// How many documents of a source can be used; a sum is as many as it stands for.
    pub fn usable_documents(&self, source: &SourceName) -> Result<u64, StoreError> {
        self.read(|connection| {
            let query = format!("{USABLE} (SELECT no FROM sources WHERE name = ?1)");
            connection.prepare_cached(&query)?.query_row([source.as_str()], |row| row.get(0))
        })
    }

    /// Visits the documents that could not be used.
    pub fn rejected_documents(&self, mut visit: impl FnMut(DocumentRow)) -> Result<(), StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(&documents_query("WHERE d.standing = 2"))?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                visit(document_row(row)?);
            }
            Ok(())
        })
    }
}

type Columns<'a> = (i64, Option<String>, Option<&'a str>, Option<i32>, Option<i64>);

fn columns(standing: &Standing) -> Columns<'_> {
    match standing {
        Standing::Counts { day, kind, net } => {
            let reason = (*kind == DocumentKind::CreditNote).then(|| word(kind));
            (COUNTS, reason, None, Some(day.number()), Some(net.get()))
        }
        Standing::NotCounted(reason) => (NOT_COUNTED, Some(word(reason)), None, None, None),
        Standing::Rejected { reason, detail } => (REJECTED, Some(word(reason)), Some(detail), None, None),
    }
}

fn standing(row: &Row<'_>, first: usize, detail: String) -> Result<Standing, rusqlite::Error> {
    match row.get::<_, i64>(first)? {
        COUNTS => {
            let number: i32 = row.get(first + 2)?;
            let out_of_range = || rusqlite::Error::IntegralValueOutOfRange(first + 2, number.into());
            let day = Day::from_number(number).ok_or_else(out_of_range)?;
            let kind = match row.get_ref(first + 1)? {
                rusqlite::types::ValueRef::Null => DocumentKind::Invoice,
                _ => DocumentKind::CreditNote,
            };
            Ok(Standing::Counts { day, kind, net: amount_of(first + 3, row.get(first + 3)?)? })
        }
        NOT_COUNTED => Ok(Standing::NotCounted(from_word(row, first + 1)?)),
        _ => Ok(Standing::Rejected { reason: from_word(row, first + 1)?, detail }),
    }
}

fn amount(row: &Row<'_>, first: usize) -> Result<Option<CurrencyAmount>, rusqlite::Error> {
    Ok(match (row.get::<_, Option<String>>(first)?, row.get::<_, Option<i64>>(first + 1)?) {
        (Some(currency), Some(cents)) => {
            Some(CurrencyAmount { currency, cents: amount_of(first + 1, cents)? })
        }
        _ => None,
    })
}

fn amount_of(column: usize, cents: i64) -> Result<Cents, rusqlite::Error> {
    Cents::new(cents).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, cents))
}

fn document_row(row: &Row<'_>) -> Result<DocumentRow, rusqlite::Error> {
    Ok(DocumentRow {
        document: DocumentRef {
            source: SourceName::new(row.get::<_, String>(0)?),
            id: DocumentId::new(row.get::<_, String>(1)?),
        },
        party: row.get(2)?,
        number: row.get(3)?,
        standing: standing(row, 5, row.get::<_, Option<String>>(4)?.unwrap_or_default())?,
        amount: amount(row, 9)?,
    })
}

fn party_row(row: &Row<'_>, first: usize) -> Result<PartyRow, rusqlite::Error> {
    let text = |column: usize| -> Result<Option<String>, rusqlite::Error> {
        let text: String = row.get(first + column)?;
        Ok((!text.is_empty()).then_some(text))
    };
    Ok(PartyRow {
        no: row.get(first)?,
        party: Party {
            customer_id: text(1)?,
            vat_number: text(2)?,
            tax_code: text(3)?,
            country: text(4)?,
            name: text(5)?,
        },
    })
}

/// A document of the ledger, compared with one that has come.
struct Known {
    /// The run that stored it.
    run: String,
    /// Whether both say the same.
    same: bool,
}

fn known(
    transaction: &Transaction<'_>,
    source: i64,
    party: u32,
    document: &SourceDocument,
) -> Result<Option<Known>, rusqlite::Error> {
    let (standing, reason, detail, day, net) = columns(&document.standing);
    let amount = document.amount.as_ref();
    transaction
        .prepare_cached(
            "SELECT run, party = ?3 AND number = ?4 AND standing = ?5 AND reason IS ?6 AND detail IS ?7 AND day IS ?8
                 AND net IS ?9 AND currency IS ?10 AND amount IS ?11 AND seller IS ?12 AND stands_for = ?13
             FROM documents WHERE source = ?1 AND id = ?2",
        )?
        .query_row(
            rusqlite::params![
                source,
                document.id.as_str(),
                party,
                document.number,
                standing,
                reason,
                detail,
                day,
                net,
                amount.map(|amount| amount.currency.as_str()),
                amount.map(|amount| amount.cents.get()),
                document.seller,
                document.stands_for,
            ],
            |row| Ok(Known { run: row.get(0)?, same: row.get(1)? }),
        )
        .optional()
}

/// Parties that no document names, whose keys could make companies ambiguous.
fn forget_parties(transaction: &Transaction<'_>, source: i64) -> Result<(), rusqlite::Error> {
    transaction
        .execute(
            "DELETE FROM parties WHERE source = ?1 AND no NOT IN (SELECT party FROM documents WHERE source = ?1)",
            [source],
        )
        .map(drop)
}

fn source_number(transaction: &Transaction<'_>, source: &SourceName) -> Result<i64, rusqlite::Error> {
    transaction
        .prepare_cached("INSERT OR IGNORE INTO sources (name) VALUES (?1)")?
        .execute([source.as_str()])?;
    transaction
        .prepare_cached("SELECT no FROM sources WHERE name = ?1")?
        .query_row([source.as_str()], |row| row.get(0))
}

fn party_number(transaction: &Transaction<'_>, source: i64, party: &Party) -> Result<u32, rusqlite::Error> {
    let texts = [&party.customer_id, &party.vat_number, &party.tax_code, &party.country, &party.name];
    let [customer_id, vat_number, tax_code, country, name] =
        texts.map(|text| text.as_deref().unwrap_or_default());
    let key = rusqlite::params![source, customer_id, vat_number, tax_code, country, name];
    let mut known = transaction.prepare_cached(
        "SELECT no FROM parties WHERE source = ?1 AND customer_id = ?2 AND vat_number = ?3 AND tax_code = ?4
         AND country = ?5 AND name = ?6",
    )?;
    match known.query_row(key, |row| row.get(0)) {
        Err(rusqlite::Error::QueryReturnedNoRows) => {}
        found => return found,
    }
    transaction
        .prepare_cached(
            "INSERT INTO parties (source, customer_id, vat_number, tax_code, country, name)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING no",
        )?
        .query_row(key, |row| row.get(0))
}
