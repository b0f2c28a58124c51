//! The one place where the clock is read, and where work waits. Everything else is given the time.
//!
//! With the feature `simulated-time`, which release packages lack, a clock from outside takes the place of the machine's
//! (`simulate`): whoever waits inside a piece of work moves it on, whoever waits for an appointment waits for it.

#[cfg(feature = "simulated-time")]
mod simulated;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use tokio::time::Instant;

use crate::domain::time::Day;
use crate::events::beat;

#[cfg(feature = "simulated-time")]
pub use simulated::simulate;

/// The wall clock is looked at this often while something waits for a moment: it may be set, and the machine may sleep.
const LOOK: Duration = Duration::from_secs(20);

/// The current instant.
#[expect(clippy::disallowed_methods, reason = "this is the module that reads the clock")]
pub fn now() -> DateTime<Utc> {
    #[cfg(feature = "simulated-time")]
    if let Some(clock) = simulated::clock() {
        return clock.now();
    }
    Utc::now()
}

/// A moment for measuring how much time has passed, on tokio's clock, so that tests can pause it.
pub fn instant() -> Instant {
    #[cfg(feature = "simulated-time")]
    if let Some(clock) = simulated::clock() {
        return clock.instant();
    }
    Instant::now()
}

/// Waits inside a piece of work: between two attempts, for a quota.
pub async fn sleep(time: Duration) {
    #[cfg(feature = "simulated-time")]
    if let Some(clock) = simulated::clock() {
        return clock.pass(time).await;
    }
    let until = Instant::now() + time;
    while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        beat();
        tokio::time::sleep(left.min(LOOK)).await;
    }
}

/// Waits for something that is bound to end, such as a call with a time-out, and shows signs of life meanwhile.
pub async fn attended<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = tokio::time::sleep(LOOK) => beat(),
        }
    }
}

/// Waits for a moment of the wall clock, however often that is set meanwhile.
pub async fn wait_until(moment: DateTime<Utc>) {
    while let Ok(left) = moment.signed_duration_since(now()).to_std() {
        if left.is_zero() {
            return;
        }
        beat();
        #[cfg(feature = "simulated-time")]
        if simulated::clock().is_some() {
            simulated::glance().await;
            continue;
        }
        tokio::time::sleep(left.min(LOOK)).await;
    }
}

/// The calendar day of an instant in a zone.
pub fn day_in(zone: Tz, instant: DateTime<Utc>) -> Day {
    let date: NaiveDate = instant.with_timezone(&zone).date_naive();
    date.into()
}

/// The first instant of a day in a zone: midnight, or later where clocks are put forward over it.
pub fn beginning_of(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    // No zone skips more than a few hours.
    let begins =
        (0..=6).find_map(|hours| zone.from_local_datetime(&(midnight + TimeDelta::hours(hours))).earliest());
    begins.map_or(midnight.and_utc(), |begins| begins.with_timezone(&Utc))
}

/// An instant as the store and the logs write it.
pub fn stamp(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
