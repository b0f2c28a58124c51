//! The HTTP stack over real sockets: what is repeated, what is not, and what never leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sirank::http::{
    Answer, AuthTrouble, Budget, Call, Class, ClientSettings, Dialect, HttpFailure, Lane, Limiter, Outcome,
    Pace, Period, Placement, Renewals, Stack, StackBuilder, StaticToken, TokenProvider, Transport, Verdict,
};
use sirank::ports::{QuotaLedger, Trouble};

use crate::hubspot_support::{MemoryLedger, NOON, hurried};
use crate::raw_server::{RawServer, Script, answer, json};

/// A quota that a 429 is about.
const QUOTA: &str = "second";

struct Plain;

impl Dialect for Plain {
    fn classify(&self, _call: &Call, answer: &Answer, now: DateTime<Utc>) -> Verdict {
        let after = answer.retry_after(now);
        let class = match answer.status {
            200..300 => Class::Ok,
            401 => Class::Unauthorized,
            404 => Class::NotFound,
            429 => Class::Throttled { after: after.unwrap_or_default(), limiter: Some(QUOTA) },
            500.. => Class::Overloaded { after },
            _ => Class::Refused { code: "NO".to_owned() },
        };
        let correlation = answer.header("x-correlation-id").map(str::to_owned);
        Verdict { class, message: format!("status {}", answer.status), correlation }
    }
}

fn builder(base_url: &str) -> StackBuilder {
    patient_builder(base_url, Duration::from_secs(30))
}

fn patient_builder(base_url: &str, patience: Duration) -> StackBuilder {
    let mut settings = ClientSettings::new(base_url.parse().unwrap());
    settings.request_timeout = patience;
    settings.max_body_bytes = 10_000;
    Stack::builder("Test", Transport::new(&settings).unwrap(), Plain, Arc::new(noon))
        .policy(hurried())
        .tokens(Arc::new(StaticToken::new("secret-token".to_owned().into())))
}

fn stack(base_url: &str) -> Stack {
    builder(base_url).build()
}

fn read() -> Call {
    Call::get("things.list", "v1/things")
}

fn write() -> Call {
    Call::write("things.create", Method::POST, "v1/things").with_json(&serde_json::json!({"a": 1})).unwrap()
}

async fn ask(stack: &Stack, call: &Call) -> Result<Value, Box<HttpFailure>> {
    stack.json(call).await
}

#[tokio::test]
async fn asks_as_it_is_told() {
    let server = RawServer::always(json(200, r#"{"ok":true}"#)).await;
    let stack = stack(&format!("{}/proxy/", server.base_url));
    let call = Call::get("things.read", "/v1/thing/a b").with("q", "x = 'y & z'");
    assert_eq!(ask(&stack, &call).await.unwrap()["ok"], true);
    let request = server.requests().remove(0);
    assert!(request.starts_with("GET /proxy/v1/thing/a%20b?q=x+%3D+%27y+%26+z%27 HTTP/1.1\r\n"), "{request}");
    let request = request.to_lowercase();
    assert!(request.contains("authorization: bearer secret-token\r\n"));
    assert!(request.contains(concat!("user-agent: sirank/", env!("CARGO_PKG_VERSION"), "\r\n")));
    assert!(request.contains("accept-encoding: gzip\r\n"));
    assert_eq!(stack.usage().calls["things.read"], 1);
    assert_eq!(stack.usage().writes, 0);
}

#[tokio::test]
async fn reads_are_repeated_after_every_kind_of_accident() {
    for accident in [
        Script::Hang,
        json(503, "{}"),
        json(200, r#"{"ok": tr"#),
        json(200, ""),
        answer(200, &["content-type: text/html"], "<html>Back soon</html>"),
        Script::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"ok\":".to_owned()),
    ] {
        let server = RawServer::start(move |number, _| match number {
            0 | 1 => accident.clone(),
            _ => json(200, r#"{"ok":true}"#),
        })
        .await;
        let stack = stack(&server.base_url);
        assert_eq!(ask(&stack, &read()).await.unwrap()["ok"], true);
        assert_eq!(stack.usage().calls["things.list"], 3);
        assert_eq!(stack.usage().retries, 2);
    }
}

#[tokio::test]
async fn a_write_of_unknown_outcome_is_sent_once() {
    for accident in [
        Script::Hang,
        json(502, "{}"),
        json(503, "{}"),
        json(504, "{}"),
        json(200, r#"{"ok": tr"#),
        answer(200, &["content-type: text/html"], "<html>Back soon</html>"),
        Script::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"ok\":".to_owned()),
    ] {
        let server = RawServer::always(accident).await;
        let failure = ask(&stack(&server.base_url), &write()).await.unwrap_err();
        assert_eq!(failure.outcome, Outcome::Unknown, "{failure}");
        assert!(failure.to_string().contains("outcome unknown"), "{failure}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn silence_ends_in_a_time_out() {
    let server = RawServer::start(|number, _| match number {
        0 | 1 => Script::Silence,
        _ => json(200, "{}"),
    })
    .await;
    let stack = patient_builder(&server.base_url, Duration::from_secs(1)).build();
    let failure = ask(&stack, &write()).await.unwrap_err();
    assert_eq!((failure.class.clone(), failure.outcome), (Class::Lost, Outcome::Unknown));
    assert!(failure.message.contains("time-out"), "{failure}");
    ask(&stack, &read()).await.unwrap();
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_write_that_was_not_executed_is_repeated() {
    let server = RawServer::start(|number, _| match number {
        0 => answer(429, &["retry-after: 0"], "{}"),
        _ => json(200, r#"{"ok":true}"#),
    })
    .await;
    let stack = stack(&server.base_url);
    assert_eq!(ask(&stack, &write()).await.unwrap()["ok"], true);
    let usage = stack.usage();
    assert_eq!((usage.writes, usage.throttled, usage.retries), (2, 1, 1));
}

#[tokio::test]
async fn nothing_listens() {
    // A port that was free a moment ago.
    let port = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port();
    let failure = ask(&stack(&format!("http://127.0.0.1:{port}")), &write()).await.unwrap_err();
    assert_eq!((failure.class.clone(), failure.outcome), (Class::Unreachable, Outcome::NotApplied));
    assert_eq!(failure.attempts, 4);
    assert!(matches!(failure.trouble(), Trouble::Unavailable { .. }), "{failure}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_no_credentials_leave() {
    let other = RawServer::always(json(200, "{}")).await;
    let location = format!("location: {}/stolen?x=1", other.base_url);
    let server = RawServer::start(move |_, _| answer(307, &[&location], "")).await;
    let failure = ask(&stack(&server.base_url), &read()).await.unwrap_err();
    assert_eq!(failure.class, Class::Malformed);
    assert!(failure.message.contains("/stolen, which is not followed"), "{failure}");
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_server_that_asks_to_wait_too_long_is_not_waited_for() {
    // The date is compared with the server's own clock.
    let headers = ["retry-after: Sun, 22 Nov 2026 13:00:00 GMT", "date: Sun, 22 Nov 2026 12:30:00 GMT"];
    let server = RawServer::always(answer(429, &headers, "{}")).await;
    let failure = ask(&stack(&server.base_url), &read()).await.unwrap_err();
    let Trouble::Unavailable { retry_after, .. } = failure.trouble() else { panic!("{failure}") };
    assert_eq!(retry_after, Some(Duration::from_mins(30)));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_that_asks_to_wait_too_long_is_not_asked_again_before() {
    let server = RawServer::always(answer(429, &["retry-after: 3600"], "{}")).await;
    let quota = Limiter::new(QUOTA, Pace::steady(1_000, Duration::from_secs(1)));
    let stack = builder(&server.base_url).lane(Lane::GENERAL, [Arc::new(quota)]).build();
    for _ in 0..3 {
        let failure = ask(&stack, &read()).await.unwrap_err();
        let Trouble::Unavailable { retry_after: Some(after), .. } = failure.trouble() else {
            panic!("{failure}")
        };
        assert!(after > Duration::from_mins(59), "{after:?}");
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn answers_of_any_size_are_not_taken() {
    let body = format!("[{}1]", "1,".repeat(10_000));
    let server = RawServer::always(json(200, &body)).await;
    let failure = ask(&stack(&server.base_url), &read()).await.unwrap_err();
    assert_eq!(failure.class, Class::TooLarge);
    assert!(failure.message.contains("10000 bytes"), "{failure}");
}

#[tokio::test]
async fn messages_name_the_place_and_the_correlation_id_but_no_secret() {
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Shape {
        results: Vec<std::collections::BTreeMap<String, u32>>,
    }
    let headers = ["content-type: application/json", "x-correlation-id: c-77"];
    let server = RawServer::always(answer(200, &headers, r#"{"results":[{},{"n":"x"}]}"#)).await;
    let failure = stack(&server.base_url).json::<Shape>(&read()).await.unwrap_err();
    let text = format!("{failure} {failure:?}");
    assert!(text.contains("results[1].n: invalid type"), "{text}");
    assert!(text.contains("(correlation id c-77)"), "{text}");
    assert!(!text.contains("secret-token"), "{text}");
}

struct Renewing(AtomicU32);

#[async_trait]
impl TokenProvider for Renewing {
    async fn token(&self) -> Result<SecretString, AuthTrouble> {
        Ok(format!("token-{}", self.0.load(Ordering::SeqCst)).into())
    }

    async fn refreshed_after_401(&self, rejected: &SecretString) -> Result<bool, AuthTrouble> {
        assert!(rejected.expose_secret().starts_with("token-"));
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let server =
        RawServer::start(
            |_, request| {
                if request.contains("Bearer token-1") { json(200, "{}") } else { json(401, "{}") }
            },
        )
        .await;
    let renewing =
        |first| builder(&server.base_url).tokens(Arc::new(Renewing(AtomicU32::new(first)))).build();
    ask(&renewing(0), &write()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
    let failure = ask(&renewing(5), &write()).await.unwrap_err();
    assert_eq!((failure.class.clone(), failure.outcome), (Class::Unauthorized, Outcome::NotApplied));
    assert_eq!(server.requests().len(), 4);
}

/// Sessions, which a server may forget one after the other.
struct Sessions(Renewing);

#[async_trait]
impl TokenProvider for Sessions {
    async fn token(&self) -> Result<SecretString, AuthTrouble> {
        self.0.token().await
    }

    async fn refreshed_after_401(&self, rejected: &SecretString) -> Result<bool, AuthTrouble> {
        self.0.refreshed_after_401(rejected).await
    }

    fn renewals(&self) -> Renewals {
        Renewals { most: 3, in_vain: Some("it forgets sessions") }
    }
}

#[tokio::test]
async fn a_session_is_renewed_a_few_times_and_then_the_server_is_at_fault() {
    let server =
        RawServer::start(
            |_, request| {
                if request.contains("Bearer token-3") { json(200, "{}") } else { json(401, "{}") }
            },
        )
        .await;
    let sessions = |first| {
        let tokens = Arc::new(Sessions(Renewing(AtomicU32::new(first))));
        builder(&server.base_url).tokens(tokens).build()
    };
    ask(&sessions(0), &write()).await.unwrap();
    assert_eq!(server.requests().len(), 4);
    let failure = ask(&sessions(5), &write()).await.unwrap_err();
    assert_eq!((failure.class.clone(), failure.outcome), (Class::Unreachable, Outcome::NotApplied));
    assert!(failure.message.starts_with("it forgets sessions: "), "{failure}");
    assert_eq!(server.requests().len(), 8);
}

#[tokio::test]
async fn a_token_may_travel_as_a_parameter_of_one_call() {
    let server = RawServer::always(json(200, "{}")).await;
    let stack = builder(&server.base_url).placement(Placement::Parameter("session")).build();
    let mine = StaticToken::new("a b&c".to_owned().into());
    let get = read().with("q", "x");
    let form = Call::query_by_post("things.find", "v1/find").with_field("q", "y");
    let _: Value = stack.json_as(&mine, &get).await.unwrap();
    let _: Value = stack.json_as(&mine, &form).await.unwrap();
    let [get, form] = &server.requests()[..] else { panic!("two requests") };
    assert!(get.starts_with("GET /v1/things?q=x&session=a+b%26c HTTP/1.1\r\n"), "{get}");
    assert!(form.starts_with("POST /v1/find HTTP/1.1\r\n"), "{form}");
    assert!(form.ends_with("\r\n\r\nq=y&session=a+b%26c"), "{form}");
    for request in [get, form] {
        assert!(!request.to_lowercase().contains("authorization") && !request.contains("secret-token"));
    }
}

/// Whose authorisation server fails.
struct Failing;

#[async_trait]
impl TokenProvider for Failing {
    async fn token(&self) -> Result<SecretString, AuthTrouble> {
        Err(AuthTrouble::Failed { class: Class::Lost, message: "logging in: reset".to_owned() })
    }

    async fn refreshed_after_401(&self, _rejected: &SecretString) -> Result<bool, AuthTrouble> {
        Ok(false)
    }
}

#[tokio::test]
async fn a_write_for_which_there_is_no_token_was_certainly_not_made() {
    let server = RawServer::always(json(200, "{}")).await;
    let failure =
        ask(&builder(&server.base_url).tokens(Arc::new(Failing)).build(), &write()).await.unwrap_err();
    assert_eq!((failure.class.clone(), failure.outcome), (Class::Lost, Outcome::NotApplied));
    assert!(failure.to_string().starts_with("logging in: reset"), "{failure}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_question_whose_answer_may_be_a_failure_is_asked_once() {
    let server = RawServer::always(json(500, "")).await;
    let failure = ask(&stack(&server.base_url), &read().once()).await.unwrap_err();
    assert_eq!(failure.attempts, 1);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_quota_of_which_nothing_is_known_is_not_counted() {
    let server = RawServer::always(json(200, "{}")).await;
    let ledger = Arc::new(MemoryLedger::default());
    let day = |now| Period { key: "today".to_owned(), ends: "midnight".to_owned(), until: now };
    let budget = Arc::new(Budget::new("daily", "calls".to_owned(), None, 10, ledger.clone(), day));
    let stack = builder(&server.base_url).budget(budget.clone()).build();
    ask(&stack, &read()).await.unwrap();
    assert_eq!(ledger.count("calls", "today"), Ok(1), "the first");
    budget.observe(Some(100), Some(50), stack.now());
    ask(&stack, &read()).await.unwrap();
    assert_eq!(ledger.count("calls", "today"), Ok(3), "one between");
}

#[tokio::test]
async fn a_budget_leaves_its_reserve_and_believes_the_server() {
    let server = RawServer::always(json(200, "{}")).await;
    let day = |now| Period { key: "2026-11-22".to_owned(), ends: "midnight".to_owned(), until: now };
    let budget = || {
        Arc::new(Budget::new(
            "daily",
            "test daily".to_owned(),
            Some(10),
            20,
            Arc::new(MemoryLedger::default()),
            day,
        ))
    };
    let stack = builder(&server.base_url).budget(budget()).build();
    for _ in 0..8 {
        ask(&stack, &read()).await.unwrap();
    }
    let failure = ask(&stack, &read()).await.unwrap_err();
    let spent = Trouble::QuotaSpent { quota: "daily".to_owned(), until: "midnight".to_owned() };
    assert_eq!(failure.trouble(), spent);
    assert_eq!(server.requests().len(), 8);

    let told = budget();
    told.observe(Some(900), Some(182), noon());
    let stack = builder(&server.base_url).budget(told).build();
    for _ in 0..2 {
        ask(&stack, &read()).await.unwrap();
    }
    assert_eq!(ask(&stack, &read()).await.unwrap_err().trouble(), spent);
}

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(NOON).unwrap()
}

#[test]
fn base_urls_that_would_leak_are_refused() {
    let wrong =
        |url: &str| Transport::new(&ClientSettings::new(url.parse().unwrap())).err().unwrap().to_string();
    assert!(wrong("http://crm.example.com").contains("allow_plain_http"));
    assert!(wrong("https://user:word@crm.example.com").contains("credentials"));
    assert!(!wrong("https://user:word@crm.example.com").contains("word"));
    assert!(wrong("ftp://crm.example.com").contains("not an https URL"));
    let mut settings = ClientSettings::new("http://crm.example.com".parse().unwrap());
    settings.allow_plain_http = true;
    assert!(Transport::new(&settings).is_ok());
    settings.ca_bundle = Some("/nowhere/ca.pem".into());
    assert!(Transport::new(&settings).err().unwrap().to_string().contains("/nowhere/ca.pem"));
}
