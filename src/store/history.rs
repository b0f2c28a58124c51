//! The journal seen from a run, and from a company.

use rusqlite::OptionalExtension;

use crate::domain::ids::{CompanyId, PlanId, RunId};

use super::journal::{COLUMNS, change_row};
use super::plans::LEAST_OF_AN_ID;
use super::runs::{RUN_COLUMNS, run_row};
use super::{PlanRow, RunRow, Store, StoreError, StoredChange};

/// The write of one company, with the run that did it.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteRow {
    /// The plan that it was in.
    pub plan: PlanId,
    /// The run that sent the plan.
    pub run: RunId,
    /// The run whose values it puts back.
    pub undoes: Option<RunId>,
    /// The change, with what became of it.
    pub stored: StoredChange,
}

impl WriteRow {
    /// When it was settled, or else sent.
    pub fn when(&self) -> &str {
        self.stored.settled.as_deref().or(self.stored.sent.as_deref()).unwrap_or_default()
    }
}

impl Store {
    /// A run by its id, or by the beginning of it where only one run begins so.
    pub fn run(&self, id: &str) -> Result<Option<RunRow>, StoreError> {
        self.read(|connection| {
            let mut runs = connection
                .prepare_cached(&format!(
                    "SELECT {RUN_COLUMNS} FROM runs
                     WHERE id = ?1 OR (length(?1) >= ?2 AND substr(id, 1, length(?1)) = ?1) LIMIT 2"
                ))?
                .query_map((id, LEAST_OF_AN_ID), run_row)?
                .collect::<Result<Vec<_>, _>>()?;
            let exact = runs.iter().position(|run| run.id.as_str() == id);
            Ok(match (exact, runs.len()) {
                (Some(exact), _) => Some(runs.swap_remove(exact)),
                (None, 1) => runs.pop(),
                _ => None,
            })
        })
    }

    /// The plan that a run sent: its own, or one that was stored before.
    pub fn plan_sent_by(&self, run: &RunRow) -> Result<Option<PlanRow>, StoreError> {
        let sent: Option<String> = self.read(|connection| {
            connection
                .prepare_cached("SELECT id FROM plans WHERE applied_by = ?1 ORDER BY id DESC LIMIT 1")?
                .query_row([run.id.as_str()], |row| row.get(0))
                .optional()
        })?;
        // A plan whose sending was gone on with by a later run names that one: the summary tells. So does that of a run
        // that only found a plan in place, or waiting: it sent nothing.
        let told = || {
            let summary = run.summary.as_ref()?;
            summary.pointer("/applied").filter(|applied| applied.is_object())?;
            summary.pointer("/plan/id")?.as_str()
        };
        match (sent, self.plan_of_run(&run.id)?) {
            (Some(plan), _) => self.plan(&plan),
            (None, Some(own)) => Ok(Some(own)),
            (None, None) => told().map_or(Ok(None), |plan| self.plan(plan)),
        }
    }

    /// Records which run sends a plan, where it is not the one that made it.
    pub fn note_applied_by(&self, plan: &PlanId, run: &RunId) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .execute("UPDATE plans SET applied_by = ?2 WHERE id = ?1", (plan.as_str(), run.as_str()))
                .map(drop)
        })
    }

    /// Everything that was sent to one company, newest first.
    pub fn writes_of(&self, company: &CompanyId) -> Result<Vec<WriteRow>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS}, c.plan, coalesce(p.applied_by, p.run), coalesce(u.applied_by, u.run)
                     FROM changes c JOIN plans p ON p.id = c.plan LEFT JOIN plans u ON u.id = p.undoes
                     WHERE c.company = ?1 AND c.attempts > 0
                     ORDER BY coalesce(c.settled, c.sent) DESC, c.plan DESC"
                ))?
                .query_map([company.as_str()], |row| {
                    Ok(WriteRow {
                        plan: PlanId::new(row.get::<_, String>(8)?),
                        run: RunId::new(row.get::<_, String>(9)?),
                        undoes: row.get::<_, Option<String>>(10)?.map(RunId::new),
                        stored: change_row(row)?,
                    })
                })?
                .collect()
        })
    }
}
