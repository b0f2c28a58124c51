//! The scenes that must be played: one customer each, step by step, so that every way of a card is certain to be gone.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sirank::domain::wake_up::StageRole::{Appointment, Contacted, NotInterested, ToContact};

use super::acts::Act;
use super::vendor::YearVendor;
use super::world::{World, day_of};
use crate::crm::cards::Seen;

/// When a step is due.
#[derive(Clone, Copy, Debug)]
enum When {
    /// On a day of the year.
    Day(u32),
    /// So many days after sirank made the card that is open.
    Card(i64),
    /// So many days after sirank made the card that is open, and while another customer has one too.
    Cards(i64, &'static str),
    /// So many days after sirank made the contact task that is open.
    Task(i64),
    /// So many days after the step before.
    Then(u32),
}

use self::When::{Card, Cards, Day, Task, Then};

type Scene = (&'static str, &'static [(When, Act)]);

const SCENES: &[Scene] = &[
    // Called, and bought; half a year later cold again.
    ("Alfa", &[(Card(3), Act::IsCalled), (Then(5), Act::Buys)]),
    // Called, and a deal came of it.
    ("Beta", &[(Card(2), Act::IsCalled), (Then(4), Act::OpensDeal("sales"))]),
    // Bought without a word; a task of somebody's own is none.
    ("Gamma", &[(Card(1), Act::GetsOwnTask), (Then(3), Act::Buys)]),
    // A deal without a word: no cold customer. The deal is lost: it is one again.
    ("Delta", &[(Card(2), Act::OpensDeal("ecommerce")), (Then(10), Act::DealsClose("ecommerce"))]),
    // Called, and a deal came of it on the same day.
    ("Epsilon", &[(Card(2), Act::IsCalled), (Then(0), Act::OpensDeal("sales"))]),
    // Excluded for a while.
    ("Zeta", &[(Card(2), Act::IsExcluded(true)), (Then(20), Act::IsExcluded(false))]),
    // Given up.
    ("Eta", &[(Card(2), Act::IsLost(true))]),
    // An invoice turns up that is older than the card.
    ("Theta", &[(Card(2), Act::BoughtDaysAgo(30))]),
    // Whatever happens, it stays with the appointment, until a purchase.
    (
        "Iota",
        &[
            (Card(3), Act::CardGoesTo(Appointment)),
            (Then(3), Act::IsCalled),
            (Then(3), Act::IsExcluded(true)),
            (Then(3), Act::IsLost(true)),
            (Then(5), Act::Buys),
        ],
    ),
    // An appointment, and a deal came of it.
    ("Kappa", &[(Card(3), Act::CardGoesTo(Appointment)), (Then(4), Act::OpensDeal("sales"))]),
    // Not interested: it rests, then gets a new card.
    ("Lambda", &[(Card(2), Act::CardGoesTo(NotInterested))]),
    // Put back by a person, it is not moved on again but by a purchase.
    (
        "Mi",
        &[
            (Card(2), Act::IsCalled),
            (Then(5), Act::CardGoesTo(ToContact)),
            (Then(5), Act::IsCalled),
            (Then(30), Act::Buys),
        ],
    ),
    // Closed by sirank, opened again by a person: it stays open although the reason stands.
    (
        "Ni",
        &[(Card(2), Act::IsLost(true)), (Then(3), Act::CardIsReopenedIn(ToContact)), (Then(30), Act::Buys)],
    ),
    // A card that a person made is the company's card.
    ("Xi", &[(Day(20), Act::GetsOwnCard(ToContact)), (Then(40), Act::IsCalled), (Then(20), Act::Buys)]),
    // The same, with an appointment: a deal came of it the day after.
    ("Omicron", &[(Day(61), Act::GetsOwnCard(Appointment)), (Then(1), Act::OpensDeal("sales"))]),
    // A card that a person deleted is not made again for long.
    ("Pi", &[(Card(5), Act::CardIsDeleted)]),
    // Prepared the appointment, then merged into a company whose card is less far on.
    (
        "Rho",
        &[
            (Card(2), Act::CardGoesTo(Appointment)),
            (Then(2), Act::TaskIsTicked),
            (Cards(3, "Sigma"), Act::IsMergedInto("Sigma")),
        ],
    ),
    // Merged into a company whose card is as far on.
    ("Tau", &[(Cards(3, "Ypsilon"), Act::IsMergedInto("Ypsilon"))]),
    // The company is deleted.
    ("Phi", &[(Card(3), Act::IsDeleted)]),
    // The company is deleted, where a person had put the card.
    ("Chi", &[(Card(3), Act::CardGoesTo(Appointment)), (Then(2), Act::IsDeleted)]),
    // A prospect gets no card, however often it is called; a customer that bought once does when it is cold.
    ("Psi", &[(Day(30), Act::IsCalled), (Then(40), Act::Buys)]),
    // Overdue: called; three months on, somebody says so, and deletes the next one; nobody is there for it for a while.
    (
        "Koppa",
        &[
            (Task(5), Act::IsCalled),
            (Then(60), Act::Buys),
            (Task(3), Act::TaskIsTicked),
            (Task(2), Act::TaskIsDeleted),
            (Then(0), Act::Buys),
            (Task(10), Act::LosesOwner),
            (Then(40), Act::GetsOwner),
            (Then(1), Act::Buys),
            (Task(3), Act::IsLost(true)),
        ],
    ),
    // Won a deal, twice; asked for feedback, the contact is overdue still.
    (
        "Sampi",
        &[
            (Day(10), Act::WinsDeal),
            (Then(5), Act::TaskIsTicked),
            (Then(60), Act::Buys),
            (Then(5), Act::WinsDeal),
            (Then(5), Act::TaskIsDeleted),
            (Then(60), Act::Buys),
        ],
    ),
    // An excluded one, and one that is given up, get no card.
    ("Omega", &[(Day(50), Act::IsCalled)]),
    ("Digamma", &[(Day(55), Act::IsCalled)]),
    // Opened again after it was lost; a deal came of it.
    (
        "Heta",
        &[
            (Card(2), Act::CardGoesTo(NotInterested)),
            (Then(5), Act::CardIsReopenedIn(Contacted)),
            (Then(9), Act::OpensDeal("sales")),
        ],
    ),
    // A person makes a card beside sirank's.
    ("San", &[(Card(3), Act::GetsOwnCard(ToContact)), (Then(20), Act::Buys)]),
];

/// How far every scene has come.
pub(super) struct Script {
    /// The next step of each, and the day of the last.
    at: BTreeMap<&'static str, (usize, u32)>,
}

impl Script {
    pub(super) fn begin() -> Self {
        Self { at: SCENES.iter().map(|(name, _)| (*name, (0, 0))).collect() }
    }

    /// Plays what is due in the morning of a day.
    pub(super) fn happens<V: YearVendor>(&mut self, world: &mut World<V>, day: u32) {
        for (name, steps) in SCENES {
            loop {
                let (next, last) = self.at[name];
                let Some((when, act)) = steps.get(next) else { break };
                if !is_due(world, name, *when, day, last) {
                    break;
                }
                world.does(name, *act);
                self.at.insert(name, (next + 1, day));
            }
        }
        // Nobody bargains for ever.
        if day % 45 == 44 {
            world.does("Omega", Act::DealsClose("sales"));
        }
    }

    #[track_caller]
    pub(super) fn assert_ended(&self) {
        for (name, steps) in SCENES {
            assert_eq!(self.at[name].0, steps.len(), "the scene of {name} did not end");
        }
    }
}

fn is_due<V: YearVendor>(world: &World<V>, name: &str, when: When, day: u32, last: u32) -> bool {
    match when {
        Day(due) => day >= due,
        Then(days) => day >= last + days,
        Card(days) => has_card(world, name, days),
        Task(days) => has_task(world, name, days),
        Cards(days, other) => has_card(world, name, days) && has_card(world, other, days),
    }
}

/// Whether a customer has an open card that sirank made so many days ago.
fn has_card<V: YearVendor>(world: &World<V>, name: &str, days: i64) -> bool {
    let Some(card) = world.card_of(name).filter(Seen::is_open) else { return false };
    is_as_old(world, &card.key, days)
}

/// Whether a customer has an open contact task that is so many days old.
fn has_task<V: YearVendor>(world: &World<V>, name: &str, days: i64) -> bool {
    world.task_of(name).is_some_and(|task| is_as_old(world, &task.key.to_string(), days))
}

/// Whether a key names a day that is so many days ago.
fn is_as_old<V: YearVendor>(world: &World<V>, key: &str, days: i64) -> bool {
    let made = key.rsplit_once('@').map(|(_, day)| day.parse().unwrap());
    made.is_some_and(|made: NaiveDate| (day_of(world.clock.now()) - made).num_days() >= days)
}
