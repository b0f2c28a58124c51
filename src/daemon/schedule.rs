//! When the next run is due, and of what kind it is. Pure: the clock is a parameter.

use std::time::Duration;

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use crate::clock::beginning_of;
use crate::settings::schedule::{Pattern, Schedule};

/// Why a run is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Time has passed: what has changed is read.
    Changes,
    /// A day has begun: flags change with the calendar even when no record does.
    Day,
    /// Everything is read, to find what no change tells of.
    Whole,
}

impl Kind {
    /// Its name in the log and the metrics.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Day => "day",
            Self::Whole => "whole",
        }
    }
}

/// The next run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Appointment {
    /// When it was, or will be, due.
    pub(crate) due: DateTime<Utc>,
    /// What it is.
    pub(crate) kind: Kind,
}

/// What has been done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Past {
    /// When the last run began.
    pub(crate) began: Option<DateTime<Utc>>,
    /// When the last run began that read everything and came to its end.
    pub(crate) whole: Option<DateTime<Utc>>,
    /// Whether the last run failed: the next one keeps the distance of an ordinary one.
    pub(crate) failed: bool,
}

/// The appointments of a service.
#[derive(Clone, Debug)]
pub(crate) struct Timetable {
    interval: TimeDelta,
    reconcile: Pattern,
    reconcile_zone: Tz,
    zone: Tz,
}

impl Timetable {
    /// The timetable of a configuration; days begin in the business zone.
    pub(crate) fn of(schedule: &Schedule, zone: Tz) -> Self {
        let interval = Duration::from_mins(schedule.interval_minutes.into());
        Self {
            interval: TimeDelta::from_std(interval).unwrap_or(TimeDelta::MAX),
            reconcile: schedule.reconcile.clone(),
            reconcile_zone: schedule.zone.map_or(zone, |zone| zone.0),
            zone,
        }
    }

    /// All appointments, each with the moment that it is due at, the earliest first; what is missed is due at once, and
    /// however often it was missed, once.
    pub(crate) fn appointments(&self, past: &Past, now: DateTime<Utc>) -> Vec<Appointment> {
        // What lies ahead was noted by a clock that was wrong: nothing waits until it comes true.
        let past = &Past {
            began: past.began.map(|began| began.min(now)),
            whole: past.whole.filter(|whole| *whole <= now),
            ..*past
        };
        let Some(began) = past.began else {
            let kind = if past.whole.is_none() { Kind::Whole } else { Kind::Changes };
            return Self::sorted(vec![Some(Appointment { due: now, kind }), self.whole(past, now)], None);
        };
        let changes = Appointment { due: began + self.interval, kind: Kind::Changes };
        let day = self.midnight_after(began).map(|due| Appointment { due, kind: Kind::Day });
        let not_before = past.failed.then_some(began + self.interval);
        Self::sorted(vec![Some(changes), day, self.whole(past, now)], not_before)
    }

    /// The next run.
    pub(crate) fn next(&self, past: &Past, now: DateTime<Utc>) -> Appointment {
        let all = self.appointments(past, now);
        let Some(first) = all.first().copied() else { return Appointment { due: now, kind: Kind::Changes } };
        // What is due by then too is done by the run that reads more.
        let due = first.due.max(now);
        let kind = all.iter().filter(|other| other.due <= due).map(|other| other.kind).max();
        Appointment { due: first.due, kind: kind.unwrap_or(first.kind) }
    }

    fn whole(&self, past: &Past, now: DateTime<Utc>) -> Option<Appointment> {
        let due = match past.whole {
            None => now,
            Some(last) => self.reconcile.next_after(last, self.reconcile_zone)?,
        };
        Some(Appointment { due, kind: Kind::Whole })
    }

    /// The beginning of the next day in the business zone.
    fn midnight_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let tomorrow = moment.with_timezone(&self.zone).date_naive().checked_add_days(Days::new(1))?;
        Some(beginning_of(tomorrow, self.zone))
    }

    fn sorted(appointments: Vec<Option<Appointment>>, not_before: Option<DateTime<Utc>>) -> Vec<Appointment> {
        let mut all: Vec<_> = appointments.into_iter().flatten().collect();
        for appointment in &mut all {
            appointment.due = not_before.map_or(appointment.due, |earliest| appointment.due.max(earliest));
        }
        all.sort_by_key(|appointment| (appointment.due, std::cmp::Reverse(appointment.kind)));
        all
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Rome;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
    }

    fn table() -> Timetable {
        Timetable::of(&Schedule::default(), Rome)
    }

    fn next(began: Option<&str>, whole: Option<&str>, failed: bool, now: &str) -> (String, Kind) {
        let past = Past { began: began.map(at), whole: whole.map(at), failed };
        let next = table().next(&past, at(now));
        (next.due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true), next.kind)
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn the_next_run_by_the_clock() {
        let cases = [
            (
                "nothing was ever read",
                None,
                None,
                false,
                "2026-11-22T10:00:00Z",
                "2026-11-22T10:00:00Z",
                Kind::Whole,
            ),
            (
                "a start",
                None,
                Some("2026-11-22T02:00:00Z"),
                false,
                "2026-11-22T10:00:00Z",
                "2026-11-22T10:00:00Z",
                Kind::Changes,
            ),
            (
                "a start after a missed reconciliation, and another",
                None,
                Some("2026-11-19T02:00:00Z"),
                false,
                "2026-11-22T10:00:00Z",
                "2026-11-20T02:00:00Z",
                Kind::Whole,
            ),
            (
                "every few minutes",
                Some("2026-11-22T10:00:00Z"),
                Some("2026-11-22T02:00:00Z"),
                false,
                "2026-11-22T10:01:00Z",
                "2026-11-22T10:15:00Z",
                Kind::Changes,
            ),
            (
                "the day turns in Rome",
                Some("2026-11-22T22:50:00Z"),
                Some("2026-11-22T02:00:00Z"),
                false,
                "2026-11-22T22:51:00Z",
                "2026-11-22T23:00:00Z",
                Kind::Day,
            ),
            (
                "at three in Rome, in winter",
                Some("2026-11-23T01:50:00Z"),
                Some("2026-11-22T02:00:00Z"),
                false,
                "2026-11-23T01:51:00Z",
                "2026-11-23T02:00:00Z",
                Kind::Whole,
            ),
            (
                "at three in Rome, in summer",
                Some("2026-07-23T00:50:00Z"),
                Some("2026-07-22T01:00:00Z"),
                false,
                "2026-07-23T00:51:00Z",
                "2026-07-23T01:00:00Z",
                Kind::Whole,
            ),
            (
                "a long run was over the reconciliation and more: once, and the larger",
                Some("2026-11-23T01:30:00Z"),
                Some("2026-11-22T02:00:00Z"),
                false,
                "2026-11-23T06:00:00Z",
                "2026-11-23T01:45:00Z",
                Kind::Whole,
            ),
            (
                "a failed one is not repeated at once",
                Some("2026-11-23T02:00:00Z"),
                Some("2026-11-22T02:00:00Z"),
                true,
                "2026-11-23T02:01:00Z",
                "2026-11-23T02:15:00Z",
                Kind::Whole,
            ),
            (
                "a clock that was a year ahead when everything was read, and is right again",
                None,
                Some("2027-11-22T02:00:00Z"),
                false,
                "2026-11-22T10:00:00Z",
                "2026-11-22T10:00:00Z",
                Kind::Whole,
            ),
            (
                "a clock that was put back since the last run",
                Some("2026-11-23T10:00:00Z"),
                Some("2026-11-22T02:00:00Z"),
                false,
                "2026-11-22T10:00:00Z",
                "2026-11-22T10:15:00Z",
                Kind::Changes,
            ),
        ];
        for (name, began, whole, failed, now, due, kind) in cases {
            assert_eq!(next(began, whole, failed, now), (due.to_owned(), kind), "{name}");
        }
    }

    #[test]
    fn clocks_that_are_put_forward_and_back_neither_skip_nor_repeat_the_night() {
        // 29 March 2026: two o'clock becomes three. 25 October 2026: three becomes two.
        assert_eq!(
            next(Some("2026-03-29T00:50:00Z"), Some("2026-03-28T02:00:00Z"), false, "2026-03-29T00:51:00Z").0,
            "2026-03-29T01:00:00Z"
        );
        let after_october =
            next(Some("2026-10-25T02:10:00Z"), Some("2026-10-25T02:00:00Z"), false, "2026-10-25T02:11:00Z");
        assert_eq!(after_october, ("2026-10-25T02:25:00Z".to_owned(), Kind::Changes));
    }

    #[test]
    fn a_zone_whose_clocks_skip_midnight_has_every_day() {
        let schedule = Schedule { interval_minutes: 1440, ..Schedule::default() };
        let table = Timetable::of(&schedule, chrono_tz::America::Santiago);
        let past = Past {
            began: Some(at("2026-09-05T20:00:00Z")),
            whole: Some(at("2026-09-05T20:00:00Z")),
            failed: false,
        };
        // 6 September 2026 begins at one o'clock there.
        assert_eq!(table.next(&past, at("2026-09-05T20:01:00Z")).due, at("2026-09-06T04:00:00Z"));
    }
}
