//! The statements of a journal: what a plan changes, in its order, and what became of each change. Figures and records
//! are journaled alike, each in a table of its own.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, Transaction};
use serde::Deserialize;

use crate::clock::stamp;
use crate::domain::ids::PlanId;

use super::companies::from_json;
use super::{ChangeState, Settlement, StoredChange};

/// A table of changes, or the part of it that is about one kind of record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Journal {
    pub(super) table: &'static str,
    /// The kind; none: the table is about one alone.
    pub(super) kind: Option<&'static str>,
}

/// The columns of a change, in the order of [`change_row`].
pub(super) const COLUMNS: &str = "c.seq, c.change, c.state, c.attempts, c.sent, c.settled, c.code, c.message";

type Changes<C> = Result<Vec<StoredChange<C>>, rusqlite::Error>;

impl Journal {
    /// `FROM` and the condition that every statement begins with.
    fn rows(self) -> String {
        let kind = self.kind.map(|kind| format!("c.kind = '{kind}' AND ")).unwrap_or_default();
        format!("FROM {} c WHERE {kind}", self.table)
    }

    /// The changes of a plan after a place in it, whatever has become of them.
    pub(super) fn after<C: for<'de> Deserialize<'de>>(
        self,
        connection: &Connection,
        plan: &PlanId,
        after: Option<u32>,
        most: usize,
    ) -> Changes<C> {
        let from = after.map_or(0, |after| after + 1);
        connection
            .prepare_cached(&format!(
                "SELECT {COLUMNS} {} c.plan = ?1 AND c.seq >= ?2 ORDER BY c.seq LIMIT ?3",
                self.rows()
            ))?
            .query_map((plan.as_str(), from, most), change_row)?
            .collect()
    }

    /// The number of the state stands in the text, not in a parameter: an index of one state is used only where it shows.
    pub(super) fn select_in(self, state: ChangeState) -> String {
        let state = state.number();
        format!("SELECT {COLUMNS} {} c.plan = ?1 AND c.state = {state} ORDER BY c.seq LIMIT ?2", self.rows())
    }

    /// The next changes of a plan in a state.
    pub(super) fn in_state<C: for<'de> Deserialize<'de>>(
        self,
        connection: &Connection,
        plan: &PlanId,
        state: ChangeState,
        most: usize,
    ) -> Changes<C> {
        connection
            .prepare_cached(&self.select_in(state))?
            .query_map((plan.as_str(), most), change_row)?
            .collect()
    }

    /// How many changes of a plan are in each state.
    pub(super) fn counts(
        self,
        connection: &Connection,
        plan: &PlanId,
    ) -> Result<Vec<(ChangeState, u64)>, rusqlite::Error> {
        connection
            .prepare_cached(&format!(
                "SELECT c.state, count(*) {} c.plan = ?1 GROUP BY c.state",
                self.rows()
            ))?
            .query_map([plan.as_str()], |row| Ok((change_state(row, 0)?, row.get(1)?)))?
            .collect()
    }

    /// Plans with changes whose outcome is unknown, oldest first.
    pub(super) fn unsettled(self, connection: &Connection) -> Result<Vec<PlanId>, rusqlite::Error> {
        connection
            .prepare_cached(&format!("SELECT DISTINCT c.plan {} c.state = 1 ORDER BY c.plan", self.rows()))?
            .query_map([], |row| row.get::<_, String>(0).map(PlanId::new))?
            .collect()
    }

    /// Marks changes as being sent.
    pub(super) fn mark_sending<'a, C: 'a>(
        self,
        transaction: &Transaction<'_>,
        plan: &PlanId,
        changes: impl IntoIterator<Item = &'a StoredChange<C>>,
        now: DateTime<Utc>,
    ) -> Result<(), rusqlite::Error> {
        let mut update = transaction.prepare_cached(&format!(
            "UPDATE {} SET state = 1, attempts = attempts + 1, sent = ?3 WHERE plan = ?1 AND seq = ?2",
            self.table
        ))?;
        let sent = stamp(now);
        changes
            .into_iter()
            .try_for_each(|change| update.execute((plan.as_str(), change.seq, &sent)).map(drop))
    }

    /// Records what became of changes.
    pub(super) fn settle<C>(
        self,
        transaction: &Transaction<'_>,
        plan: &PlanId,
        settlements: &[Settlement<'_, C>],
        now: DateTime<Utc>,
    ) -> Result<(), rusqlite::Error> {
        let mut update = transaction.prepare_cached(&format!(
            "UPDATE {} SET state = ?3, settled = ?4, code = ?5, message = ?6 WHERE plan = ?1 AND seq = ?2",
            self.table
        ))?;
        let settled = stamp(now);
        settlements.iter().try_for_each(|settlement| {
            let (code, message) =
                settlement.refusal.as_ref().map(|(code, text)| (code.as_str(), text.as_str())).unzip();
            let (seq, state) = (settlement.change.seq, settlement.state.number());
            update.execute((plan.as_str(), seq, state, &settled, code, message)).map(drop)
        })
    }
}

pub(super) fn change_state(row: &Row<'_>, column: usize) -> Result<ChangeState, rusqlite::Error> {
    let number: usize = row.get(column)?;
    let unknown =
        || rusqlite::Error::IntegralValueOutOfRange(column, i64::try_from(number).unwrap_or(i64::MAX));
    ChangeState::ALL.get(number).copied().ok_or_else(unknown)
}

pub(super) fn change_row<C: for<'de> Deserialize<'de>>(
    row: &Row<'_>,
) -> Result<StoredChange<C>, rusqlite::Error> {
    Ok(StoredChange {
        seq: row.get(0)?,
        change: from_json(row, 1)?,
        state: change_state(row, 2)?,
        attempts: row.get(3)?,
        sent: row.get(4)?,
        settled: row.get(5)?,
        code: row.get(6)?,
        message: row.get(7)?,
    })
}
