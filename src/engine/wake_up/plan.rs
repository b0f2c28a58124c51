//! What a plan does with cards: decided company by company beside the figures, and from the same readings.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, NaiveTime, Utc};

use crate::domain::document::Entry;
use crate::domain::explanation::Explainer;
use crate::domain::figures::{CompanyFacts, Figures};
use crate::domain::ids::{CompanyId, DealId};
use crate::domain::plan::CardCounts;
use crate::domain::time::Day;
use crate::domain::wake_up::{
    Candidate, Card, CardAction, CardChange, CardKey, CardSubject, Chooser, CloseReason, MoveReason,
    PlacedBy, StageRole, Teller, WakeUp, judge,
};
use crate::engine::analyse::Listed;
use crate::engine::matched::Matched;
use crate::engine::records::REFUSED_REST;
use crate::engine::{Engine, EngineError};
use crate::store::{CardRow, CompanyRow};

use super::Boarded;

/// The part of a plan that is about cards.
pub(in crate::engine) struct CardDraft<'a> {
    engine: &'a Engine<'a>,
    wake_up: &'a WakeUp,
    boarded: &'a Boarded,
    as_of: Day,
    teller: Teller,
    /// Cards by the company that they are about.
    cards: HashMap<CompanyId, Vec<CardRow>>,
    /// Companies with an open card, whichever of its companies it is about: they get no other.
    carded: HashSet<CompanyId>,
    /// Companies for which a card was made that is no more, or that the CRM refused lately.
    resting: HashSet<CompanyId>,
    /// Cards of which the CRM refused a move lately.
    refused: HashSet<DealId>,
    chooser: Chooser<New>,
    moves: Vec<CardChange>,
    /// Invoices to be named: the place of the move, and the day.
    bought: Vec<(usize, CompanyId, Day)>,
    /// Cards that are open now.
    all_open: u64,
    /// Cards that are open after the moves.
    open: u64,
    /// Cards that close without a purchase.
    closing: u64,
}

/// What a new card needs.
struct New {
    name: String,
    figures: Figures,
}

impl<'a> CardDraft<'a> {
    /// None where there is no whole pipeline.
    pub(in crate::engine) fn begin(
        engine: &'a Engine<'a>,
        boarded: Option<&'a Boarded>,
        as_of: Day,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, EngineError> {
        let (Some(wake_up), Some(boarded)) = (&engine.policy.wake_up, boarded) else { return Ok(None) };
        let mut draft = Self {
            engine,
            wake_up,
            boarded,
            as_of,
            teller: Teller::new(Explainer::new(engine.policy.language, &engine.policy.currency.base)),
            cards: HashMap::new(),
            carded: HashSet::new(),
            refused: refused_moves(engine, now)?,
            resting: engine.store.companies_without_their_cards(
                rests_since(as_of, wake_up.rules.rest_days),
                now - REFUSED_REST,
            )?,
            chooser: Chooser::new(&wake_up.rules),
            moves: Vec::new(),
            bought: Vec::new(),
            all_open: 0,
            open: 0,
            closing: 0,
        };
        for row in engine.store.cards()? {
            if row.card.is_open() {
                draft.open += 1;
                draft.all_open += 1;
                draft.carded.extend(row.card.companies.iter().cloned());
            }
            match row.card.company() {
                Some(company) => draft.cards.entry(company.clone()).or_default().push(row),
                None => draft.close_orphan(&row),
            }
        }
        Ok(Some(draft))
    }

    /// Takes up one company.
    pub(in crate::engine) fn add(
        &mut self,
        row: &CompanyRow,
        listed: &Listed<'_>,
    ) -> Result<(), EngineError> {
        let cards = self.cards.remove(&row.record.id).unwrap_or_default();
        // Without figures nothing is known of it: its cards stay, and it gets none.
        let Listed::Figures { facts, entries, figures } = listed else { return Ok(()) };
        let mut open: Vec<CardRow> = cards.iter().filter(|row| row.card.is_open()).cloned().collect();
        if open.is_empty() {
            if figures.cold_customer
                && self.boarded.makes_cards
                && !self.carded.contains(&row.record.id)
                && rest_of(&cards, self.wake_up.rules.rest_days).is_none_or(|until| until <= self.as_of)
                && !self.resting.contains(&row.record.id)
            {
                let about = New { name: row.record.name.clone(), figures: (*figures).clone() };
                let (company, worth) = (row.record.id.clone(), figures.revenue_last_active);
                self.chooser.add(Candidate { company, worth, about });
            }
            return Ok(());
        }
        keep_the_furthest(&mut open, |lesser| {
            self.moves_to(row, lesser, StageRole::NoLongerCold, MoveReason::Closes(CloseReason::Merged));
        });
        for card in &open {
            self.judge(row, card, facts, entries, figures)?;
        }
        Ok(())
    }

    fn judge(
        &mut self,
        row: &CompanyRow,
        card: &CardRow,
        facts: &CompanyFacts,
        entries: &[Entry],
        figures: &Figures,
    ) -> Result<(), EngineError> {
        let deals = self.engine.store.deals_of(&row.record.id)?;
        let bought = entries.iter().find(|entry| entry.is_purchase() && entry.day >= card.card.created_on);
        let subject = CardSubject {
            card: &card.card,
            placed_by: card.placed_by(),
            contacted: card.contacted,
            facts,
            figures,
            last_contact: row.record.last_contact_at,
            bought: bought.map(|entry| entry.day),
            deals: &deals,
        };
        if let Some((to, why)) = judge(&subject, &self.wake_up.rules) {
            if let MoveReason::Purchase { day, .. } = why
                && !self.refused.contains(&card.card.id)
            {
                self.bought.push((self.moves.len(), row.record.id.clone(), day));
            }
            self.moves_to(row, card, to, why);
        }
        Ok(())
    }

    fn moves_to(&mut self, row: &CompanyRow, card: &CardRow, to: StageRole, why: MoveReason) {
        self.push_move(&row.record.id, &row.record.name, card, to, why);
    }

    fn push_move(&mut self, company: &CompanyId, name: &str, card: &CardRow, to: StageRole, why: MoveReason) {
        if self.refused.contains(&card.card.id) {
            return;
        }
        if to.is_closed() {
            self.open = self.open.saturating_sub(1);
        }
        self.closing += u64::from(matches!(why, MoveReason::Closes(_)));
        let reason = self.teller.reason(&why);
        let from = card.card.stage.clone();
        let action = CardAction::Move { card: card.card.id.clone(), from, to, why, reason };
        self.moves.push(CardChange { company: company.clone(), name: name.to_owned(), action });
    }

    /// A card of sirank's that no company has any more.
    fn close_orphan(&mut self, row: &CardRow) {
        let Some(key) = &row.card.key else { return };
        if row.card.is_open() && row.placed_by() == PlacedBy::Sirank && self.wake_up.rules.closes {
            let (company, name) = (key.company(), row.card.name.clone());
            self.push_move(
                &company,
                &name,
                row,
                StageRole::NoLongerCold,
                MoveReason::Closes(CloseReason::CompanyGone),
            );
        }
    }

    /// Everything that is done with cards: moves first, since they make room; then the new ones.
    pub(in crate::engine) fn finish(mut self) -> Result<(Vec<CardChange>, CardCounts), EngineError> {
        self.name_invoices()?;
        let mut counts = CardCounts {
            moved: self.moves.len() as u64,
            closing: self.closing,
            open: self.all_open,
            ..CardCounts::default()
        };
        let (chosen, waiting) = self.chooser.finish(self.open);
        counts.waiting = waiting;
        counts.created = chosen.len() as u64;
        let rules = &self.wake_up.rules;
        let inactive_after = self.engine.policy.rules.inactive_after_days;
        let mut changes = self.moves;
        changes.extend(chosen.into_iter().map(|candidate| CardChange {
            action: CardAction::Create {
                key: CardKey::of(&candidate.company, self.as_of),
                owner: self.boarded.assistant.clone(),
                text: self.teller.new_card(&candidate.about.figures, inactive_after),
                lost_revenue: candidate.worth,
                fills_amount: rules.writes_amount,
                close_by: self.as_of.plus_days(rules.close_within_days),
            },
            company: candidate.company,
            name: candidate.about.name,
        }));
        Ok((changes, counts))
    }

    /// Looks up the numbers of the invoices by which customers came back.
    fn name_invoices(&mut self) -> Result<(), EngineError> {
        if self.bought.is_empty() {
            return Ok(());
        }
        let store = self.engine.store;
        let matched = Matched::of(store, self.engine.policy, self.as_of)?;
        for (at, company, day) in std::mem::take(&mut self.bought) {
            let Some(place) = matched.place(&company) else { continue };
            let mut numbers = BTreeMap::new();
            store.documents(Some(&matched.parties_of(place)), |document| {
                if document.is_purchase_of(day) {
                    numbers.insert(document.document.to_string(), document.number);
                }
            })?;
            let Some((_, number)) = numbers.pop_first() else { continue };
            if let CardAction::Move { why, reason, .. } = &mut self.moves[at].action {
                *why =
                    MoveReason::Purchase { day, invoice: Some(number).filter(|number| !number.is_empty()) };
                *reason = self.teller.reason(why);
            }
        }
        Ok(())
    }
}

fn refused_moves(engine: &Engine<'_>, now: DateTime<Utc>) -> Result<HashSet<DealId>, EngineError> {
    let none_done = now + REFUSED_REST;
    let refused = engine.store.records_done_or_refused::<CardChange>(none_done, now - REFUSED_REST)?;
    Ok(refused.iter().filter_map(|(change, _)| change.card().cloned()).collect())
}

/// A company whose card was deleted at this moment or later rests: whole days count.
pub(super) fn rests_since(as_of: Day, rest_days: u64) -> DateTime<Utc> {
    as_of.minus_days(rest_days).plus_days(1).date().and_time(NaiveTime::MIN).and_utc()
}

/// Until when a company rests, whose last card was lost; none where none was.
pub(super) fn rest_of(cards: &[CardRow], rest_days: u64) -> Option<Day> {
    let lost = cards.iter().filter(|row| row.card.is_lost());
    lost.map(|row| row.card.closed.unwrap_or(row.card.created_on).plus_days(rest_days)).max()
}

/// Of several open cards of one company the one furthest on stays; of those equally far one that a person made, else the
/// oldest. The others close, but for those that people made.
fn keep_the_furthest(open: &mut Vec<CardRow>, mut close: impl FnMut(&CardRow)) {
    let order = |row: &CardRow| {
        let Card { stage, key, created, id, .. } = &row.card;
        (std::cmp::Reverse(stage.rank()), key.is_some(), *created, id.clone())
    };
    open.sort_by_key(order);
    let mut seen: Option<DealId> = None;
    open.retain(|row| {
        let lesser = seen.is_some() && row.card.key.is_some();
        seen.get_or_insert_with(|| row.card.id.clone());
        if lesser {
            close(row);
        }
        !lesser
    });
}
