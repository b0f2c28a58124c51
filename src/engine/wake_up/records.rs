//! Cards as records: how they are compared with what the CRM holds, sent, and noted in the snapshot.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::clock::{day_in, now};
use crate::domain::company::Version;
use crate::domain::explanation::Explainer;
use crate::domain::ids::{CompanyId, DealId, PlanId};
use crate::domain::plan::{RecordCall, RecordChange};
use crate::domain::wake_up::{Card, CardAction, CardChange, CardStage, MoveReason, StageRole, Teller};
use crate::engine::records::{Records, trace};
use crate::engine::{Engine, EngineError};
use crate::events::{Event, emit};
use crate::ports::{Board, CallError, CardUpdate, Cards, NewCard, RecordOutcome, RecordTraits};
use crate::store::{ChangeState, Store, StoreError, StoredChange};

/// The cards of a whole pipeline.
pub(in crate::engine) struct CardRecords<'a> {
    store: &'a Store,
    zone: chrono_tz::Tz,
    cards: &'a dyn Cards,
    board: Board,
    teller: Teller,
}

impl<'a> Engine<'a> {
    /// The cards of the pipeline as the last survey found it whole; none where there is none.
    pub(in crate::engine) fn card_records(&self) -> Result<Option<CardRecords<'a>>, EngineError> {
        let (Some(board), Some(cards)) = (self.remembered_board()?, self.crm.cards()) else {
            return Ok(None);
        };
        let teller = Teller::new(Explainer::new(self.policy.language, &self.policy.currency.base));
        Ok(Some(CardRecords { store: self.store, zone: self.policy.zone, cards, board, teller }))
    }
}

#[async_trait]
impl Records for CardRecords<'_> {
    type Change = CardChange;
    type Id = DealId;
    type Found = Found;

    const DOING: &'static str = "writing cards";

    fn traits(&self) -> RecordTraits {
        self.cards.traits()
    }

    async fn find(&self, changes: &[StoredChange<CardChange>]) -> Result<Found, CallError> {
        Found::of(self.cards, &self.board, changes).await
    }

    fn state_of(&self, found: &Found, change: &CardChange) -> ChangeState {
        found.state_of(change)
    }

    async fn send(
        &self,
        plan: &PlanId,
        call: RecordCall,
        changes: &[&StoredChange<CardChange>],
    ) -> Result<Vec<RecordOutcome<DealId>>, CallError> {
        match call {
            RecordCall::Create => {
                let new: Vec<NewCard> = changes.iter().filter_map(|stored| new_card(plan, stored)).collect();
                self.cards.create(&self.board, &new).await
            }
            RecordCall::Update => {
                let updates: Vec<CardUpdate> =
                    changes.iter().filter_map(|stored| update(plan, stored)).collect();
                self.cards.update(&self.board, &updates).await
            }
            RecordCall::Delete => {
                let ids: Vec<DealId> =
                    changes.iter().filter_map(|stored| stored.change.card().cloned()).collect();
                self.cards.delete(&ids).await
            }
        }
    }

    fn note_written(
        &self,
        change: &CardChange,
        id: &DealId,
        version: Option<Version>,
        found: &Found,
    ) -> Result<(), StoreError> {
        let written = now();
        match &change.action {
            CardAction::Create { key, .. } => {
                let card = Card {
                    id: id.clone(),
                    name: change.name.clone(),
                    companies: vec![change.company.clone()],
                    stage: CardStage::Known(StageRole::ToContact),
                    created: written,
                    created_on: day_in(self.zone, written),
                    closed: None,
                    key: Some(key.clone()),
                    version,
                };
                self.store.note_card(&card, StageRole::ToContact, written)
            }
            CardAction::Move { to, from, why, .. } => {
                let Some(card) = found.card(id) else { return Ok(()) };
                let closed = to.is_closed().then(|| day_in(self.zone, written));
                let card = Card { stage: CardStage::Known(*to), closed, version, ..card.clone() };
                self.store.note_card(&card, left_in(from, *to, why), written)
            }
            CardAction::Delete { card } => self.store.forget_card(card, now()),
        }
    }

    fn note_found(
        &self,
        change: &CardChange,
        state: ChangeState,
        sent: bool,
        found: &Found,
    ) -> Result<(), StoreError> {
        match (state, &change.action) {
            (ChangeState::Applied, CardAction::Create { .. }) => {
                let Some(card) = found.made_for(change) else { return Ok(()) };
                self.store.note_card(card, StageRole::ToContact, now())
            }
            // Somebody was faster: the card is where they put it, and the next reading notes that.
            (ChangeState::Applied, CardAction::Move { .. }) if !sent => Ok(()),
            (ChangeState::Applied, CardAction::Move { card, from, to, why, .. }) => {
                let Some(card) = found.card(card) else { return Ok(()) };
                self.store.note_card(card, left_in(from, *to, why), now())
            }
            (
                ChangeState::Gone | ChangeState::Applied,
                CardAction::Move { card, .. } | CardAction::Delete { card },
            ) => self.store.forget_card(card, now()),
            (ChangeState::Moved, CardAction::Create { .. }) => {
                emit(&Event::CardThere { company: change.company.as_str() });
                Ok(())
            }
            (ChangeState::Moved, _) => {
                emit(&Event::CardTouched { company: change.company.as_str() });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn taken_back(&self, change: &CardChange, found: &Found) -> Option<CardChange> {
        let card = found.of_change(change)?;
        let action = match &change.action {
            CardAction::Create { .. } if card.stage == CardStage::Known(StageRole::ToContact) => {
                CardAction::Delete { card: card.id.clone() }
            }
            CardAction::Move { from: CardStage::Known(from), to, .. }
                if card.stage == CardStage::Known(*to) =>
            {
                CardAction::Move {
                    card: card.id.clone(),
                    from: CardStage::Known(*to),
                    to: *from,
                    why: MoveReason::Undone,
                    reason: self.teller.reason(&MoveReason::Undone),
                }
            }
            _ => return None,
        };
        Some(CardChange { action, ..change.clone() })
    }

    fn there(&self, change: &CardChange, found: &Found) -> Option<String> {
        found.of_change(change).map(|card| card.id.to_string())
    }

    fn tell_refused(&self, change: &CardChange, code: &str, reason: &str) {
        emit(&Event::CardRefused { company: change.company.as_str(), code, reason });
    }

    fn tell_settled(&self, applied: u64, not_applied: u64) {
        emit(&Event::UnknownCardsSettled { applied, not_applied });
    }
}

/// The cards that some changes are about, as the CRM holds them now.
pub(in crate::engine) struct Found {
    by_company: HashMap<CompanyId, Vec<Card>>,
    by_id: HashMap<DealId, Card>,
}

impl Found {
    /// Reads them: of companies that are to get one, all of theirs; of cards that are there, these.
    async fn of(
        cards: &dyn Cards,
        board: &Board,
        changes: &[StoredChange<CardChange>],
    ) -> Result<Self, CallError> {
        let most = cards.traits().read_batch.max(1);
        let (mut of_companies, mut by_id) = (Vec::new(), HashMap::new());
        let creates = changes.iter().filter(|stored| stored.change.call() == RecordCall::Create);
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

    /// The card of a change, where it is there.
    fn of_change(&self, change: &CardChange) -> Option<&Card> {
        change.card().map_or_else(|| self.made_for(change), |card| self.card(card))
    }

    fn card(&self, id: &DealId) -> Option<&Card> {
        self.by_id.get(id)
    }

    /// The card that a change would make, where it is there.
    fn made_for(&self, change: &CardChange) -> Option<&Card> {
        let CardAction::Create { key, .. } = &change.action else { return None };
        self.by_company.get(&change.company)?.iter().find(|card| card.key.as_ref() == Some(key))
    }

    /// What has become of a change, by what is there: pending where nothing of it is.
    fn state_of(&self, change: &CardChange) -> ChangeState {
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
                Some(card) if card.stage == CardStage::Known(StageRole::ToContact) => ChangeState::Pending,
                Some(_) => ChangeState::Moved,
            },
        }
    }
}

/// The stage that counts as where sirank left a card. A move that was taken back is not made again: the card counts as put
/// there by somebody.
fn left_in(from: &CardStage, to: StageRole, why: &MoveReason) -> StageRole {
    if *why == MoveReason::Undone { from.role().unwrap_or(to) } else { to }
}

fn new_card(plan: &PlanId, stored: &StoredChange<CardChange>) -> Option<NewCard> {
    let CardChange { company, name, action } = &stored.change;
    let CardAction::Create { key, owner, text, lost_revenue, fills_amount, close_by } = action else {
        return None;
    };
    Some(NewCard {
        key: key.clone(),
        company: company.clone(),
        name: name.clone(),
        owner: owner.clone(),
        description: text.description.clone(),
        reason: text.reason.clone(),
        lost_revenue: *lost_revenue,
        amount: lost_revenue.filter(|_| *fills_amount),
        close_by: *close_by,
        trace: trace(plan, stored),
    })
}

fn update(plan: &PlanId, stored: &StoredChange<CardChange>) -> Option<CardUpdate> {
    let CardAction::Move { card, to, why, reason, .. } = &stored.change.action else { return None };
    let reactivated_by = match why {
        MoveReason::Purchase { invoice, .. } => invoice.clone(),
        _ => None,
    };
    Some(CardUpdate {
        id: card.clone(),
        stage: *to,
        reason: reason.clone(),
        reactivated_by,
        trace: trace(plan, stored),
    })
}

/// Cards by the companies that they have.
fn by_company(cards: Vec<Card>) -> HashMap<CompanyId, Vec<Card>> {
    let mut by_company: HashMap<CompanyId, Vec<Card>> = HashMap::new();
    for card in cards {
        for company in &card.companies {
            by_company.entry(company.clone()).or_default().push(card.clone());
        }
    }
    by_company
}
