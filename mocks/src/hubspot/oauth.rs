//! The consent page and the token endpoint: a form body in, snake case out.

use std::collections::BTreeMap;

use serde_json::json;

use super::auth::{Token, Tokens};
use crate::consent::{Code, Person, Question, page};
use crate::http::{Call, Reply};

/// An OAuth app and what it may exchange.
#[derive(Clone, Debug, Default)]
pub struct OAuthApp {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
    /// Where browsers may be sent back to.
    pub redirect_uris: Vec<String>,
    /// What the person does who sees the consent page.
    pub person: Person,
    /// Refresh tokens.
    pub refresh_tokens: Vec<String>,
    /// Scopes that the app has, and of the tokens made without a consent page; none: everything.
    pub scopes: Option<Vec<String>>,
    /// Seconds that an access token lasts.
    pub expires_in: i64,
    codes: BTreeMap<String, Code>,
    /// What was granted, by refresh token.
    granted: BTreeMap<String, Vec<String>>,
    pub(crate) made: u64,
}

impl OAuthApp {
    /// An app with one refresh token.
    pub fn new(client_id: &str, client_secret: &str, refresh_token: &str) -> Self {
        Self {
            refresh_tokens: vec![refresh_token.to_owned()],
            ..Self::unauthorised(client_id, client_secret)
        }
    }

    /// An app that nobody has authorised.
    pub fn unauthorised(client_id: &str, client_secret: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            expires_in: 1_800,
            ..Self::default()
        }
    }

    /// With an authorization code that is good once.
    #[must_use]
    pub fn code(mut self, code: &str, redirect_uri: &str) -> Self {
        let redirect_uri = redirect_uri.to_owned();
        self.codes.insert(code.to_owned(), Code { redirect_uri, ..Code::default() });
        self
    }

    /// With an address that browsers may be sent back to.
    #[must_use]
    pub fn redirect(mut self, redirect_uri: &str) -> Self {
        self.redirect_uris.push(redirect_uri.to_owned());
        self
    }

    fn redeem(&mut self, code: &str, redirect_uri: &str, verifier: &str, now: i64) -> Option<Vec<String>> {
        // Good once, also when it is used wrongly.
        let code = self.codes.remove(code)?;
        let granted = code.scopes.clone().or_else(|| self.scopes.clone()).unwrap_or_default();
        code.is_redeemed_by(redirect_uri, verifier, now).then_some(granted)
    }
}

/// `GET /oauth/authorize`.
pub(crate) fn authorize(app: Option<&mut OAuthApp>, call: &Call) -> Reply {
    let question = match Question::of(call) {
        Ok(question) => question,
        Err(text) => return page(&text),
    };
    let Some(app) = app.filter(|app| app.client_id == question.client_id) else {
        return page("This app does not exist.");
    };
    // Plain http is for this machine, and only by this name.
    let safe = ["https://", "http://localhost:", "http://localhost/"];
    if !safe.iter().any(|start| question.redirect_uri.starts_with(start)) {
        return page("The redirect URL has to use https.");
    }
    if !app.redirect_uris.iter().any(|known| known == question.redirect_uri) {
        return page("The redirect URL does not match the app's.");
    }
    if let Some(scopes) = &app.scopes
        && question.scopes.iter().any(|scope| !scopes.contains(scope))
    {
        return page("The app does not have the scopes that are asked for.");
    }
    if app.person == Person::Denies {
        let said = "The user denied the request";
        return question.back(&[("error", "access_denied"), ("error_description", said)]);
    }
    app.made += 1;
    let code = format!("eu1-code-{}-{}", app.made, "c".repeat(24));
    app.codes.insert(code.clone(), question.code(None));
    question.back(&[("code", &code)])
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
        "authorization_code" => app.redeem(field("code"), field("redirect_uri"), field("code_verifier"), now),
        "refresh_token" => {
            let held = app.refresh_tokens.iter().find(|held| *held == field("refresh_token"));
            let of_app = || app.scopes.clone().unwrap_or_default();
            held.map(|token| app.granted.get(token).cloned().unwrap_or_else(of_app))
        }
        other => {
            let text = format!("grant type {other} is not supported");
            return refused(400, "unsupported_grant_type", "BAD_GRANT_TYPE", &text);
        }
    };
    let Some(scopes) = granted else {
        return refused(
            400,
            "invalid_grant",
            "BAD_REFRESH_TOKEN",
            "missing or invalid refresh token or code",
        );
    };
    app.made += 1;
    let access = format!("oauth-access-{}-{}", app.made, "x".repeat(300));
    let refresh = match field("grant_type") {
        "refresh_token" if !rotate => field("refresh_token").to_owned(),
        _ => {
            app.refresh_tokens.retain(|held| held != field("refresh_token"));
            let fresh = format!("oauth-refresh-{}", app.made);
            app.refresh_tokens.push(fresh.clone());
            app.granted.insert(fresh.clone(), scopes.clone());
            fresh
        }
    };
    let token = Token {
        // An app without a list of scopes may do everything.
        scopes: (!scopes.is_empty()).then(|| scopes.iter().cloned().collect()),
        expires_ms: Some(now + app.expires_in * 1000),
        requests_left: None,
        oauth: true,
    };
    tokens.0.insert(access.clone(), token);
    let body = json!({
        "token_type": "bearer", "access_token": access, "refresh_token": refresh, "expires_in": app.expires_in,
        "hub_id": portal_id, "scopes": scopes, "user_id": 1, "token_use": "access_token",
    });
    Reply::json(200, &body)
}
