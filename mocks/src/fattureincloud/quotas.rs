//! The quotas: a sliding 429, and two fixed windows that answer 403.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};

use super::failure::Failure;
use crate::clock::instant;
use crate::http::Reply;
use crate::window::SlidingLimit;

const FIVE_MINUTES_MS: i64 = 300_000;
const HOUR_MS: i64 = 3_600_000;

/// Limits per company; none: unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// Requests in any sliding five minutes: 429.
    pub five_minutes: Option<u32>,
    /// Requests in an hour of the clock: 403 with `Retry-After`.
    pub hourly: Option<u64>,
    /// Requests in a calendar month: 403 with `Retry-After`.
    pub monthly: Option<u64>,
}

impl Quotas {
    /// No quotas at all.
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// The vendor's: 300 in five minutes, 1,000 an hour, 40,000 a month.
    pub fn usual() -> Self {
        Self { five_minutes: Some(300), hourly: Some(1_000), monthly: Some(40_000) }
    }
}

#[derive(Debug, Default)]
struct Usage {
    sliding: Option<SlidingLimit>,
    hour: i64,
    in_hour: u64,
    month: i64,
    in_month: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) quotas: Quotas,
    companies: BTreeMap<u64, Usage>,
}

/// Months since the year 0, and the seconds until the next one begins.
fn month(now: i64) -> (i64, i64) {
    let date = instant(now).date_naive();
    let first = NaiveDate::from_ymd_opt(date.year(), date.month(), 1).unwrap_or(date);
    let next = first.checked_add_months(Months::new(1)).and_then(|day| day.and_hms_opt(0, 0, 0));
    let ends_ms = next.map_or(now, |end| end.and_utc().timestamp_millis());
    (i64::from(date.year()) * 12 + i64::from(date.month()), (ends_ms - now) / 1000 + 1)
}

impl Meter {
    pub(crate) fn new(quotas: Quotas) -> Self {
        Self { quotas, companies: BTreeMap::new() }
    }

    /// Counts a request of a company, or refuses it.
    pub(crate) fn admit(&mut self, company: u64, now: i64) -> Result<(), Failure> {
        let quotas = self.quotas;
        let usage = self.companies.entry(company).or_default();
        let (this_month, month_ends) = month(now);
        let this_hour = now.div_euclid(HOUR_MS);
        if usage.hour != this_hour {
            (usage.hour, usage.in_hour) = (this_hour, 0);
        }
        if usage.month != this_month {
            (usage.month, usage.in_month) = (this_month, 0);
        }
        if quotas.monthly.is_some_and(|limit| usage.in_month >= limit) {
            return Err(Failure::quota(403, "Hai superato il limite mensile di richieste.", month_ends));
        }
        if quotas.hourly.is_some_and(|limit| usage.in_hour >= limit) {
            let ends = ((this_hour + 1) * HOUR_MS - now) / 1000 + 1;
            return Err(Failure::quota(403, "Hai superato il limite orario di richieste.", ends));
        }
        if let Some(limit) = quotas.five_minutes {
            let window = usage.sliding.get_or_insert_with(|| SlidingLimit::new(limit, FIVE_MINUTES_MS));
            if !window.admit(now) {
                let frees = (window.frees_in_ms(now) + 999) / 1000;
                return Err(Failure::quota(429, "Troppe richieste. Riprova più tardi.", frees));
            }
        }
        usage.in_hour += 1;
        usage.in_month += 1;
        Ok(())
    }

    /// The headers that every answer of a company carries.
    pub(crate) fn headers(&self, company: u64, reply: Reply) -> Reply {
        let Some(usage) = self.companies.get(&company) else { return reply };
        let mut reply = reply;
        if let Some(limit) = self.quotas.hourly {
            reply = reply
                .header("RateLimit-HourlyRemaining", limit.saturating_sub(usage.in_hour))
                .header("RateLimit-HourlyLimit", limit);
        }
        if let Some(limit) = self.quotas.monthly {
            reply = reply
                .header("RateLimit-MonthlyRemaining", limit.saturating_sub(usage.in_month))
                .header("RateLimit-MonthlyLimit", limit);
        }
        reply
    }
}
