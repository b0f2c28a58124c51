//! What people are told without having asked: of failed runs, plans that wait, lost authorisations, and what became of
//! customers.
//!
//! # Guarantees
//! - A notification never disturbs a run: whatever goes wrong here is an event, and tried again after the next run.
//! - One notice per incident: what was told is kept in the state, so that neither a restart nor the next run repeats it
//!   (`incident`).
//! - A kill at any moment sends no notice twice: it is taken out of the state before it is sent, and put back where sending
//!   failed. A kill in between loses it. That is the better side to err on: a failure that lasts is told again on the next
//!   day, and a second digest with the same names would make people act twice.
//!
//! # Caveats
//! Where no answer comes in time nobody knows whether a message arrived: it is sent again.

mod digest;
mod ended;
mod incident;
mod notice;
mod record;
#[cfg(test)]
mod tests;
mod text;
mod way;

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

pub use self::digest::{Digest, Moved, Named, Names};
pub use self::ended::Ended;
pub use self::incident::{Memory, Wanted, decide};
pub use self::notice::{Cause, Channel, Notice};
pub use self::text::{Block, Message, Words};
pub use self::way::WayError;

use self::record::{Record, Unsent};
use self::way::Way;
use crate::events::{Event, emit};
use crate::ports::Finding;
use crate::settings::notify::Notifications;
use crate::settings::schedule::Pattern;
use crate::store::{Store, StoreError};

/// The longest time for one message.
const LONGEST: Duration = Duration::from_mins(1);
/// How long a message that is under way may take when the service has to end.
const GOODBYE: Duration = Duration::from_secs(5);

/// Tells people, in every way that is configured.
pub struct Notifier {
    ways: Vec<Box<dyn Way>>,
    words: Words,
    wanted: Wanted,
    digest: Option<(Pattern, Tz)>,
    stop: CancellationToken,
}

impl Notifier {
    /// The notifier of a configuration; none where no way is configured. Nothing is sent yet. When `stop` is cancelled, a
    /// message that is under way is waited for a moment only.
    ///
    /// # Errors
    /// Where a way cannot be built: the certificate authorities.
    pub fn of(
        notifications: Option<Notifications>,
        stop: CancellationToken,
    ) -> Result<Option<Self>, WayError> {
        let Some(notifications) = notifications else { return Ok(None) };
        Ok(Some(Self {
            ways: way::all(&notifications)?,
            words: Words::new(notifications.language, &notifications.currency, notifications.zone),
            wanted: Wanted {
                run_failed: notifications.run_failed,
                plan_held: notifications.plan_held,
                authorization_lost: notifications.authorization_lost,
            },
            digest: notifications.digest,
            stop,
        }))
    }

    /// Begins to count what the first digest will tell, unless that was done before. To be called when the service starts
    /// and when its configuration was read again.
    pub fn begin(&self, store: &Store, now: DateTime<Utc>) {
        let begun = Record::load(store).and_then(|record| {
            let told = self.digest.as_ref().map(|_| record.digest_told.unwrap_or(now));
            if told == record.digest_told {
                Ok(())
            } else {
                Record { digest_told: told, ..record }.save(store)
            }
        });
        if let Err(error) = begun {
            failed("state", "digest", &error.to_string());
        }
    }

    /// Tells how a run ended, if that is news, and sends what could not be sent before.
    pub async fn after_run(&self, store: &Store, ended: &Ended, now: DateTime<Utc>) {
        let told = Record::load(store).map(|record| {
            let (notices, memory) = decide(&record.memory, self.wanted, ended, now);
            (notices, Record { memory, ..record })
        });
        match told {
            Ok((notices, record)) => self.tell(store, record, notices, now).await,
            // Without its memory it would tell the same after every restart.
            Err(error) => failed("state", ended.word(), &error.to_string()),
        }
    }

    /// When the next digest is, or was, due; none where there is none.
    ///
    /// # Errors
    /// Where the state cannot be read.
    pub fn digest_due(&self, store: &Store) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Some((pattern, zone)) = &self.digest else { return Ok(None) };
        let told = Record::load(store)?.digest_told;
        Ok(told.and_then(|told| pattern.next_after(told, *zone)))
    }

    /// Sends the digest of everything since the last one: what was missed is made up for, once.
    pub async fn digest(&self, store: &Store, now: DateTime<Utc>) {
        let made = Record::load(store).and_then(|record| {
            let since = record.digest_told.unwrap_or(now);
            let digest = digest::collect(store, since, now)?;
            Ok((digest, Record { digest_told: Some(now), ..record }))
        });
        match made {
            Ok((digest, record)) => self.tell(store, record, vec![Notice::Digest(digest)], now).await,
            Err(error) => failed("state", "digest", &error.to_string()),
        }
    }

    /// What `check` says of the ways without using them.
    pub fn configured(&self) -> Vec<Finding> {
        self.ways.iter().map(|way| way::configured(way.as_ref())).collect()
    }

    /// What `check` says of the ways: nothing is sent, but mail servers are logged in to.
    pub async fn findings(&self) -> Vec<Finding> {
        join_all(self.ways.iter().map(|way| way::finding(way.as_ref()))).await
    }

    /// Marks what is to be sent as sent, sends it, and keeps what could not be.
    async fn tell(&self, store: &Store, mut record: Record, notices: Vec<Notice>, now: DateTime<Utc>) {
        let channels: Vec<Channel> = self.ways.iter().map(|way| way.channel()).collect();
        let (outbox, overdue) = record.take(notices, &channels, now);
        for unsent in overdue {
            failed(
                unsent.channel.word(),
                unsent.notice.word(),
                "given up: it could not be sent for three days",
            );
        }
        if let Err(error) = record.save(store) {
            for unsent in outbox {
                failed(unsent.channel.word(), unsent.notice.word(), &error.to_string());
            }
            return;
        }
        let sent = self.ways.iter().map(|way| {
            let own = outbox.iter().filter(|unsent| unsent.channel == way.channel());
            self.send_all(way.as_ref(), own)
        });
        let left: Vec<Unsent> = join_all(sent).await.into_iter().flatten().collect();
        if left.is_empty() {
            return;
        }
        record.unsent = left;
        if let Err(error) = record.save(store) {
            failed("state", "unsent", &error.to_string());
        }
    }

    /// Sends messages one after another; returns those that could not be sent.
    async fn send_all<'a>(&self, way: &dyn Way, unsent: impl Iterator<Item = &'a Unsent>) -> Vec<Unsent> {
        let mut left = Vec::new();
        for unsent in unsent {
            let (channel, notice) = (unsent.channel.word(), unsent.notice.word());
            // Where one could not be sent the next one cannot either, most likely: their order is kept.
            let sent =
                if left.is_empty() { self.send(way, unsent).await } else { Err("as the one before".into()) };
            match sent {
                Ok(()) => emit(&Event::NotificationSent { channel, notice }),
                Err(reason) => {
                    failed(channel, notice, &reason);
                    left.push(unsent.clone());
                }
            }
        }
        left
    }

    async fn send(&self, way: &dyn Way, unsent: &Unsent) -> Result<(), String> {
        let message = self.words.message(&unsent.notice);
        let time_is_up = async {
            tokio::select! {
                () = tokio::time::sleep(LONGEST) => "no answer in time",
                () = async {
                    self.stop.cancelled().await;
                    tokio::time::sleep(GOODBYE).await;
                } => "the service had to end",
            }
        };
        tokio::select! {
            biased;
            sent = way.send(&message, unsent.since) => sent,
            why = time_is_up => Err(why.to_owned()),
        }
    }
}

fn failed(channel: &str, notice: &str, reason: &str) {
    emit(&Event::NotificationFailed { channel, notice, reason });
}
