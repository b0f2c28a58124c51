//! Every figure of one company, computed from its facts and its entries.

mod activity;
mod contact;
mod history;
mod horizon;
mod phase;
mod score;
#[cfg(test)]
mod tests;
mod values;
mod worth;

use rust_decimal::Decimal;

pub use self::activity::ColdExclusion;
use self::history::History;
pub use self::horizon::Horizon;
pub use self::phase::Phase;
pub use self::score::{ScoreInputs, ScoreTerm, ScoreTrace, score, trace};
pub use self::worth::LtvYear;
use super::cluster::{Action, Cluster, Potential, RevenueBand};
use super::document::Entry;
use super::money::Money;
use super::rules::{MissingPotential, Rules};
use super::time::Day;

/// What the CRM says of a company, read by the rules: the input beside its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a figure or a fact of its own, named as the specification names it"
)]
pub struct CompanyFacts {
    /// When the record was created in the CRM.
    pub created: Option<Day>,
    /// The potential; none where it is unset or unknown.
    pub potential: Option<Potential>,
    /// Whether its category is an excluded one.
    pub excluded_category: bool,
    /// Whether it is D&P.
    pub d_and_p: bool,
    /// Whether it has an active owner.
    pub active_owner: bool,
    /// The last direct contact.
    pub last_contact: Option<Day>,
    /// Whether it has an open deal in a watched pipeline.
    pub open_deal: bool,
}

impl CompanyFacts {
    /// The potential that counts: after the rule for a missing one.
    pub fn effective_potential(&self, rules: &Rules) -> Option<Potential> {
        self.potential.or(match rules.missing_potential {
            MissingPotential::Skip => None,
            MissingPotential::Low => Some(Potential::Low),
        })
    }
}

/// Every figure of one company.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a figure or a fact of its own, named as the specification names it"
)]
pub struct Figures {
    /// SiRank, from 0.0 to 100.0; none without a purchase ever.
    pub score: Option<Decimal>,
    /// The cell of the customer matrix.
    pub cluster: Option<Cluster>,
    /// The revenue band.
    pub revenue_band: RevenueBand,
    /// Revenue of the window of 36 months.
    pub revenue_36m: Money,
    /// Revenue of the window of 12 months.
    pub revenue_12m: Money,
    /// Revenue of all time up to the as-of day.
    pub revenue_total: Money,
    /// Purchase days in the window of 12 months.
    pub purchase_days_12m: u32,
    /// First purchase day.
    pub first_purchase: Option<Day>,
    /// Last purchase day.
    pub last_purchase: Option<Day>,
    /// No purchase for more than 180 days (or as set).
    pub inactive: bool,
    /// Inactive and not excluded.
    pub cold_customer: bool,
    /// Why an inactive customer is not cold.
    pub cold_exclusion: Option<ColdExclusion>,
    /// When the next direct contact is due.
    pub next_contact_due: Option<Day>,
    /// Whether that day has passed.
    pub contact_overdue: bool,
    /// Whether a cluster that needs an active owner lacks one.
    pub key_account_missing: bool,
    /// The relationship phase.
    pub phase: Phase,
    /// Net revenue in the window of 12 months that ends on the last purchase day.
    pub revenue_last_active: Option<Money>,
    /// Lifetime value.
    pub ltv: Money,
    /// What the portfolio figures need beside: written nowhere.
    pub portfolio: PortfolioInputs,
}

/// What the portfolio figures need of one company and no property shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortfolioInputs {
    /// Revenue of `(as-of − 48, as-of − 36]` months: the 12 months before the window of 36.
    pub revenue_12m_before_36m: Money,
    /// Revenue of the earlier period, `(as-of − 24, as-of − 12]` months.
    pub revenue_earlier: Money,
    /// Whether there is a purchase in the earlier period.
    pub purchase_earlier: bool,
    /// Whether the first purchase day lies in the last 12 months.
    pub new_customer: bool,
}

impl Figures {
    /// What the cluster asks for.
    pub fn action(&self) -> Option<Action> {
        self.cluster.map(Cluster::action)
    }
}

/// The figures of one company.
///
/// `entries` are its counting documents, sorted by day, none after the as-of day ([`up_to`] cuts them).
pub fn compute(rules: &Rules, horizon: &Horizon, facts: &CompanyFacts, entries: &[Entry]) -> Figures {
    let as_of = horizon.as_of();
    let history = History::of(entries, horizon);
    let (ever, three_years) = (history.ever(), history.three_years());
    let potential = facts.effective_potential(rules);

    let revenue_36m = three_years.revenue();
    let revenue_band = RevenueBand::of(revenue_36m, three_years.has_purchase(), ever.has_purchase(), rules);
    let cluster = Cluster::of(revenue_band, potential, rules);

    let inactive = activity::is_inactive(rules, as_of, ever.last);
    let cold_exclusion = if inactive { activity::cold_exclusion(rules, facts, potential) } else { None };
    let next_contact_due = contact::next_contact_due(rules, facts, cluster);

    Figures {
        score: score_inputs(horizon, facts, &history).map(|inputs| score(&rules.score, inputs)),
        cluster,
        revenue_band,
        revenue_36m,
        revenue_12m: history.last_year.revenue(),
        revenue_total: ever.revenue(),
        purchase_days_12m: history.last_year.purchase_days,
        first_purchase: ever.first,
        last_purchase: ever.last,
        inactive,
        cold_customer: inactive && cold_exclusion.is_none(),
        cold_exclusion,
        next_contact_due,
        contact_overdue: next_contact_due.is_some_and(|due| due < as_of),
        key_account_missing: cluster.is_some_and(Cluster::needs_key_account) && !facts.active_owner,
        phase: phase::phase(&history, horizon, potential, inactive),
        revenue_last_active: worth::revenue_last_active(&history, ever.last),
        ltv: worth::ltv(&rules.ltv, as_of, entries, ever.net),
        portfolio: PortfolioInputs {
            revenue_12m_before_36m: history.fourth_year.revenue(),
            revenue_earlier: history.second_year.revenue(),
            purchase_earlier: history.second_year.has_purchase(),
            new_customer: ever.first.is_some_and(|first| horizon.twelve_months().contains(first)),
        },
    }
}

/// SiRank with every term and its inputs; none without a purchase ever.
pub fn score_trace(
    rules: &Rules,
    horizon: &Horizon,
    facts: &CompanyFacts,
    entries: &[Entry],
) -> Option<ScoreTrace> {
    let history = History::of(entries, horizon);
    score_inputs(horizon, facts, &history).map(|inputs| trace(&rules.score, inputs))
}

fn score_inputs(horizon: &Horizon, facts: &CompanyFacts, history: &History<'_>) -> Option<ScoreInputs> {
    history.ever().first.map(|first| ScoreInputs {
        revenue_12m: history.last_year.revenue(),
        purchase_days_12m: history.last_year.purchase_days,
        full_months: first.full_months_until(horizon.as_of()),
        d_and_p: facts.d_and_p,
    })
}

/// The parts of the lifetime value, one per calendar year with documents: for `explain`.
pub fn ltv_trace(rules: &Rules, as_of: Day, entries: &[Entry]) -> Vec<LtvYear> {
    worth::ltv_years(&rules.ltv, as_of, entries).collect()
}

/// The entries up to the as-of day, of entries sorted by day.
pub fn up_to(entries: &[Entry], as_of: Day) -> &[Entry] {
    &entries[..entries.partition_point(|entry| entry.day <= as_of)]
}
