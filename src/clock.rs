//! The one place where the clock is read. Everything else is given the time.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::domain::time::Day;

/// The current instant.
#[expect(clippy::disallowed_methods, reason = "this is the module that reads the clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The calendar day of an instant in a zone.
pub fn day_in(zone: Tz, instant: DateTime<Utc>) -> Day {
    let date: NaiveDate = instant.with_timezone(&zone).date_naive();
    date.into()
}

/// An instant as the store and the logs write it.
pub fn stamp(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
