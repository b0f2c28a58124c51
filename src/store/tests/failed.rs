//! Refused writes: how often, and when again.

use super::*;

/// Refuses every change of a new plan at a moment.
fn refuse(store: &Store, id: &str, changes: &[CompanyChange], seconds: i64) {
    settle(store, id, changes, ChangeState::Refused, seconds);
}

fn settle(store: &Store, id: &str, changes: &[CompanyChange], state: ChangeState, seconds: i64) {
    let plan = plan(store, id, changes);
    let batch = store.changes_in(&plan, ChangeState::Pending, 100).unwrap();
    store.mark_sending(&plan, &batch, at(seconds)).unwrap();
    let refusal = (state == ChangeState::Refused).then(|| ("RULE".to_owned(), "not so".to_owned()));
    let settle = |change| Settlement { change, state, refusal: refusal.clone() };
    let settlements: Vec<_> = batch.iter().map(settle).collect();
    store.settle(&plan, &settlements, at(seconds)).unwrap();
}

#[test]
fn the_same_values_are_refused_again_and_again_at_growing_distances() {
    let place = Place::new();
    let store = place.open();
    let company = CompanyId::from("1");
    for (round, hours) in [0, 1, 4, 24].into_iter().enumerate() {
        let seconds = i64::try_from(round).unwrap();
        refuse(&store, &format!("p{round}"), &[change(1)], seconds);
        let failed = store.failed_write(&company).unwrap().unwrap();
        assert_eq!(failed.attempts as usize, round + 1);
        assert_eq!((failed.code.as_str(), failed.message.as_str()), ("RULE", "not so"));
        assert_eq!(failed.plan.as_str(), format!("p{round}"));
        assert_eq!(failed.waits(at(seconds)), hours > 0);
        assert_eq!(failed.waits(at(seconds + hours * 3600 - 1)), hours > 0);
        assert!(!failed.waits(at(seconds + hours * 3600)));
        assert_eq!(store.has_due_retry(at(seconds)).unwrap(), hours == 0);
    }
    let mut other = change(1);
    other.fields[0].intended = Some(Value::choice("C"));
    refuse(&store, "p8", std::slice::from_ref(&other), 9);
    assert_eq!(store.failed_write(&company).unwrap().unwrap().attempts, 1, "other values begin anew");
    other.fields.truncate(1);
    refuse(&store, "p9", std::slice::from_ref(&other), 9);
    assert_eq!(store.failed_write(&company).unwrap().unwrap().attempts, 2, "a part of them does not");
    assert_eq!(store.retry_all_now().unwrap(), 1);
    assert!(store.has_due_retry(at(0)).unwrap());
}

#[test]
fn what_is_written_or_gone_is_refused_no_more() {
    let place = Place::new();
    let store = place.open();
    refuse(&store, "p1", &[change(1), change(2), change(3)], 0);
    settle(&store, "p2", &[change(1)], ChangeState::Applied, 1);
    settle(&store, "p3", &[change(2)], ChangeState::Gone, 1);
    let left: Vec<_> = store.failed_writes().unwrap().into_iter().map(|failed| failed.change).collect();
    assert_eq!(left, [change(3)]);
    assert_eq!(store.forget_failures_of_the_gone().unwrap(), 1, "no company of the snapshot");
    assert_eq!(store.failed_count().unwrap(), 0);
}

#[test]
fn refusals_of_an_older_state_still_stand_and_are_tried_again_at_once() {
    let place = Place::new();
    let old = Connection::open(place.path()).unwrap();
    for migration in &MIGRATIONS[..2] {
        old.execute_batch(migration).unwrap();
    }
    let json = serde_json::to_string(&change(1)).unwrap();
    old.execute_batch(
        "INSERT INTO plans (id, run, as_of, created, state, whole, summary, objections)
         VALUES ('p1', 'r1', '2026-01-01', '2026-01-01T00:00:00Z', 'applied', 1, 'null', '[]')",
    )
    .unwrap();
    let insert = "INSERT INTO changes (plan, seq, company, change, state, attempts, sent, settled, code, message)
                  VALUES ('p1', ?1, ?2, ?3, ?4, 1, '2026-01-01T00:00:01Z', '2026-01-01T00:00:02Z', 'RULE', 'no')";
    old.execute(insert, (0, "1", &json, 3)).unwrap();
    old.execute(insert, (1, "2", &json, 2)).unwrap();
    drop(old);
    set_version(&place.path(), 2);
    let store = place.open();
    let failed = store.failed_writes().unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!((failed[0].change.clone(), failed[0].attempts), (change(1), 1));
    assert!(store.has_due_retry(at(0)).unwrap());
    assert!(store.journal_bytes().unwrap() > 2 * json.len() as u64, "old plans count");
}
