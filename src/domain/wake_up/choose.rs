//! Which cold customers get a card in this run: those who brought in most, as many as the settings allow.

use super::WakeUpRules;
use crate::domain::ids::CompanyId;
use crate::domain::money::Money;

/// A cold customer without a card, who does not rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<T> {
    /// The company.
    pub company: CompanyId,
    /// Its revenue while active.
    pub worth: Option<Money>,
    /// What the caller has to know of it.
    pub about: T,
}

/// Chooses the new cards of a run: by revenue while active, highest first; ties by the company's id.
///
/// Keeps at most twice as many candidates as one run may make cards, whatever number is shown to it.
#[derive(Debug)]
pub struct Chooser<T> {
    most: usize,
    open_at_most: u64,
    kept: Vec<Candidate<T>>,
    seen: u64,
}

impl<T> Chooser<T> {
    /// One that nothing has been shown to.
    pub fn new(rules: &WakeUpRules) -> Self {
        let most = usize::try_from(rules.new_per_run).unwrap_or(usize::MAX);
        Self { most, open_at_most: rules.open_at_most.into(), kept: Vec::new(), seen: 0 }
    }

    /// Shows it one candidate.
    pub fn add(&mut self, candidate: Candidate<T>) {
        self.seen += 1;
        self.kept.push(candidate);
        if self.kept.len() > self.most.saturating_mul(2) {
            self.keep_the_best(self.most);
        }
    }

    /// The chosen ones in the order of their worth, and how many wait for a later run. `open` cards are there already,
    /// after those that this run closes.
    pub fn finish(mut self, open: u64) -> (Vec<Candidate<T>>, u64) {
        let room = usize::try_from(self.open_at_most.saturating_sub(open)).unwrap_or(usize::MAX);
        self.keep_the_best(self.most.min(room));
        let waiting = self.seen - self.kept.len() as u64;
        (self.kept, waiting)
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.kept.len()
    }

    fn keep_the_best(&mut self, most: usize) {
        self.kept
            .sort_by(|one, other| other.worth.cmp(&one.worth).then_with(|| one.company.cmp(&other.company)));
        self.kept.truncate(most);
    }
}
