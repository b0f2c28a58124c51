//! sirank's tasks, read: those whose body holds a marker.
//!
//! # Guarantees
//! [`Tasks::read`] and [`Tasks::of_companies`] read by id and by association, which know of a write at once;
//! [`Tasks::open`] reads by search, which may not. What people's own tasks say is dropped page by page.
//!
//! # Caveats
//! That a search for a token finds the word of a marker inside an HTML body has not been seen on a live portal. Where it
//! does not, a state that knows of no tasks learns of them from [`Tasks::of_companies`] alone.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::client::{ASSOCIATION_BATCH, Answered, BATCH};
use super::deals::{PAGES_PER_BATCH, associated};
use super::html::text_of;
use super::look_up::by_id;
use super::map::{created, updated, version};
use super::objects::{COMPANIES, TASKS};
use super::search::{compared, goes_on};
use super::trouble::nonsense;
use super::wire::{Record, Search};
use super::{HubSpot, SYSTEM, tasks_write, won};
use crate::domain::ids::{CompanyId, OwnerId, PipelineId, TaskId};
use crate::domain::tasks::{Task, TaskKey, WonDeal};
use crate::domain::time::Day;
use crate::ports::{CallError, Cursor, NewTask, Page, RecordTraits, Survey, TaskOutcome, TaskUpdate, Tasks};

/// The status of a task that is done; all others mean that it is open.
pub(super) const COMPLETED: &str = "COMPLETED";
const PROPERTIES: [&str; 3] = ["hs_task_body", "hs_task_status", "hubspot_owner_id"];

#[async_trait]
impl Tasks for HubSpot {
    fn traits(&self) -> RecordTraits {
        RecordTraits { batch: BATCH, per_call: BATCH, read_batch: ASSOCIATION_BATCH }
    }

    async fn open(&self, from: Option<Cursor>) -> Result<Page<Task>, CallError> {
        self.open_tasks(from).await.map_err(|failure| failure.during(SYSTEM, "reading tasks"))
    }

    async fn read(&self, tasks: &[TaskId]) -> Result<Vec<Task>, CallError> {
        let tasks = self.tasks_by_id(tasks.iter().map(TaskId::as_str).collect()).await;
        tasks.map_err(|failure| failure.during(SYSTEM, "looking up tasks"))
    }

    async fn of_companies(&self, companies: &[CompanyId]) -> Result<Vec<Task>, CallError> {
        let tasks = self.tasks_of(companies).await;
        tasks.map_err(|failure| failure.during(SYSTEM, "looking up the tasks of companies"))
    }

    async fn create(&self, batch: &[NewTask]) -> Result<Vec<TaskOutcome>, CallError> {
        tasks_write::create(self, batch).await
    }

    async fn update(&self, batch: &[TaskUpdate]) -> Result<Vec<TaskOutcome>, CallError> {
        tasks_write::update(self, batch).await
    }

    async fn delete(&self, tasks: &[TaskId]) -> Result<Vec<TaskOutcome>, CallError> {
        tasks_write::delete(self, tasks).await
    }

    async fn won_deals(
        &self,
        survey: &Survey,
        watched: &BTreeSet<PipelineId>,
        since: Day,
        from: Option<Cursor>,
    ) -> Result<Page<WonDeal>, CallError> {
        let page = won::won_deals(&self.client, survey, watched, since, self.config.zone, from).await;
        page.map_err(|failure| failure.during(SYSTEM, "reading won deals"))
    }

    async fn may_write(&self) -> Result<(), CallError> {
        self.may_write_objects(&TASKS).await
    }
}

/// sirank's key of a task; none where it is somebody else's. The body as it is comes first: an angle bracket that is no
/// tag would hide the marker behind it.
pub(super) fn key_of(task: &Record) -> Option<TaskKey> {
    let body = task.text("hs_task_body")?;
    TaskKey::find(body).or_else(|| TaskKey::find(&text_of(body)))
}

fn is_done(task: &Record) -> bool {
    task.text("hs_task_status") == Some(COMPLETED)
}

impl HubSpot {
    /// Pages of the search, as many as fill one batch of associations.
    async fn open_tasks(&self, from: Option<Cursor>) -> Answered<Page<Task>> {
        let mut next = Some(from.map_or_else(|| "0".to_owned(), |cursor| cursor.0));
        let mut tasks = Vec::new();
        for _ in 0..PAGES_PER_BATCH {
            let Some(behind) = next.take() else { break };
            let filters = vec![
                compared("hs_task_body", "CONTAINS_TOKEN", TaskKey::WORD.to_owned()),
                compared("hs_task_status", "NEQ", COMPLETED.to_owned()),
            ];
            let search = Search::behind(&behind, filters, PROPERTIES.map(Into::into).into());
            let page = self.client.search(&TASKS, &search).await?;
            next = goes_on(&TASKS, &page, &behind)?;
            tasks.extend(page.results.into_iter().filter(|task| !is_done(task) && key_of(task).is_some()));
        }
        let items = self.with_companies_of_tasks(tasks).await?;
        // How many of the tasks with that word are sirank's, nobody knows before they are read.
        Ok(Page { items, next: next.map(Cursor), total: None })
    }

    async fn tasks_of(&self, companies: &[CompanyId]) -> Answered<Vec<Task>> {
        let companies: BTreeSet<String> = companies.iter().map(ToString::to_string).collect();
        let tasks = associated(&self.client, &COMPANIES, &TASKS, companies.into_iter().collect()).await?;
        self.tasks_by_id(tasks.values().flatten().map(String::as_str).collect()).await
    }

    async fn tasks_by_id(&self, ids: BTreeSet<&str>) -> Answered<Vec<Task>> {
        let properties = PROPERTIES.map(str::to_owned);
        let own = by_id(&self.client, &TASKS, &ids, &properties, |task| key_of(task).is_some()).await?;
        self.with_companies_of_tasks(own.into_values().collect()).await
    }

    /// The tasks, each with all of its companies.
    async fn with_companies_of_tasks(&self, tasks: Vec<Record>) -> Answered<Vec<Task>> {
        let ids = tasks.iter().map(|task| task.id.0.clone()).collect();
        let companies = associated(&self.client, &TASKS, &COMPANIES, ids).await?;
        let none = BTreeSet::new();
        let task =
            |record: &Record| self.task(record, companies.get(&record.id.0).unwrap_or(&none)).transpose();
        tasks.iter().filter_map(task).collect()
    }

    fn task(&self, record: &Record, companies: &BTreeSet<String>) -> Answered<Option<Task>> {
        let Some(key) = key_of(record) else { return Ok(None) };
        let created = created(record).ok_or_else(|| {
            nonsense(TASKS.read, &format!("the task {} has no time at which it was made", record.id.0))
        })?;
        let changed = updated(record).unwrap_or(created);
        Ok(Some(Task {
            id: TaskId::from(record.id.0.as_str()),
            key,
            companies: companies.iter().map(|id| CompanyId::from(id.as_str())).collect(),
            owner: record.text("hubspot_owner_id").map(OwnerId::from),
            done: is_done(record),
            created,
            changed_on: changed.with_timezone(&self.config.zone).date_naive().into(),
            version: version(record),
        }))
    }
}
