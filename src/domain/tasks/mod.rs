//! Tasks of sirank's in the CRM: which ones follow from cards, won deals and overdue contacts, and when they end.
//!
//! Everything here is decided from what was read, for one as-of day. People win: a task that somebody ticked off, deleted
//! or gave to a colleague is theirs.

mod change;
mod choose;
mod judge;
mod rules;
mod task;
#[cfg(test)]
mod tests;
mod text;

pub use self::change::{EndReason, TaskAction, TaskChange, TaskText};
pub use self::choose::ContactChooser;
pub use self::judge::{ContactSubject, Ended, EndedBy, KnownTask, asks_for_a_task, ends, rest_of};
pub use self::rules::TaskRules;
pub use self::task::{Task, TaskKey, TaskKind, WonDeal};
pub use self::text::TaskTeller;
