//! How many sessions write at once: as many as make the server faster, and no more.
//!
//! Hill-climbing on the measured throughput, a pure function of what was measured. First the number doubles while that
//! pays; then it is held, and from time to time one more or one fewer is tried. What pays is kept: a step up has to give
//! at least a quarter of what it would give if the server had no limit; a step down may cost at most as much. A server
//! that fails or asks to wait is left in peace: half as many.

use std::time::Duration;

/// What was measured while the number of sessions stayed the same and all of them were busy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Epoch {
    /// Calls that ended.
    pub(super) done: u32,
    /// Those of them that the server did not manage: failures, time-outs, requests to wait.
    pub(super) failed: u32,
    /// How long it took.
    pub(super) elapsed: Duration,
}

impl Epoch {
    /// Whether the server shows that it has too much to do: one failure in five is no accident any more.
    fn is_strained(&self) -> bool {
        self.failed > 0 && self.failed * 5 >= self.done
    }

    fn rate(&self) -> f64 {
        f64::from(self.done) / self.elapsed.as_secs_f64().max(1e-6)
    }
}

/// The share of the ideal gain that makes a step worth keeping.
const WORTH: f64 = 0.25;
/// For how many epochs a number is held before another is tried; doubles while nothing better is found.
const SHORTEST_HOLD: u32 = 4;
const LONGEST_HOLD: u32 = 64;
/// For how many epochs a server that failed is left in peace.
const REST: u32 = 12;

/// Decides about the number of sessions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pacer {
    most: usize,
    limit: usize,
    phase: Phase,
    hold: u32,
    upwards: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Measured {
    limit: usize,
    rate: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Doubling; what half as many gave.
    Climbing(Option<Measured>),
    /// Staying for so many epochs; what they gave.
    Holding { left: u32, rate: Option<f64> },
    /// Trying another number; what the present one gave.
    Trying(Measured),
}

impl Pacer {
    /// Begins with two, or the only one.
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { most, limit: most.min(2), phase: Phase::Climbing(None), hold: SHORTEST_HOLD, upwards: true }
    }

    /// How many sessions may write at once.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// How many calls an epoch takes: enough that a single slow one does not decide.
    pub(super) fn epoch(&self) -> u32 {
        u32::try_from(self.limit).unwrap_or(u32::MAX).saturating_mul(8).max(16)
    }

    /// Learns from an epoch.
    pub(super) fn observe(&mut self, epoch: Epoch) {
        if epoch.is_strained() {
            self.limit = (self.limit / 2).max(1);
            self.upwards = true;
            self.phase = Phase::Holding { left: REST, rate: None };
            return;
        }
        let now = Measured { limit: self.limit, rate: epoch.rate() };
        match self.phase {
            Phase::Climbing(Some(base)) if !now.pays_over(base) => {
                self.limit = base.limit;
                self.phase = Phase::Holding { left: self.hold, rate: Some(base.rate) };
            }
            Phase::Climbing(_) if self.limit == self.most => {
                self.phase = Phase::Holding { left: self.hold, rate: Some(now.rate) };
            }
            Phase::Climbing(_) => {
                self.limit = (self.limit * 2).min(self.most);
                self.phase = Phase::Climbing(Some(now));
            }
            Phase::Holding { left, rate } => {
                self.held(left, rate.map_or(now.rate, |old| f64::midpoint(old, now.rate)));
            }
            Phase::Trying(base) if now.pays_over(base) => {
                self.hold = SHORTEST_HOLD;
                self.try_another(now);
            }
            Phase::Trying(base) => {
                self.limit = base.limit;
                self.upwards = !self.upwards;
                self.hold_longer();
            }
        }
    }

    fn held(&mut self, left: u32, rate: f64) {
        if left > 1 {
            self.phase = Phase::Holding { left: left - 1, rate: Some(rate) };
        } else {
            self.try_another(Measured { limit: self.limit, rate });
        }
    }

    /// One more or one fewer, whichever way is open.
    fn try_another(&mut self, now: Measured) {
        self.upwards = if self.upwards { self.limit < self.most } else { self.limit <= 1 };
        let next = if self.upwards { self.limit + 1 } else { self.limit.saturating_sub(1) };
        if next == 0 || next > self.most {
            self.hold_longer();
            return;
        }
        self.limit = next;
        self.phase = Phase::Trying(now);
    }

    fn hold_longer(&mut self) {
        self.phase = Phase::Holding { left: self.hold, rate: None };
        self.hold = (self.hold * 2).min(LONGEST_HOLD);
    }
}

impl Measured {
    /// Whether this number of sessions is to be preferred to another.
    fn pays_over(self, base: Self) -> bool {
        let ideal = ratio(self.limit, base.limit);
        self.rate / base.rate.max(1e-6) - 1.0 >= WORTH * (ideal - 1.0)
    }
}

fn ratio(one: usize, other: usize) -> f64 {
    let float = |number: usize| u32::try_from(number).map_or(f64::MAX, f64::from);
    float(one) / float(other).max(1.0)
}
