//! Tokens, the consent page and the token endpoint.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::failure::Failure;
use crate::consent::{Code, Person, Question, page};
use crate::http::{Call, Reply};

/// One access token.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// What it may do; none: everything.
    pub scopes: Option<BTreeSet<String>>,
    /// When it ends, milliseconds since the epoch.
    pub expires_ms: Option<i64>,
}

/// An OAuth app; every refresh answers another refresh token and ends the one used.
#[derive(Clone, Debug, Default)]
pub struct OAuthClient {
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
    /// Where browsers may be sent back to.
    pub redirect_uris: BTreeSet<String>,
    /// What the person does who sees the consent page.
    pub person: Person,
    /// Refresh tokens that are still good.
    pub refresh_tokens: BTreeSet<String>,
    codes: BTreeMap<String, Code>,
    /// What was granted, by refresh token; everything where nothing stands here.
    granted: BTreeMap<String, Vec<String>>,
    pub(crate) made: u64,
}

impl OAuthClient {
    /// An app with one refresh token.
    pub fn new(client_id: &str, client_secret: &str, refresh_token: &str) -> Self {
        Self {
            refresh_tokens: BTreeSet::from([refresh_token.to_owned()]),
            ..Self::unauthorised(client_id, client_secret)
        }
    }

    /// An app that nobody has authorised.
    pub fn unauthorised(client_id: &str, client_secret: &str) -> Self {
        Self { client_id: client_id.to_owned(), client_secret: client_secret.to_owned(), ..Self::default() }
    }

    /// With an address that browsers may be sent back to.
    #[must_use]
    pub fn redirect(mut self, redirect_uri: &str) -> Self {
        self.redirect_uris.insert(redirect_uri.to_owned());
        self
    }

    /// What the code of a token request allows; none where it is good no more, or was never.
    fn redeem(&mut self, body: &Value, now: i64) -> Option<Granted> {
        let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let code = self.codes.remove(field("code"))?;
        code.is_redeemed_by(field("redirect_uri"), field("code_verifier"), now)
            .then_some(Granted(code.scopes))
    }
}

/// The scopes that were granted; none: everything.
struct Granted(Option<Vec<String>>);

/// The access tokens, and which of them OAuth gave out.
#[derive(Debug, Default)]
pub(crate) struct Accesses(pub(crate) BTreeMap<String, Access>, pub(crate) BTreeSet<String>);

impl Accesses {
    pub(crate) fn admit(&self, call: &Call, now: i64) -> Result<Access, Failure> {
        let held = call.bearer().and_then(|text| self.0.get(text)).ok_or_else(Failure::unauthorized)?;
        if held.expires_ms.is_some_and(|end| end <= now) {
            return Err(Failure::unauthorized());
        }
        Ok(held.clone())
    }
}

impl Access {
    pub(crate) fn needs(&self, scope: &str) -> Result<(), Failure> {
        // The right to write includes the right to read.
        let writes = scope.strip_suffix(":r").map(|base| format!("{base}:a"));
        match &self.scopes {
            Some(held) if !held.contains(scope) && !writes.is_some_and(|scope| held.contains(&scope)) => {
                Err(Failure::forbidden(scope))
            }
            _ => Ok(()),
        }
    }
}

fn refused(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, &json!({"error": error, "error_description": description}))
}

/// How long a code is good, in milliseconds.
const CODE_LASTS: i64 = 60_000;
/// How long an access token is good, in seconds.
const ACCESS_LASTS: i64 = 86_400;

/// `GET /oauth/authorize`.
pub(crate) fn authorize(client: Option<&mut OAuthClient>, call: &Call, now: i64) -> Reply {
    let question = match Question::of(call) {
        Ok(question) => question,
        Err(text) => return page(&text),
    };
    if call.param("response_type") != Some("code") {
        return page("response_type has to be code");
    }
    let Some(client) = client.filter(|held| held.client_id == question.client_id) else {
        return page("Applicazione sconosciuta");
    };
    if !client.redirect_uris.contains(question.redirect_uri) {
        return page("Indirizzo di ritorno non valido");
    }
    if client.person == Person::Denies {
        return question.back(&[("error", "access_denied"), ("error_description", "Accesso negato")]);
    }
    client.made += 1;
    let code = format!("c/{}-{}", client.made, "c".repeat(24));
    client.codes.insert(code.clone(), question.code(Some(now + CODE_LASTS)));
    question.back(&[("code", &code)])
}

/// `POST /oauth/token` with a JSON body.
pub(crate) fn token(client: Option<&mut OAuthClient>, tokens: &mut Accesses, call: &Call, now: i64) -> Reply {
    let is_json = call.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let Some(body) = call.json().ok().filter(|body| is_json && body.is_object()) else {
        return refused(400, "invalid_request", "The request body has to be JSON.");
    };
    let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let known = client.filter(|held| held.client_id == field("client_id"));
    let Some(client) = known.filter(|held| held.client_secret == field("client_secret")) else {
        return refused(401, "invalid_client", "Client authentication failed.");
    };
    let granted = match field("grant_type") {
        "authorization_code" => client.redeem(&body, now),
        "refresh_token" => {
            let used = field("refresh_token");
            client.refresh_tokens.remove(used).then(|| Granted(client.granted.remove(used)))
        }
        _ => return refused(400, "unsupported_grant_type", "The grant type is not supported."),
    };
    let Some(Granted(scopes)) = granted else {
        return refused(401, "invalid_grant", "The code or refresh token is invalid, expired or revoked.");
    };
    client.made += 1;
    let access = format!("a/{}-{}", client.made, "x".repeat(300));
    let refresh = format!("r/{}-{}", client.made, "y".repeat(60));
    client.refresh_tokens.insert(refresh.clone());
    if let Some(scopes) = &scopes {
        client.granted.insert(refresh.clone(), scopes.clone());
    }
    let held = Access {
        scopes: scopes.map(|scopes| scopes.into_iter().collect()),
        expires_ms: Some(now + ACCESS_LASTS * 1000),
    };
    tokens.0.insert(access.clone(), held);
    tokens.1.insert(access.clone());
    let body = json!({
        "token_type": "bearer", "access_token": access, "refresh_token": refresh, "expires_in": ACCESS_LASTS,
    });
    Reply::json(200, &body)
}
