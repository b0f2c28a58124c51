//! Odoo as a source of documents.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::base_url::BaseUrl;
use crate::settings::problem::Report;
use crate::settings::secret::{Hidden, SecretKind, SecretSource};
use crate::settings::tls;

/// An Odoo: how it is reached, and which of its companies is read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Odoo {
    /// What the source is called, here and in reports; no other source may have the name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Who issued its documents, a VAT number: for telling whether another source holds them too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub seller: Option<String>,
    /// The address that the users open, without /web or /odoo.
    pub base_url: BaseUrl,
    /// How it is spoken to: `json2` from Odoo 19 on, `jsonrpc` before; `auto` finds out.
    #[serde(default)]
    pub protocol: OdooProtocol,
    /// The name of the database. JSON-2 needs it only where one server has several, JSON-RPC always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub database: Option<String>,
    /// The login of the API user. JSON-RPC needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub username: Option<String>,
    /// The id of the company whose invoices are read, where the API user sees several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub company_id: Option<u64>,
    /// The API key of a user. Better in a file of its own: `token_file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Hidden>,
    /// A file that holds nothing but the API key: the way for systemd credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub token_file: Option<PathBuf>,
    /// The name of an environment variable that holds the API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub token_env: Option<String>,
    /// Allows http:// to a host that is not this machine. The API key then crosses the network in clear.
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
    /// Records in one page.
    #[serde(default = "page_size")]
    #[schemars(range(min = 1, max = 2000))]
    pub page_size: u32,
    /// The most calls in a second. Odoo Online asks for about one; a server of one's own takes more.
    #[serde(default = "calls_per_second")]
    #[schemars(range(min = 1, max = 100))]
    pub calls_per_second: u32,
}

/// How an Odoo is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OdooProtocol {
    /// JSON-2 where the server has it, else JSON-RPC.
    #[default]
    Auto,
    /// JSON-2.
    Json2,
    /// JSON-RPC.
    JsonRpc,
}

fn page_size() -> u32 {
    500
}

fn calls_per_second() -> u32 {
    1
}

impl Odoo {
    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        self.base_url.check(section, self.allow_plain_http, report);
        for (key, value) in [("database", &self.database), ("username", &self.username)] {
            if self.protocol == OdooProtocol::JsonRpc && value.is_none() {
                report.add(
                    &format!("{section}.{key}"),
                    "this key is missing: JSON-RPC needs it",
                    "Write the name of the database, and the login of the API user",
                );
            }
        }
        self.secret(section).check(report);
        tls::check_bundle(&format!("{section}.ca_bundle"), self.ca_bundle.as_deref(), report);
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
