//! The Wake Up pipeline: which cold customers get a card, how cards move on by themselves, and where they never move.
//!
//! A card is a deal of one pipeline of the CRM. Everything here is decided from what was read, for one as-of day; people
//! win wherever they put a card.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

mod card;
mod change;
mod choose;
mod judge;
#[cfg(test)]
mod tests;
mod text;

pub use self::card::{Card, CardKey, CardStage, PlacedBy};
pub use self::change::{CardAction, CardChange, CloseReason, MoveReason, NewCardText};
pub use self::choose::{Candidate, Chooser};
pub use self::judge::{CardSubject, DealOfCompany, judge};
pub use self::text::{CardField, Teller};

/// A stage of the pipeline by what it is for, whatever people call it. In the order in which cards move on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StageRole {
    /// Nobody has been in touch yet.
    ToContact,
    /// Somebody has been in touch since the card was made.
    Contacted,
    /// An appointment has been made: only people put cards here.
    Appointment,
    /// The customer has bought again, or is about to: won.
    Reactivated,
    /// The customer does not want to: lost. Only people put cards here.
    NotInterested,
    /// It is no cold customer any more, for another reason than a purchase: closed.
    NoLongerCold,
}

impl StageRole {
    /// Every stage, in the order of the pipeline.
    pub const ALL: [Self; 6] = [
        Self::ToContact,
        Self::Contacted,
        Self::Appointment,
        Self::Reactivated,
        Self::NotInterested,
        Self::NoLongerCold,
    ];

    /// Its key in the settings: `to_contact`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::ToContact => "to_contact",
            Self::Contacted => "contacted",
            Self::Appointment => "appointment",
            Self::Reactivated => "reactivated",
            Self::NotInterested => "not_interested",
            Self::NoLongerCold => "no_longer_cold",
        }
    }

    /// Whether a card in it is closed.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Reactivated | Self::NotInterested | Self::NoLongerCold)
    }

    /// Whether a card in it is won.
    pub const fn is_won(self) -> bool {
        matches!(self, Self::Reactivated)
    }

    /// How likely a card in it is to be won, in tenths, as pipelines of CRMs want it.
    pub const fn tenths(self) -> u8 {
        match self {
            Self::ToContact => 1,
            Self::Contacted => 2,
            Self::Appointment => 5,
            Self::Reactivated => 10,
            Self::NotInterested | Self::NoLongerCold => 0,
        }
    }
}

/// The rules of the pipeline: all of them settings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each switches a rule of its own, and is a setting")]
pub struct WakeUpRules {
    /// Most new cards in one run.
    pub new_per_run: u32,
    /// Most open cards in all; no new one is made beyond.
    pub open_at_most: u32,
    /// A company whose card was lost gets none for so many days.
    pub rest_days: u64,
    /// Whether a call, meeting or e-mail moves a card to contacted.
    pub contact_moves: bool,
    /// Whether a purchase, or an open deal made after the contact, moves a card to reactivated.
    pub purchase_moves: bool,
    /// Whether a card closes when its company is no cold customer any more.
    pub closes: bool,
    /// Whether the revenue while active is written to the standard amount too.
    pub writes_amount: bool,
    /// Within how many days a card is meant to be closed: CRMs want a date.
    pub close_within_days: u64,
}

impl Default for WakeUpRules {
    fn default() -> Self {
        Self {
            new_per_run: 50,
            open_at_most: 200,
            rest_days: 180,
            contact_moves: true,
            purchase_moves: true,
            closes: true,
            writes_amount: false,
            close_within_days: 90,
        }
    }
}

/// What the pipeline and its stages are called: as they are created, and by which they are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardNames {
    /// The pipeline: its label, or the id of one that is there.
    pub pipeline: String,
    /// Each stage: its label, or the id of one that is there.
    pub stages: BTreeMap<StageRole, String>,
}

/// How the Wake Up pipeline of an account is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WakeUp {
    /// The rules.
    pub rules: WakeUpRules,
    /// What the pipeline and its stages are called.
    pub names: BoardNames,
    /// The user who works on new cards, by the CRM's id; none: nobody is set.
    pub assistant: Option<String>,
}
