//! What the engine has to know of the records that sirank makes itself, cards and tasks, and what becomes of their writes.

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

/// What the engine has to know of a CRM's calls about one kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordTraits {
    /// The most records in one writing.
    pub batch: usize,
    /// How many records one call to the vendor writes: for the estimate.
    pub per_call: usize,
    /// The most records, or companies whose records are asked for, in one reading.
    pub read_batch: usize,
}
