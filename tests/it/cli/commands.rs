//! What each command prints and leaves behind.

use serde_json::Value;
use sirank_mocks::hubspot::Kind;

use super::desk::Desk;

const FIRST: u64 = 1_000_001;

/// The id of the plan in the output of `plan --format json`.
fn plan_id(out: &str) -> String {
    let first: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    first["plan"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_companies_first_then_all_then_nothing() {
    let desk = Desk::small().await;
    desk.run(&["backfill", "--dry-run"])
        .exits(0)
        .shows("301 of 301 companies change")
        .shows("sirank apply p");
    desk.was_only_read();
    desk.run(&["backfill", "--company", "1000007", "--company", "1000003"]).exits(0);
    let written = |desk: &Desk| -> Vec<String> {
        let mut ids: Vec<String> = desk.hub.writes().all().iter().map(|write| write.id.clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(written(&desk), ["1000003", "1000007"]);
    desk.run(&["backfill", "--limit", "5"]).exits(0);
    assert_eq!(written(&desk).len(), 7);
    desk.run(&["backfill"]).exits(0);
    assert_eq!(written(&desk).len(), 301);
    desk.run(&["backfill"]).exits(0).shows("0 of 301 companies change");
    desk.run(&["plan"]).exits(0).shows("there is nothing to write");
    assert_eq!(written(&desk).len(), 301);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_between_plan_and_apply_is_not_written_but_planned_again() {
    let desk = Desk::small().await;
    let plan = plan_id(&desk.run(&["plan", "--format", "json"]).exits(0).out);
    assert!(desk.hub.person_edits(Kind::Company, FIRST, &[("sirank_score", "99.9")]));
    desk.run(&["apply", &plan]).exits(0).shows("changed by somebody meanwhile 1");
    assert_eq!(desk.hub.value(Kind::Company, FIRST, "sirank_score").as_deref(), Some("99.9"));
    assert_eq!(
        desk.hub.value(Kind::Company, FIRST, "sirank_cluster"),
        None,
        "nothing of that company is written"
    );
    desk.run(&["apply", &plan]).exits(0).says("applied already");
    desk.run(&["backfill"]).exits(0).shows("1 of 301 companies change");
    assert_ne!(desk.hub.value(Kind::Company, FIRST, "sirank_score").as_deref(), Some("99.9"));
    desk.run(&["explain", "1000001"]).exits(0).shows("Written to it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_holds_a_plan_until_it_is_applied_by_hand() {
    let desk = Desk::small().await;
    desk.run(&["backfill"]).exits(0);
    desk.hub.forget();
    assert!(desk.hub.person_edits(Kind::Company, FIRST, &[("potential", "lost")]));
    let strict = "[guards]\nmax_cluster_change_share = \"0\"\n";
    let held = desk.run_with(strict, &["backfill"]).exits(6).shows("Held: ").shows("sirank apply p");
    let api_writes = || desk.hub.writes().all().iter().filter(|write| write.request > 0).count();
    assert_eq!(api_writes(), 0);
    desk.run_with(strict, &["plan"]).exits(6);
    let runs = desk.run(&["runs", "--format", "json"]).exits(0).json();
    let plan = runs[0]["summary"]["plan"]["id"].as_str().unwrap().to_owned();
    assert!(held.out.contains("sirank apply p"));
    desk.run_with(strict, &["apply", &plan]).exits(0).shows("Written: 1 company");
    assert_eq!(api_writes(), 1);
    assert_eq!(desk.hub.value(Kind::Company, FIRST, "sirank_cluster").as_deref(), Some("Z"));
}

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
    assert!(desk.hub.person_edits(Kind::Company, FIRST, &[("vat_number", "")]));
    desk.run(&["backfill"]).exits(0).shows("300 of 301 companies change");
    let listed = desk.run(&["unmatched", "--format", "json"]).exits(0).json();
    let report = desk.run(&["report", "--format", "json"]).exits(0).json();
    let unmatched = listed.as_array().unwrap().len();
    assert!(unmatched > 0);
    assert!(report.to_string().contains("no_company"), "{report}");
    desk.run(&["unmatched"]).exits(0).shows("no company").shows("IT99000000010");
}
