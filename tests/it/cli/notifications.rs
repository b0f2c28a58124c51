//! The service that tells people: the real binary beside the mocks.

use sirank::ports::InputProperty;

use sirank_mocks::hubspot::HubSpot;

use super::beside::{ended, log, service};
use super::desk::{Desk, few, terminate, until};
use crate::crm::{Entry, Vendor};
use crate::notify::mail_server::{MailServer, Manners};
use crate::raw_server::{RawServer, answer, json};

const HOOK: &str = "/services/T0PLANTED/B0PLANTED";

fn configuration(mail: &MailServer) -> String {
    format!(
        "[guards]\nmax_cluster_change_share = \"0\"\n\
         [notify.slack]\nurl_file = \"hook\"\n\
         [notify.email]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nusername = \"sirank\"\n\
         password = \"PLANTED-password\"\nfrom = \"sirank@example.com\"\nto = [\"ops@example.com\"]\n",
        mail.port
    )
}

/// A portal with its figures in place, and one company that a person then gave up.
async fn with_a_plan_to_hold() -> Desk {
    let desk = Desk::of(few::<HubSpot>()).await;
    desk.run(&["backfill"]).exits(0);
    let first = desk.crm.companies()[0].clone();
    Vendor::person_edits(&desk.crm, &first, Entry::Input(InputProperty::Potential), "lost");
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_waits_is_told_once_over_restarts_and_no_secret_is_shown() {
    // The webhook was removed, and its host repeats the address; the mail server works.
    let slack = RawServer::start(|_, request| {
        let target = request.split(' ').nth(1).unwrap_or_default();
        answer(404, &["content-type: text/plain"], &format!("no_service at {target}"))
    })
    .await;
    let account = Some(("sirank", "PLANTED-password"));
    let mail = MailServer::start(Manners { account, mechanism: "PLAIN LOGIN", refusal: None }).await;
    let desk = with_a_plan_to_hold().await;
    desk.file("hook", &format!("{}{HOOK}\n", slack.base_url));
    desk.file("more.toml", &configuration(&mail));
    let mut shown = String::new();
    for _ in 0..2 {
        let mut service = service(&desk, &["--config", "more.toml", "run"]);
        let told = || log(&desk).contains("channel=\"slack\"") || log(&desk).contains("channel=slack");
        assert!(until(&mut service, told).is_none(), "{}", log(&desk));
        assert_eq!(ended(&desk), 1);
        terminate(&service);
        assert_eq!(service.wait().unwrap().code(), Some(0));
        shown.push_str(&log(&desk));
    }
    let letters = mail.letters();
    let [letter] = &letters[..] else { panic!("{letters:?}\n{shown}") };
    assert!(
        letter.data.contains("waits for approval") && letter.data.contains("sirank apply p20"),
        "{letter:?}"
    );
    assert_eq!(slack.requests().len(), 2, "what could not be sent is tried after the next run");
    assert!(shown.contains("no_service at ***"), "{shown}");

    for command in [&["config"][..], &["check"], &["check", "--offline"], &["runs"]] {
        let arguments: Vec<&str> = ["--config", "more.toml"].iter().chain(command).copied().collect();
        let told = desk.run(&arguments).exits(0);
        shown.push_str(&told.out);
        shown.push_str(&told.err);
    }
    assert!(shown.contains("the mail server accepts the login"), "{shown}");
    assert!(!shown.contains("PLANTED"), "{shown}");
    let state = std::fs::read(desk.path("state.sqlite3")).unwrap();
    assert!(!String::from_utf8_lossy(&state).contains("PLANTED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_without_its_secret_keeps_the_service_from_starting_and_no_backfill() {
    let desk = Desk::of(few::<HubSpot>()).await;
    let more = "[notify.slack]\nurl_env = \"SIRANK_TEST_UNSET\"\n";
    desk.run_with(more, &["run"]).exits(3).says("notify.slack.url_env");
    desk.run_with(more, &["check", "--offline"]).exits(3).shows("notify.slack.url_env");
    desk.run_with(more, &["backfill"]).exits(0);
    let slack = RawServer::always(json(200, "ok")).await;
    let more = format!("[notify.slack]\nurl = \"{}/PLANTED\"\n", slack.base_url);
    desk.run_with(&more, &["check", "--offline"])
        .exits(0)
        .shows("notify.slack: a webhook of Slack at 127.0.0.1");
    assert!(slack.requests().is_empty());
}
