//! Plans, and the journal of every change in them: observed → intended, and what became of it.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row};
use serde::{Deserialize, Serialize};

use crate::clock::stamp;
use crate::domain::catalogue::Figure;
use crate::domain::ids::{CompanyId, PlanId, RunId};
use crate::domain::plan::{CompanyChange, Objection};
use crate::domain::time::Day;
use crate::domain::value::Value;

use super::companies::{from_json, json};
use super::journal::{COLUMNS, Journal, change_row};
use super::retention::Pruned;
use super::runs::{from_word, parsed, word};
use super::{Store, StoreError, failed, news, undone};

/// What has become of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// Being written down: not complete, never applied.
    Draft,
    /// Complete, nothing of it sent.
    Ready,
    /// A guard objected: it waits for approval.
    Held,
    /// Some of it may have been sent.
    Applying,
    /// Every change of it has been settled.
    Applied,
    /// A newer pull has overtaken it.
    Superseded,
}

/// A plan without its changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanRow {
    /// Its id.
    pub id: PlanId,
    /// The run that made it.
    pub run: RunId,
    /// The day it is for.
    pub as_of: Day,
    /// When it was made.
    pub created: String,
    /// What has become of it.
    pub state: PlanState,
    /// Whether it is about all companies, not about a chosen few.
    pub whole: bool,
    /// Its summary, a JSON object.
    pub summary: serde_json::Value,
    /// What the guards object, for people.
    pub objections: Vec<String>,
    /// The plan whose values it puts back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<PlanId>,
}

/// What has become of one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// Not sent.
    Pending,
    /// Marked as being sent: until it is settled, its outcome is unknown.
    Sending,
    /// The CRM holds the intended values.
    Applied,
    /// The CRM refused them.
    Refused,
    /// The company is no more.
    Gone,
    /// Somebody changed a value since the plan was made: not written, planned again by the next run.
    Moved,
}

impl ChangeState {
    pub(super) const ALL: [Self; 6] =
        [Self::Pending, Self::Sending, Self::Applied, Self::Refused, Self::Gone, Self::Moved];

    pub(super) fn number(self) -> u8 {
        self as u8
    }
}

/// One change of a plan, with what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoredChange<C = CompanyChange> {
    /// Its place in the plan.
    pub seq: u32,
    /// Observed → intended.
    pub change: C,
    /// What has become of it.
    pub state: ChangeState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was last sent.
    pub sent: Option<String>,
    /// When it was settled.
    pub settled: Option<String>,
    /// The vendor's code of a refusal.
    pub code: Option<String>,
    /// What the vendor said.
    pub message: Option<String>,
}

/// The news of one change.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement<'a, C = CompanyChange> {
    /// The change.
    pub change: &'a StoredChange<C>,
    /// Its new state.
    pub state: ChangeState,
    /// Code and message of a refusal.
    pub refusal: Option<(String, String)>,
}

/// About how many bytes a change takes beside its text, with what it adds to the indexes.
const ROW_BYTES: usize = 200;
/// The shortest beginning of an id that stands for it: the day.
pub(super) const LEAST_OF_AN_ID: usize = "p20260101".len();

/// The journal of figures.
const FIGURES: Journal = Journal { table: "changes", kind: None };
const PLAN_COLUMNS: &str =
    "p.id, p.run, p.as_of, p.created, p.state, p.whole, p.summary, p.objections, p.undoes";

impl Store {
    /// Begins a plan: older ones that were never sent whole are overtaken by it. One that is held waits until it is known
    /// whether this one is held too.
    pub fn begin_plan(
        &self,
        id: &PlanId,
        run: &RunId,
        as_of: Day,
        whole: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM plans WHERE state = 'draft'", [])?;
            transaction
                .execute("UPDATE plans SET state = 'superseded' WHERE state IN ('ready', 'applying')", [])?;
            transaction
                .execute(
                    "INSERT INTO plans (id, run, as_of, created, state, whole, summary, objections)
                     VALUES (?1, ?2, ?3, ?4, 'draft', ?5, 'null', '[]')",
                    (id.as_str(), run.as_str(), as_of.to_string(), stamp(now), whole),
                )
                .map(drop)
        })
    }

    /// Adds changes to a plan that is being written down; the first has the number `from`.
    pub fn add_changes(&self, plan: &PlanId, from: u32, changes: &[CompanyChange]) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO changes (plan, seq, company, change, state) VALUES (?1, ?2, ?3, ?4, 0)",
            )?;
            let mut bytes = 0;
            for (seq, change) in (from..).zip(changes) {
                let text = json(change)?;
                bytes += text.len() + ROW_BYTES;
                insert.execute((plan.as_str(), seq, change.company.as_str(), text))?;
            }
            transaction
                .prepare_cached("UPDATE plans SET bytes = bytes + ?2 WHERE id = ?1")?
                .execute((plan.as_str(), bytes))
                .map(drop)
        })
    }

    /// Completes a plan. One that waited for approval is overtaken by it; where this one is about a few companies only
    /// and may be applied, the other one goes on waiting.
    pub fn complete_plan(
        &self,
        id: &PlanId,
        summary: &serde_json::Value,
        objections: &[Objection],
    ) -> Result<(), StoreError> {
        let state = if objections.is_empty() { PlanState::Ready } else { PlanState::Held };
        let texts: Vec<String> = objections.iter().map(ToString::to_string).collect();
        self.write(|transaction| {
            transaction.execute(
                "UPDATE plans SET state = 'superseded' WHERE state = 'held'
                 AND (?2 = 'held' OR (SELECT whole FROM plans WHERE id = ?1))",
                (id.as_str(), word(state)),
            )?;
            transaction
                .execute(
                    "UPDATE plans SET state = ?2, summary = ?3, objections = ?4, kinds = ?5 WHERE id = ?1",
                    (id.as_str(), word(state), summary.to_string(), json(&texts)?, json(&kinds(objections))?),
                )
                .map(drop)
        })
    }

    /// Makes a plan that is being written down one that puts back what another one wrote.
    pub fn set_undoes(&self, id: &PlanId, undone: &PlanId) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .execute("UPDATE plans SET undoes = ?2 WHERE id = ?1", (id.as_str(), undone.as_str()))
                .map(drop)
        })
    }

    /// Completes a plan that puts back what another one wrote: no guard holds it, and none that is held is overtaken.
    pub fn complete_undo(&self, id: &PlanId, summary: &serde_json::Value) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .execute(
                    "UPDATE plans SET state = 'ready', summary = ?2 WHERE id = ?1",
                    (id.as_str(), summary.to_string()),
                )
                .map(drop)
        })
    }

    /// The plan about all companies that waits for approval because of the same kinds of objections.
    pub fn waiting_plan(&self, objections: &[Objection]) -> Result<Option<PlanRow>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {PLAN_COLUMNS} FROM plans p WHERE p.state = 'held' AND p.whole AND p.kinds = ?1
                     ORDER BY p.id DESC LIMIT 1"
                ))?
                .query_row([json(&kinds(objections))?], plan_row)
                .optional()
        })
    }

    /// Forgets a plan that was being written down.
    pub fn drop_draft(&self, id: &PlanId) -> Result<(), StoreError> {
        self.delete_plan(id.as_str(), &mut Pruned::default())
    }

    /// Records what has become of a plan.
    pub fn set_plan_state(&self, id: &PlanId, state: PlanState) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .execute("UPDATE plans SET state = ?2 WHERE id = ?1", (id.as_str(), word(state)))
                .map(drop)
        })
    }

    /// Plans that wait for approval, the newest first.
    pub fn held_plans(&self) -> Result<Vec<PlanRow>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {PLAN_COLUMNS} FROM plans p WHERE p.state = 'held' ORDER BY p.id DESC"
                ))?
                .query_map([], plan_row)?
                .collect()
        })
    }

    /// A plan by its id, or by the beginning of it where only one plan begins so.
    pub fn plan(&self, id: &str) -> Result<Option<PlanRow>, StoreError> {
        // An empty variable in a script must not approve whatever plan there is.
        self.read(|connection| {
            let mut plans = connection
                .prepare_cached(&format!(
                    "SELECT {PLAN_COLUMNS} FROM plans p WHERE p.id = ?1 OR (length(?1) >= ?2 AND substr(p.id, 1, length(?1)) = ?1)
                     LIMIT 2"
                ))?
                .query_map((id, LEAST_OF_AN_ID), plan_row)?
                .collect::<Result<Vec<_>, _>>()?;
            let exact = plans.iter().position(|plan| plan.id.as_str() == id);
            Ok(match (exact, plans.len()) {
                (Some(exact), _) => Some(plans.swap_remove(exact)),
                (None, 1) => plans.pop(),
                _ => None,
            })
        })
    }

    /// The plan that a run made.
    pub fn plan_of_run(&self, run: &RunId) -> Result<Option<PlanRow>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {PLAN_COLUMNS} FROM plans p WHERE p.run = ?1 ORDER BY p.id DESC LIMIT 1"
                ))?
                .query_row([run.as_str()], plan_row)
                .optional()
        })
    }

    /// The changes of a plan after a place in it, whatever has become of them.
    pub fn changes_after(
        &self,
        plan: &PlanId,
        after: Option<u32>,
        most: usize,
    ) -> Result<Vec<StoredChange>, StoreError> {
        self.read(|connection| FIGURES.after(connection, plan, after, most))
    }

    /// The next changes of a plan in a state.
    pub fn changes_in(
        &self,
        plan: &PlanId,
        state: ChangeState,
        most: usize,
    ) -> Result<Vec<StoredChange>, StoreError> {
        self.read(|connection| FIGURES.in_state(connection, plan, state, most))
    }

    /// How many changes of a plan are in each state.
    pub fn change_counts(&self, plan: &PlanId) -> Result<Vec<(ChangeState, u64)>, StoreError> {
        self.read(|connection| FIGURES.counts(connection, plan))
    }

    /// Plans with changes whose outcome is unknown, oldest first.
    pub fn unsettled_plans(&self) -> Result<Vec<PlanId>, StoreError> {
        self.read(|connection| FIGURES.unsettled(connection))
    }

    /// Marks changes as being sent. On disk before the call that sends them.
    pub fn mark_sending(
        &self,
        plan: &PlanId,
        changes: &[StoredChange],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| FIGURES.mark_sending(transaction, plan, changes, now))
    }

    /// Records what became of changes; what was applied is now what sirank wrote last.
    pub fn settle(
        &self,
        plan: &PlanId,
        settlements: &[Settlement<'_>],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            FIGURES.settle(transaction, plan, settlements, now)?;
            let notes = Notes::of(transaction, plan)?;
            for settlement in settlements {
                let refusal = settlement.refusal.as_ref();
                let said =
                    refusal.map(|(code, message)| (code.as_str(), message.as_str())).unwrap_or_default();
                notes.take(transaction, &settlement.change.change, settlement.state, said, now)?;
            }
            Ok(())
        })
    }

    /// The changes of one company that were sent to it, newest first.
    pub fn changes_of(
        &self,
        company: &CompanyId,
        most: u32,
    ) -> Result<Vec<(PlanId, StoredChange)>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS}, c.plan FROM changes c WHERE c.company = ?1 AND c.attempts > 0
                     ORDER BY c.plan DESC, c.seq LIMIT ?2"
                ))?
                .query_map((company.as_str(), most), |row| {
                    Ok((PlanId::new(row.get::<_, String>(8)?), change_row(row)?))
                })?
                .collect()
        })
    }
}

/// What has to be noted beside a change that is settled: it depends on what its plan is for.
struct Notes<'a> {
    plan: &'a PlanId,
    /// Whether the plan puts back what another one wrote.
    undoes: bool,
    /// Whose values are to be remembered as taken back.
    remembered: Option<RunId>,
    /// Whether any values were taken back at all.
    any_undone: bool,
}

impl<'a> Notes<'a> {
    fn of(transaction: &rusqlite::Transaction<'_>, plan: &'a PlanId) -> Result<Self, rusqlite::Error> {
        let (undoes, any_undone) = transaction
            .prepare_cached(
                "SELECT coalesce((SELECT undoes IS NOT NULL FROM plans WHERE id = ?1), 0),
                        EXISTS (SELECT 1 FROM undone)",
            )?
            .query_row([plan.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let remembered = if undoes { undone::remembered_run(transaction, plan)? } else { None };
        Ok(Self { plan, undoes, remembered, any_undone })
    }

    fn take(
        &self,
        transaction: &rusqlite::Transaction<'_>,
        change: &CompanyChange,
        state: ChangeState,
        said: (&str, &str),
        now: DateTime<Utc>,
    ) -> Result<(), rusqlite::Error> {
        match state {
            ChangeState::Pending | ChangeState::Sending | ChangeState::Moved => Ok(()),
            ChangeState::Gone => failed::forget_failure(transaction, &change.company),
            // An undo is done once, when it is asked for: no run tries it again.
            ChangeState::Refused if self.undoes => Ok(()),
            ChangeState::Refused => failed::note_refusal(transaction, self.plan, change, said, now),
            ChangeState::Applied => {
                note_written(transaction, change)?;
                if self.undoes {
                    // What the figures say stands there no more: the next run has to compare.
                    news::note_news(transaction, true)?;
                }
                if self.any_undone {
                    undone::forget(transaction, change)?;
                }
                match &self.remembered {
                    Some(run) => undone::remember(transaction, change, run),
                    None if self.undoes => Ok(()),
                    None => failed::forget_failure(transaction, &change.company),
                }
            }
        }
    }
}

/// The kinds of some objections, as they are stored: in one order.
fn kinds(objections: &[Objection]) -> Vec<String> {
    let mut kinds: Vec<String> = objections.iter().map(Objection::kind).collect();
    kinds.sort_unstable();
    kinds
}

fn note_written(
    transaction: &rusqlite::Transaction<'_>,
    change: &CompanyChange,
) -> Result<(), rusqlite::Error> {
    let known = transaction
        .prepare_cached("SELECT fields FROM written WHERE company = ?1")?
        .query_row([change.company.as_str()], |row| from_json::<Vec<(Figure, Value)>>(row, 0))
        .optional()?;
    let mut fields = known.unwrap_or_default();
    for field in &change.fields {
        fields.retain(|(figure, _)| *figure != field.figure);
        fields.extend(field.intended.clone().map(|value| (field.figure, value)));
    }
    transaction
        .prepare_cached("INSERT OR REPLACE INTO written (company, fields) VALUES (?1, ?2)")?
        .execute((change.company.as_str(), json(&fields)?))
        .map(drop)
}

fn plan_row(row: &Row<'_>) -> Result<PlanRow, rusqlite::Error> {
    Ok(PlanRow {
        id: PlanId::new(row.get::<_, String>(0)?),
        run: RunId::new(row.get::<_, String>(1)?),
        as_of: parsed(row, 2)?,
        created: row.get(3)?,
        state: from_word(row, 4)?,
        whole: row.get(5)?,
        summary: from_json(row, 6)?,
        objections: from_json(row, 7)?,
        undoes: row.get::<_, Option<String>>(8)?.map(PlanId::new),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_plan_is_found_without_reading_what_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state.sqlite3")).unwrap();
        for (state, index) in
            [(ChangeState::Pending, "changes_pending"), (ChangeState::Sending, "changes_sending")]
        {
            let steps: Vec<String> = store
                .read(|connection| {
                    connection
                        .prepare(&format!("EXPLAIN QUERY PLAN {}", FIGURES.select_in(state)))?
                        .query_map(("p1", 100), |row| row.get(3))?
                        .collect()
                })
                .unwrap();
            assert_eq!(steps, [format!("SEARCH c USING INDEX {index} (plan=?)")]);
        }
    }
}
