//! `[notify.teams]` and `[notify.slack]`: notifications by an incoming webhook.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::problem::Report;
use crate::settings::secret::{Hidden, SecretKind, SecretSource};

/// Notifications by an incoming webhook. Its address is a secret: whoever knows it can write there.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Webhook {
    /// The address of the webhook. Better in a file of its own: `url_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Hidden>,
    /// A file that holds nothing but the address: the way for systemd credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub url_file: Option<PathBuf>,
    /// The name of an environment variable that holds the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub url_env: Option<String>,
}

impl Webhook {
    pub(super) fn is_configured(&self) -> bool {
        self.url.is_some() || self.url_file.is_some() || self.url_env.is_some()
    }

    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        self.secret(section).check(report);
    }

    pub(super) fn secret<'a>(&'a self, section: &'a str) -> SecretSource<'a> {
        SecretSource {
            section,
            kind: SecretKind::Url,
            inline: self.url.as_ref(),
            file: self.url_file.as_deref(),
            variable: self.url_env.as_deref(),
        }
    }
}
