//! Which tasks there are after a run.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use rust_decimal::Decimal;
use sirank::domain::ids::{CompanyId, OwnerId};
use sirank::domain::tasks::TaskKind;
use sirank::domain::wake_up::StageRole::Appointment;

use super::Evening;
use super::tally::{Seen, Tally};
use crate::crm::tasks::SeenTask;
use crate::year::cast::Customer;
use crate::year::world::day_of;

/// A company whose contact task somebody ended gets none for so many days.
const REST: Days = Days::new(30);
/// Deals that were won longer ago lead to nothing.
const FEEDBACK_WITHIN: Days = Days::new(14);
/// Within how many days what has to be done.
const APPOINTMENT_DAYS: Days = Days::new(3);
const FEEDBACK_DAYS: Days = Days::new(7);
const CONTACT_DAYS: Days = Days::new(7);
/// The day on which the companies of the account were made.
const CREATED: NaiveDate = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();

/// What is known of a task from the runs before.
#[derive(Debug)]
struct Known {
    key: String,
    company: CompanyId,
    kind: TaskKind,
    owner: Option<OwnerId>,
    made: DateTime<Utc>,
    open: bool,
    /// The day since which it is known that somebody ended it.
    ended: Option<NaiveDate>,
}

/// A task that has to be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct New {
    key: String,
    company: CompanyId,
    owner: Option<OwnerId>,
    due: String,
}

#[derive(Default)]
pub(super) struct Tasks(BTreeMap<String, Known>);

impl Tasks {
    /// Holds a run against what it should have done; returns how much that was.
    #[track_caller]
    pub(super) fn judge(&mut self, evening: &Evening, tally: &mut Tally) -> usize {
        self.look(evening);
        let mut new = self.appointments(evening, tally);
        new.extend(self.feedback(evening, tally));
        let busy: BTreeSet<CompanyId> = new.iter().map(|new| new.company.clone()).collect();
        let (ends, contacts) = self.contacts(evening, &busy, tally);
        new.extend(contacts);
        assert_ended(evening, &ends);
        assert_made(evening, &new);
        assert_one_contact_task_each(evening);
        self.note(evening, &ends);
        new.len() + ends.len()
    }

    /// What people did with tasks since the last run.
    fn look(&mut self, evening: &Evening) {
        for (id, known) in self.0.iter_mut().filter(|(_, known)| known.open) {
            let filed = evening.before.tasks.get(id).and_then(|task| task.company.clone());
            // Merged companies may take their tasks along.
            known.company = filed.unwrap_or_else(|| known.company.clone());
            if evening.before.tasks.get(id).is_none_or(|task| task.done) {
                (known.open, known.ended) = (false, Some(evening.day()));
            }
        }
    }

    /// A card with an appointment leads to one task, once for ever.
    fn appointments(&self, evening: &Evening, tally: &mut Tally) -> BTreeSet<New> {
        let mut new = BTreeSet::new();
        for card in evening.after.cards.values().filter(|card| card.stage == Some(Appointment)) {
            let Some((company, customer)) =
                card.company.as_ref().and_then(|company| evening.cast.0.get_key_value(company))
            else {
                continue;
            };
            let is_about =
                |known: &&Known| known.kind == TaskKind::Appointment && is_of(&known.key, &card.id);
            if let Some(known) = self.0.values().find(is_about) {
                if !known.open {
                    tally.saw(Seen::AppointmentTaskWasNotRepeated);
                }
            } else if customer.owner.is_some() {
                tally.saw(Seen::AppointmentTask);
                let due = (evening.day() + APPOINTMENT_DAYS).to_string();
                let key = format!("appointment:{}", card.id);
                new.insert(New { key, company: company.clone(), owner: customer.owner.clone(), due });
            }
        }
        new
    }

    /// A won deal leads to one task, once for ever.
    fn feedback(&self, evening: &Evening, tally: &mut Tally) -> BTreeSet<New> {
        let mut new = BTreeSet::new();
        for (company, customer) in &evening.cast.0 {
            for (deal, won_on) in &customer.won {
                let key = format!("feedback:{deal}");
                let is_new = *won_on + FEEDBACK_WITHIN >= evening.day();
                if is_new && !self.0.values().any(|known| known.key == key) {
                    tally.saw(Seen::FeedbackTask);
                    let due = (evening.day() + FEEDBACK_DAYS).to_string();
                    new.insert(New { key, company: company.clone(), owner: customer.owner.clone(), due });
                }
            }
        }
        new
    }

    /// Contact tasks that end, and new ones. `busy`: companies that get another task in this run.
    fn contacts(
        &self,
        evening: &Evening,
        busy: &BTreeSet<CompanyId>,
        tally: &mut Tally,
    ) -> (BTreeSet<String>, BTreeSet<New>) {
        let day = evening.day();
        let open_cards = evening.before.cards.values().filter(|card| card.is_open());
        let new_cards =
            evening.after.cards.values().filter(|card| !evening.before.cards.contains_key(&card.id));
        let carded: BTreeSet<_> =
            open_cards.chain(new_cards).filter_map(|card| card.company.as_ref()).collect();
        let (mut ends, mut new) = (BTreeSet::new(), BTreeSet::new());
        for (company, customer) in &evening.cast.0 {
            let own = || self.0.iter().filter(|(_, known)| known.company == *company);
            let has_card = carded.contains(company);
            let has_other = busy.contains(company)
                || own().any(|(_, known)| known.open && known.kind != TaskKind::Contact);
            let contacts = || own().filter(|(_, known)| known.kind == TaskKind::Contact);
            let is_overdue = customer.contact_due(day).is_some_and(|due| due < day);
            let mut stays = false;
            for (id, task) in contacts().filter(|(_, known)| known.open) {
                let why = if customer.last_contact.is_some_and(|call| call > task.made) {
                    Seen::ContactTaskEndedByAContact
                } else if has_card {
                    Seen::ContactTaskEndedByACard
                } else if has_other {
                    Seen::ContactTaskEndedByAnotherTask
                } else if !is_overdue {
                    Seen::ContactTaskNotDueAnyMore
                } else if customer.owner != task.owner {
                    Seen::ContactTaskOfAnotherOwner
                } else {
                    stays = true;
                    continue;
                };
                tally.saw(why);
                ends.insert(id.clone());
            }
            if !is_overdue || has_card || has_other || stays {
                continue;
            }
            let Some(owner) = &customer.owner else {
                tally.saw(Seen::NoContactTaskWithoutOwner);
                continue;
            };
            if contacts().any(|(_, known)| known.ended.is_some_and(|ended| ended + REST > day)) {
                tally.saw(Seen::RestedAfterAContactTask);
                continue;
            }
            tally.saw(Seen::ContactTask);
            let key = format!("contact:{company}@{day}");
            let due = (day + CONTACT_DAYS).to_string();
            new.insert(New { key, company: company.clone(), owner: Some(owner.clone()), due });
        }
        (ends, new)
    }

    /// Remembers the run.
    fn note(&mut self, evening: &Evening, ends: &BTreeSet<String>) {
        for id in ends {
            self.0.get_mut(id).unwrap().open = false;
        }
        for (id, task) in &evening.after.tasks {
            self.0.entry(id.clone()).or_insert_with(|| Known {
                key: task.key.to_string(),
                company: task.company.clone().unwrap(),
                kind: task.key.kind(),
                owner: task.owner.clone(),
                made: evening.moment,
                open: true,
                ended: None,
            });
        }
    }
}

impl Customer {
    /// When the next contact is due at the latest, by the plan of the customer matrix.
    fn contact_due(&self, day: NaiveDate) -> Option<NaiveDate> {
        let from = day - Months::new(36);
        let recent: Vec<Decimal> = self
            .purchases
            .iter()
            .filter(|purchase| purchase.day > from)
            .map(|purchase| purchase.net)
            .collect();
        let is_large = recent.iter().sum::<Decimal>() > Decimal::from(10_000);
        let months = match (is_large, self.high) {
            _ if self.lost || self.purchases.is_empty() => return None,
            (true, true) => 3,
            (false, true) if recent.is_empty() => 12,
            (false, true) => 6,
            (true, false) => 12,
            (false, false) => return None,
        };
        Some(self.last_contact.map_or(CREATED, day_of) + Months::new(months))
    }
}

/// Whether the key of a task is about a card: some CRMs put the kind of record before the number.
fn is_of(key: &str, card: &str) -> bool {
    key.rsplit([':', 'x']).next() == Some(card)
}

/// Those that were to be ticked off are, and nothing else has changed.
#[track_caller]
fn assert_ended(evening: &Evening, ends: &BTreeSet<String>) {
    let day = evening.day();
    for (id, before) in &evening.before.tasks {
        let after =
            evening.after.tasks.get(id).unwrap_or_else(|| panic!("{day}: a task is gone: {before:?}"));
        let done = before.done || ends.contains(id);
        let what =
            |task: &SeenTask| (task.key.clone(), task.company.clone(), task.owner.clone(), task.due.clone());
        assert_eq!((what(after), after.done), (what(before), done), "{day}");
    }
}

/// Those that were to be made are, and no others.
#[track_caller]
fn assert_made(evening: &Evening, new: &BTreeSet<New>) {
    let mut made = BTreeSet::new();
    for task in evening.after.tasks.values().filter(|task| !evening.before.tasks.contains_key(&task.id)) {
        assert!(!task.done && !task.subject.is_empty(), "{task:?}");
        let (kind, about) = (task.key.kind().key(), task.key.to_string());
        let about = about.split_once(':').unwrap().1;
        let about = if kind == "appointment" { about.rsplit('x').next().unwrap() } else { about };
        let (company, owner, due) = (task.company.clone().unwrap(), task.owner.clone(), task.due.clone());
        made.insert(New { key: format!("{kind}:{about}"), company, owner, due });
    }
    assert_eq!(&made, new, "{}", evening.day());
}

/// At most one open contact task of a company, and none beside an open card.
#[track_caller]
fn assert_one_contact_task_each(evening: &Evening) {
    let mut seen = BTreeSet::new();
    let open = evening.after.tasks.values().filter(|task| !task.done && task.key.kind() == TaskKind::Contact);
    for task in open {
        let Some(company) = task.company.as_ref().filter(|company| evening.cast.0.contains_key(*company))
        else {
            continue;
        };
        assert!(seen.insert(company), "{}: two open contact tasks: {task:?}", evening.day());
        let card = evening
            .after
            .cards
            .values()
            .find(|card| card.is_open() && card.company.as_ref() == Some(company));
        assert!(card.is_none(), "{}: a contact task beside {card:?}: {task:?}", evening.day());
    }
}
