//! The snapshot of the open deals.

use rusqlite::{OptionalExtension, Transaction};

use crate::clock::stamp;
use crate::domain::company::Version;
use crate::domain::ids::RunId;
use crate::ports::{ChangedDeal, Cursor, OpenDeal};

use super::news::note_news_of;
use super::runs::note_page;
use super::{Feed, Store, StoreError};

/// Under this name the state remembers which companies had an open deal.
const WITH_OPEN_DEALS: &str = "news of deals";

impl Store {
    /// Stores a page of open deals, and where the next one begins.
    pub fn put_open_deals(
        &self,
        run: &RunId,
        page: &[OpenDeal],
        next: Option<&Cursor>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            page.iter().try_for_each(|deal| put_open(transaction, run, deal))?;
            note_page(transaction, run, &Feed::Deals, page.len(), next)
        })
    }

    /// Ends the pull of open deals: those that no page of this run held are closed or gone.
    pub fn finish_open_deals(&self, run: &RunId) -> Result<usize, StoreError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM deals WHERE run <> ?1", [run.as_str()])?;
            let gone = transaction.execute("DELETE FROM open_deals WHERE run <> ?1", [run.as_str()])?;
            note_open(transaction)?;
            Ok(gone)
        })
    }

    /// Those of some deals that were not read in this state yet, nor in a later one.
    pub fn deals_not_read(&self, deals: Vec<ChangedDeal>) -> Result<Vec<ChangedDeal>, StoreError> {
        self.read(|connection| {
            let mut known = connection.prepare_cached("SELECT version FROM deals WHERE id = ?1")?;
            let mut fresh = Vec::new();
            for deal in deals {
                let read: Option<Option<i64>> =
                    known.query_row([deal.id.as_str()], |row| row.get(0)).optional()?;
                let read = read.flatten().map(Version);
                if deal.version.is_none() || deal.version > read {
                    fresh.push(deal);
                }
            }
            Ok(fresh)
        })
    }

    /// Stores a page of changed deals: those that are open, with their companies, and those that are not; then where the
    /// next one begins.
    pub fn put_changed_deals(
        &self,
        run: &RunId,
        open: &[OpenDeal],
        shut: &[ChangedDeal],
        next: Option<&Cursor>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut forget = transaction.prepare_cached("DELETE FROM open_deals WHERE deal = ?1")?;
            for deal in open {
                forget.execute([deal.id.as_str()])?;
                put_open(transaction, run, deal)?;
            }
            for deal in shut {
                forget.execute([deal.id.as_str()])?;
                note_deal(transaction, run, deal.id.as_str(), deal.version, false)?;
            }
            note_page(transaction, run, &Feed::DealChanges, open.len() + shut.len(), next)
        })
    }

    /// Ends the pull of changed deals and returns how many open ones there are.
    pub fn finish_changed_deals(&self) -> Result<u64, StoreError> {
        self.write(|transaction| {
            note_open(transaction)?;
            transaction.query_row("SELECT count(*) FROM deals WHERE open = 1", [], |row| row.get(0))
        })
    }
}

fn put_open(transaction: &Transaction<'_>, run: &RunId, deal: &OpenDeal) -> Result<(), rusqlite::Error> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR REPLACE INTO open_deals (company, deal, run, created) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let created = deal.created.map(stamp);
    for company in &deal.companies {
        insert.execute((company.as_str(), deal.id.as_str(), run.as_str(), &created))?;
    }
    note_deal(transaction, run, deal.id.as_str(), deal.version, true)
}

fn note_deal(
    transaction: &Transaction<'_>,
    run: &RunId,
    id: &str,
    version: Option<Version>,
    open: bool,
) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO deals (id, version, open, run) VALUES (?1, ?2, ?3, ?4)")?
        .execute((id, version.map(|version| version.0), open, run.as_str()))
        .map(drop)
}

/// Figures depend on which companies have an open deal, and on nothing else of deals.
fn note_open(transaction: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    note_news_of(transaction, WITH_OPEN_DEALS, "SELECT DISTINCT company FROM open_deals ORDER BY company")
}
