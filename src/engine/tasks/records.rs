//! Tasks as records: how they are compared with what the CRM holds, sent, and noted in the snapshot.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::clock::{day_in, now};
use crate::domain::company::Version;
use crate::domain::ids::{CompanyId, PlanId, TaskId};
use crate::domain::plan::{RecordCall, RecordChange};
use crate::domain::tasks::{
    Ended, EndedBy, KnownTask, Task, TaskAction, TaskChange, TaskKey, TaskKind, TaskRules,
};
use crate::domain::time::Day;
use crate::engine::Engine;
use crate::engine::records::{Records, trace};
use crate::events::{Event, emit};
use crate::ports::{CallError, NewTask, RecordOutcome, RecordTraits, TaskUpdate, Tasks};
use crate::store::{ChangeState, Store, StoreError, StoredChange};

/// The tasks of a CRM.
pub(in crate::engine) struct TaskRecords<'a> {
    store: &'a Store,
    zone: chrono_tz::Tz,
    rules: &'a TaskRules,
    tasks: &'a dyn Tasks,
}

impl<'a> Engine<'a> {
    /// The tasks of the CRM; none where it keeps none.
    pub(in crate::engine) fn task_records(&self) -> Option<TaskRecords<'a>> {
        let tasks = self.crm.tasks()?;
        Some(TaskRecords { store: self.store, zone: self.policy.zone, rules: &self.policy.tasks, tasks })
    }
}

/// The tasks that some changes are about, as the CRM holds them now.
pub(in crate::engine) struct Found {
    by_company: HashMap<CompanyId, Vec<Task>>,
    by_id: HashMap<TaskId, Task>,
}

impl Found {
    /// Reads them: of companies that are to get one, all of sirank's; of tasks that are there, these.
    async fn of(tasks: &dyn Tasks, changes: &[StoredChange<TaskChange>]) -> Result<Self, CallError> {
        let most = tasks.traits().read_batch.max(1);
        let mut by_company: HashMap<CompanyId, Vec<Task>> = HashMap::new();
        let creates = changes.iter().filter(|stored| stored.change.call() == RecordCall::Create);
        let mut companies: Vec<CompanyId> = creates.map(|stored| stored.change.company.clone()).collect();
        companies.dedup();
        for companies in companies.chunks(most) {
            for task in tasks.of_companies(companies).await? {
                for company in &task.companies {
                    by_company.entry(company.clone()).or_default().push(task.clone());
                }
            }
        }
        let mut by_id = HashMap::new();
        let ids: Vec<TaskId> = changes.iter().filter_map(|stored| stored.change.task().cloned()).collect();
        for ids in ids.chunks(most) {
            by_id.extend(tasks.read(ids).await?.into_iter().map(|task| (task.id.clone(), task)));
        }
        Ok(Self { by_company, by_id })
    }

    /// The task of a change, where it is there.
    fn of_change(&self, change: &TaskChange) -> Option<&Task> {
        change.task().map_or_else(|| self.made_for(change), |task| self.task(task))
    }

    fn task(&self, id: &TaskId) -> Option<&Task> {
        self.by_id.get(id)
    }

    /// sirank's tasks of the company of a change.
    fn of_company(&self, change: &TaskChange) -> &[Task] {
        self.by_company.get(&change.company).map_or(&[], Vec::as_slice)
    }

    /// The task that a change would make, where it is there.
    fn made_for(&self, change: &TaskChange) -> Option<&Task> {
        let key = change.new_key()?;
        self.of_company(change).iter().find(|task| task.key == *key)
    }
}

/// Whether another task of the company's is in the way of a new one: an open one of a contact task's, or one that was
/// ended so lately that the company rests.
fn in_the_way(task: &Task, kind: TaskKind, made_on: Day, rest_days: u64) -> bool {
    if kind != TaskKind::Contact {
        return false;
    }
    !task.done || task.key.kind() == TaskKind::Contact && task.changed_on.plus_days(rest_days) > made_on
}

#[async_trait]
impl Records for TaskRecords<'_> {
    type Change = TaskChange;
    type Id = TaskId;
    type Found = Found;

    const DOING: &'static str = "writing tasks";

    fn traits(&self) -> RecordTraits {
        self.tasks.traits()
    }

    async fn find(&self, changes: &[StoredChange<TaskChange>]) -> Result<Found, CallError> {
        Found::of(self.tasks, changes).await
    }

    fn state_of(&self, found: &Found, change: &TaskChange) -> ChangeState {
        let done_is = |task: &TaskId, done: bool| match found.task(task) {
            None => ChangeState::Gone,
            Some(task) if task.done == done => ChangeState::Applied,
            Some(_) => ChangeState::Pending,
        };
        match &change.action {
            TaskAction::Create { .. } if found.made_for(change).is_some() => ChangeState::Applied,
            TaskAction::Create { key, .. } if !self.rules.makes(key.kind()) => ChangeState::Moved,
            TaskAction::Create { key, made_on, .. } => {
                // A state that knows of no tasks must not make them again.
                let blocks = |task: &Task| {
                    let known = self.store.task(&task.id).ok().flatten();
                    let by_sirank =
                        known.and_then(|known| known.ended).is_some_and(|ended| ended.by == EndedBy::Sirank);
                    !(by_sirank && task.done) && in_the_way(task, key.kind(), *made_on, self.rules.rest_days)
                };
                let blocked = found.of_company(change).iter().any(blocks);
                if blocked { ChangeState::Moved } else { ChangeState::Pending }
            }
            TaskAction::Close { task, .. } => done_is(task, true),
            TaskAction::Reopen { task } => done_is(task, false),
            TaskAction::Delete { task } => {
                // One that somebody has done meanwhile stays.
                found.task(task).map_or(ChangeState::Applied, |task| {
                    if task.done { ChangeState::Moved } else { ChangeState::Pending }
                })
            }
        }
    }

    async fn send(
        &self,
        plan: &PlanId,
        call: RecordCall,
        changes: &[&StoredChange<TaskChange>],
    ) -> Result<Vec<RecordOutcome<TaskId>>, CallError> {
        match call {
            RecordCall::Create => {
                let new: Vec<NewTask> = changes.iter().filter_map(|stored| new_task(plan, stored)).collect();
                self.tasks.create(&new).await
            }
            RecordCall::Update => {
                let updates: Vec<TaskUpdate> =
                    changes.iter().filter_map(|stored| update(plan, stored)).collect();
                self.tasks.update(&updates).await
            }
            RecordCall::Delete => {
                let ids: Vec<TaskId> =
                    changes.iter().filter_map(|stored| stored.change.task().cloned()).collect();
                self.tasks.delete(&ids).await
            }
        }
    }

    fn note_written(
        &self,
        change: &TaskChange,
        id: &TaskId,
        version: Option<Version>,
        found: &Found,
    ) -> Result<(), StoreError> {
        let written = now();
        match &change.action {
            TaskAction::Create { key, owner, made_on, .. } => {
                let task = Task {
                    id: id.clone(),
                    key: key.clone(),
                    companies: vec![change.company.clone()],
                    owner: Some(owner.clone()),
                    done: false,
                    created: written,
                    changed_on: *made_on,
                    version,
                };
                self.store.note_task(&KnownTask {
                    task,
                    company: change.company.clone(),
                    made_for: Some(owner.clone()),
                    ended: None,
                    reopened: false,
                })
            }
            TaskAction::Close { .. } | TaskAction::Reopen { .. } => self.note_status(change, id, found),
            TaskAction::Delete { task } => self.store.note_task_deleted(task, day_in(self.zone, written)),
        }
    }

    fn note_found(
        &self,
        change: &TaskChange,
        state: ChangeState,
        sent: bool,
        found: &Found,
    ) -> Result<(), StoreError> {
        let today = day_in(self.zone, now());
        match (state, &change.action) {
            (ChangeState::Applied, TaskAction::Create { owner, .. }) => {
                let Some(task) = found.made_for(change) else { return Ok(()) };
                self.store.refresh_tasks(&[], std::slice::from_ref(task), today)?;
                let Some(known) = self.store.task(&task.id)? else { return Ok(()) };
                self.store.note_task(&KnownTask { made_for: Some(owner.clone()), ..known })
            }
            (ChangeState::Moved, TaskAction::Create { .. }) => {
                if !found.of_company(change).is_empty() {
                    emit(&Event::TaskThere { company: change.company.as_str() });
                }
                self.store.refresh_tasks(&[], found.of_company(change), today)
            }
            (ChangeState::Applied, TaskAction::Close { task, .. } | TaskAction::Reopen { task }) if !sent => {
                // Somebody was faster.
                let found: Vec<Task> = found.task(task).cloned().into_iter().collect();
                self.store.refresh_tasks(&[], &found, today)
            }
            (ChangeState::Applied, TaskAction::Close { task, .. } | TaskAction::Reopen { task }) => {
                self.note_status(change, task, found)
            }
            (
                ChangeState::Gone | ChangeState::Applied,
                TaskAction::Close { task, .. } | TaskAction::Reopen { task } | TaskAction::Delete { task },
            ) => self.store.note_task_deleted(task, today),
            _ => Ok(()),
        }
    }

    fn taken_back(&self, change: &TaskChange, found: &Found) -> Option<TaskChange> {
        let task = found.of_change(change)?;
        let id = task.id.clone();
        let action = match &change.action {
            TaskAction::Create { .. } if !task.done => TaskAction::Delete { task: id },
            TaskAction::Close { .. } if task.done => TaskAction::Reopen { task: id },
            _ => return None,
        };
        Some(TaskChange { action, ..change.clone() })
    }

    fn there(&self, change: &TaskChange, found: &Found) -> Option<String> {
        found.of_change(change).map(|task| task.id.to_string())
    }

    fn tell_refused(&self, change: &TaskChange, code: &str, reason: &str) {
        emit(&Event::TaskRefused { company: change.company.as_str(), code, reason });
    }

    fn tell_settled(&self, applied: u64, not_applied: u64) {
        emit(&Event::UnknownTasksSettled { applied, not_applied });
    }
}

impl TaskRecords<'_> {
    /// Notes that sirank ticked a task off, or opened it again.
    fn note_status(&self, change: &TaskChange, id: &TaskId, found: &Found) -> Result<(), StoreError> {
        let Some(known) = self.store.task(id)? else { return Ok(()) };
        let done = matches!(change.action, TaskAction::Close { .. });
        let ended = done.then(|| Ended { on: day_in(self.zone, now()), by: EndedBy::Sirank });
        let task = Task { done, ..found.task(id).unwrap_or(&known.task).clone() };
        self.store.note_task(&KnownTask { task, ended, reopened: known.reopened || !done, ..known })
    }
}

fn new_task(plan: &PlanId, stored: &StoredChange<TaskChange>) -> Option<NewTask> {
    let TaskAction::Create { key, deal, owner, text, due, made_on } = &stored.change.action else {
        return None;
    };
    let lines = std::iter::once(&text.reason).chain(&text.lines).map(|line| TaskKey::without_markers(line));
    Some(NewTask {
        key: key.clone(),
        company: stored.change.company.clone(),
        deal: deal.clone(),
        subject: text.subject.clone(),
        text: lines.chain([key.marker()]).collect(),
        owner: owner.clone(),
        due: *due,
        made_on: *made_on,
        trace: trace(plan, stored),
    })
}

fn update(plan: &PlanId, stored: &StoredChange<TaskChange>) -> Option<TaskUpdate> {
    let (id, done) = match &stored.change.action {
        TaskAction::Close { task, .. } => (task, true),
        TaskAction::Reopen { task } => (task, false),
        TaskAction::Create { .. } | TaskAction::Delete { .. } => return None,
    };
    Some(TaskUpdate { id: id.clone(), done, trace: trace(plan, stored) })
}
