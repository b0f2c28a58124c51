//! Values that were taken back are remembered until they are written, approved, or taken back once more.

use super::*;

/// Applies a plan whole; where it names one, as the undo of it.
fn apply(store: &Store, id: &str, changes: &[CompanyChange], undoes: Option<&str>) -> PlanId {
    let (plan, run) = (PlanId::from(id), RunId::new(id.replace('p', "r")));
    store.begin_plan(&plan, &run, "2026-11-22".parse().unwrap(), true, at(0)).unwrap();
    if let Some(undoes) = undoes {
        store.set_undoes(&plan, &undoes.into()).unwrap();
    }
    store.add_changes(&plan, 0, changes).unwrap();
    store.complete_undo(&plan, &serde_json::Value::Null).unwrap();
    let batch = store.changes_in(&plan, ChangeState::Pending, 100).unwrap();
    store.mark_sending(&plan, &batch, at(1)).unwrap();
    let settle = |change| Settlement { change, state: ChangeState::Applied, refusal: None };
    store.settle(&plan, &batch.iter().map(settle).collect::<Vec<_>>(), at(1)).unwrap();
    plan
}

/// The change that takes another one back.
fn back(change: &CompanyChange) -> CompanyChange {
    let mut back = change.clone();
    for field in &mut back.fields {
        std::mem::swap(&mut field.observed, &mut field.intended);
        field.reason = ChangeReason::Undone;
    }
    back
}

fn remembered(store: &Store) -> Vec<(Figure, Option<String>, String)> {
    let values = store.undone_values(&CompanyId::from("1")).unwrap().into_iter();
    let text = |value: Option<Value>| value.map(|value| value.to_string());
    let mut values: Vec<_> =
        values.map(|undone| (undone.figure, text(undone.value), undone.run.to_string())).collect();
    values.sort();
    values
}

#[test]
fn an_undo_remembers_what_it_took_back_and_the_undo_of_it_forgets() {
    let place = Place::new();
    let store = place.open();
    let wrote = change(1);
    apply(&store, "p1", std::slice::from_ref(&wrote), None);
    assert!(!store.has_undone_values().unwrap());
    let expected = [
        (Figure::Cluster, Some("B".to_owned()), "r1".to_owned()),
        (Figure::Action, None, "r1".to_owned()),
        (Figure::Phase, Some("expansion".to_owned()), "r1".to_owned()),
    ];
    apply(&store, "p2", &[back(&wrote)], Some("p1"));
    assert_eq!(remembered(&store), expected);
    apply(&store, "p3", std::slice::from_ref(&wrote), Some("p2"));
    assert_eq!(remembered(&store), [], "what was taken back stands there again, by a person's will");
    apply(&store, "p4", &[back(&wrote)], Some("p3"));
    let runs: Vec<_> = remembered(&store).into_iter().map(|(figure, value, _)| (figure, value)).collect();
    assert_eq!(runs, expected.map(|(figure, value, _)| (figure, value)), "and is taken back once more");
}

#[test]
fn another_value_and_an_approval_end_the_memory() {
    let place = Place::new();
    let store = place.open();
    let wrote = change(1);
    apply(&store, "p1", std::slice::from_ref(&wrote), None);
    apply(&store, "p2", &[back(&wrote)], Some("p1"));
    let mut other = change(1);
    other.fields.truncate(1);
    other.fields[0].intended = Some(Value::choice("D"));
    apply(&store, "p3", &[other], None);
    assert_eq!(remembered(&store).len(), 2);
    let held = plan(&store, "p4", &[wrote]);
    store.approve_undone(&held).unwrap();
    assert_eq!(remembered(&store), []);
}
