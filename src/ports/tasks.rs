//! The seam between the engine and a CRM's tasks.

use std::collections::BTreeSet;

use async_trait::async_trait;

use super::{CallError, Cursor, Page, RecordOutcome, RecordTraits, Survey};
use crate::domain::ids::{CompanyId, DealId, OwnerId, PipelineId, TaskId};
use crate::domain::tasks::{Task, TaskKey, WonDeal};
use crate::domain::time::Day;

/// A CRM that keeps tasks.
///
/// sirank sees its own alone: a task is one whose text holds a marker ([`TaskKey::find`]). It never changes the text,
/// owner or due date of one that is there.
///
/// # Guarantees
/// As with [`super::Crm`]: few calls, quotas waited for, a cancelled write leaves an unknown outcome.
#[async_trait]
pub trait Tasks: Send + Sync {
    /// What the engine has to know of it.
    fn traits(&self) -> RecordTraits;

    /// A page of sirank's tasks that are open, found by their marker: for a state that knows of none. It may come from an
    /// index that is behind, or that does not know every word.
    async fn open(&self, from: Option<Cursor>) -> Result<Page<Task>, CallError>;

    /// These tasks as they are now, never from a search index; one that is no more, or lost its marker, is left out.
    async fn read(&self, tasks: &[TaskId]) -> Result<Vec<Task>, CallError>;

    /// Every task of sirank's that these companies have now, open and done, never from a search index.
    async fn of_companies(&self, companies: &[CompanyId]) -> Result<Vec<Task>, CallError>;

    /// Makes tasks that are not started, filed under their company (and deal, where the CRM can file under both), no key
    /// twice. Exactly one outcome per task, in the batch's order. Never sends a task again whose outcome is unknown.
    ///
    /// # Errors
    /// Only where nothing of the batch was written.
    async fn create(&self, batch: &[NewTask]) -> Result<Vec<TaskOutcome>, CallError>;

    /// Ticks tasks off, or opens them again; no task twice. Outcomes as with [`Tasks::create`].
    async fn update(&self, batch: &[TaskUpdate]) -> Result<Vec<TaskOutcome>, CallError>;

    /// Deletes tasks, where a run that made them is undone. Outcomes as with [`Tasks::create`].
    async fn delete(&self, tasks: &[TaskId]) -> Result<Vec<TaskOutcome>, CallError>;

    /// A page of the deals of the given pipelines that were won on a day or later. `survey` is what
    /// [`super::Crm::survey`] returned in this run.
    async fn won_deals(
        &self,
        survey: &Survey,
        watched: &BTreeSet<PipelineId>,
        since: Day,
        from: Option<Cursor>,
    ) -> Result<Page<WonDeal>, CallError>;

    /// Whether the credentials may write tasks, as far as that can be told without writing anything.
    async fn may_write(&self) -> Result<(), CallError> {
        Ok(())
    }
}

/// A task to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// sirank's key.
    pub key: TaskKey,
    /// The company.
    pub company: CompanyId,
    /// The deal that it is about: a card, or one that was won.
    pub deal: Option<DealId>,
    /// What has to be done, in a line.
    pub subject: String,
    /// What stands in its text, line by line, plain; the last one is the marker.
    pub text: Vec<String>,
    /// Whose it is.
    pub owner: OwnerId,
    /// The day by which it has to be done, in the business zone.
    pub due: Day,
    /// The day on which it is made, in the business zone.
    pub made_on: Day,
    /// What identifies this write in traces: unique in the batch.
    pub trace: String,
}

/// A task to be ticked off, or opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskUpdate {
    /// The task.
    pub id: TaskId,
    /// Whether it is done from now on.
    pub done: bool,
    /// What identifies this write in traces: unique in the batch.
    pub trace: String,
}

/// What became of the write of one task.
pub type TaskOutcome = RecordOutcome<TaskId>;
