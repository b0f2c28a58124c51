//! The journal of records: what a plan does with cards and tasks, and what became of it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::clock::stamp;
use crate::domain::ids::{CompanyId, PlanId};
use crate::domain::plan::RecordChange;

use super::companies::{from_json, json};
use super::journal::{COLUMNS, Journal, change_row};
use super::{ChangeState, Settlement, Store, StoreError, StoredChange};

/// A change of a record as the journal keeps it.
pub trait Journaled: RecordChange + Serialize + DeserializeOwned {}

impl<C: RecordChange + Serialize + DeserializeOwned> Journaled for C {}

/// A card or a task that the CRM refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefusedRecord {
    /// The kind of record: `card`.
    pub kind: String,
    /// The company that it is about.
    pub company: CompanyId,
    /// The company's name, for people.
    pub name: String,
    /// The vendor's code.
    pub code: String,
    /// What it said.
    pub message: String,
    /// When it was last refused.
    pub last: String,
}

const fn journal<C: Journaled>() -> Journal {
    Journal { table: "record_changes", kind: Some(C::KIND) }
}

impl Store {
    /// Adds what a plan does with records of one kind; the first has the number `from`, which no other of the plan has.
    pub fn add_record_changes<C: Journaled>(
        &self,
        plan: &PlanId,
        from: u32,
        changes: &[C],
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO record_changes (plan, seq, kind, company, change, state) VALUES (?1, ?2, ?3, ?4, ?5, 0)",
            )?;
            (from..).zip(changes).try_for_each(|(seq, change)| {
                let row = (plan.as_str(), seq, C::KIND, change.company().as_str(), json(change)?);
                insert.execute(row).map(drop)
            })
        })
    }

    /// What a plan does with records of one kind after a place in it, whatever has become of it.
    pub fn record_changes_after<C: Journaled>(
        &self,
        plan: &PlanId,
        after: Option<u32>,
        most: usize,
    ) -> Result<Vec<StoredChange<C>>, StoreError> {
        self.read(|connection| journal::<C>().after(connection, plan, after, most))
    }

    /// The next changes of a plan in a state.
    pub fn record_changes_in<C: Journaled>(
        &self,
        plan: &PlanId,
        state: ChangeState,
        most: usize,
    ) -> Result<Vec<StoredChange<C>>, StoreError> {
        self.read(|connection| journal::<C>().in_state(connection, plan, state, most))
    }

    /// How many changes of a plan are in each state.
    pub fn record_counts<C: Journaled>(&self, plan: &PlanId) -> Result<Vec<(ChangeState, u64)>, StoreError> {
        self.read(|connection| journal::<C>().counts(connection, plan))
    }

    /// Plans with changes whose outcome is unknown, oldest first.
    pub fn plans_with_unknown_records<C: Journaled>(&self) -> Result<Vec<PlanId>, StoreError> {
        self.read(|connection| journal::<C>().unsettled(connection))
    }

    /// Marks changes as being sent. On disk before the call that sends them.
    pub fn mark_records_sending<C: Journaled>(
        &self,
        plan: &PlanId,
        changes: &[&StoredChange<C>],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| journal::<C>().mark_sending(transaction, plan, changes.iter().copied(), now))
    }

    /// Records what became of changes.
    pub fn settle_records<C: Journaled>(
        &self,
        plan: &PlanId,
        settlements: &[Settlement<'_, C>],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| journal::<C>().settle(transaction, plan, settlements, now))
    }

    /// Leaves out what a plan would make and has not sent: cards and tasks. What it changes of those that are there stays.
    pub fn leave_out_new_records(&self, plan: &PlanId, now: DateTime<Utc>) -> Result<(), StoreError> {
        let (pending, moved) = (ChangeState::Pending.number(), ChangeState::Moved.number());
        self.write(|transaction| {
            transaction
                .execute(
                    &format!(
                        "UPDATE record_changes SET state = {moved}, settled = ?2
                         WHERE plan = ?1 AND state = {pending} AND attempts = 0
                           AND change -> '$.action.create' IS NOT NULL"
                    ),
                    (plan.as_str(), stamp(now)),
                )
                .map(drop)
        })
    }

    /// What was done since a moment with records of one kind, and what the CRM refused since another: each with whether it
    /// was refused.
    pub fn records_done_or_refused<C: Journaled>(
        &self,
        done_since: DateTime<Utc>,
        refused_since: DateTime<Utc>,
    ) -> Result<Vec<(C, bool)>, StoreError> {
        let (refused, applied) = (ChangeState::Refused.number(), ChangeState::Applied.number());
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT change, state = {refused} FROM record_changes WHERE kind = ?1
                     AND (state = {applied} AND settled >= ?2 OR state = {refused} AND settled >= ?3)"
                ))?
                .query_map((C::KIND, stamp(done_since), stamp(refused_since)), |row| {
                    Ok((from_json(row, 0)?, row.get(1)?))
                })?
                .collect()
        })
    }

    /// The cards and tasks that the CRM refused since a moment, the newest refusal of each company first.
    pub fn refused_records(&self, since: DateTime<Utc>) -> Result<Vec<RefusedRecord>, StoreError> {
        let refused = ChangeState::Refused.number();
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT kind, company, coalesce(change ->> 'name', ''), coalesce(code, ''),
                            coalesce(message, ''), max(settled)
                     FROM record_changes WHERE state = {refused} AND settled >= ?1
                     GROUP BY kind, company ORDER BY max(settled) DESC, kind, company"
                ))?
                .query_map([stamp(since)], |row| {
                    Ok(RefusedRecord {
                        kind: row.get(0)?,
                        company: CompanyId::new(row.get::<_, String>(1)?),
                        name: row.get(2)?,
                        code: row.get(3)?,
                        message: row.get(4)?,
                        last: row.get(5)?,
                    })
                })?
                .collect()
        })
    }

    /// What was sent of one company's records of one kind, newest first.
    pub fn record_changes_of<C: Journaled>(
        &self,
        company: &CompanyId,
        most: u32,
    ) -> Result<Vec<(PlanId, StoredChange<C>)>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS}, c.plan FROM record_changes c
                     WHERE c.kind = ?1 AND c.company = ?2 AND c.attempts > 0 ORDER BY c.plan DESC, c.seq LIMIT ?3"
                ))?
                .query_map((C::KIND, company.as_str(), most), |row| {
                    Ok((PlanId::new(row.get::<_, String>(8)?), change_row(row)?))
                })?
                .collect()
        })
    }
}
