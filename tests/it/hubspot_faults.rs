//! HubSpot: every fault, during reads and during writes.

use std::time::Duration;

use sirank::connectors::hubspot::HubSpot;
use sirank::ports::{CallError, Crm, Trouble, WriteOutcome};
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::hubspot as mock;

use crate::hubspot_support::{TOKEN, config, connect, portal, score, versionless, with_companies, writes_of};
use crate::raw_server::{RawServer, json};

const READ: &str = "list";
const WRITE: &str = "batch_update";

async fn read_with(fault: Fault) -> (Result<usize, CallError>, HubSpot) {
    let (hub, _) = with_companies(3).await;
    hub.faults(|faults| faults.add(fault.kind(READ)));
    let hubspot = connect(&hub.base_url());
    let read = hubspot.companies(None).await.map(|page| page.items.len());
    (read, hubspot)
}

#[tokio::test]
async fn reads_get_over_faults_that_pass() {
    for action in [
        Action::Status { status: 429, retry_after: Some(0), body: None },
        Action::Status { status: 429, retry_after: None, body: None },
        Action::Status { status: 423, retry_after: None, body: None },
        Action::Status { status: 500, retry_after: None, body: None },
        Action::Status { status: 503, retry_after: None, body: None },
        Action::Status { status: 524, retry_after: None, body: None },
        Action::Status { status: 477, retry_after: Some(1), body: None },
        Action::HtmlPage { status: 200 },
        Action::HtmlPage { status: 502 },
        Action::Reset,
        Action::CutBody { keep: 40 },
        Action::MalformedJson,
        Action::EmptyBody,
    ] {
        let (read, hubspot) = read_with(Fault::new(action.clone()).times(2)).await;
        assert_eq!(read.unwrap(), 3, "{action:?}");
        assert_eq!(hubspot.usage().retries, 2, "{action:?}");
    }
}

#[tokio::test]
async fn reads_end_with_a_word_on_faults_that_stay() {
    type Check = fn(&CallError) -> bool;
    let unavailable = |error: &CallError| matches!(error.trouble, Trouble::Unavailable { .. });
    let malformed = |error: &CallError| matches!(error.trouble, Trouble::Malformed(_));
    let cases: [(Action, Check, &str); 6] = [
        (Action::Status { status: 503, retry_after: None, body: None }, unavailable, "overloaded"),
        (Action::Reset, unavailable, "no complete answer"),
        (Action::HtmlPage { status: 200 }, malformed, "a web page instead of JSON"),
        (Action::MalformedJson, malformed, "cannot be read"),
        (
            Action::Redirect { status: 302, to: "https://elsewhere.example/*".to_owned() },
            malformed,
            "not followed",
        ),
        (
            Action::Status { status: 477, retry_after: Some(3600), body: None },
            unavailable,
            "another data centre",
        ),
    ];
    for (action, check, text) in cases {
        let (read, _) = read_with(Fault::new(action.clone()).always()).await;
        let error = read.unwrap_err();
        assert!(check(&error), "{action:?}: {error:?}");
        let shown = error.to_string();
        assert!(shown.starts_with("HubSpot: reading companies: ") && shown.contains(text), "{shown}");
        assert!(!shown.contains(TOKEN));
    }
}

#[tokio::test]
async fn an_answer_without_end_is_not_taken() {
    let (hub, _) = with_companies(1).await;
    hub.faults(|faults| faults.add(Fault::new(Action::OversizedBody { bytes: 200_000 }).kind(READ).always()));
    let mut config = config(&hub.base_url());
    config.client.max_body_bytes = 100_000;
    let error = HubSpot::new(config).unwrap().companies(None).await.unwrap_err();
    assert!(matches!(&error.trouble, Trouble::Malformed(text) if text.contains("100000 bytes")), "{error}");
}

#[tokio::test]
async fn writes_that_were_not_executed_are_repeated() {
    for action in [
        Action::Status { status: 429, retry_after: Some(0), body: None },
        Action::Status { status: 429, retry_after: None, body: None },
        Action::Status { status: 423, retry_after: None, body: None },
    ] {
        let (hub, ids) = with_companies(3).await;
        hub.faults(|faults| faults.add(Fault::new(action).kind(WRITE).times(3)));
        let outcomes = versionless(connect(&hub.base_url()).write(&writes_of(&ids)).await.unwrap());
        assert_eq!(
            outcomes,
            [WriteOutcome::Applied(None), WriteOutcome::Applied(None), WriteOutcome::Applied(None)]
        );
        assert!(hub.writes().written_twice("companies").is_empty());
    }
}

#[tokio::test]
async fn writes_of_unknown_outcome_are_not_repeated_but_looked_up() {
    let status = |status| Action::Status { status, retry_after: None, body: None };
    for (action, applied) in [
        (status(500), false),
        (status(502), true),
        (status(503), false),
        (status(504), true),
        (Action::Reset, false),
        (Action::Reset, true),
        (Action::CutBody { keep: 30 }, true),
        (Action::MalformedJson, true),
        (Action::EmptyBody, true),
        (Action::HtmlPage { status: 200 }, false),
        (Action::HtmlPage { status: 502 }, true),
    ] {
        let (hub, ids) = with_companies(2).await;
        let fault = Fault::new(action.clone()).kind(WRITE);
        hub.faults(|faults| faults.add(if applied { fault.after_effect() } else { fault }));
        let hubspot = connect(&hub.base_url());
        let outcomes = versionless(hubspot.write(&writes_of(&ids)).await.unwrap());
        assert_eq!(outcomes, [WriteOutcome::Unknown, WriteOutcome::Unknown], "{action:?}");
        assert_eq!(hubspot.usage().calls["companies.update"], 1);
        assert_eq!(score(&hub, &ids[0]).is_some(), applied, "{action:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_ends_in_a_time_out() {
    let (hub, ids) = with_companies(1).await;
    hub.faults(|faults| faults.add(Fault::new(Action::Slow { ms: 60_000 }).kind(WRITE)));
    let mut config = config(&hub.base_url());
    config.client.request_timeout = Duration::from_secs(1);
    let hubspot = HubSpot::new(config).unwrap();
    assert_eq!(versionless(hubspot.write(&writes_of(&ids)).await.unwrap()), [WriteOutcome::Unknown]);
    assert!(score(&hub, &ids[0]).is_some());
}

#[tokio::test]
async fn a_token_that_the_server_repeats_is_hidden() {
    let body = format!(r#"{{"status":"error","message":"bad token Bearer {TOKEN}","category":"X"}}"#);
    let server = RawServer::always(json(401, &body)).await;
    let error = connect(&server.base_url).write(&writes_of(&["1".into()])).await.unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(said.contains("bad token Bearer ***") && !said.contains(TOKEN), "{said}");
}

#[tokio::test]
async fn errors_of_a_write_that_changed_nothing_are_errors() {
    let (hub, ids) = with_companies(2).await;
    let hubspot = connect(&hub.base_url());
    hub.expire_token(TOKEN);
    let error = hubspot.write(&writes_of(&ids)).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Unauthorized(_)), "{error}");

    let scopes = mock::Token::scoped(&["crm.objects.companies.read"]);
    let hub = mock::HubSpot::builder().token_with(TOKEN, scopes).seed(portal()).start().await.unwrap();
    let error = connect(&hub.base_url()).write(&writes_of(&ids)).await.unwrap_err();
    let Trouble::Forbidden { missing, message } = &error.trouble else { panic!("{error}") };
    assert_eq!(missing, &["crm.objects.companies.write"]);
    assert!(message.contains("Add the scope"), "{message}");
    assert!(message.contains("correlation id"), "{message}");
}

#[tokio::test]
async fn the_daily_quota_stops_instead_of_spinning() {
    let (hub, _) = with_companies(1).await;
    let body = serde_json::json!({"status": "error", "message": "You have reached your daily limit.",
        "errorType": "RATE_LIMIT", "correlationId": "c-1", "policyName": "daily"});
    hub.faults(|faults| {
        faults.add(
            Fault::new(Action::Status { status: 429, retry_after: None, body: Some(body) })
                .kind(READ)
                .always(),
        );
    });
    let error = connect(&hub.base_url()).companies(None).await.unwrap_err();
    assert_eq!(
        error.trouble,
        Trouble::QuotaSpent { quota: "daily".to_owned(), until: "midnight in Europe/Rome".to_owned() }
    );
    assert_eq!(hub.stats().throttled, 1);
}

#[tokio::test]
async fn a_share_of_the_day_is_left_to_others() {
    let limits = mock::Limits { daily: Some(20), ..mock::Limits::unlimited() };
    let hub = mock::HubSpot::builder().token(TOKEN).seed(portal()).limits(limits).start().await.unwrap();
    let hubspot = connect(&hub.base_url());
    let mut calls = 0;
    let error = loop {
        match hubspot.read(&["1".into()]).await {
            Ok(_) => calls += 1,
            Err(error) => break error,
        }
        assert!(calls < 20, "the reserve of 10 % was used");
    };
    assert!(matches!(error.trouble, Trouble::QuotaSpent { .. }), "{error}");
    assert_eq!(calls, 18);
    let quota = &hubspot.usage().quotas[0];
    assert_eq!((quota.name.as_str(), quota.left, quota.limit), ("daily", 2, 20));
}

#[tokio::test]
async fn the_limits_of_the_account_are_learned_and_kept() {
    let limits = mock::Limits { burst: Some(40), search_per_second: Some(5), ..mock::Limits::unlimited() };
    let (hub, ids) = with_companies(1).await;
    drop(hub);
    let hub = mock::HubSpot::builder().token(TOKEN).seed(portal()).limits(limits).start().await.unwrap();
    let mut config = config(&hub.base_url());
    config.quotas.burst = None;
    config.quotas.searches_per_second = 4;
    let hubspot = HubSpot::new(config).unwrap();
    for _ in 0..6 {
        hubspot.read(&ids).await.unwrap();
    }
    assert!(hubspot.traits().calls_per_second.unwrap() < 4.0);
    assert_eq!(hub.stats().throttled, 0);
}
