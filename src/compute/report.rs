//! What a computation tells beside the figures.

use std::fmt;

use crate::domain::reconciliation::Reconciliation;

/// How many examples of a kind are kept for people; all are counted.
const EXAMPLES: usize = 100;

/// Examples of something that may occur millions of times, and how often it occurred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// How often.
    pub count: u64,
    /// The first of them, in the order of the file.
    pub first: Vec<T>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { count: 0, first: Vec::new() }
    }
}

impl<T> Listing<T> {
    /// Counts one, and keeps it while there is room.
    pub(super) fn push(&mut self, example: impl FnOnce() -> T) {
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push(example());
        }
    }

    /// Takes over what was listed elsewhere; `order` puts the examples in the order of the file.
    pub(super) fn merge<K: Ord>(mut self, other: Self, order: impl Fn(&T) -> K) -> Self {
        self.count += other.count;
        self.first.extend(other.first);
        self.first.sort_by_key(order);
        self.first.truncate(EXAMPLES);
        self
    }
}

/// A row that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRow {
    /// The line of the file on which the row begins; the header is on line 1.
    pub row: u64,
    /// File, row, what is wrong, and the column.
    pub message: String,
}

/// A document id that occurs again: the later row counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repetition {
    /// The document id, where it is short enough to be kept.
    pub document: Option<String>,
    /// The row that counts instead of the earlier one.
    pub row: u64,
    /// The earlier row.
    pub earlier: u64,
}

/// What was computed, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComputeOutcome {
    /// Companies in the output, with figures or without.
    pub companies: u64,
    /// Companies without figures because they have no key.
    pub companies_without_key: Listing<String>,
    /// Companies without figures because another company has the same key.
    pub companies_ambiguous: Listing<String>,
    /// Companies whose potential is unset or unknown.
    pub potential_missing: u64,
    /// What became of the documents. A document is a document id: repeated rows are one.
    pub documents: Reconciliation,
    /// Document ids that occur again.
    pub repeated: Listing<Repetition>,
    /// Rows of the companies file that could not be used.
    pub rejected_companies: Listing<RejectedRow>,
    /// Rows of the documents file that could not be used.
    pub rejected_documents: Listing<RejectedRow>,
}

impl ComputeOutcome {
    /// Whether some rows could not be used (exit code 7). Unmatched documents and missing potentials are no errors.
    pub fn has_rejected(&self) -> bool {
        self.rejected_companies.count > 0 || self.rejected_documents.count > 0
    }
}

impl fmt::Display for RejectedRow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl fmt::Display for Repetition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let document = self.document.as_deref().unwrap_or("a document with a very long id");
        write!(out, "{document}: row {} counts instead of row {}", self.row, self.earlier)
    }
}
