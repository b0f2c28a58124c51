//! Writing a batch of companies.

use super::batch::{Fate, Values, Writing, traced, updates, write as write_batch};
use super::client::Answered;
use super::map::{observed, version};
use super::objects::COMPANIES;
use super::wire::{Batch, Record};
use super::{HubSpot, SYSTEM};
use crate::domain::catalogue::Figure;
use crate::domain::company::Version;
use crate::domain::value::Value;
use crate::events::{Event, emit};
use crate::ports::{CallError, CompanyWrite, WriteOutcome};

pub(super) async fn write(hubspot: &HubSpot, batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, CallError> {
    let text = |value: &Option<Value>| value.as_ref().map_or("", Value::as_str).to_owned();
    let values = batch.iter().map(|write| {
        let values = write.values.iter();
        values.map(|(figure, value)| (property(hubspot, *figure), text(value))).collect()
    });
    let fates = write_batch(&Companies { hubspot, batch }, &values.collect::<Vec<Values>>()).await?;
    let outcome = |fate| match fate {
        Fate::Applied(version) => WriteOutcome::Applied(version),
        Fate::Refused { code, message } => WriteOutcome::Refused { code, message },
        Fate::Gone => WriteOutcome::Gone,
        Fate::Unknown => WriteOutcome::Unknown,
    };
    Ok(fates.into_iter().map(outcome).collect())
}

struct Companies<'a> {
    hubspot: &'a HubSpot,
    batch: &'a [CompanyWrite],
}

impl Companies<'_> {
    /// Whether HubSpot's echo is what was sent. Another value is no proof of the write: it is looked up.
    fn compared(&self, write: &CompanyWrite, record: &Record) -> Fate<Option<Version>> {
        if record.archived {
            return Fate::Gone;
        }
        let differs = |(figure, sent): &(Figure, Option<Value>)| {
            let Some(echo) = record.properties.get(&property(self.hubspot, *figure)) else { return false };
            let kind = figure.describe().kind;
            echo.as_deref().and_then(|echo| observed(kind, echo)) != *sent
        };
        match write.values.iter().find(|value| differs(value)) {
            Some((figure, _)) => {
                emit(&Event::AnswerDiffers {
                    system: SYSTEM,
                    company: write.id.as_str(),
                    found: &property(self.hubspot, *figure),
                });
                Fate::Unknown
            }
            None => Fate::Applied(version(record)),
        }
    }
}

impl Writing for Companies<'_> {
    type Applied = Option<Version>;

    fn doing(&self) -> String {
        "writing companies".to_owned()
    }

    fn name(&self, at: usize) -> String {
        self.batch[at].id.to_string()
    }

    async fn send(&self, group: &[usize], values: &[Values]) -> Answered<Batch<Record>> {
        let identity = |at: usize| (self.batch[at].id.as_str(), self.batch[at].trace.as_str());
        self.hubspot.client.update(&COMPANIES, updates(group, values, identity)).await
    }

    fn settled(&self, at: usize, _sent: &Values, answers: &[Record]) -> Fate<Option<Version>> {
        let write = &self.batch[at];
        if let Some(record) = answers.iter().find(|record| record.id.0 == write.id.as_str()) {
            return self.compared(write, record);
        }
        let Some(other) = traced(answers, &write.trace) else { return Fate::Unknown };
        emit(&Event::CompanyMerged { system: SYSTEM, company: write.id.as_str(), into: &other.id.0 });
        Fate::Gone
    }

    fn is_named(&self, at: usize, ids: &[&str], traces: &[&str]) -> bool {
        let write = &self.batch[at];
        ids.contains(&write.id.as_str()) || traces.contains(&write.trace.as_str())
    }
}

fn property(hubspot: &HubSpot, figure: Figure) -> String {
    figure.property_name(&hubspot.config.prefix)
}
