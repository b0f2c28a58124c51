//! Runs, and how far their pulls have come.

use std::fmt;

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::clock::stamp;
use crate::domain::ids::{RunId, SourceName};
use crate::domain::time::Day;
use crate::ports::Cursor;

use super::ledger::USABLE;
use super::{Store, StoreError};

/// What is pulled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// Companies of the CRM.
    Companies,
    /// Companies of the CRM that have changed.
    CompanyChanges,
    /// Ids of the companies of the CRM.
    CompanyIds,
    /// Direct contacts with companies of the CRM.
    Contacts,
    /// Open deals of the CRM.
    Deals,
    /// Deals of the CRM that have changed.
    DealChanges,
    /// Cards of the Wake Up pipeline.
    Cards,
    /// Won deals of the CRM.
    WonDeals,
    /// Documents of an accounting source.
    Documents(SourceName),
    /// Documents of an accounting source that have changed.
    DocumentChanges(SourceName),
}

/// What the names of feeds of documents begin with.
const DOCUMENTS: &str = "documents:";

impl Feed {
    /// Whether a name is that of a feed of documents, of whichever source.
    pub fn is_of_documents(name: &str) -> bool {
        name.starts_with(DOCUMENTS)
    }
}

impl fmt::Display for Feed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Companies => out.write_str("companies"),
            Self::CompanyChanges => out.write_str("company changes"),
            Self::CompanyIds => out.write_str("company ids"),
            Self::Contacts => out.write_str("contacts"),
            Self::Deals => out.write_str("deals"),
            Self::DealChanges => out.write_str("deal changes"),
            Self::Cards => out.write_str("cards"),
            Self::WonDeals => out.write_str("won deals"),
            Self::Documents(source) => write!(out, "{DOCUMENTS}{source}"),
            Self::DocumentChanges(source) => write!(out, "document changes:{source}"),
        }
    }
}

/// The pull of one feed in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pull {
    /// Where the next page begins; none before the first and after the last page.
    pub next: Option<Cursor>,
    /// Rows so far.
    pub rows: u64,
    /// Whether the last page has come.
    pub done: bool,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Reading the account's settings and definitions.
    Survey,
    /// Reading records.
    Pull,
    /// Computing, and comparing with what the CRM holds.
    Plan,
    /// Writing.
    Apply,
    /// Nothing left to do.
    Done,
}

impl Phase {
    /// Its name in the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Survey => "survey",
            Self::Pull => "pull",
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Done => "done",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Everything that was asked for was done.
    Done,
    /// Done, but some records were refused or rejected.
    DoneWithFailures,
    /// A plan was made and waits for approval.
    Held,
    /// It stopped and can be resumed.
    Stopped,
    /// It failed.
    Failed,
}

impl RunOutcome {
    /// Its name in the log and the metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::DoneWithFailures => "done_with_failures",
            Self::Held => "held",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunRow {
    /// Its id.
    pub id: RunId,
    /// The command that started it.
    pub command: String,
    /// Its as-of date.
    pub as_of: Day,
    /// When it started.
    pub started: String,
    /// When it ended; none while it runs, or when it was killed.
    pub ended: Option<String>,
    /// How far it came.
    pub phase: Phase,
    /// How it ended.
    pub outcome: Option<RunOutcome>,
    /// Its summary, a JSON object.
    pub summary: Option<serde_json::Value>,
}

pub(super) const RUN_COLUMNS: &str = "id, command, as_of, started, ended, phase, outcome, summary";

impl Store {
    /// Records that a run has started. Pulls of earlier runs are forgotten, but for those behind a plan that may still be
    /// applied: its approval accepts what they held. Their rows stay until this run's pull ends.
    pub fn start_run(
        &self,
        id: &RunId,
        command: &str,
        as_of: Day,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute(
                "DELETE FROM pulls
                 WHERE run NOT IN (SELECT run FROM plans WHERE state IN ('ready', 'held', 'applying'))",
                [],
            )?;
            transaction
                .execute(
                    "INSERT INTO runs (id, command, as_of, started, phase) VALUES (?1, ?2, ?3, ?4, ?5)",
                    (id.as_str(), command, as_of.to_string(), stamp(now), word(Phase::Survey)),
                )
                .map(drop)
        })
    }

    /// Records how far a run has come.
    pub fn set_phase(&self, id: &RunId, phase: Phase) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .execute("UPDATE runs SET phase = ?2 WHERE id = ?1", (id.as_str(), word(phase)))
                .map(drop)
        })
    }

    /// Records that a run has ended.
    pub fn end_run(
        &self,
        id: &RunId,
        outcome: RunOutcome,
        summary: &serde_json::Value,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .execute(
                    "UPDATE runs SET ended = ?2, outcome = ?3, summary = ?4 WHERE id = ?1",
                    (id.as_str(), stamp(now), word(outcome), summary.to_string()),
                )
                .map(drop)
        })
    }

    /// The latest runs, newest first.
    pub fn runs(&self, most: u32) -> Result<Vec<RunRow>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("SELECT {RUN_COLUMNS} FROM runs ORDER BY id DESC LIMIT ?1"))?
                .query_map([most], run_row)?
                .collect()
        })
    }

    /// The newest run, if it has not ended, or has stopped where it can be resumed.
    pub fn resumable_run(&self) -> Result<Option<RunRow>, StoreError> {
        let newest = self.runs(1)?.pop();
        Ok(newest.filter(|run| run.outcome.is_none_or(|outcome| outcome == RunOutcome::Stopped)))
    }

    /// How far the pull of a feed has come in a run.
    pub fn pull(&self, run: &RunId, feed: &Feed) -> Result<Pull, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT next, rows, done FROM pulls WHERE run = ?1 AND feed = ?2")?
                .query_row((run.as_str(), feed.to_string()), |row| {
                    Ok(Pull {
                        next: row.get::<_, Option<String>>(0)?.map(Cursor),
                        rows: row.get(1)?,
                        done: row.get(2)?,
                    })
                })
                .optional()
                .map(Option::unwrap_or_default)
        })
    }

    /// What a feed held when figures were last computed from it without objection.
    pub fn accepted_rows(&self, feed: &Feed) -> Result<Option<u64>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT rows FROM accepted_feeds WHERE feed = ?1")?
                .query_row([feed.to_string()], |row| row.get(0))
                .optional()
        })
    }

    /// All feeds that figures were computed from without objection, with what they held.
    pub fn accepted_feeds(&self) -> Result<Vec<(String, u64)>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT feed, rows FROM accepted_feeds ORDER BY feed")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Remembers what the feeds of a run held that can be used: what later feeds are measured by.
    pub fn accept_feeds(&self, run: &RunId) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM accepted_feeds", [])?;
            let accept = format!(
                "INSERT OR REPLACE INTO accepted_feeds (feed, rows)
                 SELECT feed, CASE WHEN feed LIKE ?2 || '%' THEN
                     ({USABLE} (SELECT no FROM sources s WHERE ?2 || s.name = p.feed))
                 ELSE rows END
                 FROM pulls p WHERE run = ?1"
            );
            transaction.execute(&accept, (run.as_str(), DOCUMENTS)).map(drop)
        })
    }
}

impl Store {
    /// Forgets how far the pulls of a run from the CRM have come: they begin anew. Those of documents stay.
    pub fn restart_crm_pulls(&self, run: &RunId) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .execute("DELETE FROM pulls WHERE run = ?1 AND feed NOT LIKE 'document%:%'", [run.as_str()])
                .map(drop)
        })
    }

    /// Forgets that the documents of a source were brought up to date by what has changed, where a run has done that to
    /// its end.
    pub fn restart_document_changes(&self, run: &RunId, source: &SourceName) -> Result<(), StoreError> {
        let changes = Feed::DocumentChanges(source.clone()).to_string();
        let whole = Feed::Documents(source.clone()).to_string();
        self.write(|transaction| {
            transaction
                .execute(
                    "DELETE FROM pulls WHERE run = ?1 AND feed IN (?2, ?3)
                     AND EXISTS (SELECT 1 FROM pulls WHERE run = ?1 AND feed = ?2 AND done)",
                    (run.as_str(), changes, whole),
                )
                .map(drop)
        })
    }

    /// Notes that a feed is whole although its pages did not come in this run: what they would have held is there.
    pub fn note_whole(&self, run: &RunId, feed: &Feed, rows: u64) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT OR REPLACE INTO pulls (run, feed, next, rows, done) VALUES (?1, ?2, NULL, ?3, 1)",
                )?
                .execute((run.as_str(), feed.to_string(), rows))
                .map(drop)
        })
    }
}

/// Notes, in the transaction that stores a page, where the next one begins.
pub(super) fn note_page(
    transaction: &rusqlite::Transaction<'_>,
    run: &RunId,
    feed: &Feed,
    rows: usize,
    next: Option<&Cursor>,
) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached(
            "INSERT INTO pulls (run, feed, next, rows, done) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (run, feed) DO UPDATE SET next = ?3, rows = rows + ?4, done = ?5",
        )?
        .execute((run.as_str(), feed.to_string(), next.map(|next| next.0.as_str()), rows, next.is_none()))
        .map(drop)
}

pub(super) fn run_row(row: &Row<'_>) -> Result<RunRow, rusqlite::Error> {
    let summary: Option<String> = row.get(7)?;
    Ok(RunRow {
        id: RunId::new(row.get::<_, String>(0)?),
        command: row.get(1)?,
        as_of: parsed(row, 2)?,
        started: row.get(3)?,
        ended: row.get(4)?,
        phase: from_word(row, 5)?,
        outcome: if row.get_ref(6)? == rusqlite::types::ValueRef::Null {
            None
        } else {
            Some(from_word(row, 6)?)
        },
        summary: summary
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(|error| corrupt(7, error))?,
    })
}

/// The stored word of a unit variant.
pub(super) fn word(variant: impl Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(word)) => word,
        other => format!("{other:?}"),
    }
}

pub(super) fn from_word<T: for<'de> Deserialize<'de>>(
    row: &Row<'_>,
    column: usize,
) -> Result<T, rusqlite::Error> {
    let word: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(word)).map_err(|error| corrupt(column, error))
}

pub(super) fn parsed<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> Result<T, rusqlite::Error>
where
    T::Err: std::error::Error + Send + Sync + 'static,
{
    row.get::<_, String>(column)?.parse().map_err(|error| corrupt(column, error))
}

/// A stored value that this version cannot read.
pub(super) fn corrupt(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}
