//! A card as the CRM holds it.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::StageRole;
use crate::domain::company::Version;
use crate::domain::ids::{CompanyId, DealId, StageId};
use crate::domain::time::Day;

/// What tells a card of sirank's from all others, for ever: the company that it was made for, and the day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CardKey(String);

impl CardKey {
    /// The key of the card that a company gets on a day: it gets at most one a day.
    pub fn of(company: &CompanyId, day: Day) -> Self {
        Self(format!("{company}@{day}"))
    }

    /// A key as it stands in the CRM; none for an empty text.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The company that the card was made for: it may have been merged into another one since.
    pub fn company(&self) -> CompanyId {
        CompanyId::from(self.0.rsplit_once('@').map_or(self.0.as_str(), |(company, _)| company))
    }
}

impl fmt::Display for CardKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// The stage of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardStage {
    /// One of the pipeline's own.
    Known(StageRole),
    /// One that people added.
    Other {
        /// Its id.
        id: StageId,
        /// Whether a card in it is closed.
        closed: bool,
    },
}

impl CardStage {
    /// Whether a card in it is closed.
    pub const fn is_closed(&self) -> bool {
        match self {
            Self::Known(role) => role.is_closed(),
            Self::Other { closed, .. } => *closed,
        }
    }

    /// The role, where it is one of the pipeline's own.
    pub const fn role(&self) -> Option<StageRole> {
        match self {
            Self::Known(role) => Some(*role),
            Self::Other { .. } => None,
        }
    }

    /// How far on it is: a stage that people added is past the contact.
    pub fn rank(&self) -> StageRole {
        self.role().unwrap_or(if self.is_closed() {
            StageRole::NotInterested
        } else {
            StageRole::Appointment
        })
    }
}

/// Who put a card where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacedBy {
    /// sirank, by its rules.
    Sirank,
    /// Somebody, or nobody knows: as if somebody had.
    Somebody,
}

/// A deal in the Wake Up pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The deal.
    pub id: DealId,
    /// Its name.
    pub name: String,
    /// Every company that it is associated with.
    pub companies: Vec<CompanyId>,
    /// Its stage.
    pub stage: CardStage,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// The day of that, in the business zone.
    pub created_on: Day,
    /// When it was closed, as far as the CRM tells.
    pub closed: Option<Day>,
    /// sirank's key; none: a person made it.
    pub key: Option<CardKey>,
    /// Which state of the record this is, where the CRM says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
}

impl Card {
    /// Whether it is open.
    pub const fn is_open(&self) -> bool {
        !self.stage.is_closed()
    }

    /// Whether it was lost: closed by people as not interested, or in a closed stage of their own.
    pub fn is_lost(&self) -> bool {
        matches!(
            self.stage,
            CardStage::Known(StageRole::NotInterested) | CardStage::Other { closed: true, .. }
        )
    }

    /// The company that it is about: the one that it was made for, if that still is one of its own, else the first.
    pub fn company(&self) -> Option<&CompanyId> {
        let made_for = self.key.as_ref().map(CardKey::company);
        self.companies.iter().find(|company| made_for.as_ref() == Some(*company)).or(self.companies.first())
    }

    /// Who put it where it is: `left` is the stage that sirank last left it in, as far as is known.
    ///
    /// Without that knowledge a card of sirank's in the first stage is where sirank makes cards; any other may have been
    /// put there by somebody, and people win.
    pub fn placed_by(&self, left: Option<StageRole>) -> PlacedBy {
        let ours = match (&self.key, left) {
            (_, Some(left)) => self.stage == CardStage::Known(left),
            (Some(_), None) => self.stage == CardStage::Known(StageRole::ToContact),
            (None, None) => false,
        };
        if ours { PlacedBy::Sirank } else { PlacedBy::Somebody }
    }
}
