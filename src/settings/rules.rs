//! The rules of the computation that a configuration gives.

use crate::domain::intake::CurrencyRules;
use crate::domain::money::Money;
use crate::domain::rules::{ColdRules, InvalidScoreRules, LtvRules, Readings, Rules};
use crate::ports::InputProperty;

use super::Settings;
use super::cluster::DormantLow;
use super::company::Company;

impl Settings {
    /// The rules of the computation.
    ///
    /// # Errors
    /// Settings that were loaded have none: they were checked.
    pub fn rules(&self) -> Result<Rules, InvalidScoreRules> {
        Ok(Rules {
            high_revenue_above: Money::rounded(self.cluster.high_revenue_above.0),
            readings: self.readings(),
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

    /// What the values that people fill in mean. Where the configuration says nothing of the potential, the labels count
    /// too that a picklist has which was made as `setup` says.
    fn readings(&self) -> Readings {
        let company = &self.company;
        let mut lists =
            [&company.potential_high, &company.potential_low, &company.potential_lost].map(Vec::clone);
        let usual = Company::default();
        if lists == [usual.potential_high, usual.potential_low, usual.potential_lost] {
            for (list, option) in lists.iter_mut().zip(InputProperty::Potential.options()) {
                let label = option.label.in_language(self.language).to_lowercase();
                if !list.contains(&label) {
                    list.push(label);
                }
            }
        }
        let [potential_high, potential_low, potential_lost] = lists;
        Readings { potential_high, potential_low, potential_lost, d_and_p: company.d_and_p_yes.clone() }
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
