//! `sirank-mocks vtiger`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use serde::Deserialize;
use sirank_mocks::seed::{self, VTigerSize};
use sirank_mocks::vtiger::{CloudLimits, Crm, CustomField, Language, Pace, User, VTiger};

use super::{Failure, ServerArgs, say, sizes};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum VTigerSeed {
    /// Nothing but the stock fields and the user admin.
    Empty,
    /// The 301 companies of the customer matrix.
    Cluster301,
    /// The same with their documents as invoices.
    Cluster301Invoices,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Edition {
    /// 30 a minute, 1,000 an hour, 24,000 a day.
    Smallest,
    /// 60 a minute, 4,000 an hour, 72,000 a day.
    Middle,
    /// 90 a minute, 5,000 an hour, 120,000 a day.
    Largest,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Tongue {
    En,
    It,
}

#[derive(Debug, Args)]
pub(crate) struct VTigerArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// The access key of the user admin.
    #[arg(long, default_value = seed::ACCESS_KEY)]
    access_key: String,
    /// Decimals of the user admin's currency preference; the stock preference (2) when absent.
    #[arg(long)]
    decimals: Option<u32>,
    /// What the CRM holds at the start.
    #[arg(long, value_enum, default_value = "empty")]
    seed: VTigerSeed,
    /// Makes the CRM's content, such as organizations=20000,invoices=50000,opportunities=5000,open=500,events=20000.
    #[arg(long, conflicts_with = "seed")]
    generate: Option<SizeArg>,
    /// A JSON file with the fields that an administrator added: a list of objects with `module`, `label`, `ui_type`
    /// (as the administrator's screen names it), `length`, `decimals`, `values`.
    #[arg(long)]
    fields: Option<PathBuf>,
    /// The language of the labels of the fields that people fill in, and of the user admin.
    #[arg(long, value_enum, default_value = "en")]
    language: Tongue,
    /// Serves at the pace that was measured on a real server: 27 revises a second on one session, 84 on four or more.
    #[arg(long)]
    real_pace: bool,
    /// The limits of an edition of vTiger Cloud; unlimited when absent.
    #[arg(long, value_enum)]
    cloud: Option<Edition>,
    /// `sync` works, as on a server whose administrator mended it.
    #[arg(long)]
    sync_patched: bool,
}

#[derive(Clone, Copy, Debug)]
struct SizeArg(VTigerSize);

impl FromStr for SizeArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let [organizations, invoices, opportunities, open, events, seed] = sizes(
            text,
            [
                ("organizations", 0),
                ("invoices", 0),
                ("opportunities", 0),
                ("open", 0),
                ("events", 0),
                ("seed", 1),
            ],
        )?;
        let until = VTigerSize::default().until;
        Ok(Self(VTigerSize { organizations, invoices, opportunities, open, events, until, seed }))
    }
}

/// A field and where it belongs.
#[derive(Debug, Deserialize)]
struct PlacedField {
    #[serde(default = "accounts")]
    module: String,
    #[serde(flatten)]
    field: CustomField,
}

fn accounts() -> String {
    "Accounts".to_owned()
}

fn crm(args: &VTigerArgs) -> Result<Crm, Failure> {
    let placed: Vec<PlacedField> = match &args.fields {
        Some(path) => serde_json::from_str(&std::fs::read_to_string(path)?)?,
        None => Vec::new(),
    };
    let fields: Vec<(&str, CustomField)> =
        placed.iter().map(|placed| (placed.module.as_str(), placed.field.clone())).collect();
    let language = match args.language {
        Tongue::En => Language::English,
        Tongue::It => Language::Italian,
    };
    let mut crm = match (args.generate, args.seed) {
        (Some(SizeArg(size)), _) => seed::vtiger_generated(size, &fields, language)?,
        (None, VTigerSeed::Empty) => {
            let mut crm = Crm::new();
            for (module, field) in &fields {
                crm.add_field(module, field)?;
            }
            crm
        }
        (None, VTigerSeed::Cluster301) => seed::vtiger_cluster301(&fields, language)?,
        (None, VTigerSeed::Cluster301Invoices) => {
            let mut crm = seed::vtiger_cluster301(&fields, language)?;
            seed::vtiger_cluster301_invoices(&mut crm)?;
            crm
        }
    };
    let admin = User::new(seed::ADMIN, "admin", &args.access_key).admin().language(language);
    crm.add_user(args.decimals.map_or(admin.clone(), |decimals| admin.decimals(decimals)));
    Ok(crm)
}

pub(crate) async fn run(args: VTigerArgs) -> Result<(), Failure> {
    let cloud = match args.cloud {
        None => CloudLimits::default(),
        Some(Edition::Smallest) => CloudLimits::smallest(),
        Some(Edition::Middle) => CloudLimits::middle(),
        Some(Edition::Largest) => CloudLimits::largest(),
    };
    let mut builder = VTiger::builder()
        .crm(crm(&args)?)
        .cloud(cloud)
        .options(|options| options.sync_patched = args.sync_patched)
        .latency(args.server.latency())
        .clock(args.server.clock())
        .port(args.server.port);
    if args.real_pace {
        builder = builder.pace(Pace::measured());
    }
    let crm = builder.start().await?;
    say(&mut std::io::stdout(), &crm.base_url());
    tokio::signal::ctrl_c().await?;
    crm.shutdown().await;
    Ok(())
}
