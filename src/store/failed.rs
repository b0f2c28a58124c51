//! Writes that the CRM refused and that still stand, one for each company.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{OptionalExtension, Row, Transaction};
use serde::Serialize;

use crate::clock::stamp;
use crate::domain::ids::{CompanyId, PlanId};
use crate::domain::plan::CompanyChange;
use crate::domain::plan::retry::{distance, repeats};

use super::companies::{from_json, json};
use super::{Store, StoreError};

/// A write that the CRM refused and that still stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FailedWrite {
    /// The last plan that it was refused in.
    pub plan: PlanId,
    /// What was to be written.
    pub change: CompanyChange,
    /// The vendor's code of the refusal.
    pub code: String,
    /// What the vendor said.
    pub message: String,
    /// How often in a row these values were refused.
    pub attempts: u32,
    /// When they first were.
    pub first: String,
    /// When they last were.
    pub last: String,
    /// They are not tried again before then. Empty: in the next run.
    pub next: String,
}

impl FailedWrite {
    /// Whether it is not to be tried again yet.
    pub fn waits(&self, now: DateTime<Utc>) -> bool {
        self.next > stamp(now)
    }
}

const COLUMNS: &str = "plan, change, code, message, attempts, first, last, next";

impl Store {
    /// Every refused write that still stands, the newest refusal first.
    pub fn failed_writes(&self) -> Result<Vec<FailedWrite>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM failed_writes ORDER BY last DESC, company"))?
                .query_map([], failed_row)?
                .collect()
        })
    }

    /// The refused write of one company.
    pub fn failed_write(&self, company: &CompanyId) -> Result<Option<FailedWrite>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM failed_writes WHERE company = ?1"))?
                .query_row([company.as_str()], failed_row)
                .optional()
        })
    }

    /// How many refused writes still stand.
    pub fn failed_count(&self) -> Result<u64, StoreError> {
        self.read(|connection| {
            connection.query_row("SELECT count(*) FROM failed_writes", [], |row| row.get(0))
        })
    }

    /// Whether a refused write is to be tried again now.
    pub fn has_due_retry(&self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM failed_writes WHERE next <= ?1)")?
                .query_row([stamp(now)], |row| row.get(0))
        })
    }

    /// The companies with a refused write that still stands.
    pub fn failing(&self) -> Result<HashSet<CompanyId>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT company FROM failed_writes")?
                .query_map([], |row| row.get::<_, String>(0).map(CompanyId::new))?
                .collect()
        })
    }

    /// Forgets the refused writes of companies that need none any more.
    pub fn forget_failures(&self, companies: &[CompanyId]) -> Result<(), StoreError> {
        if companies.is_empty() {
            return Ok(());
        }
        self.write(|transaction| {
            companies.iter().try_for_each(|company| forget_failure(transaction, company))
        })
    }

    /// Forgets the refused writes of companies that the snapshot does not hold.
    pub fn forget_failures_of_the_gone(&self) -> Result<usize, StoreError> {
        self.write(|transaction| {
            transaction
                .execute("DELETE FROM failed_writes WHERE company NOT IN (SELECT id FROM companies)", [])
        })
    }

    /// Somebody mended something in the account: every refused write is tried again by the next run, and counted anew.
    pub fn retry_all_now(&self) -> Result<usize, StoreError> {
        self.write(|transaction| transaction.execute("UPDATE failed_writes SET next = '', attempts = 0", []))
    }
}

/// Notes a refusal, in the transaction that settles it.
pub(super) fn note_refusal(
    transaction: &Transaction<'_>,
    plan: &PlanId,
    change: &CompanyChange,
    (code, message): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), rusqlite::Error> {
    let known = transaction
        .prepare_cached(&format!("SELECT {COLUMNS} FROM failed_writes WHERE company = ?1"))?
        .query_row([change.company.as_str()], failed_row)
        .optional()?
        .filter(|known| repeats(&known.change, change));
    let attempts = known.as_ref().map_or(0, |known| known.attempts).saturating_add(1);
    let last = stamp(now);
    let first = known.map_or_else(|| last.clone(), |known| known.first);
    let wait = TimeDelta::from_std(distance(attempts)).unwrap_or(TimeDelta::zero());
    // The next run may begin within the millisecond.
    let next = if wait.is_zero() { String::new() } else { stamp(now + wait) };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO failed_writes
             (company, plan, change, code, message, attempts, first, last, next)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            change.company.as_str(),
            plan.as_str(),
            json(change)?,
            code,
            message,
            attempts,
            first,
            last,
            next,
        ))
        .map(drop)
}

/// Notes that nothing of a company is refused any more, in the transaction that settles it.
pub(super) fn forget_failure(
    transaction: &Transaction<'_>,
    company: &CompanyId,
) -> Result<(), rusqlite::Error> {
    transaction
        .prepare_cached("DELETE FROM failed_writes WHERE company = ?1")?
        .execute([company.as_str()])
        .map(drop)
}

fn failed_row(row: &Row<'_>) -> Result<FailedWrite, rusqlite::Error> {
    Ok(FailedWrite {
        plan: PlanId::new(row.get::<_, String>(0)?),
        change: from_json(row, 1)?,
        code: row.get(2)?,
        message: row.get(3)?,
        attempts: row.get(4)?,
        first: row.get(5)?,
        last: row.get(6)?,
        next: row.get(7)?,
    })
}
