//! `[hubspot]`: how HubSpot is reached, and how much of its quotas sirank may use.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::base_url::BaseUrl;
use super::number::Share;
use super::oauth::{OAuth, Place};
use super::problem::Report;
use super::secret::{Hidden, SecretKind, SecretSource};
use super::tls;

/// How HubSpot is reached, and how much of its quotas sirank may use.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hubspot {
    /// The address of the API; another one for a mock, a proxy or a regional host.
    pub base_url: BaseUrl,
    /// The dated version of the API.
    pub api_version: HubspotVersion,
    /// The service key or private-app token. Better in a file of its own: `token_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Hidden>,
    /// A file that holds nothing but the token: the way for systemd credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub token_file: Option<PathBuf>,
    /// The name of an environment variable that holds the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub token_env: Option<String>,
    /// An OAuth app, in place of a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oauth: Option<OAuth>,
    /// Allows http:// to a host that is not this machine. The token then crosses the network in clear.
    pub allow_plain_http: bool,
    /// A PEM file with the certificates to trust instead of the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub ca_bundle: Option<PathBuf>,
    /// Seconds for one call, if other than `http.timeout_seconds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600))]
    pub timeout_seconds: Option<u32>,
    /// Calls in 10 seconds, if fewer than the account's limit, which is otherwise learned from the answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1000))]
    pub burst_limit: Option<u32>,
    /// Searches per second; the account has 5, shared by all of its integrations.
    #[schemars(range(min = 1, max = 5))]
    pub search_per_second: u32,
    /// The share of the daily quota that is left to the account's other integrations.
    pub daily_reserve: Share,
    /// Calls under way at once.
    #[schemars(range(min = 1, max = 64))]
    pub concurrency: u32,
}

/// A dated version of HubSpot's API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum HubspotVersion {
    /// September 2026.
    #[default]
    #[serde(rename = "2026-09")]
    V2026_09,
    /// March 2026.
    #[serde(rename = "2026-03")]
    V2026_03,
}

impl HubspotVersion {
    /// The version as it stands in paths: `2026-09`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2026_09 => "2026-09",
            Self::V2026_03 => "2026-03",
        }
    }
}

/// Where HubSpot's API is, in the whole world.
const HUBSPOT_API: &str = "https://api.hubapi.com";
/// The page on which an account's administrator consents to an app.
const CONSENT: &str = "https://app.hubspot.com/oauth/authorize";
/// Where tokens are given out, below the address of the API. Its version is apart from that of the API.
const TOKENS: &str = "oauth/2026-03/token";

impl Default for Hubspot {
    fn default() -> Self {
        Self {
            base_url: BaseUrl::built_in(HUBSPOT_API),
            api_version: HubspotVersion::default(),
            token: None,
            token_file: None,
            token_env: None,
            oauth: None,
            allow_plain_http: false,
            ca_bundle: None,
            timeout_seconds: None,
            burst_limit: None,
            search_per_second: 4,
            daily_reserve: Share::percent(10),
            concurrency: 16,
        }
    }
}

impl Hubspot {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        self.base_url.check("hubspot", self.allow_plain_http, report);
        self.secret().check(report);
        if let Some(oauth) = &self.oauth {
            let allow_plain_http = self.allow_plain_http;
            oauth.check(&Place { section: "hubspot", allow_plain_http, token: self.secret() }, report);
        }
        tls::check_bundle("hubspot.ca_bundle", self.ca_bundle.as_deref(), report);
    }

    /// Where HubSpot asks for consent, and where it gives out tokens.
    pub(super) fn authority(&self) -> (BaseUrl, BaseUrl) {
        (BaseUrl::built_in(CONSENT), self.base_url.below(TOKENS))
    }

    pub(super) fn secret(&self) -> SecretSource<'_> {
        SecretSource {
            section: "hubspot",
            kind: SecretKind::Token,
            inline: self.token.as_ref(),
            file: self.token_file.as_deref(),
            variable: self.token_env.as_deref(),
        }
    }
}
