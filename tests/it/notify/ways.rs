//! Each way to tell people, and what is done when it fails.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Rome;
use sirank::domain::catalogue::Language;
use sirank::notify::{Cause, Ended, Notifier};
use sirank::ports::Severity;
use sirank::settings::notify::{EmailConnection, Notifications, Security, WebhookConnection};
use sirank::store::Store;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::mail_server::{MailServer, Manners};
use crate::raw_server::{RawServer, Script, answer, json};

const HOOK: &str = "/services/T0PLANTED/B0PLANTED?api-version=1&sig=PLANTED%2Fsignature";

fn none() -> Notifications {
    Notifications {
        language: Language::It,
        currency: "EUR".to_owned(),
        zone: Rome,
        run_failed: true,
        plan_held: true,
        authorization_lost: true,
        digest: None,
        email: None,
        teams: None,
        slack: None,
        connect_timeout: Duration::from_secs(5),
        timeout: Duration::from_secs(20),
    }
}

fn mail(port: u16, security: Security, login: Option<(&str, &str)>) -> EmailConnection {
    EmailConnection {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        login: login.map(|(user, password)| (user.to_owned(), password.into())),
        from: "sirank <sirank@example.com>".parse().unwrap(),
        to: vec!["Rossi, Ada <ada@example.com>".parse().unwrap(), "ops@example.com".parse().unwrap()],
        ca_bundle: None,
    }
}

fn hook(server: &RawServer) -> WebhookConnection {
    WebhookConnection { url: format!("{}{HOOK}", server.base_url).into() }
}

fn notifier(notifications: Notifications) -> Notifier {
    Notifier::of(Some(notifications), CancellationToken::new()).unwrap().unwrap()
}

fn failed() -> Ended {
    Ended::Failed {
        key: "HubSpot unavailable".to_owned(),
        cause: Cause::Passing,
        reason: "HubSpot: <b>nessuna</b> risposta è arrivata".to_owned(),
        run: Some("r20261122-080000-000".to_owned()),
    }
}

fn minute(minute: i64) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-22T08:00:00Z").unwrap().with_timezone(&Utc)
        + TimeDelta::minutes(minute)
}

struct State {
    folder: TempDir,
    store: Store,
}

impl State {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("state.sqlite3")).unwrap();
        Self { folder, store }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("state.sqlite3")
    }

    /// What waits to be sent.
    fn unsent(&self) -> usize {
        waiting(&self.store)
    }
}

fn waiting(store: &Store) -> usize {
    let text = store.meta("notify").unwrap().unwrap();
    let record: serde_json::Value = serde_json::from_str(&text).unwrap();
    record["unsent"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_letter_arrives_whole_with_either_login() {
    for mechanism in ["PLAIN", "LOGIN"] {
        let account = Some(("sirank", "PLANTED word"));
        let server = MailServer::start(Manners { account, mechanism, refusal: None }).await;
        let email = Some(mail(server.port, Security::None, account));
        let state = State::new();
        notifier(Notifications { email, ..none() }).after_run(&state.store, &failed(), minute(0)).await;
        let [letter] = &server.letters()[..] else { panic!("{:?}", server.letters()) };
        assert_eq!(
            (letter.from.as_str(), letter.to.join(" ").as_str()),
            ("sirank@example.com", "ada@example.com ops@example.com")
        );
        let (head, body) = letter.data.split_once("\n\n").unwrap();
        for line in [
            "From: \"sirank\" <sirank@example.com>",
            // The name, "Rossi, Ada", in the form that keeps its comma from being taken for the next address.
            "To: =?utf-8?b?Um9zc2ksIEFkYQ==?= <ada@example.com>, ops@example.com",
            "Date: Sun, 22 Nov 2026 08:00:00 +0000",
            "Auto-Submitted: auto-generated",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(
                head.lines().any(|found| found.replace("From: sirank ", "From: \"sirank\" ") == line),
                "{line} is not in\n{head}"
            );
        }
        assert!(head.contains("Subject: sirank: "), "{head}");
        assert!(body.contains("sirank runs"), "{body}");
        assert_eq!(state.unsent(), 0);
    }
}

#[tokio::test]
async fn webhooks_get_what_each_of_them_reads_at_their_whole_address() {
    let (teams, slack) =
        (RawServer::always(answer(202, &[], "")).await, RawServer::always(json(200, "ok")).await);
    let notifications = Notifications { teams: Some(hook(&teams)), slack: Some(hook(&slack)), ..none() };
    let state = State::new();
    notifier(notifications).after_run(&state.store, &failed(), minute(0)).await;
    for server in [&teams, &slack] {
        let [request] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
        assert!(request.starts_with(&format!("POST {HOOK} HTTP/1.1\r\n")), "{request}");
        assert!(!request.to_ascii_lowercase().contains("authorization:"), "{request}");
    }
    let body = |server: &RawServer| -> serde_json::Value {
        serde_json::from_str(server.requests()[0].split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let card = body(&teams);
    assert_eq!(card["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
    assert_eq!(card["attachments"][0]["content"]["version"], "1.4");
    assert!(card.to_string().contains("• HubSpot: <b>nessuna</b> risposta"), "{card}");
    let text = body(&slack)["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("sirank: un'esecuzione non è riuscita\n"), "{text}");
    assert!(text.contains("• HubSpot: &lt;b&gt;nessuna&lt;/b&gt; risposta è arrivata\n"), "{text}");
}

#[tokio::test]
async fn an_incident_is_told_once_and_a_restart_does_not_repeat_it() {
    let slack = RawServer::always(json(200, "ok")).await;
    let state = State::new();
    let ends = [(0, failed()), (15, failed()), (30, Ended::Stopped), (45, Ended::Well), (60, Ended::Well)];
    for (when, ended) in ends {
        // Built anew each time, as after a restart.
        let notifier = notifier(Notifications { slack: Some(hook(&slack)), ..none() });
        notifier.after_run(&state.store, &ended, minute(when)).await;
    }
    let told: Vec<String> = slack.requests();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("tutto di nuovo regolare"), "{told:?}");
}

#[tokio::test]
async fn what_cannot_be_sent_waits_and_does_not_hold_up_other_ways() {
    let slack =
        RawServer::start(|number, _| if number == 0 { json(503, "later") } else { json(200, "ok") }).await;
    let refusal = Some("451 4.3.0 later");
    let server = MailServer::start(Manners { refusal, ..Manners::default() }).await;
    let teams = RawServer::always(answer(202, &[], "")).await;
    let state = State::new();
    let notifier = notifier(Notifications {
        email: Some(mail(server.port, Security::None, None)),
        teams: Some(hook(&teams)),
        slack: Some(hook(&slack)),
        ..none()
    });
    notifier.after_run(&state.store, &failed(), minute(0)).await;
    assert_eq!((teams.requests().len(), slack.requests().len(), state.unsent()), (1, 1, 2));
    // The next run is no news, but takes along what waits.
    notifier.after_run(&state.store, &failed(), minute(15)).await;
    assert_eq!((teams.requests().len(), slack.requests().len(), state.unsent()), (1, 2, 1));
    // After three days it is given up; what lasts is told anew.
    notifier.after_run(&state.store, &failed(), minute(4 * 24 * 60)).await;
    assert_eq!((teams.requests().len(), state.unsent()), (2, 1));
}

#[tokio::test]
async fn a_notice_is_marked_as_sent_before_it_is_sent() {
    let state = State::new();
    let path = state.path();
    let slack = RawServer::start(move |_, _| {
        let seen = Store::open_for_reading(&path).unwrap();
        let text = seen.meta("notify").unwrap().unwrap();
        assert!(text.contains("HubSpot unavailable") && waiting(&seen) == 0, "{text}");
        json(200, "ok")
    })
    .await;
    let notifier = notifier(Notifications { slack: Some(hook(&slack)), ..none() });
    notifier.after_run(&state.store, &failed(), minute(0)).await;
    assert_eq!((slack.requests().len(), state.unsent()), (1, 0));
}

#[tokio::test]
async fn the_digest_is_due_by_its_pattern_and_made_up_once() {
    let slack = RawServer::always(json(200, "ok")).await;
    let state = State::new();
    let digest = Some(("0 9 * * *".parse().unwrap(), Rome));
    let notifier = notifier(Notifications { slack: Some(hook(&slack)), digest, ..none() });
    assert_eq!(notifier.digest_due(&state.store).unwrap(), None, "nothing is counted yet");
    notifier.begin(&state.store, minute(0));
    notifier.begin(&state.store, minute(60));
    // 9 o'clock in Rome is 8 in UTC: that of the first day has just passed.
    assert_eq!(notifier.digest_due(&state.store).unwrap(), Some(minute(24 * 60)));
    let late = minute(5 * 24 * 60 + 7);
    notifier.digest(&state.store, late).await;
    assert_eq!(notifier.digest_due(&state.store).unwrap(), Some(minute(6 * 24 * 60)));
    let [request] = &slack.requests()[..] else { panic!("{:?}", slack.requests()) };
    assert!(request.contains("Dal 22/11/2026 09:00 al 27/11/2026 09:07."), "{request}");
    assert!(request.contains("Nessun cliente è diventato freddo"), "{request}");
}

#[tokio::test]
async fn a_check_reaches_every_way_and_sends_nothing() {
    let account = Some(("sirank", "PLANTED word"));
    let server = MailServer::start(Manners { account, mechanism: "PLAIN", refusal: None }).await;
    let slack = RawServer::always(answer(404, &[], "nothing here")).await;
    let notifications = Notifications {
        email: Some(mail(server.port, Security::None, account)),
        slack: Some(hook(&slack)),
        ..none()
    };
    let findings = notifier(notifications).findings().await;
    assert!(findings.iter().all(|finding| finding.severity == Severity::Ok), "{findings:?}");
    assert!(findings[0].what.ends_with("the mail server accepts the login"), "{findings:?}");
    assert!(server.letters().is_empty() && !server.commands().contains(&"MAIL".to_owned()));
    assert!(slack.requests()[0].starts_with("GET / HTTP/1.1"), "{:?}", slack.requests());
}

#[tokio::test]
async fn what_is_wrong_with_a_way_says_what_to_mend_and_no_secret() {
    let account = Some(("sirank", "another"));
    let server = MailServer::start(Manners { account, mechanism: "PLAIN", refusal: None }).await;
    let password = Some(("sirank", "PLANTED-word"));
    // Nobody listens there any more.
    let gone = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let silent = RawServer::always(Script::Silence).await;
    let silent = silent.base_url.rsplit(':').next().unwrap().parse().unwrap();
    let email = |port, security| Notifications { email: Some(mail(port, security, password)), ..none() };
    let cases = [
        (
            email(server.port, Security::None),
            "the mail server refuses the login (535): check notify.email.username",
        ),
        (email(server.port, Security::Starttls), "STARTTLS"),
        (email(server.port, Security::Tls), "the port has to speak TLS at once (465)"),
        (email(gone, Security::None), "the mail server cannot be used"),
        // However long it is waited for.
        (
            Notifications { timeout: Duration::from_millis(50), ..email(silent, Security::None) },
            "the mail server does not answer in time",
        ),
    ];
    for (notifications, expected) in cases {
        let findings = notifier(notifications).findings().await;
        assert_eq!(findings[0].severity, Severity::Warning);
        assert!(findings[0].what.contains(expected), "{expected} is not in {findings:?}");
        assert!(!findings[0].what.contains("PLANTED"), "{findings:?}");
    }
    assert!(server.letters().is_empty());
}
