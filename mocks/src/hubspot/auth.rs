//! Tokens, their scopes and their ends.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::failure::Failure;
use crate::http::{Call, Reply};

/// One access token.
#[derive(Clone, Debug, Default)]
pub struct Token {
    /// What it may do; none: everything.
    pub scopes: Option<BTreeSet<String>>,
    /// When it ends, milliseconds since the epoch.
    pub expires_ms: Option<i64>,
    /// Requests that it is still good for.
    pub requests_left: Option<u64>,
    /// Made by OAuth: its answers carry no daily headers.
    pub oauth: bool,
}

impl Token {
    /// A token that may do everything and never ends.
    pub fn all() -> Self {
        Self::default()
    }

    /// A token with these scopes.
    pub fn scoped(scopes: &[&str]) -> Self {
        Self { scopes: Some(scopes.iter().map(ToString::to_string).collect()), ..Self::default() }
    }

    /// Good for so many requests.
    #[must_use]
    pub fn for_requests(mut self, requests: u64) -> Self {
        self.requests_left = Some(requests);
        self
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens(pub(crate) BTreeMap<String, Token>);

impl Tokens {
    /// The token of a request, if it is good.
    pub(crate) fn admit(&mut self, call: &Call, now: i64) -> Result<(String, Token), Failure> {
        let unknown = || {
            Failure::new(
                401,
                "INVALID_AUTHENTICATION",
                "Authentication credentials not found. This API supports OAuth 2.0 authentication.",
            )
        };
        let text = call.bearer().ok_or_else(unknown)?;
        let token = self.0.get_mut(text).ok_or_else(unknown)?;
        let spent = token.requests_left == Some(0);
        if spent || token.expires_ms.is_some_and(|end| end <= now) {
            return Err(Failure::new(
                401,
                "EXPIRED_AUTHENTICATION",
                "The OAuth token used to make this call expired 0 second(s) ago.",
            ));
        }
        if let Some(left) = &mut token.requests_left {
            *left -= 1;
        }
        Ok((text.to_owned(), token.clone()))
    }

    pub(crate) fn expire(&mut self, text: &str, now: i64) {
        if let Some(token) = self.0.get_mut(text) {
            token.expires_ms = Some(now);
        }
    }
}

/// Refuses a token that has none of `any_of`.
pub(crate) fn scoped(token: &Token, any_of: &[String]) -> Result<(), Failure> {
    let Some(held) = &token.scopes else { return Ok(()) };
    if any_of.is_empty() || any_of.iter().any(|scope| held.contains(scope)) {
        return Ok(());
    }
    Err(Failure::new(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes.",
    )
    .with("missingScopes", &any_of.iter().map(String::as_str).collect::<Vec<_>>()))
}

/// The 403's own shape: the scopes are in `errors[].context`.
pub(crate) fn missing_scopes_reply(failure: &Failure, correlation_id: &str) -> Reply {
    let scopes = failure.context.get("missingScopes").cloned().unwrap_or_default();
    let body = json!({
        "status": "error", "message": failure.message, "correlationId": correlation_id,
        "category": failure.category,
        "errors": [{
            "message": "One or more of the following scopes are required.",
            "context": {"missingScopes": scopes},
        }],
        "links": {"scopes": "https://developers.hubspot.com/scopes"},
    });
    Reply::json(403, &body)
}
