//! Every fault of the server at every kind of call, once and for good: the run ends in the right state, or stops with
//! the documented exit code, and resumed ends in the right state with nothing written twice.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use sirank::cli::Exit;
use sirank::engine::Request;
use sirank_mocks::faults::{Action, Effect, Fault, Faults};

use super::small;
use super::world::{World, request};
use crate::crm::faults::{Row, common};
use crate::crm::{Vendor, Written};

/// How many worlds are run through at once.
const AT_ONCE: usize = 8;
/// Every fault that a server of this vendor has.
pub(super) fn rows<V: Vendor>() -> Vec<Row> {
    let mut rows = common::<V>();
    rows.extend(V::own_faults());
    rows
}

struct Case {
    kind: &'static str,
    always: bool,
    fault: Fault,
    expected: Exit,
}

impl Case {
    fn of<V: Vendor>(row: &Row, kind: &'static str, always: bool) -> Self {
        let mut fault = Fault::new(row.action.clone()).kind(kind);
        fault.effect = row.effect;
        if always {
            fault = fault.always();
        }
        let write = kind == V::CALLS.write;
        let expected = match (write, always) {
            (false, false) => row.ends.read_once,
            (false, true) => row.ends.read_always,
            (true, false) => row.ends.write_once,
            (true, true) => row.ends.write_always,
        };
        let expected = if row.harmless_at.contains(&kind) { Exit::Done } else { expected };
        Self { kind, always, fault, expected }
    }

    fn name(&self) -> String {
        let how = if self.always { "always" } else { "once" };
        format!("{:?} {:?} {how} at {}", self.fault.action, self.fault.effect, self.kind)
    }
}

/// A world like one that is set up already.
async fn world<V: Vendor>(ready: &World<V>) -> World<V> {
    let mut world = World::of(ready.crm.twin().await, small::books());
    // Everything is looked up before it is written over, so that this call is met too.
    world.policy.reread_after = Duration::ZERO;
    world
}

async fn run_through<V: Vendor>(case: &Case, ready: &World<V>, right: &Written) {
    let mut world = world(ready).await;
    if matches!(case.fault.action, Action::Slow { .. }) {
        world.timeout = Duration::from_secs(1);
    } else if case.always {
        world.budget = Duration::from_millis(50);
    }
    world.crm.faults(|faults| faults.add(case.fault.clone()));
    let ended = match world.backfill().await {
        Ok(report) => Exit::from(report.outcome),
        Err(error) => {
            assert!(!error.to_string().contains(V::SECRET), "{}: {error}", case.name());
            Exit::from(&error)
        }
    };
    assert!(world.crm.stats().faults > 0, "{}: the fault was never met", case.name());
    assert_eq!(ended, case.expected, "{}", case.name());
    if ended != Exit::Done {
        world.crm.faults(Faults::clear);
        world.crm.renew_credentials();
        world.budget = Duration::from_mins(1);
        let resumed = world.run(Request { resume: true, ..request() }).await.unwrap();
        assert_eq!(Exit::from(resumed.outcome), Exit::Done, "{}: resumed", case.name());
    }
    assert_eq!(&world.written(), right, "{}", case.name());
    assert_eq!(world.crm.written_twice(), BTreeMap::new(), "{}", case.name());
}

async fn run_all<V: Vendor>(cases: Vec<Case>) {
    let ready = World::<V>::small().await;
    let undisturbed = world(&ready).await;
    undisturbed.backfill().await.unwrap();
    let right = undisturbed.written();
    assert!(right.len() > 30, "{right:?}");
    futures_util::stream::iter(&cases)
        .for_each_concurrent(AT_ONCE, |case| run_through(case, &ready, &right))
        .await;
}

fn cases<V: Vendor>(kinds: &[&'static str], always: bool) -> Vec<Case> {
    let rows = rows::<V>();
    let of_kind = |kind: &'static str| {
        // Whether a read took effect before its answer was lost is all the same.
        let differs =
            move |row: &&Row| kind == V::CALLS.write || row.effect == Effect::Before || row.needs_answer();
        let possible = move |row: &&Row| !row.never_at.contains(&kind);
        rows.iter().filter(differs).filter(possible).map(move |row| Case::of::<V>(row, kind, always))
    };
    kinds.iter().flat_map(|kind| of_kind(kind)).collect()
}

pub(crate) async fn reads_that_fail_once<V: Vendor>() {
    run_all::<V>(cases::<V>(V::CALLS.reads, false)).await;
}

pub(crate) async fn reads_that_always_fail<V: Vendor>() {
    run_all::<V>(cases::<V>(V::CALLS.reads, true)).await;
}

pub(crate) async fn look_ups_that_fail<V: Vendor>() {
    let mut all = cases::<V>(&[V::CALLS.look_up], false);
    all.extend(cases::<V>(&[V::CALLS.look_up], true));
    run_all::<V>(all).await;
}

pub(crate) async fn writes_that_fail_once<V: Vendor>() {
    run_all::<V>(cases::<V>(&[V::CALLS.write], false)).await;
}

pub(crate) async fn writes_that_always_fail<V: Vendor>() {
    run_all::<V>(cases::<V>(&[V::CALLS.write], true)).await;
}

pub(crate) async fn slow_answers_end_in_a_time_out<V: Vendor>() {
    let slow = Action::Slow { ms: 60_000 };
    let case = |kind, always, expected| {
        let fault = Fault::new(slow.clone()).kind(kind);
        Case { kind, always, fault: if always { fault.always() } else { fault }, expected }
    };
    run_all::<V>(vec![
        case(V::CALLS.page, false, Exit::Done),
        case(V::CALLS.page, true, Exit::Unavailable),
        case(V::CALLS.look_up, false, Exit::Done),
        case(V::CALLS.write, false, Exit::Done),
        case(V::CALLS.write, true, Exit::Done),
    ])
    .await;
}

/// One write that is never answered does not take the others with it.
pub(crate) async fn a_write_without_an_answer_is_told_from_a_server_that_is_down<V: Vendor>() {
    let world = World::<V>::small().await;
    world.crm.faults(|faults| faults.add(Fault::status(500).kind(V::CALLS.write)));
    let report = world.backfill().await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 6);
    assert_eq!(world.crm.written_twice(), BTreeMap::new());
}
