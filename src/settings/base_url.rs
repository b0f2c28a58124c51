//! The address of a remote system.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::problem::Report;

/// The address that the paths of a system's API are appended to: `http` or `https`, with no credentials, no query and no
/// fragment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(Url);

/// A text that is not the address of a system.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBaseUrl {
    /// No URL at all.
    #[error("this is no URL ({0}): write one such as \"https://api.example.com\"")]
    NotUrl(url::ParseError),
    /// A scheme that is neither http nor https, or no host.
    #[error("this is not an http or https URL with a host: write one such as \"https://api.example.com\"")]
    Scheme,
    /// User or password in it.
    #[error("the URL holds a user or a password: give the secret as `token`, `token_file` or `token_env`")]
    Credentials,
    /// A query or a fragment.
    #[error("the URL holds a query or a fragment: leave out everything from `?` or `#` on")]
    Query,
}

impl BaseUrl {
    /// An address that is part of the program.
    pub(super) fn built_in(text: &'static str) -> Self {
        // Every one of them is read by the test of the defaults.
        text.parse().unwrap_or_else(|error| unreachable!("{text} {error}"))
    }

    /// The URL; its path ends with no slash unless it is the root.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The address of a path of the API, `/crm/objects/2026-09/companies`, below this address.
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{}", path.trim_start_matches('/')));
        url
    }

    /// The same as an address of its own.
    pub(super) fn below(&self, path: &str) -> Self {
        Self(self.join(path))
    }

    /// Whether it is on this machine: `localhost`, 127.0.0.0/8 or `::1`.
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.').eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Whether it is reached without TLS.
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// That it has TLS, or is on this machine, or is allowed to have none.
    pub(super) fn check(&self, section: &str, allow_plain_http: bool, report: &mut Report<'_>) {
        self.check_key(&format!("{section}.base_url"), section, allow_plain_http, report);
    }

    /// The same of another address of the section.
    pub(super) fn check_key(
        &self,
        key: &str,
        section: &str,
        allow_plain_http: bool,
        report: &mut Report<'_>,
    ) {
        if self.is_plain() && !self.is_loopback() && !allow_plain_http {
            report.add(
                key,
                format!("{self} has no TLS: the token and the data would cross the network in clear"),
                format!("Write https://, or set `{section}.allow_plain_http = true` if you accept that"),
            );
        }
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        let mut url = Url::parse(text.trim()).map_err(InvalidBaseUrl::NotUrl)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(InvalidBaseUrl::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidBaseUrl::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidBaseUrl::Query);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = InvalidBaseUrl;
    fn try_from(text: String) -> Result<Self, InvalidBaseUrl> {
        text.parse()
    }
}

impl From<BaseUrl> for String {
    fn from(url: BaseUrl) -> Self {
        url.to_string()
    }
}

impl fmt::Display for BaseUrl {
    /// Without the slash that a bare host would end with.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl JsonSchema for BaseUrl {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "BaseUrl".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uri", "pattern": "^https?://" })
    }
}
