//! The limits on requests: bursts per token, days per account, searches and associations in buckets of their own.

use std::collections::BTreeMap;

use serde_json::json;

use super::account::Account;
use super::options::Limits;
use crate::http::Reply;
use crate::window::SlidingLimit;

const BURST_MS: i64 = 10_000;

/// Which limits a request counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    General,
    Search,
    Associations,
    /// Tokens: not counted.
    Free,
}

#[derive(Debug)]
pub(crate) struct Throttle {
    limits: Limits,
    bursts: BTreeMap<String, SlidingLimit>,
    search: Option<SlidingLimit>,
    associations: Option<SlidingLimit>,
    day: i64,
    used_today: u64,
}

impl Throttle {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            bursts: BTreeMap::new(),
            search: limits.search_per_second.map(|limit| SlidingLimit::new(limit, 1_000)),
            associations: limits.associations.map(|limit| SlidingLimit::new(limit, BURST_MS)),
            day: i64::MIN,
            used_today: 0,
        }
    }

    pub(crate) fn used_today(&self) -> u64 {
        self.used_today
    }

    /// Calls of others count too.
    pub(crate) fn others_use(&mut self, calls: u64, account: &Account, now: i64) {
        self.turn(account, now);
        self.used_today += calls;
    }

    fn turn(&mut self, account: &Account, now: i64) {
        let today = account.day(now);
        if today != self.day {
            self.day = today;
            self.used_today = 0;
        }
    }

    pub(crate) fn daily(&self) -> Option<u64> {
        self.limits.daily
    }

    /// Counts a request, or names the policy that refuses it.
    pub(crate) fn admit(
        &mut self,
        bucket: Bucket,
        token: &str,
        account: &Account,
        now: i64,
    ) -> Result<(), &'static str> {
        self.turn(account, now);
        if bucket == Bucket::Free {
            return Ok(());
        }
        if self.limits.daily.is_some_and(|limit| self.used_today >= limit) {
            return Err("DAILY");
        }
        let admitted = match bucket {
            Bucket::Search => self.search.as_mut().is_none_or(|window| window.admit(now)),
            Bucket::Associations => self.associations.as_mut().is_none_or(|window| window.admit(now)),
            Bucket::General | Bucket::Free => match self.limits.burst {
                Some(limit) => self
                    .bursts
                    .entry(token.to_owned())
                    .or_insert_with(|| SlidingLimit::new(limit, BURST_MS))
                    .admit(now),
                None => true,
            },
        };
        if !admitted {
            return Err(if bucket == Bucket::Search { "SECONDLY" } else { "TEN_SECONDLY_ROLLING" });
        }
        self.used_today += 1;
        Ok(())
    }

    /// The headers that general answers carry.
    pub(crate) fn headers(&mut self, reply: Reply, token: &str, oauth: bool, now: i64) -> Reply {
        let mut reply = reply;
        if let Some(window) = self.bursts.get_mut(token) {
            reply = reply
                .header("X-HubSpot-RateLimit-Max", window.limit())
                .header("X-HubSpot-RateLimit-Remaining", window.remaining(now))
                .header("X-HubSpot-RateLimit-Interval-Milliseconds", window.span_ms());
        }
        match self.limits.daily {
            Some(limit) if !oauth => reply
                .header("X-HubSpot-RateLimit-Daily", limit)
                .header("X-HubSpot-RateLimit-Daily-Remaining", limit.saturating_sub(self.used_today)),
            _ => reply,
        }
    }
}

/// The documented body of a 429.
pub(crate) fn refused(policy: &str, correlation_id: &str) -> Reply {
    let body = json!({
        "status": "error",
        "message": format!("You have reached your {} limit.", policy.to_ascii_lowercase()),
        "errorType": "RATE_LIMIT", "correlationId": correlation_id, "policyName": policy,
        "requestId": correlation_id,
    });
    Reply::json(429, &body)
}
