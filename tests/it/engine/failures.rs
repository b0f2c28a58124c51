//! Partial failures: what the CRM refuses is isolated, kept with its reason, and tried again by the next run.

use std::collections::BTreeMap;

use sirank::domain::catalogue::Figure;
use sirank::engine::{CheckReport, EngineError, Request, Scope, SetupReport};
use sirank::ports::Severity;
use sirank::store::RunOutcome;

use super::small::{ROSSI, invoice};
use super::world::{World, request};
use crate::crm::{Damage, Vendor};

pub(crate) async fn a_refused_company_is_kept_with_its_reason_and_tried_again<V: Vendor>() {
    let world = World::<V>::small().await;
    let (code, says) = world.crm.refuses(&world.company(ROSSI));
    for attempt in 1..=2 {
        let report = world.backfill().await.unwrap();
        assert_eq!(report.outcome, RunOutcome::DoneWithFailures);
        assert_eq!(report.applied.unwrap().refused, 1);
        let failed = world.store().failed_writes().unwrap();
        let [failed] = failed.as_slice() else { panic!("{failed:?}") };
        assert_eq!((&failed.plan, &failed.change.company), (&report.plan.id, &world.company(ROSSI)));
        assert_eq!((failed.code.as_str(), failed.attempts), (code, attempt));
        assert!(failed.message.contains(says), "{failed:?}");
    }
    assert_eq!(world.crm.written_twice(), BTreeMap::new());
    world.crm.person_mends(&world.company(ROSSI));
    let report = world.run(just_rossi(&world)).await.unwrap();
    assert_eq!((report.outcome, report.applied.unwrap().applied), (RunOutcome::Done, 1));
    assert_eq!(world.store().failed_writes().unwrap(), []);
}

/// A backfill of one company that somebody names.
fn just_rossi<V: Vendor>(world: &World<V>) -> Request {
    let companies = [world.company(ROSSI)].into();
    Request { scope: Scope { companies, limit: None }, ..request() }
}

pub(crate) async fn a_refused_write_waits_unless_its_values_or_its_property_change<V: Vendor>() {
    let world = World::<V>::small().await;
    world.crm.refuses(&world.company(ROSSI));
    for _ in 0..2 {
        world.backfill().await.unwrap();
    }
    // Refused twice: not tried again within the hour.
    world.crm.forget();
    let report = world.backfill().await.unwrap();
    assert!(world.crm.was_only_read());
    assert_eq!(report.plan.summary["waiting"], 1);
    assert_eq!(report.outcome, RunOutcome::DoneWithFailures, "who asks has to know that not all is in place");
    let report = world.run(Request { command: "run", ..request() }).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Done, "it is no news of the service's runs");
    assert_eq!(report.plan.summary["waiting"], 1);

    world.books.lock().unwrap().push(invoice("8", ROSSI, "2013-12-01", "70.00"));
    assert_eq!(world.backfill().await.unwrap().applied.unwrap().refused, 1, "another value");
    assert_eq!(world.store().failed_writes().unwrap()[0].attempts, 1);
    world.backfill().await.unwrap();
    assert_eq!(world.backfill().await.unwrap().plan.summary["waiting"], 1);
    let named = world.run(just_rossi(&world)).await.unwrap();
    assert_eq!(named.applied.unwrap().refused, 1, "somebody asked for it");

    assert_eq!(world.backfill().await.unwrap().plan.summary["waiting"], 1);
    world.crm.person_mends(&world.company(ROSSI));
    world.crm.administrator_spoils(Figure::Cluster, Damage::Option { lost: "E", own: "X" });
    world.backfill().await.unwrap_err();
    world.setup().await;
    let report = world.backfill().await.unwrap();
    assert_eq!(
        (report.outcome, report.applied.unwrap().applied),
        (RunOutcome::Done, 1),
        "a property was changed"
    );
}

/// A refusal that needs no change any more is no refusal that stands.
pub(crate) async fn a_refusal_that_a_person_made_needless_is_forgotten<V: Vendor>() {
    let world = World::<V>::small().await;
    world.crm.refuses(&world.company(ROSSI));
    world.backfill().await.unwrap();
    world.crm.person_mends(&world.company(ROSSI));
    world.backfill().await.unwrap();
    world.crm.forget();
    assert_eq!(world.backfill().await.unwrap().outcome, RunOutcome::Done);
    assert!(world.crm.companies_written().is_empty());
    assert_eq!(world.store().failed_writes().unwrap(), []);
}

async fn check<V: Vendor>(world: &World<V>) -> CheckReport {
    let store = world.store();
    world.with_engine(&store, async |engine| engine.check().await).await
}

async fn listed<V: Vendor>(world: &World<V>) -> SetupReport {
    let store = world.store();
    world.with_engine(&store, async |engine| engine.setup(true).await.unwrap()).await
}

/// A run does not begin, and `check` says the same once.
async fn prevented<V: Vendor>(world: &World<V>, place: &str, text: &str) {
    let error = world.backfill().await.unwrap_err();
    let EngineError::Preflight(findings) = &error else { panic!("{error}") };
    let about: Vec<_> = findings.iter().filter(|finding| finding.place.contains(place)).collect();
    let [finding] = about.as_slice() else { panic!("{findings:?}") };
    assert!(finding.what.contains(text) && !finding.advice.is_empty(), "{finding:?}");
    let checked = check(world).await;
    let said = checked.findings.iter().filter(|finding| finding.place.contains(place)).count();
    assert_eq!(said, 1, "{:?}", checked.findings);
    assert!(!checked.passed());
    assert!(world.crm.companies_written().is_empty());
}

pub(crate) async fn a_property_of_another_type_prevents_a_run<V: Vendor>() {
    let world = World::<V>::small().await;
    world.crm.administrator_spoils(Figure::Score, Damage::Text);
    prevented(&world, &world.crm.property(Figure::Score), "it is of the type text, not number").await;
}

pub(crate) async fn a_read_only_property_prevents_a_run<V: Vendor>() {
    let world = World::<V>::small().await;
    world.crm.administrator_spoils(Figure::Ltv, Damage::ReadOnly);
    prevented(&world, &world.crm.property(Figure::Ltv), "does not let the API write it").await;
}

pub(crate) async fn an_account_without_properties_is_pointed_to_setup<V: Vendor>() {
    let world = World::<V>::bare().await;
    prevented(&world, V::NOT_SET_UP, "not exist").await;
    world.crm.forget();
    let listed = listed(&world).await;
    assert_eq!(listed.created.len() + listed.by_hand.len(), Figure::ALL.len());
    assert!(world.crm.was_only_read(), "a dry run only reads");
    world.setup().await;
    assert_eq!(world.backfill().await.unwrap().outcome, RunOutcome::Done);
}

pub(crate) async fn lost_options_are_added_without_dropping_foreign_ones<V: Vendor>() {
    let world = World::<V>::small().await;
    world.crm.administrator_spoils(Figure::Cluster, Damage::Option { lost: "E", own: "X" });
    let property = world.crm.property(Figure::Cluster);
    prevented(&world, &property, "it lacks the options E").await;
    let report = world.setup().await;
    assert_eq!(report.created.len() + report.by_hand.len(), 1);
    let options = world.crm.options_of(Figure::Cluster);
    assert!(options.contains(&"X".to_owned()) && options.contains(&"E".to_owned()), "{options:?}");
    assert_eq!(world.backfill().await.unwrap().outcome, RunOutcome::Done);
}

pub(crate) async fn a_pipeline_or_category_that_does_not_exist_prevents_a_run<V: Vendor>() {
    let mut world = World::<V>::small().await;
    world.policy.watched_pipelines = Some(vec!["sales".into(), "no_such_pipeline".into()]);
    prevented(&world, "cold.watched_pipelines", "`no_such_pipeline`").await;
}

pub(crate) async fn a_configured_property_that_does_not_exist_is_said_once<V: Vendor>() {
    let mut world = World::<V>::small().await;
    world.policy.inputs[0].property = "no_such_property".into();
    prevented(&world, "no_such_property", "no such property of companies").await;
    world.policy.inputs[0].configured = false;
    let findings = check(&world).await.findings;
    let said: Vec<_> = findings.iter().filter(|finding| finding.place.contains("no_such_property")).collect();
    assert!(said.len() == 1 && said[0].severity == Severity::Warning, "{findings:?}");
}
