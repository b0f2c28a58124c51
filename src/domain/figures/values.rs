//! Figures as the canonical values that a CRM holds.

use super::super::catalogue::Figure;
use super::super::explanation::Explainer;
use super::super::value::Value;
use super::Figures;

impl Figures {
    /// The canonical value of a figure; none where it is empty. A flag is never empty.
    pub fn value(&self, figure: Figure, explainer: &Explainer) -> Option<Value> {
        match figure {
            Figure::Score => self.score.map(Value::number),
            Figure::Cluster => self.cluster.map(|cluster| Value::choice(cluster.as_str())),
            Figure::RevenueBand => Some(Value::choice(self.revenue_band.as_str())),
            Figure::Revenue36m => Some(Value::money(self.revenue_36m)),
            Figure::Revenue12m => Some(Value::money(self.revenue_12m)),
            Figure::PurchaseDays12m => Some(Value::number(self.purchase_days_12m.into())),
            Figure::FirstPurchase => self.first_purchase.map(Value::date),
            Figure::LastPurchase => self.last_purchase.map(Value::date),
            Figure::Inactive180d => Some(Value::flag(self.inactive)),
            Figure::ColdCustomer => Some(Value::flag(self.cold_customer)),
            Figure::ColdExclusion => self.cold_exclusion.map(|exclusion| Value::choice(exclusion.as_str())),
            Figure::Action => self.action().map(|action| Value::choice(action.as_str())),
            Figure::NextContactDue => self.next_contact_due.map(Value::date),
            Figure::ContactOverdue => Some(Value::flag(self.contact_overdue)),
            Figure::KeyAccountMissing => Some(Value::flag(self.key_account_missing)),
            Figure::Phase => Some(Value::choice(self.phase.as_str())),
            Figure::RevenueLastActive => self.revenue_last_active.map(Value::money),
            Figure::Ltv => Some(Value::money(self.ltv)),
            Figure::Explanation => Value::text(&explainer.explain(self)),
        }
    }

    /// The values of the given figures, in their order.
    pub fn values(&self, figures: &[Figure], explainer: &Explainer) -> Vec<(Figure, Option<Value>)> {
        figures.iter().map(|figure| (*figure, self.value(*figure, explainer))).collect()
    }
}
