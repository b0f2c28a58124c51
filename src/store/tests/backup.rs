//! Copies of the state.

use std::fs;

use super::super::BackupError;
use super::*;

#[test]
fn a_copy_is_one_moment_of_the_state_and_a_state_itself() {
    let place = Place::new();
    let writer = place.open();
    plan(&writer, "p1", &(0..2_000).map(change).collect::<Vec<_>>());
    writer.set_meta("key", "before").unwrap();
    let reader = Store::open_for_reading(&place.path()).unwrap();
    writer.set_meta("key", "after").unwrap();
    let target = place.0.path().join("copy.sqlite3");
    let bytes = reader.backup(&target, false).unwrap();
    assert_eq!(bytes, fs::metadata(&target).unwrap().len());
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    let copied = Store::open_for_reading(&target).unwrap();
    assert_eq!(copied.meta("key").unwrap().as_deref(), Some("before"));
    drop(copied);
    let copy = Store::open(&target).unwrap();
    assert_eq!(copy.changes_after(&"p1".into(), None, 5_000).unwrap().len(), 2_000);
    writer.set_meta("key", "the service goes on").unwrap();
}

#[test]
fn nothing_is_overwritten_unasked_and_nothing_is_left_behind() {
    let place = Place::new();
    let store = place.open();
    let target = place.0.path().join("copy");
    fs::write(&target, "mine").unwrap();
    assert!(matches!(store.backup(&target, false).unwrap_err(), BackupError::Exists(_)));
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    store.backup(&target, true).unwrap();
    store.backup(&target, true).unwrap();
    for own in [place.path(), place.0.path().join("sirank.sqlite3.lock")] {
        assert!(matches!(store.backup(&own, true).unwrap_err(), BackupError::Itself(_)), "{own:?}");
    }
    let nowhere = place.0.path().join("no/such/folder");
    let error = store.backup(&nowhere, false).unwrap_err();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
    let parts = fs::read_dir(place.0.path()).unwrap().map(|file| file.unwrap().file_name());
    let parts: Vec<_> = parts.filter(|name| name.to_string_lossy().contains("part")).collect();
    assert!(parts.is_empty(), "{parts:?}");
}

#[test]
fn a_damaged_state_makes_no_copy() {
    let place = Place::new();
    let store = place.open();
    plan(&store, "p1", &(0..2_000).map(change).collect::<Vec<_>>());
    drop(store);
    let mut bytes = fs::read(place.path()).unwrap();
    let half = bytes.len() / 2;
    bytes[half..half + 8_192].fill(0xEE);
    fs::write(place.path(), bytes).unwrap();
    let target = place.0.path().join("copy");
    let error = Store::open_for_reading(&place.path()).unwrap().backup(&target, false).unwrap_err();
    assert!(matches!(error, BackupError::Damaged(_) | BackupError::Copy { .. }), "{error}");
    assert!(!target.exists());
}
