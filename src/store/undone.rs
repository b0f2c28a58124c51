//! Values that were taken back: what must not be written again without a person's approval.

use rusqlite::{OptionalExtension, Transaction};

use crate::domain::catalogue::Figure;
use crate::domain::ids::{CompanyId, PlanId, RunId};
use crate::domain::plan::CompanyChange;
use crate::domain::value::Value;

use super::companies::from_json;
use super::{Store, StoreError};

/// A value that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoneValue {
    /// The figure.
    pub figure: Figure,
    /// What the undone run had written; none: it had emptied the property.
    pub value: Option<Value>,
    /// The run that was undone.
    pub run: RunId,
}

impl Store {
    /// Whether any value was taken back and not written since.
    pub fn has_undone_values(&self) -> Result<bool, StoreError> {
        self.read(|connection| {
            connection.query_row("SELECT EXISTS (SELECT 1 FROM undone)", [], |row| row.get(0))
        })
    }

    /// The values of a company that were taken back.
    pub fn undone_values(&self, company: &CompanyId) -> Result<Vec<UndoneValue>, StoreError> {
        self.read(|connection| {
            let rows = connection
                .prepare_cached("SELECT figure, value, run FROM undone WHERE company = ?1")?
                .query_map([company.as_str()], |row| {
                    let figure: String = row.get(0)?;
                    let value = match row.get_ref(1)? {
                        rusqlite::types::ValueRef::Null => None,
                        _ => Some(from_json(row, 1)?),
                    };
                    let run = RunId::new(row.get::<_, String>(2)?);
                    // A figure of a newer version is never written by this one.
                    Ok(Figure::from_name(&figure).map(|figure| UndoneValue { figure, value, run }))
                })?
                .collect::<Result<Vec<_>, _>>()?;
            Ok(rows.into_iter().flatten().collect())
        })
    }

    /// A person approved a plan: what it writes may be written again.
    pub fn approve_undone(&self, plan: &PlanId) -> Result<(), StoreError> {
        const CHUNK: usize = 1_000;
        let mut after = None;
        while self.has_undone_values()? {
            let changes = self.changes_after(plan, after, CHUNK)?;
            let Some(last) = changes.last() else { break };
            after = Some(last.seq);
            self.write(|transaction| {
                changes.iter().try_for_each(|stored| forget(transaction, &stored.change))
            })?;
        }
        Ok(())
    }
}

/// Of which run the values are that a plan takes back, if it does and they have to be remembered: what is written again
/// because an undo was undone is not.
pub(super) fn remembered_run(
    transaction: &Transaction<'_>,
    plan: &PlanId,
) -> Result<Option<RunId>, rusqlite::Error> {
    let chain = transaction
        .prepare_cached(
            "WITH RECURSIVE chain (plan, depth) AS (
                 SELECT undoes, 1 FROM plans WHERE id = ?1 AND undoes IS NOT NULL
                 UNION ALL
                 SELECT p.undoes, depth + 1 FROM chain JOIN plans p ON p.id = chain.plan
                 WHERE p.undoes IS NOT NULL)
             SELECT count(*), (SELECT coalesce(t.applied_by, t.run) FROM plans p JOIN plans t ON t.id = p.undoes
                               WHERE p.id = ?1)
             FROM chain",
        )?
        .query_row([plan.as_str()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?)))
        .optional()?;
    Ok(chain.filter(|(depth, _)| depth % 2 == 1).and_then(|(_, run)| run).map(RunId::new))
}

/// Remembers what was taken back, in the transaction that settles it.
pub(super) fn remember(
    transaction: &Transaction<'_>,
    change: &CompanyChange,
    run: &RunId,
) -> Result<(), rusqlite::Error> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR REPLACE INTO undone (company, figure, value, run) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for field in &change.fields {
        let value = field.observed.as_ref().map(super::companies::json).transpose()?;
        insert.execute((change.company.as_str(), field.figure.name(), value, run.as_str()))?;
    }
    Ok(())
}

/// Forgets what was taken back of the figures that are written, in the transaction that settles it.
pub(super) fn forget(transaction: &Transaction<'_>, change: &CompanyChange) -> Result<(), rusqlite::Error> {
    let mut delete = transaction.prepare_cached("DELETE FROM undone WHERE company = ?1 AND figure = ?2")?;
    change
        .fields
        .iter()
        .try_for_each(|field| delete.execute((change.company.as_str(), field.figure.name())).map(drop))
}
