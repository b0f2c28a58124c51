//! Backfill: the right values, nothing twice, nothing without need.

use std::collections::{BTreeMap, BTreeSet};

use sirank::domain::catalogue::Figure;
use sirank::engine::{EngineError, Request, Scope};
use sirank::store::RunOutcome;
use sirank_mocks::seed;
use tokio_util::sync::CancellationToken;

use super::world::{World, request};
use crate::crm::{Vendor, is_blank};

/// Columns of the reference file by the figure that they are.
pub(crate) const COLUMNS: [(&str, Figure); 18] = [
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

pub(crate) async fn every_property_equals_the_reference_figures_and_a_second_backfill_writes_nothing<
    V: Vendor,
>() {
    let world = World::<V>::ready().await;
    let report = world.backfill().await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Done);
    assert_eq!(report.applied.unwrap().applied, 301);
    assert_equal_to_reference(&world);

    world.crm.forget();
    let second = world.backfill().await.unwrap();
    assert_eq!(second.usage[0].1.writes, 0);
    assert_eq!(world.crm.companies_written().len(), 0, "a second backfill writes nothing");
}

pub(crate) async fn with_the_state_deleted_a_backfill_finds_everything_in_place<V: Vendor>() {
    let world = World::<V>::ready().await;
    world.backfill().await.unwrap();
    world.delete_state();
    world.crm.forget();
    world.backfill().await.unwrap();
    assert_eq!(world.crm.companies_written().len(), 0);
}

pub(crate) async fn setup_is_idempotent<V: Vendor>() {
    let world = World::<V>::cluster301().await;
    world.setup().await;
    let before = world.crm.property_count();
    world.crm.forget();
    let again = world.setup().await;
    assert_eq!((again.created.len(), again.by_hand.len()), (0, 0));
    assert_eq!(before, world.crm.property_count());
    assert!(world.crm.was_only_read(), "a second setup only reads");
}

fn assert_equal_to_reference<V: Vendor>(world: &World<V>) {
    let values = world.written();
    let mut reader = csv::Reader::from_reader(seed::expected_csv().as_bytes());
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let id = world.company_of(&row["company_id"]);
        for (column, figure) in COLUMNS {
            let there = values.get(&(id.clone(), figure)).map_or("", String::as_str);
            let expected = row[column].as_str();
            let number = |text: &str| text.parse::<rust_decimal::Decimal>().ok();
            let equal = there == expected
                || number(there).is_some() && number(there) == number(expected)
                || there.is_empty() && is_blank::<V>(figure, expected);
            assert!(equal, "{} {column}: {there:?} in the CRM, {expected:?} expected", row["company_id"]);
        }
    }
}

pub(crate) async fn a_state_of_another_account_is_refused_before_anything_is_written<V: Vendor>() {
    let mut world = World::<V>::small().await;
    world.backfill().await.unwrap();
    world.crm = world.crm.of_another_account().await;
    let error = world.backfill().await.unwrap_err();
    assert!(matches!(error, EngineError::Preflight(_)), "{error}");
    assert!(error.to_string().contains("state of its own"), "{error}");
    assert_eq!(world.crm.companies_written().len(), 0);
}

pub(crate) async fn a_run_about_a_few_companies_never_goes_on_as_one_about_all<V: Vendor>() {
    let mut world = World::<V>::ready().await;
    let few = Scope { companies: BTreeSet::new(), limit: Some(3) };
    world.stop.cancel();
    world.run(Request { scope: few, ..request() }).await.unwrap_err();
    world.stop = CancellationToken::new();
    let error = world.run(Request { resume: true, ..request() }).await.unwrap_err();
    assert!(matches!(error, EngineError::Overtaken(_)), "{error}");
    assert_eq!(world.crm.companies_written().len(), 0);
}
