//! What the state remembers of notifications.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::incident::Memory;
use super::notice::{Channel, Notice};
use crate::store::{Store, StoreError};

/// Under this name the state keeps it.
const KEY: &str = "notify";
/// What could not be sent for so long is given up: it is told by the log, and what lasts is told anew anyway.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(3);

/// What the state remembers of notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    /// What was told and has not ended.
    pub(super) memory: Memory,
    /// Up to when digests have told; none where there is no digest.
    pub(super) digest_told: Option<DateTime<Utc>>,
    /// What could not be sent.
    pub(super) unsent: Vec<Unsent>,
}

/// A notice that waits to be sent in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unsent {
    pub(super) channel: Channel,
    pub(super) notice: Notice,
    pub(super) since: DateTime<Utc>,
}

impl Record {
    /// What is remembered. What another version of the program wrote and this one cannot read is nothing: at worst
    /// something is told once more.
    pub(super) fn load(store: &Store) -> Result<Self, StoreError> {
        let text = store.meta(KEY)?.unwrap_or_default();
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Remembers it, unless it is what is remembered already.
    pub(super) fn save(&self, store: &Store) -> Result<(), StoreError> {
        if Self::load(store)? == *self {
            return Ok(());
        }
        // Plain structs with text keys have a JSON form.
        store.set_meta(KEY, &serde_json::to_string(self).unwrap_or_default())
    }

    /// Takes out what is to be sent now, new notices behind those that wait already, and what has waited too long.
    pub(super) fn take(
        &mut self,
        notices: Vec<Notice>,
        channels: &[Channel],
        now: DateTime<Utc>,
    ) -> (Vec<Unsent>, Vec<Unsent>) {
        let waiting = std::mem::take(&mut self.unsent);
        let waiting = waiting.into_iter().filter(|unsent| channels.contains(&unsent.channel));
        let is_due = |unsent: &Unsent| now.signed_duration_since(unsent.since).abs() < LONGEST_WAIT;
        let (mut outbox, overdue): (Vec<_>, Vec<_>) = waiting.partition(is_due);
        for notice in notices {
            let unsent = |channel: &Channel| Unsent { channel: *channel, notice: notice.clone(), since: now };
            outbox.extend(channels.iter().map(unsent));
        }
        (outbox, overdue)
    }
}
