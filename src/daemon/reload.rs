//! SIGHUP: the configuration is read again at once, and holds from the next run on; an invalid one never does.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use super::board::Board;
use crate::cli::{CliError, Context};
use crate::events::{Event, emit};

/// A configuration that waits for the next run.
#[derive(Default)]
pub(super) struct Waiting {
    context: Mutex<Option<Context>>,
    news: Notify,
}

impl Waiting {
    /// What waits, if anything does.
    pub(super) fn take(&self) -> Option<Context> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns when something waits.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }
}

/// Reads the configuration again at every SIGHUP.
pub(super) fn on_hangup(of: &Context, board: Arc<Board>) -> Result<Arc<Waiting>, CliError> {
    let mut hangup = signal(SignalKind::hangup())
        .map_err(|error| CliError::Machine(format!("signals cannot be caught: {error}")))?;
    let waiting = Arc::new(Waiting::default());
    let (own, first) = (waiting.clone(), of.again());
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            match first.reloaded().and_then(|new| may_replace(&first, new)) {
                Ok(new) => {
                    *own.context.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
                    own.news.notify_one();
                }
                Err(error) => {
                    let problem = error.to_string();
                    emit(&Event::ReloadRefused { problem: &problem });
                    board.configured(Some(problem));
                }
            }
        }
    });
    Ok(waiting)
}

/// Whether a configuration can take the place of the one that the service began with: its state, its address and its log stay.
fn may_replace(first: &Context, new: Context) -> Result<Context, CliError> {
    let fixed = |context: &Context| {
        let settings = context.settings();
        (settings.store.path.clone(), settings.server.clone(), settings.log.clone())
    };
    if fixed(first) != fixed(&new) {
        return Err(CliError::Machine(
            "store.path, [server] and [log] are only read at the start: restart the service to change them"
                .to_owned(),
        ));
    }
    new.credentials_are_there()?;
    Ok(new)
}
