//! vTiger: sessions that end, wrong keys, answers that are none, limits of the cloud.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sirank::connectors::vtiger::Vtiger;
use sirank::domain::catalogue::Figure;
use sirank::ports::{CallError, Crm, Trouble, WriteOutcome};
use sirank_mocks::clock::Clock;
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::vtiger as mock;

use crate::raw_server::{RawServer, answer, json};
use crate::vtiger_support::{
    KEY, all, config, connect, crm, held, number, revises, start, with_companies, writes_of,
};

const READ: &str = "query Accounts";
const WRITE: &str = "revise Accounts";

fn status(status: u16) -> Action {
    Action::Status { status, retry_after: None, body: None }
}

#[tokio::test]
async fn a_session_that_ends_at_any_request_is_opened_again() {
    for requests in 0..32 {
        let (tiger, ids) = with_companies(6).await;
        let mut config = config(&tiger.base_url());
        config.sessions = 2;
        let vtiger = Vtiger::new(config).unwrap();
        tiger.end_sessions_after(requests);
        vtiger.survey().await.unwrap();
        let companies = all(async |from| vtiger.companies(from).await).await;
        assert_eq!(companies.len(), 6, "after {requests} requests");
        let outcomes = vtiger.write(&writes_of(&ids)).await.unwrap();
        assert_eq!(outcomes, vec![WriteOutcome::Applied(None); 6], "after {requests} requests");
        assert!(tiger.writes().written_twice("Accounts").is_empty());
        assert_eq!(tiger.writes().all().len(), 6);
    }
}

#[tokio::test]
async fn every_session_that_ends_at_once_is_opened_again() {
    let (tiger, ids) = with_companies(40).await;
    let vtiger = connect(&tiger.base_url());
    for round in 0..3 {
        tiger.end_sessions();
        let outcomes = vtiger.write(&writes_of(&ids)).await.unwrap();
        assert_eq!(outcomes, vec![WriteOutcome::Applied(None); 40], "round {round}");
    }
}

#[tokio::test]
async fn a_session_that_ends_at_every_call_is_told() {
    let lost = r#"{"success":false,"error":{"code":"INVALID_SESSIONID","message":"Session Identifier provided is Invalid"}}"#;
    let server = RawServer::start(move |_, request| {
        if request.contains("getchallenge") {
            json(200, r#"{"success":true,"result":{"token":"t","serverTime":1795324396,"expireTime":1}}"#)
        } else if request.contains("operation=login") {
            json(
                200,
                r#"{"success":true,"result":{"sessionName":"hidden-name","userId":"19x1","is_admin":"on"}}"#,
            )
        } else {
            json(200, lost)
        }
    })
    .await;
    let error = connect(&server.base_url).companies(None).await.unwrap_err();
    let Trouble::Unavailable { message, .. } = &error.trouble else { panic!("{error}") };
    assert!(message.contains("session.save_path") && message.contains("INVALID_SESSIONID"), "{error}");
    assert!(!error.to_string().contains("hidden-name"));
    let logins = server.requests().iter().filter(|request| request.contains("operation=login")).count();
    assert_eq!(logins, 4);
}

#[tokio::test]
async fn the_challenge_is_answered_as_vtiger_wants_it_and_the_session_travels_as_a_parameter() {
    let server = RawServer::start(|_, request| {
        if request.contains("getchallenge") {
            json(200, r#"{"success":true,"result":{"token":"CHALLENGE","serverTime":1795324396}}"#)
        } else if request.contains("operation=login") {
            json(200, r#"{"success":true,"result":{"sessionName":"s 1&2","userId":"19x1","is_admin":"on"}}"#)
        } else {
            json(200, r#"{"success":true,"result":{"types":[]}}"#)
        }
    })
    .await;
    let _ = connect(&server.base_url).survey().await;
    let requests = server.requests();
    // md5("CHALLENGEmock-access-key"), by another implementation than the connector's.
    let proof = mock::login_proof("CHALLENGE", KEY);
    let login = requests.iter().find(|request| request.contains("operation=login")).unwrap();
    assert!(login.starts_with("POST /webservice.php HTTP/1.1") && login.contains(&proof), "{login}");
    let list = requests.iter().find(|request| request.contains("listtypes")).unwrap();
    assert!(list.starts_with("GET /webservice.php?operation=listtypes&sessionName=s+1%262 "), "{list}");
    assert!(requests.iter().all(|request| !request.to_lowercase().contains("authorization:")));
}

#[tokio::test]
async fn a_wrong_key_is_told_after_a_few_attempts_and_not_tried_by_every_session() {
    let (tiger, ids) = with_companies(40).await;
    let mut wrong = config(&tiger.base_url());
    wrong.access_key = "another-key".into();
    let vtiger = Vtiger::new(wrong).unwrap();
    let error = vtiger.write(&writes_of(&ids)).await.unwrap_err();
    let Trouble::Unauthorized(said) = &error.trouble else { panic!("{error}") };
    assert!(said.contains("My Preferences") && said.contains("vtiger.token"), "{said}");
    assert!(!error.to_string().contains("another-key"));
    assert!(vtiger.survey().await.is_err());
    let logins = tiger.stats().by_kind["login"];
    assert_eq!(logins, 4);

    let mut unknown = config(&tiger.base_url());
    unknown.username = "nobody".to_owned();
    let error = Vtiger::new(unknown).unwrap().survey().await.unwrap_err();
    assert!(
        matches!(&error.trouble, Trouble::Unauthorized(said) if said.contains("vtiger.username")),
        "{error}"
    );
}

#[tokio::test]
async fn a_login_that_another_program_spoils_is_tried_again() {
    let refused = |code: &str| {
        json(
            200,
            &format!(
                r#"{{"success":false,"error":{{"code":"{code}","message":"Invalid username or password"}}}}"#
            ),
        )
    };
    for spoilt in ["INVALID_USER_CREDENTIALS", "INVALID_AUTH_TOKEN"] {
        let logins = AtomicU32::new(0);
        let server = RawServer::start(move |_, request| {
            if request.contains("getchallenge") {
                json(200, r#"{"success":true,"result":{"token":"t"}}"#)
            } else if request.contains("operation=login") && logins.fetch_add(1, Ordering::Relaxed) < 2 {
                refused(spoilt)
            } else if request.contains("operation=login") {
                json(200, r#"{"success":true,"result":{"sessionName":"s","userId":"19x1"}}"#)
            } else if request.contains("describe") {
                json(200, r#"{"success":true,"result":{"name":"Accounts","idPrefix":"11","fields":[]}}"#)
            } else {
                json(200, r#"{"success":true,"result":[]}"#)
            }
        })
        .await;
        let page = connect(&server.base_url).companies(None).await.unwrap();
        assert_eq!((page.items.len(), page.next), (0, None), "{spoilt}");
        let count = |what: &str| server.requests().iter().filter(|request| request.contains(what)).count();
        assert_eq!((count("getchallenge"), count("operation=login")), (3, 3), "{spoilt}");
    }
}

#[tokio::test]
async fn reads_survive_what_passes() {
    for action in [
        status(500),
        status(502),
        status(503),
        Action::EmptyBody,
        Action::HtmlPage { status: 200 },
        Action::HtmlPage { status: 503 },
        Action::Reset,
        Action::CutBody { keep: 30 },
        Action::MalformedJson,
        Action::Status { status: 429, retry_after: Some(0), body: None },
    ] {
        let (tiger, _) = with_companies(3).await;
        tiger.faults(|faults| faults.add(Fault::new(action.clone()).kind(READ).times(2)));
        let vtiger = connect(&tiger.base_url());
        let companies = all(async |from| vtiger.companies(from).await).await;
        assert_eq!(companies.len(), 3, "{action:?}");
        assert_eq!(vtiger.usage().retries, 2, "{action:?}");
    }
}

async fn read_with(fault: Fault) -> CallError {
    let (tiger, _) = with_companies(1).await;
    tiger.faults(|faults| faults.add(fault));
    connect(&tiger.base_url()).companies(None).await.unwrap_err()
}

#[tokio::test]
async fn what_does_not_pass_is_told() {
    type Check = fn(&Trouble) -> bool;
    let unavailable: Check = |trouble| matches!(trouble, Trouble::Unavailable { .. });
    let malformed: Check = |trouble| matches!(trouble, Trouble::Malformed(_));
    let forbidden: Check = |trouble| matches!(trouble, Trouble::Forbidden { .. });
    let refused: Check = |trouble| matches!(trouble, Trouble::Refused { .. });
    let table: [(Action, Check, &str); 7] = [
        (status(500), unavailable, "vTiger failed"),
        (status(503), unavailable, "503"),
        (Action::HtmlPage { status: 200 }, malformed, "web page"),
        (Action::EmptyBody, malformed, "PHP error log"),
        (status(403), forbidden, "permission refused: the web server before vTiger"),
        (status(414), refused, "8 KB"),
        (
            Action::Redirect { status: 302, to: "https://login.example.com/".to_owned() },
            malformed,
            "redirects",
        ),
    ];
    for (action, check, text) in table {
        let error = read_with(Fault::new(action.clone()).kind(READ).always()).await;
        assert!(check(&error.trouble), "{action:?}: {error:?}");
        assert!(error.to_string().starts_with("vTiger: reading companies: "), "{error}");
        if !matches!(action, Action::Status { status: 500, .. }) {
            assert!(error.to_string().contains(text), "{action:?}: {error}");
        }
        assert!(!error.to_string().contains("sessionName"), "{error}");
    }
}

#[tokio::test]
async fn writes_of_unknown_outcome_are_not_repeated() {
    for (action, applied) in [
        (status(500), false),
        (status(500), true),
        (status(502), true),
        (Action::Reset, false),
        (Action::Reset, true),
        (Action::CutBody { keep: 30 }, true),
        (Action::MalformedJson, true),
        (Action::EmptyBody, true),
        (Action::HtmlPage { status: 200 }, false),
        (Action::HtmlPage { status: 502 }, true),
    ] {
        let (tiger, ids) = with_companies(3).await;
        let fault = Fault::new(action.clone()).kind(WRITE);
        tiger.faults(|faults| faults.add(if applied { fault.after_effect() } else { fault }));
        let mut config = config(&tiger.base_url());
        config.sessions = 1;
        let vtiger = Vtiger::new(config).unwrap();
        let outcomes = vtiger.write(&writes_of(&ids)).await.unwrap();
        let expected = [WriteOutcome::Unknown, WriteOutcome::Applied(None), WriteOutcome::Applied(None)];
        assert_eq!(outcomes, expected, "{action:?}");
        assert_eq!(revises(&tiger), 3);
        let score = held(&tiger, &ids[0], Figure::Score);
        assert_eq!(score, if applied { "12.5000" } else { "0.0000" }, "{action:?}");
    }
}

#[tokio::test]
async fn a_slow_write_ends_in_a_time_out() {
    let (tiger, ids) = with_companies(1).await;
    tiger.faults(|faults| faults.add(Fault::new(Action::Slow { ms: 60_000 }).kind(WRITE)));
    let mut config = config(&tiger.base_url());
    config.client.request_timeout = Duration::from_secs(1);
    let vtiger = Vtiger::new(config).unwrap();
    assert_eq!(vtiger.write(&writes_of(&ids)).await.unwrap(), [WriteOutcome::Unknown]);
}

#[tokio::test]
async fn a_failure_that_ends_the_work_leaves_the_rest_to_be_looked_up() {
    let (tiger, ids) = with_companies(20).await;
    let mut config = config(&tiger.base_url());
    config.sessions = 1;
    let vtiger = Vtiger::new(config).unwrap();
    vtiger.survey().await.unwrap();
    // The key is changed after the third write, and all sessions end.
    let redirect = Action::Redirect { status: 302, to: "https://login.example.com/".to_owned() };
    tiger.faults(|faults| faults.add(Fault::new(redirect).kind(WRITE).skip(3).always()));
    let outcomes = vtiger.write(&writes_of(&ids)).await.unwrap();
    assert_eq!(
        outcomes[..3],
        [WriteOutcome::Applied(None), WriteOutcome::Applied(None), WriteOutcome::Applied(None)]
    );
    assert_eq!(outcomes[3..], vec![WriteOutcome::Unknown; 17]);
    assert!(revises(&tiger) < 10, "nobody goes on when nothing gets through");

    let error = vtiger.write(&writes_of(&ids)).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Malformed(_)), "nothing was written: {error}");
}

#[tokio::test]
async fn the_day_of_the_cloud_is_obeyed_with_a_reserve() {
    let limits = mock::CloudLimits { day: Some(40), ..mock::CloudLimits::default() };
    let tiger =
        mock::VTiger::builder().crm(crm()).cloud(limits).clock(Clock::system()).start().await.unwrap();
    let vtiger = connect(&tiger.base_url());
    let mut calls = 0;
    let error = loop {
        match vtiger.companies(None).await {
            Ok(_) => calls += 1,
            Err(error) => break error,
        }
        assert!(calls < 40, "the reserve of 10 % was used");
    };
    assert!(matches!(error.trouble, Trouble::QuotaSpent { .. }), "{error}");
    assert_eq!(tiger.stats().requests, 36);
    assert_eq!(tiger.stats().throttled, 0);
    let quota = &vtiger.usage().quotas[0];
    assert_eq!((quota.name.as_str(), quota.left, quota.limit), ("daily", 4, 40));
}

#[tokio::test]
async fn the_minute_of_the_cloud_is_learned() {
    let limits = mock::CloudLimits { minute: Some(600), ..mock::CloudLimits::default() };
    let tiger =
        mock::VTiger::builder().crm(crm()).cloud(limits).clock(Clock::system()).start().await.unwrap();
    let vtiger = connect(&tiger.base_url());
    assert_eq!(vtiger.traits().calls_per_second, None);
    vtiger.companies(None).await.unwrap();
    let rate = vtiger.traits().calls_per_second.unwrap();
    assert!((9.0..10.0).contains(&rate), "{rate}");
}

#[tokio::test]
async fn what_php_says_around_an_answer_does_not_hinder() {
    let (tiger, ids) = with_companies(1).await;
    let page = connect(&tiger.base_url()).companies(None).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let record = format!(r#"{{"success":true,"result":[{{"id":"11x{}"}}]}}"#, number(&ids[0]));
    let server = RawServer::start(move |_, request| {
        let body = if request.contains("getchallenge") {
            r#"{"success":true,"result":{"token":"t"}}"#
        } else if request.contains("operation=login") {
            r#"{"success":true,"result":{"sessionName":"s","userId":"19x1"}}"#
        } else if request.contains("describe") {
            r#"{"success":true,"result":{"name":"Accounts","idPrefix":"11","fields":[]}}"#
        } else {
            &record
        };
        let noise = "<br />\n<b>Deprecated</b>: Creation of dynamic property in <b>x.php</b><br />\n";
        answer(200, &["content-type: text/html; charset=UTF-8"], &format!("{noise}{body}\n"))
    })
    .await;
    let page = connect(&server.base_url).companies(None).await.unwrap();
    assert_eq!(page.items.len(), 1);
    drop(start(crm()).await);
}

#[tokio::test]
async fn a_session_that_a_server_repeats_is_not_told() {
    let hidden = "5e55101dea77c0de";
    for (kind, code) in
        [("text/plain", 502), ("text/html", 502), ("text/html", 200), ("application/json", 200)]
    {
        let server = RawServer::start(move |_, request| {
            if request.contains("getchallenge") {
                json(200, r#"{"success":true,"result":{"token":"t"}}"#)
            } else if request.contains("operation=login") {
                let result = format!(r#"{{"sessionName":"{hidden}","userId":"19x1","is_admin":"on"}}"#);
                json(200, &format!(r#"{{"success":true,"result":{result}}}"#))
            } else {
                let said =
                    format!("{hidden} in /webservice.php?sessionName={hidden}&operation=describe failed");
                answer(code, &[&format!("content-type: {kind}")], &said)
            }
        })
        .await;
        let error = connect(&server.base_url).companies(None).await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(hidden), "{kind} {code}: {error}");
    }
}

#[tokio::test]
async fn an_inactive_user_is_not_told_to_copy_the_key() {
    let mut crm = crm();
    crm.add_user(mock::User::new(8, "gone", KEY).inactive());
    let tiger = start(crm).await;
    let mut config = config(&tiger.base_url());
    config.username = "gone".to_owned();
    let error = Vtiger::new(config).unwrap().companies(None).await.unwrap_err();
    let Trouble::Unauthorized(said) = &error.trouble else { panic!("{error}") };
    assert!(said.contains("`gone`") && said.contains("Status to Active"), "{said}");
    assert!(!said.contains("Access Key"), "{said}");
}
