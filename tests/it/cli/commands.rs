//! What each command prints and leaves behind.

use serde_json::Value;
use sirank_mocks::hubspot::Kind;

use super::desk::Desk;

const FIRST: u64 = 1_000_001;

#[tokio::test(flavor = "multi_thread")]
async fn setup_lists_creates_and_then_finds_everything_in_place() {
    let desk = Desk::with(sirank_mocks::seed::cluster301().unwrap(), super::desk::documents(0)).await;
    desk.run(&["check"]).exits(3).shows("sirank setup");
    desk.run(&["setup", "--dry-run"]).exits(0).shows("would create  sirank_score");
    desk.was_only_read();
    desk.run(&["setup"]).exits(0).shows("created  sirank_score");
    desk.run(&["check"]).exits(0).shows("A run is possible.");
    desk.run(&["setup", "--format", "json"]).exits(0);
    desk.run(&["check", "--offline"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_prints_prints_valid_json_and_logs_go_elsewhere() {
    let desk = Desk::small().await;
    let json = ["--format", "json", "--log-format", "json"];
    for command in [
        &["check", "--offline"][..],
        &["check"],
        &["setup", "--dry-run"],
        &["backfill", "--dry-run"],
        &["backfill"],
        &["report"],
        &["report", "--companies"],
        &["explain", "1000001"],
        &["explain", "S.r.l."],
        &["runs"],
        &["contacts"],
        &["history", "1000001"],
        &["backup", "copy"],
        &["unmatched"],
        &["rejected"],
        &["failed"],
        &["config"],
    ] {
        let told = desk.run(&[command, &json].concat());
        let _: Value = told.json();
        for line in told.err.lines() {
            let _: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{command:?}: {error}: {line}"));
        }
    }
    for line in desk.run(&[&["plan"][..], &json].concat()).exits(0).out.lines() {
        let _: Value = serde_json::from_str(line).unwrap();
    }
    let schema = desk.run(&["config", "--schema"]).exits(0).json();
    assert!(schema["$defs"].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_is_shown_with_origins_and_without_secrets() {
    let desk = Desk::small().await;
    let told = desk.run(&["config"]).exits(0);
    for line in ["hubspot.token = \"***\"", "accounting[0].token = \"***\"", "# sirank.toml:", "# default"] {
        assert!(told.out.contains(line), "no {line} in\n{}", told.out);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_is_explained_by_id_vat_number_and_name() {
    let desk = Desk::small().await;
    desk.run(&["backfill", "--dry-run"]).exits(0);
    let heading = "1000001 Vetreria Ferrea S.n.c. on 2013-12-31";
    for company in [
        "1000001",
        "IT99000000010",
        "99000000010",
        "it 990 000 000 10",
        "vetreria ferrea s.n.c.",
        "Vetreria Ferrea S.n",
    ] {
        let told = desk.run(&["explain", company]).exits(0).shows(heading);
        assert!(!told.out.contains("Written to it"), "a dry run wrote nothing");
    }
    desk.run(&["explain", "Vetreria"]).exits(2).shows("name one by its id").shows("1000001");
    desk.run(&["explain", "Nobody S.p.A."]).exits(2).says("Nobody S.p.A.");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_without_a_company_are_listed_and_reconciled() {
    let desk = Desk::small().await;
    assert!(desk.crm.person_edits(Kind::Company, FIRST, &[("vat_number", "")]));
    desk.run(&["backfill"]).exits(0).shows("300 of 301 companies change");
    let listed = desk.run(&["unmatched", "--format", "json"]).exits(0).json();
    let report = desk.run(&["report", "--format", "json"]).exits(0).json();
    let unmatched = listed.as_array().unwrap().len();
    assert!(unmatched > 0);
    assert!(report.to_string().contains("no_company"), "{report}");
    desk.run(&["unmatched"]).exits(0).shows("no company").shows("IT99000000010");
}
