//! Card changes against what the CRM holds now, and the settling of those whose outcome is unknown.

use std::collections::HashMap;

use crate::clock::now;
use crate::domain::ids::{CompanyId, DealId};
use crate::domain::wake_up::{Card, CardAction, CardChange, CardStage};
use crate::engine::{Engine, EngineError};
use crate::events::{Event, emit};
use crate::ports::{Board, CallError, Cards};
use crate::store::{ChangeState, Settlement, StoredChange};

use super::apply::by_company;

/// What kind of call a change needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Move,
    Delete,
}

pub(super) const fn kind_of(change: &CardChange) -> Kind {
    match change.action {
        CardAction::Create { .. } => Kind::Create,
        CardAction::Move { .. } => Kind::Move,
        CardAction::Delete { .. } => Kind::Delete,
    }
}

/// The cards that some changes are about, as the CRM holds them now.
pub(super) struct Found {
    by_company: HashMap<CompanyId, Vec<Card>>,
    by_id: HashMap<DealId, Card>,
}

impl Found {
    /// Reads them: of companies that are to get one, all of theirs; of cards that are there, these.
    pub(super) async fn of(
        cards: &dyn Cards,
        board: &Board,
        changes: &[StoredChange<CardChange>],
    ) -> Result<Self, CallError> {
        let most = cards.traits().read_batch.max(1);
        let (mut of_companies, mut by_id) = (Vec::new(), HashMap::new());
        let creates = changes.iter().filter(|stored| kind_of(&stored.change) == Kind::Create);
        let companies: Vec<CompanyId> = creates.map(|stored| stored.change.company.clone()).collect();
        for companies in companies.chunks(most) {
            of_companies.extend(cards.of_companies(board, companies).await?);
        }
        let ids: Vec<DealId> = changes.iter().filter_map(|stored| stored.change.card().cloned()).collect();
        for ids in ids.chunks(most) {
            by_id.extend(cards.read(board, ids).await?.into_iter().map(|card| (card.id.clone(), card)));
        }
        Ok(Self { by_company: by_company(of_companies), by_id })
    }

    pub(super) fn card(&self, id: &DealId) -> Option<&Card> {
        self.by_id.get(id)
    }

    /// The card that a change would make, where it is there.
    pub(super) fn made_for(&self, change: &CardChange) -> Option<&Card> {
        let CardAction::Create { key, .. } = &change.action else { return None };
        self.by_company.get(&change.company)?.iter().find(|card| card.key.as_ref() == Some(key))
    }

    /// What has become of a change, by what is there: pending where nothing of it is.
    pub(super) fn state_of(&self, change: &CardChange) -> ChangeState {
        match &change.action {
            CardAction::Create { .. } if self.made_for(change).is_some() => ChangeState::Applied,
            CardAction::Create { .. } => {
                let open = |cards: &Vec<Card>| cards.iter().any(Card::is_open);
                // Never two open cards of one company, whoever made the other.
                if self.by_company.get(&change.company).is_some_and(open) {
                    ChangeState::Moved
                } else {
                    ChangeState::Pending
                }
            }
            CardAction::Move { card, from, to, .. } => match self.card(card) {
                None => ChangeState::Gone,
                Some(card) if card.stage == CardStage::Known(*to) => ChangeState::Applied,
                Some(card) if card.stage == *from => ChangeState::Pending,
                Some(_) => ChangeState::Moved,
            },
            CardAction::Delete { card } => match self.card(card) {
                None => ChangeState::Applied,
                Some(_) => ChangeState::Pending,
            },
        }
    }
}

impl Engine<'_> {
    /// Settles every card change, of whichever plan, that may or may not have reached the CRM.
    pub(in crate::engine) async fn settle_unknown_cards(&self) -> Result<(), EngineError> {
        let (Some(board), Some(cards)) = (self.remembered_board()?, self.crm.cards()) else { return Ok(()) };
        for plan in self.store.plans_with_unknown_cards()? {
            loop {
                let most = cards.traits().read_batch.max(1);
                let unknown = self.store.card_changes_in(&plan, ChangeState::Sending, most)?;
                if unknown.is_empty() {
                    break;
                }
                self.go_on()?;
                let found = Found::of(cards, &board, &unknown).await?;
                let settled: Vec<_> = unknown
                    .iter()
                    .map(|change| Settlement { change, state: found.state_of(&change.change), refusal: None })
                    .collect();
                let count =
                    |state| settled.iter().filter(|settlement| settlement.state == state).count() as u64;
                emit(&Event::UnknownCardsSettled {
                    applied: count(ChangeState::Applied),
                    not_applied: count(ChangeState::Pending),
                });
                self.store.settle_cards(&plan, &settled, now())?;
                self.note_found_cards(&settled, &found)?;
            }
        }
        Ok(())
    }
}
