//! The three quotas of a company: any five minutes (429), the hour and the month (403 with `Retry-After`).

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;

use super::config::QuotaSettings;
use crate::clock::beginning_of;
use crate::http::{Answer, Budget, Limiter, Pace, Period};
use crate::ports::QuotaLedger;

pub(super) const FIVE_MINUTES_LIMITER: &str = "five minutes";

const FIVE_MINUTES: Duration = Duration::from_mins(5);
/// Of the five minutes' calls, those that may go at once: a small company is read in one go, and what is left over time
/// is still more than the hour grants.
const AT_ONCE_PERCENT: u32 = 66;

/// The quotas of one company.
#[derive(Clone)]
pub(super) struct Quotas {
    pub(super) five_minutes: Arc<Limiter>,
    pub(super) hourly: Arc<Budget>,
    pub(super) monthly: Arc<Budget>,
}

impl Quotas {
    pub(super) fn new(
        settings: QuotaSettings,
        zone: Tz,
        company: &str,
        ledger: &Arc<dyn QuotaLedger>,
    ) -> Self {
        let pace = Pace::bursting(settings.five_minutes, FIVE_MINUTES, AT_ONCE_PERCENT);
        let counter = |period: &str| format!("fattureincloud {company} {period}");
        let reserve = settings.reserve_percent;
        Self {
            five_minutes: Arc::new(Limiter::new(FIVE_MINUTES_LIMITER, pace)),
            hourly: Arc::new(Budget::new(
                "hourly",
                counter("hourly"),
                Some(settings.hourly),
                reserve,
                ledger.clone(),
                move |now| hour(now, zone),
            )),
            monthly: Arc::new(Budget::new(
                "monthly",
                counter("monthly"),
                Some(settings.monthly),
                reserve,
                ledger.clone(),
                move |now| month(now, zone),
            )),
        }
    }

    /// Learns from the headers of an answer.
    pub(super) fn observe(&self, answer: &Answer, now: DateTime<Utc>) {
        for (budget, period) in [(&self.hourly, "hourly"), (&self.monthly, "monthly")] {
            let limit = answer.header_number(&format!("ratelimit-{period}limit"));
            let left = answer.header_number(&format!("ratelimit-{period}remaining"));
            if limit.is_some() || left.is_some() {
                budget.observe(limit, left, now);
            }
        }
    }
}

fn hour(now: DateTime<Utc>, zone: Tz) -> Period {
    let local = now.with_timezone(&zone);
    let key = local.format("%Y-%m-%dT%H%z").to_string();
    let gone = i64::from(local.minute()) * 60 + i64::from(local.second());
    let until = now + TimeDelta::seconds(3600 - gone);
    Period { key, ends: format!("{:02}:00 in {zone}", (local.hour() + 1) % 24), until }
}

fn month(now: DateTime<Utc>, zone: Tz) -> Period {
    let local = now.with_timezone(&zone);
    let (year, month) =
        if local.month() == 12 { (local.year() + 1, 1) } else { (local.year(), local.month() + 1) };
    let next = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(local.date_naive());
    let until = beginning_of(next, zone);
    Period { key: local.format("%Y-%m").to_string(), ends: format!("{year}-{month:02}-01"), until }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_those_of_the_zone() {
        let table = [
            ("2026-11-22T13:20:00Z", "2026-11-22T14+0100", "15:00 in Europe/Rome", "2026-11", "2026-12-01"),
            ("2026-12-31T22:59:59Z", "2026-12-31T23+0100", "00:00 in Europe/Rome", "2026-12", "2027-01-01"),
            ("2026-12-31T23:00:00Z", "2027-01-01T00+0100", "01:00 in Europe/Rome", "2027-01", "2027-02-01"),
            // The hour that comes twice when summer time ends is two hours.
            ("2026-10-25T00:30:00Z", "2026-10-25T02+0200", "03:00 in Europe/Rome", "2026-10", "2026-11-01"),
            ("2026-10-25T01:30:00Z", "2026-10-25T02+0100", "03:00 in Europe/Rome", "2026-10", "2026-11-01"),
        ];
        for (now, hour_key, hour_ends, month_key, month_ends) in table {
            let at = now.parse().unwrap();
            let hour = hour(at, chrono_tz::Europe::Rome);
            assert_eq!((hour.key.as_str(), hour.ends.as_str()), (hour_key, hour_ends), "{now}");
            let month = month(at, chrono_tz::Europe::Rome);
            assert_eq!((month.key.as_str(), month.ends.as_str()), (month_key, month_ends), "{now}");
        }
    }
}
