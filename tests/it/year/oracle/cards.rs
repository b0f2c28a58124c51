//! Where every card is after a run, and who gets a new one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use sirank::domain::ids::CompanyId;
use sirank::domain::wake_up::StageRole::{
    self, Appointment, Contacted, NoLongerCold, NotInterested, Reactivated, ToContact,
};

use super::Evening;
use super::tally::{Seen as Saw, Tally};
use crate::crm::cards::Seen;
use crate::year::UNTIL_EVENING;
use crate::year::cast::{Cast, Customer};
use crate::year::world::{NEW_PER_RUN, OPEN_AT_MOST, day_of};

/// A company whose card was lost, or deleted, gets none for so many days.
const REST: TimeDelta = TimeDelta::days(180);

/// What is known of a card from the runs before.
#[derive(Clone, Debug)]
struct Known {
    /// Whom it was made for.
    company: Option<CompanyId>,
    made: DateTime<Utc>,
    /// Whether sirank made it.
    ours: bool,
    /// The stage after the last run.
    stage: StageRole,
    /// Whether a person put it there.
    by_person: bool,
    /// When it was first seen past the first stage; unknown where it was never seen in the first.
    past_first: Option<DateTime<Utc>>,
    /// When a person closed it.
    closed: Option<DateTime<Utc>>,
    /// Whether it is no more.
    deleted: Option<NaiveDate>,
}

/// Where a card goes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Goes {
    to: StageRole,
    because: Saw,
    /// What stands on it then.
    reason: &'static str,
    invoice: Option<String>,
}

impl Goes {
    const fn closes(because: Saw, reason: &'static str) -> Self {
        Self { to: NoLongerCold, because, reason, invoice: None }
    }
}

/// Everything that is known of cards.
#[derive(Default)]
pub(super) struct Cards(BTreeMap<String, Known>);

impl Cards {
    /// Holds a run against what it should have done; returns how much that was.
    #[track_caller]
    pub(super) fn judge(&mut self, evening: &Evening, tally: &mut Tally) -> usize {
        self.look(evening, tally);
        let goes = self.moves(evening, tally);
        let new = self.new_ones(evening, &goes, tally);
        self.assert_moved(evening, &goes);
        assert_made(evening, &new);
        self.note(evening, &goes, tally);
        goes.len() + new.len()
    }

    /// What people did with cards since the last run.
    fn look(&mut self, evening: &Evening, tally: &mut Tally) {
        for (id, card) in &evening.before.cards {
            let stage = card.stage.unwrap();
            let Some(known) = self.0.get_mut(id) else {
                let known = Known {
                    company: card.company.clone(),
                    made: evening.moment - UNTIL_EVENING,
                    ours: false,
                    stage,
                    by_person: true,
                    past_first: None,
                    closed: None,
                    deleted: None,
                };
                self.0.insert(id.clone(), known);
                continue;
            };
            if known.stage != stage {
                if known.stage.is_closed() && !stage.is_closed() {
                    tally.saw(Saw::ReopenedCardStayed);
                }
                known.by_person = true;
                known.closed = stage.is_closed().then_some(evening.moment);
                known.passes(stage, evening.moment);
            }
        }
        for (id, known) in &mut self.0 {
            if evening.before.cards.contains_key(id) {
                known.deleted = None;
            } else {
                known.deleted.get_or_insert(day_of(evening.moment));
            }
        }
    }

    /// Which open cards go where.
    fn moves(&self, evening: &Evening, tally: &mut Tally) -> BTreeMap<String, Goes> {
        let mut goes = BTreeMap::new();
        for open in open_cards(&evening.before.cards, &evening.cast).values() {
            let mut open: Vec<(&Seen, &Known)> = open.iter().map(|card| (*card, &self.0[&card.id])).collect();
            // The one further on stays; of two as far on, one that a person made, else the older.
            open.sort_by_key(|(card, known)| (Reverse(card.stage), known.ours, known.made, card.id.clone()));
            for (lesser, known) in open.split_off(1) {
                assert!(known.ours, "the script lets no person make a second card");
                let closes =
                    Goes::closes(Saw::ClosedByMerge, "Another card of the same company is further on");
                goes.insert(lesser.id.clone(), closes);
            }
            let (card, known) = open[0];
            let customer = &evening.cast.0[card.company.as_ref().unwrap()];
            if let Some(to) = known.goes(customer, evening.day(), tally) {
                goes.insert(card.id.clone(), to);
            }
        }
        for orphan in
            evening.before.cards.values().filter(|card| card.is_open() && is_orphan(card, &evening.cast))
        {
            let known = &self.0[&orphan.id];
            if known.ours && !known.by_person {
                let closes = Goes::closes(Saw::ClosedAsCompanyIsGone, "The company does not exist any more");
                goes.insert(orphan.id.clone(), closes);
            } else {
                tally.saw(Saw::StayedThoughCompanyIsGone);
            }
        }
        goes
    }

    /// Who gets a new card: cold customers without an open one who do not rest, by what they brought in.
    fn new_ones(
        &self,
        evening: &Evening,
        goes: &BTreeMap<String, Goes>,
        tally: &mut Tally,
    ) -> BTreeMap<CompanyId, Decimal> {
        let day = evening.day();
        let have_one = open_cards(&evening.before.cards, &evening.cast);
        let mut wanted = Vec::new();
        for (company, customer) in &evening.cast.0 {
            if !customer.is_cold(day) {
                continue;
            }
            if let Some(cards) = have_one.get(company) {
                if cards.iter().any(|card| card.key.is_empty()) {
                    tally.saw(Saw::OwnCardKeptOthersAway);
                }
                continue;
            }
            match self.rests(company, evening) {
                Some(why) => tally.saw(why),
                None => wanted.push((Reverse(customer.lost_revenue()), company)),
            }
        }
        wanted.sort();
        let stay_open = evening
            .before
            .cards
            .values()
            .filter(|card| card.is_open() && !goes.get(&card.id).is_some_and(|goes| goes.to.is_closed()));
        let room = OPEN_AT_MOST.saturating_sub(stay_open.count());
        if wanted.len() > NEW_PER_RUN.min(room) {
            tally.saw(if room < NEW_PER_RUN { Saw::AllPlacesWereTaken } else { Saw::WaitedForItsTurn });
        }
        wanted.truncate(NEW_PER_RUN.min(room));
        for (_, company) in &wanted {
            tally.saw(self.why_again(company));
        }
        wanted.into_iter().map(|(Reverse(worth), company)| (company.clone(), worth)).collect()
    }

    fn of<'a>(&'a self, company: &'a CompanyId) -> impl Iterator<Item = &'a Known> {
        self.0.values().filter(move |known| known.company.as_ref() == Some(company))
    }

    /// Whether a company rests: its card was lost, or deleted. A deleted one is counted from the day on which that was seen.
    fn rests(&self, company: &CompanyId, evening: &Evening) -> Option<Saw> {
        let day = evening.day();
        let is_lost = |known: &Known| known.deleted.is_none() && known.stage == NotInterested;
        let lost = |known: &Known| is_lost(known) && known.closed.is_some_and(|at| day < day_of(at) + REST);
        let deleted = |known: &Known| known.ours && known.deleted.is_some_and(|seen| day < seen + REST);
        if self.of(company).any(lost) {
            return Some(Saw::RestedAfterItWasLost);
        }
        self.of(company).any(deleted).then_some(Saw::RestedAfterItWasDeleted)
    }

    /// What became of the card that the company had before.
    fn why_again(&self, company: &CompanyId) -> Saw {
        let Some(last) = self.of(company).max_by_key(|known| known.made) else { return Saw::NewCard };
        match last.stage {
            _ if last.deleted.is_some() => Saw::NewCardAfterDeletion,
            Reactivated => Saw::NewCardAfterReactivation,
            NotInterested => Saw::NewCardAfterRest,
            _ => Saw::NewCardAfterClosing,
        }
    }

    #[track_caller]
    fn assert_moved(&self, evening: &Evening, goes: &BTreeMap<String, Goes>) {
        for (id, before) in &evening.before.cards {
            let after = &evening.after.cards[id];
            let expected = goes.get(id).map_or(before.stage, |goes| Some(goes.to));
            assert_eq!(
                after.stage,
                expected,
                "{}, because of {:?}\nknown: {:?}\nof: {:?}\nbefore: {before:?}",
                evening.day(),
                goes.get(id),
                self.0.get(id),
                before.company.as_ref().and_then(|company| evening.cast.0.get(company)),
            );
            let Some(goes) = goes.get(id) else { continue };
            assert!(after.reason.starts_with(goes.reason), "{goes:?}: {after:?}");
            if let Some(invoice) = &goes.invoice {
                assert_eq!(&after.reactivated_by, invoice, "{after:?}");
            }
        }
    }

    /// Remembers the run.
    fn note(&mut self, evening: &Evening, goes: &BTreeMap<String, Goes>, tally: &mut Tally) {
        for (id, goes) in goes {
            tally.saw(goes.because);
            let known = self.0.get_mut(id).unwrap();
            if !known.ours && goes.to == Reactivated {
                tally.saw(Saw::OwnCardReactivated);
            }
            known.by_person = false;
            known.passes(goes.to, evening.moment);
        }
        for (id, card) in &evening.after.cards {
            self.0.entry(id.clone()).or_insert_with(|| Known {
                company: card.company.clone(),
                made: evening.moment,
                ours: true,
                stage: ToContact,
                by_person: false,
                past_first: None,
                closed: None,
                deleted: None,
            });
        }
    }
}

impl Known {
    fn passes(&mut self, stage: StageRole, moment: DateTime<Utc>) {
        self.past_first = match (self.stage, stage) {
            (_, ToContact) => None,
            (ToContact, _) => Some(moment),
            _ => self.past_first,
        };
        self.stage = stage;
    }

    /// Where it goes as the only open card of a customer.
    fn goes(&self, customer: &Customer, day: NaiveDate, tally: &mut Tally) -> Option<Goes> {
        if let Some(invoice) = customer.bought_since(day_of(self.made)) {
            let because = match self.stage {
                ToContact => Saw::BoughtBeforeAnyContact,
                Contacted => Saw::BoughtOnceContacted,
                _ => Saw::BoughtAfterTheAppointment,
            };
            let invoice = Some(invoice.number.clone());
            return Some(Goes { to: Reactivated, because, reason: "Bought again", invoice });
        }
        if let Some(contact) = self.contacted(customer)
            && customer.deals.iter().any(|(_, opened)| *opened > contact)
        {
            let because = match self.stage {
                ToContact => Saw::DealOnTheDayOfTheContact,
                Contacted => Saw::DealOnceContacted,
                _ => Saw::DealAfterTheAppointment,
            };
            let reason = "A deal was opened after the contact";
            return Some(Goes { to: Reactivated, because, reason, invoice: None });
        }
        let closes = closing(customer, day);
        let is_called = self.stage == ToContact && self.called(customer).is_some();
        if self.by_person {
            if closes.is_some() {
                tally.saw(Saw::StayedDespiteAReasonToClose);
            } else if is_called {
                tally.saw(Saw::StayedDespiteAContact);
            }
            return None;
        }
        let contacted =
            Goes { to: Contacted, because: Saw::Contacted, reason: "Contacted on", invoice: None };
        closes.or_else(|| is_called.then_some(contacted))
    }

    /// When somebody called since it was made.
    fn called(&self, customer: &Customer) -> Option<DateTime<Utc>> {
        customer.last_contact.filter(|call| *call > self.made)
    }

    /// Since when the customer counts as contacted.
    fn contacted(&self, customer: &Customer) -> Option<DateTime<Utc>> {
        let called = self.called(customer);
        match self.stage {
            ToContact => called,
            Contacted | Appointment => Some(self.past_first.or(called).unwrap_or(self.made)),
            _ => None,
        }
    }
}

/// Those who were to get a card have got one, as it has to be.
#[track_caller]
fn assert_made(evening: &Evening, new: &BTreeMap<CompanyId, Decimal>) {
    let day = evening.day();
    let made = evening.after.cards.values().filter(|card| !evening.before.cards.contains_key(&card.id));
    let made: Vec<&Seen> = made.collect();
    let whom: BTreeSet<_> = made.iter().filter_map(|card| card.company.as_ref()).collect();
    let names = |company: &CompanyId| evening.cast.0[company].name;
    assert_eq!(whom, new.keys().collect(), "{day}: {:?}", new.keys().map(names).collect::<Vec<_>>());
    assert_eq!(made.len(), new.len(), "{day}: {made:?}");
    for card in made {
        let company = card.company.as_ref().unwrap();
        assert_eq!((card.stage, &card.key), (Some(ToContact), &format!("{company}@{day}")));
        assert_eq!(card.lost_revenue.parse::<Decimal>().unwrap(), new[company], "{card:?}");
        assert!(card.reason.starts_with("Cold customer: no purchase for more than 180 days"), "{card:?}");
    }
}

/// Why a card closes that nobody has put anywhere.
fn closing(customer: &Customer, day: NaiveDate) -> Option<Goes> {
    let is_inactive = customer.is_inactive(day);
    if is_inactive && customer.excluded {
        return Some(Goes::closes(Saw::ClosedByCategory, "Its category is excluded"));
    }
    if is_inactive && !customer.deals.is_empty() {
        return Some(Goes::closes(Saw::ClosedByDeal, "It already has an open deal"));
    }
    if customer.lost {
        return Some(Goes::closes(Saw::ClosedByPotential, "Its potential is lost"));
    }
    let active = Goes::closes(Saw::ClosedByOlderPurchase, "It is no inactive customer after all");
    (!is_inactive).then_some(active)
}

fn is_orphan(card: &Seen, cast: &Cast) -> bool {
    !card.company.as_ref().is_some_and(|company| cast.0.contains_key(company))
}

/// The open cards of every company that still exists.
fn open_cards<'a>(cards: &'a BTreeMap<String, Seen>, cast: &Cast) -> BTreeMap<&'a CompanyId, Vec<&'a Seen>> {
    let mut open: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for card in cards.values().filter(|card| card.is_open() && !is_orphan(card, cast)) {
        open.entry(card.company.as_ref().unwrap()).or_default().push(card);
    }
    open
}
