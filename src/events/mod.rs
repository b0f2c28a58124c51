//! What operations hear of: every event is declared once, and is logged and counted by one call.
//!
//! `config/events.md` and `config/metrics.md` are written from the declarations here; a test holds them to it.

mod declare;
mod list;
mod metrics;
mod phase;
mod pulse;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

pub use declare::Declared;
pub use list::{EVENTS, Event};
pub use metrics::{METRICS, Metrics, Standing};
pub use phase::{enter_phase, phase};
pub use pulse::{beat, beats};

/// The metrics of this process.
static COUNTED: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// Tells of an event: the log line and the metrics that belong to it.
pub fn emit(event: &Event<'_>) {
    beat();
    event.log();
    event.count(&COUNTED);
}

/// The metrics of this process.
pub fn metrics() -> &'static Metrics {
    &COUNTED
}
