//! `sirank compute`: two CSV files in, figures as CSV out. No CRM, no store, no network.
//!
//! # How
//! 1. `companies`: the companies file is read; ids, facts and keys stay in memory.
//! 2. `documents`: the documents file is read in blocks on all threads; each row becomes 32 bytes, sorted by the hash of
//!    its document id.
//! 3. `ledger`: of every document id the last row counts; what is left becomes 16 bytes per document, sorted by spans of
//!    companies.
//! 4. Spans are computed side by side and written in the order of the companies.
//!
//! # Guarantees
//! - Both files are read to their ends before the first byte is written.
//! - The output does not depend on the number of threads.
//! - Memory: 32 bytes per document and some 80 per company, beside blocks of a few megabytes per thread.
//!
//! # Caveats
//! Whoever starts a computation waits for it: nothing here is asynchronous.

mod blocks;
mod bucketed;
mod companies;
mod documents;
mod fate;
mod key;
mod ledger;
mod output;
mod report;
mod row;
mod sums;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use self::companies::{Companies, Standing};
use self::documents::Documents;
use self::ledger::Ledger;
use self::output::Lines;
use crate::connectors::csv::{AtomicFile, InputError};
use crate::domain::figures::{Horizon, compute};
use crate::domain::intake::CurrencyRules;
use crate::domain::rules::Rules;
use crate::domain::time::Day;

pub use self::companies::WatchedPipelines;
pub use self::output::COLUMNS;
pub use self::report::{ComputeOutcome, Listing, RejectedRow, Repetition};

/// What is to be computed.
#[derive(Clone, Copy, Debug)]
pub struct ComputeRequest<'a> {
    /// The companies file: `company_id`, `vat_number`, `potential`, `category`, `d_and_p`, `owner`, `created`,
    /// `last_contacted`, `open_deal_pipelines`; further columns are ignored.
    pub companies: &'a Path,
    /// The documents file: `document_id`, `vat_number`, `date`, `kind`, `net_amount`; further columns are ignored.
    pub documents: &'a Path,
    /// The rules.
    pub rules: &'a Rules,
    /// The currency that the amounts are in.
    pub currency: &'a CurrencyRules,
    /// Which pipelines' open deals keep a customer from being cold.
    pub watched: &'a WatchedPipelines,
    /// The day for which everything is computed.
    pub as_of: Day,
    /// On how many threads; at least one is used.
    pub threads: usize,
}

/// Where the figures go.
pub enum Target<'a> {
    /// To a file, which is replaced when they are complete; readable by its owner alone.
    File(&'a Path),
    /// To a stream.
    Stream(&'a mut dyn Write),
}

/// Why nothing was computed.
#[derive(Debug, thiserror::Error)]
pub enum ComputeError {
    /// One of the files cannot be used. Nothing was written.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The figures cannot be written. A file that was there is as it was.
    #[error("{}: cannot be written: {source}", target.display())]
    Output {
        /// Where to.
        target: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no threads to compute with.
    #[error("no threads to compute with: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}

/// Computes the figures of every company and writes them, one line per company in the order of the companies file.
pub fn run(request: &ComputeRequest<'_>, target: Target<'_>) -> Result<ComputeOutcome, ComputeError> {
    let threads = request.threads.max(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let mut companies = Companies::read(request.companies, request.rules, request.watched, threads)?;
    let mut documents =
        Documents::read(request.documents, &companies, request.currency, request.as_of, threads)?;
    let mut outcome = outcome_of(&mut companies);
    let ledger = pool.install(|| {
        let settled = ledger::settle(&mut documents);
        outcome.documents = settled.by_fate.reconciliation(settled.read, &request.currency.base);
        outcome.repeated = settled.repeated;
        outcome.rejected_documents = settled.rejected;
        Ledger::of(documents, companies.count())
    });
    let portfolio =
        Portfolio { companies, ledger, rules: request.rules, horizon: Horizon::new(request.as_of) };
    match target {
        Target::Stream(stream) => {
            portfolio
                .write(stream, &pool, threads)
                .map_err(|source| unwritten(Path::new("output"), source))?;
        }
        Target::File(file) => {
            let written = AtomicFile::create(file).and_then(|mut output| {
                portfolio.write(&mut output, &pool, threads)?;
                output.commit()
            });
            written.map_err(|source| unwritten(file, source))?;
        }
    }
    Ok(outcome)
}

fn unwritten(target: &Path, source: io::Error) -> ComputeError {
    ComputeError::Output { target: target.to_path_buf(), source }
}

/// What is to be told of the companies.
fn outcome_of(companies: &mut Companies) -> ComputeOutcome {
    let mut outcome = ComputeOutcome {
        companies: u64::from(companies.count()),
        rejected_companies: std::mem::take(&mut companies.rejected),
        ..ComputeOutcome::default()
    };
    for (number, company) in companies.iter() {
        let id = || String::from_utf8_lossy(companies.id(number)).into_owned();
        match company.standing {
            Standing::NoKey => outcome.companies_without_key.push(id),
            Standing::Ambiguous => outcome.companies_ambiguous.push(id),
            Standing::Keyed => {}
        }
        outcome.potential_missing += u64::from(company.facts.potential.is_none());
    }
    outcome
}

/// Everything that the figures of all companies come from.
struct Portfolio<'a> {
    companies: Companies,
    ledger: Ledger,
    rules: &'a Rules,
    horizon: Horizon,
}

impl Portfolio<'_> {
    /// Writes all lines. A few spans at a time are computed on all threads and then written in their order.
    fn write(&self, out: &mut dyn Write, pool: &rayon::ThreadPool, threads: usize) -> io::Result<()> {
        out.write_all(&Lines::header())?;
        let firsts: Vec<u32> = (0..self.companies.count()).step_by(self.ledger.span() as usize).collect();
        let spans: Vec<(usize, u32)> = firsts.into_iter().enumerate().collect();
        for some in spans.chunks(threads * 8) {
            let parts: Vec<Vec<u8>> =
                pool.install(|| some.par_iter().map(|(span, first)| self.lines(*span, *first)).collect());
            for part in parts {
                out.write_all(&part)?;
            }
        }
        out.flush()
    }

    /// The lines of the companies of one span.
    fn lines(&self, span: usize, first: u32) -> Vec<u8> {
        let end = first.saturating_add(self.ledger.span()).min(self.companies.count());
        let entries = self.ledger.gather(span, first, (end - first) as usize);
        let mut lines = Lines::default();
        for (place, number) in (first..end).enumerate() {
            let id = self.companies.id(number);
            let company = self.companies.company(number);
            match company.standing {
                Standing::NoKey | Standing::Ambiguous => lines.empty(id),
                Standing::Keyed => {
                    let entries = entries.of(place);
                    lines.figures(id, &compute(self.rules, &self.horizon, &company.facts, entries));
                }
            }
        }
        lines.into_bytes()
    }
}
