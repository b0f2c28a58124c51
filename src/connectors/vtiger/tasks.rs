//! Tasks are the records of the module Calendar. sirank's are those whose description holds a marker.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::client::Answered;
use super::labels::same;
use super::link::{ACCOUNTS, CALENDAR, POTENTIALS, during};
use super::map::{in_zone, instant};
use super::query::{PAGE, Query, RecordId, record_ids};
use super::relations::{Relations, id_in};
use super::rights::Kind;
use super::wire::Row;
use super::{BATCH, Vtiger, cursor, position, tasks_write, won};
use crate::domain::ids::{CompanyId, OwnerId, PipelineId, TaskId};
use crate::domain::tasks::{Task, TaskKey, WonDeal};
use crate::domain::time::Day;
use crate::ports::{CallError, Cursor, NewTask, Page, RecordTraits, Survey, TaskOutcome, TaskUpdate, Tasks};

pub(super) const SUBJECT: &str = "subject";
pub(super) const TEXT: &str = "description";
pub(super) const OWNER: &str = "assigned_user_id";
pub(super) const ABOUT: &str = "parent_id";
pub(super) const STATUS: &str = "taskstatus";
pub(super) const START_DAY: &str = "date_start";
pub(super) const START_TIME: &str = "time_start";
pub(super) const DUE: &str = "due_date";
const CREATED: &str = "createdtime";
const MODIFIED: &str = "modifiedtime";

/// The values of [`STATUS`] that vTiger is delivered with.
pub(super) const OPEN: &str = "Not Started";
pub(super) const DONE: &str = "Completed";

/// The stock fields that every new task has a value in.
pub(super) const STOCK: [&str; 8] = [SUBJECT, TEXT, OWNER, ABOUT, STATUS, START_DAY, START_TIME, DUE];

#[async_trait]
impl Tasks for Vtiger {
    fn traits(&self) -> RecordTraits {
        RecordTraits { batch: BATCH, per_call: 1, read_batch: PAGE }
    }

    async fn open(&self, from: Option<Cursor>) -> Result<Page<Task>, CallError> {
        self.page_of_open_tasks(from.as_ref()).await.map_err(during("reading tasks", CALENDAR))
    }

    async fn read(&self, tasks: &[TaskId]) -> Result<Vec<Task>, CallError> {
        self.tasks_among(tasks).await.map_err(during("looking up tasks", CALENDAR))
    }

    async fn of_companies(&self, companies: &[CompanyId]) -> Result<Vec<Task>, CallError> {
        self.tasks_of(companies).await.map_err(during("looking up tasks", CALENDAR))
    }

    async fn create(&self, batch: &[NewTask]) -> Result<Vec<TaskOutcome>, CallError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        tasks_write::create(self, batch).await
    }

    async fn update(&self, batch: &[TaskUpdate]) -> Result<Vec<TaskOutcome>, CallError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        tasks_write::update(self, batch).await
    }

    async fn delete(&self, tasks: &[TaskId]) -> Result<Vec<TaskOutcome>, CallError> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        tasks_write::delete(self, tasks).await
    }

    async fn won_deals(
        &self,
        _survey: &Survey,
        watched: &BTreeSet<PipelineId>,
        since: Day,
        from: Option<Cursor>,
    ) -> Result<Page<WonDeal>, CallError> {
        won::won_deals(self, watched, since, from.as_ref())
            .await
            .map_err(during("reading won opportunities", POTENTIALS))
    }

    async fn may_write(&self) -> Result<(), CallError> {
        let tasks = Kind { module: CALENDAR, plural: "tasks", fields: &STOCK };
        self.may_write_all(tasks).await.map_err(during("looking at rights", CALENDAR))
    }
}

/// The tasks that may be sirank's, and all that is read of them. The marker itself is looked for in what comes.
fn query() -> Query {
    Query::of(CALENDAR)
        .columns([OWNER, STATUS, ABOUT, CREATED, MODIFIED, TEXT])
        .containing(TEXT, TaskKey::WORD)
}

impl Vtiger {
    async fn page_of_open_tasks(&self, from: Option<&Cursor>) -> Answered<Page<Task>> {
        self.sees_every(CALENDAR).await?;
        let after = position(from, self.link.needed(CALENDAR).await?.prefix)?;
        let page = self.link.client.page("tasks.list", query().without(STATUS, DONE), after).await?;
        let mut items = self.tasks_from(&page.rows).await?;
        items.retain(|task| !task.done);
        Ok(Page { items, next: page.last.map(cursor), total: None })
    }

    async fn tasks_among(&self, tasks: &[TaskId]) -> Answered<Vec<Task>> {
        let prefix = self.link.needed(CALENDAR).await?.prefix;
        let wanted = record_ids(tasks.iter().map(TaskId::as_str), prefix);
        let found = self.link.client.among("tasks.read", &query(), &wanted).await?;
        if found.len() < wanted.len() {
            self.sees_every(CALENDAR).await?;
        }
        let rows: Vec<Row> = found.into_values().collect();
        self.tasks_from(&rows).await
    }

    pub(super) async fn tasks_of(&self, companies: &[CompanyId]) -> Answered<Vec<Task>> {
        self.sees_every(CALENDAR).await?;
        let calendar = self.link.needed(CALENDAR).await?.prefix;
        let organizations = self.link.needed(ACCOUNTS).await?.prefix;
        let wanted = record_ids(companies.iter().map(CompanyId::as_str), organizations);
        let mut rows = Vec::new();
        for chunk in wanted.chunks(PAGE) {
            let ids: Vec<String> = chunk.iter().map(RecordId::to_string).collect();
            let Some(query) = query().one_of(ABOUT, &ids) else { continue };
            rows.extend(self.link.client.all("tasks.read", &query, calendar).await?);
        }
        self.tasks_from(&rows).await
    }

    /// sirank's tasks among some, each once: what is joined to a record may make several rows of it.
    async fn tasks_from(&self, rows: &[Row]) -> Answered<Vec<Task>> {
        let own = rows.iter().filter_map(|row| Some((row, TaskKey::find(row.text(TEXT)?)?)));
        let own: Vec<(&Row, TaskKey)> = own.collect();
        let about: BTreeSet<RecordId> = own.iter().filter_map(|(row, _)| id_in(row, ABOUT)).collect();
        let companies = Relations::of(self).await?.organizations_of(&about).await?;
        let mut tasks: BTreeMap<&str, Task> = BTreeMap::new();
        for (row, key) in own {
            let company = id_in(row, ABOUT).and_then(|id| companies.get(&id).cloned());
            let task = tasks.entry(row.id()).or_insert_with(|| self.task(row, key));
            task.companies.extend(company.filter(|company| !task.companies.contains(company)));
        }
        Ok(tasks.into_values().collect())
    }

    /// A task without its companies.
    fn task(&self, row: &Row, key: TaskKey) -> Task {
        let at = |field: &str| row.text(field).and_then(instant);
        // One whose time cannot be read counts as made now: nothing that happened before ends it.
        let created = at(CREATED).unwrap_or_else(|| self.link.client.stack.now());
        let changed = at(MODIFIED).unwrap_or(created);
        Task {
            id: TaskId::from(row.id()),
            key,
            companies: Vec::new(),
            owner: owner(row),
            done: is_done(row),
            created,
            changed_on: in_zone(changed, self.config.zone),
            version: None,
        }
    }
}

/// Who owns a record; none where only the number of somebody stands there who is no more.
pub(super) fn owner(row: &Row) -> Option<OwnerId> {
    id_in(row, OWNER).map(|id| OwnerId::new(id.to_string()))
}

pub(super) fn is_done(row: &Row) -> bool {
    row.text(STATUS).is_some_and(|status| same(status, DONE))
}
