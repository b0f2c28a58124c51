//! What the CRM should hold, found in two ways that share nothing with the service's state: a backfill that begins with
//! none, and the computation from two files with what the mocks themselves hold.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono_tz::Europe::Rome;
use rust_decimal::Decimal;
use sirank_mocks::hubspot::{Kind, Portal, Record};

use super::world::World;
use crate::crm::Written;
use crate::engine::backfill::COLUMNS;

/// The plan of a backfill that begins with no state is empty.
#[track_caller]
pub(super) fn assert_nothing_to_do(world: &World) {
    world.lend_authorisation();
    let told = world.run("fresh.toml", &["plan", "--format", "json"]).exits(0);
    // The first line is about the plan, every other one about a company.
    let changes: Vec<&str> = told.out.lines().skip(1).collect();
    assert!(changes.is_empty(), "{}\n{}", told.out.lines().next().unwrap_or_default(), changes.join("\n"));
}

/// Every figure is what the computation from files gives.
#[track_caller]
pub(super) fn assert_as_computed(world: &World, written: &Written) {
    std::fs::write(world.path("companies.csv"), world.hub.portal(companies)).unwrap();
    std::fs::write(world.path("documents.csv"), documents(world)).unwrap();
    let files = ["compute", "--companies", "companies.csv", "--documents", "documents.csv"];
    let told = world.run("fresh.toml", &files).exits(0);
    let mut rows = told.out.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let mut wrong = String::new();
    let mut compared = 0;
    for row in rows {
        let row: BTreeMap<&str, &str> = header.iter().copied().zip(row).collect();
        let company = row["company_id"];
        for (column, figure) in COLUMNS {
            let held = written.get(&(company.into(), figure)).map_or("", String::as_str);
            compared += 1;
            if !alike(held, row[column]) {
                writeln!(wrong, "{company}: {column} is {held:?}, and should be {:?}", row[column]).unwrap();
            }
        }
    }
    let expected = world.hub.portal(|portal| portal.space(Kind::Company).records.len()) * COLUMNS.len();
    assert_eq!(compared, expected, "{}", told.err);
    assert!(wrong.is_empty(), "{wrong}{}", told.err);
}

fn alike(held: &str, computed: &str) -> bool {
    let number = |text: &str| text.parse::<Decimal>().ok();
    held == computed || number(held).zip(number(computed)).is_some_and(|(held, computed)| held == computed)
}

fn companies(portal: &Portal) -> String {
    let mut text = String::from(
        "company_id,name,vat_number,potential,category,d_and_p,owner,created,last_contacted,open_deal_pipelines\n",
    );
    for record in portal.space(Kind::Company).records.values() {
        let value = |name: &str| record.props.get(name).unwrap_or_default();
        let d_and_p = if value("d_and_p") == "true" { "yes" } else { "no" };
        let created = chrono::DateTime::from_timestamp_millis(record.created_ms).unwrap();
        let contacted = chrono::DateTime::parse_from_rfc3339(value("notes_last_contacted"))
            .map(|instant| instant.with_timezone(&Rome).date_naive().to_string());
        writeln!(
            text,
            "{},{},{},{},{},{d_and_p},{},{},{},{}",
            record.id,
            value("name"),
            value("vat_number"),
            value("potential"),
            value("customer_category"),
            value("hubspot_owner_id"),
            World::day(created),
            contacted.unwrap_or_default(),
            open_deals(portal, record).join("|"),
        )
        .unwrap();
    }
    text
}

/// The pipelines of a company's open deals.
fn open_deals<'p>(portal: &'p Portal, company: &Record) -> Vec<&'p str> {
    let deals = portal.links.of(Kind::Company, company.id, Kind::Deal).iter();
    let deals = deals.filter_map(|link| portal.space(Kind::Deal).records.get(&link.to));
    let open = deals.filter(|deal| deal.props.get("hs_is_closed") != Some("true"));
    open.filter_map(|deal| deal.props.get("pipeline")).collect()
}

fn documents(world: &World) -> String {
    let mut text = String::from("document_id,vat_number,date,kind,net_amount\n");
    world.books.companies(|companies| {
        let issued = companies[0].documents.values().filter(|held| held["ei_status"] != "discarded");
        for held in issued {
            let text_of = |name: &str| held[name].as_str().unwrap();
            let vat_number = held["entity"]["vat_number"].as_str().unwrap();
            let (date, kind, net) = (text_of("date"), text_of("type"), &held["amount_net"]);
            writeln!(text, "{},{vat_number},{date},{kind},{net}", held["id"]).unwrap();
        }
    });
    text
}
