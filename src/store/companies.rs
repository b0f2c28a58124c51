//! The snapshot of the CRM: companies, and what sirank wrote last.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, Transaction};

use crate::clock::stamp;
use crate::domain::catalogue::Figure;
use crate::domain::company::{CompanyRecord, Version};
use crate::domain::ids::{CompanyId, RunId};
use crate::domain::time::Day;
use crate::domain::value::{Blanks, Value};
use crate::ports::{CompanyWrite, Cursor, DirectContact};

use super::news::{note_news, note_news_of};
use super::runs::{corrupt, note_page};
use super::{Feed, Store, StoreError};

/// One company of the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyRow {
    /// As it was pulled.
    pub record: CompanyRecord,
    /// Whether it has an open deal in a watched pipeline.
    pub open_deal: bool,
    /// What sirank last wrote to it; none: never.
    pub written: Option<Vec<(Figure, Value)>>,
}

/// Under this name the state remembers the days of direct contact.
const CONTACTS: &str = "news of contacts";

const SELECT: &str =
    "SELECT record, EXISTS (SELECT 1 FROM open_deals d WHERE d.company = c.id), w.fields, l.day, l.at
     FROM companies c LEFT JOIN written w ON w.company = c.id LEFT JOIN last_contacts l ON l.company = c.id";

impl Store {
    /// Stores a page of companies of a feed, and where the next one begins. Of companies that have changed, one that was
    /// read in the same or a later version stays as it is. `blanks` tells values apart.
    pub fn put_companies(
        &self,
        run: &RunId,
        feed: &Feed,
        page: &[CompanyRecord],
        next: Option<&Cursor>,
        blanks: Blanks,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut insert = transaction
                .prepare_cached("INSERT OR REPLACE INTO companies (id, record, run) VALUES (?1, ?2, ?3)")?;
            let mut news = false;
            for company in page {
                let held = held(transaction, &company.id)?;
                let read_before = company.version.is_some()
                    && held.as_ref().is_some_and(|held| held.version >= company.version);
                if *feed == Feed::CompanyChanges && read_before {
                    continue;
                }
                news |= held.is_none_or(|held| !held.says_the_same(company, blanks));
                insert.execute((company.id.as_str(), json(company)?, run.as_str()))?;
            }
            note_news(transaction, news)?;
            note_page(transaction, run, feed, page.len(), next)
        })
    }

    /// Stores that a page of companies is there still, and where the next one begins.
    pub fn keep_companies(
        &self,
        run: &RunId,
        page: &[CompanyId],
        next: Option<&Cursor>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut keep = transaction.prepare_cached("UPDATE companies SET run = ?2 WHERE id = ?1")?;
            for company in page {
                keep.execute((company.as_str(), run.as_str()))?;
            }
            note_page(transaction, run, &Feed::CompanyIds, page.len(), next)
        })
    }

    /// Forgets companies that are no more.
    pub fn forget_companies(&self, ids: &[CompanyId]) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let mut forget = transaction.prepare_cached("DELETE FROM companies WHERE id = ?1")?;
            let gone = ids.iter().map(|id| forget.execute([id.as_str()])).sum::<Result<usize, _>>()?;
            note_news(transaction, gone > 0)?;
            Ok(gone)
        })
    }

    /// Ends the pull of companies: those that no page of this run held are gone.
    pub fn finish_companies(&self, run: &RunId) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let gone = transaction.execute("DELETE FROM companies WHERE run <> ?1", [run.as_str()])?;
            note_news(transaction, gone > 0)?;
            Ok(gone)
        })
    }

    /// Stores a page of direct contacts, the latest of each company, and where the next one begins.
    pub fn put_last_contacts(
        &self,
        run: &RunId,
        page: &[DirectContact],
        next: Option<&Cursor>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO last_contacts (company, day, run, at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (company) DO UPDATE SET run = excluded.run,
                     day = CASE WHEN run = excluded.run THEN max(day, excluded.day) ELSE excluded.day END,
                     at = CASE WHEN run = excluded.run THEN max(coalesce(at, ''), coalesce(excluded.at, ''))
                               ELSE coalesce(excluded.at, '') END",
            )?;
            for contact in page {
                let at = contact.at.map(stamp).unwrap_or_default();
                insert.execute((contact.company.as_str(), contact.day.to_string(), run.as_str(), at))?;
            }
            note_page(transaction, run, &Feed::Contacts, page.len(), next)
        })
    }

    /// Ends the pull of direct contacts: those that no page of this run held are gone.
    pub fn finish_last_contacts(&self, run: &RunId) -> Result<usize, StoreError> {
        self.write(|transaction| {
            let gone = transaction.execute("DELETE FROM last_contacts WHERE run <> ?1", [run.as_str()])?;
            let days =
                "SELECT company || ' ' || day || ' ' || coalesce(at, '') FROM last_contacts ORDER BY company";
            note_news_of(transaction, CONTACTS, days)?;
            Ok(gone)
        })
    }

    /// How many companies the snapshot holds.
    pub fn company_count(&self) -> Result<u64, StoreError> {
        self.read(|connection| connection.query_row("SELECT count(*) FROM companies", [], |row| row.get(0)))
    }

    /// The next companies of the snapshot, by id, after the given one.
    pub fn companies_after(
        &self,
        after: Option<&CompanyId>,
        most: usize,
    ) -> Result<Vec<CompanyRow>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE c.id > ?1 ORDER BY c.id LIMIT ?2"))?
                .query_map((after.map_or("", CompanyId::as_str), most), company_row)?
                .collect()
        })
    }

    /// One company of the snapshot.
    pub fn company(&self, id: &CompanyId) -> Result<Option<CompanyRow>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE c.id = ?1"))?
                .query_row([id.as_str()], company_row)
                .optional()
        })
    }

    /// Brings the snapshot up to what a look-up found.
    pub fn refresh_company(&self, record: &CompanyRecord, blanks: Blanks) -> Result<(), StoreError> {
        self.write(|transaction| {
            let held = held(transaction, &record.id)?;
            note_news(transaction, held.is_some_and(|held| !held.says_the_same(record, blanks)))?;
            update(transaction, record)
        })
    }

    /// Brings the snapshot up to what was written, in the versions that the writes made. It is no news.
    pub fn note_observed(&self, written: &[(CompanyWrite, Option<Version>)]) -> Result<(), StoreError> {
        self.write(|transaction| {
            for (write, version) in written {
                let Some(mut record) = held(transaction, &write.id)? else { continue };
                record.observe(write.values.iter().cloned());
                record.version = (*version).max(record.version);
                update(transaction, &record)?;
            }
            Ok(())
        })
    }
}

/// A company of the snapshot; none also where another version of this program wrote it in a way of its own.
fn held(transaction: &Transaction<'_>, id: &CompanyId) -> Result<Option<CompanyRecord>, rusqlite::Error> {
    let record: Option<String> = transaction
        .prepare_cached("SELECT record FROM companies WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?;
    Ok(record.and_then(|record| serde_json::from_str(&record).ok()))
}

fn update(transaction: &Transaction<'_>, record: &CompanyRecord) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached("UPDATE companies SET record = ?2 WHERE id = ?1")?
        .execute((record.id.as_str(), json(record)?))
        .map(drop)
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, rusqlite::Error> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

pub(super) fn from_json<T: for<'de> serde::Deserialize<'de>>(
    row: &Row<'_>,
    column: usize,
) -> Result<T, rusqlite::Error> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|error| corrupt(column, error))
}

fn company_row(row: &Row<'_>) -> Result<CompanyRow, rusqlite::Error> {
    let mut record: CompanyRecord = from_json(row, 0)?;
    let apart: Option<String> = row.get(3)?;
    let apart = apart.map(|day| day.parse::<Day>().map_err(|error| corrupt(3, error))).transpose()?;
    record.last_contact = record.last_contact.max(apart);
    let at: Option<String> = row.get(4)?;
    let at = at
        .filter(|at| !at.is_empty())
        .map(|at| at.parse::<DateTime<Utc>>().map_err(|error| corrupt(4, error)));
    record.last_contact_at = record.last_contact_at.max(at.transpose()?);
    Ok(CompanyRow {
        record,
        open_deal: row.get(1)?,
        written: match row.get_ref(2)? {
            rusqlite::types::ValueRef::Null => None,
            _ => Some(from_json(row, 2)?),
        },
    })
}
