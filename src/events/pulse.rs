//! Signs of life: whatever gets on beats, and who watches the service sees whether anything did.

use std::sync::atomic::{AtomicU64, Ordering};

static BEATS: AtomicU64 = AtomicU64::new(0);

/// Says that something got on.
pub fn beat() {
    BEATS.fetch_add(1, Ordering::Relaxed);
}

/// How often something got on, since the process began.
pub fn beats() -> u64 {
    BEATS.load(Ordering::Relaxed)
}
