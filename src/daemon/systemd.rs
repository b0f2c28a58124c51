//! What systemd is told: readiness, what the service is doing, its end, and that it gets on.

use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use super::board::Board;
use crate::events::{Event, beats, emit};

/// Outside systemd nobody listens, which is no fault.
fn tell(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}

pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

pub(super) fn doing(what: &str) {
    tell(&[NotifyState::Status(what)]);
}

/// Tells of the end as soon as it is asked for: the call in flight may take a while.
pub(super) async fn tell_of_stop(stop: CancellationToken) {
    stop.cancelled().await;
    tell(&[NotifyState::Stopping, NotifyState::Status("Finishing the call in flight")]);
}

/// Without systemd's watchdog, health is judged by this patience.
const PATIENCE: Duration = Duration::from_mins(10);

/// Feeds the watchdog while anything gets on: pages, batches, calls, waits that are meant to be. What hangs does not.
pub(super) fn watch(board: Arc<Board>) {
    let watchdog = sd_notify::watchdog_enabled();
    let patience = watchdog.map_or(PATIENCE, |patience| patience / 2);
    let look = (patience / 4).max(Duration::from_millis(100));
    tokio::spawn(async move {
        let mut seen = beats();
        let mut still = Duration::ZERO;
        loop {
            tokio::time::sleep(look).await;
            let now = beats();
            if now == seen {
                still += look;
                if still >= patience {
                    if still < patience + look {
                        emit_stalled(still);
                        // Telling of it is no progress.
                        seen = beats();
                    }
                    board.stalled(Some(still.as_secs()));
                    continue;
                }
            } else {
                seen = now;
                still = Duration::ZERO;
                board.stalled(None);
            }
            if watchdog.is_some() {
                tell(&[NotifyState::Watchdog]);
            }
        }
    });
}

fn emit_stalled(still: Duration) {
    emit(&Event::ProgressStalled { idle_seconds: still.as_secs() });
}
