//! The ways to tell people: each marks a message up as its readers expect it, and knows how to reach them.

pub(super) mod email;
pub(super) mod webhook;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::notice::Channel;
use super::text::Message;
use crate::http::ClientError;
use crate::ports::{Finding, Severity};
use crate::settings::notify::Notifications;

/// Why a way cannot be built: says what to mend.
#[derive(Debug, thiserror::Error)]
pub enum WayError {
    /// The HTTP client of a webhook.
    #[error("notify.{channel}: {error}")]
    Client {
        /// Teams or Slack.
        channel: &'static str,
        /// What is wrong.
        error: ClientError,
    },
    /// The connection to the mail server.
    #[error("notify.email: {0}")]
    Email(String),
}

/// A way to tell people.
#[async_trait]
pub(super) trait Way: Send + Sync {
    /// Which one it is.
    fn channel(&self) -> Channel;

    /// Where it leads to, for people, without its secret.
    fn leads_to(&self) -> String;

    /// Sends a message of a moment. The error says why not, without a secret.
    async fn send(&self, message: &Message, at: DateTime<Utc>) -> Result<(), String>;

    /// Finds out whether it can be used, without sending anything: what was found, or what is wrong.
    async fn reach(&self) -> Result<String, String>;
}

/// All ways that are configured.
pub(super) fn all(notifications: &Notifications) -> Result<Vec<Box<dyn Way>>, WayError> {
    let mut ways: Vec<Box<dyn Way>> = Vec::new();
    if let Some(connection) = &notifications.email {
        ways.push(Box::new(email::Mail::new(connection, notifications.timeout).map_err(WayError::Email)?));
    }
    for (channel, connection) in
        [(Channel::Teams, &notifications.teams), (Channel::Slack, &notifications.slack)]
    {
        if let Some(connection) = connection {
            let hook = webhook::Hook::new(channel, connection, notifications)
                .map_err(|error| WayError::Client { channel: channel.word(), error })?;
            ways.push(Box::new(hook));
        }
    }
    Ok(ways)
}

/// What `check` says of a way without using it.
pub(super) fn configured(way: &dyn Way) -> Finding {
    said(way, Severity::Ok, way.leads_to(), "")
}

/// What `check` says of a way: nothing that is wrong with it prevents a run.
pub(super) async fn finding(way: &dyn Way) -> Finding {
    let leads_to = way.leads_to();
    match way.reach().await {
        Ok(what) => said(way, Severity::Ok, format!("{leads_to}: {what}"), ""),
        Err(why) => said(
            way,
            Severity::Warning,
            format!("{leads_to}: {why}"),
            "Until it is mended nobody is notified this way; runs are not disturbed",
        ),
    }
}

fn said(way: &dyn Way, severity: Severity, what: String, advice: &str) -> Finding {
    Finding { severity, place: format!("notify.{}", way.channel().word()), what, advice: advice.to_owned() }
}

/// What stands in place of a secret.
const HIDDEN: &str = "***";
/// A shorter part of a secret is a word like others.
const SHORTEST: usize = 6;

/// A text of somebody else's without the secrets in it, however much of them it repeats.
pub(super) fn discreet<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut parts: Vec<&str> = secrets.into_iter().filter(|part| part.len() >= SHORTEST).collect();
    // The longest first, so that none is hidden in part only.
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts.into_iter().fold(text.to_owned(), |text, part| text.replace(part, HIDDEN))
}
