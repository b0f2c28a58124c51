//! Backfill: the right values, nothing twice, nothing without need.

use std::collections::{BTreeMap, BTreeSet};

use sirank::domain::catalogue::Figure;
use sirank::engine::{EngineError, Request, Scope};
use sirank::store::RunOutcome;
use sirank_mocks::seed;
use tokio_util::sync::CancellationToken;

use super::world::{World, request};

/// Columns of the reference file by the figure that they are.
const COLUMNS: &[(&str, Figure)] = &[
    ("revenue_36m", Figure::Revenue36m),
    ("revenue_12m", Figure::Revenue12m),
    ("purchase_days_12m", Figure::PurchaseDays12m),
    ("first_purchase", Figure::FirstPurchase),
    ("last_purchase", Figure::LastPurchase),
    ("revenue_band", Figure::RevenueBand),
    ("cluster", Figure::Cluster),
    ("action", Figure::Action),
    ("inactive_180d", Figure::Inactive180d),
    ("cold_customer", Figure::ColdCustomer),
    ("cold_exclusion", Figure::ColdExclusion),
    ("sirank", Figure::Score),
    ("phase", Figure::Phase),
    ("next_contact_due", Figure::NextContactDue),
    ("contact_overdue", Figure::ContactOverdue),
    ("key_account_missing", Figure::KeyAccountMissing),
    ("revenue_last_active", Figure::RevenueLastActive),
    ("ltv", Figure::Ltv),
];

#[tokio::test]
async fn every_property_equals_the_reference_figures_and_a_second_backfill_writes_nothing() {
    let world = World::ready().await;
    let report = world.backfill().await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Done);
    assert_eq!(report.applied.unwrap().applied, 301);
    assert_equal_to_reference(&world);

    world.hub.forget();
    let second = world.backfill().await.unwrap();
    assert_eq!(second.usage[0].1.writes, 0);
    assert_eq!(world.hub.writes().all().len(), 0, "a second backfill writes nothing");
}

#[tokio::test]
async fn with_the_state_deleted_a_backfill_finds_everything_in_place() {
    let world = World::ready().await;
    world.backfill().await.unwrap();
    world.delete_state();
    world.hub.forget();
    world.backfill().await.unwrap();
    assert_eq!(world.hub.writes().all().len(), 0);
}

#[tokio::test]
async fn setup_is_idempotent() {
    let world = World::cluster301().await;
    world.setup().await;
    let before =
        world.hub.portal(|portal| portal.space(sirank_mocks::hubspot::Kind::Company).schema.properties.len());
    world.hub.forget();
    world.setup().await;
    let after =
        world.hub.portal(|portal| portal.space(sirank_mocks::hubspot::Kind::Company).schema.properties.len());
    assert_eq!(before, after);
    assert!(world.hub.requests().iter().all(|request| request.method == "GET"), "a second setup only reads");
}

fn assert_equal_to_reference(world: &World) {
    let values = world.written_values();
    let mut reader = csv::Reader::from_reader(seed::expected_csv().as_bytes());
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let id = world.id_of(&row["company_id"]).to_string();
        for (column, figure) in COLUMNS {
            let property = figure.property_name("sirank_");
            let there = values.get(&(id.clone(), property)).map_or("", String::as_str);
            let expected = row[*column].as_str();
            let number = |text: &str| text.parse::<rust_decimal::Decimal>().ok();
            let equal = there == expected || number(there).is_some() && number(there) == number(expected);
            assert!(equal, "{} {column}: {there:?} in the portal, {expected:?} expected", row["company_id"]);
        }
    }
}

#[tokio::test]
async fn a_state_of_another_account_is_refused_before_anything_is_written() {
    let world = World::ready().await;
    world.backfill().await.unwrap();
    world.hub.change(|portal| portal.account.portal_id += 1);
    world.hub.forget();
    let error = world.backfill().await.unwrap_err();
    assert!(matches!(error, EngineError::Preflight(_)), "{error}");
    assert!(error.to_string().contains("state of its own"), "{error}");
    assert_eq!(world.hub.writes().all().len(), 0);
}

#[tokio::test]
async fn a_run_about_a_few_companies_never_goes_on_as_one_about_all() {
    let mut world = World::ready().await;
    let few = Scope { companies: BTreeSet::new(), limit: Some(3) };
    world.stop.cancel();
    world.run(Request { scope: few, ..request() }).await.unwrap_err();
    world.stop = CancellationToken::new();
    let error = world.run(Request { resume: true, ..request() }).await.unwrap_err();
    assert!(matches!(error, EngineError::Overtaken(_)), "{error}");
    assert_eq!(world.hub.writes().all().len(), 0);
}
