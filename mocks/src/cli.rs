//! The command line of the mock servers.

mod dolibarr;
mod odoo;
mod vtiger;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use sirank_mocks::clock::Clock;
use sirank_mocks::fattureincloud::{Company, FattureInCloud, Quotas};
use sirank_mocks::hubspot::{HubSpot, Limits, Portal, Token};
use sirank_mocks::seed::{self, Oddities, Size};

type Failure = Box<dyn Error + Send + Sync>;

/// Mock servers of the systems that sirank talks to.
#[derive(Debug, Parser)]
#[command(name = "sirank-mocks", version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// A HubSpot portal.
    Hubspot(HubSpotArgs),
    /// A company of Fatture in Cloud.
    Fattureincloud(FattureArgs),
    /// A Dolibarr.
    Dolibarr(dolibarr::DolibarrArgs),
    /// An Odoo.
    Odoo(odoo::OdooArgs),
    /// A vTiger CRM.
    Vtiger(vtiger::VTigerArgs),
    /// A CSV of documents that fits a generated portal.
    GenerateDocuments(DocumentsArgs),
}

/// Where a mock listens and how late it answers.
#[derive(Debug, Args)]
struct ServerArgs {
    /// Port on 127.0.0.1; 0: a free one, written to standard output.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Milliseconds that every answer takes.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// The instant at which the mock's clock starts (RFC 3339); the machine's when absent.
    #[arg(long)]
    now: Option<DateTime<Utc>>,
}

impl ServerArgs {
    fn clock(&self) -> Clock {
        self.now.map_or_else(Clock::system, Clock::starting_at)
    }

    fn latency(&self) -> Duration {
        Duration::from_millis(self.latency_ms)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum HubSpotSeed {
    /// Nothing but the standard properties and the default pipeline.
    Empty,
    /// The 301 companies of the customer matrix.
    Cluster301,
}

#[derive(Debug, Args)]
struct HubSpotArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// A bearer token that may do everything; repeatable.
    #[arg(long, default_value = "pat-eu1-mock")]
    token: Vec<String>,
    /// Scopes of all the tokens, separated by commas; everything when absent.
    #[arg(long, value_delimiter = ',')]
    scopes: Option<Vec<String>>,
    /// Requests per token in any ten seconds; unlimited when absent.
    #[arg(long)]
    burst: Option<u32>,
    /// Requests a day of the account; unlimited when absent.
    #[arg(long)]
    daily: Option<u64>,
    /// Searches in any second; unlimited when absent.
    #[arg(long)]
    search_per_second: Option<u32>,
    /// Association requests in any ten seconds; unlimited when absent.
    #[arg(long)]
    associations: Option<u32>,
    /// Milliseconds that search lags behind writes.
    #[arg(long, default_value_t = 0)]
    search_lag_ms: u64,
    /// Versions in paths that are answered, separated by commas.
    #[arg(long, value_delimiter = ',', default_value = "2026-09")]
    versions: Vec<String>,
    /// What the portal holds at the start.
    #[arg(long, value_enum, default_value = "empty")]
    seed: HubSpotSeed,
    /// A JSON file that describes the portal.
    #[arg(long, conflicts_with_all = ["seed", "generate"])]
    seed_file: Option<PathBuf>,
    /// Makes the portal's content, such as companies=100000,deals=50000,open=5000,seed=1.
    #[arg(long, conflicts_with = "seed")]
    generate: Option<SizeArg>,
}

#[derive(Clone, Copy, Debug)]
struct SizeArg(Size);

impl FromStr for SizeArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let [companies, deals, open, seed] =
            sizes(text, [("companies", 0), ("deals", 0), ("open", 0), ("seed", 1)])?;
        Ok(Self(Size { companies, deals, open, seed }))
    }
}

/// Numbers by name, such as companies=10,deals=3; what is not named keeps its default.
fn sizes<const N: usize>(text: &str, known: [(&str, u64); N]) -> Result<[u64; N], String> {
    let mut values = known.map(|(_, default)| default);
    for part in text.split(',') {
        let (name, number) = part.split_once('=').ok_or_else(|| format!("{part}: expected name=number"))?;
        let number: u64 = number.parse().map_err(|_| format!("{number}: expected a number"))?;
        let Some(at) = known.iter().position(|(known, _)| *known == name) else {
            let names = known.map(|(name, _)| name).join(", ");
            return Err(format!("{name}: expected one of {names}"));
        };
        values[at] = number;
    }
    Ok(values)
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FattureSeed {
    /// The company 12345, empty.
    Empty,
    /// The same company with the documents and clients of the customer matrix.
    Cluster301,
}

#[derive(Debug, Args)]
struct FattureArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// A bearer token that may do everything; repeatable.
    #[arg(long, default_value = "a/mock")]
    token: Vec<String>,
    /// Requests in any five minutes (429); unlimited when absent.
    #[arg(long)]
    five_minutes: Option<u32>,
    /// Requests an hour (403); unlimited when absent.
    #[arg(long)]
    hourly: Option<u64>,
    /// Requests a month (403); unlimited when absent.
    #[arg(long)]
    monthly: Option<u64>,
    /// What the company holds at the start.
    #[arg(long, value_enum, default_value = "empty")]
    seed: FattureSeed,
    /// Every n-th seeded document: a VAT number without its country.
    #[arg(long, default_value_t = 0)]
    odd_no_prefix: usize,
    /// Every n-th seeded document: a VAT number as a JSON number.
    #[arg(long, default_value_t = 0)]
    odd_vat_as_number: usize,
    /// Every n-th seeded document: no client id.
    #[arg(long, default_value_t = 0)]
    odd_no_entity_id: usize,
}

#[derive(Debug, Args)]
struct DocumentsArgs {
    /// Companies of the generated portal.
    #[arg(long)]
    companies: u64,
    /// Documents to write.
    #[arg(long)]
    documents: u64,
    /// The last day.
    #[arg(long, default_value = "2026-11-22")]
    until: NaiveDate,
    /// Another seed gives other documents.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file to write.
    #[arg(long)]
    out: PathBuf,
}

impl Cli {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self.command {
            Command::Hubspot(args) => hubspot(args).await,
            Command::Fattureincloud(args) => fattureincloud(args).await,
            Command::Dolibarr(args) => dolibarr::run(args).await,
            Command::Odoo(args) => odoo::run(args).await,
            Command::Vtiger(args) => vtiger::run(args).await,
            Command::GenerateDocuments(args) => {
                let mut out = BufWriter::new(File::create(&args.out)?);
                seed::write_documents(&mut out, args.companies, args.documents, args.until, args.seed)?;
                Ok(out.flush()?)
            }
        }
    }
}

/// Writes a line, whatever becomes of it.
pub(crate) fn say(to: &mut impl Write, line: &str) {
    let written = writeln!(to, "{line}").and_then(|()| to.flush());
    drop(written);
}

fn portal(args: &HubSpotArgs) -> Result<Portal, Failure> {
    if let Some(path) = &args.seed_file {
        return Ok(seed::portal_from_json(&std::fs::read_to_string(path)?)?);
    }
    if let Some(SizeArg(size)) = args.generate {
        return Ok(seed::portal(size));
    }
    match args.seed {
        HubSpotSeed::Empty => Ok(Portal::new()),
        HubSpotSeed::Cluster301 => Ok(seed::cluster301()?),
    }
}

async fn hubspot(args: HubSpotArgs) -> Result<(), Failure> {
    let versions: Vec<&str> = args.versions.iter().map(String::as_str).collect();
    let limits = Limits {
        burst: args.burst,
        daily: args.daily,
        search_per_second: args.search_per_second,
        associations: args.associations,
    };
    let mut builder = HubSpot::builder()
        .seed(portal(&args)?)
        .limits(limits)
        .versions(&versions)
        .search_lag(Duration::from_millis(args.search_lag_ms))
        .latency(args.server.latency())
        .clock(args.server.clock())
        .port(args.server.port);
    for token in &args.token {
        let held =
            Token { scopes: args.scopes.clone().map(|scopes| scopes.into_iter().collect()), ..Token::all() };
        builder = builder.token_with(token, held);
    }
    let hub = builder.start().await?;
    say(&mut std::io::stdout(), &hub.base_url());
    tokio::signal::ctrl_c().await?;
    hub.shutdown().await;
    Ok(())
}

async fn fattureincloud(args: FattureArgs) -> Result<(), Failure> {
    let oddities = Oddities {
        no_prefix: args.odd_no_prefix,
        vat_as_number: args.odd_vat_as_number,
        no_entity_id: args.odd_no_entity_id,
    };
    let company = match args.seed {
        FattureSeed::Empty => Company::new(seed::COMPANY_ID, "Azienda di prova S.r.l."),
        FattureSeed::Cluster301 => seed::cluster301_documents(oddities)?,
    };
    let quotas = Quotas { five_minutes: args.five_minutes, hourly: args.hourly, monthly: args.monthly };
    let mut builder = FattureInCloud::builder()
        .company(company)
        .quotas(quotas)
        .latency(args.server.latency())
        .clock(args.server.clock())
        .port(args.server.port);
    for token in &args.token {
        builder = builder.token(token);
    }
    let fic = builder.start().await?;
    say(&mut std::io::stdout(), &fic.base_url());
    tokio::signal::ctrl_c().await?;
    fic.shutdown().await;
    Ok(())
}
