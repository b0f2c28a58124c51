//! From where on changes are read.

use std::time::Duration;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta};

use crate::domain::time::Day;

/// A value of the column of changes: it orders as the database orders it.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) enum Since {
    /// A number that grows with every change.
    Number(i128),
    /// A moment, as some clock shows it.
    Moment(NaiveDateTime),
    /// A moment with its zone.
    Instant(DateTime<FixedOffset>),
}

/// How far beyond the as-of day a change may be dated: clocks and zones differ.
const AHEAD: u64 = 2;

impl Since {
    /// Before every moment that a ledger knows.
    pub(super) const START: &'static str = "1970-01-01 00:00:00";
    /// Before every number.
    pub(super) const START_NUMBER: &'static str = "0";

    /// A value as the database writes it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Some(Self::Number(number));
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Some(Self::Moment(day.and_hms_opt(0, 0, 0)?));
        }
        if let Ok(moment) = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z") {
            return Some(Self::Instant(moment));
        }
        ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .map(Self::Moment)
    }

    /// Whether a change can have been made by a day. One that is dated later is a mistake; were it taken for the latest
    /// change known, nothing would be read until its time has come.
    pub(super) fn is_by(&self, as_of: Day) -> bool {
        let day = match self {
            Self::Number(_) => return true,
            Self::Moment(moment) => moment.date(),
            Self::Instant(moment) => moment.date_naive(),
        };
        Day::from(day) <= as_of.plus_days(AHEAD)
    }

    /// The value, so much earlier; a number as it is.
    pub(super) fn before(&self, overlap: Duration) -> String {
        let overlap = TimeDelta::from_std(overlap).unwrap_or_default();
        match self {
            Self::Number(number) => number.to_string(),
            Self::Moment(moment) => {
                let moment = moment.checked_sub_signed(overlap).unwrap_or(*moment);
                moment.format("%Y-%m-%d %H:%M:%S%.6f").to_string()
            }
            Self::Instant(moment) => {
                let moment = moment.checked_sub_signed(overlap).unwrap_or(*moment);
                moment.format("%Y-%m-%d %H:%M:%S%.6f%:z").to_string()
            }
        }
    }

    /// The value as a text that [`Since::read`] reads.
    pub(super) fn text(&self) -> String {
        self.before(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since(text: &str) -> Since {
        Since::read(text).unwrap()
    }

    #[test]
    fn values_come_back_as_they_are_written() {
        for (text, written) in [
            ("17", "17"),
            ("2026-10-25", "2026-10-25 00:00:00.000000"),
            ("2026-10-25 02:30:00.125", "2026-10-25 02:30:00.125000"),
            ("2026-10-25T02:30:00", "2026-10-25 02:30:00.000000"),
            ("2026-10-25 02:30:00+02", "2026-10-25 02:30:00.000000+02:00"),
            ("2026-10-25 02:30:00.5-05:30", "2026-10-25 02:30:00.500000-05:30"),
        ] {
            assert_eq!(since(text).text(), written);
            assert_eq!(since(written), since(text));
        }
        assert_eq!(Since::read("yesterday"), None);
    }

    #[test]
    fn the_hour_that_comes_twice_is_told_apart_by_its_zone() {
        assert!(since("2026-10-25 02:10:00+01") > since("2026-10-25 02:50:00+02"));
        let hour = Duration::from_hours(1);
        assert_eq!(since("2026-10-25 02:10:00+01").before(hour), "2026-10-25 01:10:00.000000+01:00");
        assert_eq!(since("17").before(hour), "17");
    }

    #[test]
    fn a_change_of_the_future_is_none_to_go_on_from() {
        let as_of = "2026-03-31".parse().unwrap();
        assert!(since("2026-04-02 23:59:59").is_by(as_of));
        assert!(!since("2026-04-03 00:00:00").is_by(as_of));
        assert!(!since("2099-01-01 00:00:00+00").is_by(as_of));
        assert!(since("99999999999").is_by(as_of));
    }
}
