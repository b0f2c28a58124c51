//! The office: a CRM, a book of invoices, sirank's configuration and state, and a clock that all of them share.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Europe::Rome;
use rust_decimal::Decimal;
use sirank::domain::ids::{CompanyId, OwnerId};
use sirank::ports::InputProperty;
use sirank_mocks::clock::Clock;
use tempfile::TempDir;

use super::cast::{self, CUSTOMERS, Cast, Customer, EXCLUDED, Purchase};
use super::vendor::YearVendor;
use crate::cli::desk::{Told, sirank, told};
use crate::crm::cards::Seen;
use crate::crm::tasks::SeenTask;
use crate::crm::{Account, Company, Deal, Entry};
use crate::engine::wake_up::wake_up;
use crate::engine::world::World as Setup;

/// Most new cards of one run.
pub(super) const NEW_PER_RUN: usize = 3;
/// Most open cards.
pub(super) const OPEN_AT_MOST: usize = 15;
/// The pipelines that people sell in.
const PIPELINES: [&str; 2] = ["sales", "ecommerce"];
/// The one that has an open deal from the beginning.
const IN_TALKS: &str = "Stigma";

/// Figures that do not change by themselves from one day to the next, but where a customer goes cold.
const FIGURES: &str = r#"[company]
figures = ["cluster", "last_purchase", "cold_customer", "cold_exclusion"]
"#;

/// How the CRM looks at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    pub(super) cards: BTreeMap<String, Seen>,
    /// sirank's tasks.
    pub(super) tasks: BTreeMap<String, SeenTask>,
    pub(super) owners: BTreeMap<CompanyId, Option<String>>,
}

pub(super) struct World<V> {
    pub(super) crm: V,
    pub(super) clock: Clock,
    pub(super) cast: Cast,
    /// How much has happened so far.
    pub(super) acts: u32,
    pub(super) invoices: u32,
    /// Every invoice with the VAT number that stands on it.
    book: Vec<(String, Purchase)>,
    folder: TempDir,
}

impl<V: YearVendor> World<V> {
    /// The office on the first morning, with everything set up.
    pub(super) async fn at(start: DateTime<Utc>) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Clock::shared(&folder.path().join("clock"), start).unwrap();
        let mut setup = Setup::of(V::start_at(&account(), clock.clone()).await, Vec::new());
        setup.policy.wake_up = Some(wake_up());
        setup.setup().await;
        let (crm, cast, book) = (setup.crm, Cast::default(), Vec::new());
        let mut world = Self { crm, clock, cast, acts: 0, invoices: 0, book, folder };
        for (name, days_ago, net, potential, category) in CUSTOMERS {
            let id = world.crm.find(Entry::Input(InputProperty::VatNumber), &cast::vat_number(name)).unwrap();
            let deals =
                if *name == IN_TALKS { vec![("ecommerce", DateTime::UNIX_EPOCH)] } else { Vec::new() };
            let customer = Customer {
                name,
                purchases: Vec::new(),
                high: *potential == "high",
                lost: *potential == "lost",
                excluded: *category == EXCLUDED,
                last_contact: None,
                deals,
                won: Vec::new(),
                owner: world.crm.owner_of(&id).map(OwnerId::new),
            };
            world.cast.0.insert(id, customer);
            if let Some(days) = days_ago {
                let last = world.today() - TimeDelta::days(*days);
                world.buys(name, last, Decimal::from(*net));
                // Older than the year before the last purchase, and not too old for the figures at the end of this one.
                world.buys(name, last - TimeDelta::days(370), Decimal::from(20_000));
            }
        }
        std::fs::write(world.path("sirank.toml"), world.configuration()).unwrap();
        std::fs::write(world.path("figures.toml"), FIGURES).unwrap();
        world
    }

    fn configuration(&self) -> String {
        format!(
            r#"language = "en"

{}
[[accounting]]
name = "books"
kind = "csv"
files = ["books.csv"]
settle_seconds = 0

[cold]
excluded_categories = ["{EXCLUDED}"]

[wake_up]
enabled = true
new_per_run = {NEW_PER_RUN}
open_at_most = {OPEN_AT_MOST}

# Nobody is spared: what is chosen first is shown elsewhere.
[tasks]
appointments = true
feedback = true
contacts = true
contacts_per_owner = 100
contacts_open_per_owner = 100
contacts_per_run = 100

[guards]
max_cluster_change_share = "1"
max_clear_share = "1"
min_feed_share = "0"

[store]
path = "state.sqlite3"
"#,
            self.crm.configuration()
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The calendar day in Rome.
    pub(super) fn today(&self) -> NaiveDate {
        day_of(self.clock.now())
    }

    /// sirank reads everything and writes what changed.
    pub(super) fn runs(&self) {
        std::fs::write(self.path("books.csv"), self.books()).unwrap();
        self.crm.forget();
        self.told(&["backfill"]);
    }

    /// What sirank says.
    pub(super) fn told(&self, arguments: &[&str]) -> Told {
        let mut command = sirank(self.folder.path());
        command.env("SIRANK_SIMULATED_CLOCK", self.path("clock"));
        command.args(["--config", "sirank.toml", "--config", "figures.toml"]).args(arguments);
        told(command).exits(0)
    }

    fn books(&self) -> String {
        let mut text = String::from("document_id,number,date,kind,net_amount,vat_number\n");
        for (vat_number, Purchase { day, net, number }) in &self.book {
            writeln!(text, "{number},{number},{day},invoice,{net},{vat_number}").unwrap();
        }
        text
    }

    pub(super) fn sight(&self) -> Sight {
        let cards = self.crm.cards().into_iter().map(|card| (card.id.clone(), card));
        let tasks = self.crm.tasks().into_iter().map(|task| (task.id.clone(), task));
        let owners = self.crm.companies().into_iter().map(|company| {
            let owner = self.crm.owner_of(&company);
            (company, owner)
        });
        Sight { cards: cards.collect(), tasks: tasks.collect(), owners: owners.collect() }
    }

    /// The card of a customer that is open, else the one that was made last.
    pub(super) fn card_of(&self, name: &str) -> Option<Seen> {
        let company = self.cast.id(name)?;
        let mut cards = self.crm.cards();
        cards.retain(|card| card.company.as_ref() == Some(company));
        cards.iter().find(|card| card.is_open()).or(cards.last()).cloned()
    }

    /// The open task of sirank's that a customer has.
    pub(super) fn task_of(&self, name: &str) -> Option<SeenTask> {
        let company = self.cast.id(name)?;
        self.crm.tasks().into_iter().find(|task| !task.done && task.company.as_ref() == Some(company))
    }

    pub(super) fn buys(&mut self, name: &str, day: NaiveDate, net: Decimal) {
        self.invoices += 1;
        let purchase = Purchase { day, net, number: format!("{}/A", self.invoices) };
        self.cast.of(name).purchases.push(purchase.clone());
        self.book.push((cast::vat_number(name), purchase));
    }
}

/// The calendar day in Rome.
pub(super) fn day_of(moment: DateTime<Utc>) -> NaiveDate {
    moment.with_timezone(&Rome).date_naive()
}

fn account() -> Account {
    let company = |(name, _, _, potential, category): &(&str, Option<i64>, u32, &str, &str)| Company {
        name: format!("{name} Esempio S.r.l."),
        vat_number: cast::vat_number(name),
        potential: (*potential).to_owned(),
        category: (*category).to_owned(),
    };
    let in_talks = CUSTOMERS.iter().position(|(name, ..)| *name == IN_TALKS).unwrap();
    Account {
        companies: CUSTOMERS.iter().map(company).collect(),
        pipelines: PIPELINES.to_vec(),
        deals: vec![Deal { company: in_talks, pipeline: "ecommerce" }],
        won_deals: 2,
    }
}
