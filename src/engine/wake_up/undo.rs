//! Undo of what a run did with cards: a card that it made and that is as it left it is deleted; one that it moved and that
//! still is there goes back. Everything else was touched by somebody, and stays.

use serde::Serialize;

use crate::domain::explanation::Explainer;
use crate::domain::ids::{CompanyId, DealId, PlanId};
use crate::domain::wake_up::{Card, CardAction, CardChange, CardStage, MoveReason, StageRole, Teller};
use crate::engine::{Engine, EngineError};
use crate::store::ChangeState;

use super::changes::Found;

/// Changes that are read again at once.
const CHUNK: usize = 100;

/// A card of an undone run that stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardLeft {
    /// The company.
    pub company: CompanyId,
    /// Its name, for people.
    pub name: String,
    /// The card; none: it is no more.
    pub card: Option<DealId>,
}

impl Engine<'_> {
    /// Adds to a plan what of another one's cards can be taken back; returns what stays.
    pub(in crate::engine) async fn plan_card_undo(
        &self,
        id: &PlanId,
        target: &PlanId,
    ) -> Result<Vec<CardLeft>, EngineError> {
        let (Some(board), Some(cards)) = (self.remembered_board()?, self.crm.cards()) else {
            return Ok(Vec::new());
        };
        let teller = Teller::new(Explainer::new(self.policy.language, &self.policy.currency.base));
        let reason = teller.reason(&MoveReason::Undone);
        let (mut left, mut back) = (Vec::new(), Vec::new());
        let mut after = None;
        loop {
            let chunk = self.store.card_changes_after(target, after, CHUNK)?;
            let Some(last) = chunk.last() else { break };
            after = Some(last.seq);
            self.go_on()?;
            let done: Vec<_> =
                chunk.into_iter().filter(|stored| stored.state == ChangeState::Applied).collect();
            let found = Found::of(cards, &board, &done).await?;
            for stored in &done {
                match taken_back(&stored.change, &found, &reason) {
                    Some(action) => back.push(CardChange { action, ..stored.change.clone() }),
                    None => left.push(CardLeft {
                        company: stored.change.company.clone(),
                        name: stored.change.name.clone(),
                        card: there(&stored.change, &found).map(|card| card.id.clone()),
                    }),
                }
            }
        }
        self.store.add_card_changes(id, 0, &back)?;
        Ok(left)
    }
}

/// The card of a change, where it is there.
fn there<'a>(change: &CardChange, found: &'a Found) -> Option<&'a Card> {
    change.card().map_or_else(|| found.made_for(change), |card| found.card(card))
}

/// What takes a change back; none where somebody has touched the card since.
fn taken_back(change: &CardChange, found: &Found, reason: &str) -> Option<CardAction> {
    let card = there(change, found)?;
    match &change.action {
        CardAction::Create { .. } if card.stage == CardStage::Known(StageRole::ToContact) => {
            Some(CardAction::Delete { card: card.id.clone() })
        }
        CardAction::Move { from: CardStage::Known(from), to, .. } if card.stage == CardStage::Known(*to) => {
            Some(CardAction::Move {
                card: card.id.clone(),
                from: CardStage::Known(*to),
                to: *from,
                why: MoveReason::Undone,
                reason: reason.to_owned(),
            })
        }
        _ => None,
    }
}
