//! The seam between the engine and a CRM's pipeline of cards: deals in HubSpot, opportunities in vTiger.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{CallError, Cursor, Page, RecordOutcome, RecordTraits};
use crate::domain::ids::{CompanyId, DealId, OwnerId, PipelineId, StageId};
use crate::domain::money::Money;
use crate::domain::time::Day;
use crate::domain::wake_up::{Card, CardKey, CardStage, StageRole};

/// The pipeline as it is in this account: found, and whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// Its own stages; all of them are there.
    pub stages: BTreeMap<StageRole, StageId>,
    /// Stages that people added, and whether a card in them is closed.
    pub others: BTreeMap<StageId, bool>,
}

impl Board {
    /// What a stage is for; one that nobody knows of is a person's, and open.
    pub fn stage(&self, id: &str) -> CardStage {
        let known = self.stages.iter().find(|(_, stage)| stage.as_str() == id);
        known.map_or_else(
            || {
                let id = StageId::from(id);
                let closed = self.others.get(&id).copied().unwrap_or_default();
                CardStage::Other { id, closed }
            },
            |(role, _)| CardStage::Known(*role),
        )
    }
}

/// A CRM that keeps cards.
///
/// # Guarantees
/// As with [`super::Crm`]: few calls, quotas waited for, a cancelled write leaves an unknown outcome.
#[async_trait]
pub trait Cards: Send + Sync {
    /// What the engine has to know of it.
    fn traits(&self) -> RecordTraits;

    /// A page of every card of the pipeline, open and closed, each with all of its companies. It may come from an index
    /// that is behind: a card that was made lately may be missing.
    async fn cards(&self, board: &Board, from: Option<Cursor>) -> Result<Page<Card>, CallError>;

    /// These cards as they are now, never from a search index; one that is no more, or in another pipeline, is left out.
    async fn read(&self, board: &Board, cards: &[DealId]) -> Result<Vec<Card>, CallError>;

    /// Every card of the pipeline that these companies have now, open and closed, never from a search index.
    async fn of_companies(&self, board: &Board, companies: &[CompanyId]) -> Result<Vec<Card>, CallError>;

    /// Makes cards in the first stage, each associated with its company, no key twice. Exactly one outcome per card, in
    /// the batch's order. Never sends a card again whose outcome is unknown.
    ///
    /// # Errors
    /// Only where nothing of the batch was written.
    async fn create(&self, board: &Board, batch: &[NewCard]) -> Result<Vec<CardOutcome>, CallError>;

    /// Moves cards; no card twice. Outcomes as with [`Cards::create`].
    async fn update(&self, board: &Board, batch: &[CardUpdate]) -> Result<Vec<CardOutcome>, CallError>;

    /// Deletes cards, where a run that made them is undone. Outcomes as with [`Cards::create`].
    async fn delete(&self, cards: &[DealId]) -> Result<Vec<CardOutcome>, CallError>;

    /// Whether the credentials may write cards, as far as that can be told without writing anything.
    async fn may_write(&self) -> Result<(), CallError> {
        Ok(())
    }
}

/// A card to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCard {
    /// sirank's key.
    pub key: CardKey,
    /// The company.
    pub company: CompanyId,
    /// The card's name: the company's.
    pub name: String,
    /// Who works on it.
    pub owner: Option<OwnerId>,
    /// What stands in its description.
    pub description: String,
    /// Why it is made, one line.
    pub reason: String,
    /// What the customer used to bring in.
    pub lost_revenue: Option<Money>,
    /// The standard amount, where it is to be filled.
    pub amount: Option<Money>,
    /// The day by which it is meant to be closed.
    pub close_by: Day,
    /// What identifies this write in traces: unique in the batch.
    pub trace: String,
}

/// A card to be moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardUpdate {
    /// The card.
    pub id: DealId,
    /// Where it goes.
    pub stage: StageRole,
    /// Why, one line.
    pub reason: String,
    /// The invoice that made the company a customer again; none leaves the property alone.
    pub reactivated_by: Option<String>,
    /// What identifies this write in traces: unique in the batch.
    pub trace: String,
}

/// What became of the write of one card.
pub type CardOutcome = RecordOutcome<DealId>;
