//! What a customer is worth: revenue while active, and lifetime value.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::super::document::Entry;
use super::super::money::Money;
use super::super::rules::LtvRules;
use super::super::time::{Day, Window};
use super::history::History;

/// Net revenue in the window of 12 months that ends on the last purchase day.
pub(super) fn revenue_last_active(history: &History<'_>, last_purchase: Option<Day>) -> Option<Money> {
    last_purchase.map(|last| Money::from_cents(history.net_in(Window::months_to(last, 12))))
}

/// One year's part of the lifetime value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LtvYear {
    /// The calendar year of the documents.
    pub year: i32,
    /// Their net amount.
    pub net: Money,
    /// The index of that year, and of the as-of year; none without a table.
    pub index: Option<(Decimal, Decimal)>,
}

impl LtvYear {
    /// The net amount in prices of the as-of year.
    pub fn revalued(&self) -> Decimal {
        let net = self.net.amount();
        // Settings refuse a table with which this fails; should one get here, it must not stop a run.
        self.index.and_then(|(then, now)| net.checked_mul(now)?.checked_div(then)).unwrap_or(net)
    }
}

/// Historical sales revalued by inflation, times the margin.
pub(super) fn ltv(rules: &LtvRules, as_of: Day, entries: &[Entry], net_ever: i128) -> Money {
    let revalued = if rules.price_index.is_empty() {
        Money::from_cents(net_ever).amount()
    } else {
        ltv_years(rules, as_of, entries).map(|year| year.revalued()).sum()
    };
    Money::rounded(revalued.checked_mul(rules.gross_margin).unwrap_or(revalued))
}

/// The parts of the lifetime value, one per calendar year with documents.
pub(super) fn ltv_years<'a>(
    rules: &'a LtvRules,
    as_of: Day,
    entries: &'a [Entry],
) -> impl Iterator<Item = LtvYear> + 'a {
    let now = nearest(&rules.price_index, as_of.year());
    entries.chunk_by(|one, next| one.day.year() == next.day.year()).filter_map(move |entries| {
        let year = entries.first()?.day.year();
        let net = Money::from_cents(entries.iter().map(|entry| i128::from(entry.signed.get())).sum());
        Some(LtvYear { year, net, index: nearest(&rules.price_index, year).zip(now) })
    })
}

/// The index of a year, or of the nearest year of the table; of two equally near ones the earlier.
fn nearest(index: &BTreeMap<i32, Decimal>, year: i32) -> Option<Decimal> {
    let earlier = index.range(..=year).next_back();
    let later = index.range(year..).next();
    match (earlier, later) {
        (Some((before, value)), Some((after, _))) if year - before <= after - year => Some(*value),
        (_, Some((_, value))) | (Some((_, value)), None) => Some(*value),
        (None, None) => None,
    }
}
