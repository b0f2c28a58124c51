//! What a plan does with cards, and why.

use serde::{Deserialize, Serialize};

use super::{CardKey, CardStage, StageRole};
use crate::domain::figures::ColdExclusion;
use crate::domain::ids::{CompanyId, DealId, OwnerId};
use crate::domain::money::Money;
use crate::domain::plan::{RecordCall, RecordChange};
use crate::domain::time::Day;

/// What is done with one card of one company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardChange {
    /// The company.
    pub company: CompanyId,
    /// The company's name, for people; a new card is named so.
    pub name: String,
    /// What is done.
    pub action: CardAction,
}

/// What is done with a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardAction {
    /// It is made, in the first stage.
    Create {
        /// Its key.
        key: CardKey,
        /// Who works on it; none: nobody is set.
        owner: Option<OwnerId>,
        /// What stands on it.
        text: NewCardText,
        /// What the customer brought in a year while it was active.
        lost_revenue: Option<Money>,
        /// Whether the standard amount is filled with that too.
        fills_amount: bool,
        /// The day by which it is meant to be closed.
        close_by: Day,
    },
    /// It is deleted: the run that made it was undone.
    Delete {
        /// The card.
        card: DealId,
    },
    /// It moves on.
    Move {
        /// The card.
        card: DealId,
        /// Where it is.
        from: CardStage,
        /// Where it goes.
        to: StageRole,
        /// Why.
        why: MoveReason,
        /// The reason as it stands on the card.
        reason: String,
    },
}

/// What stands on a new card, in the configured language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCardText {
    /// Last purchase, SiRank and cluster, one a line.
    pub description: String,
    /// Why it is here, one line.
    pub reason: String,
}

/// Why a card moves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MoveReason {
    /// Somebody was in touch on this day.
    Contact(Day),
    /// The customer bought on this day.
    Purchase {
        /// The day.
        day: Day,
        /// The number printed on the invoice, where it is known.
        invoice: Option<String>,
    },
    /// An open deal was made after the contact.
    Deal(DealId),
    /// It closes for another reason.
    Closes(CloseReason),
    /// The run that moved it was undone.
    Undone,
}

/// Why a card closes without being won.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// An exclusion applies to the company now.
    Excluded(ColdExclusion),
    /// The company is active after all: by a purchase that is older than the card and was not known when it was made.
    Active,
    /// Another card of the same company is further on: a merge brought them together.
    Merged,
    /// The company does not exist any more.
    CompanyGone,
}

impl CardChange {
    /// The card, where there is one already.
    pub const fn card(&self) -> Option<&DealId> {
        match &self.action {
            CardAction::Create { .. } => None,
            CardAction::Delete { card } | CardAction::Move { card, .. } => Some(card),
        }
    }
}

impl RecordChange for CardChange {
    const KIND: &'static str = "card";

    fn company(&self) -> &CompanyId {
        &self.company
    }

    fn call(&self) -> RecordCall {
        match self.action {
            CardAction::Create { .. } => RecordCall::Create,
            CardAction::Move { .. } => RecordCall::Update,
            CardAction::Delete { .. } => RecordCall::Delete,
        }
    }
}
