//! What an endpoint works with.

use serde_json::{Map, Value};

use super::failure::Failure;
use super::kind::Kind;
use super::options::Options;
use super::portal::Portal;
use crate::http::{Call, Reply};
use crate::journal::{Actor, WriteEntry, WriteLog};

/// The result of an endpoint.
pub(crate) type Outcome = Result<Reply, Failure>;

/// The state, the request's circumstances and the log.
pub(crate) struct Context<'a> {
    pub(crate) portal: &'a mut Portal,
    pub(crate) options: &'a Options,
    pub(crate) writes: &'a mut WriteLog,
    pub(crate) now: i64,
    pub(crate) request: u64,
    pub(crate) version: &'a str,
    pub(crate) actor: Actor,
}

impl Context<'_> {
    /// Since 2026-09: admin rules hold, dates are normalised.
    pub(crate) fn is_2026_09(&self) -> bool {
        self.version >= "2026-09"
    }

    /// Notes a write in the log.
    pub(crate) fn log(
        &mut self,
        object: &str,
        id: u64,
        action: &str,
        trace_id: Option<&str>,
        sent: &Map<String, Value>,
        changed: Vec<String>,
    ) {
        self.writes.push(WriteEntry {
            seq: 0,
            request: self.request,
            at_ms: self.now,
            by: self.actor,
            object: object.to_owned(),
            id: id.to_string(),
            action: action.to_owned(),
            trace_id: trace_id.map(str::to_owned),
            properties: sent.clone(),
            changed,
        });
    }

    /// Moves the change date of a record, as every write does.
    pub(crate) fn touch(&mut self, kind: Kind, id: u64) {
        let (now, lag) = (self.now, self.options.search_lag_ms);
        if let Some(record) = self.portal.space_mut(kind).records.get_mut(&id) {
            record.touch(now, lag);
        }
    }
}

/// The JSON object of a request's body.
pub(crate) fn body(call: &Call) -> Result<Map<String, Value>, Failure> {
    match call.json() {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(Failure::invalid(format!("Invalid input JSON: expected an object, not {other}"))),
        Err(error) => Err(Failure::bad_json(&error)),
    }
}

/// A text field that has to be there.
pub(crate) fn required<'a>(fields: &'a Map<String, Value>, name: &str) -> Result<&'a str, Failure> {
    match fields.get(name).and_then(Value::as_str) {
        Some(text) if !text.trim().is_empty() => Ok(text),
        _ => {
            Err(Failure::invalid(format!("Invalid input JSON: some required fields were not set: [{name}]")))
        }
    }
}

/// The list of strings of a field.
pub(crate) fn strings<'a>(fields: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    fields.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}
