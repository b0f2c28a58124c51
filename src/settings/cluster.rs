//! `[cluster]`: the edges of the customer matrix.

use rust_decimal::dec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::Exact;
use super::problem::Report;

/// The edges of the customer matrix.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterRule {
    /// Net revenue of 36 months above which (not at which) the band is high, in the base currency.
    pub high_revenue_above: Exact,
    /// The cluster of a dormant customer of low potential: `E`, or `none`.
    pub dormant_low: DormantLow,
}

/// The cluster of a dormant customer of low potential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum DormantLow {
    /// Cluster E.
    #[default]
    E,
    /// No cluster.
    #[serde(rename = "none")]
    None,
}

impl Default for ClusterRule {
    fn default() -> Self {
        Self { high_revenue_above: Exact(dec!(10000.00)), dormant_low: DormantLow::default() }
    }
}

impl ClusterRule {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        let threshold = self.high_revenue_above;
        let key = "cluster.high_revenue_above";
        if threshold.0.is_sign_negative() && !threshold.0.is_zero() {
            report.add(key, format!("the threshold is {threshold}"), "Write zero or more");
        }
        if threshold.0.normalize().scale() > 2 {
            report.add(key, format!("{threshold} has more than two decimals"), "Write an amount in cents");
        }
    }
}
