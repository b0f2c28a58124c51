//! Challenges, sessions, limits: everything that stands before an operation.

use std::time::{Duration, Instant};

use chrono::DateTime;
use serde_json::{Value, json};
use sirank_mocks::clock::Clock;
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::seed::ACCESS_KEY;
use sirank_mocks::vtiger::{CloudLimits, Pace, User, VTiger, login_proof};

use crate::vtiger::{Api, body, small, start};

fn frozen() -> Clock {
    Clock::frozen_at(DateTime::from_timestamp(1_795_324_396, 0).unwrap())
}

const ANY: &str = "select id from Accounts limit 1;";

async fn code(api: &Api) -> Value {
    api.get("query", &[("query", ANY)]).await["error"]["code"].clone()
}

#[tokio::test]
async fn a_user_has_one_challenge_and_many_sessions() {
    let (crm, api) = start(VTiger::builder().crm(small()).clock(frozen())).await;
    let first = api.token("admin").await;
    let second = api.token("admin").await;
    let spoiled = api.answer("admin", &first, ACCESS_KEY).await;
    assert_eq!(spoiled["error"]["code"], "INVALID_USER_CREDENTIALS");
    for _ in 0..3 {
        let answer = api.answer("admin", &second, ACCESS_KEY).await;
        assert_eq!(answer["success"], true, "within five minutes the challenge may be answered again");
    }
    assert_eq!((crm.sessions().len(), crm.logins()), (4, 4));
    crm.clock().advance(Duration::from_secs(301));
    let stale = api.answer("admin", &second, ACCESS_KEY).await;
    assert_eq!(stale["error"]["code"], "INVALID_AUTH_TOKEN");
    let token = api.token("admin").await;
    let proof = login_proof(&token, ACCESS_KEY).to_uppercase();
    let form = [("operation", "login"), ("username", "admin"), ("accessKey", proof.as_str())];
    assert_eq!(body(api.raw_post(&form).await).await["error"]["code"], "INVALID_USER_CREDENTIALS");
}

#[tokio::test]
async fn people_who_left_do_not_get_in() {
    let mut seeded = small();
    seeded.add_user(User::new(7, "gone", "key").inactive());
    let (_crm, api) = start(VTiger::builder().crm(seeded)).await;
    let token = api.token("gone").await;
    assert_eq!(api.answer("gone", &token, "key").await["error"]["code"], "AUTHENTICATION_REQUIRED");
}

#[tokio::test]
async fn sessions_end_when_they_are_told_to_or_left_alone() {
    let (crm, mut api) = start(VTiger::builder().crm(small()).clock(frozen())).await;
    assert_eq!(code(&api).await, Value::Null);
    crm.end_sessions();
    assert_eq!(code(&api).await, "INVALID_SESSIONID");
    api.login("admin", ACCESS_KEY).await;
    crm.end_sessions_after(2);
    let codes = [code(&api).await, code(&api).await, code(&api).await];
    assert_eq!(codes, [Value::Null, Value::Null, json!("INVALID_SESSIONID")]);
    api.login("admin", ACCESS_KEY).await;
    crm.clock().advance(Duration::from_mins(24));
    assert_eq!(code(&api).await, Value::Null, "used in time");
    crm.clock().advance(Duration::from_secs(1_441));
    assert_eq!(code(&api).await, "INVALID_SESSIONID");
    api.login("admin", ACCESS_KEY).await;
    crm.faults(|faults| faults.add(Fault::new(Action::ExpireToken).kind("query Accounts")));
    assert_eq!(code(&api).await, "INVALID_SESSIONID");
    api.login("admin", ACCESS_KEY).await;
    assert_eq!(api.control("POST", "/_mock/sessions/end", json!({"after": 0})).await.0, 200);
    assert_eq!(code(&api).await, "INVALID_SESSIONID");
    assert_eq!(api.post("logout", &[]).await["error"]["code"], "INVALID_SESSIONID");
}

#[tokio::test]
async fn cloud_limits_are_told_in_headers_and_end_with_their_window() {
    let limits = CloudLimits { minute: Some(4), hour: None, day: Some(6) };
    let (crm, api) = start(VTiger::builder().crm(small()).clock(frozen()).cloud(limits)).await;
    let sent = [("operation", "query"), ("sessionName", api.session.as_str()), ("query", ANY)];
    let ask = || api.raw_get(&sent);
    let header = |response: &reqwest::Response, name: &str| -> i64 {
        response.headers()[name].to_str().unwrap().parse().unwrap()
    };
    let answer = ask().await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "x-floodcontrol-minutelimit"), 4);
    assert_eq!(header(&answer, "x-floodcontrol-remaining"), 1, "challenge and login count");
    assert_eq!(header(&answer, "x-floodcontrol-reset"), 1_795_324_440);
    assert_eq!(header(&answer, "x-ratelimit-dailylimit"), 6);
    assert_eq!(header(&answer, "x-ratelimit-remaining"), 3);
    assert_eq!(ask().await.status(), 200);
    let refused = ask().await;
    assert_eq!((refused.status().as_u16(), header(&refused, "x-floodcontrol-remaining")), (429, 0));
    crm.clock().advance(Duration::from_mins(1));
    assert_eq!([ask().await.status().as_u16(), ask().await.status().as_u16()], [200, 200]);
    let day = ask().await;
    assert_eq!((day.status().as_u16(), header(&day, "x-ratelimit-remaining")), (429, 0));
    assert_eq!(crm.stats().throttled, 2);
}

#[tokio::test]
async fn a_target_can_be_too_long() {
    let (_crm, api) = start(VTiger::builder().crm(small())).await;
    let list = vec!["'11x101'"; 1_200].join(",");
    let query = format!("select id from Accounts where id in ({list});");
    let sent = [("operation", "query"), ("sessionName", api.session.as_str()), ("query", &query)];
    assert_eq!(api.raw_get(&sent).await.status(), 414);
}

/// Not how fast it is, but that it is never faster than the real server.
#[tokio::test]
async fn one_session_is_served_one_request_at_a_time() {
    let pace = Pace::constant(100.0, 400.0);
    let (_crm, api) = start(VTiger::builder().crm(small()).pace(pace)).await;
    let begun = Instant::now();
    let sent = [("query", ANY)];
    let ask = || api.get("query", &sent);
    let all = tokio::join!(ask(), ask(), ask(), ask(), ask());
    assert_eq!(all.4["success"], true);
    assert!(begun.elapsed() >= Duration::from_millis(50), "five times ten milliseconds");
}
