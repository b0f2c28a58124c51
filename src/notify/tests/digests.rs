//! The digest from a journal: the net effect of what was applied.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

use super::at;
use crate::domain::catalogue::Figure;
use crate::domain::company::CompanyRecord;
use crate::domain::ids::{CompanyId, PlanId, RunId};
use crate::domain::plan::{ChangeReason, CompanyChange, FieldChange, Objection};
use crate::domain::time::Day;
use crate::domain::value::{Blanks, Value};
use crate::notify::digest::collect;
use crate::notify::{Digest, Names};
use crate::store::{ChangeState, Feed, PlanState, Settlement, Store};

use Figure::{Cluster, ColdCustomer, Inactive180d};

type Change<'a> = (&'a str, Figure, Option<&'a str>, Option<&'a str>, ChangeReason);

struct Journal {
    store: Store,
    plans: AtomicU32,
    _folder: tempfile::TempDir,
}

fn day(days: i64) -> DateTime<Utc> {
    at("2026-11-01T12:00:00Z") + TimeDelta::days(days)
}

impl Journal {
    fn new(companies: &[(&str, &str, Option<&str>)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state.sqlite3")).unwrap();
        let run = RunId::new("r0");
        let day_zero = Day::from_ymd(2026, 11, 1).unwrap();
        store.start_run(&run, "run", day_zero, day(0)).unwrap();
        let records: Vec<CompanyRecord> = companies
            .iter()
            .map(|(id, name, revenue)| CompanyRecord {
                observed: revenue.iter().map(|text| (Figure::Revenue36m, Value::choice(text))).collect(),
                ..CompanyRecord::named(id, name)
            })
            .collect();
        store.put_companies(&run, &Feed::Companies, &records, None, Blanks::Empty).unwrap();
        Self { store, plans: AtomicU32::new(0), _folder: folder }
    }

    /// A plan that was made and settled on a day.
    fn wrote(&self, when: DateTime<Utc>, state: ChangeState, changes: &[Change<'_>]) {
        let number = self.plans.fetch_add(1, Ordering::Relaxed);
        let (plan, run) = (PlanId::new(format!("p{number:06}")), RunId::new(format!("r{number:06}")));
        let as_of = Day::from_ymd(2026, 11, 1).unwrap();
        self.store.begin_plan(&plan, &run, as_of, true, when).unwrap();
        let changes: Vec<CompanyChange> = changes
            .iter()
            .map(|(company, figure, observed, intended, reason)| CompanyChange {
                company: CompanyId::new(*company),
                name: String::new(),
                fields: vec![FieldChange {
                    figure: *figure,
                    observed: observed.map(Value::choice),
                    intended: intended.map(Value::choice),
                    reason: *reason,
                }],
            })
            .collect();
        self.store.add_changes(&plan, 0, &changes).unwrap();
        self.store.complete_plan(&plan, &serde_json::Value::Null, &[]).unwrap();
        let stored = self.store.changes_after(&plan, None, 10_000).unwrap();
        let settled: Vec<_> =
            stored.iter().map(|change| Settlement { change, state, refusal: None }).collect();
        self.store.settle(&plan, &settled, when).unwrap();
    }

    fn moves(&self, when: DateTime<Utc>, changes: &[(&str, Figure, &str, &str)]) {
        let changes: Vec<Change<'_>> = changes
            .iter()
            .map(|(company, figure, from, to)| {
                (*company, *figure, Some(*from), Some(*to), ChangeReason::FigureMoved)
            })
            .collect();
        self.wrote(when, ChangeState::Applied, &changes);
    }

    fn digest(&self) -> Digest {
        collect(&self.store, day(1), day(8)).unwrap()
    }
}

fn shown(names: &Names) -> Vec<String> {
    let move_of = |named: &crate::notify::Named| {
        named.moved.as_ref().map_or_else(String::new, |moved| format!(" {}{}", moved.from, moved.to))
    };
    names.first.iter().map(|named| format!("{}{}", named.name, move_of(named))).collect()
}

#[test]
fn the_net_effect_of_what_was_applied_in_the_span() {
    let journal = Journal::new(&[
        ("1", "There and back", None),
        ("2", "Far", Some("10")),
        ("3", "Cold", None),
        ("4", "Active", None),
        ("5", "", Some("20")),
        ("6", "Before", None),
    ]);
    journal.moves(day(1), &[("6", Cluster, "A", "B")]);
    journal.moves(
        day(2),
        &[("1", Cluster, "A", "B"), ("2", Cluster, "A", "B"), ("3", ColdCustomer, "false", "true")],
    );
    journal.moves(
        day(3),
        &[("1", Cluster, "B", "A"), ("2", Cluster, "B", "C"), ("4", Inactive180d, "true", "false")],
    );
    journal.moves(day(4), &[("5", Cluster, "E", "D"), ("gone", ColdCustomer, "false", "true")]);
    journal.moves(day(9), &[("2", Cluster, "C", "Z")]);
    let digest = journal.digest();
    assert_eq!(shown(&digest.cold), ["Cold"]);
    assert_eq!(shown(&digest.active), ["Active"]);
    // By revenue; a company without a name is told by its id.
    assert_eq!(shown(&digest.moved), ["5 ED", "Far AC"]);
    assert_eq!((digest.moved.count, digest.companies), (2, 6));
}

#[test]
fn first_values_edits_refusals_and_what_was_cleared_are_no_moves() {
    use ChangeReason::{ClearedNoKey, EditedInCrm, FigureMoved, FirstValue};
    let names = ["1", "2", "3", "4", "5"].map(|id| (id, id, None));
    let journal = Journal::new(&names);
    let applied = ChangeState::Applied;
    journal.wrote(day(2), ChangeState::Refused, &[("5", Cluster, Some("A"), Some("B"), FigureMoved)]);
    journal.wrote(
        day(3),
        applied,
        &[
            ("1", Cluster, None, Some("A"), FirstValue),
            ("2", Cluster, Some("B"), Some("A"), EditedInCrm),
            ("3", Cluster, Some("A"), None, ClearedNoKey),
            ("4", ColdCustomer, None, Some("true"), FirstValue),
        ],
    );
    let still = journal.digest();
    assert!(still.is_empty(), "{still:?}");
    journal.wrote(day(4), applied, &[("1", Cluster, Some("A"), Some("B"), FigureMoved)]);
    assert_eq!(shown(&journal.digest().moved), ["1 AB"], "after its first value it moved");
}

#[test]
fn the_journal_is_read_in_chunks_and_twenty_companies_are_named() {
    let ids: Vec<String> = (0..1_203).map(|number| format!("c{number:04}")).collect();
    let revenues: Vec<String> = (0..1_203).map(|number| number.to_string()).collect();
    let companies: Vec<(&str, &str, Option<&str>)> = ids
        .iter()
        .zip(&revenues)
        .map(|(id, revenue)| (id.as_str(), id.as_str(), Some(revenue.as_str())))
        .collect();
    let journal = Journal::new(&companies);
    let changes: Vec<_> = ids.iter().map(|id| (id.as_str(), Cluster, "A", "B")).collect();
    journal.moves(day(2), &changes);
    let digest = journal.digest();
    assert_eq!((digest.moved.count, digest.moved.first.len()), (1_203, 20));
    assert_eq!(digest.moved.first[0].name, "c1202");
    assert_eq!(digest.moved.first[19].name, "c1183");
}

#[test]
fn a_plan_that_was_approved_in_the_span_counts_however_old_it_is() {
    let journal = Journal::new(&[("1", "Late", None)]);
    let (plan, run) = (PlanId::new("p"), RunId::new("r"));
    journal.store.begin_plan(&plan, &run, Day::from_ymd(2026, 11, 1).unwrap(), true, day(0)).unwrap();
    let change = CompanyChange {
        company: CompanyId::new("1"),
        name: String::new(),
        fields: vec![FieldChange {
            figure: Cluster,
            observed: Some(Value::choice("A")),
            intended: Some(Value::choice("B")),
            reason: ChangeReason::FigureMoved,
        }],
    };
    journal.store.add_changes(&plan, 0, &[change]).unwrap();
    journal
        .store
        .complete_plan(&plan, &serde_json::Value::Null, &[Objection::FeedEmpty { feed: "x".to_owned() }])
        .unwrap();
    journal.moves(day(0), &[]);
    let (stayed, approval) = (day(4), RunId::new("r2"));
    journal.store.start_run(&approval, "apply", Day::from_ymd(2026, 11, 1).unwrap(), stayed).unwrap();
    journal.store.note_applied_by(&plan, &approval).unwrap();
    journal.store.set_plan_state(&plan, PlanState::Applying).unwrap();
    let stored = journal.store.changes_after(&plan, None, 1).unwrap();
    let settled = Settlement { change: &stored[0], state: ChangeState::Applied, refusal: None };
    journal.store.settle(&plan, &[settled], day(5)).unwrap();
    assert_eq!(shown(&journal.digest().moved), ["Late AB"]);
}
