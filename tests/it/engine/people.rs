//! People: what they do in the CRM wins where it is theirs, and is put right where it is sirank's.

use std::collections::BTreeSet;
use std::time::Duration;

use sirank::domain::catalogue::Figure;
use sirank::domain::plan::ChangeReason;
use sirank::domain::rules::AmbiguousKeys;
use sirank::engine::{Applied, Request, Scope};
use sirank::ports::InputProperty;
use sirank::store::{ChangeState, RunOutcome};

use super::small::{BIANCHI, FONTANA, ROSSI, invoice};
use super::world::{World, request};
use crate::crm::{Entry, Vendor};

/// A plan that is not applied.
async fn dry_run<V: Vendor>(world: &World<V>) -> String {
    let report = world.run(Request { apply: false, ..request() }).await.unwrap();
    report.plan.id.to_string()
}

pub(crate) async fn nothing_but_sirank_s_own_properties_is_ever_written<V: Vendor>() {
    let world = World::<V>::small().await;
    world.backfill().await.unwrap();
    assert_eq!(world.crm.companies_written().len(), 6);
    assert_eq!(world.crm.misplaced_writes(), Vec::<String>::new());
}

pub(crate) async fn a_value_edited_between_plan_and_apply_is_planned_again<V: Vendor>() {
    let world = World::<V>::small().await;
    world.backfill().await.unwrap();
    world.books.lock().unwrap().push(invoice("8", BIANCHI, "2013-12-01", "70.00"));
    let plan = dry_run(&world).await;
    world.edit(BIANCHI, Entry::Figure(Figure::Revenue36m), "1");
    let report = world.apply(&plan).await.unwrap();
    assert_eq!(report.applied, Some(Applied { moved: 1, ..Applied::default() }));
    assert_eq!(world.value(BIANCHI, Figure::Revenue36m).as_deref(), Some("1"));

    let next = world.backfill().await.unwrap();
    assert_eq!(next.applied, Some(Applied { applied: 1, ..Applied::default() }));
    assert_eq!(world.value(BIANCHI, Figure::Revenue36m).as_deref(), Some("170"));
}

pub(crate) async fn a_figure_edited_by_hand_is_put_right_and_history_shows_both<V: Vendor>() {
    let world = World::<V>::small().await;
    world.backfill().await.unwrap();
    world.edit(ROSSI, Entry::Figure(Figure::Cluster), "Z");
    let report = world.backfill().await.unwrap();
    assert_eq!(world.value(ROSSI, Figure::Cluster).as_deref(), Some("A"));
    let changes = world.store().changes_after(&report.plan.id, None, 10).unwrap();
    let [change] = changes.as_slice() else { panic!("{changes:?}") };
    let [field] = change.change.fields.as_slice() else { panic!("{change:?}") };
    assert_eq!(field.reason, ChangeReason::EditedInCrm);
    let text = |value: &Option<sirank::domain::value::Value>| value.as_ref().unwrap().as_str().to_owned();
    assert_eq!((text(&field.observed), text(&field.intended)), ("Z".into(), "A".into()));
    assert_eq!(change.state, ChangeState::Applied);
}

pub(crate) async fn a_company_that_is_merged_or_deleted_after_the_pull_is_gone_and_the_others_go_on<
    V: Vendor,
>() {
    for reread in [Duration::ZERO, Duration::from_mins(15)] {
        let mut world = World::<V>::small().await;
        world.policy.reread_after = reread;
        let plan = dry_run(&world).await;
        world.crm.person_merges(&world.company(ROSSI), &world.company(BIANCHI));
        world.crm.person_deletes(&world.company(FONTANA));
        let report = world.apply(&plan).await.unwrap();
        assert_eq!(report.applied, Some(Applied { applied: 4, gone: 2, ..Applied::default() }));
        assert_eq!(report.outcome, RunOutcome::Done);
        assert!(world.value(ROSSI, Figure::Cluster).is_some());
        let next = world.backfill().await.unwrap();
        assert_eq!(next.plan.summary["companies"], 4);
    }
}

pub(crate) async fn a_company_that_loses_its_key_is_cleared_and_listed<V: Vendor>() {
    let world = World::<V>::small().await;
    world.backfill().await.unwrap();
    let id = world.company(BIANCHI);
    world.edit(BIANCHI, Entry::Input(InputProperty::VatNumber), "");
    let held = world.backfill().await.unwrap();
    assert_eq!(held.outcome, RunOutcome::Held, "one of six companies is more than a tenth of the values");
    let world = world.unguarded();
    let report = world.backfill().await.unwrap();
    assert_eq!(report.analysis.unwrap().without_key, 1);
    assert_eq!(report.plan.summary["reasons"]["cleared_no_key"], report.plan.summary["cleared_values"]);
    assert!(world.written().keys().all(|(company, _)| *company != id));
    // Nothing to clear any more: nothing is written.
    world.crm.forget();
    world.backfill().await.unwrap();
    assert!(world.crm.companies_written().is_empty());
}

pub(crate) async fn companies_that_share_a_key_are_cleared_or_the_oldest_is_taken<V: Vendor>() {
    for (rule, ambiguous) in [(AmbiguousKeys::Skip, 2), (AmbiguousKeys::Oldest, 0)] {
        let mut world = World::<V>::small().await.unguarded();
        world.policy.rules.ambiguous = rule;
        world.backfill().await.unwrap();
        world.edit(BIANCHI, Entry::Input(InputProperty::VatNumber), ROSSI);
        let report = world.backfill().await.unwrap();
        let analysis = report.analysis.unwrap();
        assert_eq!(analysis.ambiguous, ambiguous, "{rule:?}");
        assert!(analysis.reconciliation.balances(), "{rule:?}");
    }
}

pub(crate) async fn the_key_account_is_missing_once_its_owner_is_archived<V: Vendor>() {
    let world = World::<V>::small().await;
    world.backfill().await.unwrap();
    assert_eq!(world.value(ROSSI, Figure::KeyAccountMissing).as_deref(), Some("false"));
    world.crm.owners_leave();
    world.backfill().await.unwrap();
    assert_eq!(world.value(ROSSI, Figure::KeyAccountMissing).as_deref(), Some("true"));
}

pub(crate) async fn the_next_contact_counts_from_the_last_one<V: Vendor>() {
    let world = World::<V>::small().await;
    world.crm.person_contacts(&world.company(ROSSI), "2013-12-10T22:30:00Z");
    world.backfill().await.unwrap();
    // 23:30 in Rome: still the 10th; cluster A, three months.
    assert_eq!(world.value(ROSSI, Figure::NextContactDue).as_deref(), Some("2014-03-10"));
    assert_eq!(world.value(ROSSI, Figure::ContactOverdue).as_deref(), Some("false"));
}

pub(crate) async fn a_few_companies_first<V: Vendor>() {
    let world = World::<V>::small().await;
    let chosen = BTreeSet::from([world.company(ROSSI)]);
    let scope = Scope { companies: chosen, limit: None };
    let report = world.run(Request { scope, ..request() }).await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 1);
    let scope = Scope { companies: BTreeSet::new(), limit: Some(2) };
    let report = world.run(Request { scope, ..request() }).await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 2);
    let report = world.backfill().await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 3);
}
