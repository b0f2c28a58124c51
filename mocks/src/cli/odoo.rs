//! `sirank-mocks odoo`.

use clap::Args;
use sirank_mocks::odoo::{Books, NewMove, NewPartner, Odoo, User};

use super::{Failure, ServerArgs, say};

#[derive(Debug, Args)]
pub(crate) struct OdooArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// The API key of the user `sirank`, who sees everything.
    #[arg(long, default_value = "odoo-mock")]
    key: String,
    /// The name of the database.
    #[arg(long, default_value = "prova")]
    database: String,
    /// The release that it behaves like: JSON-2 from 19 on, JSON-RPC up to 21.
    #[arg(long, default_value_t = 19)]
    release: u32,
    /// Customers at the start, each with an invoice a month of 2026.
    #[arg(long, default_value_t = 0)]
    customers: u64,
}

fn books(customers: u64) -> Books {
    let (mut books, made) = (Books::new(), "2026-01-01 00:00:00");
    for number in 1..=customers {
        let (name, vat) = (format!("Cliente {number} S.r.l."), format!("IT{number:011}"));
        let partner =
            books.add_partner(&NewPartner { name: &name, vat: &vat, ..NewPartner::default() }, made);
        for month in 1..=12 {
            let date = format!("2026-{month:02}-15");
            let (kind, state, net) = ("out_invoice", "posted", "100.00");
            books.add_move(&NewMove { kind, state, company: 1, partner, date: &date, net }, made);
        }
    }
    books
}

pub(crate) async fn run(args: OdooArgs) -> Result<(), Failure> {
    let odoo = Odoo::builder()
        .key(&args.key, User::default())
        .books(books(args.customers))
        .database(&args.database)
        .release(args.release)
        .latency(args.server.latency())
        .clock(args.server.clock())
        .port(args.server.port)
        .start()
        .await?;
    say(&mut std::io::stdout(), &odoo.base_url());
    tokio::signal::ctrl_c().await?;
    odoo.shutdown().await;
    Ok(())
}
