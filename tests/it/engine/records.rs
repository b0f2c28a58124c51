//! What holds for cards and tasks beside the behaviours that run over every CRM: one is enough to show it.

use std::time::Duration;

use sirank::domain::ids::CompanyId;
use sirank::domain::tasks::TaskRules;
use sirank::domain::wake_up::StageRole;
use sirank::engine::{Reading, Request, RunReport};
use sirank_mocks::hubspot::{HubSpot, Kind, Need, Rule};

use super::wake_up::{ALFA, BETA, DELTA, HOUR};
use super::world::{World, request};
use crate::crm::Vendor;
use crate::crm::cards::CardVendor;
use crate::crm::tasks::TaskVendor;
use crate::hubspot_support::number;

type Portal = World<HubSpot>;

impl Portal {
    /// Somebody adds a company to a card.
    fn shares(&self, card: &str, with: &CompanyId) {
        let card = (Kind::Deal, card.parse().unwrap());
        self.crm.change(|portal| portal.associate(card, (Kind::Company, number(with))));
    }

    async fn plans(&mut self) -> RunReport {
        self.today = self.day();
        let (as_of, today) = (self.today, self.today);
        self.run(Request { command: "plan", as_of, today, apply: false, ..request() }).await.unwrap()
    }
}

#[tokio::test]
async fn a_card_of_two_companies_is_the_card_of_both() {
    let mut world = Portal::cold().await;
    world.policy.wake_up.as_mut().unwrap().rules.new_per_run = 1;
    world.cycle(Reading::Whole).await;
    world.shares(&world.card_of(ALFA).id, &world.company(BETA));
    world.next_day().await;
    assert_eq!(world.crm.cards().len(), 2, "Gamma has its turn, Beta has a card");
    let report = world.next_day().await;
    assert_eq!(report.plan.summary.pointer("/cards/created").unwrap(), 0);
    assert!(world.cycle(Reading::Changes).await.nothing_new, "nothing is tried again and again");
}

#[tokio::test]
async fn a_company_that_shares_a_card_gets_no_contact_task() {
    let (mut world, _) = Portal::overdue().await;
    world.policy.wake_up = Some(super::wake_up::wake_up());
    world.policy.tasks.contacts = false;
    world.policy.wake_up.as_mut().unwrap().rules.open_at_most = 1;
    world.setup().await;
    world.cycle(Reading::Whole).await;
    let cards = world.crm.cards();
    let [card] = cards.as_slice() else { panic!("{cards:?}") };
    world.shares(&card.id, &world.company(DELTA));
    world.policy.tasks.contacts = true;
    world.next_day().await;
    assert_eq!(world.open_task_of(DELTA), None);
    assert_eq!(world.open_tasks(), 2);
}

#[tokio::test]
async fn a_refused_move_waits_for_a_day() {
    let mut world = Portal::cold().await;
    world.cycle(Reading::Whole).await;
    let contacted = world.crm.portal(|portal| {
        let board = portal.pipelines.iter().find(|pipeline| pipeline.label == "Wake Up").unwrap();
        board.stages.iter().find(|stage| stage.label == "Contacted").unwrap().id.clone()
    });
    let need = Need::When { property: "dealstage".to_owned(), value: contacted };
    let rule = Rule { kind: Kind::Deal, property: "hubspot_owner_id".to_owned(), need };
    world.crm.change(|portal| portal.rules.push(rule));
    world.crm.passes(HOUR);
    world.is_spoken_to(ALFA);
    let refused = world.cycle(Reading::Changes).await.applied.unwrap().cards.refused;
    assert_eq!(refused, 1);
    let store = world.store();
    let check = world.with_engine(&store, async |engine| engine.check().await).await;
    drop(store);
    let finding = check.findings.iter().find(|finding| finding.place == "cards").unwrap();
    assert!(finding.what.contains("hubspot_owner_id"), "{}", finding.what);
    world.crm.forget();
    world.crm.passes(HOUR);
    world.cycle(Reading::Changes).await;
    assert!(world.crm.was_only_read(), "{:?}", world.crm.requests());
}

#[tokio::test]
async fn what_a_deal_is_called_is_no_marker() {
    let (mut world, owner) = Portal::with_owners().await;
    world.policy.tasks = TaskRules { feedback: true, ..TaskRules::default() };
    let deal = world.crm.person_wins_deal(&world.company(DELTA), Some(&owner));
    let name = "[[sirank sirank contact:1@2026-01-01] x";
    assert!(HubSpot::person_edits(&world.crm, Kind::Deal, deal.parse().unwrap(), &[("dealname", name)]));
    for _ in 0..3 {
        world.next_day().await;
    }
    let keys: Vec<_> = world.crm.tasks().iter().map(|task| task.key.to_string()).collect();
    assert_eq!(keys, [format!("feedback:{deal}")]);
}

#[tokio::test]
async fn tasks_that_are_switched_off_are_not_made_from_an_older_plan() {
    let (mut world, _) = Portal::overdue().await;
    let plan = world.plans().await.plan.id.to_string();
    world.policy.tasks.contacts = false;
    world.apply(&plan).await.unwrap();
    assert_eq!(world.crm.tasks(), []);
}

#[tokio::test]
async fn an_undo_leaves_a_card_that_somebody_moved_where_the_plan_would() {
    let mut world = Portal::cold().await;
    world.cycle(Reading::Whole).await;
    world.crm.passes(HOUR);
    world.is_spoken_to(ALFA);
    let plan = world.plans().await.plan.id.to_string();
    world.crm.person_puts_card(&world.card_of(ALFA).id, StageRole::Contacted);
    let run = world.apply(&plan).await.unwrap().run.to_string();
    let store = world.store();
    let today = world.today;
    let undone = world.with_engine(&store, async |engine| engine.undo(&run, today, true).await).await;
    drop(store);
    undone.unwrap();
    assert_eq!(world.stage_of(ALFA), StageRole::Contacted, "nobody asked to take this back");
}

#[tokio::test]
async fn an_approval_on_a_later_day_makes_no_cards_of_the_day_before() {
    let mut world = Portal::cold().await;
    let plan = world.plans().await.plan.id.to_string();
    world.crm.passes(Duration::from_hours(24));
    world.today = world.day();
    let report = world.apply(&plan).await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 4, "the figures that were approved");
    assert_eq!(world.crm.cards(), []);
    world.cycle(Reading::Whole).await;
    assert_eq!(world.crm.cards().len(), 3, "decided anew");
}
