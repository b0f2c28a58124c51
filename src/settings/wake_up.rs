//! `[wake_up]`: the pipeline in which cold customers are worked on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use super::problem::Report;
use crate::domain::wake_up::{self, BoardNames, StageRole, WakeUpRules};

/// The pipeline in which cold customers are worked on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in the configuration")]
pub struct WakeUp {
    /// Whether cold customers get cards. Without it no pipeline is created, read or written.
    pub enabled: bool,
    /// The pipeline's label, by which it is created and found; or the id of one that is there. vTiger: the value of the
    /// picklist that `vtiger.pipeline_field` names.
    pub pipeline: String,
    /// What the stages are called.
    pub stages: Stages,
    /// The user who works on new cards, by the CRM's id, e-mail address or full name. Without it new cards have no owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assistant: Option<String>,
    /// Most new cards in one run: those that brought in most come first.
    pub new_per_run: u32,
    /// Most open cards in all: no new one is made beyond.
    pub open_at_most: u32,
    /// A company whose card was lost, or deleted, gets no new one for so many days.
    pub rest_days: u32,
    /// Whether a call, meeting or e-mail after a card was made moves it to contacted.
    pub contact_moves: bool,
    /// Whether a purchase, or an open deal after the contact, moves a card to reactivated.
    pub purchase_moves: bool,
    /// Whether a card closes by itself when its company is no cold customer any more.
    pub closes: bool,
    /// Whether the revenue while active is also written to the standard amount of new cards, which feeds the revenue
    /// reports of the CRM.
    pub write_amount: bool,
    /// The date by which a new card is meant to be closed, in days from its making.
    pub close_within_days: u32,
}

/// What the stages are called: labels by which they are created and found, or ids of stages that are there. Without a key
/// the label in the configured language.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Stages {
    /// Nobody has been in touch yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_contact: Option<String>,
    /// Somebody has been in touch since the card was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contacted: Option<String>,
    /// An appointment has been made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment: Option<String>,
    /// The customer has bought again: won.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reactivated: Option<String>,
    /// The customer does not want to: lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_interested: Option<String>,
    /// It is no cold customer any more: closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_longer_cold: Option<String>,
}

impl Stages {
    const fn named(&self, role: StageRole) -> Option<&String> {
        match role {
            StageRole::ToContact => self.to_contact.as_ref(),
            StageRole::Contacted => self.contacted.as_ref(),
            StageRole::Appointment => self.appointment.as_ref(),
            StageRole::Reactivated => self.reactivated.as_ref(),
            StageRole::NotInterested => self.not_interested.as_ref(),
            StageRole::NoLongerCold => self.no_longer_cold.as_ref(),
        }
    }
}

impl Default for WakeUp {
    fn default() -> Self {
        let rules = WakeUpRules::default();
        Self {
            enabled: false,
            pipeline: "Wake Up".to_owned(),
            stages: Stages::default(),
            assistant: None,
            new_per_run: rules.new_per_run,
            open_at_most: rules.open_at_most,
            rest_days: 180,
            contact_moves: rules.contact_moves,
            purchase_moves: rules.purchase_moves,
            closes: rules.closes,
            write_amount: rules.writes_amount,
            close_within_days: 90,
        }
    }
}

impl WakeUp {
    pub(super) fn check(&self, report: &mut Report<'_>) {
        if self.pipeline.trim().is_empty() {
            report.add("wake_up.pipeline", "it is empty", "Name the pipeline, by its label or id");
        }
        for (place, role) in StageRole::ALL.into_iter().enumerate() {
            let Some(name) = self.stages.named(role) else { continue };
            let key = format!("wake_up.stages.{}", role.key());
            if name.trim().is_empty() {
                report.add(&key, "it is empty", "Name the stage, by its label or id");
            }
            let twice = StageRole::ALL[..place].iter().find(|other| {
                self.stages.named(**other).is_some_and(|other| other.trim().eq_ignore_ascii_case(name.trim()))
            });
            if let Some(other) = twice {
                report.add(
                    &key,
                    format!("it is the name of {} too", other.key()),
                    "Give every stage a name of its own",
                );
            }
        }
    }
}

impl Settings {
    /// What the Wake Up pipeline and its stages are called; none where it is switched off.
    pub fn board_names(&self) -> Option<BoardNames> {
        let WakeUp { enabled, pipeline, stages, .. } = &self.wake_up;
        let name = |role: StageRole| {
            stages.named(role).cloned().unwrap_or_else(|| role.label().in_language(self.language).to_owned())
        };
        enabled.then(|| BoardNames {
            pipeline: pipeline.clone(),
            stages: StageRole::ALL.into_iter().map(|role| (role, name(role))).collect(),
        })
    }

    /// How the Wake Up pipeline is kept; none where it is switched off.
    pub fn wake_up(&self) -> Option<wake_up::WakeUp> {
        let settings = &self.wake_up;
        let names = self.board_names()?;
        let rules = WakeUpRules {
            new_per_run: settings.new_per_run,
            open_at_most: settings.open_at_most,
            rest_days: settings.rest_days.into(),
            contact_moves: settings.contact_moves,
            purchase_moves: settings.purchase_moves,
            closes: settings.closes,
            writes_amount: settings.write_amount,
            close_within_days: settings.close_within_days.into(),
        };
        Some(wake_up::WakeUp { rules, names, assistant: settings.assistant.clone() })
    }
}
