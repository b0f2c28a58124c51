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

/// The chosen ones, and how many wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen<T> {
    /// In the order of their worth.
    pub chosen: Vec<Candidate<T>>,
    /// Those who wait for a later run.
    pub waiting: u64,
}

/// Chooses the new cards of a run. `open` cards are there already, after those that this run closes.
///
/// By revenue while active, highest first; ties by the company's id. In memory are at most twice as many candidates as
/// can be chosen.
pub fn choose<T>(
    candidates: impl IntoIterator<Item = Candidate<T>>,
    rules: &WakeUpRules,
    open: u64,
) -> Chosen<T> {
    let room = u64::from(rules.open_at_most).saturating_sub(open).min(u64::from(rules.new_per_run));
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    let mut chosen: Vec<Candidate<T>> = Vec::new();
    let mut seen = 0_u64;
    for candidate in candidates {
        seen += 1;
        chosen.push(candidate);
        if chosen.len() >= room.saturating_mul(2).max(1) {
            keep_the_best(&mut chosen, room);
        }
    }
    keep_the_best(&mut chosen, room);
    let waiting = seen - chosen.len() as u64;
    Chosen { chosen, waiting }
}

fn keep_the_best<T>(candidates: &mut Vec<Candidate<T>>, room: usize) {
    candidates
        .sort_by(|one, other| other.worth.cmp(&one.worth).then_with(|| one.company.cmp(&other.company)));
    candidates.truncate(room);
}
