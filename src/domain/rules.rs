//! The parameters of the computation, with the defaults that the domain specification gives.
//!
//! Settings become rules once, checked; the computation never meets an invalid one.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::dec;

use super::cluster::Cluster;
use super::money::Money;

/// Everything that the figures depend on beside the records and the as-of date.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Revenue of 36 months above which (not at which) the band is high.
    pub high_revenue_above: Money,
    /// How texts from the CRM are read.
    pub readings: Readings,
    /// What an unset or unknown potential means.
    pub missing_potential: MissingPotential,
    /// Whether dormant × low is cluster E (the default) or no cluster.
    pub dormant_low_is_e: bool,
    /// Days without a purchase after which (not at which) a customer is inactive.
    pub inactive_after_days: i64,
    /// What keeps an inactive customer from being cold.
    pub cold: ColdRules,
    /// SiRank's weights and half-points.
    pub score: ScoreRules,
    /// Months between direct contacts per cluster; a cluster that is missing needs none.
    pub contact_months: BTreeMap<Cluster, u32>,
    /// Lifetime value.
    pub ltv: LtvRules,
    /// How an ambiguous key is decided.
    pub ambiguous: AmbiguousKeys,
}

/// How the texts that people fill in are read: trimmed and case-insensitive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readings {
    /// Texts that mean high potential.
    pub potential_high: Vec<String>,
    /// Texts that mean low potential.
    pub potential_low: Vec<String>,
    /// Texts that mean lost potential.
    pub potential_lost: Vec<String>,
    /// Texts that mean D&P.
    pub d_and_p: Vec<String>,
}

/// What an unset or unknown potential means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingPotential {
    /// No cluster; the company is listed.
    Skip,
    /// As if it were low.
    Low,
}

/// What keeps an inactive customer from being cold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColdRules {
    /// Categories that are never cold, as in the CRM (compared trimmed, case-insensitive).
    pub excluded_categories: BTreeSet<String>,
    /// Whether a lost potential excludes.
    pub exclude_lost: bool,
}

/// SiRank's parameters. Valid by construction: weights are not negative and their sum is not zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreRules {
    weights: ScoreTerms,
    halves: ScoreHalves,
}

/// One decimal for each of SiRank's four terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreTerms {
    /// Revenue of 12 months.
    pub revenue: Decimal,
    /// Purchase days of 12 months.
    pub frequency: Decimal,
    /// Months since the first purchase.
    pub seniority: Decimal,
    /// D&P.
    pub d_and_p: Decimal,
}

/// The half-points: where a term has half of its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScoreHalves {
    /// Of the revenue of 12 months, in the base currency.
    pub revenue: Decimal,
    /// Of the purchase days of 12 months.
    pub frequency: Decimal,
    /// Of the months since the first purchase.
    pub seniority: Decimal,
}

/// SiRank parameters that no score can be computed with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScoreRules {
    /// A weight below zero.
    #[error("the weight of {term} is {weight}: a weight is zero or more")]
    NegativeWeight {
        /// The term.
        term: &'static str,
        /// What was given.
        weight: Decimal,
    },
    /// All weights zero.
    #[error("all weights are zero: at least one has to be above zero")]
    NoWeight,
    /// A half-point that is not above zero.
    #[error("the half-point of {term} is {half}: a half-point is above zero")]
    HalfNotPositive {
        /// The term.
        term: &'static str,
        /// What was given.
        half: Decimal,
    },
}

impl ScoreRules {
    /// Checked parameters.
    pub fn new(weights: ScoreTerms, halves: ScoreHalves) -> Result<Self, InvalidScoreRules> {
        let named = [
            ("revenue", weights.revenue),
            ("frequency", weights.frequency),
            ("seniority", weights.seniority),
            ("d_and_p", weights.d_and_p),
        ];
        if let Some((term, weight)) =
            named.into_iter().find(|(_, weight)| weight.is_sign_negative() && !weight.is_zero())
        {
            return Err(InvalidScoreRules::NegativeWeight { term, weight });
        }
        if named.iter().all(|(_, weight)| weight.is_zero()) {
            return Err(InvalidScoreRules::NoWeight);
        }
        let named =
            [("revenue", halves.revenue), ("frequency", halves.frequency), ("seniority", halves.seniority)];
        if let Some((term, half)) = named.into_iter().find(|(_, half)| *half <= Decimal::ZERO) {
            return Err(InvalidScoreRules::HalfNotPositive { term, half });
        }
        Ok(Self { weights, halves })
    }

    /// The weights.
    pub const fn weights(&self) -> ScoreTerms {
        self.weights
    }

    /// The half-points.
    pub const fn halves(&self) -> ScoreHalves {
        self.halves
    }
}

impl Default for ScoreRules {
    fn default() -> Self {
        Self {
            weights: ScoreTerms {
                revenue: dec!(50),
                frequency: dec!(25),
                seniority: dec!(15),
                d_and_p: dec!(10),
            },
            halves: ScoreHalves { revenue: dec!(25000), frequency: dec!(6), seniority: dec!(36) },
        }
    }
}

/// Lifetime value's parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LtvRules {
    /// Index per year, each above zero; empty: every year counts as it is.
    pub price_index: BTreeMap<i32, Decimal>,
    /// The share of the revenue that is margin, from 0 to 1.
    pub gross_margin: Decimal,
}

/// How an ambiguous key is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmbiguousKeys {
    /// None of the companies gets figures.
    Skip,
    /// The oldest company by creation date, then id.
    Oldest,
}

impl Default for Rules {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Self {
            high_revenue_above: Money::rounded(dec!(10000)),
            readings: Readings {
                potential_high: texts(&["high"]),
                potential_low: texts(&["low"]),
                potential_lost: texts(&["lost"]),
                d_and_p: texts(&["yes", "true"]),
            },
            missing_potential: MissingPotential::Skip,
            dormant_low_is_e: true,
            inactive_after_days: 180,
            cold: ColdRules { excluded_categories: BTreeSet::new(), exclude_lost: true },
            score: ScoreRules::default(),
            contact_months: [(Cluster::A, 3), (Cluster::B, 6), (Cluster::C, 12), (Cluster::D, 12)].into(),
            ltv: LtvRules { price_index: BTreeMap::new(), gross_margin: Decimal::ONE },
            ambiguous: AmbiguousKeys::Skip,
        }
    }
}
