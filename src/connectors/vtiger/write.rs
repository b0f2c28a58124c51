//! Writing a batch: one call for each company with the fields that change, and a look at what vTiger made of them.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use super::batch::{Batch, Ending, Records, Sent};
use super::client::Client;
use super::compare::altered;
use super::fields::Organizations;
use super::link::{ACCOUNTS, during};
use super::wire::Row;
use super::{SYSTEM, Vtiger};
use crate::events::{Event, emit};
use crate::ports::{CallError, CompanyWrite, WriteOutcome};

const ORGANIZATIONS: Records = Records {
    module: ACCOUNTS,
    noun: "organization",
    doing: "writing companies",
    reading: "organizations.read",
    duplicate: "another organization has the same name; rename one of them",
};

pub(super) async fn write(vtiger: &Vtiger, batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, CallError> {
    let organizations = vtiger.organizations().await.map_err(during(ORGANIZATIONS.doing, ACCOUNTS))?;
    let client = &vtiger.link.client;
    let decimals = *vtiger.currency_decimals.lock().unwrap_or_else(PoisonError::into_inner);
    let writer = Writer { client, organizations: &organizations, decimals, batch: Batch::of(ORGANIZATIONS) };
    let sends = batch.iter().map(|write| writer.send(write)).collect();
    let mut sent = writer.batch.send(vtiger, sends).await;
    let ids: Vec<&str> = batch.iter().map(|write| write.id.as_str()).collect();
    let looked_up = writer.batch.look_up_denied(client, &ids, &mut sent).await;
    writer.batch.outcomes(sent, looked_up.err())
}

struct Writer<'a> {
    client: &'a Client,
    organizations: &'a Organizations,
    /// The user's currency decimals, where they are known.
    decimals: Option<u32>,
    batch: Batch,
}

impl Writer<'_> {
    async fn send(&self, write: &CompanyWrite) -> Sent<WriteOutcome> {
        if self.batch.is_stopped() {
            return Sent::Skipped;
        }
        let element = match self.element(write) {
            Ok(element) => element,
            Err(outcome) => return Sent::untouched(outcome),
        };
        match self.client.revise("organizations.revise", &element).await {
            Ok(row) => Sent::touched(self.compared(write, &row)),
            Err(failure) => self.batch.failed(write.id.as_str(), failure),
        }
    }

    /// The id and the fields that change, and nothing else.
    fn element<'b>(&'b self, write: &'b CompanyWrite) -> Result<BTreeMap<&'b str, String>, WriteOutcome> {
        let mut element = BTreeMap::from([("id", write.id.as_str().to_owned())]);
        for (figure, value) in &write.values {
            let held = self.organizations.figure(*figure);
            let Some((held, field)) = held.and_then(|held| Some((held, held.place.field()?))) else {
                return Err(WriteOutcome::refused(
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
                return Err(WriteOutcome::refused("NO_PICKLIST_VALUE", message));
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
        WriteOutcome::refused(first.code, messages.join("; "))
    }
}
