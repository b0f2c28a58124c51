//! `sirank run`: the service. Over every CRM.

use std::time::Duration;

use super::desk::{DeskOf, few, terminate, until};
use crate::crm::Vendor;

/// All companies of the reference data.
const ALL: usize = 301;

fn count<V: Vendor>(desk: &DeskOf<V>, kind: &str) -> usize {
    desk.crm.requests().iter().filter(|request| request.kind == kind).count()
}

/// More companies than are under way at once, and so slow that a process can be asked to end in the middle of them.
async fn slow<V: Vendor>() -> DeskOf<V> {
    let desk = DeskOf::<V>::of(ALL).await;
    let calls = ALL.div_ceil(V::COMPANIES_PER_WRITE) as u64;
    desk.crm.set_latency(Duration::from_millis((600 / calls).max(20)));
    desk.file("more.toml", &V::calls_at_once(1));
    desk
}

pub(super) async fn the_service_does_a_run_and_ends_in_good_order_when_asked<V: Vendor>() {
    let desk = DeskOf::<V>::of(few::<V>()).await;
    let mut service = desk.start(&["run"]);
    let ended = || {
        let log = std::fs::read_to_string(desk.path("stderr.log")).unwrap();
        log.contains("The run has ended")
    };
    assert!(until(&mut service, ended).is_none(), "it went on");
    assert_eq!(desk.crm.companies_written().len(), few::<V>());

    desk.run(&["run"]).exits(8).says(&format!("process {}", service.id()));
    desk.run(&["report"]).exits(0).shows("Customer matrix on 2013-12-31");
    desk.run(&["check"]).exits(0);

    terminate(&service);
    assert_eq!(service.wait().unwrap().code(), Some(0));
}

pub(super) async fn asked_to_end_during_a_batch_it_finishes_the_batch<V: Vendor>() {
    let desk = slow::<V>().await;
    let mut service = desk.start(&["--config", "more.toml", "run"]);
    assert!(until(&mut service, || count(&desk, V::CALLS.write) > 0).is_none());
    terminate(&service);
    assert_eq!(service.wait().unwrap().code(), Some(0));
    let first = desk.crm.companies_written().len();
    assert!(first < ALL, "it did not go on to the end");

    desk.crm.set_latency(Duration::ZERO);
    desk.run(&["runs"]).exits(0).shows("can be resumed");
    desk.run(&["backfill", "--resume"]).exits(0);
    assert_eq!(desk.crm.companies_written().len(), ALL);
    assert!(desk.crm.written_twice().is_empty());
}

pub(super) async fn a_backfill_that_is_asked_to_end_says_how_to_go_on<V: Vendor>() {
    let desk = slow::<V>().await;
    let mut backfill = desk.start(&["--config", "more.toml", "backfill"]);
    assert!(until(&mut backfill, || count(&desk, V::CALLS.page) > 0).is_none());
    terminate(&backfill);
    assert_eq!(backfill.wait().unwrap().code(), Some(5));
    let log = std::fs::read_to_string(desk.path("stderr.log")).unwrap();
    assert!(log.contains("sirank backfill --resume"), "{log}");
}
