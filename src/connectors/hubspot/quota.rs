//! HubSpot's quotas: 10 seconds per app, searches per account, associations, and the account's day.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::config::QuotaSettings;
use crate::clock::beginning_of;
use crate::http::{Answer, Budget, Call, Lane, Limiter, Pace, Period};
use crate::ports::QuotaLedger;

/// The lane of searches.
pub(super) const SEARCH: Lane = Lane("search");
/// The lane of association batches.
pub(super) const ASSOCIATIONS: Lane = Lane("associations");

pub(super) const BURST_LIMITER: &str = "burst";
pub(super) const SEARCH_LIMITER: &str = "search";
pub(super) const ASSOCIATIONS_LIMITER: &str = "associations";

const TEN_SECONDS: Duration = Duration::from_secs(10);
/// The limit of the smallest account: what a first call may rely on.
const SMALLEST_BURST: u32 = 100;

/// The quotas of one account.
#[derive(Clone)]
pub(super) struct Quotas {
    pub(super) burst: Arc<Limiter>,
    pub(super) search: Arc<Limiter>,
    pub(super) associations: Arc<Limiter>,
    pub(super) daily: Arc<Budget>,
    /// The account's zone, once it is known: its day ends at this zone's midnight.
    zone: Arc<Mutex<Tz>>,
}

impl Quotas {
    pub(super) fn new(settings: &QuotaSettings, zone: Tz, host: &str, ledger: Arc<dyn QuotaLedger>) -> Self {
        let burst =
            Limiter::new(BURST_LIMITER, Pace::steady(settings.burst.unwrap_or(SMALLEST_BURST), TEN_SECONDS));
        let burst = match settings.burst {
            Some(most) => burst.at_most(most),
            None => burst,
        };
        let search = Pace::steady(settings.searches_per_second, Duration::from_secs(1));
        let associations = Pace::steady(settings.associations, TEN_SECONDS);
        let zone = Arc::new(Mutex::new(zone));
        let zone_of_day = zone.clone();
        let daily = Budget::new(
            "daily",
            format!("hubspot {host} daily"),
            settings.daily,
            settings.daily_reserve_percent,
            ledger,
            move |now| day(now, *zone_of_day.lock().unwrap_or_else(PoisonError::into_inner)),
        );
        Self {
            burst: Arc::new(burst),
            search: Arc::new(Limiter::new(SEARCH_LIMITER, search)),
            associations: Arc::new(Limiter::new(ASSOCIATIONS_LIMITER, associations)),
            daily: Arc::new(daily),
            zone,
        }
    }

    /// Learns the account's own zone.
    pub(super) fn set_zone(&self, zone: Tz) {
        *self.zone.lock().unwrap_or_else(PoisonError::into_inner) = zone;
    }

    /// Learns from the headers of an answer. Those of the 10 seconds are not about searches and associations.
    pub(super) fn observe(&self, call: &Call, answer: &Answer, now: DateTime<Utc>) {
        let number = |name: &str| answer.header_number(name);
        if call.lane == Lane::GENERAL {
            let limit = number("x-hubspot-ratelimit-max");
            let left = number("x-hubspot-ratelimit-remaining");
            let window = number("x-hubspot-ratelimit-interval-milliseconds").map(Duration::from_millis);
            if limit.is_some() || left.is_some() {
                self.burst.observe(limit, left, window);
            }
        }
        let (limit, left) =
            (number("x-hubspot-ratelimit-daily"), number("x-hubspot-ratelimit-daily-remaining"));
        if limit.is_some() || left.is_some() {
            self.daily.observe(limit, left, now);
        }
    }
}

fn day(now: DateTime<Utc>, zone: Tz) -> Period {
    let today = now.with_timezone(&zone).date_naive();
    let until = beginning_of(today.succ_opt().unwrap_or(today), zone);
    Period { key: today.to_string(), ends: format!("midnight in {zone}"), until }
}
