//! The service: the same run again and again, until it is asked to stop.

use std::time::Duration;

use crate::cli::{CliError, Context, Exit};
use crate::engine::{EngineError, Reading, Request, SERVICE, Scope};
use crate::events::{Event, emit};
use crate::ports::Trouble;

/// Runs until SIGTERM or an interrupt, which end it in good order.
pub(crate) async fn run(context: &Context) -> Result<Exit, CliError> {
    let store = context.open_store()?;
    let systems = context.systems(&store)?;
    let interval = Duration::from_mins(context.settings().schedule.interval_minutes.into());
    loop {
        let request = Request {
            command: SERVICE,
            as_of: context.as_of(),
            today: context.today(),
            reading: Reading::Changes,
            scope: Scope::default(),
            apply: true,
            resume: true,
        };
        let engine = systems.engine(context, &store);
        match engine.run(&request).await {
            Ok(_) => {}
            Err(EngineError::Stopped) => break,
            Err(failure) if is_lasting(&failure) => return Err(failure.into()),
            Err(_) => tracing::trace!("the engine has told of it"),
        }
        tokio::select! {
            () = context.stop().cancelled() => break,
            () = tokio::time::sleep(interval) => {}
        }
    }
    emit(&Event::ServiceEnded {});
    Ok(Exit::Done)
}

/// Whether waiting cannot mend it: the service manager has to know.
fn is_lasting(error: &EngineError) -> bool {
    match error {
        EngineError::Call(error) => matches!(error.trouble, Trouble::Configuration(_) | Trouble::State(_)),
        EngineError::Store(_) => true,
        EngineError::Preflight(_)
        | EngineError::Stopped
        | EngineError::NotFound(_)
        | EngineError::Overtaken(_) => false,
    }
}
