//! Fatture in Cloud as a source of documents.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::base_url::BaseUrl;
use crate::settings::number::Share;
use crate::settings::oauth::{OAuth, Place};
use crate::settings::problem::Report;
use crate::settings::secret::{Hidden, SecretKind, SecretSource};
use crate::settings::tls;

/// Fatture in Cloud: how one of its companies is reached, and how much of its quotas sirank may use.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct FattureInCloud {
    /// What the source is called, here and in reports; no other source may have the name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Who issued its documents, a VAT number: for telling whether another source holds them too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub seller: Option<String>,
    /// The id of the company whose invoices are read, in quotes.
    #[schemars(length(min = 1))]
    pub company_id: String,
    /// The address of the API; another one for a mock or a proxy.
    #[serde(default = "api")]
    pub base_url: BaseUrl,
    /// The token. Better in a file of its own: `token_file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Hidden>,
    /// A file that holds nothing but the token: the way for systemd credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub token_file: Option<PathBuf>,
    /// The name of an environment variable that holds the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub token_env: Option<String>,
    /// An OAuth app, in place of a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth: Option<Box<OAuth>>,
    /// Allows http:// to a host that is not this machine. The token then crosses the network in clear.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// A PEM file with the certificates to trust instead of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub ca_bundle: Option<PathBuf>,
    /// Seconds for one call, if other than `http.timeout_seconds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600))]
    pub timeout_seconds: Option<u32>,
    /// The share of the hourly and monthly quotas that is left to the company's other applications.
    #[serde(default = "reserve")]
    pub monthly_reserve: Share,
}

fn api() -> BaseUrl {
    BaseUrl::built_in("https://api-v2.fattureincloud.it")
}

fn reserve() -> Share {
    Share::percent(10)
}

impl FattureInCloud {
    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        if !self.company_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            report.add(
                &format!("{section}.company_id"),
                format!("`{}` is no id of a company", self.company_id),
                "Copy the number from the address of the web application, without blanks",
            );
        }
        self.base_url.check(section, self.allow_plain_http, report);
        self.secret(section).check(report);
        if let Some(oauth) = &self.oauth {
            let place =
                Place { section, allow_plain_http: self.allow_plain_http, token: self.secret(section) };
            oauth.check(&place, report);
        }
        tls::check_bundle(&format!("{section}.ca_bundle"), self.ca_bundle.as_deref(), report);
    }

    /// Where Fatture in Cloud asks for consent, and where it gives out tokens.
    pub(in crate::settings) fn authority(&self) -> (BaseUrl, BaseUrl) {
        (self.base_url.below("oauth/authorize"), self.base_url.below("oauth/token"))
    }

    pub(in crate::settings) fn secret<'a>(&'a self, section: &'a str) -> SecretSource<'a> {
        SecretSource {
            section,
            kind: SecretKind::Token,
            inline: self.token.as_ref(),
            file: self.token_file.as_deref(),
            variable: self.token_env.as_deref(),
        }
    }
}
