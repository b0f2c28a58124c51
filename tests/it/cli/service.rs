//! `sirank run`: the service.

use super::desk::{Desk, terminate, until};

fn count(desk: &Desk, kind: &str) -> usize {
    desk.hub.requests().iter().filter(|request| request.kind == kind).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_a_run_and_ends_in_good_order_when_asked() {
    let desk = Desk::small().await;
    let mut service = desk.start(&["run"]);
    let ended = || {
        let log = std::fs::read_to_string(desk.path("stderr.log")).unwrap();
        log.contains("Run ended")
    };
    assert!(until(&mut service, ended).is_none(), "it went on");
    assert_eq!(desk.hub.writes().all().len(), 301);

    desk.run(&["run"]).exits(8).says(&format!("process {}", service.id()));
    desk.run(&["report"]).exits(0).shows("Customer matrix on 2013-12-31");
    desk.run(&["check"]).exits(0);

    terminate(&service);
    assert_eq!(service.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_to_end_during_a_batch_it_finishes_the_batch() {
    let desk = Desk::small().await;
    desk.hub.set_latency(std::time::Duration::from_millis(150));
    desk.file("more.toml", "[hubspot]\nconcurrency = 1\n");
    let mut service = desk.start(&["--config", "more.toml", "run"]);
    assert!(until(&mut service, || count(&desk, "batch_update") > 0).is_none());
    terminate(&service);
    assert_eq!(service.wait().unwrap().code(), Some(0));
    let first = desk.hub.writes().all().len();
    assert!(first < 301, "it did not go on to the end");

    desk.hub.set_latency(std::time::Duration::ZERO);
    desk.run(&["runs"]).exits(0).shows("can be resumed");
    desk.run(&["backfill", "--resume"]).exits(0);
    assert_eq!(desk.hub.writes().all().len(), 301);
    assert!(desk.hub.writes().written_twice("companies").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_that_is_asked_to_end_says_how_to_go_on() {
    let desk = Desk::small().await;
    desk.hub.set_latency(std::time::Duration::from_millis(150));
    desk.file("more.toml", "[hubspot]\nconcurrency = 1\n");
    let mut backfill = desk.start(&["--config", "more.toml", "backfill"]);
    assert!(until(&mut backfill, || count(&desk, "list") > 0).is_none());
    terminate(&backfill);
    assert_eq!(backfill.wait().unwrap().code(), Some(5));
    let log = std::fs::read_to_string(desk.path("stderr.log")).unwrap();
    assert!(log.contains("sirank backfill --resume"), "{log}");
}
