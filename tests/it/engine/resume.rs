//! Resume: a run that stopped goes on where it was; another day's run settles what was in flight and plans anew.

use std::collections::{BTreeMap, BTreeSet};

use sirank::engine::{EngineError, Request};
use sirank::store::{ChangeState, PlanState, RunOutcome};
use sirank_mocks::faults::{Fault, Faults};

use super::world::{World, request};
use crate::crm::Vendor;

fn resume() -> Request {
    Request { resume: true, ..request() }
}

pub(crate) async fn a_pull_goes_on_with_the_page_where_it_stopped<V: Vendor>() {
    let world = World::<V>::ready().await;
    // 301 companies are four pages at least; the third is never answered.
    world.crm.faults(|faults| faults.add(Fault::status(503).kind(V::CALLS.page).skip(2).always()));
    let error = world.backfill().await.unwrap_err();
    assert!(error.can_be_resumed(), "{error}");
    world.crm.faults(Faults::clear);
    assert_eq!(world.crm.pages_delivered().len(), 2);
    let report = world.run(resume()).await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 301);
    let pages = world.crm.pages_delivered();
    assert!(pages.len() >= 4, "{pages:?}");
    assert_eq!(pages.iter().collect::<BTreeSet<_>>().len(), pages.len(), "no page twice: {pages:?}");
}

pub(crate) async fn a_stopped_apply_goes_on_with_its_plan<V: Vendor>() {
    let mut world = World::<V>::ready().await;
    world.crm.faults(|faults| faults.add(Fault::status(429).kind(V::CALLS.write).skip(2).always()));
    world.budget = std::time::Duration::from_millis(20);
    world.backfill().await.unwrap_err();
    let written = world.crm.companies_written().len();
    let most = 2 * V::COMPANIES_PER_WRITE;
    assert!((1 + most / 2..=most).contains(&written), "two calls got through, not {written} companies");
    world.crm.faults(Faults::clear);
    world.budget = std::time::Duration::from_mins(1);
    let (pages, runs) = (world.crm.pages_delivered().len(), world.store().runs(10).unwrap().len());
    let report = world.run(resume()).await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 301);
    assert_eq!(world.crm.pages_delivered().len(), pages, "nothing is pulled again");
    assert_eq!(world.store().runs(10).unwrap().len(), runs, "it is the same run");
    assert_eq!(world.crm.written_twice(), BTreeMap::new());
}

pub(crate) async fn a_request_to_stop_ends_it_in_good_order<V: Vendor>() {
    let world = World::<V>::small().await;
    world.stop.cancel();
    let error = world.backfill().await.unwrap_err();
    assert!(matches!(error, EngineError::Stopped));
    assert_eq!(world.store().runs(1).unwrap()[0].outcome, Some(RunOutcome::Stopped));
    assert!(world.crm.companies_written().is_empty());
}

pub(crate) async fn another_day_s_run_settles_what_was_in_flight_and_plans_anew<V: Vendor>() {
    let world = World::<V>::small().await;
    // Carried out, but the answer is lost, and then the CRM cannot be read.
    world.crm.faults(|faults| {
        faults.add(Fault::status(500).kind(V::CALLS.write).after_effect());
        faults.add(Fault::status(503).kind(V::CALLS.look_up).always());
    });
    world.backfill().await.unwrap_err();
    let first = world.store().runs(1).unwrap()[0].id.clone();
    let written = world.crm.companies_written().len() as u64;
    assert!(written > 0);
    world.crm.faults(Faults::clear);
    let tomorrow = "2014-01-01".parse().unwrap();
    let report = world.run(Request { as_of: tomorrow, today: tomorrow, ..resume() }).await.unwrap();
    assert_ne!(report.run, first);
    assert_eq!(report.plan.as_of, tomorrow);
    let store = world.store();
    let plan = store.plan_of_run(&first).unwrap().unwrap();
    assert_eq!(plan.state, PlanState::Superseded);
    let applied = world.with_engine(&store, async |engine| engine.applied(&plan.id).unwrap()).await;
    assert_eq!((applied.applied, applied.pending), (written, 6 - written), "what had arrived is known");
    assert_eq!(store.changes_in(&plan.id, ChangeState::Sending, 1).unwrap(), []);
}

pub(crate) async fn without_resume_everything_is_pulled_again_and_nothing_is_written_twice<V: Vendor>() {
    let world = World::<V>::ready().await;
    world.crm.faults(|faults| {
        faults.add(Fault::status(500).kind(V::CALLS.write).skip(1).after_effect());
        faults.add(Fault::status(503).kind(V::CALLS.look_up).always());
    });
    world.backfill().await.unwrap_err();
    world.crm.faults(Faults::clear);
    world.backfill().await.unwrap();
    assert_eq!(world.crm.written_twice(), BTreeMap::new());
}
