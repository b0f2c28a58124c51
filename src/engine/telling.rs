//! What a run tells operations of itself: the span that all of its lines are in, and the one line that sums it up.

use tokio::time::Instant;
use tracing::{Span, info_span};

use crate::clock;
use crate::domain::ids::RunId;
use crate::events::{Event, emit, enter_phase};
use crate::ports::Usage;
use crate::store::RunOutcome;

use super::{Applied, Engine};

/// Every line of a run has its id.
pub(super) fn span_of(run: &RunId) -> Span {
    enter_phase("begin");
    info_span!("run", run = %run)
}

/// What was the case when a piece of work began.
pub(super) struct Start {
    pub(super) command: &'static str,
    at: Instant,
    usage: Vec<(String, Usage)>,
}

impl Start {
    pub(super) fn now(engine: &Engine<'_>, command: &'static str) -> Self {
        Self { command, at: clock::instant(), usage: engine.usage() }
    }

    pub(super) fn seconds(&self) -> f64 {
        clock::instant().duration_since(self.at).as_secs_f64()
    }

    /// Calls to each system since then: a service's connectors outlive its runs.
    pub(super) fn usage_of(&self, engine: &Engine<'_>) -> Vec<(String, Usage)> {
        let both = engine.usage().into_iter().zip(&self.usage);
        both.map(|((system, usage), (_, earlier))| (system, usage.since(earlier))).collect()
    }

    /// The one summary line of a run.
    pub(super) fn tell_end(
        &self,
        outcome: RunOutcome,
        usage: &[(String, Usage)],
        changes: u64,
        applied: Option<Applied>,
    ) {
        let applied = applied.unwrap_or_default();
        emit(&Event::RunEnded {
            command: self.command,
            outcome: outcome.word(),
            seconds: self.seconds(),
            calls: usage.iter().map(|(_, usage)| usage.total()).sum(),
            writes: usage.iter().map(|(_, usage)| usage.writes).sum(),
            changes,
            applied: applied.applied,
            refused: applied.refused,
        });
    }
}
