//! Which sources the ledger is of.

use super::Place;
use crate::domain::ids::SourceName;

#[test]
fn of_a_source_that_is_gone_nothing_stays_and_nothing_of_another_goes() {
    let place = Place::new();
    let store = place.open();
    store
        .write(|transaction| transaction.execute("INSERT INTO sources (name) VALUES ('a'), ('b')", []))
        .unwrap();
    let key = |source: &SourceName| format!("mark of {source}");
    let sources = ["a", "b"].map(SourceName::from);
    for source in &sources {
        store.set_meta(&key(source), "17").unwrap();
    }
    store.keep_sources(&sources[..1], |source| vec![key(&source)]).unwrap();
    assert_eq!(
        sources.each_ref().map(|source| store.meta(&key(source)).unwrap()),
        [Some("17".to_owned()), None]
    );
    assert!(store.has_news().unwrap());
}

#[test]
fn documents_that_can_be_used_are_those_that_sums_stand_for() {
    let place = Place::new();
    let store = place.open();
    let insert = "INSERT INTO sources (no, name) VALUES (1, 'a'), (2, 'b');
         INSERT INTO documents (source, id, party, number, standing, run, stands_for)
         VALUES (1, '1', 1, '1', 0, 'r', 100), (1, '2', 1, '2', 1, 'r', 20), (1, '3', 1, '3', 2, 'r', 3), (2, '1', 1, '1', 0, 'r', 7)";
    store.write(|transaction| transaction.execute_batch(insert)).unwrap();
    assert_eq!(store.usable_documents(&"a".into()).unwrap(), 120);
    assert_eq!(store.usable_documents(&"c".into()).unwrap(), 0);
}
