//! What the service says of itself: the part that only it knows, beside what its state holds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::schedule::Appointment;
use crate::clock::{now, stamp};
use crate::engine::Progress;
use crate::events::{Standing, beat};
use crate::ports::{QuotaState, Usage};
use crate::store::{Store, StoreError, StoreStanding};

/// What the service is doing.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Doing {
    pub(super) what: String,
    pub(super) since: String,
    pub(super) step: Option<String>,
    pub(super) done: u64,
    pub(super) total: Option<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    configuration_read: Option<DateTime<Utc>>,
    configuration_problem: Option<String>,
    doing: Option<Doing>,
    next: Vec<Appointment>,
    trouble: Option<String>,
    quotas: BTreeMap<String, Vec<QuotaState>>,
    stalled: Option<u64>,
}

/// The notice board.
#[derive(Debug)]
pub(super) struct Board {
    state: PathBuf,
    started: DateTime<Utc>,
    inner: Mutex<Inner>,
}

impl Board {
    pub(super) fn new(state: PathBuf) -> Self {
        let started = now();
        let inner = Inner { configuration_read: Some(started), ..Inner::default() };
        Self { state, started, inner: Mutex::new(inner) }
    }

    pub(super) fn begin(&self, what: &str) {
        let doing = Doing { what: what.to_owned(), since: stamp(now()), step: None, done: 0, total: None };
        self.locked().doing = Some(doing);
    }

    /// Work has ended; `trouble` is what a person has to mend before it can go well.
    pub(super) fn end(&self, trouble: Option<String>, usage: Vec<(String, Usage)>) {
        let mut inner = self.locked();
        inner.doing = None;
        inner.trouble = trouble;
        inner.quotas = usage.into_iter().map(|(system, usage)| (system, usage.quotas)).collect();
    }

    /// Work has ended that says nothing of whether a run can go well.
    pub(super) fn rest(&self, usage: Vec<(String, Usage)>) {
        let trouble = self.locked().trouble.clone();
        self.end(trouble, usage);
    }

    pub(super) fn schedule(&self, next: Vec<Appointment>) {
        self.locked().next = next;
    }

    pub(super) fn configured(&self, problem: Option<String>) {
        let mut inner = self.locked();
        if problem.is_none() {
            inner.configuration_read = Some(now());
        }
        inner.configuration_problem = problem;
    }

    pub(super) fn stalled(&self, seconds: Option<u64>) {
        self.locked().stalled = seconds;
    }

    /// What a command that is handed over has to wait for.
    pub(super) fn occupation(&self) -> String {
        match &self.locked().doing {
            None => "The service does it now.".to_owned(),
            Some(Doing { what, since, step: None, .. }) => {
                format!("The service is at something else ({what}, since {since}) and does it then.")
            }
            Some(Doing { what, since, step: Some(step), .. }) => {
                format!("The service is at something else ({what}: {step}, since {since}) and does it then.")
            }
        }
    }

    /// Why the service is not healthy, if it is not.
    pub(super) fn ailment(&self) -> Option<String> {
        let stalled = self.locked().stalled;
        stalled.map(|seconds| format!("nothing has got on for {seconds} s"))
    }

    /// Why the service does not do its work, if it does not.
    pub(super) fn hindrance(&self) -> Option<String> {
        self.ailment().or_else(|| self.locked().trouble.clone())
    }

    /// The whole of it for people and programs.
    pub(super) fn page(&self) -> Result<Value, StoreError> {
        let state = Store::open_for_reading(&self.state)?.standing()?;
        let inner = self.locked();
        let held: Vec<_> = state
            .held
            .iter()
            .map(|plan| json!({ "id": plan.id, "as_of": plan.as_of, "created": plan.created, "objections": plan.objections }))
            .collect();
        let last = state.last_run.as_ref().map(|run| {
            json!({
                "id": run.id, "command": run.command, "as_of": run.as_of, "started": run.started,
                "ended": run.ended, "phase": run.phase, "outcome": run.outcome,
                "error": run.summary.as_ref().and_then(|summary| summary.get("error")),
            })
        });
        let documents = documents(&state);
        Ok(json!({
            "version": env!("CARGO_PKG_VERSION"),
            "state": self.state,
            "state_bytes": state.bytes,
            "started": stamp(self.started),
            "configuration": { "read": inner.configuration_read.map(stamp), "problem": inner.configuration_problem },
            "doing": inner.doing,
            "trouble": inner.trouble,
            "last_run": last,
            "last_good_run": state.last_good,
            "next_runs": inner.next,
            "held_plans": held,
            "failed_writes": state.failed,
            "companies": state.companies,
            "documents": documents.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect::<BTreeMap<_, _>>(),
            "quotas": inner.quotas,
        }))
    }

    /// The part of it that becomes metrics.
    pub(super) fn standing(&self) -> Result<Standing, StoreError> {
        let state = Store::open_for_reading(&self.state)?.standing()?;
        let inner = self.locked();
        let last_good = state.last_good.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        let last_good = last_good.map(|moment| moment.with_timezone(&Utc));
        Ok(Standing {
            last_good_run: last_good.map_or(0.0, seconds),
            last_good_run_age: (seconds(now()) - seconds(last_good.unwrap_or(self.started))).max(0.0),
            companies: state.companies,
            documents: documents(&state),
            held_plans: state.held.len() as u64,
            failed_writes: state.failed,
            state_bytes: state.bytes,
            next_runs: inner.next.iter().map(|next| (next.kind.word(), seconds(next.due))).collect(),
        })
    }

    fn locked(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Board {
    fn begin(&self, step: &str, total: Option<u64>) {
        beat();
        if let Some(doing) = &mut self.locked().doing {
            *doing = Doing { step: Some(step.to_owned()), done: 0, total, ..doing.clone() };
        }
    }

    fn advance(&self, items: u64) {
        beat();
        if let Some(doing) = &mut self.locked().doing {
            doing.done += items;
        }
    }

    fn end(&self) {
        beat();
    }
}

/// Documents by what they count as, from the newest computation.
fn documents(state: &StoreStanding) -> [(&'static str, u64); 4] {
    let found = state.analysis.as_ref().and_then(|analysis| analysis.get("reconciliation"));
    let sum = |name: &str| found.and_then(|found| found.get(name)).map_or(0, counted);
    ["matched", "unmatched", "not_counted", "rejected"].map(|name| (name, sum(name)))
}

/// The documents of a tally, or of tallies by reason.
fn counted(tally: &Value) -> u64 {
    match tally.get("documents") {
        Some(count) => count.as_u64().unwrap_or(0),
        None => tally.as_object().map_or(0, |reasons| reasons.values().map(counted).sum()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below what a float holds exactly")]
fn seconds(moment: DateTime<Utc>) -> f64 {
    moment.timestamp_millis() as f64 / 1000.0
}
