//! The mock's own clock: it may run with the machine's, start elsewhere, stand still and be pushed forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};

/// A clock shared by a mock and the test that drives it. Clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    base_ms: i64,
    running_since: Option<Instant>,
    shift_ms: AtomicI64,
}

impl Clock {
    /// The machine's clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of the mocks that reads the machine's clock"
    )]
    pub fn system() -> Self {
        Self::starting_at(Utc::now())
    }

    /// A clock that shows `start` now and runs from there.
    pub fn starting_at(start: DateTime<Utc>) -> Self {
        Self::new(start, Some(Instant::now()))
    }

    /// A clock that stands at `instant` until it is advanced.
    pub fn frozen_at(instant: DateTime<Utc>) -> Self {
        Self::new(instant, None)
    }

    fn new(at: DateTime<Utc>, running_since: Option<Instant>) -> Self {
        let base_ms = at.timestamp_millis();
        Self(Arc::new(Inner { base_ms, running_since, shift_ms: AtomicI64::new(0) }))
    }

    /// Pushes the clock forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.shift_ms.fetch_add(by, Ordering::SeqCst);
    }

    /// Milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        let ran = self.0.running_since.map_or(0, |since| since.elapsed().as_millis());
        self.0.base_ms + i64::try_from(ran).unwrap_or(i64::MAX) + self.0.shift_ms.load(Ordering::SeqCst)
    }

    /// The instant it shows.
    pub fn now(&self) -> DateTime<Utc> {
        instant(self.now_ms())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// The instant of so many milliseconds since the epoch.
pub(crate) fn instant(ms: i64) -> DateTime<Utc> {
    Utc.timestamp_millis_opt(ms).single().unwrap_or_default()
}

/// `Sun, 22 Nov 2026 10:00:00 GMT`, as a `Date` header has it.
pub(crate) fn http_date(ms: i64) -> String {
    instant(ms).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// `2026-11-22T10:00:00.000Z`
pub(crate) fn iso(ms: i64) -> String {
    instant(ms).to_rfc3339_opts(SecondsFormat::Millis, true)
}
