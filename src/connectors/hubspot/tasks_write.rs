//! Tasks: made, ticked off, deleted. Nothing else of a task is ever written.

use chrono::SecondsFormat;

use super::HubSpot;
use super::batch::Values;
use super::html::body_of;
use super::map::instant_of;
use super::objects::TASKS;
use super::records::{self, Change, Kind, New};
use super::tasks::{COMPLETED, key_of};
use super::wire::{AssociationType, NewAssociation};
use crate::domain::ids::TaskId;
use crate::ports::{CallError, NewTask, TaskOutcome, TaskUpdate};

const NOT_STARTED: &str = "NOT_STARTED";
/// The hour of the business zone at which a task is due: HubSpot knows no due days, only instants.
const DUE_HOUR: u32 = 9;

pub(super) async fn create(hubspot: &HubSpot, batch: &[NewTask]) -> Result<Vec<TaskOutcome>, CallError> {
    let new = batch.iter().map(|task| New {
        key: task.key.to_string(),
        trace: &task.trace,
        associations: associations(task),
        values: new_values(hubspot, task),
    });
    let key_of = |record: &_| key_of(record).map(|key| key.to_string());
    records::create(tasks(hubspot), new.collect(), &key_of).await
}

pub(super) async fn update(hubspot: &HubSpot, batch: &[TaskUpdate]) -> Result<Vec<TaskOutcome>, CallError> {
    let changes = batch.iter().map(|task| {
        let status = if task.done { COMPLETED } else { NOT_STARTED };
        let values = Values::from([("hs_task_status".to_owned(), status.to_owned())]);
        Change { id: task.id.as_str(), trace: &task.trace, values }
    });
    records::update(tasks(hubspot), changes.collect(), &["hs_task_status"]).await
}

pub(super) async fn delete(hubspot: &HubSpot, ids: &[TaskId]) -> Result<Vec<TaskOutcome>, CallError> {
    records::delete(tasks(hubspot), ids.iter().map(TaskId::as_str).collect()).await
}

fn tasks(hubspot: &HubSpot) -> Kind<'_> {
    Kind { client: &hubspot.client, objects: &TASKS, one: "task" }
}

fn associations(task: &NewTask) -> Vec<NewAssociation<'_>> {
    let company = NewAssociation::of(task.company.as_str(), &[AssociationType::COMPANY_OF_TASK]);
    let deal = task.deal.as_ref();
    let deal = deal.map(|deal| NewAssociation::of(deal.as_str(), &[AssociationType::DEAL_OF_TASK]));
    std::iter::once(company).chain(deal).collect()
}

fn new_values(hubspot: &HubSpot, task: &NewTask) -> Values {
    let due = instant_of(task.due, DUE_HOUR, hubspot.config.zone);
    let values = [
        ("hs_timestamp", due.to_rfc3339_opts(SecondsFormat::Millis, true)),
        ("hs_task_subject", task.subject.clone()),
        ("hs_task_body", body_of(&task.text)),
        ("hs_task_status", NOT_STARTED.to_owned()),
        ("hs_task_type", "TODO".to_owned()),
        ("hubspot_owner_id", task.owner.to_string()),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
