//! What becomes of writes of records that sirank makes itself: cards, tasks.

use crate::domain::company::Version;

/// What became of the write of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordOutcome<Id> {
    /// The CRM holds it: its id, and the version that the write made, where the CRM says so.
    Applied(Id, Option<Version>),
    /// The CRM refused it; repeating the same write is no use.
    Refused {
        /// The vendor's code.
        code: String,
        /// What it said, for people.
        message: String,
    },
    /// It, or its company, is no more.
    Gone,
    /// The call failed in a way that leaves open whether it was applied.
    Unknown,
}
