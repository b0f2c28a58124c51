//! Tasks of sirank's in the CRM: which ones follow from cards, won deals and overdue contacts, and when they end.

mod task;
#[cfg(test)]
mod tests;

pub use self::task::{Task, TaskKey, TaskKind, WonDeal};
