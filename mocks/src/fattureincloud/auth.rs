//! Tokens and the token endpoint.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::failure::Failure;
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
    /// Authorization codes, good once.
    pub codes: BTreeSet<String>,
    /// Refresh tokens that are still good.
    pub refresh_tokens: BTreeSet<String>,
    pub(crate) made: u64,
}

impl OAuthClient {
    /// An app with one refresh token.
    pub fn new(client_id: &str, client_secret: &str, refresh_token: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            refresh_tokens: BTreeSet::from([refresh_token.to_owned()]),
            ..Self::default()
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Accesses(pub(crate) BTreeMap<String, Access>);

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

/// `POST /oauth/token` with a JSON body.
pub(crate) fn token(client: Option<&mut OAuthClient>, tokens: &mut Accesses, call: &Call, now: i64) -> Reply {
    let body = call.json().unwrap_or_default();
    let field = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let known = client.filter(|held| held.client_id == field("client_id"));
    let Some(client) = known.filter(|held| held.client_secret == field("client_secret")) else {
        return refused(401, "invalid_client", "Client authentication failed.");
    };
    let granted = match field("grant_type") {
        "authorization_code" => client.codes.remove(field("code")),
        "refresh_token" => client.refresh_tokens.remove(field("refresh_token")),
        _ => return refused(400, "unsupported_grant_type", "The grant type is not supported."),
    };
    if !granted {
        return refused(401, "invalid_grant", "The code or refresh token is invalid, expired or revoked.");
    }
    client.made += 1;
    let (access, refresh) = (format!("a/mock-{}", client.made), format!("r/mock-{}", client.made));
    client.refresh_tokens.insert(refresh.clone());
    tokens.0.insert(access.clone(), Access { scopes: None, expires_ms: Some(now + 86_400_000) });
    let body = json!({"token_type": "bearer", "access_token": access, "refresh_token": refresh, "expires_in": 86_400});
    Reply::json(200, &body)
}
