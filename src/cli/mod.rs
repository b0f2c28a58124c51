//! The command line: arguments in, results on standard output, an exit code.

pub mod args;
mod commands;
mod error;
mod exit_code;
mod field_names;
mod format;
mod output;
mod progress;
mod render;
mod task;
mod wiring;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
pub(crate) use error::CliError;
pub use exit_code::Exit;
pub use format::Format;
pub(crate) use output::Output;
pub(crate) use task::{Task, Work};
pub(crate) use wiring::{Context, Systems};

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    #[cfg(feature = "simulated-time")]
    if let Some(file) = crate::settings::Environment::of_process().get("SIRANK_SIMULATED_CLOCK")
        && let Err(error) = crate::clock::simulate(std::path::Path::new(file))
    {
        let _ = writeln!(output::messages(), "sirank: the clock {file} cannot be opened: {error}");
        return Exit::Usage.into();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            let code = if message.use_stderr() { Exit::Usage } else { Exit::Done };
            // Nowhere is left to say that help could not be printed.
            let _ = message.print();
            return code.into();
        }
    };
    let advice = how_to_go_on(&cli.command);
    match execute(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let _ = writeln!(output::messages(), "sirank: {error}");
            if let (Some(advice), Exit::Unavailable) = (advice, error.exit()) {
                let _ = writeln!(output::messages(), "Nothing is lost: {advice}.");
            }
            error.exit().into()
        }
    }
}

/// How to go on with a command that could not come to its end.
fn how_to_go_on(command: &Command) -> Option<String> {
    match command {
        Command::Backfill(args) if !args.scope.company.is_empty() || args.scope.limit.is_some() => {
            Some("start it again with the same options".to_owned())
        }
        Command::Backfill(args) if args.dry_run => {
            Some("`sirank backfill --dry-run --resume` goes on from here".to_owned())
        }
        Command::Backfill(_) => Some("`sirank backfill --resume` goes on from here".to_owned()),
        Command::Apply(args) => Some(format!("`sirank apply {}` goes on from here", args.plan)),
        Command::Undo(args) => Some(format!("`sirank undo {}` goes on from here", args.run)),
        _ => None,
    }
}

fn execute(cli: Cli) -> Result<Exit, CliError> {
    let mut out = Output::stdout(cli.common.format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Machine(format!("the runtime could not be started: {error}")))?;
    let common = cli.common;
    keep_running_at_the_file_size_limit(&runtime);
    match cli.command {
        #[cfg(feature = "demo")]
        Command::Demo(args) => runtime.block_on(commands::demo::run(&common, &args, &mut out)),
        Command::Config(args) => commands::config::run(&common, &args, &mut out),
        Command::Check(args) if args.offline => commands::check::offline(&common, &mut out),
        command => {
            let context = Context::load(&common)?;
            let do_task = |context: Context, task: Task, out: &mut Output| {
                runtime.block_on(task::run(context, &task, common.format, out))
            };
            match command {
                Command::Auth(args) => runtime.block_on(commands::auth::run(&context, &args, &mut out)),
                Command::Check(_) => runtime.block_on(commands::check::live(&context, &mut out)),
                Command::Setup(args) => do_task(context, Task::Setup(args), &mut out),
                Command::Backfill(args) => do_task(context, Task::Backfill(args), &mut out),
                Command::Plan(args) => do_task(context, Task::Plan(args), &mut out),
                Command::Apply(args) => do_task(context, Task::Apply(args), &mut out),
                Command::Run => runtime.block_on(crate::daemon::run(context.patient())),
                Command::Compute(args) => commands::compute::run(&context, &args),
                Command::Contacts(args) => commands::contacts::run(&context, &args, &mut out),
                Command::Explain(args) => commands::explain::run(&context, &args, &mut out),
                Command::Report(args) => commands::report::run(&context, &args, &mut out),
                Command::Runs(args) => commands::runs::run(&context, &args, &mut out),
                Command::History(args) => commands::history::run(&context, &args, &mut out),
                Command::Undo(args) => do_task(context, Task::Undo(args), &mut out),
                Command::Backup(args) => commands::backup::run(&context, &args, &mut out),
                Command::Unmatched => commands::lists::unmatched(&context, &mut out),
                Command::Rejected => commands::lists::rejected(&context, &mut out),
                Command::Failed => commands::lists::failed(&context, &mut out),
                #[cfg(feature = "demo")]
                Command::Demo(_) => Ok(Exit::Done),
                Command::Config(_) => Ok(Exit::Done),
            }
        }
    }
}

/// A limit on the size of files (`ulimit -f`, `LimitFSIZE=`) kills a process by SIGXFSZ, unless it is caught: the write
/// then fails like one to a full disk, and is reported like one.
#[cfg(unix)]
fn keep_running_at_the_file_size_limit(runtime: &tokio::runtime::Runtime) {
    use tokio::signal::unix::{SignalKind, signal};
    const SIGXFSZ: i32 = 25;
    let _inside = runtime.enter();
    // The handler stays when the stream is dropped. Without it everything works but for that limit.
    drop(signal(SignalKind::from_raw(SIGXFSZ)));
}

#[cfg(not(unix))]
fn keep_running_at_the_file_size_limit(_runtime: &tokio::runtime::Runtime) {}
