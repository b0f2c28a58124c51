//! Commands beside a service that holds the state. Over every CRM.

use sirank::ports::InputProperty;

use super::desk::{DeskOf, Running, few, terminate, until};
use crate::crm::{Entry, Vendor};

/// A service that has done its first run.
pub(super) fn service<V: Vendor>(desk: &DeskOf<V>, arguments: &[&str]) -> Running {
    let mut service = desk.start(arguments);
    assert!(until(&mut service, || ended(desk) > 0).is_none(), "{}", log(desk));
    service
}

/// How many runs have ended.
pub(super) fn ended<V: Vendor>(desk: &DeskOf<V>) -> usize {
    log(desk).matches("The run has ended").count()
}

pub(super) fn log<V: Vendor>(desk: &DeskOf<V>) -> String {
    std::fs::read_to_string(desk.path("stderr.log")).unwrap()
}

pub(super) async fn the_service_does_what_commands_ask_for<V: Vendor>() {
    let desk = DeskOf::<V>::of(few::<V>()).await;
    let mut service = service(&desk, &["run"]);
    desk.crm.forget();

    // A whole backfill finds everything in place; a dry run shows that.
    let told = desk.run(&["backfill"]).exits(0).says("The service does it now");
    assert!(told.out.contains("Plan p"), "{}", told.out);
    desk.was_only_read();
    let report = desk.run(&["--format", "json", "backfill", "--dry-run"]).exits(0).json();
    assert_eq!(report["plan"]["state"], "ready");
    let plan = desk.run(&["plan"]).exits(0);
    let id = plan.out.split_whitespace().find(|word| word.starts_with("p20")).unwrap().to_owned();
    desk.run(&["apply", &id]).exits(0);
    desk.run(&["setup"]).exits(0);
    assert_eq!(log(&desk).matches("The service does what a command asks for").count(), 5);

    // What cannot be done says why, with the exit code that it has without a service.
    desk.run(&["apply", "p19990101-000000-000"]).exits(2).says("there is no plan");
    // A second service is no command.
    desk.run(&["run"]).exits(8).says(&format!("process {}", service.id()));
    terminate(&service);
    assert_eq!(service.wait().unwrap().code(), Some(0));
    assert!(!desk.path("state.sqlite3.sock").exists(), "the socket goes with the service");
}

pub(super) async fn a_held_plan_is_approved_beside_the_service<V: Vendor>() {
    let desk = DeskOf::<V>::of(few::<V>()).await;
    desk.run(&["backfill"]).exits(0);
    desk.crm.forget();
    let first = desk.crm.companies()[0].clone();
    desk.crm.person_edits(&first, Entry::Input(InputProperty::Potential), "lost");
    desk.file("more.toml", "[guards]\nmax_cluster_change_share = \"0\"\n");
    let mut service = desk.start(&["--config", "more.toml", "run"]);
    assert!(until(&mut service, || ended(&desk) > 0).is_none());
    assert!(desk.crm.companies_written().is_empty());
    let log = log(&desk);
    let id = log.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
    let id = id.into_iter().find(|word| word.starts_with("p20")).unwrap().to_owned();
    desk.run(&["--config", "more.toml", "apply", &id]).exits(0);
    assert_eq!(desk.crm.companies_written(), std::slice::from_ref(&first));
    terminate(&service);
    assert_eq!(service.wait().unwrap().code(), Some(0));
}
