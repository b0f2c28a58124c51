//! `[vtiger]`: how vTiger is reached, and how its fields, stages and picklists are called in this installation.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::base_url::BaseUrl;
use super::number::Share;
use super::problem::Report;
use super::secret::{Hidden, SecretKind, SecretSource};
use super::tls;
use super::vtiger_names::{FieldNames, ValueNames};

/// How vTiger is reached, and how its fields, stages and picklists are called in this installation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Vtiger {
    /// The address that the users open, up to the folder that holds webservice.php.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<BaseUrl>,
    /// The name by which the API user logs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub username: Option<String>,
    /// The API user's access key, from its preferences; not the password. Better in a file of its own: `token_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Hidden>,
    /// A file that holds nothing but the access key: the way for systemd credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub token_file: Option<PathBuf>,
    /// The name of an environment variable that holds the access key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub token_env: Option<String>,
    /// Allows http:// to a host that is not this machine. The data and the sessions then cross the network in clear.
    pub allow_plain_http: bool,
    /// A PEM file with the certificates to trust instead of the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub ca_bundle: Option<PathBuf>,
    /// Seconds for one call, if other than `http.timeout_seconds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600))]
    pub timeout_seconds: Option<u32>,
    /// The most sessions side by side; fewer are used where more make nothing faster.
    #[schemars(range(min = 1, max = 32))]
    pub sessions: u32,
    /// Calls in a minute, if fewer than the limit that vTiger Cloud tells of itself; elsewhere there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000))]
    pub calls_per_minute: Option<u32>,
    /// Calls in an hour, which vTiger Cloud limits without telling: 1,000, 4,000 or 5,000 by edition. Elsewhere there is no
    /// limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub calls_per_hour: Option<u32>,
    /// The share of vTiger Cloud's hourly and daily quota that is left to the other integrations.
    pub daily_reserve: Share,
    /// The picklist of opportunities that says which pipeline they are in, by label or name. Without it all of them are
    /// in one pipeline, `opportunities`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub pipeline_field: Option<String>,
    /// The sales stages whose opportunities are closed; all others are open.
    #[schemars(length(min = 1))]
    pub closed_stages: Vec<String>,
    /// Of them, those whose opportunities are won: tasks may follow from them. When one was won, vTiger does not say; its
    /// closing date counts.
    #[schemars(length(min = 1))]
    pub won_stages: Vec<String>,
    /// The types of events that are direct contacts.
    pub contact_events: Vec<String>,
    /// The statuses of events that took place.
    pub held_statuses: Vec<String>,
    /// Whether logged e-mails are direct contacts.
    pub emails: bool,
    /// Whether a group that a company is assigned to counts as its key account; otherwise only an active user does.
    pub groups_are_owners: bool,
    /// What the fields of the figures are called in this installation, by label or name, where that is not sirank's own
    /// label in English or Italian.
    pub fields: FieldNames,
    /// The picklist values that stand for the options of the figures, where they are not sirank's labels in the configured
    /// language.
    pub values: ValueNames,
}

impl Default for Vtiger {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Self {
            base_url: None,
            username: None,
            token: None,
            token_file: None,
            token_env: None,
            allow_plain_http: false,
            ca_bundle: None,
            timeout_seconds: None,
            sessions: 8,
            calls_per_minute: None,
            calls_per_hour: None,
            daily_reserve: Share::percent(10),
            pipeline_field: None,
            closed_stages: texts(&["Closed Won", "Closed Lost"]),
            won_stages: texts(&["Closed Won"]),
            contact_events: texts(&["Call", "Meeting"]),
            held_statuses: texts(&["Held"]),
            emails: true,
            groups_are_owners: false,
            fields: FieldNames::default(),
            values: ValueNames::default(),
        }
    }
}

impl Vtiger {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        if let Some(base_url) = &self.base_url {
            base_url.check("vtiger", self.allow_plain_http, report);
            if base_url.url().path().ends_with("webservice.php") {
                report.add(
                    "vtiger.base_url",
                    "the address ends with webservice.php",
                    "Leave that out: write the address of the folder that holds it",
                );
            }
        }
        self.secret().check(report);
        tls::check_bundle("vtiger.ca_bundle", self.ca_bundle.as_deref(), report);
        self.values.check(report);
    }

    /// The address and the user, or what is missing.
    pub(super) fn account(&self, report: &mut Report<'_>) -> Option<(BaseUrl, String)> {
        if self.base_url.is_none() {
            report.add(
                "vtiger.base_url",
                "no address of the vTiger installation is given",
                "Write the one that its users open: \"https://crm.example.com\"",
            );
        }
        if self.username.is_none() {
            report.add(
                "vtiger.username",
                "no user is given",
                "Write the user name of the API user, whose access key `vtiger.token_file` holds",
            );
        }
        self.base_url.clone().zip(self.username.clone())
    }

    pub(super) fn secret(&self) -> SecretSource<'_> {
        SecretSource {
            section: "vtiger",
            kind: SecretKind::Token,
            inline: self.token.as_ref(),
            file: self.token_file.as_deref(),
            variable: self.token_env.as_deref(),
        }
    }
}
