//! The rules of the computation that a configuration gives.

use crate::domain::intake::CurrencyRules;
use crate::domain::money::Money;
use crate::domain::rules::{ColdRules, InvalidScoreRules, LtvRules, Readings, Rules};

use super::Settings;
use super::cluster::DormantLow;

impl Settings {
    /// The rules of the computation.
    ///
    /// # Errors
    /// Settings that were loaded have none: they were checked.
    pub fn rules(&self) -> Result<Rules, InvalidScoreRules> {
        Ok(Rules {
            high_revenue_above: Money::rounded(self.cluster.high_revenue_above.0),
            readings: Readings {
                potential_high: self.company.potential_high.clone(),
                potential_low: self.company.potential_low.clone(),
                potential_lost: self.company.potential_lost.clone(),
                d_and_p: self.company.d_and_p_yes.clone(),
            },
            missing_potential: self.potential.missing.into(),
            dormant_low_is_e: self.cluster.dormant_low == DormantLow::E,
            inactive_after_days: self.inactivity.days.into(),
            cold: ColdRules {
                excluded_categories: self.cold.excluded_categories.iter().cloned().collect(),
                exclude_lost: self.cold.exclude_lost,
            },
            score: self.sirank.rules()?,
            contact_months: self.contact.months.by_cluster(),
            ltv: LtvRules { price_index: self.ltv.index.clone(), gross_margin: self.ltv.gross_margin.get() },
            ambiguous: self.matching.ambiguous.into(),
        })
    }

    /// The base currency and the rates of the others.
    pub fn currency_rules(&self) -> CurrencyRules {
        let rates = self.currency.rates.iter();
        CurrencyRules {
            base: self.currency.base.as_str().to_owned(),
            rates: rates.map(|(code, rate)| (code.as_str().to_owned(), rate.0)).collect(),
        }
    }
}
