//! `sirank-mocks dolibarr`.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use clap::Args;
use serde_json::Value;
use sirank_mocks::dolibarr::{Dolibarr, Ledger, User};

use super::{Failure, ServerArgs, say};

#[derive(Debug, Args)]
pub(crate) struct DolibarrArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// The API key of a user who sees everything.
    #[arg(long, default_value = "dolibarr-mock")]
    key: String,
    /// A folder with recorded exchanges, one JSON file each, whose rows it holds at the start; those whose name ends in
    /// `_server_tz_rome` are left out.
    #[arg(long)]
    recordings: Option<PathBuf>,
    /// The time zone of the server.
    #[arg(long, default_value = "UTC")]
    zone: Tz,
    /// The release that it behaves like: 14, 16, 20 or 22.
    #[arg(long, default_value_t = 20)]
    release: u32,
}

fn recorded(folder: &Path) -> Result<Ledger, Failure> {
    let mut ledger = Ledger::default();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if path.extension().is_some_and(|end| end == "json") && !name.ends_with("_server_tz_rome") {
            let exchange: Value = serde_json::from_str(&std::fs::read_to_string(&path)?)?;
            ledger.take_over(&exchange);
        }
    }
    Ok(ledger)
}

pub(crate) async fn run(args: DolibarrArgs) -> Result<(), Failure> {
    let ledger = args.recordings.as_deref().map(recorded).transpose()?.unwrap_or_default();
    let erp = Dolibarr::builder()
        .key(&args.key, User::default())
        .ledger(ledger)
        .zone(args.zone)
        .release(args.release)
        .latency(args.server.latency())
        .clock(args.server.clock())
        .port(args.server.port)
        .start()
        .await?;
    say(&mut std::io::stdout(), &erp.base_url());
    tokio::signal::ctrl_c().await?;
    erp.shutdown().await;
    Ok(())
}
