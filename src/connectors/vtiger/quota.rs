//! vTiger's quotas. The open source edition has none; vTiger Cloud tells of its own in headers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use chrono_tz::Tz;

use super::config::QuotaSettings;
use crate::http::{Answer, Budget, Class, Limiter, Pace, Period};
use crate::ports::QuotaLedger;

pub(super) const MINUTE_LIMITER: &str = "minute";
const MINUTE: Duration = Duration::from_mins(1);
/// Faster than any server: what holds until a header tells of a limit.
const UNLIMITED: u32 = 1_000_000;

/// The quotas of one installation.
#[derive(Clone)]
pub(super) struct Quotas {
    pub(super) minute: Arc<Limiter>,
    pub(super) hourly: Option<Arc<Budget>>,
    pub(super) daily: Arc<Budget>,
    /// Answers that asked to wait.
    exceeded: Arc<AtomicU64>,
    /// After a 429 that names no time.
    pause: Duration,
    zone: Tz,
}

impl Quotas {
    pub(super) fn new(
        settings: QuotaSettings,
        zone: Tz,
        account: &str,
        ledger: &Arc<dyn QuotaLedger>,
    ) -> Self {
        let pace = Pace::steady(settings.calls_per_minute.unwrap_or(UNLIMITED), MINUTE);
        let minute = Limiter::new(MINUTE_LIMITER, pace);
        let minute = match settings.calls_per_minute {
            Some(most) => minute.at_most(most),
            None => minute,
        };
        let budget = |name, limit, period: fn(DateTime<Utc>) -> Period| {
            let counter = format!("vtiger {account} {name}");
            Arc::new(Budget::new(name, counter, limit, settings.reserve_percent, ledger.clone(), period))
        };
        Self {
            minute: Arc::new(minute),
            hourly: settings.hourly.map(|limit| budget("hourly", Some(limit), hour)),
            daily: budget("daily", settings.daily, day),
            exceeded: Arc::default(),
            pause: settings.pause,
            zone,
        }
    }

    /// The rate that lasts; none where no limit is known.
    pub(super) fn calls_per_second(&self) -> Option<f64> {
        let rate = self.minute.calls_per_second();
        (rate < Pace::steady(UNLIMITED, MINUTE).calls_per_second() * 0.9).then_some(rate)
    }

    /// Learns from the headers of an answer, where there are any.
    pub(super) fn observe(&self, answer: &Answer, now: DateTime<Utc>) {
        let number = |name: &str| answer.header_number(name);
        let (limit, left) = (number("x-floodcontrol-minutelimit"), number("x-floodcontrol-remaining"));
        if limit.is_some() || left.is_some() {
            self.minute.observe(limit, left, None);
        }
        if left == Some(0)
            && let Some(wait) = until_reset(answer, "x-floodcontrol-reset", now)
        {
            self.minute.pause(wait.min(MINUTE));
        }
        let (limit, left) = (number("x-ratelimit-dailylimit"), number("x-ratelimit-remaining"));
        if limit.is_some() || left.is_some() {
            self.daily.observe(limit, left, now);
        }
    }

    /// How many answers asked to wait so far.
    pub(super) fn times_exceeded(&self) -> u64 {
        self.exceeded.load(Ordering::Relaxed)
    }

    /// What an answer of 429 means.
    pub(super) fn exceeded(&self, answer: &Answer, now: DateTime<Utc>) -> Class {
        self.exceeded.fetch_add(1, Ordering::Relaxed);
        if answer.header_number("x-ratelimit-remaining") == Some(0) {
            let reset = instant(answer, "x-ratelimit-reset");
            let until = reset.map_or_else(
                || self.daily.ends(now),
                |reset| reset.with_timezone(&self.zone).format("%Y-%m-%d %H:%M %Z").to_string(),
            );
            return Class::QuotaSpent { quota: "daily".to_owned(), until };
        }
        let after = answer
            .retry_after(now)
            .or_else(|| until_reset(answer, "x-floodcontrol-reset", now))
            .unwrap_or(self.pause);
        Class::Throttled { after, limiter: Some(MINUTE_LIMITER) }
    }
}

/// The time until the instant that a header names, by the server's own clock.
fn until_reset(answer: &Answer, header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let now = answer.server_time().unwrap_or(now);
    Some((instant(answer, header)? - now).to_std().unwrap_or(Duration::ZERO))
}

fn instant(answer: &Answer, header: &str) -> Option<DateTime<Utc>> {
    let seconds = answer.header_number(header)?;
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)
}

fn day(now: DateTime<Utc>) -> Period {
    let until = now.duration_trunc(TimeDelta::days(1)).unwrap_or(now) + TimeDelta::days(1);
    Period { key: now.date_naive().to_string(), ends: "midnight UTC".to_owned(), until }
}

fn hour(now: DateTime<Utc>) -> Period {
    let begin = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
    let end = begin + TimeDelta::hours(1);
    Period {
        key: begin.format("%Y-%m-%dT%H").to_string(),
        ends: end.format("%H:%M UTC").to_string(),
        until: end,
    }
}
