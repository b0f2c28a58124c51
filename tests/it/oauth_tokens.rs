//! Tokens that are renewed, over real HTTP: when, how often, and what happens where the token endpoint fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sirank::connectors::{fattureincloud, hubspot};
use sirank::http::{
    AuthTrouble, Authority, ClientSettings, OAuthSettings, OAuthTokens, OAuthVendor, TokenFile, TokenProvider,
};
use sirank_mocks::fattureincloud::{FattureInCloud, OAuthClient};
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::hubspot::{HubSpot, OAuthApp};
use tempfile::TempDir;

use crate::hubspot_support::{NOON, hurried};

const SECRET: &str = "PLANTED-client-secret";
const FIRST: &str = "PLANTED-first-access";
const MINUTE: i64 = 60_000;

/// HubSpot with an authorisation on file that ends half an hour after noon.
struct World {
    hub: HubSpot,
    now: Arc<AtomicI64>,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let hub = HubSpot::builder().oauth(OAuthApp::new("app", SECRET, "PLANTED-first-refresh"));
        let hub = hub.options(|options| options.rotate_refresh_tokens = true).start().await.unwrap();
        let world = Self { hub, now: Arc::new(AtomicI64::new(NOON)), folder: TempDir::new().unwrap() };
        world.put(FIRST, "PLANTED-first-refresh", NOON + 30 * MINUTE);
        world
    }

    /// Somebody authorises sirank.
    fn put(&self, access: &str, refresh: &str, end: i64) {
        let instant = |ms: i64| DateTime::<Utc>::from_timestamp_millis(ms).unwrap();
        let content = json!({
            "version": 1, "client_id": "app", "scopes": ["oauth"], "given_at": instant(NOON),
            "expires_at": instant(end), "renew_at": instant(end - MINUTE), "lost_at": null, "lost_reason": null,
            "renewing_since": null, "access_token": access, "refresh_token": refresh,
        });
        let new = self.folder.path().join("put.json");
        std::fs::write(&new, content.to_string()).unwrap();
        std::fs::rename(new, self.folder.path().join("state.sqlite3.oauth-hubspot.json")).unwrap();
    }

    fn on_file(&self) -> Value {
        let text =
            std::fs::read_to_string(self.folder.path().join("state.sqlite3.oauth-hubspot.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// The tokens, as another process has them.
    fn tokens(&self) -> OAuthTokens {
        let url = format!("{}/oauth/2026-03/token", self.hub.base_url());
        let now = self.now.clone();
        let wall = move || DateTime::from_timestamp_millis(now.load(Ordering::Relaxed)).unwrap();
        let file = TokenFile::beside(&self.folder.path().join("state.sqlite3"), "hubspot");
        OAuthTokens::new(authority(hubspot::oauth(false, false), &url), file, hurried(), Arc::new(wall))
    }

    fn at(&self, minutes: i64) {
        self.now.store(NOON + minutes * MINUTE, Ordering::Relaxed);
    }

    fn renewals(&self) -> u64 {
        self.hub.stats().by_kind.get("oauth").copied().unwrap_or(0)
    }
}

fn authority(vendor: OAuthVendor, token_url: &str) -> Authority {
    let mut client = ClientSettings::new(token_url.parse().unwrap());
    client.max_body_bytes = 1 << 16;
    let settings = OAuthSettings {
        vendor,
        command: "sirank auth hubspot".to_owned(),
        client_id: "app".to_owned(),
        client_secret: SECRET.to_owned().into(),
        authorize_url: "http://127.0.0.1:9/oauth/authorize".parse().unwrap(),
        redirect_port: 1,
        scopes: vec!["oauth".to_owned()],
        client,
    };
    Authority::new(settings).unwrap()
}

fn text(token: &SecretString) -> &str {
    token.expose_secret()
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_it_ends_and_not_before() {
    let world = World::new().await;
    let tokens = world.tokens();
    world.at(28);
    assert_eq!(text(&tokens.token().await.unwrap()), FIRST);
    world.at(29);
    let second = tokens.token().await.unwrap();
    assert_ne!(text(&second), FIRST);
    assert!(text(&second).len() > 300);
    assert_eq!(world.on_file()["access_token"], text(&second));
    assert_ne!(world.on_file()["refresh_token"], "PLANTED-first-refresh", "the new one is kept");
    world.at(29 + 28);
    assert_eq!(text(&tokens.token().await.unwrap()), text(&second));
    assert_eq!(world.renewals(), 1);
}

#[tokio::test]
async fn twenty_calls_at_once_renew_once() {
    let world = World::new().await;
    let tokens = world.tokens();
    world.at(31);
    let all = join_all((0..20).map(|_| tokens.token())).await;
    let first = all[0].as_ref().unwrap();
    assert!(all.iter().all(|token| text(token.as_ref().unwrap()) == text(first)));
    let refused = join_all((0..20).map(|_| tokens.refreshed_after_401(first))).await;
    assert!(refused.into_iter().all(|outcome| outcome == Ok(true)));
    assert_eq!(world.renewals(), 2, "one because it had ended, one because it was refused");
}

#[tokio::test]
async fn twenty_calls_at_once_fail_once() {
    let world = World::new().await;
    let tokens = world.tokens();
    world.at(31);
    world.hub.revoke_authorisations();
    world.hub.set_latency(Duration::from_millis(20));
    let all = join_all((0..20).map(|_| tokens.token())).await;
    for outcome in all {
        let Err(AuthTrouble::Rejected(message)) = outcome else { panic!("{outcome:?}") };
        assert!(
            message.contains("Run `sirank auth hubspot`") && message.contains("invalid_grant"),
            "{message}"
        );
        assert!(!message.contains("PLANTED"), "{message}");
    }
    assert!(tokens.token().await.is_err());
    assert_eq!(world.renewals(), 1, "a token that is known to be lost is not sent again");
    assert!(world.on_file()["lost_reason"].as_str().unwrap().contains("invalid_grant"));
    // Somebody authorises sirank again: noticed without a restart.
    world.put("second-access", "second-refresh", NOON + 90 * MINUTE);
    assert_eq!(text(&tokens.token().await.unwrap()), "second-access");
}

#[tokio::test]
async fn what_another_process_renewed_is_taken_over() {
    let world = World::new().await;
    let (one, other) = (world.tokens(), world.tokens());
    assert_eq!(text(&other.token().await.unwrap()), FIRST);
    world.at(31);
    let renewed = one.token().await.unwrap();
    assert_eq!(text(&other.token().await.unwrap()), text(&renewed));
    let both = join_all([one.refreshed_after_401(&renewed), other.refreshed_after_401(&renewed)]).await;
    assert!(both.into_iter().all(|outcome| outcome == Ok(true)));
    assert_eq!(world.renewals(), 2);
}

#[tokio::test]
async fn a_call_that_is_given_up_does_not_take_the_renewal_along() {
    let world = World::new().await;
    let tokens = world.tokens();
    world.at(31);
    world.hub.set_latency(Duration::from_millis(50));
    let given_up = tokens.token();
    tokio::select! {
        _ = given_up => panic!("too fast"),
        () = async { while world.renewals() == 0 { tokio::task::yield_now().await } } => {}
    }
    let renewed = tokens.token().await.unwrap();
    assert_eq!(world.on_file()["access_token"], text(&renewed));
    assert_eq!(world.renewals(), 1);
}

#[tokio::test]
async fn while_the_old_token_is_good_a_failing_endpoint_keeps_nobody_from_working() {
    let world = World::new().await;
    let tokens = world.tokens();
    world.hub.faults(|faults| {
        faults.add(Fault::status(503).kind("oauth").always());
    });
    world.at(29);
    for _ in 0..5 {
        assert_eq!(text(&tokens.token().await.unwrap()), FIRST);
    }
    assert_eq!(world.renewals(), 1, "tried again after a pause only");
    world.at(30);
    let outcome = tokens.token().await;
    assert!(
        matches!(&outcome, Err(AuthTrouble::Unavailable(message)) if message.contains("503")),
        "{outcome:?}"
    );
    assert_eq!(world.on_file()["lost_at"], Value::Null);
    world.hub.faults(sirank_mocks::faults::Faults::clear);
    assert_ne!(text(&tokens.token().await.unwrap()), FIRST);
}

#[tokio::test]
async fn no_failure_of_the_endpoint_loses_the_authorisation() {
    let world = World::new().await;
    world.hub.options(|options| options.rotate_refresh_tokens = false);
    world.at(31);
    for action in [
        Action::Reset,
        Action::MalformedJson,
        Action::EmptyBody,
        Action::HtmlPage { status: 200 },
        Action::HtmlPage { status: 403 },
        Action::CutBody { keep: 20 },
        Action::OversizedBody { bytes: 1 << 17 },
        Action::Redirect { status: 302, to: "http://127.0.0.1:9/*".to_owned() },
        Action::Status { status: 400, retry_after: None, body: Some(json!({"error": "invalid_scope"})) },
    ] {
        world.hub.faults(|faults| faults.add(Fault::new(action.clone()).kind("oauth").always()));
        let outcome = world.tokens().token().await;
        let Err(AuthTrouble::Unavailable(message) | AuthTrouble::Failed { message, .. }) = outcome else {
            panic!("{action:?}: {outcome:?}")
        };
        assert!(!message.contains("PLANTED") && !message.contains("oauth-access"), "{message}");
        assert_eq!(world.on_file()["lost_at"], Value::Null, "{action:?}");
        world.hub.faults(sirank_mocks::faults::Faults::clear);
    }
    assert!(world.tokens().token().await.is_ok());
}

#[tokio::test]
async fn a_refresh_token_is_not_spent_where_its_successor_could_not_be_kept() {
    let world = World::new().await;
    let tokens = world.tokens();
    let in_the_way = world.folder.path().join("state.sqlite3.oauth-hubspot.json.new");
    std::fs::create_dir(&in_the_way).unwrap();
    world.at(31);
    let outcome = tokens.token().await;
    assert!(
        matches!(&outcome, Err(AuthTrouble::Failed { message, .. }) if message.contains("cannot write")),
        "{outcome:?}"
    );
    assert_eq!(world.renewals(), 0);
    std::fs::remove_dir(&in_the_way).unwrap();
    assert!(tokens.token().await.is_ok());
}

#[tokio::test]
async fn fields_go_to_fatture_in_cloud_as_json() {
    let cloud = FattureInCloud::builder().oauth(OAuthClient::new("app", SECRET, "PLANTED-first-refresh"));
    let cloud = cloud.start().await.unwrap();
    cloud.record_bodies(true);
    let world = World::new().await;
    let file = TokenFile::beside(&world.folder.path().join("state.sqlite3"), "hubspot");
    let authority = authority(fattureincloud::OAUTH, &format!("{}/oauth/token", cloud.base_url()));
    let later = DateTime::<Utc>::from_timestamp_millis(NOON + 31 * MINUTE).unwrap();
    let tokens = OAuthTokens::new(authority, file, hurried(), Arc::new(move || later));
    let token = tokens.token().await.unwrap();
    assert!(text(&token).starts_with("a/") && text(&token).len() > 300);
    let body: Value = serde_json::from_str(cloud.requests()[0].body.as_ref().unwrap()).unwrap();
    let expected = json!({
        "grant_type": "refresh_token", "refresh_token": "PLANTED-first-refresh", "client_id": "app",
        "client_secret": SECRET,
    });
    assert_eq!(body, expected);
    assert!(world.on_file()["refresh_token"].as_str().unwrap().starts_with("r/"));
    assert!(tokens.refreshed_after_401(&token).await.unwrap(), "the rotated refresh token works");
}

#[test]
fn nothing_shows_a_secret() {
    let settings = authority(hubspot::oauth(false, false), "http://127.0.0.1:9/token").settings().clone();
    assert!(!format!("{settings:?}").contains("PLANTED"));
}
