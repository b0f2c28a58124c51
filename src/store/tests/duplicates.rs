//! The marks of documents that several sources hold.

use super::Place;
use crate::domain::duplicates::DuplicateRule;
use crate::domain::ids::SourceName;
use crate::store::Store;
use crate::store::duplicates::BATCH;

fn put(store: &Store, source: i64, documents: impl Iterator<Item = (String, String)>) {
    store
        .write(|transaction| {
            let mut put = transaction.prepare(
                "INSERT INTO documents (source, id, party, number, standing, run, stands_for, day, net)
                 VALUES (?1, ?2, 1, ?3, 0, 'r', 1, 20000, 10000)",
            )?;
            for (id, number) in documents {
                put.execute((source, id, number))?;
            }
            Ok(())
        })
        .unwrap();
}

fn marked(store: &Store) -> Vec<(i64, String)> {
    store
        .read(|connection| {
            connection
                .prepare("SELECT source, id FROM documents WHERE duplicate > 0 ORDER BY source, id")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
        .unwrap()
}

#[test]
fn marks_of_more_documents_than_are_looked_at_at_a_time_are_put_and_taken() {
    let place = Place::new();
    let store = place.open();
    let sources = ["a", "b"].map(SourceName::from);
    store
        .write(|transaction| {
            transaction.execute("INSERT INTO sources (no, name) VALUES (1, 'a'), (2, 'b')", [])
        })
        .unwrap();
    let documents = BATCH + 1;
    let numbered = || (0..documents).map(|number| (format!("{number:06}"), number.to_string()));
    put(&store, 1, numbered());
    // The last one is there once more: it is one of the first source's at most.
    let once_more = (format!("{documents:06}"), (documents - 1).to_string());
    put(&store, 2, numbered().chain([once_more]));
    let expected: Vec<_> = numbered().map(|(id, _)| (2, id)).collect();
    for _ in 0..2 {
        let (all, differing) = store.mark_duplicates(&sources, DuplicateRule::CountOnce, 2).unwrap();
        assert_eq!((all.documents, differing.documents), (documents as u64, 0));
        assert_eq!(all.named, ["0", "1"]);
        assert_eq!(marked(&store), expected);
    }
    store.mark_duplicates(&sources[..1], DuplicateRule::CountOnce, 2).unwrap();
    assert_eq!(marked(&store), []);
    // The same in parts.
    let third = documents as u64 / 3;
    let (all, _) = store.mark_by_parts(&sources, DuplicateRule::CountOnce, 2, third).unwrap();
    assert_eq!((all.documents, marked(&store)), (documents as u64, expected));
}
