//! Writing a batch of companies, and taking a refused one apart down to the record that caused it.

use std::collections::BTreeMap;

use super::client::Answered;
use super::map::{observed, version};
use super::problem::Problem;
use super::wire::{Batch, Record, Update};
use super::{HubSpot, SYSTEM};
use crate::domain::catalogue::Figure;
use crate::domain::value::Value;
use crate::events::{Event, emit};
use crate::http::{Class, HttpFailure, Outcome};
use crate::ports::{CallError, CompanyWrite, WriteOutcome};

/// Codes that are about the definition of a property, so about every record that writes it.
const DEFINITION_CODES: [&str; 3] = ["PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE", "CALCULATED_PROPERTY"];
/// The code of a value that is no option: the same value is refused for every record.
const NO_OPTION: &str = "INVALID_OPTION";
/// The code of a record that is no more.
const NO_RECORD: &str = "OBJECT_NOT_FOUND";

pub(super) async fn write(hubspot: &HubSpot, batch: &[CompanyWrite]) -> Result<Vec<WriteOutcome>, CallError> {
    let mut session = Session::new(hubspot, batch);
    while let Some(group) = session.next_group() {
        match session.send(&group).await {
            Ok(answer) => session.settle(&group, &answer),
            Err(failure) if failure.outcome == Outcome::Unknown => {
                emit(&Event::OutcomeUnknown {
                    system: SYSTEM,
                    companies: group.len() as u64,
                    first: group.first().map_or("", |at| batch[*at].id.as_str()),
                    reason: &failure.to_string(),
                });
                session.all(&group, &WriteOutcome::Unknown);
            }
            Err(failure) if matches!(failure.class, Class::Refused { .. } | Class::NotFound) => {
                session.take_apart(group, &failure);
            }
            Err(failure) if session.nothing_written() => {
                return Err(failure.during(SYSTEM, "writing companies"));
            }
            Err(failure) => {
                emit(&Event::BatchStopped { system: SYSTEM, reason: &failure.to_string() });
                session.stop(group);
            }
        }
    }
    Ok(session.outcomes())
}

/// A part of the batch that is sent in one call: places in it.
type Group = Vec<usize>;

/// A value that HubSpot refuses whatever the record.
struct RefusedValue {
    property: String,
    value: String,
    outcome: WriteOutcome,
}

struct Session<'a> {
    hubspot: &'a HubSpot,
    batch: &'a [CompanyWrite],
    waiting: Vec<Group>,
    outcomes: Vec<Option<WriteOutcome>>,
    refused_values: Vec<RefusedValue>,
}

impl<'a> Session<'a> {
    fn new(hubspot: &'a HubSpot, batch: &'a [CompanyWrite]) -> Self {
        let waiting = vec![(0..batch.len()).collect()];
        Self { hubspot, batch, waiting, outcomes: vec![None; batch.len()], refused_values: Vec::new() }
    }

    /// The next group to send, without the records that are known to be refused.
    fn next_group(&mut self) -> Option<Group> {
        while let Some(mut group) = self.waiting.pop() {
            group.retain(|at| match self.known_refusal(*at) {
                Some(outcome) => {
                    self.outcomes[*at] = Some(outcome);
                    false
                }
                None => true,
            });
            if !group.is_empty() {
                return Some(group);
            }
        }
        None
    }

    async fn send(&self, group: &[usize]) -> Answered<Batch<Record>> {
        let updates = group.iter().map(|at| {
            let write = &self.batch[*at];
            let text = |value: &'a Option<Value>| value.as_ref().map_or("", Value::as_str);
            let properties: BTreeMap<String, &str> =
                write.values.iter().map(|(figure, value)| (self.property(*figure), text(value))).collect();
            Update { id: write.id.as_str(), object_write_trace_id: &write.trace, properties }
        });
        self.hubspot.client.update_companies(updates.collect()).await
    }

    /// Reads an answer of 200 or 207: what it does not mention has an unknown outcome.
    fn settle(&mut self, group: &[usize], answer: &Batch<Record>) {
        warn_of(answer);
        for at in group {
            let write = &self.batch[*at];
            let by_id = answer.results.iter().find(|record| record.id.0 == write.id.as_str());
            let by_trace = || {
                answer
                    .results
                    .iter()
                    .find(|record| record.object_write_trace_id.as_ref() == Some(&write.trace))
            };
            self.outcomes[*at] = Some(match (by_id, by_id.is_none().then(by_trace).flatten()) {
                (Some(record), _) => self.compared(write, record),
                (None, Some(record)) => {
                    emit(&Event::CompanyMerged {
                        system: SYSTEM,
                        company: write.id.as_str(),
                        into: &record.id.0,
                    });
                    WriteOutcome::Gone
                }
                (None, None) => WriteOutcome::Unknown,
            });
        }
        for error in answer.errors.iter().flatten() {
            let problem = Problem::of(error);
            let named = self.named(&problem, group);
            if named.is_empty() {
                emit(&Event::RefusalUnnamed { system: SYSTEM, reason: &problem.explanation() });
            }
            for at in named {
                self.outcomes[at] = Some(outcome(&problem, false));
            }
        }
    }

    /// A batch that was refused as a whole: finds those who caused it, and sends the others again.
    fn take_apart(&mut self, group: Group, failure: &HttpFailure) {
        let problem = failure.answer.as_ref().map(|answer| Problem::read(&answer.body)).unwrap_or_default();
        let not_found = failure.class == Class::NotFound;
        let mut culprits = self.named(&problem, &group);
        if culprits.is_empty() && DEFINITION_CODES.iter().any(|code| problem.is(code)) {
            culprits = self.writing_any(&problem.properties(), &group);
        }
        if culprits.is_empty() && group.len() == 1 {
            culprits.clone_from(&group);
            self.remember_refused_value(group[0], &problem);
        }
        if culprits.is_empty() {
            let second = group.len() / 2;
            self.waiting.push(group[second..].to_vec());
            self.waiting.push(group[..second].to_vec());
            return;
        }
        for at in &culprits {
            self.outcomes[*at] = Some(match outcome(&problem, not_found) {
                WriteOutcome::Refused { code, message } if message.is_empty() => {
                    WriteOutcome::Refused { code, message: failure.message.clone() }
                }
                outcome => outcome,
            });
        }
        self.waiting.push(group.into_iter().filter(|at| !culprits.contains(at)).collect());
    }

    /// Nothing more is sent: what was not settled has to be looked up.
    fn stop(&mut self, group: Group) {
        self.waiting.push(group);
        for group in std::mem::take(&mut self.waiting) {
            self.all(&group, &WriteOutcome::Unknown);
        }
    }

    fn all(&mut self, group: &[usize], outcome: &WriteOutcome) {
        for at in group {
            self.outcomes[*at] = Some(outcome.clone());
        }
    }

    fn nothing_written(&self) -> bool {
        let may_be_written =
            |outcome: &WriteOutcome| matches!(outcome, WriteOutcome::Applied(_) | WriteOutcome::Unknown);
        !self.outcomes.iter().flatten().any(may_be_written)
    }

    fn outcomes(self) -> Vec<WriteOutcome> {
        self.outcomes.into_iter().map(|outcome| outcome.unwrap_or(WriteOutcome::Unknown)).collect()
    }

    /// The records of a group that a problem names by id or trace.
    fn named(&self, problem: &Problem, group: &[usize]) -> Vec<usize> {
        let ids: Vec<&str> = ["ids", "id", "objectId"].iter().flat_map(|key| problem.context(key)).collect();
        let traces = problem.context("objectWriteTraceId");
        let is_named =
            |write: &CompanyWrite| ids.contains(&write.id.as_str()) || traces.contains(&write.trace.as_str());
        group.iter().copied().filter(|at| is_named(&self.batch[*at])).collect()
    }

    fn writing_any(&self, properties: &[&str], group: &[usize]) -> Vec<usize> {
        let writes = |at: &usize| {
            let mut figures = self.batch[*at].values.iter();
            figures.any(|(figure, _)| properties.contains(&self.property(*figure).as_str()))
        };
        group.iter().copied().filter(writes).collect()
    }

    fn remember_refused_value(&mut self, at: usize, problem: &Problem) {
        if !problem.is(NO_OPTION) {
            return;
        }
        let properties = problem.properties();
        for (figure, value) in &self.batch[at].values {
            let property = self.property(*figure);
            if let (Some(value), true) = (value, properties == [property.as_str()]) {
                let value = value.as_str().to_owned();
                self.refused_values.push(RefusedValue { property, value, outcome: outcome(problem, false) });
            }
        }
    }

    fn known_refusal(&self, at: usize) -> Option<WriteOutcome> {
        let values = &self.batch[at].values;
        let writes = |refused: &&RefusedValue| {
            values.iter().any(|(figure, value)| {
                value.as_ref().is_some_and(|value| value.as_str() == refused.value)
                    && self.property(*figure) == refused.property
            })
        };
        self.refused_values.iter().find(writes).map(|refused| refused.outcome.clone())
    }

    /// Whether HubSpot's echo is what was sent. Another value is no proof of the write: it is looked up.
    fn compared(&self, write: &CompanyWrite, record: &Record) -> WriteOutcome {
        if record.archived {
            return WriteOutcome::Gone;
        }
        let differs = |(figure, sent): &(Figure, Option<Value>)| {
            let property = self.property(*figure);
            let Some(echo) = record.properties.get(&property) else { return false };
            let kind = figure.describe().kind;
            echo.as_deref().and_then(|echo| observed(kind, echo)) != *sent
        };
        match write.values.iter().find(|value| differs(value)) {
            Some((figure, _)) => {
                emit(&Event::AnswerDiffers {
                    system: SYSTEM,
                    company: write.id.as_str(),
                    found: &self.property(*figure),
                });
                WriteOutcome::Unknown
            }
            None => WriteOutcome::Applied(version(record)),
        }
    }

    fn property(&self, figure: Figure) -> String {
        figure.property_name(&self.hubspot.config.prefix)
    }
}

fn outcome(problem: &Problem, not_found: bool) -> WriteOutcome {
    if not_found || problem.is(NO_RECORD) {
        return WriteOutcome::Gone;
    }
    if problem.is("INTERNAL_ERROR") {
        return WriteOutcome::Unknown;
    }
    let code = problem.code().unwrap_or("REFUSED").to_owned();
    WriteOutcome::Refused { code, message: problem.explanation() }
}

/// Warnings mean that HubSpot put a value right: a fault of ours.
fn warn_of(answer: &Batch<Record>) {
    let of_records = answer.results.iter().filter_map(|record| record.warnings.as_ref());
    for warning in answer.warnings.iter().chain(of_records).flatten() {
        let warning = Problem::of(warning);
        emit(&Event::ValueNormalised {
            system: SYSTEM,
            category: &warning.category,
            properties: &warning.properties().join(", "),
        });
    }
}
