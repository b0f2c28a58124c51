//! SIGKILL at random moments: nothing is lost, nothing is written twice. Over every CRM.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sirank::domain::ids::{CompanyId, OwnerId};
use sirank::domain::wake_up::StageRole;

use super::desk::{DeskOf, Ended, documents, few, ready_crm, ready_crm_with};
use crate::crm::tasks::TaskVendor;
use crate::crm::{Vendor, Written};
use crate::engine::wake_up::wake_up;

/// Where the random moments begin. Another number is another fifty.
pub(super) const SEED: u64 = 20_260_901;
const KILLS: usize = 50;
pub(super) const LATENCY_MS: u64 = 8;
const THREADS: usize = 2;

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    /// With its n-th request under way.
    Request(usize),
    /// With its n-th request of a kind under way.
    Kind(&'static str, usize),
}

impl Moment {
    /// Half of them somewhere, half of them at the calls that matter most.
    fn any<V: Vendor>(random: &mut fastrand::Rng, undisturbed: &Undisturbed) -> Self {
        match random.u8(0..4) {
            0 => Self::Kind(V::CALLS.write, random.usize(1..=few::<V>().div_ceil(V::COMPANIES_PER_WRITE))),
            1 => Self::Kind(V::CALLS.look_up, random.usize(1..=2)),
            _ => Self::Request(random.usize(1..=undisturbed.requests)),
        }
    }

    /// Whether it has come, for a process that began after so many requests.
    pub(super) fn has_come<V: Vendor>(self, crm: &V, before: usize) -> bool {
        let requests = crm.requests();
        let own = &requests[before..];
        match self {
            Self::Request(count) => own.len() >= count,
            Self::Kind(kind, count) => own.iter().filter(|request| request.kind == kind).count() >= count,
        }
    }
}

/// What a backfill that nobody kills leaves behind, and how many requests it takes.
struct Undisturbed {
    written: Written,
    requests: usize,
}

pub(super) async fn killed_at_50_random_moments_and_resumed_a_backfill_ends_as_without_kills<V: Vendor>() {
    let desk = DeskOf::<V>::of(few::<V>()).await;
    desk.run(&["backfill"]).exits(0);
    assert_eq!(desk.crm.companies_written().len(), few::<V>());
    let undisturbed = Undisturbed { written: desk.crm.written(), requests: desk.crm.requests().len() };

    // A runtime each: a chain blocks its thread while it waits for a process that its mocks have to answer.
    std::thread::scope(|scope| {
        for seed in (SEED..).take(THREADS) {
            let undisturbed = &undisturbed;
            scope.spawn(move || {
                let runtime =
                    tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build();
                runtime.unwrap().block_on(chain::<V>(seed, KILLS / THREADS, undisturbed));
            });
        }
    });
}

/// Backfills, one account after the other, until a number of them was killed.
async fn chain<V: Vendor>(seed: u64, kills: usize, undisturbed: &Undisturbed) {
    let mut random = fastrand::Rng::with_seed(seed);
    let ready = ready_crm::<V>(few::<V>()).await;
    let mut killed = 0;
    while killed < kills {
        let desk = DeskOf::beside(ready.twin().await, documents(250)).await;
        desk.crm.set_latency(Duration::from_millis(LATENCY_MS));
        let calls = random.choice([1, 2, 4]).unwrap();
        desk.file("more.toml", &V::calls_at_once(calls));
        println!("seed {seed}: a new account, {calls} calls at once");
        let arguments = ["--config", "more.toml", "backfill", "--resume"];
        loop {
            let before = desk.crm.requests().len();
            let moment = Moment::any::<V>(&mut random, undisturbed);
            let kill = killed < kills;
            match desk.run_and_kill(&arguments, |crm| kill && moment.has_come(crm, before)) {
                Ended::Killed => {
                    killed += 1;
                    println!("seed {seed}: kill {killed} at {moment:?}");
                }
                Ended::ByItself(told) => {
                    told.exits(0);
                    break;
                }
            }
        }
        assert_in_place(&desk, &undisturbed.written);
    }
}

/// The CRM holds what it should, every company was written once, and nothing is left to write.
#[track_caller]
fn assert_in_place<V: Vendor>(desk: &DeskOf<V>, expected: &Written) {
    assert_eq!(&desk.crm.written(), expected);
    assert_eq!(desk.crm.written_twice(), BTreeMap::new());
    assert_eq!(desk.crm.misplaced_writes(), Vec::<String>::new());

    desk.crm.forget();
    desk.delete_state();
    desk.run(&["backfill"]).exits(0);
    assert!(desk.crm.was_only_read(), "with the state deleted, everything is found in place");
}

pub(super) async fn killed_after_its_last_write_a_run_writes_nothing_again<V: Vendor>() {
    let desk = DeskOf::<V>::of(few::<V>()).await;
    desk.run(&["backfill"]).exits(0);
    desk.crm.forget();
    // As it is when the process was killed between the last answer and the record that the run has ended.
    let state = rusqlite::Connection::open(desk.path("state.sqlite3")).unwrap();
    state
        .execute("UPDATE runs SET ended = NULL, outcome = NULL, summary = NULL, phase = 'apply'", [])
        .unwrap();
    drop(state);
    desk.run(&["backfill", "--resume"]).exits(0);
    assert!(desk.crm.was_only_read());
}

pub(super) async fn killed_at_random_moments_and_asked_for_again_an_undo_ends_as_without_kills<V: Vendor>() {
    const MOST_KILLS: usize = 10;
    let desk = DeskOf::<V>::of(few::<V>()).await;
    desk.run(&["backfill"]).exits(0);
    let runs = desk.run(&["runs", "--format", "json"]).exits(0).json();
    let run = runs[0]["id"].as_str().unwrap().to_owned();
    desk.crm.forget();
    desk.crm.set_latency(Duration::from_millis(LATENCY_MS));
    let mut random = fastrand::Rng::with_seed(SEED);
    for kills in 0.. {
        let before = desk.crm.requests().len();
        let moment = Moment::Request(random.usize(1..=40));
        let kill = |crm: &V| kills < MOST_KILLS && moment.has_come(crm, before);
        if let Ended::ByItself(told) = desk.run_and_kill(&["undo", &run], kill) {
            told.exits(0);
            break;
        }
        println!("seed {SEED}: kill {kills} at {moment:?}");
    }
    assert_eq!(desk.crm.written(), Written::new());
    assert_eq!(desk.crm.written_twice(), BTreeMap::new());
    desk.run(&["backfill"]).exits(6).shows(&format!("run {run} was undone"));
}

const RECORD_KILLS: usize = 100;

/// What stands in the CRM, by key: ids are given anew each time.
#[derive(Debug, PartialEq)]
struct Made {
    cards: BTreeMap<String, (Option<CompanyId>, Option<StageRole>)>,
    tasks: BTreeMap<String, (Option<CompanyId>, Option<OwnerId>, bool)>,
}

impl Made {
    #[track_caller]
    fn of<V: TaskVendor>(crm: &V) -> Self {
        let (cards, tasks) = (crm.cards(), crm.tasks());
        let made = Self {
            cards: cards.iter().map(|card| (card.key.clone(), (card.company.clone(), card.stage))).collect(),
            tasks: tasks
                .iter()
                .map(|task| (task.key.to_string(), (task.company.clone(), task.owner.clone(), task.done)))
                .collect(),
        };
        assert_eq!(
            (made.cards.len(), made.tasks.len()),
            (cards.len(), tasks.len()),
            "a key twice: {cards:?} {tasks:?}"
        );
        made
    }
}

pub(super) async fn killed_at_100_random_moments_every_company_has_one_card_or_task<V: TaskVendor>() {
    const SWITCHED_ON: &str = "[wake_up]\nenabled = true\nopen_at_most = 10\nnew_per_run = 10\n\
        [tasks]\ncontacts = true\ncontacts_per_owner = 1000\ncontacts_open_per_owner = 1000\ncontacts_per_run = 1000\n\
        [contact.months]\nA = 1\nB = 1\nC = 1\nD = 1\nE = 1\n";
    let ready = ready_crm_with::<V>(few::<V>(), Some(wake_up())).await;
    let undisturbed = DeskOf::beside(ready.twin().await, documents(250)).await;
    undisturbed.file("records.toml", SWITCHED_ON);
    undisturbed.run(&["--config", "records.toml", "backfill"]).exits(0);
    let (expected, requests) = (Made::of(&undisturbed.crm), undisturbed.crm.requests().len());
    assert!(expected.cards.len() > 3 && expected.tasks.len() > 3, "{expected:?}");
    let carded: BTreeSet<_> = expected.cards.values().map(|(company, _)| company).collect();
    assert!(expected.tasks.values().all(|(company, ..)| !carded.contains(company)), "{expected:?}");

    let mut random = fastrand::Rng::with_seed(SEED);
    let mut killed = 0;
    while killed < RECORD_KILLS {
        let desk = DeskOf::beside(ready.twin().await, documents(250)).await;
        desk.crm.set_latency(Duration::from_millis(LATENCY_MS));
        desk.file("records.toml", SWITCHED_ON);
        loop {
            let before = desk.crm.requests().len();
            let calls = |records: usize| 1..=records.div_ceil(V::PER_CALL);
            let moment = match random.u8(0..4) {
                0 => Moment::Kind(V::CREATE, random.usize(calls(expected.cards.len()))),
                1 => Moment::Kind(V::CREATE_TASKS, random.usize(calls(expected.tasks.len()))),
                _ => Moment::Request(random.usize(1..=requests)),
            };
            let kill = killed < RECORD_KILLS;
            let arguments = ["--config", "records.toml", "backfill", "--resume"];
            match desk.run_and_kill(&arguments, |crm| kill && moment.has_come(crm, before)) {
                Ended::Killed => {
                    killed += 1;
                    println!("seed {SEED}: kill {killed} at {moment:?}");
                }
                Ended::ByItself(told) => {
                    told.exits(0);
                    break;
                }
            }
        }
        assert_eq!(Made::of(&desk.crm), expected);
        desk.crm.forget();
        desk.delete_state();
        desk.run(&["--config", "records.toml", "backfill"]).exits(0);
        assert!(desk.crm.was_only_read(), "with the state deleted, every card and task is found in place");
    }
}
