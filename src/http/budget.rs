//! Long quotas in fixed periods (a day, a month) that an account shares between its integrations.
//!
//! The count is kept by the store, so that it survives a restart; what the server says is believed over it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::retry::Class;
use crate::clock;
use crate::ports::{QuotaLedger, QuotaState};

/// A period of a long quota at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// What tells it from all others: `2026-11-22`.
    pub key: String,
    /// When it ends, for people: `midnight in Europe/Rome`.
    pub ends: String,
    /// When it ends.
    pub until: DateTime<Utc>,
}

/// The part of a limit from which on calls are spread over what is left of the period, in percent.
const NEAR_PERCENT: u64 = 20;
/// Smaller limits than any vendor has are not spread: so little is left of them that it is as good as nothing.
const SMALLEST_SPREAD: u64 = 1_000;
/// Calls are never further apart: the few of a small run have to come through.
const WIDEST_SPACING: Duration = Duration::from_secs(10);
/// After the end of a period, so long until the server is sure to have noticed it too.
const AFTER_THE_END: Duration = Duration::from_secs(5);
/// For so long after the end of a period a server whose clock is behind may still tell of that one. Believed, it would
/// leave nothing of the new one, night after night, since the first call of a day is made as it begins.
const UNSURE: Duration = Duration::from_mins(2);

type PeriodOf = Box<dyn Fn(DateTime<Utc>) -> Period + Send + Sync>;

/// One long quota.
pub struct Budget {
    name: &'static str,
    counter: String,
    reserve_percent: u64,
    period: PeriodOf,
    ledger: Arc<dyn QuotaLedger>,
    state: Mutex<State>,
}

struct State {
    limit: Option<u64>,
    /// What the server last said is left, and in which period.
    told: Option<(String, u64)>,
    /// The last period that the server told of.
    told_of: Option<String>,
    /// Before this moment the next call does not go, where calls are spread.
    next: Option<Instant>,
}

impl Budget {
    /// A quota of a system.
    ///
    /// `name` is for people (`daily`), `counter` tells it from all others in the ledger. Of the limit, `reserve_percent`
    /// are left for the account's other integrations. A limit of none is learned from the server.
    pub fn new(
        name: &'static str,
        counter: String,
        limit: Option<u64>,
        reserve_percent: u64,
        ledger: Arc<dyn QuotaLedger>,
        period: impl Fn(DateTime<Utc>) -> Period + Send + Sync + 'static,
    ) -> Self {
        let state = Mutex::new(State { limit, told: None, told_of: None, next: None });
        let reserve_percent = reserve_percent.min(100);
        Self { name, counter, reserve_percent, period: Box::new(period), ledger, state }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Counts one call before it is made. While nothing is known of the quota, there is nothing to count against.
    ///
    /// # Errors
    /// The class of the failure where the call must not be made: [`Class::QuotaSpent`] or [`Class::NotCounted`], with
    /// what happened for people.
    pub fn reserve(&self, now: DateTime<Utc>) -> Result<(), (Class, String)> {
        let period = (self.period)(now);
        self.check_told(&period)?;
        if !self.is_known() {
            return Ok(());
        }
        let count = self.ledger.count(&self.counter, &period.key).map_err(|error| {
            (Class::NotCounted, format!("the {} calls cannot be counted: {error}", self.name))
        })?;
        let mut state = self.locked();
        if let Some((_, left)) = &mut state.told {
            *left = left.saturating_sub(1);
            return Ok(());
        }
        match state.limit {
            Some(limit) if count > limit - self.reserve_of(limit) => Err(self.spent(&period)),
            _ => Ok(()),
        }
    }

    /// Learns what the server says is left.
    pub fn observe(&self, limit: Option<u64>, left: Option<u64>, now: DateTime<Utc>) {
        let mut state = self.locked();
        state.limit = limit.or(state.limit);
        if let Some(left) = left
            && !self.may_be_of_the_last(&state, now)
        {
            let key = (self.period)(now).key;
            state.told_of = Some(key.clone());
            // Answers overtake each other: within a period the smallest figure is the newest.
            let left = match &state.told {
                Some((known, smaller)) if *known == key => left.min(*smaller),
                _ => left,
            };
            state.told = Some((key, left));
        }
    }

    /// The quota as the server last told.
    pub fn state(&self, now: DateTime<Utc>) -> Option<QuotaState> {
        let period = (self.period)(now);
        let state = self.locked();
        let (limit, (of, left)) = state.limit.zip(state.told.as_ref())?;
        // What was left of a period that has ended says nothing of the new one.
        let left = if *of == period.key { *left } else { limit };
        let (name, reserve) = (self.name.to_owned(), self.reserve_of(limit));
        Some(QuotaState { name, left, limit, reserve, ends: period.until })
    }

    /// Takes a place in the row of calls, as the limit comes near: what is left, without the reserve, is spread over the
    /// rest of the period, so that others are not run over. How long to wait for it.
    pub fn spacing(&self, now: DateTime<Utc>) -> Duration {
        let period = (self.period)(now);
        let mut state = self.locked();
        let told = state.told.as_ref().filter(|(key, _)| *key == period.key).map(|(_, left)| *left);
        let Some((limit, left)) = state.limit.zip(told) else { return Duration::ZERO };
        let usable = left.saturating_sub(self.reserve_of(limit));
        if limit < SMALLEST_SPREAD || usable >= limit / 100 * NEAR_PERCENT || usable == 0 {
            state.next = None;
            return Duration::ZERO;
        }
        let rest = period.until.signed_duration_since(now).to_std().unwrap_or_default();
        let apart = (rest / u32::try_from(usable).unwrap_or(u32::MAX)).min(WIDEST_SPACING);
        let instant = clock::instant();
        let mine = state.next.map_or(instant, |next| next.max(instant));
        state.next = Some(mine + apart);
        mine.duration_since(instant)
    }

    /// How long it takes until the quota is full again.
    pub fn refill(&self, now: DateTime<Utc>) -> Duration {
        if self.may_be_of_the_last(&self.locked(), now) {
            return UNSURE;
        }
        let rest = (self.period)(now).until.signed_duration_since(now).to_std().unwrap_or_default();
        rest + AFTER_THE_END
    }

    /// Whether what the server tells now may be about the period that has just ended.
    fn may_be_of_the_last(&self, state: &State, now: DateTime<Utc>) -> bool {
        let last = (self.period)(now - UNSURE).key;
        last != (self.period)(now).key && state.told_of.as_ref() == Some(&last)
    }

    /// When the running period ends, for people.
    pub fn ends(&self, now: DateTime<Utc>) -> String {
        (self.period)(now).ends
    }

    fn is_known(&self) -> bool {
        let state = self.locked();
        state.limit.is_some() || state.told.is_some()
    }

    fn check_told(&self, period: &Period) -> Result<(), (Class, String)> {
        let mut state = self.locked();
        let Some((key, left)) = state.told.clone() else { return Ok(()) };
        if key != period.key {
            state.told = None;
            return Ok(());
        }
        let reserve = state.limit.map_or(0, |limit| self.reserve_of(limit));
        if left <= reserve { Err(self.spent(period)) } else { Ok(()) }
    }

    fn reserve_of(&self, limit: u64) -> u64 {
        limit / 100 * self.reserve_percent + limit % 100 * self.reserve_percent / 100
    }

    fn spent(&self, period: &Period) -> (Class, String) {
        let class = Class::QuotaSpent { quota: self.name.to_owned(), until: period.ends.clone() };
        (
            class,
            format!("the {} quota is used up but for the reserve of {} %", self.name, self.reserve_percent),
        )
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
