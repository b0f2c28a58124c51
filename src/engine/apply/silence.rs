//! Silence: writes without an answer that did not arrive either. One company that the CRM chokes on is told from a CRM
//! that is down by whether anything else gets through.

use std::collections::HashMap;

use crate::ports::{CallError, Trouble};
use crate::store::StoredChange;

/// How often a change is sent without an answer before it counts as refused, the last times alone.
const MOST_ATTEMPTS: u32 = 5;
/// How many rounds without any answer the CRM is down after.
const MOST_SILENT_ROUNDS: u32 = 4;

/// What a round of calls came to.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// Whether anything was answered.
    pub(super) answered: bool,
    /// The places of the changes that were not.
    pub(super) unanswered: Vec<u32>,
}

impl Round {
    pub(super) fn answered() -> Self {
        Self { answered: true, unanswered: Vec::new() }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.answered |= other.answered;
        self.unanswered.extend(other.unanswered);
    }
}

/// What was not answered while a plan is applied. Kept in memory only: a change whose call was killed is no change that
/// the CRM chokes on.
#[derive(Debug, Default)]
pub(super) struct Silence {
    unanswered: HashMap<u32, u32>,
    silent_rounds: u32,
}

impl Silence {
    pub(super) fn note(&mut self, round: Round) {
        self.silent_rounds = if round.answered { 0 } else { self.silent_rounds + 1 };
        for seq in round.unanswered {
            *self.unanswered.entry(seq).or_default() += 1;
        }
    }

    /// Whether the CRM is down, for all that can be seen.
    pub(super) fn lasts(&self) -> bool {
        self.silent_rounds >= MOST_SILENT_ROUNDS
    }

    /// For how many rounds nothing has been answered; none where the last one was.
    pub(super) fn rounds(&self) -> Option<u32> {
        (self.silent_rounds > 0).then_some(self.silent_rounds)
    }

    /// The next batch: smaller each time that it was not answered, so that one company does not take others with it.
    pub(super) fn narrowed(&self, pending: Vec<StoredChange>, batch: usize) -> Vec<StoredChange> {
        let Some(first) = pending.first() else { return pending };
        let attempts = self.attempts(first);
        let most = (batch >> (2 * attempts).min(usize::BITS - 1)).max(1);
        pending.into_iter().take(most).take_while(|change| self.attempts(change) == attempts).collect()
    }

    /// Changes that were sent often enough.
    pub(super) fn given_up(&self) -> impl Iterator<Item = u32> {
        self.unanswered.iter().filter(|(_, attempts)| **attempts >= MOST_ATTEMPTS).map(|(seq, _)| *seq)
    }

    pub(super) fn error(&self, system: &str) -> CallError {
        let message = format!(
            "{} rounds of writes in a row got no answer, and none of them arrived; the work can be resumed",
            self.silent_rounds
        );
        let trouble = Trouble::Unavailable { message, retry_after: None };
        CallError { system: system.to_owned(), operation: "writing companies".to_owned(), trouble }
    }

    fn attempts(&self, change: &StoredChange) -> u32 {
        self.unanswered.get(&change.seq).copied().unwrap_or_default()
    }
}

/// The refusal of a change that was given up.
pub(super) fn refusal() -> (String, String) {
    let message = format!("sent {MOST_ATTEMPTS} times without an answer, and never found in place");
    ("NO_ANSWER".to_owned(), message)
}
