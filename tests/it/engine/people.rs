//! People: what they do in the CRM wins where it is theirs, and is put right where it is sirank's.

use std::collections::BTreeSet;
use std::time::Duration;

use sirank::domain::plan::ChangeReason;
use sirank::domain::rules::AmbiguousKeys;
use sirank::engine::{Applied, Request, Scope};
use sirank::ports::InputProperty;
use sirank::store::{ChangeState, RunOutcome};
use sirank_mocks::journal::Actor;

use super::small::{COMPANY, FONTANA, invoice};
use super::world::{World, request};

const ROSSI: &str = "IT00000000001";
const BIANCHI: &str = "IT00000000002";

/// A plan that is not applied.
async fn dry_run(world: &World) -> String {
    let report = world.run(Request { apply: false, ..request() }).await.unwrap();
    report.plan.id.to_string()
}

#[tokio::test]
async fn nothing_but_sirank_s_own_properties_is_ever_written() {
    let world = World::small().await;
    world.backfill().await.unwrap();
    let writes = world.hub.writes();
    assert!(!writes.all().is_empty());
    for write in writes.all() {
        assert_eq!(
            (write.object.as_str(), write.action.as_str(), write.by),
            ("companies", "update", Actor::Api)
        );
        let foreign: Vec<_> = write.properties.keys().filter(|name| !name.starts_with("sirank_")).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
    }
}

#[tokio::test]
async fn a_value_edited_between_plan_and_apply_is_planned_again() {
    let world = World::small().await;
    world.backfill().await.unwrap();
    world.books.lock().unwrap().push(invoice("8", BIANCHI, "2013-12-01", "70.00"));
    let plan = dry_run(&world).await;
    world.edit(BIANCHI, &[("sirank_revenue_36m", "1")]);
    let report = world.apply(&plan).await.unwrap();
    assert_eq!(report.applied, Some(Applied { moved: 1, ..Applied::default() }));
    assert_eq!(world.value(BIANCHI, "sirank_revenue_36m").as_deref(), Some("1"));

    let next = world.backfill().await.unwrap();
    assert_eq!(next.applied, Some(Applied { applied: 1, ..Applied::default() }));
    assert_eq!(world.value(BIANCHI, "sirank_revenue_36m").as_deref(), Some("170"));
}

#[tokio::test]
async fn a_figure_edited_by_hand_is_put_right_and_history_shows_both() {
    let world = World::small().await;
    world.backfill().await.unwrap();
    world.edit(ROSSI, &[("sirank_cluster", "Z")]);
    let report = world.backfill().await.unwrap();
    assert_eq!(world.value(ROSSI, "sirank_cluster").as_deref(), Some("A"));
    let changes = world.store().changes_after(&report.plan.id, None, 10).unwrap();
    let [change] = changes.as_slice() else { panic!("{changes:?}") };
    let [field] = change.change.fields.as_slice() else { panic!("{change:?}") };
    assert_eq!(field.reason, ChangeReason::EditedInCrm);
    let text = |value: &Option<sirank::domain::value::Value>| value.as_ref().unwrap().as_str().to_owned();
    assert_eq!((text(&field.observed), text(&field.intended)), ("Z".into(), "A".into()));
    assert_eq!(change.state, ChangeState::Applied);
}

#[tokio::test]
async fn a_company_that_is_merged_or_archived_after_the_pull_is_gone_and_the_others_go_on() {
    for reread in [Duration::ZERO, Duration::from_mins(15)] {
        let mut world = World::small().await;
        world.policy.reread_after = reread;
        let plan = dry_run(&world).await;
        let (rossi, bianchi) = (world.by_vat(ROSSI), world.by_vat(BIANCHI));
        assert!(world.hub.person_merges(COMPANY, rossi, bianchi));
        assert!(world.hub.person_archives(COMPANY, world.by_vat(FONTANA)));
        let report = world.apply(&plan).await.unwrap();
        assert_eq!(report.applied, Some(Applied { applied: 4, gone: 2, ..Applied::default() }));
        assert_eq!(report.outcome, RunOutcome::Done);
        assert!(world.value(ROSSI, "sirank_cluster").is_some());
        let next = world.backfill().await.unwrap();
        assert_eq!(next.plan.summary["companies"], 4);
    }
}

/// Without guards, so that the small world's shares do not matter.
fn unguarded(world: &mut World) {
    world.policy.guards.max_clear_share = 1.into();
    world.policy.guards.max_cluster_change_share = 1.into();
}

#[tokio::test]
async fn a_company_that_loses_its_key_is_cleared_and_listed() {
    let mut world = World::small().await;
    world.backfill().await.unwrap();
    let id = world.by_vat(BIANCHI);
    world.edit(BIANCHI, &[("vat_number", "")]);
    let held = world.backfill().await.unwrap();
    assert_eq!(held.outcome, RunOutcome::Held, "one of six companies is more than a tenth of the values");
    unguarded(&mut world);
    let report = world.backfill().await.unwrap();
    assert_eq!(report.analysis.unwrap().without_key, 1);
    assert_eq!(report.plan.summary["reasons"]["cleared_no_key"], report.plan.summary["cleared_values"]);
    assert!(
        world.written_values().keys().all(|(company, _)| *company != id.to_string())
            || world
                .written_values()
                .iter()
                .all(|((company, _), value)| *company != id.to_string() || value.is_empty())
    );
    // Nothing to clear any more: nothing is written.
    world.hub.forget();
    world.backfill().await.unwrap();
    assert!(world.hub.writes().all().is_empty());
}

#[tokio::test]
async fn companies_that_share_a_key_are_cleared_or_the_oldest_is_taken() {
    for (rule, ambiguous) in [(AmbiguousKeys::Skip, 2), (AmbiguousKeys::Oldest, 0)] {
        let mut world = World::small().await;
        world.policy.rules.ambiguous = rule;
        unguarded(&mut world);
        world.backfill().await.unwrap();
        world.edit(BIANCHI, &[("vat_number", ROSSI)]);
        let report = world.backfill().await.unwrap();
        let analysis = report.analysis.unwrap();
        assert_eq!(analysis.ambiguous, ambiguous, "{rule:?}");
        assert!(analysis.reconciliation.balances(), "{rule:?}");
    }
}

#[tokio::test]
async fn the_key_account_is_missing_once_its_owner_is_archived() {
    let world = World::small().await;
    world.backfill().await.unwrap();
    assert_eq!(world.value(ROSSI, "sirank_key_account_missing").as_deref(), Some("false"));
    world.hub.change(|portal| portal.owners.iter_mut().for_each(|owner| owner.archived = true));
    world.backfill().await.unwrap();
    assert_eq!(world.value(ROSSI, "sirank_key_account_missing").as_deref(), Some("true"));
}

#[tokio::test]
async fn the_next_contact_counts_from_the_last_one() {
    let world = World::small().await;
    world.edit(ROSSI, &[("notes_last_contacted", "2013-12-10T22:30:00Z")]);
    world.backfill().await.unwrap();
    // 23:30 in Rome: still the 10th; cluster A, three months.
    assert_eq!(world.value(ROSSI, "sirank_next_contact_due").as_deref(), Some("2014-03-10"));
    assert_eq!(world.value(ROSSI, "sirank_contact_overdue").as_deref(), Some("false"));
}

#[tokio::test]
async fn a_few_companies_first() {
    let world = World::small().await;
    let chosen = BTreeSet::from([world.by_vat(ROSSI).to_string().as_str().into()]);
    let scope = Scope { companies: chosen, limit: None };
    let report = world.run(Request { scope, ..request() }).await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 1);
    let scope = Scope { companies: BTreeSet::new(), limit: Some(2) };
    let report = world.run(Request { scope, ..request() }).await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 2);
    let report = world.backfill().await.unwrap();
    assert_eq!(report.applied.unwrap().applied, 3);
    let input = world.policy.inputs.iter().find(|mapping| mapping.input == InputProperty::Potential);
    assert_eq!(input.unwrap().property, "potential");
}
