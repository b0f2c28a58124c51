//! The snapshot of sirank's tasks, and of the won deals that ask for feedback.

use std::collections::HashMap;

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Transaction};

use crate::domain::ids::{CompanyId, OwnerId, RunId, TaskId};
use crate::domain::tasks::{Ended, EndedBy, KnownTask, Task, TaskKind, WonDeal};
use crate::domain::time::Day;
use crate::ports::Cursor;

use super::companies::{from_json, json};
use super::news::note_news;
use super::runs::{from_word, note_page, parsed, word};
use super::{Feed, Store, StoreError};

const SELECT: &str = "SELECT task, company, made_for, ended, ended_by, reopened FROM tasks";

impl Store {
    /// Brings the snapshot up to what a look-up of some tasks found; those that it did not find are no more.
    pub fn refresh_tasks(&self, asked: &[TaskId], found: &[Task], today: Day) -> Result<(), StoreError> {
        self.write(|transaction| {
            found.iter().try_for_each(|task| put(transaction, task, today))?;
            for id in asked.iter().filter(|id| !found.iter().any(|task| task.id == **id)) {
                let ended = transaction
                    .prepare_cached(
                        "UPDATE tasks SET ended = ?2, ended_by = ?3 WHERE id = ?1 AND ended IS NULL",
                    )?
                    .execute((id.as_str(), today.to_string(), word(EndedBy::Somebody)))?;
                note_news(transaction, ended > 0)?;
            }
            Ok(())
        })
    }

    /// Notes a task that sirank made, ticked off or opened again. It is no news.
    pub fn note_task(&self, known: &KnownTask) -> Result<(), StoreError> {
        self.write(|transaction| insert(transaction, known))
    }

    /// Notes that sirank deleted a task: nobody asked for another one, so its company rests.
    pub fn note_task_deleted(&self, task: &TaskId, today: Day) -> Result<(), StoreError> {
        self.refresh_tasks(std::slice::from_ref(task), &[], today)
    }

    /// The tasks that are open, as far as is known.
    pub fn open_tasks(&self) -> Result<Vec<TaskId>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT id FROM tasks WHERE ended IS NULL ORDER BY id")?
                .query_map([], |row| row.get::<_, String>(0).map(TaskId::new))?
                .collect()
        })
    }

    /// One task.
    pub fn task(&self, id: &TaskId) -> Result<Option<KnownTask>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE id = ?1"))?
                .query_row([id.as_str()], task_row)
                .optional()
        })
    }

    /// The tasks of one company, the latest first.
    pub fn tasks_of(&self, company: &CompanyId) -> Result<Vec<KnownTask>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{SELECT} WHERE company = ?1 ORDER BY task ->> 'created' DESC, id"))?
                .query_map([company.as_str()], task_row)?
                .collect()
        })
    }

    /// Everything that decides about new tasks, by company: but for contact tasks that ended before a day.
    pub fn tasks_by_company(
        &self,
        ended_since: Day,
    ) -> Result<HashMap<CompanyId, Vec<KnownTask>>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "{SELECT} WHERE ended IS NULL OR ended >= ?1 OR key NOT LIKE ?2 ORDER BY id"
            ))?;
            let contacts = format!("{}:%", TaskKind::Contact.key());
            let mut rows = statement.query((ended_since.to_string(), contacts))?;
            let mut by_company: HashMap<CompanyId, Vec<KnownTask>> = HashMap::new();
            while let Some(row) = rows.next()? {
                let known = task_row(row)?;
                by_company.entry(known.company.clone()).or_default().push(known);
            }
            Ok(by_company)
        })
    }

    /// Stores a page of won deals, and where the next one begins. One that no company has leads to nothing.
    pub fn put_won_deals(
        &self,
        run: &RunId,
        page: &[WonDeal],
        next: Option<&Cursor>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            for deal in page {
                let Some(company) = deal.companies.first() else { continue };
                let known = transaction
                    .prepare_cached("SELECT 1 FROM won_deals WHERE id = ?1")?
                    .exists([deal.id.as_str()])?;
                note_news(transaction, !known)?;
                transaction
                    .prepare_cached(
                        "INSERT OR REPLACE INTO won_deals (id, company, deal, run) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute((deal.id.as_str(), company.as_str(), json(deal)?, run.as_str()))?;
            }
            note_page(transaction, run, &Feed::WonDeals, page.len(), next)
        })
    }

    /// Forgets won deals that no page of a run held.
    pub fn finish_won_deals(&self, run: &RunId) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM won_deals WHERE run <> ?1", [run.as_str()]).map(drop)
        })
    }

    /// The won deals that were read last, by company.
    pub fn won_deals_by_company(&self) -> Result<HashMap<CompanyId, Vec<WonDeal>>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT company, deal FROM won_deals ORDER BY id")?;
            let mut rows = statement.query([])?;
            let mut by_company: HashMap<CompanyId, Vec<WonDeal>> = HashMap::new();
            while let Some(row) = rows.next()? {
                let company = CompanyId::new(row.get::<_, String>(0)?);
                by_company.entry(company).or_default().push(from_json(row, 1)?);
            }
            Ok(by_company)
        })
    }
}

/// Stores a task as it was read. Where it was known to be open and is done, or the other way round, that is news.
fn put(transaction: &Transaction<'_>, task: &Task, today: Day) -> Result<(), rusqlite::Error> {
    let known = transaction
        .prepare_cached(&format!("{SELECT} WHERE id = ?1"))?
        .query_row([task.id.as_str()], task_row)
        .optional()?;
    let company = |known: Option<&KnownTask>| {
        let same = known.map(|known| &known.company).filter(|company| task.companies.contains(company));
        same.or(task.companies.first()).or(known.map(|known| &known.company)).cloned()
    };
    // A task that is filed under no company is nobody's: there is nothing to decide about it.
    let Some(company) = company(known.as_ref()) else { return Ok(()) };
    let was_open = known.as_ref().map(KnownTask::is_open);
    note_news(transaction, was_open != Some(!task.done))?;
    let ended = match (&known, task.done) {
        (_, false) => None,
        (Some(KnownTask { ended: Some(ended), .. }), true) => Some(*ended),
        (Some(_), true) => Some(Ended { on: today, by: EndedBy::Somebody }),
        (None, true) => Some(Ended { on: task.changed_on, by: EndedBy::Somebody }),
    };
    let known = KnownTask {
        company,
        made_for: known.as_ref().map_or_else(|| task.owner.clone(), |known| known.made_for.clone()),
        ended,
        reopened: known.is_some_and(|known| known.reopened || (!known.is_open() && !task.done)),
        task: task.clone(),
    };
    insert(transaction, &known)
}

fn insert(transaction: &Transaction<'_>, known: &KnownTask) -> Result<(), rusqlite::Error> {
    let (ended, by) = known.ended.map(|ended| (ended.on.to_string(), word(ended.by))).unzip();
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO tasks (id, key, company, task, made_for, ended, ended_by, reopened)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            known.task.id.as_str(),
            known.task.key.to_string(),
            known.company.as_str(),
            json(&known.task)?,
            known.made_for.as_ref().map(OwnerId::as_str),
            ended,
            by,
            known.reopened,
        ))
        .map(drop)
}

fn task_row(row: &Row<'_>) -> Result<KnownTask, rusqlite::Error> {
    let ended = match row.get_ref(3)? {
        ValueRef::Null => None,
        _ => Some(Ended { on: parsed(row, 3)?, by: from_word(row, 4)? }),
    };
    Ok(KnownTask {
        task: from_json(row, 0)?,
        company: CompanyId::new(row.get::<_, String>(1)?),
        made_for: row.get::<_, Option<String>>(2)?.map(OwnerId::new),
        ended,
        reopened: row.get(5)?,
    })
}
