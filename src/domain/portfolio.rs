//! The figures of the whole portfolio, accumulated company by company.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use super::cluster::Cluster;
use super::figures::{CompanyFacts, Figures};
use super::money::Money;

/// Accumulates the companies that have figures, one at a time.
#[derive(Clone, Debug, Default)]
pub struct Portfolio {
    cells: BTreeMap<Option<Cluster>, CellSums>,
    potential_missing: u64,
    customers_earlier: u64,
    retained: u64,
    earlier_revenue: Money,
    later_revenue_of_earlier: Money,
    later_revenue: Money,
    later_revenue_of_new: Money,
    customer_equity: Money,
    cold_customers: u64,
    cold_revenue_last_active: Money,
    fully_credited: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct CellSums {
    companies: u64,
    revenue_36m: Money,
    revenue_12m_before: Money,
}

/// The portfolio figures of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyFigures {
    /// Companies that have figures.
    pub companies: u64,
    /// Of them, those whose potential is unset or unknown.
    pub potential_missing: u64,
    /// Companies with a purchase in `(as-of − 24, as-of − 12]` months.
    pub customers_earlier: u64,
    /// Of them, those with a purchase in the last 12 months.
    pub retained: u64,
    /// Retained / earlier customers.
    pub retention_rate: Option<Decimal>,
    /// 1 − retention rate.
    pub churn_rate: Option<Decimal>,
    /// Later revenue of the earlier customers / their earlier revenue.
    pub net_revenue_retention: Option<Decimal>,
    /// Later revenue of companies that first bought in the last 12 months / all later revenue.
    pub new_revenue_share: Option<Decimal>,
    /// Σ lifetime value.
    pub customer_equity: Money,
    /// Cold customers.
    pub cold_customers: u64,
    /// Σ revenue while active of the cold customers.
    pub cold_revenue_last_active: Money,
    /// Customers whose revenue of all time is zero or less.
    pub fully_credited: u64,
    /// The cluster matrix; a cell without a company is left out.
    pub matrix: Matrix,
}

/// The cells of the cluster matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// The companies of each cluster.
    #[serde(flatten)]
    pub clusters: BTreeMap<Cluster, Cell>,
    /// The companies without a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub none: Option<Cell>,
}

/// One cell of the cluster matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// How many companies.
    pub companies: u64,
    /// Their revenue of the window of 36 months.
    pub revenue_36m: Money,
    /// The same per company.
    pub average: Money,
    /// Their revenue of the 12 months before that window.
    pub revenue_12m_before: Money,
}

impl Portfolio {
    /// Adds a company that has figures.
    pub fn add(&mut self, facts: &CompanyFacts, figures: &Figures) {
        let inputs = &figures.portfolio;
        let cell = self.cells.entry(figures.cluster).or_default();
        cell.companies += 1;
        cell.revenue_36m += figures.revenue_36m;
        cell.revenue_12m_before += inputs.revenue_12m_before_36m;

        self.potential_missing += u64::from(facts.potential.is_none());
        self.customer_equity += figures.ltv;
        self.later_revenue += figures.revenue_12m;
        if inputs.new_customer {
            self.later_revenue_of_new += figures.revenue_12m;
        }
        if inputs.purchase_earlier {
            self.customers_earlier += 1;
            self.retained += u64::from(figures.purchase_days_12m > 0);
            self.earlier_revenue += inputs.revenue_earlier;
            self.later_revenue_of_earlier += figures.revenue_12m;
        }
        if figures.cold_customer {
            self.cold_customers += 1;
            self.cold_revenue_last_active += figures.revenue_last_active.unwrap_or_default();
        }
        // A prospect has no revenue either, but was never a customer.
        let is_customer = figures.first_purchase.is_some();
        self.fully_credited += u64::from(is_customer && figures.revenue_total <= Money::ZERO);
    }

    /// The figures of what was added.
    pub fn key_figures(&self) -> KeyFigures {
        let earlier = Decimal::from(self.customers_earlier);
        KeyFigures {
            companies: self.cells.values().map(|cell| cell.companies).sum(),
            potential_missing: self.potential_missing,
            customers_earlier: self.customers_earlier,
            retained: self.retained,
            retention_rate: rate(self.retained.into(), earlier),
            churn_rate: rate((self.customers_earlier - self.retained).into(), earlier),
            net_revenue_retention: rate(
                self.later_revenue_of_earlier.amount(),
                self.earlier_revenue.amount(),
            ),
            new_revenue_share: rate(self.later_revenue_of_new.amount(), self.later_revenue.amount()),
            customer_equity: self.customer_equity,
            cold_customers: self.cold_customers,
            cold_revenue_last_active: self.cold_revenue_last_active,
            fully_credited: self.fully_credited,
            matrix: Matrix {
                clusters: self
                    .cells
                    .iter()
                    .filter_map(|(cluster, sums)| Some(((*cluster)?, sums.cell())))
                    .collect(),
                none: self.cells.get(&None).map(|sums| sums.cell()),
            },
        }
    }
}

impl CellSums {
    fn cell(self) -> Cell {
        let average = self.revenue_36m.amount().checked_div(self.companies.into()).unwrap_or_default();
        Cell {
            companies: self.companies,
            revenue_36m: self.revenue_36m,
            average: Money::rounded(average),
            revenue_12m_before: self.revenue_12m_before,
        }
    }
}

/// Four decimals, half away from zero; none where the denominator is zero.
fn rate(numerator: Decimal, denominator: Decimal) -> Option<Decimal> {
    let mut rate =
        numerator.checked_div(denominator)?.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero);
    rate.rescale(4);
    Some(rate)
}

#[cfg(test)]
mod tests;
