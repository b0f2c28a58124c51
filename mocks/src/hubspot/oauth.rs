//! The token endpoint: a form body in, snake case out.

use std::collections::BTreeMap;

use serde_json::json;

use super::auth::{Token, Tokens};
use crate::http::{Call, Reply};

/// An OAuth app and what it may exchange.
#[derive(Clone, Debug, Default)]
pub struct OAuthApp {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
    /// Authorization codes, good once, with their redirect URI.
    pub codes: BTreeMap<String, String>,
    /// Refresh tokens.
    pub refresh_tokens: Vec<String>,
    /// Scopes of the tokens made; none: everything.
    pub scopes: Option<Vec<String>>,
    /// Seconds that an access token lasts.
    pub expires_in: i64,
    pub(crate) made: u64,
}

impl OAuthApp {
    /// An app with one refresh token.
    pub fn new(client_id: &str, client_secret: &str, refresh_token: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            refresh_tokens: vec![refresh_token.to_owned()],
            expires_in: 1_800,
            ..Self::default()
        }
    }

    /// With an authorization code that is good once.
    #[must_use]
    pub fn code(mut self, code: &str, redirect_uri: &str) -> Self {
        self.codes.insert(code.to_owned(), redirect_uri.to_owned());
        self
    }
}

fn refused(status: u16, error: &str, old: &str, description: &str) -> Reply {
    let body =
        json!({"error": error, "error_description": description, "status": old, "message": description});
    Reply::json(status, &body)
}

pub(crate) fn token(
    app: Option<&mut OAuthApp>,
    tokens: &mut Tokens,
    call: &Call,
    portal_id: u64,
    rotate: bool,
    now: i64,
) -> Reply {
    let form = call.form();
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let is_form =
        call.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form || !call.query.is_empty() {
        return refused(400, "invalid_request", "BAD_REQUEST", "the parameters belong in a form body");
    }
    let Some(app) = app.filter(|app| app.client_id == field("client_id")) else {
        return refused(400, "invalid_client", "BAD_CLIENT_ID", "missing or unknown client id");
    };
    if app.client_secret != field("client_secret") {
        return refused(400, "invalid_client", "BAD_CLIENT_SECRET", "missing or wrong client secret");
    }
    let granted = match field("grant_type") {
        "authorization_code" => {
            app.codes.remove(field("code")).is_some_and(|redirect_uri| redirect_uri == field("redirect_uri"))
        }
        "refresh_token" => app.refresh_tokens.iter().any(|held| held == field("refresh_token")),
        other => {
            let text = format!("grant type {other} is not supported");
            return refused(400, "unsupported_grant_type", "BAD_GRANT_TYPE", &text);
        }
    };
    if !granted {
        return refused(
            400,
            "invalid_grant",
            "BAD_REFRESH_TOKEN",
            "missing or invalid refresh token or code",
        );
    }
    app.made += 1;
    let access = format!("oauth-access-{}-{}", app.made, "x".repeat(300));
    let refresh = match field("grant_type") {
        "refresh_token" if !rotate => field("refresh_token").to_owned(),
        _ => {
            app.refresh_tokens.retain(|held| held != field("refresh_token"));
            let fresh = format!("oauth-refresh-{}", app.made);
            app.refresh_tokens.push(fresh.clone());
            fresh
        }
    };
    let token = Token {
        scopes: app.scopes.clone().map(|scopes| scopes.into_iter().collect()),
        expires_ms: Some(now + app.expires_in * 1000),
        requests_left: None,
        oauth: true,
    };
    tokens.0.insert(access.clone(), token);
    let body = json!({
        "token_type": "bearer", "access_token": access, "refresh_token": refresh, "expires_in": app.expires_in,
        "hub_id": portal_id, "scopes": app.scopes.clone().unwrap_or_default(), "user_id": 1, "token_use": "access_token",
    });
    Reply::json(200, &body)
}
