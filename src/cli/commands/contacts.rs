//! `sirank contacts`.

use std::io::Write;
use std::path::Path;

use crate::cli::args::ContactsArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::format::Format;
use crate::cli::output::Output;
use crate::cli::render::contacts;
use crate::cli::wiring::Context;
use crate::clock::now;
use crate::connectors::csv::AtomicFile;
use crate::domain::explanation::Explainer;
use crate::engine::{ContactPlan, ContactRequest};

/// How far ahead is looked where no day is given.
const DAYS_AHEAD: u64 = 30;

/// Lists who has to be contacted by when, from what was pulled last.
pub(in crate::cli) fn run(
    context: &Context,
    args: &ContactsArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let store = context.open_store_for_reading()?;
    let as_of = context.as_of();
    let request = ContactRequest {
        as_of,
        until: args.until.unwrap_or_else(|| as_of.plus_days(DAYS_AHEAD)),
        overdue_only: args.overdue,
        clusters: args.cluster.clone(),
        owners: args.owner.clone(),
    };
    let plan = ContactPlan::of(&store, context.policy(), &request)?;
    let explainer = Explainer::new(context.policy().language, context.currency());
    let text = match args.format {
        Format::Table => contacts::table(&plan, &request, &explainer),
        Format::Json => json(&plan)?,
        Format::Csv => contacts::csv(&plan)?,
        Format::Ical => contacts::calendar(&plan, &explainer, now()),
    };
    match &args.out {
        None => out.raw(&text)?,
        Some(file) => {
            write(file, &text).map_err(|error| {
                CliError::Machine(format!("{}: the contacts could not be written: {error}", file.display()))
            })?;
            Output::aside(&format!("{}: {}", file.display(), contacts::counts(&plan)))?;
        }
    }
    if args.format == Format::Ical && !plan.to_assign.is_empty() {
        Output::aside(&format!(
            "{} without an active owner are in no calendar: `sirank contacts` lists them to be assigned",
            contacts::companies(plan.to_assign.len())
        ))?;
    }
    Ok(Exit::Done)
}

fn json(plan: &ContactPlan) -> Result<String, std::io::Error> {
    Ok(format!("{}\n", serde_json::to_string_pretty(plan)?))
}

fn write(file: &Path, text: &str) -> Result<(), std::io::Error> {
    let mut output = AtomicFile::create(file)?;
    output.write_all(text.as_bytes())?;
    output.commit()
}
