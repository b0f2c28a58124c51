//! Resume: a run that stopped goes on where it was; another day's run settles what was in flight and plans anew.

use std::collections::BTreeMap;

use sirank::engine::{EngineError, Request};
use sirank::store::{PlanState, RunOutcome};
use sirank_mocks::faults::{Fault, Faults};

use super::world::{World, request};

fn resume() -> Request {
    Request { resume: true, ..request() }
}

fn calls(world: &World, kind: &str) -> u64 {
    world.hub.stats().by_kind.get(kind).copied().unwrap_or_default()
}

#[tokio::test]
async fn a_pull_goes_on_with_the_page_where_it_stopped() {
    let world = World::ready().await;
    // 301 companies are four pages; the third is never answered.
    world.hub.faults(|faults| faults.add(Fault::status(503).kind("list").skip(2).always()));
    let error = world.backfill().await.unwrap_err();
    assert!(error.can_be_resumed(), "{error}");
    world.hub.faults(Faults::clear);
    world.hub.forget();
    let report = world.run(resume()).await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 301);
    let companies = world.hub.requests();
    let pages =
        companies.iter().filter(|request| request.kind == "list" && request.target.contains("/companies"));
    assert_eq!(pages.count(), 2, "the third and the fourth page");
}

#[tokio::test]
async fn a_stopped_apply_goes_on_with_its_plan() {
    let world = World::ready().await;
    world.hub.faults(|faults| faults.add(Fault::status(429).kind("batch_update").skip(2).always()));
    let mut world = world;
    world.budget = std::time::Duration::from_millis(20);
    world.backfill().await.unwrap_err();
    let written = world.hub.writes().all().len();
    assert!((101..=200).contains(&written), "two batches got through, not {written} companies");
    world.hub.faults(Faults::clear);
    world.budget = std::time::Duration::from_mins(1);
    let (lists, runs) = (calls(&world, "list"), world.store().runs(10).unwrap().len());
    let report = world.run(resume()).await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 301);
    assert_eq!(calls(&world, "list"), lists, "nothing is pulled again");
    assert_eq!(world.store().runs(10).unwrap().len(), runs, "it is the same run");
    assert_eq!(world.hub.writes().written_twice("companies"), BTreeMap::new());
}

#[tokio::test]
async fn a_request_to_stop_ends_it_in_good_order() {
    let world = World::small().await;
    world.stop.cancel();
    let error = world.backfill().await.unwrap_err();
    assert!(matches!(error, EngineError::Stopped));
    assert_eq!(world.store().runs(1).unwrap()[0].outcome, Some(RunOutcome::Stopped));
    assert!(world.hub.writes().all().is_empty());
}

#[tokio::test]
async fn another_day_s_run_settles_what_was_in_flight_and_plans_anew() {
    let world = World::small().await;
    // Carried out, but the answer is lost, and then the portal cannot be read.
    world.hub.faults(|faults| {
        faults.add(Fault::status(500).kind("batch_update").after_effect());
        faults.add(Fault::status(503).kind("batch_read").always());
    });
    world.backfill().await.unwrap_err();
    let first = world.store().runs(1).unwrap()[0].id.clone();
    world.hub.faults(Faults::clear);
    let tomorrow = "2014-01-01".parse().unwrap();
    let report = world.run(Request { as_of: tomorrow, today: tomorrow, ..resume() }).await.unwrap();
    assert_ne!(report.run, first);
    assert_eq!(report.plan.as_of, tomorrow);
    let store = world.store();
    let plan = store.plan_of_run(&first).unwrap().unwrap();
    assert_eq!(plan.state, PlanState::Superseded);
    let applied = world.with_engine(&store, async |engine| engine.applied(&plan.id).unwrap()).await;
    assert_eq!((applied.applied, applied.pending), (6, 0));
}

#[tokio::test]
async fn without_resume_everything_is_pulled_again_and_nothing_is_written_twice() {
    let world = World::ready().await;
    world
        .hub
        .faults(|faults| faults.add(Fault::status(500).kind("batch_update").skip(1).times(1).after_effect()));
    world.hub.faults(|faults| faults.add(Fault::status(503).kind("batch_read").always()));
    world.backfill().await.unwrap_err();
    world.hub.faults(Faults::clear);
    world.backfill().await.unwrap();
    assert_eq!(world.hub.writes().written_twice("companies"), BTreeMap::new());
}
