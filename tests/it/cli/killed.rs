//! SIGKILL at random moments: nothing is lost, nothing is written twice.

use sirank_mocks::hubspot::Kind;
use sirank_mocks::seed;

use super::desk::{Desk, Ended, documents, portal_with_properties};

/// Where the random moments begin. Another number is another fifty.
const SEED: u64 = 20_260_901;
const KILLS: usize = 50;
const LATENCY_MS: u64 = 8;
const THREADS: usize = 2;

/// When a process is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// With its n-th request under way.
    Request(usize),
    /// With its n-th request of a kind under way.
    Kind(&'static str, usize),
}

fn moment(random: &mut fastrand::Rng) -> Moment {
    match random.u8(0..4) {
        0 => Moment::Kind("batch_update", random.usize(1..=4)),
        1 => Moment::Kind("batch_read", random.usize(1..=2)),
        _ => Moment::Request(random.usize(1..=24)),
    }
}

fn has_come(hub: &sirank_mocks::hubspot::HubSpot, before: usize, moment: Moment) -> bool {
    let requests = hub.requests();
    let own = &requests[before..];
    match moment {
        Moment::Request(count) => own.len() >= count,
        Moment::Kind(kind, count) => own.iter().filter(|request| request.kind == kind).count() >= count,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_50_random_moments_and_resumed_a_backfill_ends_as_without_kills() {
    let undisturbed = Desk::small().await;
    undisturbed.run(&["backfill"]).exits(0);
    let expected = undisturbed.written_values();
    assert_eq!(undisturbed.hub.writes().all().len(), 301);

    // A runtime each: a chain blocks its thread while it waits for a process that its mocks have to answer.
    std::thread::scope(|scope| {
        for seed in (SEED..).take(THREADS) {
            let expected = &expected;
            scope.spawn(move || {
                let runtime =
                    tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build();
                runtime.unwrap().block_on(chain(seed, KILLS / THREADS, expected));
            });
        }
    });
}

/// Backfills, one portal after the other, until a number of them was killed.
async fn chain(seed: u64, kills: usize, expected: &[(u64, String, String)]) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut killed = 0;
    while killed < kills {
        let desk = Desk::small().await;
        desk.hub.set_latency(std::time::Duration::from_millis(LATENCY_MS));
        let concurrency = random.choice([1, 2, 4]).unwrap();
        desk.file("more.toml", &format!("[hubspot]\nconcurrency = {concurrency}\n"));
        println!("seed {seed}: a new portal, {concurrency} calls at once");
        let arguments = ["--config", "more.toml", "backfill", "--resume"];
        loop {
            let before = desk.hub.requests().len();
            let moment = moment(&mut random);
            let kill = killed < kills;
            match desk.run_and_kill(&arguments, |hub| kill && has_come(hub, before, moment)) {
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
        assert_in_place(&desk, expected);
    }
}

/// The portal holds what it should, every company was written once, and nothing is left to write.
#[track_caller]
fn assert_in_place(desk: &Desk, expected: &[(u64, String, String)]) {
    assert_eq!(desk.written_values(), expected);
    let writes = desk.hub.writes();
    assert_eq!(writes.written_twice("companies"), std::collections::BTreeMap::new());
    assert!(writes.all().iter().all(|write| !write.changed.is_empty()), "a write that changed nothing");

    desk.hub.forget();
    std::fs::remove_file(desk.path("state.sqlite3")).unwrap();
    for companion in ["state.sqlite3-wal", "state.sqlite3-shm"] {
        // SQLite removes them itself where the last process ended by itself.
        let _ = std::fs::remove_file(desk.path(companion));
    }
    desk.run(&["backfill"]).exits(0);
    assert_eq!(desk.hub.writes().all().len(), 0, "with the state deleted, everything is found in place");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setup_that_was_killed_is_finished_by_the_next() {
    let names = |desk: &Desk| -> Vec<String> {
        desk.hub.portal(|portal| {
            portal.space(Kind::Company).schema.properties.keys().map(ToString::to_string).collect()
        })
    };
    let expected = Desk::with(portal_with_properties().await, documents(0)).await;
    let mut random = fastrand::Rng::with_seed(SEED);
    let desk = Desk::with(seed::cluster301().unwrap(), documents(0)).await;
    desk.hub.set_latency(std::time::Duration::from_millis(LATENCY_MS));
    for _ in 0..6 {
        let before = desk.hub.requests().len();
        let moment = Moment::Request(random.usize(1..=14));
        println!("seed {SEED}: {moment:?}");
        desk.run_and_kill(&["setup"], |hub| has_come(hub, before, moment));
    }
    desk.run(&["setup"]).exits(0);
    assert_eq!(names(&desk), names(&expected));
    desk.run(&["setup"]).exits(0).shows("25 properties in place already");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_its_last_write_a_run_writes_nothing_again() {
    let desk = Desk::small().await;
    desk.run(&["backfill"]).exits(0);
    let before = desk.hub.writes().all().len();
    // As it is when the process was killed between the last answer and the record that the run has ended.
    let state = rusqlite::Connection::open(desk.path("state.sqlite3")).unwrap();
    state
        .execute("UPDATE runs SET ended = NULL, outcome = NULL, summary = NULL, phase = 'apply'", [])
        .unwrap();
    drop(state);
    desk.run(&["backfill", "--resume"]).exits(0);
    assert_eq!(desk.hub.writes().all().len(), before);
}
