//! Tokens, scopes, limits on requests, OAuth.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use sirank_mocks::hubspot::{Limits, OAuthApp, Token};

use crate::http::{Api, COMPANIES, TOKEN, builder, read, start};

#[tokio::test]
async fn bursts_are_sliding_and_named_in_headers() {
    let limits = Limits { burst: Some(3), daily: Some(5), ..Limits::unlimited() };
    let (hub, api) = start(builder(1).limits(limits)).await;
    let first = api.raw(COMPANIES).await;
    let header = |name: &str| first.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("x-hubspot-ratelimit-max"), "3");
    assert_eq!(header("x-hubspot-ratelimit-remaining"), "2");
    assert_eq!(header("x-hubspot-ratelimit-interval-milliseconds"), "10000");
    assert_eq!(header("x-hubspot-ratelimit-daily-remaining"), "4");
    hub.clock().advance(Duration::from_secs(6));
    assert_eq!(api.get(COMPANIES).await.0, 200);
    assert_eq!(api.get(COMPANIES).await.0, 200);
    let refused = api.raw(COMPANIES).await;
    assert!(!refused.headers().contains_key("retry-after"));
    let body: serde_json::Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert_eq!(body["policyName"], "TEN_SECONDLY_ROLLING");
    hub.clock().advance(Duration::from_secs(4));
    assert_eq!(api.get(COMPANIES).await.0, 200, "the first one left the window");
    assert_eq!(api.get(COMPANIES).await.0, 429);
    hub.clock().advance(Duration::from_secs(10));
    assert_eq!(api.get(COMPANIES).await.0, 200);
    let (status, body) = api.get(COMPANIES).await;
    assert_eq!((status, &body["policyName"]), (429, &json!("DAILY")));
    hub.clock().advance(Duration::from_hours(11));
    assert_eq!(api.get(COMPANIES).await.0, 200, "a new day in Rome, an hour before UTC's");
    assert_eq!(hub.stats().throttled, 3);
}

#[tokio::test]
async fn search_has_its_own_bucket_of_the_account_and_no_headers() {
    let limits = Limits { burst: Some(100), search_per_second: Some(2), ..Limits::unlimited() };
    let (hub, api) = start(builder(1).limits(limits).token("other")).await;
    let other = Api::new(hub.base_url(), "other");
    let path = format!("{COMPANIES}/search");
    let first = api.request(Method::POST, &path).json(&json!({})).send().await.unwrap();
    assert!(!first.headers().contains_key("x-hubspot-ratelimit-max"));
    assert_eq!(other.post(&path, json!({})).await.0, 200);
    let (status, body) = api.post(&path, json!({})).await;
    assert_eq!((status, &body["policyName"]), (429, &json!("SECONDLY")));
    assert_eq!(api.get(COMPANIES).await.0, 200);
    hub.clock().advance(Duration::from_secs(1));
    assert_eq!(api.post(&path, json!({})).await.0, 200);
    assert_eq!(hub.stats().max_in_1s["search"], 3);
}

#[tokio::test]
async fn tokens_end_and_scopes_are_named() {
    let reads = Token::scoped(&["crm.objects.companies.read"]);
    let (hub, mut api) =
        start(builder(1).token_with("reads", reads).token_with("short", Token::all().for_requests(1))).await;
    api.token = "wrong".into();
    let (status, body) = api.get(COMPANIES).await;
    assert_eq!((status, &body["category"]), (401, &json!("INVALID_AUTHENTICATION")));
    api.token = "short".into();
    assert_eq!(api.get(COMPANIES).await.0, 200);
    let (status, body) = api.get(COMPANIES).await;
    assert_eq!((status, &body["category"]), (401, &json!("EXPIRED_AUTHENTICATION")));
    api.token = "reads".into();
    assert_eq!(api.post(&format!("{COMPANIES}/search"), json!({})).await.0, 200);
    let (status, body) = api.post(COMPANIES, json!({"properties": {}})).await;
    assert_eq!((status, &body["category"]), (403, &json!("MISSING_SCOPES")));
    assert_eq!(body["errors"][0]["context"]["missingScopes"], json!(["crm.objects.companies.write"]));
    let (_, tasks) = api.get("/crm/objects/2026-09/tasks").await;
    assert_eq!(tasks["errors"][0]["context"]["missingScopes"], json!(["crm.objects.contacts.read"]));
    api.token = TOKEN.into();
    hub.expire_token(TOKEN);
    assert_eq!(api.get(COMPANIES).await.0, 401);
}

#[tokio::test]
async fn oauth_takes_a_form_and_may_rotate() {
    let app = OAuthApp::new("id", "secret", "r0").code("c0", "http://localhost/cb");
    let (hub, mut api) =
        start(builder(1).oauth(app).options(|options| options.rotate_refresh_tokens = true)).await;
    let form = |token: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", "id"),
            ("client_secret", "secret"),
            ("refresh_token", token),
        ];
        api.request(Method::POST, "/oauth/2026-03/token").form(&fields)
    };
    let (status, made) = read(form("r0")).await;
    assert_eq!((status, &made["expires_in"]), (200, &json!(1800)));
    let (status, body) = read(form("r0")).await;
    assert_eq!(
        (status, &body["error"], &body["status"]),
        (400, &json!("invalid_grant"), &json!("BAD_REFRESH_TOKEN"))
    );
    assert_eq!(read(form(made["refresh_token"].as_str().unwrap())).await.0, 200);
    assert_eq!(
        api.post("/oauth/2026-03/token", json!({"grant_type": "refresh_token"})).await.0,
        400,
        "not a form"
    );
    api.token = made["access_token"].as_str().unwrap().to_owned();
    assert!(api.token.len() > 300);
    assert_eq!(api.get(COMPANIES).await.0, 200);
    hub.clock().advance(Duration::from_mins(30));
    assert_eq!(api.get(COMPANIES).await.1["category"], "EXPIRED_AUTHENTICATION");
}

#[tokio::test]
async fn a_person_consents_and_pkce_is_proven() {
    // RFC 7636, appendix B.
    let (verifier, challenge) =
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let back = "http://localhost:4000/cb";
    let app = OAuthApp::unauthorised("id", "secret").redirect(back).redirect("http://127.0.0.1:4000/cb");
    let (hub, api) = start(builder(1).oauth(app)).await;
    let link = |redirect: &str| {
        format!(
            "/oauth/authorize?client_id=id&redirect_uri={redirect}&scope=oauth%20crm.objects.companies.read&state=s%201\
             &code_challenge={challenge}&code_challenge_method=S256"
        )
    };
    let consent = async |redirect: &str| {
        let answer = api.raw(&link(redirect)).await;
        let target = answer.headers().get("location").map(|target| target.to_str().unwrap().to_owned());
        (answer.status().as_u16(), target)
    };
    assert_eq!(
        consent("http://127.0.0.1:4000/cb").await,
        (400, None),
        "plain http only by the name localhost"
    );
    assert_eq!(consent("http://localhost:4001/cb").await, (400, None), "not the app's");
    let exchange = async |code: &str, verifier: &str| {
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", "id"),
            ("client_secret", "secret"),
            ("redirect_uri", back),
            ("code", code),
            ("code_verifier", verifier),
        ];
        read(api.request(Method::POST, "/oauth/2026-03/token").form(&fields)).await
    };
    for (proof, expected) in [("guessed", 400), (verifier, 200)] {
        let (status, target) = consent(back).await;
        let target = target.unwrap();
        assert!(status == 302 && target.ends_with("&state=s%201"), "{target}");
        let code = target.split_once("code=").unwrap().1.split('&').next().unwrap();
        let (status, made) = exchange(code, proof).await;
        assert_eq!(status, expected);
        if expected == 200 {
            assert_eq!(made["scopes"], json!(["oauth", "crm.objects.companies.read"]));
            assert_eq!(exchange(code, proof).await.0, 400, "good once");
        }
    }
    hub.oauth(|app| app.person = sirank_mocks::Person::Denies).unwrap();
    let (_, target) = consent(back).await;
    assert!(target.unwrap().starts_with("http://localhost:4000/cb?error=access_denied&"));
}
