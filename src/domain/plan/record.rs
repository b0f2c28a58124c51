//! What a plan does beside figures: with records of sirank's own in the CRM, which are cards and tasks.

use super::super::ids::CompanyId;

/// What kind of call a change of a record needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordCall {
    /// It is made.
    Create,
    /// Something of it changes.
    Update,
    /// It is deleted.
    Delete,
}

/// What a plan does with one record.
pub trait RecordChange {
    /// Which kind of record it is, in one word: `card`.
    const KIND: &'static str;

    /// The company that it is about.
    fn company(&self) -> &CompanyId;

    /// What kind of call it needs.
    fn call(&self) -> RecordCall;
}
