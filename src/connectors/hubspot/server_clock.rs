//! HubSpot's own clock, as the `Date` of its answers tells it.
//!
//! Change dates are compared by HubSpot's clock, so marks are made of it: a machine whose clock is wrong misses nothing.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::http::Answer;

/// How far HubSpot's clock is ahead of this machine's. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct ServerClock(Arc<Mutex<TimeDelta>>);

impl ServerClock {
    /// Learns from an answer that came at a moment of this machine's clock. `Date` leaves the fraction of a second out, so
    /// what is derived is never later than HubSpot's time.
    pub(super) fn observe(&self, answer: &Answer, now: DateTime<Utc>) {
        if let Some(there) = answer.server_time() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = there - now;
        }
    }

    /// HubSpot's time at a moment of this machine's; the same until an answer has told it.
    pub(super) fn at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let ahead = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.checked_add_signed(ahead).unwrap_or(now)
    }
}
