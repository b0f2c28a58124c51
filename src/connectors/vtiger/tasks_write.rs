//! Writing tasks: a look at what the companies of a batch have, then a call for each task, and a look at what vTiger made
//! of it.
//!
//! vTiger makes a task as often as it is sent, so what has a key already is not sent again. It takes any owner and any
//! organization, also those that are no more, so both are looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::batch::{Batch, Ending, Records, Sent};
use super::client::{Answered, Client};
use super::fields::defaults;
use super::labels::same;
use super::link::{ACCOUNTS, CALENDAR, GROUPS, USERS, during};
use super::map::morning;
use super::query::{Query, RecordId, record_ids};
use super::relations::id_in;
use super::tasks::{
    ABOUT, DONE, DUE, OPEN, OWNER, START_DAY, START_TIME, STATUS, STOCK, SUBJECT, TEXT, is_done, owner,
};
use super::wire::Row;
use super::{SYSTEM, Vtiger};
use crate::domain::ids::{CompanyId, OwnerId, TaskId};
use crate::domain::tasks::TaskKey;
use crate::events::{Event, emit};
use crate::ports::{CallError, NewTask, TaskOutcome, TaskUpdate};

const TASKS: Records = Records {
    module: CALENDAR,
    noun: "task",
    doing: "writing tasks",
    reading: "tasks.read",
    duplicate: "another task has the same value in a field that has to be unique; let tasks have it more than once",
};

/// How many characters the subject of a task holds.
const SUBJECT_LENGTH: usize = 100;

/// A task as it is sent: fields and their values.
type Element<'a> = BTreeMap<&'a str, String>;

pub(super) async fn create(vtiger: &Vtiger, batch: &[NewTask]) -> Result<Vec<TaskOutcome>, CallError> {
    let failed = during(TASKS.doing, CALENDAR);
    let writer = Writer::of(vtiger, batch).await.map_err(&failed)?;
    let there = already_there(vtiger, batch).await.map_err(&failed)?;
    let sends = batch.iter().map(|task| writer.create(task, there.get(&task.key))).collect();
    let sent = writer.batch.send(vtiger, sends).await;
    writer.batch.outcomes(sent, None)
}

pub(super) async fn update(vtiger: &Vtiger, tasks: &[TaskUpdate]) -> Result<Vec<TaskOutcome>, CallError> {
    let changer = Changer::of(vtiger).await?;
    let sends = tasks.iter().map(|task| changer.revise(task)).collect();
    changer.carry_out(vtiger, tasks.iter().map(|task| &task.id), sends).await
}

pub(super) async fn delete(vtiger: &Vtiger, tasks: &[TaskId]) -> Result<Vec<TaskOutcome>, CallError> {
    let changer = Changer::of(vtiger).await?;
    let sends = tasks.iter().map(|task| changer.remove(task)).collect();
    changer.carry_out(vtiger, tasks.iter(), sends).await
}

/// The tasks of these keys that are there already.
async fn already_there(vtiger: &Vtiger, batch: &[NewTask]) -> Answered<BTreeMap<TaskKey, TaskId>> {
    let companies: BTreeSet<CompanyId> = batch.iter().map(|task| task.company.clone()).collect();
    let companies: Vec<CompanyId> = companies.into_iter().collect();
    let there = vtiger.tasks_of(&companies).await?;
    Ok(there.into_iter().map(|task| (task.key, task.id)).collect())
}

/// Makes tasks.
struct Writer<'a> {
    vtiger: &'a Vtiger,
    client: &'a Client,
    /// The first part of the ids of organizations.
    organizations: u64,
    /// Those of the batch's owners that vTiger has.
    owners: BTreeSet<OwnerId>,
    /// What an administrator chose for mandatory fields that sirank does not fill.
    defaults: BTreeMap<String, String>,
    batch: Batch,
}

impl<'a> Writer<'a> {
    async fn of(vtiger: &'a Vtiger, batch: &[NewTask]) -> Answered<Self> {
        vtiger.sees_every(CALENDAR).await?;
        let calendar = vtiger.link.needed(CALENDAR).await?;
        Ok(Self {
            vtiger,
            client: &vtiger.link.client,
            organizations: vtiger.link.needed(ACCOUNTS).await?.prefix,
            owners: owners_there(vtiger, batch).await?,
            defaults: defaults(calendar.mandatory_without(&STOCK)),
            batch: Batch::of(TASKS),
        })
    }

    async fn create(&self, task: &NewTask, there: Option<&TaskId>) -> Sent<TaskOutcome> {
        if let Some(id) = there {
            return Sent::touched(TaskOutcome::Applied(id.clone(), None));
        }
        if self.batch.is_stopped() {
            return Sent::Skipped;
        }
        let element = match self.element(task) {
            Ok(element) => element,
            Err(outcome) => return Sent::untouched(outcome),
        };
        match self.client.create("tasks.create", CALENDAR, &element).await {
            Ok(row) => Sent::touched(self.created(task, &element, &row).await),
            Err(failure) => match self.batch.failed(task.company.as_str(), failure) {
                Sent::Denied { code, message } => self.denied(task, &code, &message).await,
                sent => sent,
            },
        }
    }

    fn element(&self, task: &NewTask) -> Result<Element<'_>, TaskOutcome> {
        if !task.company.as_str().parse().is_ok_and(|id: RecordId| id.module == self.organizations) {
            return Err(TaskOutcome::Gone);
        }
        if !self.owners.contains(&task.owner) {
            return Err(unknown_owner(&task.owner));
        }
        let subject: String = task.subject.trim().chars().take(SUBJECT_LENGTH).collect();
        let subject = if subject.is_empty() { task.key.kind().key().to_owned() } else { subject };
        let start = morning(task.made_on.min(task.due), self.vtiger.config.zone);
        let mut element = BTreeMap::from([
            (SUBJECT, subject),
            (TEXT, task.text.join("\n")),
            (OWNER, task.owner.as_str().to_owned()),
            (ABOUT, task.company.as_str().to_owned()),
            (STATUS, OPEN.to_owned()),
            (START_DAY, start.format("%Y-%m-%d").to_string()),
            (START_TIME, start.format("%H:%M:%S").to_string()),
            (DUE, task.due.to_string()),
            ("activitytype", "Task".to_owned()),
        ]);
        for (field, value) in &self.defaults {
            element.entry(field).or_insert_with(|| value.clone());
        }
        Ok(element)
    }

    /// What became of a task that was made. One that is not what it was meant to be is taken back: nobody would find it
    /// again, and the next run would make another.
    async fn created(&self, task: &NewTask, element: &Element<'_>, row: &Row) -> TaskOutcome {
        let id = TaskId::from(row.id());
        let about = id_in(row, ABOUT).map(|id| id.to_string());
        let refusal = if row.text(ABOUT).is_none() {
            // vTiger takes an organization that is no more and leaves the field empty.
            return match self.taken_back(&id).await {
                None => TaskOutcome::Gone,
                Some(left) => {
                    let message = format!("the organization {} is no more; {left}", task.company);
                    TaskOutcome::refused("COMPANY_GONE", message)
                }
            };
        } else if about.as_ref() != element.get(ABOUT) {
            not_stored(ABOUT, element, row)
        } else if owner(row).as_ref() != Some(&task.owner) {
            unknown_owner(&task.owner)
        } else if row.text(TEXT).and_then(TaskKey::find).as_ref() != Some(&task.key) {
            let message = format!(
                "its text does not hold `{}` any more, by which sirank knows it: let the API user edit {TEXT} of tasks, \
                 and look for a workflow that puts another value into it",
                task.key.marker()
            );
            TaskOutcome::refused("NOT_STORED", message)
        } else if is_done(row) {
            not_stored(STATUS, element, row)
        } else {
            tell_what_else_differs(&task.company, element, row);
            return TaskOutcome::Applied(id, None);
        };
        match (refusal, self.taken_back(&id).await) {
            (TaskOutcome::Refused { code, message }, Some(left)) => {
                TaskOutcome::refused(&code, format!("{message}; {left}"))
            }
            (refusal, _) => refusal,
        }
    }

    /// Deletes a task that was just made; what is left, where that fails.
    async fn taken_back(&self, id: &TaskId) -> Option<String> {
        let failure = self.client.delete("tasks.delete", id.as_str()).await.err()?;
        Some(format!("the task {id} was made nevertheless and could not be deleted again: {failure}"))
    }

    /// A denied creation is about the user's rights, or about an organization that is no more.
    async fn denied(&self, task: &NewTask, code: &str, message: &str) -> Sent<TaskOutcome> {
        let company = record_ids([task.company.as_str()].into_iter(), self.organizations);
        let there = self.client.among("organizations.read", &Query::of(ACCOUNTS), &company).await;
        Sent::untouched(match there {
            Ok(there) if there.is_empty() => TaskOutcome::Gone,
            _ => {
                let message = format!("vTiger does not let the API user create this task: {message}");
                TaskOutcome::refused(code, message)
            }
        })
    }
}

/// Those of the batch's owners that vTiger has, active or not: it takes any number for one.
async fn owners_there(vtiger: &Vtiger, batch: &[NewTask]) -> Answered<BTreeSet<OwnerId>> {
    let mut there = BTreeSet::new();
    for (module, operation) in [(USERS, "users.read"), (GROUPS, "groups.read")] {
        let Some(prefix) = vtiger.link.visible(module).await?.map(|module| module.prefix) else { continue };
        let wanted = record_ids(batch.iter().map(|task| task.owner.as_str()), prefix);
        let found = vtiger.link.client.among(operation, &Query::of(module), &wanted).await?;
        there.extend(found.into_keys().map(|id| OwnerId::new(id.to_string())));
    }
    Ok(there)
}

fn unknown_owner(owner: &OwnerId) -> TaskOutcome {
    let message = format!("vTiger has no user or group {owner}; assign the company to somebody who is there");
    TaskOutcome::refused("UNKNOWN_OWNER", message)
}

/// A text or day that is stored otherwise does not undo a task that can be found, but is told.
fn tell_what_else_differs(company: &CompanyId, element: &Element<'_>, row: &Row) {
    for name in [STATUS, DUE] {
        let sent = element.get(name).map(String::as_str);
        if row.text(name) != sent {
            let found = differing(name, element, row);
            emit(&Event::AnswerDiffers { system: SYSTEM, company: company.as_str(), found: &found });
        }
    }
}

/// Changes and deletes tasks that are there.
struct Changer<'a> {
    client: &'a Client,
    /// The first part of the ids of tasks.
    tasks: u64,
    batch: Batch,
}

impl<'a> Changer<'a> {
    async fn of(vtiger: &'a Vtiger) -> Result<Self, CallError> {
        let failed = during(TASKS.doing, CALENDAR);
        vtiger.sees_every(CALENDAR).await.map_err(&failed)?;
        let tasks = vtiger.link.needed(CALENDAR).await.map_err(&failed)?.prefix;
        Ok(Self { client: &vtiger.link.client, tasks, batch: Batch::of(TASKS) })
    }

    async fn carry_out(
        &self,
        vtiger: &Vtiger,
        tasks: impl Iterator<Item = &TaskId>,
        sends: Vec<impl Future<Output = Sent<TaskOutcome>>>,
    ) -> Result<Vec<TaskOutcome>, CallError> {
        let mut sent = self.batch.send(vtiger, sends).await;
        let ids: Vec<&str> = tasks.map(TaskId::as_str).collect();
        let looked_up = self.batch.look_up_denied(self.client, &ids, &mut sent).await;
        self.batch.outcomes(sent, looked_up.err())
    }

    /// What has the id of another module is no task, and is left alone.
    fn is_task(&self, id: &TaskId) -> bool {
        id.as_str().parse().is_ok_and(|id: RecordId| id.module == self.tasks)
    }

    async fn revise(&self, task: &TaskUpdate) -> Sent<TaskOutcome> {
        if self.batch.is_stopped() {
            return Sent::Skipped;
        }
        if !self.is_task(&task.id) {
            return Sent::untouched(TaskOutcome::Gone);
        }
        let status = if task.done { DONE } else { OPEN };
        let element = BTreeMap::from([("id", task.id.as_str().to_owned()), (STATUS, status.to_owned())]);
        match self.client.revise("tasks.revise", &element).await {
            Ok(row) => Sent::touched(revised(task, &element, &row)),
            Err(failure) => self.batch.failed(task.id.as_str(), failure),
        }
    }

    async fn remove(&self, task: &TaskId) -> Sent<TaskOutcome> {
        if self.batch.is_stopped() {
            return Sent::Skipped;
        }
        if !self.is_task(task) {
            return Sent::untouched(TaskOutcome::Gone);
        }
        match self.client.delete("tasks.delete", task.as_str()).await {
            Ok(()) => Sent::touched(TaskOutcome::Applied(task.clone(), None)),
            Err(failure) => self.batch.failed(task.as_str(), failure),
        }
    }
}

fn revised(task: &TaskUpdate, element: &Element<'_>, row: &Row) -> TaskOutcome {
    if row.id() != task.id.as_str() {
        emit(&Event::AnswerDiffers { system: SYSTEM, company: task.id.as_str(), found: row.id() });
        return TaskOutcome::Unknown;
    }
    let sent = element.get(STATUS).map_or("", String::as_str);
    if row.text(STATUS).is_some_and(|stored| same(stored, sent)) {
        return TaskOutcome::Applied(task.id.clone(), None);
    }
    not_stored(STATUS, element, row)
}

fn not_stored(name: &str, element: &Element<'_>, row: &Row) -> TaskOutcome {
    let found = differing(name, element, row);
    TaskOutcome::refused(
        "NOT_STORED",
        format!("{found}: look for a workflow that puts another value into it"),
    )
}

fn differing(name: &str, element: &Element<'_>, row: &Row) -> String {
    let sent = element.get(name).map_or("nothing", String::as_str);
    format!("{name}: `{sent}` was sent and `{}` is stored", row.text(name).unwrap_or("nothing"))
}
