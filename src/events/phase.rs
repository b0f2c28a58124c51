//! How far the run of this process has come: there is one at a time, and its lines say so.

use std::sync::{Mutex, PoisonError};

static PHASE: Mutex<&str> = Mutex::new("begin");

/// From here on the run is in this phase.
pub fn enter_phase(phase: &'static str) {
    *PHASE.lock().unwrap_or_else(PoisonError::into_inner) = phase;
}

/// The phase that the run is in.
pub fn phase() -> &'static str {
    *PHASE.lock().unwrap_or_else(PoisonError::into_inner)
}
