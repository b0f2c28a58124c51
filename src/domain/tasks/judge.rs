//! When a contact task ends, and whether a company gets one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{EndReason, Task, TaskKind, TaskRules};
use crate::domain::contact_plan::{Contact, FallsTo};
use crate::domain::ids::{CompanyId, OwnerId};
use crate::domain::time::Day;

/// A task of sirank's with what sirank knows of it beyond what the CRM holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownTask {
    /// As it was last read or written.
    pub task: Task,
    /// The company that it is about.
    pub company: CompanyId,
    /// The owner that it was made for, as far as is known.
    pub made_for: Option<OwnerId>,
    /// Since when it is done or deleted, and by whom; none: it is open.
    pub ended: Option<Ended>,
    /// Whether an undo opened it again: then it is people's.
    pub reopened: bool,
}

/// The end of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The day since which it is known to be done or deleted.
    pub on: Day,
    /// Who did that.
    pub by: EndedBy,
}

/// Who ended a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// sirank, by its rules.
    Sirank,
    /// Somebody.
    Somebody,
}

impl KnownTask {
    /// Whether it is open.
    pub const fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether it asks for a contact.
    pub fn is_contact(&self) -> bool {
        self.task.key.kind() == TaskKind::Contact
    }
}

/// All that decides about the contact tasks of a company.
#[derive(Clone, Copy, Debug)]
pub struct ContactSubject<'a> {
    /// sirank's tasks of the company, of all kinds, open and ended.
    pub tasks: &'a [KnownTask],
    /// The contact that the company asks for.
    pub contact: Option<&'a Contact>,
    /// Whether it has an open card.
    pub has_card: bool,
    /// Whether it has another open task of sirank's, for an appointment or for feedback.
    pub has_other_task: bool,
    /// The day of the last call, meeting or e-mail.
    pub last_contact: Option<Day>,
    /// Its moment, where the CRM says so.
    pub last_contact_at: Option<DateTime<Utc>>,
}

/// Why an open contact task that was made on a day of the business zone ends; none: it stays.
pub fn ends(task: &KnownTask, made_on: Day, subject: &ContactSubject<'_>) -> Option<EndReason> {
    if task.reopened {
        return None;
    }
    if let Some(day) = contacted_since(task, made_on, subject) {
        return Some(EndReason::Contacted(day));
    }
    if subject.has_card {
        return Some(EndReason::HasCard);
    }
    if subject.has_other_task {
        return Some(EndReason::HasOtherTask);
    }
    match subject.contact.filter(|contact| contact.overdue).map(|contact| &contact.falls_to) {
        None => Some(EndReason::NotDue),
        Some(FallsTo::Owner(owner)) if task.made_for.as_ref() == Some(owner) => None,
        // Somebody gave the task to a colleague: it stays with them.
        Some(_) if task.task.owner != task.made_for => None,
        Some(_) => Some(EndReason::OtherOwner),
    }
}

/// The day of a contact after a task was made; one without a time of day counts from the next day.
fn contacted_since(task: &KnownTask, made_on: Day, subject: &ContactSubject<'_>) -> Option<Day> {
    let day = subject.last_contact?;
    let timed = subject.last_contact_at.is_some_and(|moment| moment > task.task.created);
    (timed || day > made_on).then_some(day)
}

/// Whether a company gets a contact task, `ending` being those of its tasks that end now: it asks for one that is overdue,
/// has an active owner, no card and no open task of sirank's, and does not rest.
pub fn asks_for_a_task<'a>(
    subject: &ContactSubject<'a>,
    ending: usize,
    rules: &TaskRules,
    as_of: Day,
) -> Option<&'a OwnerId> {
    let contact = subject.contact.filter(|contact| contact.overdue)?;
    let FallsTo::Owner(owner) = &contact.falls_to else { return None };
    if subject.has_card || subject.has_other_task {
        return None;
    }
    let open = subject.tasks.iter().filter(|task| task.is_open() && task.is_contact()).count();
    let rests = rest_of(subject.tasks, rules.rest_days).is_some_and(|until| until > as_of);
    (open == ending && !rests).then_some(owner)
}

/// Until when a company rests, whose last contact task somebody ticked off or deleted; none where nobody did.
pub fn rest_of(tasks: &[KnownTask], rest_days: u64) -> Option<Day> {
    let contacts = tasks.iter().filter(|task| task.is_contact());
    let ended = contacts.filter_map(|task| task.ended.filter(|ended| ended.by == EndedBy::Somebody));
    ended.map(|ended| ended.on.plus_days(rest_days)).max()
}
