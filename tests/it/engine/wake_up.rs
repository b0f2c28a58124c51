//! Cards of the Wake Up pipeline: who gets one, how they move on by themselves, and where they never move. What is held
//! against the rules is what stands in the CRM.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sirank::domain::ids::CompanyId;
use sirank::domain::time::Day;
use sirank::domain::wake_up::{BoardNames, CardChange, StageRole, WakeUp, WakeUpRules};
use sirank::engine::{Reading, Request, RunReport};
use sirank::ports::InputProperty;
use sirank_mocks::faults::Fault;
use sirank_mocks::hubspot::HubSpot;

use super::small::invoice;
use super::world::{World, request};
use crate::crm::cards::{CardVendor, Seen};
use crate::crm::{Account, Company, Entry, Vendor};

pub(super) const ALFA: &str = "IT00000000011";
pub(super) const BETA: &str = "IT00000000012";
pub(super) const GAMMA: &str = "IT00000000013";
pub(super) const DELTA: &str = "IT00000000014";

/// VAT number, name, days since the last purchase, its net amount.
const CUSTOMERS: [(&str, &str, i64, &str); 4] = [
    (ALFA, "Alfa Esempio", 300, "9000.00"),
    (BETA, "Beta Esempio", 200, "5000.00"),
    (GAMMA, "Gamma Esempio", 190, "1000.00"),
    (DELTA, "Delta Esempio", 10, "7000.00"),
];

pub(super) const DAY: Duration = Duration::from_hours(24);
pub(super) const HOUR: Duration = Duration::from_hours(1);

pub(crate) fn wake_up() -> WakeUp {
    WakeUp {
        rules: WakeUpRules::default(),
        names: BoardNames {
            pipeline: "Wake Up".to_owned(),
            stages: StageRole::ALL.into_iter().map(|role| (role, role.label().en.to_owned())).collect(),
        },
        assistant: None,
    }
}

impl<V: CardVendor> World<V> {
    /// Three cold customers and an active one, on the server's present day; everything is set up.
    pub(super) async fn cold() -> Self {
        let mut world = Self::of(V::start(&cold_account()).await, Vec::new()).unguarded();
        world.policy.wake_up = Some(wake_up());
        world.policy.watched_pipelines = None;
        world.policy.excluded_categories = vec!["PA".to_owned()];
        let start = world.day();
        let books = CUSTOMERS.iter().map(|(vat, name, days, net)| {
            invoice(name, vat, &(start.date() - TimeDelta::days(*days)).to_string(), net)
        });
        *world.books.lock().unwrap() = books.collect();
        world.setup().await;
        world.crm.forget();
        world
    }

    /// The server's present day.
    pub(super) fn day(&self) -> Day {
        let now: DateTime<Utc> = self.crm.instant().parse().unwrap();
        sirank::clock::day_in(chrono_tz::Europe::Rome, now)
    }

    pub(super) async fn cycle(&mut self, reading: Reading) -> RunReport {
        self.today = self.day();
        let (as_of, today) = (self.today, self.today);
        self.run(Request { command: "run", as_of, today, reading, ..request() }).await.unwrap()
    }

    /// A day passes, then the service works.
    pub(super) async fn next_day(&mut self) -> RunReport {
        self.crm.passes(DAY);
        self.cycle(Reading::Whole).await
    }

    pub(super) fn card_of(&self, vat_number: &str) -> Seen {
        let company = self.company(vat_number);
        let cards = self.crm.cards();
        let open = cards.iter().filter(|card| card.company.as_ref() == Some(&company) && card.is_open());
        let latest = || cards.iter().rfind(|card| card.company.as_ref() == Some(&company));
        open.clone().next_back().or_else(latest).unwrap_or_else(|| panic!("no card in {cards:?}")).clone()
    }

    pub(super) fn stage_of(&self, vat_number: &str) -> StageRole {
        self.card_of(vat_number).stage.unwrap()
    }

    pub(super) fn buys(&self, vat_number: &str, number: &str) {
        let bought = invoice(number, vat_number, &self.day().to_string(), "100.00");
        self.books.lock().unwrap().push(bought);
    }

    pub(super) fn is_spoken_to(&self, vat_number: &str) {
        self.crm.person_contacts(&self.company(vat_number), &self.crm.instant());
    }

    /// Never two open cards of one company, whatever happened.
    #[track_caller]
    fn assert_one_open_card_each(&self) {
        let mut open: BTreeMap<Option<CompanyId>, Vec<Seen>> = BTreeMap::new();
        for card in self.crm.cards().into_iter().filter(Seen::is_open) {
            open.entry(card.company.clone()).or_default().push(card);
        }
        let twice: Vec<_> = open.values().filter(|cards| cards.len() > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}

fn cold_account() -> Account {
    let company = |(vat_number, name, ..): &(&str, &str, i64, &str)| Company {
        name: (*name).to_owned(),
        vat_number: (*vat_number).to_owned(),
        potential: "high".to_owned(),
        category: String::new(),
    };
    Account {
        companies: CUSTOMERS.iter().map(company).collect(),
        pipelines: vec!["sales"],
        ..Account::default()
    }
}

pub(crate) async fn every_cold_customer_gets_one_card_and_never_a_second<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    let report = world.cycle(Reading::Whole).await;
    assert_eq!(report.applied.unwrap().cards.applied, 3);
    let mut cards = world.crm.cards();
    cards.sort_by_key(|card| card.company.clone());
    assert_eq!(cards.len(), 3, "{cards:?}");
    for (card, (vat_number, _, _, net)) in cards.iter().zip(&CUSTOMERS) {
        let company = world.company(vat_number);
        assert_eq!(card.company.as_ref(), Some(&company));
        assert_eq!(card.stage, Some(StageRole::ToContact));
        assert_eq!(card.key, format!("{company}@{}", world.today));
        assert_eq!(
            card.lost_revenue.parse::<f64>().unwrap().to_string(),
            net.parse::<f64>().unwrap().to_string()
        );
        assert!(card.reason.contains("no purchase for more than 180 days"), "{}", card.reason);
        assert!(card.amount.parse::<f64>().unwrap_or_default() == 0.0, "{}", card.amount);
    }

    world.crm.forget();
    world.cycle(Reading::Whole).await;
    assert!(world.crm.was_only_read(), "{:?}", world.crm.requests());
    world.delete_state();
    world.cycle(Reading::Whole).await;
    assert!(world.crm.was_only_read(), "with the state deleted: {:?}", world.crm.requests());
    world.cycle(Reading::Changes).await;
    assert!(world.crm.was_only_read());
}

pub(crate) async fn those_that_brought_in_most_come_first_and_the_limits_hold<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    let rules = &mut world.policy.wake_up.as_mut().unwrap().rules;
    (rules.new_per_run, rules.open_at_most) = (1, 2);
    let plan = world.cycle(Reading::Whole).await.plan;
    assert_eq!(plan.summary.pointer("/cards/waiting").and_then(serde_json::Value::as_u64), Some(2));
    assert_eq!(world.crm.cards().len(), 1);
    world.card_of(ALFA);
    world.next_day().await;
    assert_eq!(world.crm.cards().len(), 2);
    world.card_of(BETA);
    world.next_day().await;
    assert_eq!(world.crm.cards().len(), 2, "as many as may be open");
    // A card that closes makes room in the same run.
    world.buys(ALFA, "1/A");
    world.next_day().await;
    assert_eq!(world.stage_of(ALFA), StageRole::Reactivated);
    assert_eq!(world.stage_of(GAMMA), StageRole::ToContact);
}

pub(crate) async fn cards_move_on_by_themselves<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    world.cycle(Reading::Whole).await;
    world.crm.passes(HOUR);
    // Alfa and Beta are called; Gamma gets a deal without a word.
    world.is_spoken_to(ALFA);
    world.is_spoken_to(BETA);
    world.crm.passes(HOUR);
    world.crm.person_opens_deal(&world.company(GAMMA), "sales");
    world.cycle(Reading::Changes).await;
    assert_eq!(world.stage_of(ALFA), StageRole::Contacted);
    assert_eq!(world.stage_of(BETA), StageRole::Contacted);
    let gamma = world.card_of(GAMMA);
    assert_eq!(
        (gamma.stage, gamma.reason.as_str()),
        (Some(StageRole::NoLongerCold), "It already has an open deal")
    );

    // A deal after the contact is what it was for; so is a purchase.
    world.crm.passes(HOUR);
    world.crm.person_opens_deal(&world.company(ALFA), "sales");
    world.next_day().await;
    assert_eq!(world.stage_of(ALFA), StageRole::Reactivated);
    world.buys(BETA, "77/2026");
    world.next_day().await;
    let beta = world.card_of(BETA);
    assert_eq!((beta.stage, beta.reactivated_by.as_str()), (Some(StageRole::Reactivated), "77/2026"));
    assert!(beta.reason.contains("invoice 77/2026"), "{}", beta.reason);
    world.crm.forget();
    world.cycle(Reading::Whole).await;
    assert!(world.crm.was_only_read(), "{:?}", world.crm.requests());
}

pub(crate) async fn a_contact_before_the_card_was_made_does_not_move_it<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    world.is_spoken_to(ALFA);
    world.crm.passes(HOUR);
    world.cycle(Reading::Whole).await;
    world.crm.passes(HOUR);
    world.cycle(Reading::Whole).await;
    assert_eq!(world.stage_of(ALFA), StageRole::ToContact);
    // On the same day, but after it.
    world.is_spoken_to(ALFA);
    world.cycle(Reading::Whole).await;
    assert_eq!(world.stage_of(ALFA), StageRole::Contacted);
}

pub(crate) async fn where_a_person_put_a_card_it_stays_until_a_purchase<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    world.cycle(Reading::Whole).await;
    world.crm.passes(HOUR);
    world.crm.person_puts_card(&world.card_of(ALFA).id, StageRole::Appointment);
    world.crm.person_puts_card(&world.card_of(BETA).id, StageRole::Contacted);
    world.cycle(Reading::Changes).await;
    world.edit(ALFA, Entry::Input(InputProperty::Potential), "lost");
    world.edit(BETA, Entry::Input(InputProperty::Category), "PA");
    world.policy.rules.cold.excluded_categories = ["PA".to_owned()].into();
    world.edit(GAMMA, Entry::Input(InputProperty::Potential), "lost");
    world.next_day().await;
    assert_eq!(world.stage_of(ALFA), StageRole::Appointment);
    assert_eq!(world.stage_of(BETA), StageRole::Contacted);
    assert_eq!(world.stage_of(GAMMA), StageRole::NoLongerCold, "nobody touched this one");
    world.buys(ALFA, "5");
    world.next_day().await;
    assert_eq!(world.stage_of(ALFA), StageRole::Reactivated);
    // A person may put it back: it is closed by nobody else, and not opened again.
    world.crm.person_puts_card(&world.card_of(BETA).id, StageRole::ToContact);
    world.is_spoken_to(BETA);
    world.next_day().await;
    world.next_day().await;
    assert_eq!(world.stage_of(BETA), StageRole::ToContact);
}

pub(crate) async fn a_company_whose_card_was_lost_rests<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    world.cycle(Reading::Whole).await;
    world.crm.passes(HOUR);
    world.crm.person_puts_card(&world.card_of(ALFA).id, StageRole::NotInterested);
    world.next_day().await;
    world.crm.passes(DAY * 170);
    world.cycle(Reading::Whole).await;
    assert_eq!(world.stage_of(ALFA), StageRole::NotInterested, "it rests");
    world.crm.passes(DAY * 12);
    world.cycle(Reading::Whole).await;
    assert_eq!(world.stage_of(ALFA), StageRole::ToContact, "a new one");
    assert_eq!(world.stage_of(DELTA), StageRole::ToContact, "cold by now");
    assert_eq!(world.crm.cards().len(), 5);
}

pub(crate) async fn cards_that_people_made_are_the_company_s_cards<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    let own = world.crm.person_makes_card(&world.company(ALFA), StageRole::ToContact);
    world.cycle(Reading::Whole).await;
    assert_eq!(world.crm.cards().len(), 3);
    assert_eq!(world.card_of(ALFA).id, own);
    world.crm.passes(HOUR);
    world.is_spoken_to(ALFA);
    world.next_day().await;
    assert_eq!(world.stage_of(ALFA), StageRole::ToContact, "a person put it there");
    world.buys(ALFA, "9");
    world.next_day().await;
    assert_eq!(world.stage_of(ALFA), StageRole::Reactivated);
    world.assert_one_open_card_each();
}

pub(crate) async fn of_two_cards_that_a_merge_brought_together_the_one_further_on_stays<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    world.cycle(Reading::Whole).await;
    world.crm.passes(HOUR);
    world.is_spoken_to(BETA);
    world.cycle(Reading::Changes).await;
    let (alfa, beta) = (world.card_of(ALFA).id, world.card_of(BETA).id);
    let winner = world.company(ALFA);
    world.crm.person_merges_with_cards(&winner, &world.company(BETA));
    world.next_day().await;
    let stage = |id: &str| world.crm.cards().into_iter().find(|card| card.id == id).unwrap();
    assert_eq!(stage(&beta).stage, Some(StageRole::Contacted));
    assert_eq!(stage(&alfa).stage, Some(StageRole::NoLongerCold));
    assert_eq!(stage(&alfa).reason, "Another card of the same company is further on");
    world.assert_one_open_card_each();
}

pub(crate) async fn a_card_that_a_person_deleted_is_not_made_again<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    world.cycle(Reading::Whole).await;
    world.crm.passes(HOUR);
    world.crm.person_deletes_card(&world.card_of(ALFA).id);
    world.next_day().await;
    assert_eq!(world.crm.cards().len(), 2);
    world.next_day().await;
    assert_eq!(world.crm.cards().len(), 2);
}

pub(crate) async fn what_got_no_answer_is_looked_up_and_made_once<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    world.budget = Duration::from_millis(50);
    world.crm.faults(|faults| faults.add(Fault::status(502).kind(V::CREATE).after_effect().times(2)));
    world.cycle(Reading::Whole).await;
    assert_eq!(world.crm.cards().len(), 3);
    world.assert_one_open_card_each();
    world.crm.faults(|faults| {
        assert_eq!(faults.hits(), 2.min(3_u64.div_ceil(V::PER_CALL as u64)), "the fault came");
    });
    world.crm.forget();
    world.cycle(Reading::Whole).await;
    assert!(world.crm.was_only_read(), "{:?}", world.crm.requests());
}

pub(crate) async fn an_undo_takes_new_cards_back_and_leaves_what_people_touched<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    let run = world.cycle(Reading::Whole).await.run.to_string();
    world.crm.passes(HOUR);
    world.crm.person_puts_card(&world.card_of(BETA).id, StageRole::Appointment);
    let store = world.store();
    let report =
        world.with_engine(&store, async |engine| engine.undo(&run, world.today, true).await).await.unwrap();
    drop(store);
    let left: Vec<_> = report.records_left.iter().map(|left| left.company.clone()).collect();
    assert_eq!(left, [world.company(BETA)]);
    assert_eq!(world.crm.cards().len(), 1);
    world.next_day().await;
    assert_eq!(world.crm.cards().len(), 1, "what was taken back is not made again");
}

pub(crate) async fn figures_are_written_although_a_stage_is_missing<V: CardVendor>() {
    let mut world = World::<V>::cold().await;
    let names = &mut world.policy.wake_up.as_mut().unwrap().names;
    names.stages.insert(StageRole::Appointment, "Somewhere else".to_owned());
    let store = world.store();
    let check = world.with_engine(&store, async |engine| engine.check().await).await;
    drop(store);
    let found = check.findings.iter().find(|finding| finding.place == "wake_up").unwrap();
    assert!(found.what.contains("Somewhere else"), "{}", found.what);
    let report = world.cycle(Reading::Whole).await;
    assert_eq!(report.applied.unwrap().applied, 4, "the figures of all");
    assert!(world.crm.cards().is_empty());
}

/// The size that the source reports: as few calls as the batches of HubSpot allow.
#[tokio::test]
async fn cards_for_1500_cold_customers_take_15_calls_and_two_to_look() {
    const COLD: usize = 1_500;
    let vat = |number: usize| format!("IT{:011}", 20_000 + number);
    let companies = (0..COLD).map(|number| Company {
        name: format!("Fredda {number}"),
        vat_number: vat(number),
        potential: "high".to_owned(),
        category: String::new(),
    });
    let account = Account { companies: companies.collect(), pipelines: vec!["sales"], ..Account::default() };
    let mut world = World::<HubSpot>::of(HubSpot::start(&account).await, Vec::new()).unguarded();
    world.policy.wake_up = Some(wake_up());
    world.policy.watched_pipelines = None;
    let rules = &mut world.policy.wake_up.as_mut().unwrap().rules;
    (rules.new_per_run, rules.open_at_most) = (2_000, 2_000);
    let bought = (world.day().date() - TimeDelta::days(300)).to_string();
    let books = (0..COLD).map(|number| invoice(&number.to_string(), &vat(number), &bought, "100.00"));
    *world.books.lock().unwrap() = books.collect();
    world.setup().await;
    world.crm.forget();

    // The dry run shows each card before it exists.
    world.today = world.day();
    let (as_of, today) = (world.today, world.today);
    let dry = Request { command: "plan", as_of, today, apply: false, ..request() };
    let plan = world.run(dry).await.unwrap().plan.id;
    assert_eq!(
        world.store().record_changes_after::<CardChange>(&plan, None, usize::MAX >> 1).unwrap().len(),
        COLD
    );
    assert!(world.crm.was_only_read() && world.crm.cards().is_empty());

    world.crm.forget();
    world.cycle(Reading::Whole).await;
    assert_eq!(world.crm.cards().len(), COLD);
    let calls = world.crm.stats().by_kind;
    println!("{calls:?}");
    assert_eq!(calls["batch_create"], 15, "{calls:?}");
    assert_eq!(calls["associations_read"], 2, "{calls:?}");
}
