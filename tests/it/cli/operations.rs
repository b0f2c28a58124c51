//! What operations see of the service: pages, systemd, a reload.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::beside::{ended, log, service};
use super::desk::{Desk, FATTURE_TOKEN, HUBSPOT_TOKEN, terminate, until};
use crate::crm::Vendor;

/// Where the service said that it answers.
fn address(desk: &Desk) -> String {
    let log = log(desk);
    let address = log.split("status_address=").nth(1).and_then(|rest| rest.split_whitespace().next());
    address.unwrap().trim_matches('"').to_owned()
}

/// What a page answers: the status and the body.
fn page(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split_whitespace().nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn hang_up(process: u32) {
    assert!(Command::new("sh").args(["-c", &format!("kill -HUP {process}")]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_tell_how_the_service_stands() {
    let desk = Desk::small().await;
    let mut service = service(&desk, &["run"]);
    let address = address(&desk);
    assert_eq!(page(&address, "/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(page(&address, "/readyz"), (200, "ok\n".to_owned()));
    assert_eq!(page(&address, "/nothing").0, 404);

    let (code, status) = page(&address, "/status");
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(code, 200);
    assert_eq!(status["last_run"]["outcome"], "done");
    assert_eq!(status["companies"], 301);
    assert_eq!(
        status["documents"]["matched"].as_u64().unwrap() + status["documents"]["unmatched"].as_u64().unwrap(),
        250
    );
    assert_eq!(status["doing"], Value::Null);
    assert_eq!(status["held_plans"], serde_json::json!([]));
    let kinds: Vec<_> = status["next_runs"].as_array().unwrap().iter().map(|next| &next["kind"]).collect();
    assert_eq!(kinds.len(), 3, "{status:#}");

    let (_, metrics) = page(&address, "/metrics");
    for line in [
        "sirank_runs_total{command=\"run\",outcome=\"done\"} 1",
        "sirank_companies 301",
        "sirank_run_in_progress 0",
        "sirank_held_plans 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
    assert!(metrics.contains("sirank_calls_total{system=\"HubSpot\",outcome=\"ok\"}"), "{metrics}");
    terminate(&service);
    assert_eq!(service.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_takes_what_is_valid_and_keeps_the_old_where_it_is_not() {
    let desk = Desk::small().await;
    desk.file("more.toml", "[schedule]\ninterval_minutes = 30\n");
    let mut service = service(&desk, &["--config", "more.toml", "run"]);
    let address = address(&desk);

    desk.file("more.toml", "[schedule]\ninterval_minuts = 5\n");
    hang_up(service.id());
    assert!(until(&mut service, || log(&desk).contains("the old one stays in force")).is_none());
    assert!(log(&desk).contains("interval_minutes"), "the reason names the key: {}", log(&desk));
    assert!(page(&address, "/metrics").1.contains("sirank_reload_failed 1"));
    let (_, status) = page(&address, "/status");
    assert!(status.contains("interval_minuts"), "{status}");

    // A token that cannot be read is found at once, not in the night.
    desk.file("more.toml", "[hubspot]\ntoken_file = \"nowhere\"\n");
    hang_up(service.id());
    assert!(until(&mut service, || log(&desk).matches("the old one stays in force").count() == 2).is_none());

    // Nor does what only shows when connections are made end the service.
    desk.file("more.toml", "[hubspot]\nca_bundle = \"nowhere.pem\"\n");
    hang_up(service.id());
    assert!(until(&mut service, || log(&desk).matches("the old one stays in force").count() == 3).is_none());
    assert!(page(&address, "/status").1.contains("nowhere.pem"));

    desk.file("more.toml", "[store]\npath = \"another.sqlite3\"\n");
    hang_up(service.id());
    assert!(until(&mut service, || log(&desk).contains("restart the service to change them")).is_none());
    assert!(!desk.path("another.sqlite3").exists());

    desk.file("more.toml", "[schedule]\ninterval_minutes = 7\n");
    hang_up(service.id());
    assert!(until(&mut service, || log(&desk).contains("it holds from now on")).is_none());
    assert!(page(&address, "/metrics").1.contains("sirank_reload_failed 0"));
    assert_eq!(ended(&desk), 1, "a reload is no run");
    terminate(&service);
    assert_eq!(service.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_hears_of_readiness_status_progress_and_the_end() {
    let desk = Desk::small().await;
    let socket = UnixDatagram::bind(desk.path("notify")).unwrap();
    let mut command = desk.command(&["run"]);
    command.env("NOTIFY_SOCKET", desk.path("notify")).env("WATCHDOG_USEC", "2000000");
    let mut service =
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut heard = String::new();
    let mut message = [0; 4096];
    while !(heard.contains("WATCHDOG=1") && heard.contains("STATUS=Idle; the next run begins at 2")) {
        let length = socket.recv(&mut message).unwrap();
        heard.push_str(std::str::from_utf8(&message[..length]).unwrap());
        heard.push('\n');
    }
    let at = |text: &str| heard.find(text).unwrap_or_else(|| panic!("no {text} in {heard}"));
    assert!(at("READY=1") < at("STATUS=A run is under way"), "{heard}");
    terminate(&service);
    while !heard.contains("STOPPING=1") {
        let length = socket.recv(&mut message).unwrap();
        heard.push_str(std::str::from_utf8(&message[..length]).unwrap());
    }
    assert_eq!(service.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorisation_that_is_gone_is_told_once_and_on_every_page() {
    let desk = Desk::small().await;
    desk.crm.revoke_credentials();
    let mut service = desk.start(&["run"]);
    assert!(until(&mut service, || log(&desk).contains("The authorisation is gone")).is_none());
    let address = address(&desk);
    assert!(page(&address, "/metrics").1.contains("sirank_authorization_lost{system=\"HubSpot\"} 1"));
    assert_eq!(page(&address, "/healthz").0, 200, "the service itself is well");
    let (code, reason) = page(&address, "/readyz");
    assert_eq!(code, 503);
    assert!(reason.contains("hubspot.token"), "{reason}");
    assert!(page(&address, "/status").1.contains("hubspot.token"));
    terminate(&service);
    assert_eq!(service.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_is_on_any_page_in_any_line_or_in_what_systemd_hears() {
    let desk = Desk::small().await;
    let socket = UnixDatagram::bind(desk.path("notify")).unwrap();
    let mut command = desk.command(&["-vv", "run"]);
    let file = std::fs::File::create(desk.path("stderr.log")).unwrap();
    command.env("NOTIFY_SOCKET", desk.path("notify")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
    let mut service = command.spawn().unwrap();
    assert!(until(&mut service, || ended(&desk) > 0).is_none());
    let address = address(&desk);
    let mut seen = String::new();
    for path in ["/healthz", "/readyz", "/status", "/metrics"] {
        seen.push_str(&page(&address, path).1);
    }
    terminate(&service);
    assert_eq!(service.wait().unwrap().code(), Some(0));
    seen.push_str(&log(&desk));
    socket.set_nonblocking(true).unwrap();
    let mut message = [0; 4096];
    while let Ok(length) = socket.recv(&mut message) {
        seen.push_str(std::str::from_utf8(&message[..length]).unwrap());
    }
    assert!(seen.contains("companies.list"), "calls are among the lines");
    for secret in [HUBSPOT_TOKEN, FATTURE_TOKEN] {
        assert!(!seen.contains(secret), "{secret} was told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_for_machines_is_a_declared_event_with_its_fields() {
    let desk = Desk::small().await;
    let told = desk.run(&["--log-format", "json", "-v", "backfill"]).exits(0);
    let mut names = std::collections::BTreeSet::new();
    for line in told.err.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let line = line.as_object().unwrap();
        let declared = sirank::events::EVENTS.iter().find(|event| line["event"] == event.name);
        let declared = declared.unwrap_or_else(|| panic!("{line:?} is no declared event"));
        assert_eq!((&line["level"], &line["message"]), (&declared.level.into(), &declared.sentence.into()));
        for key in line.keys() {
            let common = ["timestamp", "level", "target", "event", "message", "run", "phase", "system"];
            assert!(
                common.contains(&key.as_str()) || declared.fields.contains(&key.as_str()),
                "{key} in {line:?}"
            );
        }
        let every = ["timestamp", "run", "phase", "system"].iter().all(|key| line.contains_key(*key));
        assert!(every || declared.name == "run_resumed", "{line:?}");
        names.insert(declared.name);
    }
    for name in [
        "run_started",
        "companies_read",
        "documents_read",
        "plan_made",
        "plan_applied",
        "run_ended",
        "called",
    ] {
        assert!(names.contains(name), "no {name} among {names:?}");
    }
}
