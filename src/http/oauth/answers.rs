//! What a token endpoint sends and is sent.

use std::fmt;
use std::time::Duration;

use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType};
use oauth2::{
    AccessToken, EndpointNotSet, EndpointSet, ErrorResponse, RefreshToken, Scope, StandardRevocableToken,
    TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The client of oauth2 over the answers below: `Consent` and `Tokens` say whether their addresses are set.
pub(super) type Client<Consent = EndpointSet, Tokens = EndpointSet> = oauth2::Client<
    Refusal,
    Granted,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    Consent,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    Tokens,
>;

/// Tokens. The tokens show as `[redacted]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Granted {
    access_token: AccessToken,
    /// Every system here takes bearer tokens, whatever it writes.
    #[serde(skip, default = "bearer")]
    token_type: BasicTokenType,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    refresh_token: Option<RefreshToken>,
    /// As RFC 6749 has them: separated by blanks.
    #[serde(default)]
    scope: Option<String>,
    /// As others have them.
    #[serde(default)]
    scopes: Option<Vec<Scope>>,
}

fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

impl Granted {
    /// The scopes that were granted, where the server says so.
    pub(super) fn granted(&self) -> Option<Vec<String>> {
        let listed =
            self.scopes.as_ref().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect());
        let written = || self.scope.as_ref().map(|text| text.split_whitespace().map(str::to_owned).collect());
        listed.or_else(written).filter(|scopes: &Vec<String>| !scopes.is_empty())
    }
}

impl TokenResponse for Granted {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        self.scopes.as_ref()
    }
}

/// A refusal: RFC 6749's fields, and older ones that vendors send beside them or in their place.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    error: Value,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    status: Value,
    #[serde(default)]
    message: Option<String>,
}

impl Refusal {
    /// Its codes: `invalid_grant`, `BAD_REFRESH_TOKEN`.
    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        [&self.error, &self.status, &self.error["code"]].into_iter().filter_map(Value::as_str)
    }

    fn said(&self) -> &str {
        let within = self.error["message"].as_str();
        let said = self.error_description.as_deref().or(self.message.as_deref()).or(within);
        said.unwrap_or_default().trim()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.codes().next().unwrap_or("no reason given");
        match self.said() {
            "" => out.write_str(code),
            said => write!(out, "{code}: {said}"),
        }
    }
}

impl ErrorResponse for Refusal {}
