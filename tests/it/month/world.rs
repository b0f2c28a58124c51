//! What the service lives with: a portal, a ledger and a clock that all of them read.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Europe::Rome;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sirank_mocks::clock::Clock;
use sirank_mocks::fattureincloud::{Company as Ledger, FattureInCloud, NewDocument, Quotas};
use sirank_mocks::hubspot::{HubSpot, Kind, Limits, OAuthApp};
use sirank_mocks::seed;
use tempfile::TempDir;

use crate::cli::desk::{Told, sirank, told};
use crate::crm::{Account, Company, Deal};

/// The account's calls a day, for all of its integrations. A quiet day takes a small part of them.
pub(super) const DAILY: u64 = 20_000;
/// Days for which the service keeps its journal: a state that is older does not grow.
pub(super) const KEEP_DAYS: i64 = 8;
/// How long search shows what was.
const SEARCH_LAG_SECONDS: u64 = 45;
const COMPANIES: u64 = 60;
const DOCUMENTS: u64 = 300;
const LEDGER_TOKEN: &str = "a/month";
const REFRESH_TOKEN: &str = "refresh-month";
/// The authorisation of the service.
const OWN_TOKENS: &str = "state.sqlite3.oauth-hubspot.json";
const CLIENT_SECRET: &str = "secret-month";
/// The pipelines that people sell in.
pub(super) const PIPELINES: [&str; 2] = ["sales", "ecommerce"];

pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) hub: HubSpot,
    pub(super) books: FattureInCloud,
    folder: TempDir,
}

impl World {
    /// An account that works with sirank from `start` on, where the service reads what has changed at an interval.
    pub(super) async fn at(start: DateTime<Utc>, interval: TimeDelta, random: &mut fastrand::Rng) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Clock::shared(&folder.path().join("clock"), start).unwrap();
        let mut portal = crate::crm::hubspot::portal(&account(random));
        let companies: Vec<u64> = portal.space(Kind::Company).records.keys().copied().collect();
        // Half of them were spoken to.
        for company in companies.into_iter().step_by(2) {
            let instant = start - TimeDelta::hours(random.i64(1..10_000));
            portal.put(Kind::Company, company, &[("notes_last_contacted", &instant.to_rfc3339())]);
        }
        let limits = Limits { daily: Some(DAILY), ..Limits::professional() };
        // Its access tokens end after half an hour.
        let app = OAuthApp::new("app", CLIENT_SECRET, REFRESH_TOKEN);
        let hub = HubSpot::builder().oauth(app).seed(portal).limits(limits).clock(clock.clone());
        let hub = hub.search_lag(std::time::Duration::from_secs(SEARCH_LAG_SECONDS)).start();
        let books = FattureInCloud::builder().token(LEDGER_TOKEN).company(ledger(start, random));
        let books = books.quotas(Quotas::usual()).clock(clock.clone()).start();
        let world = Self { clock, hub: hub.await.unwrap(), books: books.await.unwrap(), folder };
        let state = |name: &str| format!("[store]\npath = \"{name}\"\nkeep_days = {KEEP_DAYS}\n");
        std::fs::write(world.path("sirank.toml"), world.configuration(interval)).unwrap();
        std::fs::write(world.path(OWN_TOKENS), authorisation(start).to_string()).unwrap();
        std::fs::write(world.path("own.toml"), state("state.sqlite3")).unwrap();
        std::fs::write(world.path("fresh.toml"), state("fresh.sqlite3")).unwrap();
        world
    }

    fn configuration(&self, interval: TimeDelta) -> String {
        format!(
            r#"[hubspot]
base_url = "{}"

[hubspot.oauth]
client_id = "app"
client_secret = "{CLIENT_SECRET}"

[company]
potential = "potential"
d_and_p = "d_and_p"
category = "customer_category"
vat_number = "vat_number"

[[accounting]]
name = "books"
kind = "fattureincloud"
base_url = "{}"
company_id = "{}"
token = "{LEDGER_TOKEN}"

[cold]
excluded_categories = ["PA"]
watched_pipelines = ["sales"]

[schedule]
interval_minutes = {}
reconcile = "0 3 * * *"

[server]
address = "127.0.0.1:0"

[log]
format = "json"
"#,
            self.hub.base_url(),
            self.books.base_url(),
            seed::COMPANY_ID,
            interval.num_minutes()
        )
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command of sirank at the simulated time, with one of the two states.
    pub(super) fn command(&self, state: &str, arguments: &[&str]) -> Command {
        let mut command = sirank(self.folder());
        command.env("SIRANK_SIMULATED_CLOCK", self.path("clock"));
        command.args(["--config", "sirank.toml", "--config", state]).args(arguments);
        command
    }

    pub(super) fn run(&self, state: &str, arguments: &[&str]) -> Told {
        told(self.command(state, arguments))
    }

    /// Gives a state that is none yet the service's authorisation.
    pub(super) fn lend_authorisation(&self) {
        std::fs::copy(self.path(OWN_TOKENS), self.path("fresh.sqlite3.oauth-hubspot.json")).unwrap();
    }

    /// Deletes the service's state.
    pub(super) fn forget_state(&self) {
        for file in ["state.sqlite3", "state.sqlite3-wal", "state.sqlite3-shm"] {
            // SQLite removes the last two itself where the last process ended in good order.
            let _ = std::fs::remove_file(self.path(file));
        }
    }

    /// The present moment.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Requests to both systems so far.
    pub(super) fn requests(&self) -> usize {
        self.hub.request_count() + self.books.request_count()
    }

    /// The calendar day in Rome, as documents have it.
    pub(super) fn day(moment: DateTime<Utc>) -> String {
        moment.with_timezone(&Rome).date_naive().to_string()
    }
}

/// A party as documents carry it: typed in, without a client.
pub(super) fn party(vat_number: &str) -> Value {
    json!({"id": null, "name": "Cliente di esempio", "vat_number": vat_number, "country_iso": "IT"})
}

/// An authorisation whose access token has ended.
fn authorisation(start: DateTime<Utc>) -> Value {
    json!({
        "version": 1, "client_id": "app", "scopes": ["oauth"], "given_at": start, "expires_at": start,
        "renew_at": start, "lost_at": null, "lost_reason": null, "renewing_since": null,
        "access_token": "ended", "refresh_token": REFRESH_TOKEN,
    })
}

fn account(random: &mut fastrand::Rng) -> Account {
    let companies = (1..=COMPANIES).map(|number| Company {
        name: format!("Azienda {number} S.r.l."),
        vat_number: seed::vat_number(number),
        potential: (*random.choice(&["high", "low", "lost", ""]).unwrap()).to_owned(),
        category: (*random.choice(&["", "INDUSTRIA", "PA"]).unwrap()).to_owned(),
    });
    let companies: Vec<Company> = companies.collect();
    let deals = (0..20).map(|_| Deal {
        company: random.usize(0..companies.len()),
        pipeline: random.choice(PIPELINES).unwrap(),
    });
    Account { deals: deals.collect(), companies, pipelines: PIPELINES.to_vec(), won_deals: 5 }
}

/// Documents of three years; the last purchase of many is about half a year ago, so that they turn inactive meanwhile.
fn ledger(start: DateTime<Utc>, random: &mut fastrand::Rng) -> Ledger {
    let mut ledger = Ledger::new(seed::COMPANY_ID, "Fornitore di esempio S.r.l.");
    let today = start.date_naive();
    for number in 1..=DOCUMENTS {
        let company = random.u64(1..=COMPANIES);
        let past = if company.is_multiple_of(2) { 150..1_200 } else { 0..1_200 };
        let date = (today - Days::new(random.u64(past))).to_string();
        let kind = if random.u8(0..12) == 0 { "credit_note" } else { "invoice" };
        let net = Decimal::new(random.i64(1_000..900_000), 2);
        let entity = party(&seed::vat_number(company));
        let number = i64::try_from(number).unwrap();
        ledger.add_document(number, &NewDocument { kind, date: &date, net, entity, subject: "" });
    }
    ledger
}
