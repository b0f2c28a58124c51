//! Tasks in the mocks, in the words of the domain: as people see them, tick them off, and delete them.

mod hubspot;
mod vtiger;

use sirank::domain::ids::{CompanyId, OwnerId};
use sirank::domain::tasks::TaskKey;

use super::cards::CardVendor;

/// A task of sirank's as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenTask {
    pub(crate) id: String,
    pub(crate) key: TaskKey,
    pub(crate) company: Option<CompanyId>,
    pub(crate) owner: Option<OwnerId>,
    pub(crate) done: bool,
    pub(crate) subject: String,
    pub(crate) text: String,
    /// The day by which it is due, as people of the business zone see it: `2026-05-13`.
    pub(crate) due: String,
}

/// A mock with tasks that people work on.
pub(crate) trait TaskVendor: CardVendor {
    /// What a call that makes tasks is called in the mock's journal.
    const CREATE_TASKS: &'static str;

    /// Everything of sirank's, open and done, by its id; nothing that was deleted.
    fn tasks(&self) -> Vec<SeenTask>;
    /// A person ticks a task off, or opens it again.
    fn person_ticks(&self, task: &str, done: bool);
    /// A person deletes a task.
    fn person_deletes_task(&self, task: &str);
    /// A person makes a task of their own for a company: it never counts as a contact.
    fn person_makes_task(&self, company: &CompanyId, subject: &str) -> String;
    /// A person gives a company an owner, or none.
    fn person_assigns(&self, company: &CompanyId, owner: Option<&OwnerId>);
    /// A person wins a deal of a watched pipeline now; returns its id.
    fn person_wins_deal(&self, company: &CompanyId, owner: Option<&OwnerId>) -> String;
    /// A user that can own companies; `active`: whether the user still works there.
    fn user(&self, active: bool) -> OwnerId;
}
