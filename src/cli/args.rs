//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};

use super::format::{Format, TableOrJson};
use crate::domain::cluster::Cluster;
use crate::domain::time::Day;

/// Keeps a company's customer analytics alive inside its CRM.
///
/// Exit codes: 0 done · 1 unexpected failure · 2 wrong usage · 3 configuration invalid · 4 authentication or permission
/// refused · 5 a remote system was unavailable and the work can be resumed · 6 held for approval · 7 done, but some
/// records were refused or rejected · 8 another instance holds the state.
#[derive(Debug, Parser)]
#[command(name = "sirank", version, propagate_version = true, max_term_width = 110)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub common: Common,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Configuration file (TOML); may be repeated, the later one wins
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Vec<PathBuf>,
    /// The day to compute for, YYYY-MM-DD [default: today in the configured time zone]
    #[arg(long, global = true, value_name = "DATE")]
    pub as_of: Option<Day>,
    /// How results are printed
    #[arg(long, global = true, default_value = "table", value_parser = TableOrJson)]
    pub format: Format,
    /// How log lines on standard error look [default: text on a terminal, else as configured]
    #[arg(long, global = true, value_enum)]
    pub log_format: Option<LogFormat>,
    /// Log more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// A command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The whole thing on embedded mock servers: set-up, backfill, matrix, and a second backfill that writes nothing
    #[cfg(feature = "demo")]
    Demo(DemoArgs),
    /// Validate the configuration, then the live systems; every finding says what to do
    Check(CheckArgs),
    /// Authorise sirank for a system by OAuth, in the browser; without a system, list how the authorisations stand
    Auth(AuthArgs),
    /// Create what is missing in the CRM; repeating it changes nothing
    Setup(SetupArgs),
    /// Once: pull everything, compute, plan, apply
    Backfill(BackfillArgs),
    /// Run as a service: keep the CRM up to date, until SIGTERM
    Run,
    /// No CRM at all: two CSV files in, figures as CSV out
    Compute(ComputeArgs),
    /// Pull, compute, and show what would be written; the plan is stored for `apply`
    Plan(ScopeArgs),
    /// Apply a stored plan; the approval of one that was held
    Apply(ApplyArgs),
    /// Every figure of one company with the documents and rules behind it
    Explain(ExplainArgs),
    /// Who has to be contacted by when, by owner and cluster; and which companies need an owner first
    Contacts(ContactsArgs),
    /// The customer matrix, key figures and the reconciliation of documents
    Report(ReportArgs),
    /// What each run did
    Runs(RunsArgs),
    /// What was written to a company, when, why, and what people changed in between
    History(HistoryArgs),
    /// Put back what a run wrote, where nobody has changed it since
    Undo(UndoArgs),
    /// A consistent copy of the state, also while the service runs
    Backup(BackupArgs),
    /// Documents that are no company's
    Unmatched,
    /// Documents that could not be used
    Rejected,
    /// Writes that the CRM refused
    Failed,
    /// The effective configuration with the origin of each value, secrets hidden
    Config(ConfigArgs),
}

/// Options of `demo`.
#[cfg(feature = "demo")]
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Which CRM is played
    #[arg(long, value_enum, default_value_t)]
    pub crm: DemoCrm,
}

/// A CRM that the demo can play.
#[cfg(feature = "demo")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DemoCrm {
    /// HubSpot.
    #[default]
    Hubspot,
    /// vTiger CRM.
    Vtiger,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The configuration alone, without the live systems
    #[arg(long)]
    pub offline: bool,
}

/// Options of `auth`.
#[derive(Debug, Args)]
pub struct AuthArgs {
    /// `hubspot`, or the name of an accounting source
    pub system: Option<String>,
    /// Listen on no port: paste the address that the browser ended at
    #[arg(long, requires = "system")]
    pub no_browser: bool,
    /// How long the answer is waited for
    #[arg(long, requires = "system", value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout_seconds: u64,
}

/// Options of `setup`.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct SetupArgs {
    /// List what would be created, create nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Which companies a plan is about.
#[derive(Clone, Debug, Default, Args, Serialize, Deserialize)]
pub struct ScopeArgs {
    /// Only this company, by its CRM id; may be repeated
    #[arg(long, value_name = "ID")]
    pub company: Vec<String>,
    /// At most so many changed companies
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub limit: Option<usize>,
}

/// Options of `backfill`.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct BackfillArgs {
    /// Stop after the plan: nothing is written to the CRM
    #[arg(long)]
    pub dry_run: bool,
    /// Go on where a stopped run was
    #[arg(long, conflicts_with_all = ["company", "limit"])]
    pub resume: bool,
    /// Which companies.
    #[command(flatten)]
    pub scope: ScopeArgs,
}

/// Options of `compute`.
#[derive(Debug, Args)]
pub struct ComputeArgs {
    /// Companies, a CSV file (plain or .gz)
    #[arg(long, value_name = "FILE")]
    pub companies: PathBuf,
    /// Documents, a CSV file (plain or .gz)
    #[arg(long, value_name = "FILE")]
    pub documents: PathBuf,
    /// Where the figures go [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `apply`.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct ApplyArgs {
    /// The plan's id, or its beginning
    pub plan: String,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// CRM id, VAT number, or a part of the name
    pub company: String,
}

/// Options of `contacts`.
#[derive(Debug, Args)]
pub struct ContactsArgs {
    /// Only of this owner: an id, an e-mail address, a name or a part of one; may be repeated
    #[arg(long, value_name = "TEXT")]
    pub owner: Vec<String>,
    /// Only of these clusters: A,B
    #[arg(long, value_name = "CLUSTERS", value_delimiter = ',', value_parser = cluster)]
    pub cluster: Vec<Cluster>,
    /// Due on this day at the latest; what is overdue is always listed [default: 30 days from the as-of day]
    #[arg(long, value_name = "DATE", conflicts_with = "overdue")]
    pub until: Option<Day>,
    /// Only what is overdue
    #[arg(long)]
    pub overdue: bool,
    /// How the list is printed
    // Under the name of the option of all commands, which it replaces here.
    #[arg(id = "format", long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: Format,
    /// Where the list goes [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Also every company with its figures (JSON)
    #[arg(long)]
    pub companies: bool,
}

/// Options of `runs`.
#[derive(Debug, Args)]
pub struct RunsArgs {
    /// At most so many, newest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
}

/// Options of `history`.
#[derive(Debug, Args)]
pub struct HistoryArgs {
    /// CRM id, VAT number, or a part of the name
    pub company: String,
    /// At most so many values, newest first
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_least_one)]
    pub limit: usize,
}

/// Options of `undo`.
#[derive(Clone, Debug, Args, Serialize, Deserialize)]
pub struct UndoArgs {
    /// The run's id, or its beginning
    pub run: String,
    /// Show what would be put back, write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Where the copy goes
    pub file: PathBuf,
    /// Overwrite the file if there is one
    #[arg(long)]
    pub force: bool,
}

/// Options of `config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// Print the JSON schema of the configuration instead
    #[arg(long)]
    pub schema: bool,
}

fn cluster(text: &str) -> Result<Cluster, String> {
    let letters = Cluster::ALL.map(Cluster::as_str).join(", ");
    Cluster::from_letter(&text.trim().to_uppercase()).ok_or_else(|| format!("the clusters are {letters}"))
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".to_owned()),
        other => other.map_err(|error: std::num::ParseIntError| error.to_string()),
    }
}
