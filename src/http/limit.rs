//! Quotas that hold in every sliding window.
//!
//! Governor's leaky bucket with burst `B` and rate `R` lets at most `B + R·T` calls through in a window `T`, so both are
//! chosen for `B + R·T ≤ limit`. Its clock is tokio's, so that paused time works in tests.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

use crate::clock;
use crate::events::{Event, emit};

/// What the way to the server may stretch or squeeze a window by.
const NETWORK_JITTER: Duration = Duration::from_millis(100);
/// Calls that may go at once under a steady pace: so much lateness of timers is caught up.
const STEADY_BURST: u32 = 3;
/// Windows that a server may tell of; anything else is a slip of its.
const PLAUSIBLE_WINDOWS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_mins(10);
/// The pace is not adjusted more often than this.
const BETWEEN_ADJUSTMENTS: Duration = Duration::from_secs(1);

/// How many calls in which time, and how many of them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    limit: u32,
    window: Duration,
    burst: u32,
}

impl Pace {
    /// Evenly: in the long run nearly all of the limit.
    pub fn steady(limit: u32, window: Duration) -> Self {
        Self { limit: limit.max(1), window, burst: STEADY_BURST.min(limit / 10).max(1) }
    }

    /// A percentage of the limit at once, the rest evenly: quick when little is to be done, slower in the long run.
    pub fn bursting(limit: u32, window: Duration, percent: u32) -> Self {
        let burst = u64::from(limit) * u64::from(percent.min(100)) / 100;
        Self { limit: limit.max(1), window, burst: u32::try_from(burst).unwrap_or(limit).max(1) }
    }

    /// The rate that lasts, in calls per second.
    pub fn calls_per_second(self) -> f64 {
        1.0 / self.period().as_secs_f64()
    }

    /// The same shape for another limit and window.
    fn scaled(self, limit: u32, window: Duration) -> Self {
        let limit = limit.max(1);
        if self.burst <= STEADY_BURST {
            return Self::steady(limit, window);
        }
        let percent = u64::from(self.burst) * 100 / u64::from(self.limit);
        Self::bursting(limit, window, u32::try_from(percent).unwrap_or(100))
    }

    /// Time for one more call. Within any window, stretched by the jitter, `burst + ⌊window/period⌋` calls go through:
    /// one short of `limit − burst + 1` periods fit into it.
    fn period(self) -> Duration {
        let steady = self.limit - self.burst.min(self.limit) + 1;
        (self.window + NETWORK_JITTER) / steady + Duration::from_micros(1)
    }

    fn quota(self) -> Quota {
        let burst = NonZeroU32::new(self.burst).unwrap_or(NonZeroU32::MIN);
        // A period is never zero, so there is always such a quota.
        Quota::with_period(self.period()).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst)
    }
}

#[derive(Clone, Copy, Debug)]
struct TokioClock {
    origin: Instant,
}

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        clock::instant().duration_since(self.origin).into()
    }
}

type Bucket = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>;

/// One quota that calls wait at, in the order of their coming.
pub struct Limiter {
    name: &'static str,
    /// Never faster than this, whatever the server says.
    ceiling: Option<u32>,
    queue: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    /// What the server grants.
    granted: Pace,
    /// What is used of it: less while somebody else uses it too.
    used: Pace,
    bucket: Bucket,
    not_before: Option<Instant>,
    closed_until: Option<Instant>,
    sent: VecDeque<Instant>,
    adjusted: Instant,
}

enum Turn {
    Go,
    Wait(Duration),
}

impl Limiter {
    /// A quota that starts with a pace and learns from [`Limiter::observe`].
    pub fn new(name: &'static str, pace: Pace) -> Self {
        let now = clock::instant();
        let bucket = bucket(pace, now);
        let state = State {
            granted: pace,
            used: pace,
            bucket,
            not_before: None,
            closed_until: None,
            sent: VecDeque::new(),
            adjusted: now,
        };
        Self { name, ceiling: None, queue: tokio::sync::Mutex::default(), state: Mutex::new(state) }
    }

    /// Never more than `limit` calls in a window, whatever the server grants.
    #[must_use]
    pub fn at_most(mut self, limit: u32) -> Self {
        self.ceiling = Some(limit.max(1));
        self
    }

    /// Its name, for [`Class::Throttled`](super::Class::Throttled).
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The steady rate at present, in calls per second.
    pub fn calls_per_second(&self) -> f64 {
        self.locked().granted.calls_per_second()
    }

    /// Waits until one more call may go. Cancelled, it takes nothing.
    pub async fn acquire(&self) {
        let _place_in_the_queue = self.queue.lock().await;
        while let Turn::Wait(time) = self.turn() {
            clock::sleep(time).await;
        }
    }

    /// Lets no call through for this time.
    pub fn pause(&self, time: Duration) {
        let until = clock::instant() + time;
        let mut state = self.locked();
        state.not_before = Some(state.not_before.map_or(until, |earlier| earlier.max(until)));
    }

    /// Turns every call away for this time: longer than anybody waits.
    pub fn close(&self, time: Duration) {
        self.locked().closed_until = Some(clock::instant() + time);
    }

    /// For how long every call is turned away; none: it is not.
    pub fn closed(&self) -> Option<Duration> {
        let until = self.locked().closed_until?;
        until.checked_duration_since(clock::instant()).filter(|left| !left.is_zero())
    }

    /// Learns what the server says of the quota: another limit than expected replaces the pace, and where much less is
    /// left than our own calls explain, somebody else uses the quota too and is left their part.
    pub fn observe(&self, limit: Option<u64>, left: Option<u64>, window: Option<Duration>) {
        let now = clock::instant();
        let mut state = self.locked();
        let limit = limit.and_then(|limit| u32::try_from(limit).ok()).filter(|limit| *limit > 0);
        let window =
            window.filter(|window| PLAUSIBLE_WINDOWS.contains(window)).unwrap_or(state.granted.window);
        let granted = limit.unwrap_or(state.granted.limit);
        let granted = state.granted.scaled(self.ceiling.map_or(granted, |most| granted.min(most)), window);
        let foreign = left.map_or(0, |left| state.used_by_others(limit.unwrap_or(granted.limit), left, now));
        let share = granted.limit.saturating_sub(foreign).max(granted.limit / 10).max(1);
        let used = if share == granted.limit { granted } else { granted.scaled(share, window) };
        let changed = granted != state.granted;
        let differs = used.limit.abs_diff(state.used.limit) > granted.limit / 20;
        if changed || (differs && now.duration_since(state.adjusted) >= BETWEEN_ADJUSTMENTS) {
            emit(&Event::PaceAdjusted {
                limiter: self.name,
                limit: granted.limit.into(),
                used: used.limit.into(),
            });
            state.granted = granted;
            state.used = used;
            state.adjusted = now;
            state.bucket = bucket(used, now);
            // A new bucket is full; what was sent so far is not forgotten by emptying it.
            let burst = NonZeroU32::new(used.burst).unwrap_or(NonZeroU32::MIN);
            let _ = state.bucket.check_n(burst);
        }
    }

    fn turn(&self) -> Turn {
        let now = clock::instant();
        let mut state = self.locked();
        if let Some(until) = state.not_before {
            if until > now {
                return Turn::Wait(until - now);
            }
            state.not_before = None;
        }
        match state.bucket.check() {
            Ok(()) => {
                state.remember(now);
                Turn::Go
            }
            Err(early) => {
                Turn::Wait(early.wait_time_from(now_of(&state.bucket)).max(Duration::from_micros(1)))
            }
        }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    fn remember(&mut self, now: Instant) {
        self.sent.push_back(now);
        self.forget(now);
    }

    /// A second more than the window: the server sees a call later than it was sent.
    fn forget(&mut self, now: Instant) {
        let kept = self.granted.window + Duration::from_secs(1);
        while self.sent.front().is_some_and(|sent| now.duration_since(*sent) > kept) {
            self.sent.pop_front();
        }
    }

    /// Calls in the window that are not ours. A tenth of the limit is within what latency explains.
    fn used_by_others(&mut self, limit: u32, left: u64, now: Instant) -> u32 {
        self.forget(now);
        let ours = u64::try_from(self.sent.len()).unwrap_or(u64::MAX);
        let used = u64::from(limit).saturating_sub(left);
        let foreign = u32::try_from(used.saturating_sub(ours)).unwrap_or(u32::MAX);
        if foreign > limit / 10 { foreign } else { 0 }
    }
}

fn bucket(pace: Pace, origin: Instant) -> Bucket {
    RateLimiter::direct_with_clock(pace.quota(), TokioClock { origin })
}

fn now_of(bucket: &Bucket) -> Nanos {
    bucket.clock().now()
}
