//! `sirank compute`.

use std::collections::BTreeSet;
use std::io::Write;

use crate::cli::args::ComputeArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output;
use crate::cli::wiring::Context;
use crate::compute::{self, ComputeOutcome, ComputeRequest, Listing, Target, WatchedPipelines};

/// Computes figures from two CSV files.
pub(in crate::cli) fn run(context: &Context, args: &ComputeArgs) -> Result<Exit, CliError> {
    let policy = context.policy();
    let watched = match &policy.watched_pipelines {
        Some(names) => WatchedPipelines::Only(names.iter().cloned().collect()),
        None => WatchedPipelines::AllBut(BTreeSet::new()),
    };
    let request = ComputeRequest {
        companies: &args.companies,
        documents: &args.documents,
        rules: &policy.rules,
        currency: &policy.currency,
        watched: &watched,
        as_of: context.as_of(),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let outcome = match &args.out {
        Some(file) => compute::run(&request, Target::File(file))?,
        None => compute::run(&request, Target::Stream(&mut output::results()))?,
    };
    summary(&outcome, &mut output::messages())?;
    Ok(if outcome.has_rejected() { Exit::DoneWithFailures } else { Exit::Done })
}

/// What was computed and what was not, on standard error: standard output holds the figures.
fn summary(outcome: &ComputeOutcome, err: &mut impl Write) -> Result<(), std::io::Error> {
    let documents = &outcome.documents;
    writeln!(
        err,
        "{} companies; {} documents = {} matched + {} unmatched + {} not counted + {} rejected",
        outcome.companies,
        documents.pulled.documents,
        documents.matched.documents,
        documents.all_unmatched().documents,
        documents.all_not_counted().documents,
        documents.all_rejected().documents,
    )?;
    if outcome.potential_missing > 0 {
        writeln!(err, "{} companies have no potential", outcome.potential_missing)?;
    }
    list(err, "companies without a key, so without figures", &outcome.companies_without_key)?;
    list(err, "companies that share a key, so without figures", &outcome.companies_ambiguous)?;
    list(err, "documents given more than once (the later row counts)", &outcome.repeated)?;
    list(err, "rows of the companies file could not be used", &outcome.rejected_companies)?;
    list(err, "rows of the documents file could not be used", &outcome.rejected_documents)
}

fn list<T: std::fmt::Display>(
    err: &mut impl Write,
    what: &str,
    listing: &Listing<T>,
) -> Result<(), std::io::Error> {
    if listing.count == 0 {
        return Ok(());
    }
    writeln!(err, "{} {what}:", listing.count)?;
    for item in &listing.first {
        writeln!(err, "  {item}")?;
    }
    if listing.count > listing.first.len() as u64 {
        writeln!(err, "  … and {} more", listing.count - listing.first.len() as u64)?;
    }
    Ok(())
}
