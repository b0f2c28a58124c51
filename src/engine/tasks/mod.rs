//! Tasks: read, planned with the figures and the cards, and written after them, through the same plan and journal.

mod plan;
mod pull;
mod records;
mod standing;

pub(super) use plan::TaskDraft;
pub(super) use standing::task_standing;
pub use standing::{TaskLine, TaskStanding};
