//! Undo: what a run wrote is put back where nobody has written since, and is not written again unasked.

use std::collections::BTreeMap;

use sirank::domain::catalogue::{Figure, Language};
use sirank::domain::plan::ChangeReason;
use sirank::engine::{Applied, EngineError, Outcome, Request, Since, UndoReport, Why, history};
use sirank::ports::InputProperty;
use sirank::store::{PlanState, RunOutcome};
use sirank_mocks::faults::{Fault, Faults};

use super::small::{BIANCHI, ROSSI, invoice};
use super::world::{World, request};
use crate::crm::{Entry, Vendor, Written};

impl<V: Vendor> World<V> {
    async fn undo(&self, run: &str) -> Result<UndoReport, EngineError> {
        let store = self.store();
        self.with_engine(&store, async |engine| engine.undo(run, self.today, true).await).await
    }

    /// A run of the service.
    async fn serve(&self) -> sirank::engine::RunReport {
        self.run(Request { command: "run", resume: true, ..request() }).await.unwrap()
    }
}

fn applied(report: &UndoReport) -> u64 {
    report.report.applied.unwrap().applied
}

pub(crate) async fn what_a_run_wrote_is_put_back_and_what_people_changed_is_listed<V: Vendor>() {
    let world = World::<V>::small().await;
    let run = world.backfill().await.unwrap().run.to_string();
    world.edit(ROSSI, Entry::Figure(Figure::Cluster), "Z");
    world.crm.forget();

    let dry = {
        let store = world.store();
        world.with_engine(&store, async |engine| engine.undo(&run, world.today, false).await).await.unwrap()
    };
    assert!(world.crm.was_only_read());
    assert_eq!((dry.report.plan.state, dry.left.len()), (PlanState::Ready, 1));

    let report = world.undo(&run).await.unwrap();
    assert_eq!((report.report.outcome, applied(&report)), (RunOutcome::Done, 6));
    assert_eq!(report.undone.as_str(), run);
    let [left] = report.left.as_slice() else { panic!("{:?}", report.left) };
    let text = |value: &Option<sirank::domain::value::Value>| value.as_ref().map(ToString::to_string);
    assert_eq!(
        (&left.company, left.figure, &left.by),
        (&world.company(ROSSI), Figure::Cluster, &Since::Somebody)
    );
    assert_eq!(
        (text(&left.before), text(&left.wrote), text(&left.now)),
        (None, Some("A".into()), Some("Z".into()))
    );
    let edited: Written = [((world.company(ROSSI), Figure::Cluster), "Z".to_owned())].into();
    assert_eq!(world.written(), edited);
    assert_eq!(world.crm.written_twice(), BTreeMap::new());

    world.crm.forget();
    let again = world.undo(&run).await.unwrap();
    assert_eq!((applied(&again), again.left.len()), (0, 1));
    assert!(again.already > 30 && world.crm.was_only_read(), "twice changes nothing");
    for nothing in ["r0", "", "r2026"] {
        assert!(matches!(world.undo(nothing).await.unwrap_err(), EngineError::NotFound(_)), "`{nothing}`");
    }
}

pub(crate) async fn values_of_a_later_run_are_left_and_an_undo_can_be_undone<V: Vendor>() {
    let world = World::<V>::small().await;
    let first = world.backfill().await.unwrap().run.to_string();
    let before = world.written();
    world.books.lock().unwrap().push(invoice("8", BIANCHI, "2013-12-01", "70.00"));
    let second = world.backfill().await.unwrap().run;
    let after = world.written();

    let report = world.undo(&first).await.unwrap();
    assert!(!report.left.is_empty());
    for left in &report.left {
        assert_eq!((&left.company, &left.by), (&world.company(BIANCHI), &Since::Run(second.clone())));
    }
    let redone = world.undo(report.report.run.as_str()).await.unwrap();
    assert_eq!((redone.left.len(), world.written()), (0, after.clone()), "the undo was undone");
    let report = world.undo(second.as_str()).await.unwrap();
    assert_eq!((applied(&report), world.written()), (1, before));
    world.undo(report.report.run.as_str()).await.unwrap();
    assert_eq!(world.written(), after);
    let next = world.backfill().await.unwrap();
    assert_eq!((next.outcome, next.applied), (RunOutcome::Done, Some(Applied::default())), "nothing is held");
}

pub(crate) async fn what_was_undone_is_held_until_it_is_approved<V: Vendor>() {
    let world = World::<V>::small().await.unguarded();
    world.backfill().await.unwrap();
    world.books.lock().unwrap().push(invoice("8", BIANCHI, "2013-12-01", "70.00"));
    let run = world.serve().await.run;
    let written = world.written();
    world.undo(run.as_str()).await.unwrap();

    let held = world.serve().await;
    let [objection] = held.plan.objections.as_slice() else { panic!("{:?}", held.plan.objections) };
    let values = held.plan.summary["fields"].as_object().unwrap().len();
    let expected = format!("run {run} was undone; this plan would write {values} of its values again");
    assert!(objection.starts_with(&expected), "{objection}");
    assert_eq!(
        world.serve().await.plan.id,
        held.plan.id,
        "the plan that people were told of goes on waiting"
    );

    let approved = world.apply(held.plan.id.as_str()).await.unwrap();
    assert_eq!((approved.outcome, world.written()), (RunOutcome::Done, written));
    world.edit(BIANCHI, Entry::Figure(Figure::Revenue36m), "1");
    let next = world.serve().await;
    assert_eq!((next.outcome, next.applied.unwrap().applied), (RunOutcome::Done, 1), "approved once for all");
}

pub(crate) async fn another_value_than_the_undone_one_is_written<V: Vendor>() {
    let world = World::<V>::small().await.unguarded();
    world.backfill().await.unwrap();
    let potential = |text| world.edit(ROSSI, Entry::Input(InputProperty::Potential), text);
    potential("low");
    let run = world.backfill().await.unwrap().run;
    assert_eq!(world.value(ROSSI, Figure::Cluster).as_deref(), Some("D"));
    world.undo(run.as_str()).await.unwrap();
    assert_eq!(world.value(ROSSI, Figure::Cluster).as_deref(), Some("A"));
    potential("lost");
    let report = world.backfill().await.unwrap();
    assert_eq!(report.plan.objections, Vec::<String>::new());
    assert_eq!(world.value(ROSSI, Figure::Cluster).as_deref(), Some("Z"));
}

pub(crate) async fn an_undo_that_stopped_is_asked_for_again_and_writes_nothing_twice<V: Vendor>() {
    let world = World::<V>::small().await;
    let run = world.backfill().await.unwrap().run.to_string();
    world.crm.forget();
    // Carried out, but the answer is lost, and then the CRM cannot be read.
    world.crm.faults(|faults| {
        faults.add(Fault::status(500).kind(V::CALLS.write).after_effect());
        faults.add(Fault::status(503).kind(V::CALLS.look_up).skip(1).always());
    });
    let error = world.undo(&run).await.unwrap_err();
    assert!(error.can_be_resumed(), "{error}");
    world.crm.faults(Faults::clear);
    let report = world.undo(&run).await.unwrap();
    assert_eq!(report.report.outcome, RunOutcome::Done);
    assert_eq!((world.written(), world.crm.written_twice()), (Written::new(), BTreeMap::new()));
    assert_eq!(world.crm.companies_written().len(), 6);
    let held = world.serve().await;
    assert_eq!(held.outcome, RunOutcome::Held, "what had arrived before it stopped is remembered too");
    let summary = &held.plan.summary;
    let all: u64 = summary["fields"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(summary["undone"][&run], all);
}

pub(crate) async fn a_refused_undo_ends_with_failures_and_says_which<V: Vendor>() {
    let world = World::<V>::small().await;
    let run = world.backfill().await.unwrap().run.to_string();
    let (code, _) = world.crm.refuses(&world.company(ROSSI));
    let report = world.undo(&run).await.unwrap();
    assert_eq!(report.report.outcome, RunOutcome::DoneWithFailures);
    let [refused] = report.not_put_back.as_slice() else { panic!("{:?}", report.not_put_back) };
    assert_eq!((&refused.change.company, refused.code.as_deref()), (&world.company(ROSSI), Some(code)));
    assert_eq!(world.store().failed_count().unwrap(), 0, "no run tries an undo again by itself");
    world.crm.person_mends(&world.company(ROSSI));
    assert_eq!(world.undo(&run).await.unwrap().report.outcome, RunOutcome::Done);
    assert_eq!(world.written(), Written::new());
}

pub(crate) async fn history_shows_what_was_written_edited_and_taken_back<V: Vendor>() {
    let world = World::<V>::small().await;
    world.backfill().await.unwrap();
    world.edit(ROSSI, Entry::Figure(Figure::Cluster), "Z");
    let run = world.backfill().await.unwrap().run;
    let undone = world.undo(run.as_str()).await.unwrap();
    let entries = history(&world.store(), &world.company(ROSSI), Language::It).unwrap();
    let text = |value: &Option<sirank::domain::value::Value>| {
        value.as_ref().map_or_else(String::new, ToString::to_string)
    };
    let cluster: Vec<_> = entries
        .iter()
        .filter(|entry| entry.figure == Figure::Cluster)
        .map(|entry| (text(&entry.from), text(&entry.to), entry.why.clone(), entry.run.clone()))
        .collect();
    let line = |from: &str, to: &str, why, run: &sirank::domain::ids::RunId| {
        (from.to_owned(), to.to_owned(), why, run.clone())
    };
    let first = entries.last().unwrap().run.clone();
    assert_eq!(
        cluster,
        [
            line("A", "Z", Why::Undid(run.clone()), &undone.report.run),
            line("Z", "A", Why::Written(ChangeReason::EditedInCrm), &run),
            line("A", "Z", Why::ChangedBySomebody, &run),
            line("", "A", Why::Written(ChangeReason::FirstValue), &first),
        ]
    );
    assert!(entries.iter().all(|entry| entry.outcome == Outcome::Applied));
    assert!(entries.iter().any(|entry| entry.label == Figure::Cluster.describe().label.it));
    let times: Vec<_> = entries.iter().map(|entry| &entry.when).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
}
