//! What a company's entries come to, year by year back from the as-of day: the one walk that all figures rest on.

use super::super::document::Entry;
use super::super::money::Money;
use super::super::time::{Day, Window};
use super::horizon::Horizon;

/// The sums of one stretch of days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Period {
    /// Invoices minus credit notes, in cents.
    pub(super) net: i128,
    /// Calendar days with a purchase.
    pub(super) purchase_days: u32,
    /// The first of them.
    pub(super) first: Option<Day>,
    /// The last of them.
    pub(super) last: Option<Day>,
}

impl Period {
    fn of(entries: &[Entry]) -> Self {
        let mut period = Self::default();
        for entry in entries {
            period.net += i128::from(entry.signed.get());
            if entry.is_purchase() && period.last != Some(entry.day) {
                period.purchase_days += 1;
                period.first = period.first.or(Some(entry.day));
                period.last = Some(entry.day);
            }
        }
        period
    }

    pub(super) const fn has_purchase(&self) -> bool {
        self.last.is_some()
    }

    pub(super) fn revenue(&self) -> Money {
        Money::from_cents(self.net)
    }

    /// This stretch and the one right after it as one.
    fn then(self, later: Self) -> Self {
        Self {
            net: self.net + later.net,
            purchase_days: self.purchase_days + later.purchase_days,
            first: self.first.or(later.first),
            last: later.last.or(self.last),
        }
    }
}

/// A company's entries by the years back from the as-of day.
#[derive(Clone, Copy, Debug)]
pub(super) struct History<'a> {
    entries: &'a [Entry],
    /// `(as-of − 12, as-of]` months.
    pub(super) last_year: Period,
    /// `(as-of − 24, as-of − 12]` months.
    pub(super) second_year: Period,
    /// `(as-of − 36, as-of − 24]` months.
    pub(super) third_year: Period,
    /// `(as-of − 48, as-of − 36]` months.
    pub(super) fourth_year: Period,
    /// Everything before.
    before: Period,
}

impl<'a> History<'a> {
    /// Entries sorted by day, none after the as-of day.
    pub(super) fn of(entries: &'a [Entry], horizon: &Horizon) -> Self {
        debug_assert!(entries.is_sorted_by_key(|entry| entry.day), "entries are sorted by day");
        debug_assert!(entries.last().is_none_or(|entry| entry.day <= horizon.as_of()), "none is after as-of");
        let mut rest = entries;
        let mut later_than = |edge: Day| {
            let (earlier, later) = rest.split_at(rest.partition_point(|entry| entry.day <= edge));
            rest = earlier;
            Period::of(later)
        };
        let [last_year, second_year, third_year, fourth_year] = horizon.years_back().map(&mut later_than);
        Self { entries, last_year, second_year, third_year, fourth_year, before: Period::of(rest) }
    }

    /// The window of 36 months.
    pub(super) fn three_years(&self) -> Period {
        self.third_year.then(self.second_year).then(self.last_year)
    }

    /// All of it.
    pub(super) fn ever(&self) -> Period {
        self.before.then(self.fourth_year).then(self.three_years())
    }

    /// Invoices minus credit notes in a window, in cents.
    pub(super) fn net_in(&self, window: Window) -> i128 {
        let from = self.entries.partition_point(|entry| entry.day <= window.after);
        let until = self.entries.partition_point(|entry| entry.day <= window.through);
        self.entries[from..until.max(from)].iter().map(|entry| i128::from(entry.signed.get())).sum()
    }
}
