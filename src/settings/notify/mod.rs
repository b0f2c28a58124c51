//! `[notify]`: who is told of what, and by which way.

mod connection;
mod email;
mod mailbox;
#[cfg(test)]
mod tests;
mod webhook;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use connection::{EmailConnection, Notifications, WebhookConnection};
pub use email::{Email, Security};
pub use mailbox::Mailbox;
pub use webhook::Webhook;

use super::problem::Report;
use super::schedule::Pattern;
use super::time::Zone;

/// What the service tells people, by e-mail, Teams or Slack. Without one of these ways nothing is sent.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// Whether a run that failed is told, and that the next one went well.
    pub run_failed: bool,
    /// Whether a plan is told that waits for approval.
    pub plan_held: bool,
    /// Whether it is told that a system accepts the credentials no more.
    pub authorization_lost: bool,
    /// When the digest is sent: new cold customers, reactivated ones, cluster moves. The five fields of cron (minute,
    /// hour, day of the month, month, day of the week); without this key there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Pattern>,
    /// The zone of `digest`, if it is not that of `time.zone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// By e-mail.
    pub email: Email,
    /// By an incoming webhook of Microsoft Teams (Workflows).
    pub teams: Webhook,
    /// By an incoming webhook of Slack.
    pub slack: Webhook,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            run_failed: true,
            plan_held: true,
            authorization_lost: true,
            digest: None,
            zone: None,
            email: Email::default(),
            teams: Webhook::default(),
            slack: Webhook::default(),
        }
    }
}

impl Notify {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        self.email.check(report);
        self.teams.check(connection::TEAMS, report);
        self.slack.check(connection::SLACK, report);
        if self.digest.is_some() && !self.has_a_way() {
            report.add(
                "notify.digest",
                "a digest is asked for, but nothing says how it is sent",
                "Configure [notify.email], [notify.teams] or [notify.slack], or remove the key",
            );
        }
    }

    /// Whether anything can be sent at all.
    fn has_a_way(&self) -> bool {
        self.email.is_configured() || self.teams.is_configured() || self.slack.is_configured()
    }
}
