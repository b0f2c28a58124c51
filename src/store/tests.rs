//! The state on disk: its versions, its mode, one writer, many readers, and what a plan comes to.

mod backup;
mod duplicates;
mod failed;
mod file_index;
mod owners;
mod ownership;
mod retention;
mod sources;
mod undone;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{ChangeState, Feed, MIGRATIONS, PlanState, Settlement, Store, StoreError};
use crate::domain::catalogue::Figure;
use crate::domain::company::CompanyRecord;
use crate::domain::ids::{CompanyId, PlanId, RunId};
use crate::domain::plan::{ChangeReason, CompanyChange, FieldChange};
use crate::domain::value::{Blanks, Value};
use crate::ports::{DirectContact, QuotaLedger};

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> std::path::PathBuf {
        self.0.path().join("sirank.sqlite3")
    }

    fn open(&self) -> Store {
        Store::open(&self.path()).unwrap()
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_348_800 + seconds, 0).unwrap()
}

fn set_version(path: &Path, version: usize) {
    Connection::open(path).unwrap().pragma_update(None, "user_version", version).unwrap();
}

#[test]
fn an_empty_file_becomes_a_state_and_stays_one() {
    let place = Place::new();
    for _ in 0..2 {
        let store = place.open();
        assert_eq!(store.version().unwrap(), MIGRATIONS.len());
        store.set_meta("key", "value").unwrap();
        assert_eq!(store.meta("key").unwrap().as_deref(), Some("value"));
    }
}

#[test]
fn other_versions_are_told_apart() {
    let place = Place::new();
    assert!(matches!(Store::open_for_reading(&place.path()).unwrap_err(), StoreError::Missing(_)));
    drop(place.open());
    set_version(&place.path(), MIGRATIONS.len() + 1);
    assert!(matches!(Store::open(&place.path()).unwrap_err(), StoreError::Newer(_)));
    assert!(matches!(Store::open_for_reading(&place.path()).unwrap_err(), StoreError::Newer(_)));
    set_version(&place.path(), 0);
    let error = Store::open_for_reading(&place.path()).unwrap_err();
    assert!(error.to_string().contains("sirank backfill"), "{error}");
}

#[test]
fn an_older_state_is_brought_up_to_date_and_keeps_what_it_holds() {
    let place = Place::new();
    let old = Connection::open(place.path()).unwrap();
    old.execute_batch(MIGRATIONS[0]).unwrap();
    old.execute("INSERT INTO meta (key, value) VALUES ('account', 'Esempio 17')", []).unwrap();
    drop(old);
    set_version(&place.path(), 1);
    assert!(matches!(Store::open_for_reading(&place.path()).unwrap_err(), StoreError::Older(_)));
    let store = place.open();
    assert_eq!(store.version().unwrap(), MIGRATIONS.len());
    assert_eq!(store.meta("account").unwrap().as_deref(), Some("Esempio 17"));
    assert_eq!(store.finish_last_contacts(&RunId::from("r1")).unwrap(), 0, "the new table is there");
}

#[test]
fn the_latest_direct_contact_of_a_pull_counts_and_an_older_pull_does_not() {
    let place = Place::new();
    let store = place.open();
    let company = CompanyRecord::named("7", "");
    let pull = |run: &str, days: &[&str]| {
        let run = RunId::from(run);
        store.start_run(&run, "backfill", "2013-12-31".parse().unwrap(), at(0)).unwrap();
        store
            .put_companies(&run, &Feed::Companies, std::slice::from_ref(&company), None, Blanks::Empty)
            .unwrap();
        for day in days {
            let contact = DirectContact { company: company.id.clone(), day: day.parse().unwrap(), at: None };
            store.put_last_contacts(&run, &[contact], None).unwrap();
        }
        store.finish_last_contacts(&run).unwrap();
        store.company(&company.id).unwrap().unwrap().record.last_contact.map(|day| day.to_string())
    };
    assert_eq!(pull("r1", &["2013-02-01", "2013-11-30", "2013-05-05"]).as_deref(), Some("2013-11-30"));
    assert_eq!(pull("r2", &["2013-03-03"]).as_deref(), Some("2013-03-03"), "the later one was deleted");
    assert_eq!(pull("r3", &[]), None, "all of them were");
}

#[test]
fn every_file_is_for_its_owner_alone() {
    let place = Place::new();
    let store = place.open();
    store.set_meta("key", "value").unwrap();
    let files: Vec<_> = std::fs::read_dir(place.0.path()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 3, "the state, its log, the lock: {files:?}");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?} {mode:o}", file.path());
    }
}

#[test]
fn a_second_writer_is_told_who_holds_the_state() {
    let place = Place::new();
    let first = place.open();
    let error = Store::open(&place.path()).unwrap_err();
    let StoreError::Held { by, .. } = &error else { panic!("{error}") };
    assert_eq!(by.0, format!("process {}", std::process::id()));
    drop(first);
    place.open();
}

#[test]
fn a_reader_sees_one_moment() {
    let place = Place::new();
    let writer = place.open();
    writer.set_meta("key", "before").unwrap();
    let reader = Store::open_for_reading(&place.path()).unwrap();
    assert_eq!(reader.meta("key").unwrap().as_deref(), Some("before"));
    writer.set_meta("key", "after").unwrap();
    assert_eq!(reader.meta("key").unwrap().as_deref(), Some("before"));
    let later = Store::open_for_reading(&place.path()).unwrap();
    assert_eq!(later.meta("key").unwrap().as_deref(), Some("after"));
    assert!(reader.set_meta("key", "never").is_err());
}

#[test]
fn quotas_are_counted_over_restarts_and_by_period() {
    let place = Place::new();
    assert_eq!(place.open().count("daily", "2026-11-22"), Ok(1));
    let store = place.open();
    assert_eq!(store.count("daily", "2026-11-22"), Ok(2));
    assert_eq!(store.count("monthly", "2026-11"), Ok(1));
    assert_eq!(store.count("daily", "2026-11-23"), Ok(1));
    assert_eq!(store.count("monthly", "2026-11"), Ok(2));
}

fn change(number: u32) -> CompanyChange {
    let value = |text: &str| Some(Value::choice(text));
    let field = |figure, observed, intended, reason| FieldChange { figure, observed, intended, reason };
    CompanyChange {
        company: format!("{number}").as_str().into(),
        name: format!("Société «{number}»"),
        fields: vec![
            field(Figure::Cluster, value("A"), value("B"), ChangeReason::EditedInCrm),
            field(Figure::Phase, None, value("expansion"), ChangeReason::FirstValue),
            field(Figure::Action, value("wait"), None, ChangeReason::ClearedNoKey),
        ],
    }
}

fn plan(store: &Store, id: &str, changes: &[CompanyChange]) -> PlanId {
    let (plan, run) = (PlanId::from(id), RunId::from("r1"));
    store.begin_plan(&plan, &run, "2026-11-22".parse().unwrap(), true, at(0)).unwrap();
    store.add_changes(&plan, 0, changes).unwrap();
    store.complete_plan(&plan, &serde_json::json!({"changed": changes.len()}), &[]).unwrap();
    plan
}

#[test]
fn a_plan_comes_back_as_it_was_stored() {
    let place = Place::new();
    let changes = [change(1), change(2)];
    plan(&place.open(), "p20260101-a", &changes);
    let store = place.open();
    let row = store.plan("p20260101").unwrap().unwrap();
    assert_eq!((row.id.as_str(), row.state, row.whole), ("p20260101-a", PlanState::Ready, true));
    for nothing in ["", "p", "p2026"] {
        assert_eq!(store.plan(nothing).unwrap(), None, "`{nothing}` is no beginning of an id");
    }
    assert_eq!(row.summary["changed"], 2);
    let stored = store.changes_after(&row.id, None, 10).unwrap();
    let back: Vec<CompanyChange> = stored.into_iter().map(|stored| stored.change).collect();
    assert_eq!(back, changes);
    plan(&store, "p20260101-b", &changes);
    assert_eq!(store.plan("p20260101").unwrap(), None, "two plans begin so");
    assert_eq!(store.plan("p20260101-a").unwrap().unwrap().state, PlanState::Superseded);
}

const SETTLED: [ChangeState; 4] =
    [ChangeState::Applied, ChangeState::Refused, ChangeState::Gone, ChangeState::Moved];

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// However changes are sent and settled: each is in one state, and what was applied is what was written last.
    #[test]
    fn counts_are_consistent(count in 1_u32..200, steps in proptest::collection::vec((0_usize..50, 0_usize..4), 0..12)) {
        let place = Place::new();
        let store = place.open();
        let changes: Vec<_> = (0..count).map(change).collect();
        let plan = plan(&store, "p1", &changes);
        let mut expected = [0_u64; 6];
        for (most, state) in steps {
            let batch = store.changes_in(&plan, ChangeState::Pending, most).unwrap();
            store.mark_sending(&plan, &batch, at(1)).unwrap();
            prop_assert_eq!(store.unsettled_plans().unwrap().len(), usize::from(!batch.is_empty()));
            let state = SETTLED[state];
            let settle = |change| Settlement { change, state, refusal: None };
            let settlements: Vec<_> = batch.iter().map(settle).collect();
            store.settle(&plan, &settlements, at(2)).unwrap();
            expected[state as usize] += batch.len() as u64;
        }
        let counts = store.change_counts(&plan).unwrap();
        prop_assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), u64::from(count));
        for (state, found) in counts.iter().filter(|(state, _)| *state != ChangeState::Pending) {
            prop_assert_eq!(*found, expected[*state as usize]);
        }
        let refused = store.failed_count().unwrap();
        prop_assert_eq!(refused, expected[ChangeState::Refused as usize]);
        for stored in store.changes_after(&plan, None, 1_000).unwrap() {
            prop_assert_eq!(stored.attempts, u32::from(stored.state != ChangeState::Pending));
        }
    }
}
