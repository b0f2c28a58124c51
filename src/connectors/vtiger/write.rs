//! Writing a batch: one call for each company with the fields that change, and a look at what vTiger made of them.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt;
use futures_util::stream;

use super::classify::DUPLICATE;
use super::client::Client;
use super::compare::altered;
use super::fields::Organizations;
use super::link::{ACCOUNTS, during};
use super::query::{Query, RecordId};
use super::wire::Row;
use super::{SYSTEM, Vtiger};
use crate::events::{Event, emit};
use crate::http::{Class, HttpFailure, Outcome};
use crate::ports::{CallError, CompanyWrite, WriteOutcome};

const DOING: &str = "writing companies";

pub(super) async fn write(vtiger: &Vtiger, batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, CallError> {
    let organizations = vtiger.organizations().await.map_err(during(DOING, ACCOUNTS))?;
    let client = &vtiger.link.client;
    let decimals = *vtiger.currency_decimals.lock().unwrap_or_else(PoisonError::into_inner);
    let stopped = AtomicBool::new(false);
    let writer = Writer { client, organizations: &organizations, decimals, stopped };
    // Twice as many as there are sessions: nobody waits for work, and few go on after the first failure.
    let at_once = vtiger.config.sessions.max(1) * 2;
    let sends: Vec<_> = batch.iter().map(|write| writer.send(write)).collect();
    let mut sent: Vec<Sent> = stream::iter(sends).buffered(at_once).collect().await;
    let looked_up = look_up_denied(client, batch, &mut sent).await;
    outcomes(sent, looked_up.err())
}

/// What became of one company, before anything is looked up.
enum Sent {
    /// It is settled; `touched` tells whether it may have been changed.
    Settled { outcome: WriteOutcome, touched: bool },
    /// vTiger denies it, as it does for records that are no more.
    Denied { code: String, message: String },
    /// The call failed in a way that the next one would too.
    Failed(Box<HttpFailure>),
    /// It was not tried after that.
    Skipped,
}

struct Writer<'a> {
    client: &'a Client,
    organizations: &'a Organizations,
    /// The user's currency decimals, where they are known.
    decimals: Option<u32>,
    stopped: AtomicBool,
}

impl Writer<'_> {
    async fn send(&self, write: &CompanyWrite) -> Sent {
        if self.stopped.load(Ordering::Relaxed) {
            return Sent::Skipped;
        }
        let element = match self.element(write) {
            Ok(element) => element,
            Err(outcome) => return Sent::Settled { outcome, touched: false },
        };
        match self.client.revise(&element).await {
            Ok(row) => Sent::Settled { outcome: self.compared(write, &row), touched: true },
            Err(failure) => self.failed(write, failure),
        }
    }

    /// The id and the fields that change, and nothing else.
    fn element<'b>(&'b self, write: &'b CompanyWrite) -> Result<BTreeMap<&'b str, String>, WriteOutcome> {
        let mut element = BTreeMap::from([("id", write.id.as_str().to_owned())]);
        for (figure, value) in &write.values {
            let held = self.organizations.figure(*figure);
            let Some((held, field)) = held.and_then(|held| Some((held, held.place.field()?))) else {
                return Err(refused(
                    "NO_FIELD",
                    format!("there is no field for {figure}; run `sirank setup`"),
                ));
            };
            let Some(text) = held.written(value.as_ref()) else {
                let option = value.as_ref().map_or("", |value| value.as_str());
                let message = format!(
                    "the picklist {} lacks a value for `{option}`; run `sirank setup` to see which",
                    field.for_people()
                );
                return Err(refused("NO_PICKLIST_VALUE", message));
            };
            element.insert(&field.name, text);
        }
        Ok(element)
    }

    /// Whether vTiger holds what was sent.
    fn compared(&self, write: &CompanyWrite, row: &Row) -> WriteOutcome {
        if row.id() != write.id.as_str() {
            emit(&Event::AnswerDiffers { system: SYSTEM, company: write.id.as_str(), found: row.id() });
            return WriteOutcome::Unknown;
        }
        let alterations: Vec<_> = write
            .values
            .iter()
            .filter_map(|(figure, sent)| {
                let held = self.organizations.figure(*figure)?;
                let field = held.place.field()?;
                altered(held, field, sent.as_ref(), row.raw(&field.name), self.decimals)
            })
            .collect();
        let Some(first) = alterations.first() else { return WriteOutcome::Applied(None) };
        let messages: Vec<&str> = alterations.iter().map(|altered| altered.message.as_str()).collect();
        refused(first.code, messages.join("; "))
    }

    fn failed(&self, write: &CompanyWrite, failure: Box<HttpFailure>) -> Sent {
        if failure.outcome == Outcome::Unknown {
            emit(&Event::OutcomeUnknown {
                system: SYSTEM,
                companies: 1,
                first: write.id.as_str(),
                reason: &failure.to_string(),
            });
            return Sent::Settled { outcome: WriteOutcome::Unknown, touched: true };
        }
        let denied = |code: &str| Sent::Denied { code: code.to_owned(), message: failure.message.clone() };
        match &failure.class {
            Class::Forbidden { .. } => denied("ACCESS_DENIED"),
            Class::NotFound => denied("RECORD_NOT_FOUND"),
            Class::Refused { code } if code == "INVALID_ID_ATTRIBUTE" => denied(code),
            Class::Refused { code } => {
                let outcome = refused(code, explained(code, &failure.message));
                Sent::Settled { outcome, touched: false }
            }
            _ => {
                self.stopped.store(true, Ordering::Relaxed);
                Sent::Failed(failure)
            }
        }
    }
}

/// Tells companies that are no more from those that the user may not change.
async fn look_up_denied(
    client: &Client,
    batch: &[CompanyWrite],
    sent: &mut [Sent],
) -> Result<(), Box<HttpFailure>> {
    let denied: Vec<RecordId> = batch
        .iter()
        .zip(&*sent)
        .filter(|(_, sent)| matches!(sent, Sent::Denied { .. }))
        .filter_map(|(write, _)| write.id.as_str().parse().ok())
        .collect();
    if denied.is_empty() && !sent.iter().any(|sent| matches!(sent, Sent::Denied { .. })) {
        return Ok(());
    }
    let there = client.among("organizations.read", &Query::of(ACCOUNTS), &denied).await?;
    for (write, sent) in batch.iter().zip(sent) {
        let Sent::Denied { code, message } = sent else { continue };
        let is_there = write.id.as_str().parse().is_ok_and(|id: RecordId| there.contains_key(&id));
        let outcome = if is_there {
            refused(code, format!("vTiger does not let the API user change this organization: {message}"))
        } else {
            WriteOutcome::Gone
        };
        *sent = Sent::Settled { outcome, touched: false };
    }
    Ok(())
}

/// One outcome for each company, or the failure where nothing of the batch was written.
fn outcomes(
    sent: Vec<Sent>,
    not_looked_up: Option<Box<HttpFailure>>,
) -> Result<Vec<WriteOutcome>, CallError> {
    let touched = sent.iter().any(|sent| matches!(sent, Sent::Settled { touched: true, .. }));
    let mut failure = not_looked_up;
    let mut outcomes = Vec::with_capacity(sent.len());
    for sent in sent {
        outcomes.push(match sent {
            Sent::Settled { outcome, .. } => outcome,
            Sent::Failed(failed) => {
                failure = Some(failed);
                WriteOutcome::Unknown
            }
            Sent::Denied { .. } | Sent::Skipped => WriteOutcome::Unknown,
        });
    }
    match failure {
        Some(failure) if !touched => Err(failure.during(SYSTEM, DOING)),
        Some(failure) => {
            emit(&Event::BatchStopped { system: SYSTEM, reason: &failure.to_string() });
            Ok(outcomes)
        }
        None => Ok(outcomes),
    }
}

fn refused(code: &str, message: String) -> WriteOutcome {
    WriteOutcome::Refused { code: code.to_owned(), message }
}

fn explained(code: &str, said: &str) -> String {
    let advice = match code {
        DUPLICATE => "another organization has the same name; rename one of them",
        "MANDATORY_FIELDS_MISSING" => "fill the field in, or make it optional",
        "REFERENCE_INVALID" => "a record that it refers to is no more; choose another in that field",
        _ => return said.to_owned(),
    };
    format!("{said}: {advice}")
}
