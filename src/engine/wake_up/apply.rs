//! Writing cards: each batch is compared with what the CRM holds now, marked, sent and settled. What got no answer is
//! looked up before it may be sent again, so that no company ever has two open cards.

use std::collections::HashMap;

use futures_util::FutureExt;

use crate::clock::{day_in, now};
use crate::domain::ids::{CompanyId, DealId, PlanId};
use crate::domain::wake_up::{Card, CardAction, CardChange, CardStage, MoveReason, StageRole};
use crate::engine::{Engine, EngineError};
use crate::events::{Event, emit};
use crate::ports::{Board, CallError, CardOutcome, CardUpdate, Cards, NewCard, Trouble};
use crate::store::{ChangeState, Settlement, StoredChange};

use super::changes::{Found, Kind, kind_of};

type Stored = StoredChange<CardChange>;

/// How often a card is sent without an answer before it counts as refused.
const MOST_ATTEMPTS: u32 = 5;
/// How many rounds without any answer the CRM is down after.
const MOST_SILENT_ROUNDS: u32 = 4;

impl Engine<'_> {
    /// Sends what a plan does with cards.
    pub(in crate::engine) async fn apply_cards(&self, plan: &PlanId) -> Result<(), EngineError> {
        let total: u64 = self.store.card_change_counts(plan)?.iter().map(|(_, count)| count).sum();
        if total == 0 {
            return Ok(());
        }
        let (Some(board), Some(cards)) = (self.remembered_board()?, self.crm.cards()) else { return Ok(()) };
        self.progress.begin("writing cards", Some(total));
        // Boxed: rarely needed, and large.
        let result = self.send_cards(plan, &board, cards).boxed().await;
        self.progress.end();
        result
    }

    async fn send_cards(&self, plan: &PlanId, board: &Board, cards: &dyn Cards) -> Result<(), EngineError> {
        let mut silent_rounds = 0;
        loop {
            self.settle_unknown_cards().await?;
            self.go_on()?;
            // As many as one reading compares with what is there: a reading takes more cards than a writing.
            let traits = cards.traits();
            let pending = self.store.card_changes_in(
                plan,
                ChangeState::Pending,
                traits.read_batch.max(traits.batch),
            )?;
            let Some(first) = pending.first() else { return Ok(()) };
            let kind = kind_of(&first.change);
            let same: Vec<Stored> =
                pending.into_iter().take_while(|stored| kind_of(&stored.change) == kind).collect();
            let (unanswered, answered) = self.send_compared(plan, board, cards, kind, &same).await?;
            self.progress.advance(answered);
            silent_rounds = if unanswered > 0 && answered == 0 { silent_rounds + 1 } else { 0 };
            if silent_rounds >= MOST_SILENT_ROUNDS {
                return Err(silence(self.crm.traits().name).into());
            }
        }
    }

    /// Sends changes of one kind that are as the plan saw them; how many got no answer, and how many are settled.
    async fn send_compared(
        &self,
        plan: &PlanId,
        board: &Board,
        cards: &dyn Cards,
        kind: Kind,
        changes: &[Stored],
    ) -> Result<(u64, u64), EngineError> {
        let found = Found::of(cards, board, changes).await?;
        let mut settled: Vec<Settlement<'_, CardChange>> = Vec::new();
        let mut untouched: Vec<&Stored> = Vec::new();
        for stored in changes {
            match found.state_of(&stored.change) {
                ChangeState::Pending if stored.attempts >= MOST_ATTEMPTS => settled.push(given_up(stored)),
                ChangeState::Pending => untouched.push(stored),
                state => settled.push(Settlement { change: stored, state, refusal: None }),
            }
        }
        self.store.settle_cards(plan, &settled, now())?;
        self.note_found_cards(&settled, &found)?;
        let mut answered = settled.len() as u64;
        for batch in untouched.chunks(cards.traits().batch.max(1)) {
            self.go_on()?;
            let got = self.send_card_batch(plan, board, cards, kind, batch, &found).await?;
            answered += got;
            let unanswered = batch.len() as u64 - got;
            // What got no answer is looked up before anything more is sent.
            if unanswered > 0 {
                return Ok((unanswered, answered));
            }
        }
        Ok((0, answered))
    }

    /// Sends one batch; how many of it are settled.
    async fn send_card_batch(
        &self,
        plan: &PlanId,
        board: &Board,
        cards: &dyn Cards,
        kind: Kind,
        untouched: &[&Stored],
        found: &Found,
    ) -> Result<u64, EngineError> {
        self.store.mark_cards_sending(plan, untouched, now())?;
        let outcomes = match kind {
            Kind::Create => {
                let new: Vec<NewCard> =
                    untouched.iter().filter_map(|stored| new_card(plan, stored)).collect();
                cards.create(board, &new).await
            }
            Kind::Move => {
                let updates: Vec<CardUpdate> =
                    untouched.iter().filter_map(|stored| update(plan, stored)).collect();
                cards.update(board, &updates).await
            }
            Kind::Delete => {
                let ids: Vec<DealId> =
                    untouched.iter().filter_map(|stored| stored.change.card().cloned()).collect();
                cards.delete(&ids).await
            }
        };
        let outcomes = match outcomes {
            Ok(outcomes) => outcomes,
            // Figures go on being written although cards may not be.
            Err(CallError { trouble: trouble @ Trouble::Forbidden { .. }, .. }) => {
                let (code, message) = ("FORBIDDEN".to_owned(), trouble.to_string());
                vec![CardOutcome::Refused { code, message }; untouched.len()]
            }
            Err(error) => {
                let back: Vec<_> = untouched
                    .iter()
                    .map(|change| Settlement { change, state: ChangeState::Pending, refusal: None })
                    .collect();
                self.store.settle_cards(plan, &back, now())?;
                return Err(error.into());
            }
        };
        let mut settled = Vec::new();
        for (stored, outcome) in untouched.iter().zip(outcomes) {
            let (state, refusal) = match outcome {
                CardOutcome::Applied(id, version) => {
                    self.note_written_card(&stored.change, &id, version, found)?;
                    (ChangeState::Applied, None)
                }
                CardOutcome::Gone => (ChangeState::Gone, None),
                CardOutcome::Refused { code, message } => {
                    let company = stored.change.company.as_str();
                    emit(&Event::CardRefused { company, code: &code, reason: &message });
                    (ChangeState::Refused, Some((code, message)))
                }
                CardOutcome::Unknown => continue,
            };
            settled.push(Settlement { change: stored, state, refusal });
        }
        self.store.settle_cards(plan, &settled, now())?;
        Ok(settled.len() as u64)
    }

    /// Brings the snapshot up to a card that was made, moved or deleted.
    fn note_written_card(
        &self,
        change: &CardChange,
        id: &DealId,
        version: Option<crate::domain::company::Version>,
        found: &Found,
    ) -> Result<(), EngineError> {
        let written = now();
        match &change.action {
            CardAction::Create { key, .. } => {
                let card = Card {
                    id: id.clone(),
                    name: change.name.clone(),
                    companies: vec![change.company.clone()],
                    stage: CardStage::Known(StageRole::ToContact),
                    created: written,
                    created_on: day_in(self.policy.zone, written),
                    closed: None,
                    key: Some(key.clone()),
                    version,
                };
                self.store.note_card(&card, StageRole::ToContact, written)?;
            }
            CardAction::Move { to, from, why, .. } => {
                let Some(card) = found.card(id) else { return Ok(()) };
                let closed = to.is_closed().then(|| day_in(self.policy.zone, written));
                let card = Card { stage: CardStage::Known(*to), closed, version, ..card.clone() };
                // A move that was taken back is not made again: the card counts as put there by somebody.
                let left_in = if *why == MoveReason::Undone { from.role().unwrap_or(*to) } else { *to };
                self.store.note_card(&card, left_in, written)?;
            }
            CardAction::Delete { card } => self.store.forget_card(card)?,
        }
        Ok(())
    }

    /// Brings the snapshot up to cards that were found as they should be, or gone.
    pub(super) fn note_found_cards(
        &self,
        settled: &[Settlement<'_, CardChange>],
        found: &Found,
    ) -> Result<(), EngineError> {
        for settlement in settled {
            let change = &settlement.change.change;
            match (settlement.state, &change.action) {
                (ChangeState::Applied, CardAction::Create { .. }) => {
                    if let Some(card) = found.made_for(change) {
                        self.store.note_card(card, StageRole::ToContact, now())?;
                    }
                }
                (ChangeState::Applied, CardAction::Move { card, to, .. }) => {
                    if let Some(card) = found.card(card) {
                        self.store.note_card(card, *to, now())?;
                    }
                }
                (
                    ChangeState::Gone | ChangeState::Applied,
                    CardAction::Move { card, .. } | CardAction::Delete { card },
                ) => {
                    self.store.forget_card(card)?;
                }
                (ChangeState::Moved, CardAction::Create { .. }) => {
                    emit(&Event::CardThere { company: change.company.as_str() });
                }
                (ChangeState::Moved, _) => emit(&Event::CardTouched { company: change.company.as_str() }),
                _ => {}
            }
        }
        Ok(())
    }
}

fn given_up(stored: &Stored) -> Settlement<'_, CardChange> {
    let message = format!("sent {MOST_ATTEMPTS} times without an answer, and never found in place");
    Settlement {
        change: stored,
        state: ChangeState::Refused,
        refusal: Some(("NO_ANSWER".to_owned(), message)),
    }
}

fn silence(system: &str) -> CallError {
    let message = format!(
        "{MOST_SILENT_ROUNDS} rounds of writes in a row got no answer, and none of them arrived; the work can be resumed"
    );
    let trouble = Trouble::Unavailable { message, retry_after: None };
    CallError { system: system.to_owned(), operation: "writing cards".to_owned(), trouble }
}

fn trace(plan: &PlanId, stored: &Stored) -> String {
    format!("{plan}-k{}-{}", stored.seq, stored.attempts + 1)
}

fn new_card(plan: &PlanId, stored: &Stored) -> Option<NewCard> {
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

fn update(plan: &PlanId, stored: &Stored) -> Option<CardUpdate> {
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
pub(super) fn by_company(cards: Vec<Card>) -> HashMap<CompanyId, Vec<Card>> {
    let mut by_company: HashMap<CompanyId, Vec<Card>> = HashMap::new();
    for card in cards {
        for company in &card.companies {
            by_company.entry(company.clone()).or_default().push(card.clone());
        }
    }
    by_company
}
