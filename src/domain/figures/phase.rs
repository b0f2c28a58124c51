//! The relationship phase (source: Dwyer's five phases, as quoted by the vTiger seed).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::cluster::Potential;
use super::history::History;
use super::horizon::Horizon;

/// Where a relationship stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Never a purchase.
    Awareness,
    /// One purchase day ever, or the first one in the last 6 months.
    Exploration,
    /// Repeat customers on their way.
    Expansion,
    /// A customer for three years who bought in each of them.
    Commitment,
    /// Lost, or inactive.
    Dissolution,
}

impl Phase {
    /// Every phase, in the order in which a relationship goes through them.
    pub const ALL: [Self; 5] =
        [Self::Awareness, Self::Exploration, Self::Expansion, Self::Commitment, Self::Dissolution];

    /// The internal name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Awareness => "awareness",
            Self::Exploration => "exploration",
            Self::Expansion => "expansion",
            Self::Commitment => "commitment",
            Self::Dissolution => "dissolution",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// The first rule that holds. `potential` is the one that counts: after the rule for a missing one.
pub(super) fn phase(
    history: &History<'_>,
    horizon: &Horizon,
    potential: Option<Potential>,
    inactive: bool,
) -> Phase {
    let ever = history.ever();
    let Some(first) = ever.first else { return Phase::Awareness };
    if potential == Some(Potential::Lost) || inactive {
        return Phase::Dissolution;
    }
    if ever.first == ever.last || horizon.six_months().contains(first) {
        return Phase::Exploration;
    }
    let three_years_old = first.full_months_until(horizon.as_of()) >= 36;
    let every_year = [history.last_year, history.second_year, history.third_year];
    if three_years_old && every_year.iter().all(super::history::Period::has_purchase) {
        return Phase::Commitment;
    }
    Phase::Expansion
}
