//! What happened: every request, every write, and the fullest moments.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::window::Peak;

/// One request as it arrived and was answered.
#[derive(Clone, Debug, Serialize)]
pub struct RequestEntry {
    /// Counted from 1.
    pub no: u64,
    /// The mock's time, milliseconds since the epoch.
    pub at_ms: i64,
    /// The HTTP method.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// `list`, `batch_update`, `search`, ...
    pub kind: String,
    /// The status answered; 0 when the connection was reset instead.
    pub status: u16,
    /// Whether a scripted fault hit it.
    pub fault: bool,
    /// Whether it carried an `Authorization` header.
    pub authorized: bool,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The body, where bodies are recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// Who changed a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A request of the API.
    Api,
    /// A person in the vendor's own pages, played by the test.
    Person,
}

/// One write to one record.
#[derive(Clone, Debug, Serialize)]
pub struct WriteEntry {
    /// Counted from 1 over all writes.
    pub seq: u64,
    /// The request that did it; 0 for a person.
    pub request: u64,
    /// The mock's time, milliseconds since the epoch.
    pub at_ms: i64,
    /// Who did it.
    pub by: Actor,
    /// `companies`, `deals`, `issued_documents`, ...
    pub object: String,
    /// The record.
    pub id: String,
    /// `create`, `update`, `archive`, `merge`, `associate`.
    pub action: String,
    /// The caller's `objectWriteTraceId`.
    pub trace_id: Option<String>,
    /// What was sent for it.
    pub properties: Map<String, Value>,
    /// The names whose stored value became another one. Empty: a write that changed nothing.
    pub changed: Vec<String>,
}

/// All writes, oldest first.
#[derive(Clone, Debug, Default)]
pub struct WriteLog {
    entries: Vec<WriteEntry>,
}

impl WriteLog {
    pub(crate) fn push(&mut self, mut entry: WriteEntry) {
        entry.seq = self.entries.len() as u64 + 1;
        self.entries.push(entry);
    }

    /// All of them.
    pub fn all(&self) -> &[WriteEntry] {
        &self.entries
    }

    /// Those of one record.
    pub fn of(&self, object: &str, id: &str) -> Vec<&WriteEntry> {
        self.entries.iter().filter(|entry| entry.object == object && entry.id == id).collect()
    }

    /// Records of a kind that were written more than once by the API, with the number of writes.
    pub fn written_twice(&self, object: &str) -> BTreeMap<String, usize> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| entry.object == object && entry.by == Actor::Api) {
            *counts.entry(entry.id.clone()).or_default() += 1;
        }
        counts.retain(|_, count| *count > 1);
        counts
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// The counters of a mock at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Requests so far.
    pub requests: u64,
    /// By kind.
    pub by_kind: BTreeMap<String, u64>,
    /// By status answered.
    pub by_status: BTreeMap<u16, u64>,
    /// Answers that said "too many": 429.
    pub throttled: u64,
    /// The most requests in any second, by bucket and in all (`all`).
    pub max_in_1s: BTreeMap<String, usize>,
    /// The most requests in any ten seconds, by bucket and in all (`all`).
    pub max_in_10s: BTreeMap<String, usize>,
    /// The most requests that were being answered at once.
    pub max_in_flight: usize,
    /// Requests hit by a scripted fault.
    pub faults: u64,
}

#[derive(Debug)]
struct Peaks {
    second: Peak,
    ten_seconds: Peak,
}

/// The requests of a mock.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Vec<RequestEntry>,
    peaks: BTreeMap<String, Peaks>,
    in_flight: usize,
    max_in_flight: usize,
    pub(crate) record_bodies: bool,
}

impl Journal {
    pub(crate) fn begin(&mut self, mut entry: RequestEntry, bucket: &str) -> u64 {
        let no = self.entries.len() as u64 + 1;
        entry.no = no;
        for name in ["all", bucket] {
            let peaks = self
                .peaks
                .entry(name.to_owned())
                .or_insert_with(|| Peaks { second: Peak::new(1_000), ten_seconds: Peak::new(10_000) });
            peaks.second.note(entry.at_ms);
            peaks.ten_seconds.note(entry.at_ms);
        }
        self.entries.push(entry);
        self.in_flight += 1;
        self.max_in_flight = self.max_in_flight.max(self.in_flight);
        no
    }

    pub(crate) fn answered(&mut self, no: u64, status: u16, fault: bool) {
        let index = usize::try_from(no).unwrap_or(0).saturating_sub(1);
        if let Some(entry) = self.entries.get_mut(index) {
            entry.status = status;
            entry.fault = fault;
        }
    }

    pub(crate) fn left(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(crate) fn entries(&self) -> &[RequestEntry] {
        &self.entries
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut stats = Stats {
            requests: self.entries.len() as u64,
            max_in_flight: self.max_in_flight,
            ..Stats::default()
        };
        for entry in &self.entries {
            *stats.by_kind.entry(entry.kind.clone()).or_default() += 1;
            *stats.by_status.entry(entry.status).or_default() += 1;
            stats.throttled += u64::from(entry.status == 429);
            stats.faults += u64::from(entry.fault);
        }
        for (name, peaks) in &self.peaks {
            stats.max_in_1s.insert(name.clone(), peaks.second.most());
            stats.max_in_10s.insert(name.clone(), peaks.ten_seconds.most());
        }
        stats
    }

    /// Forgets what happened so far; numbering starts again.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.peaks.clear();
        self.max_in_flight = self.in_flight;
    }
}

/// Entries as the control endpoints show them.
pub(crate) fn as_json<T: Serialize>(entries: &T) -> Value {
    serde_json::to_value(entries).unwrap_or_else(|error| json!({"error": error.to_string()}))
}
