//! One call for each record of a batch, several at once, and what became of each.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use futures_util::stream;

use super::classify::DUPLICATE;
use super::client::{Answered, Client};
use super::link::during;
use super::query::{Query, RecordId};
use super::wire::Row;
use super::{SYSTEM, Vtiger};
use crate::events::{Event, emit};
use crate::http::{Class, HttpFailure, Outcome};
use crate::ports::{CallError, RecordOutcome, WriteOutcome};

/// What the records of a batch are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Records {
    pub(super) module: &'static str,
    /// For people: `organization`.
    pub(super) noun: &'static str,
    /// For people: `writing companies`.
    pub(super) doing: &'static str,
    /// The operation by which they are looked up.
    pub(super) reading: &'static str,
    /// What to do about one that would be the second of its kind.
    pub(super) duplicate: &'static str,
}

/// What a write may end with, whatever is written.
pub(super) trait Ending: Sized {
    const UNKNOWN: Self;
    const GONE: Self;

    fn refused(code: &str, message: String) -> Self;
}

impl Ending for WriteOutcome {
    const UNKNOWN: Self = Self::Unknown;
    const GONE: Self = Self::Gone;

    fn refused(code: &str, message: String) -> Self {
        Self::Refused { code: code.to_owned(), message }
    }
}

impl<Id> Ending for RecordOutcome<Id> {
    const UNKNOWN: Self = Self::Unknown;
    const GONE: Self = Self::Gone;

    fn refused(code: &str, message: String) -> Self {
        Self::Refused { code: code.to_owned(), message }
    }
}

/// What became of one record, before anything is looked up.
pub(super) enum Sent<T> {
    /// It is settled; `touched` tells whether it may have been changed.
    Settled { outcome: T, touched: bool },
    /// vTiger denies it, as it does for records that are no more.
    Denied { code: String, message: String },
    /// The call failed in a way that the next one would too.
    Failed(Box<HttpFailure>),
    /// It was not tried after that.
    Skipped,
}

impl<T> Sent<T> {
    pub(super) const fn untouched(outcome: T) -> Self {
        Self::Settled { outcome, touched: false }
    }

    pub(super) const fn touched(outcome: T) -> Self {
        Self::Settled { outcome, touched: true }
    }
}

/// A batch while it is sent.
pub(super) struct Batch {
    records: Records,
    stopped: AtomicBool,
}

impl Batch {
    pub(super) const fn of(records: Records) -> Self {
        Self { records, stopped: AtomicBool::new(false) }
    }

    /// Whether a call failed in a way that the next one would too.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Sends all of it, in its order. Twice as many at once as there are sessions: nobody waits for work, and few go on
    /// after the first failure.
    pub(super) async fn send<T>(
        &self,
        vtiger: &Vtiger,
        sends: Vec<impl Future<Output = Sent<T>>>,
    ) -> Vec<Sent<T>> {
        let at_once = vtiger.config.sessions.max(1) * 2;
        stream::iter(sends).buffered(at_once).collect().await
    }

    /// What a failed call means for its record; `id` is of the record or, where it is a new one, of its company.
    pub(super) fn failed<T: Ending>(&self, id: &str, failure: Box<HttpFailure>) -> Sent<T> {
        if failure.outcome == Outcome::Unknown {
            emit(&Event::OutcomeUnknown {
                system: SYSTEM,
                companies: 1,
                first: id,
                reason: &failure.to_string(),
            });
            return Sent::touched(T::UNKNOWN);
        }
        let denied = |code: &str| Sent::Denied { code: code.to_owned(), message: failure.message.clone() };
        match &failure.class {
            Class::Forbidden { .. } => denied("ACCESS_DENIED"),
            Class::NotFound => denied("RECORD_NOT_FOUND"),
            Class::Refused { code } if code == "INVALID_ID_ATTRIBUTE" => denied(code),
            Class::Refused { code } => {
                Sent::untouched(T::refused(code, self.explained(code, &failure.message)))
            }
            _ => {
                self.stopped.store(true, Ordering::Relaxed);
                Sent::Failed(failure)
            }
        }
    }

    fn explained(&self, code: &str, said: &str) -> String {
        let advice = match code {
            DUPLICATE => self.records.duplicate,
            "MANDATORY_FIELDS_MISSING" => "fill the field in, or make it optional",
            "REFERENCE_INVALID" => "a record that it refers to is no more; choose another in that field",
            _ => return said.to_owned(),
        };
        format!("{said}: {advice}")
    }

    /// Tells records that are no more from those that the user may not change. `ids` in the batch's order.
    pub(super) async fn look_up_denied<T: Ending>(
        &self,
        client: &Client,
        ids: &[&str],
        sent: &mut [Sent<T>],
    ) -> Answered<()> {
        let denied: Vec<RecordId> = ids
            .iter()
            .zip(&*sent)
            .filter(|(_, sent)| matches!(sent, Sent::Denied { .. }))
            .filter_map(|(id, _)| id.parse().ok())
            .collect();
        if denied.is_empty() && !sent.iter().any(|sent| matches!(sent, Sent::Denied { .. })) {
            return Ok(());
        }
        let Records { module, noun, reading, .. } = self.records;
        let there: BTreeMap<RecordId, Row> = client.among(reading, &Query::of(module), &denied).await?;
        for (id, sent) in ids.iter().zip(sent) {
            let Sent::Denied { code, message } = sent else { continue };
            let is_there = id.parse().is_ok_and(|id: RecordId| there.contains_key(&id));
            let outcome = if is_there {
                T::refused(code, format!("vTiger does not let the API user change this {noun}: {message}"))
            } else {
                T::GONE
            };
            *sent = Sent::untouched(outcome);
        }
        Ok(())
    }

    /// One outcome for each record, or the failure where nothing of the batch was written.
    pub(super) fn outcomes<T: Ending>(
        &self,
        sent: Vec<Sent<T>>,
        not_looked_up: Option<Box<HttpFailure>>,
    ) -> Result<Vec<T>, CallError> {
        let touched = sent.iter().any(|sent| matches!(sent, Sent::Settled { touched: true, .. }));
        let mut failure = not_looked_up;
        let mut outcomes = Vec::with_capacity(sent.len());
        for sent in sent {
            outcomes.push(match sent {
                Sent::Settled { outcome, .. } => outcome,
                Sent::Failed(failed) => {
                    failure = Some(failed);
                    T::UNKNOWN
                }
                Sent::Denied { .. } | Sent::Skipped => T::UNKNOWN,
            });
        }
        match failure {
            Some(failure) if !touched => Err(during(self.records.doing, self.records.module)(failure)),
            Some(failure) => {
                emit(&Event::BatchStopped { system: SYSTEM, reason: &failure.to_string() });
                Ok(outcomes)
            }
            None => Ok(outcomes),
        }
    }
}
