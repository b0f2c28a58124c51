//! The rules, written down a second time: they know what happened from those who played it, and what stands in the CRM
//! from looking, and share nothing with sirank's own.
//!
//! [`cards`] says where every card is after a run, [`tasks`] which tasks there are, [`never`] what is wrong whatever happened, [`tally`] what has to have
//! been seen by the end of the year. Each is a file of its own, and so is what is added: it judges an [`Evening`].

mod cards;
mod never;
mod tally;
mod tasks;

use chrono::{DateTime, NaiveDate, Utc};
use sirank::domain::ids::CompanyId;

use self::cards::Cards;
use self::never::Never;
use self::tally::{Seen, Tally};
use self::tasks::Tasks;
use super::cast::Cast;
use super::vendor::YearVendor;
use super::world::{Sight, World, day_of};
use crate::crm::cards::Seen as Card;

/// A run of sirank: what everybody knew, and how the CRM looked before and after.
pub(super) struct Evening {
    pub(super) moment: DateTime<Utc>,
    pub(super) cast: Cast,
    pub(super) before: Sight,
    pub(super) after: Sight,
    /// What was written beside figures of companies, and values that were there already.
    pub(super) wrote_elsewhere: Vec<String>,
    /// Whether nothing was written at all.
    pub(super) only_read: bool,
    /// How much had happened since the year began.
    pub(super) acts: u32,
}

impl Evening {
    pub(super) fn day(&self) -> NaiveDate {
        day_of(self.moment)
    }

    /// Who is inactive on the day.
    fn standing(&self) -> Vec<bool> {
        self.cast.0.values().map(|customer| customer.is_inactive(self.day())).collect()
    }
}

#[derive(Default)]
pub(super) struct Oracle {
    cards: Cards,
    tasks: Tasks,
    never: Never,
    tally: Tally,
    /// What the last run knew: how much had happened, and who was inactive.
    known: Option<(u32, Vec<bool>)>,
}

impl Oracle {
    /// Holds one run against the rules.
    #[track_caller]
    pub(super) fn judge(&mut self, evening: &Evening) {
        self.never.judge(evening);
        let cards = self.cards.judge(evening, &mut self.tally);
        let expected = cards + self.tasks.judge(evening, &mut self.tally);
        if expected == 0 {
            assert_eq!(
                evening.wrote_elsewhere,
                Vec::<String>::new(),
                "{}: nothing was to be made or moved",
                evening.day()
            );
        }
        let known = (evening.acts, evening.standing());
        if expected == 0 && self.known.as_ref() == Some(&known) {
            assert!(evening.only_read, "{}: nothing had happened", evening.day());
            self.tally.saw(Seen::NothingHappened);
        }
        self.known = Some(known);
    }

    pub(super) const fn tally(&self) -> &Tally {
        &self.tally
    }

    #[track_caller]
    pub(super) fn assert_everything_occurred<V: YearVendor>(&self) {
        let orphans = [Seen::ClosedAsCompanyIsGone, Seen::StayedThoughCompanyIsGone];
        self.tally.assert_complete(if V::DEALS_OUTLIVE_COMPANIES { &[] } else { &orphans });
    }
}

/// Of a company that has a card, and of one that has none, sirank says why; of tasks, too.
#[track_caller]
pub(super) fn assert_explained<V: YearVendor>(world: &World<V>) {
    let cards = world.sight().cards;
    let of_somebody =
        |card: &&Card| card.company.as_ref().is_some_and(|company| world.cast.0.contains_key(company));
    let open = cards.values().filter(of_somebody).find(|card| card.is_open()).unwrap();
    let (with, without) = (open.company.as_ref().unwrap(), world.cast.id("Omega").unwrap());
    let explained = |company: &CompanyId| {
        let mut told = world.told(&["explain", company.as_str(), "--format", "json"]).json();
        assert!(told["tasks"]["why"].as_str().is_some_and(|why| !why.is_empty()), "{told}");
        let card = told["card"].take();
        (card["why"].as_str().unwrap().to_owned(), card["cards"][0]["id"].as_str().map(str::to_owned))
    };
    let (why, card) = explained(with);
    assert_eq!(why, "It has an open card.");
    assert!(card.is_some_and(|card| card.ends_with(&open.id)));
    let (why, card) = explained(without);
    assert!(why.starts_with("It is no cold customer: an exclusion applies"), "{why}");
    assert_eq!(card, None);
}
