//! Tasks: what becomes one, when it ends, and that none is ever made twice. What is held against the rules is what stands
//! in the CRM.

use std::collections::BTreeMap;
use std::time::Duration;

use sirank::domain::cluster::Cluster;
use sirank::domain::ids::{CompanyId, OwnerId};
use sirank::domain::tasks::{TaskKind, TaskRules};
use sirank::domain::wake_up::StageRole;
use sirank::engine::{Explained, Reading, RunReport};
use sirank_mocks::faults::Fault;
use sirank_mocks::hubspot::{HubSpot, Token};

use super::wake_up::{ALFA, BETA, DAY, DELTA, GAMMA, HOUR};
use super::world::World;
use crate::crm::tasks::{SeenTask, TaskVendor};
use crate::hubspot_support::TOKEN;

const EVERYBODY: [&str; 4] = [ALFA, BETA, GAMMA, DELTA];

impl<V: TaskVendor> World<V> {
    /// The cold customers and the active one, each with an active owner, and no cards.
    pub(super) async fn with_owners() -> (Self, OwnerId) {
        let mut world = Self::cold().await;
        world.policy.wake_up = None;
        world.policy.rules.contact_months = Cluster::ALL.into_iter().map(|cluster| (cluster, 3)).collect();
        let owner = world.crm.user(true);
        for vat_number in EVERYBODY {
            world.crm.person_assigns(&world.company(vat_number), Some(&owner));
        }
        (world, owner)
    }

    /// The same a hundred days on, with contact tasks: everybody's contact is overdue.
    pub(super) async fn overdue() -> (Self, OwnerId) {
        let (mut world, owner) = Self::with_owners().await;
        world.policy.tasks = TaskRules { contacts: true, ..TaskRules::default() };
        world.crm.passes(DAY * 100);
        (world, owner)
    }

    fn tasks_of(&self, vat_number: &str) -> Vec<SeenTask> {
        let company = self.company(vat_number);
        self.crm.tasks().into_iter().filter(|task| task.company.as_ref() == Some(&company)).collect()
    }

    pub(super) fn open_task_of(&self, vat_number: &str) -> Option<SeenTask> {
        let open: Vec<_> = self.tasks_of(vat_number).into_iter().filter(|task| !task.done).collect();
        assert!(open.len() < 2, "{open:?}");
        open.into_iter().next()
    }

    pub(super) fn open_tasks(&self) -> usize {
        self.crm.tasks().iter().filter(|task| !task.done).count()
    }

    /// Never two open contact tasks of one company, nor one beside another task.
    #[track_caller]
    fn assert_one_open_task_each(&self) {
        let mut open: BTreeMap<Option<CompanyId>, Vec<SeenTask>> = BTreeMap::new();
        for task in self.crm.tasks().into_iter().filter(|task| !task.done) {
            open.entry(task.company.clone()).or_default().push(task);
        }
        let twice: Vec<_> = open.values().filter(|tasks| tasks.len() > 1).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    async fn writes_nothing(&mut self, reading: Reading) {
        self.crm.forget();
        self.cycle(reading).await;
        assert!(self.crm.was_only_read(), "{:?}", self.crm.requests());
    }

    fn why(&self, vat_number: &str) -> String {
        let explained =
            Explained::of(&self.store(), &self.policy, self.today, &self.company(vat_number)).unwrap();
        explained.unwrap().tasks.unwrap().why.unwrap()
    }
}

fn counted(report: &RunReport, pointer: &str) -> u64 {
    report.plan.summary.pointer(pointer).and_then(serde_json::Value::as_u64).unwrap()
}

pub(crate) async fn an_appointment_becomes_one_task_of_the_company_s_owner<V: TaskVendor>() {
    let mut world = World::<V>::cold().await;
    let owner = world.crm.user(true);
    world.crm.person_assigns(&world.company(ALFA), Some(&owner));
    world.crm.person_assigns(&world.company(BETA), None);
    world.cycle(Reading::Whole).await;
    assert_eq!(world.crm.tasks(), [], "nobody has an appointment");
    world.crm.passes(HOUR);
    world.crm.person_puts_card(&world.card_of(ALFA).id, StageRole::Appointment);
    world.crm.person_puts_card(&world.card_of(BETA).id, StageRole::Appointment);
    let report = world.cycle(Reading::Changes).await;
    let tasks = world.crm.tasks();
    let [task] = tasks.as_slice() else { panic!("{tasks:?}") };
    assert_eq!(task.key.kind(), TaskKind::Appointment);
    assert_eq!((task.company.clone(), task.owner.clone()), (Some(world.company(ALFA)), Some(owner)));
    assert_eq!((task.done, task.subject.as_str()), (false, "Appointment with Alfa Esempio"));
    assert_eq!(task.due, world.today.plus_days(3).to_string());
    for line in ["Last purchase", "SiRank", "Cluster", "9,000.00"] {
        assert!(task.text.contains(line), "{}", task.text);
    }
    assert_eq!(counted(&report, "/tasks/without_owner"), 1, "Beta has nobody");

    // Once: also when it was ticked off, also when the state is lost.
    world.writes_nothing(Reading::Whole).await;
    world.crm.person_ticks(&task.id, true);
    world.next_day().await;
    world.delete_state();
    world.writes_nothing(Reading::Whole).await;
    world.writes_nothing(Reading::Changes).await;
    assert_eq!(world.crm.tasks().len(), 1);
}

pub(crate) async fn a_won_deal_asks_its_owner_for_feedback_once<V: TaskVendor>() {
    let (mut world, owner) = World::<V>::with_owners().await;
    world.policy.tasks = TaskRules { feedback: true, ..TaskRules::default() };
    let gone = world.crm.user(false);
    let deal = world.crm.person_wins_deal(&world.company(DELTA), Some(&owner));
    let of_one_who_left = world.crm.person_wins_deal(&world.company(ALFA), Some(&gone));
    world.cycle(Reading::Whole).await;
    let keys: Vec<_> = world.crm.tasks().iter().map(|task| task.key.to_string()).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    for key in [format!("feedback:{deal}"), format!("feedback:{of_one_who_left}")] {
        assert!(keys.contains(&key), "{keys:?}");
    }
    for task in world.crm.tasks() {
        assert_eq!(task.owner.as_ref(), Some(&owner), "the company's owner in place of one who left");
        assert_eq!(task.due, world.today.plus_days(7).to_string());
    }
    assert_eq!(world.tasks_of(DELTA)[0].subject, "Ask Delta Esempio for feedback");

    world.writes_nothing(Reading::Changes).await;
    world.crm.person_ticks(&world.tasks_of(DELTA)[0].id, true);
    world.crm.person_deletes_task(&world.tasks_of(ALFA)[0].id);
    world.next_day().await;
    assert_eq!(world.crm.tasks().len(), 1, "what somebody did, or deleted, is not asked for again");
    world.crm.passes(DAY * 20);
    world.delete_state();
    world.cycle(Reading::Whole).await;
    assert_eq!(world.crm.tasks().len(), 1, "nobody asks about a deal that was won long ago");
}

pub(crate) async fn an_overdue_contact_becomes_one_task_that_ends_with_the_contact<V: TaskVendor>() {
    let (mut world, owner) = World::<V>::overdue().await;
    let report = world.cycle(Reading::Whole).await;
    assert_eq!(report.applied.unwrap().tasks.applied, 4);
    for vat_number in EVERYBODY {
        let task = world.open_task_of(vat_number).unwrap();
        let key = format!("contact:{}@{}", world.company(vat_number), world.today);
        assert_eq!((task.key.to_string(), task.owner.as_ref()), (key, Some(&owner)));
        assert!(task.text.contains("every 3 months"), "{}", task.text);
        assert!(world.why(vat_number).starts_with("Its contact is overdue:"), "{}", world.why(vat_number));
    }
    world.writes_nothing(Reading::Whole).await;
    world.writes_nothing(Reading::Changes).await;

    // Making a task, or doing it, is no contact; a call is one.
    world.crm.passes(HOUR);
    let own = world.crm.person_makes_task(&world.company(BETA), "Chiamare");
    world.crm.person_ticks(&own, true);
    world.is_spoken_to(ALFA);
    world.cycle(Reading::Changes).await;
    assert_eq!(world.open_task_of(ALFA), None);
    assert!(world.tasks_of(ALFA)[0].done);
    assert!(world.open_task_of(BETA).is_some());
    assert!(world.why(ALFA).starts_with("Its contact is not overdue:"), "{}", world.why(ALFA));
    world.writes_nothing(Reading::Whole).await;

    // Three months later it is overdue again.
    world.crm.passes(DAY * 100);
    world.cycle(Reading::Whole).await;
    assert!(world.open_task_of(ALFA).is_some());
    world.assert_one_open_task_each();
}

pub(crate) async fn who_ticks_a_task_off_is_left_alone_for_a_month<V: TaskVendor>() {
    let (mut world, _) = World::<V>::overdue().await;
    world.cycle(Reading::Whole).await;
    world.crm.passes(HOUR);
    world.crm.person_ticks(&world.open_task_of(ALFA).unwrap().id, true);
    world.crm.person_deletes_task(&world.open_task_of(BETA).unwrap().id);
    for _ in 0..2 {
        world.next_day().await;
        assert_eq!((world.open_task_of(ALFA), world.open_task_of(BETA)), (None, None));
    }
    assert!(world.why(ALFA).contains("it rests until"), "{}", world.why(ALFA));
    world.crm.passes(DAY * 30);
    world.cycle(Reading::Whole).await;
    assert!(world.open_task_of(ALFA).is_some() && world.open_task_of(BETA).is_some());
    world.assert_one_open_task_each();
}

pub(crate) async fn a_company_with_a_card_has_no_contact_task<V: TaskVendor>() {
    let (mut world, _) = World::<V>::overdue().await;
    world.cycle(Reading::Whole).await;
    assert_eq!(world.open_tasks(), 4);
    world.policy.wake_up = Some(super::wake_up::wake_up());
    world.setup().await;
    world.next_day().await;
    assert_eq!(world.crm.cards().len(), 3, "Delta bought less than half a year ago");
    assert_eq!(world.open_tasks(), 1);
    assert!(world.open_task_of(DELTA).is_some());
    assert!(world.why(ALFA).contains("open card"), "{}", world.why(ALFA));
    world.writes_nothing(Reading::Whole).await;
}

pub(crate) async fn tasks_are_as_many_as_the_limits_allow<V: TaskVendor>() {
    let (mut world, _) = World::<V>::overdue().await;
    (world.policy.tasks.per_owner, world.policy.tasks.open_per_owner) = (2, 3);
    let report = world.cycle(Reading::Whole).await;
    assert_eq!((world.open_tasks(), counted(&report, "/tasks/waiting")), (2, 2));
    let report = world.next_day().await;
    assert_eq!((world.open_tasks(), counted(&report, "/tasks/waiting")), (3, 1));
    let waiting = EVERYBODY.into_iter().find(|vat| world.open_task_of(vat).is_none()).unwrap();
    assert!(world.why(waiting).contains("waits for its turn"), "{}", world.why(waiting));
    world.writes_nothing(Reading::Whole).await;
    world.policy.tasks.open_per_owner = 10;
    world.policy.tasks.per_run = 0;
    world.next_day().await;
    assert_eq!(world.open_tasks(), 3);
}

pub(crate) async fn a_company_without_an_owner_is_assigned_first<V: TaskVendor>() {
    let (mut world, first) = World::<V>::overdue().await;
    let gone = world.crm.user(false);
    world.crm.person_assigns(&world.company(ALFA), None);
    world.crm.person_assigns(&world.company(BETA), Some(&gone));
    world.cycle(Reading::Whole).await;
    assert_eq!((world.open_task_of(ALFA), world.open_task_of(BETA)), (None, None));
    assert_eq!(world.open_tasks(), 2);

    // Somebody takes it over; and what changes hands changes hands in the tasks too.
    world.crm.passes(HOUR);
    world.crm.person_assigns(&world.company(ALFA), Some(&first));
    world.crm.person_assigns(&world.company(GAMMA), None);
    world.next_day().await;
    assert_eq!(world.open_task_of(ALFA).unwrap().owner, Some(first));
    assert_eq!(world.open_task_of(GAMMA), None, "nobody's any more");
    world.writes_nothing(Reading::Whole).await;
}

pub(crate) async fn a_task_without_an_answer_is_looked_up_and_made_once<V: TaskVendor>() {
    let (mut world, _) = World::<V>::overdue().await;
    world.budget = Duration::from_millis(50);
    world.crm.faults(|faults| faults.add(Fault::status(502).kind(V::CREATE_TASKS).after_effect().times(1)));
    world.cycle(Reading::Whole).await;
    world.crm.faults(|faults| assert_eq!(faults.hits(), 1, "the fault came"));
    assert_eq!((world.crm.tasks().len(), world.open_tasks()), (4, 4));
    world.writes_nothing(Reading::Whole).await;
}

pub(crate) async fn a_lost_state_makes_no_second_task_and_still_ends_the_first<V: TaskVendor>() {
    let (mut world, _) = World::<V>::overdue().await;
    world.cycle(Reading::Whole).await;
    world.delete_state();
    world.writes_nothing(Reading::Whole).await;
    world.delete_state();
    world.crm.passes(HOUR);
    world.is_spoken_to(ALFA);
    world.next_day().await;
    assert_eq!(world.open_task_of(ALFA), None, "found by its marker, and ticked off");
    assert_eq!(world.open_tasks(), 3);
}

pub(crate) async fn an_undo_takes_new_tasks_back_and_opens_ended_ones<V: TaskVendor>() {
    let (mut world, _) = World::<V>::overdue().await;
    let made = world.cycle(Reading::Whole).await.run.to_string();
    world.crm.passes(HOUR);
    world.crm.person_ticks(&world.open_task_of(BETA).unwrap().id, true);
    world.is_spoken_to(ALFA);
    let ended = world.next_day().await.run.to_string();
    assert_eq!(world.open_task_of(ALFA), None);

    let store = world.store();
    let undo = async |run: &str| {
        world.with_engine(&store, async |engine| engine.undo(run, world.today, true).await).await.unwrap()
    };
    undo(&ended).await;
    assert!(world.open_task_of(ALFA).is_some(), "opened again");
    let report = undo(&made).await;
    drop(store);
    let left: Vec<_> = report.records_left.iter().map(|left| left.company.clone()).collect();
    assert_eq!(left, [world.company(BETA)], "somebody did this one");
    assert_eq!(world.crm.tasks().len(), 1);
    world.policy.guards.max_clear_share = 1.into();
    world.next_day().await;
    assert_eq!(world.crm.tasks().len(), 1, "what was taken back is not made again");
}

pub(crate) async fn kinds_of_tasks_do_not_stand_beside_a_contact_task<V: TaskVendor>() {
    let (mut world, owner) = World::<V>::overdue().await;
    world.policy.tasks.feedback = true;
    world.cycle(Reading::Whole).await;
    world.crm.person_wins_deal(&world.company(DELTA), Some(&owner));
    world.next_day().await;
    let task = world.open_task_of(DELTA).unwrap();
    assert_eq!(task.key.kind(), TaskKind::Feedback, "it takes the place of the other");
    world.assert_one_open_task_each();
    world.crm.person_ticks(&task.id, true);
    world.next_day().await;
    assert_eq!(world.open_task_of(DELTA).unwrap().key.kind(), TaskKind::Contact, "still overdue");
}

/// The key was made before there were tasks.
#[tokio::test]
async fn figures_are_written_although_tasks_may_not_be_read() {
    let (mut world, _) = World::<HubSpot>::overdue().await;
    let held = sirank::connectors::hubspot::scopes(true, false);
    world.crm.set_token(TOKEN, Token::scoped(held));
    let report = world.cycle(Reading::Whole).await;
    assert_eq!(report.applied.unwrap().applied, 4, "the figures of all");
    assert_eq!(world.crm.tasks(), []);
    let store = world.store();
    let check = world.with_engine(&store, async |engine| engine.check().await).await;
    drop(store);
    let found = check.findings.iter().find(|finding| finding.place == "tasks").unwrap();
    assert!(found.what.contains("crm.objects.contacts"), "{}", found.what);
    assert!(check.passed(), "a run is possible");

    world.crm.set_token(TOKEN, Token::scoped(sirank::connectors::hubspot::scopes(true, true)));
    world.cycle(Reading::Whole).await;
    assert_eq!(world.open_tasks(), 4);
}
