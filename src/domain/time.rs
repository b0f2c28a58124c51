//! Calendar days and windows of calendar months. No clock: the as-of day is always a parameter.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

/// One calendar day in the configured business zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(NaiveDate);

/// A text that is not a day of the form `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date of the form YYYY-MM-DD")]
pub struct InvalidDay(pub String);

impl Day {
    /// The day of a year, month and day of month; `None` where the calendar has no such day.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// The day as chrono's date.
    pub const fn date(self) -> NaiveDate {
        self.0
    }

    /// The calendar year.
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// Days since 0000-12-31; orders and stores a day in four bytes.
    pub fn number(self) -> i32 {
        self.0.num_days_from_ce()
    }

    /// The day of a [`Day::number`].
    pub fn from_number(number: i32) -> Option<Self> {
        NaiveDate::from_num_days_from_ce_opt(number).map(Self)
    }

    /// This day `n` calendar months earlier; a day that the month lacks becomes its last day.
    #[must_use]
    pub fn minus_months(self, months: u32) -> Self {
        Self(self.0.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN))
    }

    /// This day `n` calendar months later; a day that the month lacks becomes its last day.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        Self(self.0.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX))
    }

    /// This day `n` days later.
    #[must_use]
    pub fn plus_days(self, days: u64) -> Self {
        Self(self.0.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX))
    }

    /// This day `n` days earlier.
    #[must_use]
    pub fn minus_days(self, days: u64) -> Self {
        Self(self.0.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN))
    }

    /// Days from `earlier` to this day; negative when `earlier` is later.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.signed_duration_since(earlier.0).num_days()
    }

    /// Full months from this day to `end`: the largest `m` with `self + m calendar months ≤ end`, or zero.
    pub fn full_months_until(self, end: Self) -> u32 {
        let apart =
            (end.0.year() - self.0.year()) * 12 + end.0.month().cast_signed() - self.0.month().cast_signed();
        let Ok(apart) = u32::try_from(apart) else { return 0 };
        if self.plus_months(apart) <= end { apart } else { apart.saturating_sub(1) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%d").fmt(out)
    }
}

impl FromStr for Day {
    type Err = InvalidDay;

    fn from_str(text: &str) -> Result<Self, InvalidDay> {
        let invalid = || InvalidDay(text.chars().take(40).collect());
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(invalid());
        }
        let digits = |range: std::ops::Range<usize>| {
            bytes[range].iter().try_fold(0_u32, |number, byte| {
                byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
            })
        };
        let day = digits(0..4).zip(digits(5..7)).zip(digits(8..10));
        day.and_then(|((year, month), day)| Self::from_ymd(year.cast_signed(), month, day))
            .ok_or_else(invalid)
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

/// A span of days, open at its start and closed at its end: `(after, through]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The last day before the window.
    pub after: Day,
    /// The last day of the window.
    pub through: Day,
}

impl Window {
    /// The window of `months` calendar months that ends on `through`.
    pub fn months_to(through: Day, months: u32) -> Self {
        Self { after: through.minus_months(months), through }
    }

    /// The months `(as_of − from, as_of − to]`, both counted back from the as-of day.
    pub fn between_months_back(as_of: Day, from: u32, to: u32) -> Self {
        Self { after: as_of.minus_months(from), through: as_of.minus_months(to) }
    }

    /// Whether the day lies in the window.
    pub fn contains(self, day: Day) -> bool {
        self.after < day && day <= self.through
    }
}
