//! What runs leave behind, and how they end where the CRM does not answer as it should. Over every CRM.

use serde_json::Value;
use sirank::domain::catalogue::Figure;
use sirank::ports::InputProperty;
use sirank_mocks::faults::{Action, Fault};

use super::desk::{DeskOf, FATTURE_TOKEN, few};
use crate::crm::faults::status;
use crate::crm::{Entry, Vendor};

async fn desk<V: Vendor>() -> DeskOf<V> {
    DeskOf::of(few::<V>()).await
}

/// The id of the plan in the output of `plan --format json`.
fn plan_id(out: &str) -> String {
    let first: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    first["plan"]["id"].as_str().unwrap().to_owned()
}

pub(super) async fn a_few_companies_first_then_all_then_nothing<V: Vendor>() {
    let desk = desk::<V>().await;
    let all = few::<V>();
    desk.run(&["backfill", "--dry-run"])
        .exits(0)
        .shows(&format!("{all} of {all} companies change"))
        .shows("sirank apply p");
    desk.was_only_read();
    let mut chosen = [desk.crm.companies()[2].clone(), desk.crm.companies()[6].clone()];
    desk.run(&["backfill", "--company", chosen[1].as_str(), "--company", chosen[0].as_str()]).exits(0);
    let mut written = desk.crm.companies_written();
    written.sort();
    chosen.sort();
    assert_eq!(written, chosen);
    desk.run(&["backfill", "--limit", "5"]).exits(0);
    assert_eq!(desk.crm.companies_written().len(), 7);
    desk.run(&["backfill"]).exits(0);
    assert_eq!(desk.crm.companies_written().len(), all);
    desk.run(&["backfill"]).exits(0).shows(&format!("0 of {all} companies change"));
    desk.run(&["plan"]).exits(0).shows("there is nothing to write");
    assert_eq!(desk.crm.companies_written().len(), all);
}

pub(super) async fn what_changed_between_plan_and_apply_is_not_written_but_planned_again<V: Vendor>() {
    let desk = desk::<V>().await;
    let first = desk.crm.companies()[0].clone();
    let figure = |figure| desk.crm.figure(&first, figure);
    let plan = plan_id(&desk.run(&["plan", "--format", "json"]).exits(0).out);
    desk.crm.person_edits(&first, Entry::Figure(Figure::Score), "99.9");
    desk.run(&["apply", &plan]).exits(0).shows("changed by somebody meanwhile 1");
    assert_eq!(figure(Figure::Score).as_deref(), Some("99.9"));
    assert_eq!(figure(Figure::Cluster), None, "nothing of that company is written");
    desk.run(&["apply", &plan]).exits(0).says("applied already");
    desk.run(&["backfill"]).exits(0).shows(&format!("1 of {} companies change", few::<V>()));
    assert_ne!(figure(Figure::Score).as_deref(), Some("99.9"));
    desk.run(&["explain", first.as_str()]).exits(0).shows("Written to it");
}

pub(super) async fn a_guard_holds_a_plan_until_it_is_applied_by_hand<V: Vendor>() {
    let desk = desk::<V>().await;
    desk.run(&["backfill"]).exits(0);
    desk.crm.forget();
    let first = desk.crm.companies()[0].clone();
    desk.crm.person_edits(&first, Entry::Input(InputProperty::Potential), "lost");
    let strict = "[guards]\nmax_cluster_change_share = \"0\"\n";
    let held = desk.run_with(strict, &["backfill"]).exits(6).shows("Held: ").shows("sirank apply p");
    assert!(desk.crm.companies_written().is_empty());
    desk.run_with(strict, &["plan"]).exits(6);
    let runs = desk.run(&["runs", "--format", "json"]).exits(0).json();
    let plan = runs[0]["summary"]["plan"]["id"].as_str().unwrap().to_owned();
    assert!(held.out.contains("sirank apply p"));
    desk.run_with(strict, &["apply", &plan]).exits(0).shows("Written: 1 company");
    assert_eq!(desk.crm.companies_written(), std::slice::from_ref(&first));
    assert_eq!(desk.crm.figure(&first, Figure::Cluster).as_deref(), Some("Z"));
}

pub(super) async fn a_run_is_told_undone_and_held_when_it_would_come_again<V: Vendor>() {
    let desk = desk::<V>().await;
    let first = desk.crm.companies()[0].clone();
    desk.run(&["history", first.as_str()]).exits(3).says("sirank backfill");
    desk.run(&["backfill"]).exits(0);
    let runs = desk.run(&["runs", "--format", "json"]).exits(0).json();
    let run = runs[0]["id"].as_str().unwrap().to_owned();
    desk.run(&["history", first.as_str()]).exits(0).shows("first value").shows("written").shows(&run);
    let entries = desk.run(&["history", first.as_str(), "--limit", "2", "--format", "json"]).exits(0).json();
    assert_eq!((entries.as_array().unwrap().len(), &entries[0]["run"]), (2, &Value::from(run.as_str())));
    desk.run(&["history", "no such company"]).exits(2);

    desk.crm.forget();
    desk.run(&["undo", &run, "--dry-run"]).exits(0).shows("put back as it was before");
    desk.was_only_read();
    desk.crm.person_edits(&first, Entry::Figure(Figure::Cluster), "Z");
    let all = few::<V>();
    desk.run(&["undo", &run])
        .exits(0)
        .shows(&format!("Undo of run {run}"))
        .shows(&format!("Written: {all} companies"))
        .shows("now Z since somebody changed it");
    assert_eq!(desk.crm.written().len(), 1);
    desk.run(&["undo", "r1"]).exits(2).says("sirank runs");
    desk.run(&["history", first.as_str()]).exits(0).shows(&format!("run {run} was undone"));
    desk.run(&["backfill"]).exits(6).shows(&format!("run {run} was undone; this plan would write"));

    desk.run(&["backup", "copy"]).exits(0).shows("whole and verified");
    desk.run(&["backup", "copy"]).exits(2).says("--force");
    desk.run(&["backup", "copy", "--force", "--format", "json"]).exits(0).json();
    let copied = "[store]\npath = \"copy\"\n";
    desk.run_with(copied, &["history", first.as_str()]).exits(0).shows("was undone");
}

pub(super) async fn refused_credentials_end_with_4_and_say_where_the_right_ones_are<V: Vendor>() {
    let desk = desk::<V>().await;
    let wrong = format!("[{}]\ntoken = \"wrong\"\n", V::SECTION);
    let key = format!("{}.token", V::SECTION);
    desk.run_with(&wrong, &["backfill"]).exits(4).says(&key);
    desk.run_with(&wrong, &["check"]).exits(4).shows(&key);
    desk.crm.revoke_credentials();
    desk.run(&["backfill"]).exits(4).says(&key);
    desk.was_only_read();
    desk.crm.renew_credentials();
    desk.run(&["backfill", "--resume"]).exits(0);
    assert_eq!(desk.crm.companies_written().len(), few::<V>(), "the same run goes on");
}

pub(super) async fn an_unreachable_system_ends_with_5_and_can_be_resumed<V: Vendor>() {
    let desk = desk::<V>().await;
    let nowhere = format!("[{}]\nbase_url = \"http://127.0.0.1:1\"\n", V::SECTION);
    desk.run_with(&nowhere, &["backfill"])
        .exits(5)
        .says("no connection to http://127.0.0.1:1")
        .says("sirank backfill --resume");
    desk.run_with(
        &format!(
            "[[accounting]]\nkind = \"fattureincloud\"\nname = \"fatture\"\ncompany_id = \"12345\"\n\
             token = \"{FATTURE_TOKEN}\"\nbase_url = \"http://127.0.0.1:1\"\n"
        ),
        &["backfill"],
    )
    .exits(5)
    .says("no connection to http://127.0.0.1:1");
    desk.was_only_read();
    desk.run(&["backfill", "--resume"]).exits(0);
    assert_eq!(desk.crm.companies_written().len(), few::<V>());
}

pub(super) async fn an_answer_that_is_none_ends_with_5_and_can_be_resumed<V: Vendor>() {
    let desk = desk::<V>().await;
    for (action, message) in [
        (Action::MalformedJson, ""),
        (Action::HtmlPage { status: 200 }, "web page instead of JSON"),
        (Action::EmptyBody, ""),
        (status(503, None), "503"),
    ] {
        desk.crm.faults(|faults| faults.add(Fault::new(action).kind(V::CALLS.page)));
        desk.run(&["backfill", "--resume"])
            .exits(5)
            .says("reading companies: ")
            .says(message)
            .says("sirank backfill --resume");
    }
    desk.was_only_read();
    desk.run(&["backfill", "--resume"]).exits(0);
    assert!(desk.crm.written_twice().is_empty());
    assert_eq!(desk.crm.companies_written().len(), few::<V>());
}

pub(super) async fn no_credential_is_in_any_output_or_in_the_state<V: Vendor>() {
    let desk = desk::<V>().await;
    let first = desk.crm.companies()[0].clone();
    let commands: [&[&str]; 9] = [
        &["check"],
        &["backfill", "--dry-run"],
        &["plan", "--limit", "3"],
        &["backfill"],
        &["report", "--companies"],
        &["runs"],
        &["explain", first.as_str()],
        &["config"],
        &["check", "--offline"],
    ];
    for command in commands {
        for more in [
            ["-vv", "--log-format", "json", "--format", "json"],
            ["-vv", "--log-format", "text", "--format", "table"],
        ] {
            let told = desk.run(&[command, &more].concat()).exits(0);
            assert_clean::<V>(&format!("stdout of {command:?}"), told.out.as_bytes());
            assert_clean::<V>(&format!("stderr of {command:?}"), told.err.as_bytes());
        }
    }
    desk.crm.revoke_credentials();
    let told = desk.run(&["-vv", "backfill"]).exits(4);
    assert_clean::<V>("stderr of refused credentials", told.err.as_bytes());
    for file in std::fs::read_dir(desk.path("")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            assert_clean::<V>(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}

#[track_caller]
fn assert_clean<V: Vendor>(what: &str, bytes: &[u8]) {
    for secret in [V::SECRET, FATTURE_TOKEN] {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "a credential in {what}");
    }
}
