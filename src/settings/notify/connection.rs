//! The ways of notifications with their secrets, ready to be used.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::email::{Email, Security};
use super::mailbox::Mailbox;
use super::webhook::Webhook;
use crate::domain::catalogue::Language;
use crate::settings::Loaded;
use crate::settings::problem::{Report, SettingsError};
use crate::settings::schedule::Pattern;

/// The section of Teams, as messages name it.
pub(super) const TEAMS: &str = "notify.teams";
/// The section of Slack.
pub(super) const SLACK: &str = "notify.slack";

/// What is told, and the ways to tell it: at least one.
#[derive(Clone, Debug)]
pub struct Notifications {
    /// The language of the texts.
    pub language: Language,
    /// The code of the currency of amounts.
    pub currency: String,
    /// The business's zone: days and times are told by its clocks.
    pub zone: Tz,
    /// Whether failed runs are told.
    pub run_failed: bool,
    /// Whether held plans are told.
    pub plan_held: bool,
    /// Whether lost authorisations are told.
    pub authorization_lost: bool,
    /// When the digest is due, and by the clocks of which zone.
    pub digest: Option<(Pattern, Tz)>,
    /// E-mail.
    pub email: Option<EmailConnection>,
    /// Teams.
    pub teams: Option<WebhookConnection>,
    /// Slack.
    pub slack: Option<WebhookConnection>,
    /// How long reaching a host may take.
    pub connect_timeout: Duration,
    /// How long one call may take.
    pub timeout: Duration,
}

/// A mail server, ready to be reached.
#[derive(Clone, Debug)]
pub struct EmailConnection {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Who logs in, and the password.
    pub login: Option<(String, SecretString)>,
    /// Who sends.
    pub from: Mailbox,
    /// Who gets the messages; at least one.
    pub to: Vec<Mailbox>,
    /// The certificates to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
}

/// A webhook, ready to be reached.
#[derive(Clone, Debug)]
pub struct WebhookConnection {
    /// Its whole address, a URL.
    pub url: SecretString,
}

impl Loaded {
    /// The ways of notifications with their secrets, none where nothing is configured; or all that is missing. Nothing
    /// is sent.
    pub fn notifications(&self) -> Result<Option<Notifications>, SettingsError> {
        let mut report = Report::new(&self.origins);
        let notify = &self.settings.notify;
        let email = self.email_connection(&notify.email, &mut report);
        let teams = self.webhook_connection(&notify.teams, TEAMS, "Teams", &mut report);
        let slack = self.webhook_connection(&notify.slack, SLACK, "Slack", &mut report);
        SettingsError::unless_none(report.into_problems())?;
        let zone = self.settings.zone();
        let digest_zone = notify.zone.map_or(zone, |zone| zone.0);
        Ok(notify.has_a_way().then(|| Notifications {
            language: self.settings.language,
            currency: self.settings.currency_rules().base,
            zone,
            run_failed: notify.run_failed,
            plan_held: notify.plan_held,
            authorization_lost: notify.authorization_lost,
            digest: notify.digest.clone().map(|pattern| (pattern, digest_zone)),
            email,
            teams,
            slack,
            connect_timeout: self.settings.http.connect_timeout(),
            timeout: self.settings.http.timeout(None),
        }))
    }

    fn email_connection(&self, email: &Email, report: &mut Report<'_>) -> Option<EmailConnection> {
        let (host, from) = email.host.clone().zip(email.from.clone())?;
        let login = match &email.username {
            None => None,
            Some(username) => {
                let password = email.secret().reveal("the mail server", &self.environment, report)?;
                Some((username.clone(), password))
            }
        };
        Some(EmailConnection {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: email.port.unwrap_or(email.security.usual_port()),
            security: email.security,
            login,
            from,
            to: email.to.clone(),
            ca_bundle: email.ca_bundle.clone(),
        })
    }

    fn webhook_connection(
        &self,
        webhook: &Webhook,
        section: &str,
        system: &str,
        report: &mut Report<'_>,
    ) -> Option<WebhookConnection> {
        if !webhook.is_configured() {
            return None;
        }
        let source = webhook.secret(section);
        let url = source.reveal(system, &self.environment, report)?;
        match fault(url.expose_secret()) {
            None => Some(WebhookConnection { url }),
            Some((message, advice)) => {
                let key = source.given().first().copied().unwrap_or_default();
                report.add(&format!("{section}.{key}"), message, advice);
                None
            }
        }
    }
}

/// What is wrong with the address of a webhook, without a word of it.
fn fault(text: &str) -> Option<(&'static str, &'static str)> {
    let whole = "Copy the whole address again, from https:// to its end";
    let Ok(url) = Url::parse(text) else { return Some(("this is no URL", whole)) };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Some(("this is no https URL with a host", whole));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some(("the URL holds a user or a password, which no webhook has", whole));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Some((
            "the URL has no TLS: names of customers would cross the network in clear",
            "Write https://",
        ));
    }
    None
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
