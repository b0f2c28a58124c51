//! What root does to the state of a service: it reads and works, and leaves everything to the service's user.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::PathBuf;

use super::*;

/// A user that no service of this machine has.
const SERVICE: u32 = 65_534;

/// A folder of the service; none where the tests do not run as root.
fn folder_of_service(place: &Place) -> Option<PathBuf> {
    let folder = place.0.path().join("service");
    fs::create_dir(&folder).unwrap();
    if folder.metadata().unwrap().uid() != 0 {
        println!("skipped: only root can give files away");
        return None;
    }
    chown(&folder, Some(SERVICE), Some(SERVICE)).unwrap();
    Some(folder)
}

#[track_caller]
fn all_are_the_service_s(folder: &Path) -> usize {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap()).collect();
    for file in &files {
        let metadata = file.metadata().unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (SERVICE, SERVICE), "{:?}", file.path());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
    files.len()
}

#[test]
fn what_root_creates_in_the_folder_of_a_service_is_the_service_s() {
    let place = Place::new();
    let Some(folder) = folder_of_service(&place) else { return };
    let store = Store::open(&folder.join("s.sqlite3")).unwrap();
    store.set_meta("key", "value").unwrap();
    assert_eq!(all_are_the_service_s(&folder), 4, "the state, its log with index, the lock");
    drop(store);
    assert!(all_are_the_service_s(&folder) >= 2);
}

#[test]
fn root_reads_the_state_of_a_service_and_owns_nothing_there() {
    let place = Place::new();
    let Some(folder) = folder_of_service(&place) else { return };
    let path = folder.join("s.sqlite3");
    assert!(matches!(Store::open_for_reading(&path).unwrap_err(), StoreError::Missing(_)));
    assert_eq!(all_are_the_service_s(&folder), 0, "reading makes nothing");

    let running = Store::open(&path).unwrap();
    running.set_meta("key", "value").unwrap();
    let reader = Store::open_for_reading(&path).unwrap();
    assert_eq!(reader.meta("key").unwrap().as_deref(), Some("value"));
    all_are_the_service_s(&folder);
    drop(reader);
    drop(running);
    assert_eq!(all_are_the_service_s(&folder), 2, "the state and the lock: the log went with the service");
    let reader = Store::open_for_reading(&path).unwrap();
    assert_eq!(reader.meta("key").unwrap().as_deref(), Some("value"));
    all_are_the_service_s(&folder);
    reader.backup(&place.0.path().join("copy"), false).unwrap();
    drop(reader);
    all_are_the_service_s(&folder);
    Store::open(&path).unwrap().set_meta("key", "root's backfill").unwrap();
    all_are_the_service_s(&folder);
}
