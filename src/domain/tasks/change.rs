//! What a plan does with tasks, and why.

use serde::{Deserialize, Serialize};

use super::TaskKey;
use crate::domain::ids::{CompanyId, DealId, OwnerId, TaskId};
use crate::domain::plan::{RecordCall, RecordChange};
use crate::domain::time::Day;

/// What is done with one task of one company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskChange {
    /// The company.
    pub company: CompanyId,
    /// The company's name, for people.
    pub name: String,
    /// What is done.
    pub action: TaskAction,
}

/// What is done with a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskAction {
    /// It is made.
    Create {
        /// Its key.
        key: TaskKey,
        /// The deal that it is about: a card, or one that was won.
        deal: Option<DealId>,
        /// Whose it is.
        owner: OwnerId,
        /// What people read of it.
        text: TaskText,
        /// The day by which it has to be done.
        due: Day,
        /// The day on which it is made.
        made_on: Day,
    },
    /// It is ticked off.
    Close {
        /// The task.
        task: TaskId,
        /// Why.
        why: EndReason,
        /// The reason for people, in the configured language.
        reason: String,
    },
    /// It is opened again: the run that ticked it off was undone.
    Reopen {
        /// The task.
        task: TaskId,
    },
    /// It is deleted: the run that made it was undone.
    Delete {
        /// The task.
        task: TaskId,
    },
}

/// What stands in a new task, in the configured language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskText {
    /// What has to be done, in a line.
    pub subject: String,
    /// Why, in a line.
    pub reason: String,
    /// What else helps, line by line.
    pub lines: Vec<String>,
}

/// Why a contact task is ticked off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The company was contacted on this day.
    Contacted(Day),
    /// The company has an open card: whoever works on that is in touch.
    HasCard,
    /// The company has another open task of sirank's: one is enough.
    HasOtherTask,
    /// The company does not exist any more.
    CompanyGone,
    /// The company has another owner by now, or none.
    OtherOwner,
    /// No contact is due any more: the cluster, the intervals or the days have changed.
    NotDue,
}

impl TaskChange {
    /// The task, where there is one already.
    pub const fn task(&self) -> Option<&TaskId> {
        match &self.action {
            TaskAction::Create { .. } => None,
            TaskAction::Close { task, .. } | TaskAction::Reopen { task } | TaskAction::Delete { task } => {
                Some(task)
            }
        }
    }

    /// The key of the task that it makes.
    pub const fn new_key(&self) -> Option<&TaskKey> {
        match &self.action {
            TaskAction::Create { key, .. } => Some(key),
            _ => None,
        }
    }
}

impl RecordChange for TaskChange {
    const KIND: &'static str = "task";

    fn company(&self) -> &CompanyId {
        &self.company
    }

    fn call(&self) -> RecordCall {
        match self.action {
            TaskAction::Create { .. } => RecordCall::Create,
            TaskAction::Close { .. } | TaskAction::Reopen { .. } => RecordCall::Update,
            TaskAction::Delete { .. } => RecordCall::Delete,
        }
    }
}
