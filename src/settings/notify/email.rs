//! `[notify.email]`: notifications by e-mail.

use std::net::IpAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mailbox::Mailbox;
use crate::settings::problem::Report;
use crate::settings::secret::{Hidden, SecretKind, SecretSource};
use crate::settings::tls;

/// The section, as messages name it.
pub(super) const SECTION: &str = "notify.email";

/// Notifications by e-mail, over SMTP. Nothing is sent without `host`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Email {
    /// The mail server that takes messages in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub host: Option<String>,
    /// Its port, if it is not the usual one: 587 with STARTTLS, 465 with TLS, 25 without.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// How the connection is protected; `none` only on this machine.
    pub security: Security,
    /// The user that logs in; without one nobody does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub username: Option<String>,
    /// The user's password. Better in a file of its own: `password_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Hidden>,
    /// A file that holds nothing but the password: the way for systemd credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub password_file: Option<PathBuf>,
    /// The name of an environment variable that holds the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub password_env: Option<String>,
    /// Who sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Mailbox>,
    /// Who gets the messages.
    pub to: Vec<Mailbox>,
    /// A PEM file with the certificates to trust instead of the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub ca_bundle: Option<PathBuf>,
}

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Security {
    /// It begins in clear and is encrypted before anything is said; a server that cannot is refused.
    #[default]
    Starttls,
    /// It is encrypted from its beginning.
    Tls,
    /// Not at all.
    None,
}

impl Security {
    /// The port that is usual for it.
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

impl Email {
    pub(super) fn is_configured(&self) -> bool {
        self.host.is_some()
    }

    pub(super) fn check(&self, report: &mut Report<'_>) {
        self.secret().check(report);
        tls::check_bundle("notify.email.ca_bundle", self.ca_bundle.as_deref(), report);
        let Some(host) = &self.host else {
            if !self.to.is_empty() {
                report.add(
                    "notify.email.to",
                    "somebody is to get e-mail, but no mail server is given",
                    "Write it as `notify.email.host`, or remove the key",
                );
            }
            return;
        };
        if host.chars().any(|c| c.is_whitespace() || c == '/' || c == '@') {
            report.add(
                "notify.email.host",
                format!("`{}` is no name of a host", host.escape_debug()),
                "Write one such as \"smtp.example.com\", without a port",
            );
        }
        if self.security == Security::None && !is_loopback(host) {
            report.add(
                "notify.email.security",
                format!("{host} is not this machine: names of customers would cross the network in clear"),
                "Write \"starttls\" or \"tls\"",
            );
        }
        if self.from.is_none() {
            report.add(
                "notify.email.from",
                "no sender is given",
                "Write the address that messages come from",
            );
        }
        if self.to.is_empty() {
            report.add("notify.email.to", "nobody is to get the messages", "Write at least one address");
        }
        if self.username.is_none() && !self.secret().given().is_empty() {
            report.add(
                "notify.email.username",
                "a password is given, but not whose it is",
                "Write the user's name, or remove the password",
            );
        }
    }

    pub(super) fn secret(&self) -> SecretSource<'_> {
        SecretSource {
            section: SECTION,
            kind: SecretKind::Password,
            inline: self.password.as_ref(),
            file: self.password_file.as_deref(),
            variable: self.password_env.as_deref(),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
}
