//! An authorisation as it is held: what was granted, when, and how long its token lasts.

use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

/// A token is renewed so long before it ends.
const EARLY: Duration = Duration::from_mins(1);

/// What the authorisation server granted.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) access: SecretString,
    /// None: the one that was used is still good.
    pub(super) refresh: Option<SecretString>,
    pub(super) lasts: Option<Duration>,
    /// None: those that were asked for, or those of before.
    pub(super) scopes: Option<Vec<String>>,
}

/// An authorisation that a person gave.
#[derive(Clone, Debug)]
pub struct Authorisation {
    /// The app that it was given to.
    pub client_id: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// When its access token ends; none: it is not known to end.
    pub expires_at: Option<DateTime<Utc>>,
    /// When its access token is to be renewed.
    pub(super) renew_at: Option<DateTime<Utc>>,
    /// That the server takes it no more.
    pub lost: Option<Lost>,
    /// Since when a renewal waits for its answer.
    pub(super) renewing_since: Option<DateTime<Utc>>,
    pub(super) access: SecretString,
    pub(super) refresh: Option<SecretString>,
}

/// An authorisation that the server takes no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Since when it is known.
    pub at: DateTime<Utc>,
    /// What the server said.
    pub reason: String,
}

impl Authorisation {
    /// The authorisation of a first grant, for which these scopes were asked.
    pub(super) fn first(client_id: &str, asked: &[String], grant: Grant, now: DateTime<Utc>) -> Self {
        Self {
            client_id: client_id.to_owned(),
            scopes: asked.to_vec(),
            given_at: now,
            expires_at: None,
            renew_at: None,
            lost: None,
            renewing_since: None,
            access: SecretString::default(),
            refresh: None,
        }
        .renewed(grant, now)
    }

    /// The same after a renewal.
    pub(super) fn renewed(self, grant: Grant, now: DateTime<Utc>) -> Self {
        let after = |lasts: Duration| now.checked_add_signed(chrono::Duration::from_std(lasts).ok()?);
        Self {
            scopes: grant.scopes.unwrap_or(self.scopes),
            expires_at: grant.lasts.and_then(after),
            // A token that lasts two minutes or less is used for at least half of its time.
            renew_at: grant.lasts.and_then(|lasts| after(lasts.saturating_sub(EARLY.min(lasts / 2)))),
            lost: None,
            renewing_since: None,
            access: grant.access,
            refresh: grant.refresh.or(self.refresh),
            ..self
        }
    }

    /// Whether its access token is not about to end.
    pub(super) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.renew_at.is_none_or(|due| now < due)
    }

    /// Whether its access token has not ended.
    pub(super) fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    /// Which of these scopes it does not allow.
    pub fn missing<'a>(&self, needed: &'a [String]) -> Vec<&'a str> {
        needed.iter().filter(|scope| !self.scopes.contains(scope)).map(String::as_str).collect()
    }
}
