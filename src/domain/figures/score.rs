//! SiRank: revenue of 12 months, purchase frequency, seniority, D&P (source: `SiComputer`).

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use super::super::money::Money;
use super::super::rules::ScoreRules;

/// What SiRank is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreInputs {
    /// Revenue of the window of 12 months.
    pub revenue_12m: Money,
    /// Purchase days in the window of 12 months.
    pub purchase_days_12m: u32,
    /// Full months from the first purchase day to the as-of day.
    pub full_months: u32,
    /// Whether the company is D&P.
    pub d_and_p: bool,
}

/// One term of SiRank with everything that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ScoreTerm {
    /// What was measured: money, days, months; for D&P one or zero.
    pub input: Decimal,
    /// Where half of the points are reached; none for D&P.
    pub half: Option<Decimal>,
    /// The part of the term's points that the input earns, from 0 to 1.
    pub share: Decimal,
    /// The term's weight.
    pub weight: Decimal,
    /// What the term adds to SiRank, not rounded.
    pub points: Decimal,
}

/// SiRank with every term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ScoreTrace {
    /// Revenue of 12 months.
    pub revenue: ScoreTerm,
    /// Purchase days of 12 months.
    pub frequency: ScoreTerm,
    /// Full months since the first purchase.
    pub seniority: ScoreTerm,
    /// D&P.
    pub d_and_p: ScoreTerm,
    /// SiRank, one decimal.
    pub score: Decimal,
}

/// SiRank of a company with a purchase: from 0.0 to 100.0, one decimal.
pub fn score(rules: &ScoreRules, inputs: ScoreInputs) -> Decimal {
    let (weights, shares) = (rules.weights(), Shares::of(rules, inputs));
    let earned = weights.revenue * shares.revenue
        + weights.frequency * shares.frequency
        + weights.seniority * shares.seniority
        + weights.d_and_p * shares.d_and_p;
    let possible = weights.revenue + weights.frequency + weights.seniority + weights.d_and_p;
    let mut score = (Decimal::ONE_HUNDRED * earned / possible)
        .round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    score.rescale(1);
    score
}

/// SiRank with every term and its inputs: for `explain`.
pub fn trace(rules: &ScoreRules, inputs: ScoreInputs) -> ScoreTrace {
    let (weights, halves, shares) = (rules.weights(), rules.halves(), Shares::of(rules, inputs));
    let possible = weights.revenue + weights.frequency + weights.seniority + weights.d_and_p;
    let term = |input, half, share: Decimal, weight: Decimal| ScoreTerm {
        input,
        half,
        share,
        weight,
        points: Decimal::ONE_HUNDRED * (weight * share) / possible,
    };
    ScoreTrace {
        revenue: term(inputs.revenue_12m.amount(), Some(halves.revenue), shares.revenue, weights.revenue),
        frequency: term(
            inputs.purchase_days_12m.into(),
            Some(halves.frequency),
            shares.frequency,
            weights.frequency,
        ),
        seniority: term(
            inputs.full_months.into(),
            Some(halves.seniority),
            shares.seniority,
            weights.seniority,
        ),
        d_and_p: term(u32::from(inputs.d_and_p).into(), None, shares.d_and_p, weights.d_and_p),
        score: score(rules, inputs),
    }
}

/// The part of each term's points that a company has earned.
struct Shares {
    revenue: Decimal,
    frequency: Decimal,
    seniority: Decimal,
    d_and_p: Decimal,
}

impl Shares {
    fn of(rules: &ScoreRules, inputs: ScoreInputs) -> Self {
        let halves = rules.halves();
        Self {
            revenue: saturating(inputs.revenue_12m.amount(), halves.revenue),
            frequency: saturating(inputs.purchase_days_12m.into(), halves.frequency),
            seniority: saturating(inputs.full_months.into(), halves.seniority),
            d_and_p: if inputs.d_and_p { Decimal::ONE } else { Decimal::ZERO },
        }
    }
}

/// Half of the points at `x = half`, more for more, never all; nothing for zero or less.
fn saturating(x: Decimal, half: Decimal) -> Decimal {
    if x <= Decimal::ZERO {
        return Decimal::ZERO;
    }
    // A sum beyond the decimal's range is so far above any half-point that the share is all but one.
    x.checked_add(half).map_or(Decimal::ONE, |whole| x / whole)
}
