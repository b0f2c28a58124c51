//! What must never be, whatever happened on the day.

use std::collections::{BTreeMap, BTreeSet};

use sirank::domain::wake_up::StageRole;

use super::Evening;
use crate::crm::cards::Seen;
use crate::year::world::{NEW_PER_RUN, OPEN_AT_MOST};

/// What has to be remembered from one run to the next.
#[derive(Default)]
pub(super) struct Never {
    /// The stage in which the last run left each card.
    left: BTreeMap<String, Option<StageRole>>,
    /// Cards of sirank's that a person has put somewhere since sirank did.
    moved: BTreeSet<String>,
    keys: BTreeMap<String, String>,
}

impl Never {
    #[track_caller]
    pub(super) fn judge(&mut self, evening: &Evening) {
        let Evening { before, after, .. } = evening;
        let day = evening.day();
        assert_eq!(after.owners, before.owners, "{day}: the owner of a company changed");
        self.note_what_people_moved(before.cards.values());
        for (id, card) in &before.cards {
            let now = after.cards.get(id).unwrap_or_else(|| panic!("{day}: a card was deleted: {card:?}"));
            self.assert_moved_well(evening, card, now);
        }
        for card in after.cards.values().filter(|card| !card.key.is_empty()) {
            let amount = card.amount.parse::<f64>().unwrap_or_default();
            assert!(amount == 0.0, "{day}: an amount is filled: {card:?}");
            let owner = self.keys.entry(card.key.clone()).or_insert_with(|| card.id.clone());
            assert_eq!(*owner, card.id, "{day}: a key of another card");
        }
        assert_one_open_card_each(evening);
        assert_within_limits(evening);
        self.left = after.cards.iter().map(|(id, card)| (id.clone(), card.stage)).collect();
    }

    fn note_what_people_moved<'a>(&mut self, cards: impl Iterator<Item = &'a Seen>) {
        for card in cards {
            let known = self.left.get(&card.id);
            if known.is_none_or(|left| *left != card.stage) {
                self.moved.insert(card.id.clone());
            }
        }
    }

    /// A card moves on or stays; a closed one stays; one that a person put somewhere moves to reactivated alone, unless
    /// another one of its company stays open.
    #[track_caller]
    fn assert_moved_well(&mut self, evening: &Evening, before: &Seen, after: &Seen) {
        let day = evening.day();
        assert_eq!((&before.key, &before.company), (&after.key, &after.company), "{day}");
        if before.stage == after.stage {
            assert_eq!(before, after, "{day}: a card was written that did not move");
            return;
        }
        assert!(before.is_open(), "{day}: a closed card moved: {before:?} to {after:?}");
        assert!(after.stage > before.stage, "{day}: moved backward: {before:?} to {after:?}");
        let of_two = evening.after.cards.values().any(|other| {
            other.id != after.id
                && other.is_open()
                && other.company.is_some()
                && other.company == after.company
        });
        if self.moved.contains(&before.id) && !of_two {
            assert_eq!(after.stage, Some(StageRole::Reactivated), "{day}: a person had put it: {before:?}");
        }
        let by_itself = [StageRole::Contacted, StageRole::Reactivated, StageRole::NoLongerCold];
        assert!(after.stage.is_some_and(|stage| by_itself.contains(&stage)), "{day}: {after:?}");
        self.moved.remove(&before.id);
    }
}

/// No company has two open cards, whoever made them.
#[track_caller]
fn assert_one_open_card_each(evening: &Evening) {
    let mut open = BTreeMap::new();
    for card in evening.after.cards.values().filter(|card| card.is_open()) {
        // A company that is gone may leave several behind.
        let Some(company) = card.company.as_ref().filter(|company| evening.cast.0.contains_key(*company))
        else {
            continue;
        };
        if let Some(other) = open.insert(company, card) {
            panic!("{}: two open cards: {card:?} and {other:?}", evening.day());
        }
    }
}

/// No more new cards in a run, and no more open ones, than the settings allow.
#[track_caller]
fn assert_within_limits(evening: &Evening) {
    let Evening { before, after, .. } = evening;
    let new = after.cards.keys().filter(|id| !before.cards.contains_key(*id)).count();
    let open = after.cards.values().filter(|card| card.is_open()).count();
    assert!(new <= NEW_PER_RUN, "{}: {new} new cards", evening.day());
    assert!(new == 0 || open <= OPEN_AT_MOST, "{}: {new} new cards, {open} open ones", evening.day());
}
