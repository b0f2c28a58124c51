//! `[sirank]`: the weights and half-points of the score.

use rust_decimal::{Decimal, dec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::Exact;
use super::problem::Report;
use crate::domain::rules::{InvalidScoreRules, ScoreHalves, ScoreRules, ScoreTerms};

/// The weights and half-points of the score.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Score {
    /// How much each term counts. Only their proportions matter.
    pub weights: Weights,
    /// Where each term has half of its points.
    pub half_points: HalfPoints,
}

/// How much each term counts: zero or more, and not all zero.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct Weights {
    /// Revenue of 12 months.
    pub revenue: Exact,
    /// Purchase days of 12 months.
    pub frequency: Exact,
    /// Full months since the first purchase.
    pub seniority: Exact,
    /// Being D&P.
    pub d_and_p: Exact,
}

/// Where each term has half of its points: above zero.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct HalfPoints {
    /// Revenue of 12 months, in the base currency.
    pub revenue: Exact,
    /// Purchase days of 12 months.
    pub frequency: Exact,
    /// Full months since the first purchase.
    pub seniority: Exact,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            revenue: Exact(dec!(50)),
            frequency: Exact(dec!(25)),
            seniority: Exact(dec!(15)),
            d_and_p: Exact(dec!(10)),
        }
    }
}

impl Default for HalfPoints {
    fn default() -> Self {
        Self { revenue: Exact(dec!(25000)), frequency: Exact(dec!(6)), seniority: Exact(dec!(36)) }
    }
}

impl Score {
    /// The rules of the score.
    pub fn rules(&self) -> Result<ScoreRules, InvalidScoreRules> {
        let Self { weights, half_points } = self;
        ScoreRules::new(
            ScoreTerms {
                revenue: weights.revenue.0,
                frequency: weights.frequency.0,
                seniority: weights.seniority.0,
                d_and_p: weights.d_and_p.0,
            },
            ScoreHalves {
                revenue: half_points.revenue.0,
                frequency: half_points.frequency.0,
                seniority: half_points.seniority.0,
            },
        )
    }

    pub(super) fn check(&self, report: &mut Report<'_>) {
        self.check_size(report);
        let Err(error) = self.rules() else { return };
        let (key, advice) = match error {
            InvalidScoreRules::NegativeWeight { term, .. } => {
                (format!("sirank.weights.{term}"), "Write zero to leave the term out")
            }
            InvalidScoreRules::NoWeight => ("sirank.weights".to_owned(), "Raise one of them above zero"),
            InvalidScoreRules::HalfNotPositive { term, .. } => {
                (format!("sirank.half_points.{term}"), "To leave the term out, set its weight to zero")
            }
        };
        report.add(&key, error.to_string(), advice);
    }

    /// That the terms cannot overflow the arithmetic.
    fn check_size(&self, report: &mut Report<'_>) {
        const LARGEST: Decimal = dec!(1_000_000_000_000);
        let Self { weights: w, half_points: h } = self;
        let numbers = [
            ("weights.revenue", w.revenue),
            ("weights.frequency", w.frequency),
            ("weights.seniority", w.seniority),
            ("weights.d_and_p", w.d_and_p),
            ("half_points.revenue", h.revenue),
            ("half_points.frequency", h.frequency),
            ("half_points.seniority", h.seniority),
        ];
        for (key, Exact(number)) in numbers {
            if number > LARGEST || number.scale() > 6 {
                report.add(
                    &format!("sirank.{key}"),
                    format!("{number} is out of proportion"),
                    format!("Write at most {LARGEST}, with at most six decimals"),
                );
            }
        }
    }
}
