//! How long the journal is kept.

use chrono::TimeDelta;

use super::super::{Pruned, Retention};
use super::*;
use crate::domain::plan::Objection;

const DAY: i64 = 86_400;
const KEEP: Retention = Retention { days: 400, mib: 1024 };

/// A run that ended, with a plan of so many changes that were applied.
fn run(store: &Store, number: u32, day: i64, changes: u32) -> PlanId {
    runs(store, [(number, day, changes)]);
    ids(number).0
}

/// Runs by number, day and changes: in one transaction, since tests wait for no disk.
fn runs(store: &Store, runs: impl IntoIterator<Item = (u32, i64, u32)>) {
    store
        .write(|transaction| {
            for (number, day, changes) in runs {
                let ((plan, run), when) = (ids(number), crate::clock::stamp(at(day * DAY)));
                transaction.execute(
                    "INSERT INTO runs (id, command, as_of, started, ended, phase, outcome)
                     VALUES (?1, 'run', '2026-11-22', ?2, ?2, 'done', 'done')",
                    (run.as_str(), &when),
                )?;
                transaction.execute(
                    "INSERT INTO plans (id, run, as_of, created, state, whole, summary, objections)
                     VALUES (?1, ?2, '2026-11-22', ?3, 'applied', 1, 'null', '[]')",
                    (plan.as_str(), run.as_str(), &when),
                )?;
                let mut bytes = 0;
                for seq in 0..changes {
                    let text = serde_json::to_string(&change(seq)).unwrap();
                    bytes += text.len() + 200;
                    transaction
                        .prepare_cached(
                            "INSERT INTO changes (plan, seq, company, change, state, attempts, sent, settled)
                             VALUES (?1, ?2, ?3, ?4, 2, 1, ?5, ?5)",
                        )?
                        .execute((plan.as_str(), seq, seq.to_string(), text, &when))?;
                }
                transaction.execute("UPDATE plans SET bytes = ?2 WHERE id = ?1", (plan.as_str(), bytes))?;
            }
            Ok(())
        })
        .unwrap();
}

/// How large the state is, all of it in its own file.
fn size(place: &Place, store: &Store) -> u64 {
    store.read(|connection| connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")).unwrap();
    std::fs::metadata(place.path()).unwrap().len()
}

fn ids(number: u32) -> (PlanId, RunId) {
    (PlanId::new(format!("p{number:06}")), RunId::new(format!("r{number:06}")))
}

fn is_kept(store: &Store, plan: &PlanId) -> bool {
    store.plan(plan.as_str()).unwrap().is_some()
}

#[test]
fn of_2000_runs_the_quiet_ones_are_thinned_and_every_run_that_wrote_is_kept() {
    let place = Place::new();
    let store = place.open();
    // One run in ten writes.
    runs(&store, (0..2_000).map(|number| (number, i64::from(number) / 300, u32::from(number % 10 == 0))));
    let plans: Vec<_> = (0..2_000).map(|number| ids(number).0).collect();
    let pruned = store.prune(KEEP, at(7 * DAY)).unwrap();
    // Of 1,800 quiet ones the newest 1,000 stay, and the very last run in any case.
    assert_eq!((pruned.runs, pruned.plans, pruned.changes), (799, 799, 0));
    let kept = store.runs(5_000).unwrap();
    assert_eq!(kept.len(), 1_201);
    for (number, plan) in plans.iter().enumerate() {
        let newest_quiet = number >= 888;
        assert_eq!(is_kept(&store, plan), number % 10 == 0 || newest_quiet, "{number}");
    }
    assert_eq!(store.prune(KEEP, at(7 * DAY)).unwrap(), Pruned::default(), "twice changes nothing");
}

#[test]
fn what_is_too_old_goes_and_what_is_needed_stays() {
    let place = Place::new();
    let store = place.open();
    runs(&store, (0..30).map(|number| (number, i64::from(number), 3)));
    // One that was not settled, a refused write, and a plan that waits: all of them as old as can be.
    let sending = run(&store, 101, 0, 1);
    store
        .write(|transaction| {
            transaction.execute("UPDATE changes SET state = 1 WHERE plan = ?1", [sending.as_str()])
        })
        .unwrap();
    let refused = run(&store, 102, 0, 1);
    let stored = store.changes_after(&refused, None, 1).unwrap();
    let refusal = Some(("RULE".to_owned(), "no".to_owned()));
    let settlement = Settlement { change: &stored[0], state: ChangeState::Refused, refusal };
    store.settle(&refused, &[settlement], at(0)).unwrap();
    let (held, held_run) = ids(103);
    let day = "2026-11-22".parse().unwrap();
    store.start_run(&held_run, "run", day, at(0)).unwrap();
    store.begin_plan(&held, &held_run, day, true, at(0)).unwrap();
    store.add_changes(&held, 0, &[change(1)]).unwrap();
    let objections = [Objection::FeedEmpty { feed: "companies".to_owned() }];
    store.complete_plan(&held, &serde_json::Value::Null, &objections).unwrap();
    runs(&store, (110..131).map(|number| (number, 31, 1)));

    let pruned = store.prune(KEEP, at(0) + TimeDelta::days(2_000)).unwrap();
    // 30 old ones, and one of the newest 21.
    assert_eq!((pruned.plans, pruned.changes), (31, 91));
    for plan in [&held, &sending, &refused] {
        assert!(is_kept(&store, plan), "{plan}");
    }
    assert!(store.runs(100).unwrap().iter().any(|run| run.id == held_run));
    assert_eq!((110..131).filter(|number| is_kept(&store, &ids(*number).0)).count(), 20);
    assert_eq!(store.waiting_plan(&objections).unwrap().unwrap().id, held);
}

#[test]
fn what_is_too_much_goes_oldest_first_and_the_space_is_given_back() {
    let place = Place::new();
    let store = place.open();
    runs(&store, (0..40).map(|number| (number, i64::from(number), 2_000)));
    let before = size(&place, &store);
    let (journal, most) = (store.journal_bytes().unwrap(), 16_u64 << 20);
    assert!(journal > most, "{journal} bytes");
    let pruned = store.prune(Retention { days: 400, mib: 16 }, at(41 * DAY)).unwrap();
    assert!(store.journal_bytes().unwrap() <= most);
    assert!(pruned.plans > 0 && pruned.plans <= 20, "{pruned:?}");
    for number in 0..40 {
        assert_eq!(is_kept(&store, &ids(number).0), u64::from(number) >= pruned.plans, "{number}");
    }
    assert_eq!(before - size(&place, &store), pruned.bytes);
    assert!(pruned.bytes > 0, "{pruned:?}");
}

#[test]
fn a_state_of_an_older_version_becomes_one_that_can_shrink() {
    let place = Place::new();
    let old = Connection::open(place.path()).unwrap();
    old.execute_batch(MIGRATIONS[0]).unwrap();
    drop(old);
    set_version(&place.path(), 1);
    let store = place.open();
    runs(&store, (0..60).map(|number| (number, 0, 1_000)));
    let before = size(&place, &store);
    let mode = |store: &Store| -> i64 {
        store.read(|connection| connection.pragma_query_value(None, "auto_vacuum", |row| row.get(0))).unwrap()
    };
    assert_eq!(mode(&store), 0);
    let pruned = store.prune(KEEP, at(500 * DAY)).unwrap();
    assert_eq!(pruned.plans, 40, "twenty can be undone");
    assert_eq!(mode(&store), 2);
    assert_eq!(before - size(&place, &store), pruned.bytes);
    drop(store);
    let store = place.open();
    assert_eq!(store.changes_after(&ids(59).0, None, 5_000).unwrap().len(), 1_000);
}
