//! Guards: a plan that does too much, or rests on too little, waits for approval.

use sirank::domain::document::DocumentDraft;
use sirank::engine::{EngineError, Request, RunReport};
use sirank::ports::InputProperty;
use sirank::store::{Feed, PlanState, RunOutcome};

use super::small::{BIANCHI, ROSSI, invoice};
use super::world::{World, request};
use crate::crm::{Entry, Vendor};

fn held(report: &RunReport, text: &str) -> String {
    assert_eq!(report.outcome, RunOutcome::Held);
    assert_eq!(report.plan.state, PlanState::Held);
    assert!(report.applied.is_none());
    let objections = &report.plan.objections;
    assert!(objections.iter().any(|objection| objection.contains(text)), "{objections:?}");
    report.plan.id.to_string()
}

fn accepted<V: Vendor>(world: &World<V>) -> Option<u64> {
    world.store().accepted_rows(&Feed::Documents("books".into())).unwrap()
}

pub(crate) async fn a_feed_that_is_empty_or_short_is_held_and_is_no_measure_until_it_is_approved<
    V: Vendor,
>() {
    let world = World::<V>::small().await;
    world.backfill().await.unwrap();
    assert_eq!(accepted(&world), Some(7));
    let all = std::mem::take(&mut *world.books.lock().unwrap());
    world.crm.forget();
    held(&world.backfill().await.unwrap(), "documents:books: nothing came");
    world.books.lock().unwrap().extend(all.into_iter().take(5));
    held(&world.backfill().await.unwrap(), "5 came that can be used, 7 in the last good run");
    let plan = held(&world.backfill().await.unwrap(), "5 came that can be used, 7 in the last good run");
    assert!(world.crm.companies_written().is_empty(), "nothing is written while it is held");
    assert_eq!(accepted(&world), Some(7), "a held feed is no measure");

    let report = world.apply(&plan).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Done);
    assert_eq!(accepted(&world), Some(5), "an approved feed is");
    assert_eq!(world.backfill().await.unwrap().outcome, RunOutcome::Done);
}

/// A database that adds up delivers as many sums of a tenth of its ledger as of all of it.
pub(crate) async fn a_source_of_sums_that_stand_for_much_less_is_held<V: Vendor>() {
    let world = World::<V>::small().await;
    let all = world.books.lock().unwrap().clone();
    let stand_for = |documents| {
        let sums = all.iter().cloned().map(|draft| DocumentDraft { stands_for: documents, ..draft });
        *world.books.lock().unwrap() = sums.collect();
    };
    stand_for(100);
    world.backfill().await.unwrap();
    assert_eq!(accepted(&world), Some(700));
    stand_for(10);
    held(&world.backfill().await.unwrap(), "70 came that can be used, 700 in the last good run");
}

pub(crate) async fn too_many_changes_of_clusters_are_held<V: Vendor>() {
    let world = World::<V>::small().await;
    world.backfill().await.unwrap();
    world.edit(ROSSI, Entry::Input(InputProperty::Potential), "lost");
    world.edit(BIANCHI, Entry::Input(InputProperty::Potential), "high");
    held(&world.backfill().await.unwrap(), "guards.max_cluster_change_share");
}

pub(crate) async fn another_day_than_today_is_held_where_the_crm_is_real<V: Vendor>() {
    let mut world = World::<V>::small().await;
    world.elsewhere = true;
    world.today = "2026-11-22".parse().unwrap();
    let asked = Request { today: world.today, ..request() };
    let plan = held(&world.run(asked).await.unwrap(), "the figures are of 2013-12-31, today is 2026-11-22");
    assert_eq!(world.apply(&plan).await.unwrap().outcome, RunOutcome::Done);
    assert!(world.written().len() > 30);
}

pub(crate) async fn a_plan_that_was_overtaken_or_applied_is_not_applied<V: Vendor>() {
    let world = World::<V>::small().await;
    let dry = || Request { apply: false, ..request() };
    let first = world.run(dry()).await.unwrap().plan.id.to_string();
    let second = world.run(dry()).await.unwrap().plan.id.to_string();
    let error = world.apply(&first).await.unwrap_err();
    assert!(matches!(&error, EngineError::Overtaken(text) if text.contains("newer")), "{error}");
    world.apply(&second).await.unwrap();
    world.crm.forget();
    assert_eq!(world.apply(&second).await.unwrap().outcome, RunOutcome::Done, "twice changes nothing");
    assert!(matches!(world.apply("p0").await.unwrap_err(), EngineError::NotFound(_)));
    assert!(world.crm.requests().is_empty());
}

pub(crate) async fn new_documents_are_no_reason_to_hold<V: Vendor>() {
    let world = World::<V>::small().await;
    world.backfill().await.unwrap();
    world.books.lock().unwrap().push(invoice("9", ROSSI, "2013-12-20", "1.00"));
    assert_eq!(world.backfill().await.unwrap().outcome, RunOutcome::Done);
    assert_eq!(accepted(&world), Some(8));
}

pub(crate) async fn a_plan_of_the_service_that_waits_is_replaced_only_by_one_of_another_kind<V: Vendor>() {
    let world = World::<V>::small().await;
    let serve = || world.run(Request { command: "run", resume: true, ..request() });
    serve().await.unwrap();
    let all = std::mem::take(&mut *world.books.lock().unwrap());
    let empty = held(&serve().await.unwrap(), "documents:books: nothing came");
    let changes = world.store().changes_after(&empty.as_str().into(), None, 100).unwrap();
    for _ in 0..2 {
        assert_eq!(
            held(&serve().await.unwrap(), "documents:books: nothing came"),
            empty,
            "it goes on waiting"
        );
    }
    let still = world.store().changes_after(&empty.as_str().into(), None, 100).unwrap();
    assert_eq!(still, changes, "what was looked at is what is approved");

    world.books.lock().unwrap().extend(all.iter().take(5).cloned());
    let short = held(&serve().await.unwrap(), "5 came that can be used, 7 in the last good run");
    assert_ne!(short, empty);
    assert!(matches!(world.apply(&empty).await.unwrap_err(), EngineError::Overtaken(_)));
    assert_eq!(held(&serve().await.unwrap(), "5 came"), short);

    // A few companies that somebody tries out leave it alone; the feed that is back does not.
    *world.books.lock().unwrap() = all;
    let few = sirank::engine::Scope { companies: [world.company(ROSSI)].into(), limit: None };
    world.run(Request { scope: few, ..request() }).await.unwrap();
    assert_eq!(world.store().plan(&short).unwrap().unwrap().state, PlanState::Held);
    assert_eq!(serve().await.unwrap().outcome, RunOutcome::Done);
    assert_eq!(world.store().plan(&short).unwrap().unwrap().state, PlanState::Superseded);
}
