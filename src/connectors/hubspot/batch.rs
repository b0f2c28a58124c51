//! Writing a batch of records, whatever their kind, and taking a refused one apart down to the record that caused it.
//!
//! # Guarantees
//! One fate per record, in the batch's order. A record whose outcome is unknown is never sent again: a group is sent anew,
//! in parts, only after it was refused as a whole, so that nothing of it was written.

use std::collections::BTreeMap;
use std::future::Future;

use super::SYSTEM;
use super::client::{Answered, BATCH};
use super::problem::Problem;
use super::wire::{Batch, Record, Update};
use crate::events::{Event, emit};
use crate::http::{Class, HttpFailure, Outcome};
use crate::ports::CallError;

/// Codes that are about the definition of a property, so about every record that writes it.
const DEFINITION_CODES: [&str; 3] = ["PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE", "CALCULATED_PROPERTY"];
/// The code of a property that an administrator requires of every new record: about every record that lacks it.
const REQUIRED: &str = "MISSING_REQUIRED_PROPERTY";
/// Codes of a value that is refused for every record: it is no option, or no owner.
const VALUE_CODES: [&str; 2] = ["INVALID_OPTION", "INVALID_OWNER_ID"];
/// The code of a record that is no more.
const NO_RECORD: &str = "OBJECT_NOT_FOUND";

/// What became of one record.
#[derive(Clone, Debug)]
pub(super) enum Fate<T> {
    /// It was written.
    Applied(T),
    /// It was refused, and would be again.
    Refused { code: String, message: String },
    /// It is no more.
    Gone,
    /// Nobody knows.
    Unknown,
}

/// The properties of one record as they are sent.
pub(super) type Values = BTreeMap<String, String>;

/// One batch of one kind of records: what is sent, and what answers mean.
pub(super) trait Writing: Sync {
    /// What is known of a record that was written.
    type Applied: Clone + Send + Sync;

    /// For people: `writing companies`.
    fn doing(&self) -> String;

    /// What names a record for people.
    fn name(&self, at: usize) -> String;

    /// Sends some of the records in one call.
    fn send(
        &self,
        group: &[usize],
        values: &[Values],
    ) -> impl Future<Output = Answered<Batch<Record>>> + Send;

    /// What an answer of 200 or 207 says of a record that no error of it is about.
    fn settled(&self, at: usize, sent: &Values, answers: &[Record]) -> Fate<Self::Applied>;

    /// Whether a problem names a record.
    fn is_named(&self, at: usize, ids: &[&str], traces: &[&str]) -> bool;

    /// What a refusal means for a record.
    fn refused(&self, problem: &Problem) -> Fate<Self::Applied> {
        refusal(problem)
    }
}

/// Writes a whole batch, each record with its values.
///
/// # Errors
/// Only where nothing of it was written.
pub(super) async fn write<W: Writing>(
    work: &W,
    values: &[Values],
) -> Result<Vec<Fate<W::Applied>>, CallError> {
    let mut session = Session::new(work, values);
    while let Some(group) = session.next_group() {
        match work.send(&group, values).await {
            Ok(answer) => session.settle(&group, &answer),
            Err(failure) if failure.outcome == Outcome::Unknown => {
                emit(&Event::OutcomeUnknown {
                    system: SYSTEM,
                    companies: group.len() as u64,
                    first: &group.first().map(|at| work.name(*at)).unwrap_or_default(),
                    reason: &failure.to_string(),
                });
                session.all(&group, &Fate::Unknown);
            }
            Err(failure) if matches!(failure.class, Class::Refused { .. } | Class::NotFound) => {
                session.take_apart(group, &failure);
            }
            Err(failure) if session.nothing_written() => {
                return Err(failure.during(SYSTEM, &work.doing()));
            }
            Err(failure) => {
                emit(&Event::BatchStopped { system: SYSTEM, reason: &failure.to_string() });
                session.stop(group);
            }
        }
    }
    Ok(session.fates())
}

/// The updates of some records; `identity` tells the id and the trace of each.
pub(super) fn updates<'a>(
    group: &[usize],
    values: &'a [Values],
    identity: impl Fn(usize) -> (&'a str, &'a str),
) -> Vec<Update<'a>> {
    let update = |at: &usize| {
        let (id, object_write_trace_id) = identity(*at);
        Update { id, object_write_trace_id, properties: &values[*at] }
    };
    group.iter().map(update).collect()
}

/// The record of an answer that repeats a trace.
pub(super) fn traced<'a>(answers: &'a [Record], trace: &str) -> Option<&'a Record> {
    answers.iter().find(|record| record.object_write_trace_id.as_deref() == Some(trace))
}

/// What a refusal means wherever nothing else is known of it.
pub(super) fn refusal<T>(problem: &Problem) -> Fate<T> {
    if problem.is(NO_RECORD) {
        return Fate::Gone;
    }
    if problem.is("INTERNAL_ERROR") {
        return Fate::Unknown;
    }
    let code = problem.code().unwrap_or("REFUSED").to_owned();
    Fate::Refused { code, message: problem.explanation() }
}

/// A part of the batch that is sent in one call: places in it.
type Group = Vec<usize>;

/// A value that HubSpot refuses whatever the record.
struct RefusedValue<T> {
    property: String,
    value: String,
    fate: Fate<T>,
}

struct Session<'a, W: Writing> {
    work: &'a W,
    values: &'a [Values],
    waiting: Vec<Group>,
    fates: Vec<Option<Fate<W::Applied>>>,
    refused_values: Vec<RefusedValue<W::Applied>>,
}

impl<'a, W: Writing> Session<'a, W> {
    fn new(work: &'a W, values: &'a [Values]) -> Self {
        let places: Vec<usize> = (0..values.len()).collect();
        let waiting = places.chunks(BATCH).rev().map(<[usize]>::to_vec).collect();
        Self { work, values, waiting, fates: vec![None; values.len()], refused_values: Vec::new() }
    }

    /// The next group to send, without the records that are known to be refused.
    fn next_group(&mut self) -> Option<Group> {
        while let Some(mut group) = self.waiting.pop() {
            group.retain(|at| match self.known_refusal(*at) {
                Some(fate) => {
                    self.fates[*at] = Some(fate);
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

    /// Reads an answer of 200 or 207: what it does not mention has an unknown outcome.
    fn settle(&mut self, group: &[usize], answer: &Batch<Record>) {
        warn_of(answer);
        for at in group {
            self.fates[*at] = Some(self.work.settled(*at, &self.values[*at], &answer.results));
        }
        for error in answer.errors.iter().flatten() {
            let problem = Problem::of(error);
            let named = self.named(&problem, group);
            if named.is_empty() {
                emit(&Event::RefusalUnnamed { system: SYSTEM, reason: &problem.explanation() });
            }
            for at in named {
                self.fates[at] = Some(self.work.refused(&problem));
            }
        }
    }

    /// A batch that was refused as a whole: finds those who caused it, and sends the others again.
    fn take_apart(&mut self, group: Group, failure: &HttpFailure) {
        let problem = failure.answer.as_ref().map(|answer| Problem::read(&answer.body)).unwrap_or_default();
        let mut culprits = self.named(&problem, &group);
        if culprits.is_empty() && DEFINITION_CODES.iter().any(|code| problem.is(code)) {
            culprits = self.writing(&problem.properties(), &group);
        }
        if culprits.is_empty() && problem.is(REQUIRED) {
            culprits = self.lacking(&problem.properties(), &group);
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
        let fate = if failure.class == Class::NotFound { Fate::Gone } else { self.work.refused(&problem) };
        let fate = match fate {
            Fate::Refused { code, message } if message.is_empty() => {
                Fate::Refused { code, message: failure.message.clone() }
            }
            fate => fate,
        };
        self.all(&culprits, &fate);
        self.waiting.push(group.into_iter().filter(|at| !culprits.contains(at)).collect());
    }

    /// Nothing more is sent: what was not settled has to be looked up.
    fn stop(&mut self, group: Group) {
        self.waiting.push(group);
        for group in std::mem::take(&mut self.waiting) {
            self.all(&group, &Fate::Unknown);
        }
    }

    fn all(&mut self, group: &[usize], fate: &Fate<W::Applied>) {
        for at in group {
            self.fates[*at] = Some(fate.clone());
        }
    }

    fn nothing_written(&self) -> bool {
        let may_be_written = |fate: &Fate<W::Applied>| matches!(fate, Fate::Applied(_) | Fate::Unknown);
        !self.fates.iter().flatten().any(may_be_written)
    }

    fn fates(self) -> Vec<Fate<W::Applied>> {
        self.fates.into_iter().map(|fate| fate.unwrap_or(Fate::Unknown)).collect()
    }

    /// The records of a group that a problem names by id or trace.
    fn named(&self, problem: &Problem, group: &[usize]) -> Vec<usize> {
        let ids: Vec<&str> = ["ids", "id", "objectId"].iter().flat_map(|key| problem.context(key)).collect();
        let traces = problem.context("objectWriteTraceId");
        group.iter().copied().filter(|at| self.work.is_named(*at, &ids, &traces)).collect()
    }

    fn writing(&self, properties: &[&str], group: &[usize]) -> Vec<usize> {
        let writes = |at: &usize| self.values[*at].keys().any(|name| properties.contains(&name.as_str()));
        group.iter().copied().filter(writes).collect()
    }

    fn lacking(&self, properties: &[&str], group: &[usize]) -> Vec<usize> {
        let lacks = |at: &usize| {
            properties.iter().any(|name| self.values[*at].get(*name).is_none_or(String::is_empty))
        };
        group.iter().copied().filter(lacks).collect()
    }

    fn remember_refused_value(&mut self, at: usize, problem: &Problem) {
        if !VALUE_CODES.iter().any(|code| problem.is(code)) {
            return;
        }
        let properties = problem.properties();
        for (property, value) in &self.values[at] {
            if !value.is_empty() && properties == [property.as_str()] {
                let (property, value) = (property.clone(), value.clone());
                self.refused_values.push(RefusedValue { property, value, fate: self.work.refused(problem) });
            }
        }
    }

    fn known_refusal(&self, at: usize) -> Option<Fate<W::Applied>> {
        let writes = |refused: &&RefusedValue<W::Applied>| {
            self.values[at].get(&refused.property) == Some(&refused.value)
        };
        self.refused_values.iter().find(writes).map(|refused| refused.fate.clone())
    }
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
