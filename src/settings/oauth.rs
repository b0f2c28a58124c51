//! An OAuth app: `[hubspot.oauth]`, and `oauth` of a source. In place of a token, never beside one.

use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::base_url::BaseUrl;
use super::env::Environment;
use super::problem::Report;
use super::secret::{Hidden, SecretKind, SecretSource};

/// An OAuth app, in place of a token: `sirank auth` asks for the authorisation in the browser, and its tokens are kept
/// beside the state and renewed by themselves.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct OAuth {
    /// The app's client id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub client_id: Option<String>,
    /// The app's client secret. Better in a file of its own: `client_secret_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Hidden>,
    /// A file that holds nothing but the client secret: the way for systemd credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub client_secret_file: Option<PathBuf>,
    /// The name of an environment variable that holds the client secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub client_secret_env: Option<String>,
    /// The page that asks for consent, if it is not the vendor's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorize_url: Option<BaseUrl>,
    /// Where tokens are given out, if it is not the vendor's own place below `base_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_url: Option<BaseUrl>,
    /// The port of this machine that the browser is sent back to.
    #[schemars(range(min = 1, max = 65535))]
    pub redirect_port: u16,
    /// The scopes that are asked for, if others than the least that sirank needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), inner(length(min = 1)))]
    pub scopes: Option<Vec<String>>,
}

/// The port that the browser is sent back to.
const REDIRECT_PORT: u16 = 8318;

impl Default for OAuth {
    fn default() -> Self {
        Self {
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            client_secret_env: None,
            authorize_url: None,
            token_url: None,
            redirect_port: REDIRECT_PORT,
            scopes: None,
        }
    }
}

/// What a system with OAuth has of its own in the settings.
pub(super) struct Place<'a> {
    /// The section that holds `oauth`: `hubspot`.
    pub(super) section: &'a str,
    /// Whether plain http is allowed to another host than this one.
    pub(super) allow_plain_http: bool,
    /// The token that stands in the same section.
    pub(super) token: SecretSource<'a>,
}

/// An OAuth app, ready to be used.
#[derive(Clone, Debug)]
pub struct OAuthConnection {
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: SecretString,
    /// The page that asks for consent.
    pub authorize_url: BaseUrl,
    /// Where tokens are given out.
    pub token_url: BaseUrl,
    /// The port of this machine that the browser is sent back to.
    pub redirect_port: u16,
    /// The scopes that are asked for, if others than the least.
    pub scopes: Option<Vec<String>>,
}

/// How a system is told who asks.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A token that a person made.
    Token(SecretString),
    /// An OAuth app.
    OAuth(Box<OAuthConnection>),
}

impl OAuth {
    pub(super) fn check(&self, place: &Place<'_>, report: &mut Report<'_>) {
        let section = place.section;
        if let Some(token) = place.token.given().first() {
            report.add(
                &format!("{section}.{token}"),
                format!("a token and an OAuth app are given: `{token}` and [{section}.oauth]"),
                "Keep one of them: the token, or the app",
            );
        }
        let app = format!("{section}.oauth");
        self.secret(&app).check(report);
        for (key, url) in [("authorize_url", &self.authorize_url), ("token_url", &self.token_url)] {
            if let Some(url) = url {
                url.check_key(&format!("{app}.{key}"), section, place.allow_plain_http, report);
            }
        }
        if let Some(scope) = self.scopes.iter().flatten().find(|scope| scope.contains(char::is_whitespace)) {
            report.add(
                &format!("{app}.scopes"),
                format!("`{scope}` is no scope"),
                "Write every scope as a text of its own, without blanks",
            );
        }
    }

    /// The app with its secret; what is missing goes to the report.
    pub(super) fn connection(
        &self,
        section: &str,
        system: &str,
        vendor: (BaseUrl, BaseUrl),
        environment: &Environment,
        report: &mut Report<'_>,
    ) -> Option<OAuthConnection> {
        let app = format!("{section}.oauth");
        if self.client_id.is_none() {
            report.add(
                &format!("{app}.client_id"),
                format!("no client id of the OAuth app for {system} is given"),
                "Copy it from the app's settings",
            );
        }
        let client_secret = self.secret(&app).reveal(system, environment, report);
        let (authorize_url, token_url) = vendor;
        let (client_id, client_secret) = self.client_id.clone().zip(client_secret)?;
        Some(OAuthConnection {
            client_id,
            client_secret,
            authorize_url: self.authorize_url.clone().unwrap_or(authorize_url),
            token_url: self.token_url.clone().unwrap_or(token_url),
            redirect_port: self.redirect_port,
            scopes: self.scopes.clone(),
        })
    }

    fn secret<'a>(&'a self, section: &'a str) -> SecretSource<'a> {
        SecretSource {
            section,
            kind: SecretKind::ClientSecret,
            inline: self.client_secret.as_ref(),
            file: self.client_secret_file.as_deref(),
            variable: self.client_secret_env.as_deref(),
        }
    }
}
