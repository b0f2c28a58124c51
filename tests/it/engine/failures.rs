//! Partial failures: what the portal refuses is isolated, kept with its reason, and tried again by the next run.

use std::collections::BTreeMap;

use sirank::domain::catalogue::Figure;
use sirank::engine::{CheckReport, EngineError, SetupReport};
use sirank::ports::Severity;
use sirank::store::RunOutcome;
use sirank_mocks::hubspot as mock;

use super::small::{COMPANY, books, portal};
use super::world::World;

const ROSSI: &str = "IT00000000001";

fn required_for_cluster_a() -> mock::Rule {
    mock::Rule {
        kind: COMPANY,
        property: "industry".to_owned(),
        need: mock::Need::When { property: "sirank_cluster".to_owned(), value: "A".to_owned() },
    }
}

#[tokio::test]
async fn a_refused_company_is_kept_with_its_reason_and_tried_again() {
    let world = World::small().await;
    world.hub.change(|portal| portal.rules.push(required_for_cluster_a()));
    for _ in 0..2 {
        let report = world.backfill().await.unwrap();
        assert_eq!(report.outcome, RunOutcome::DoneWithFailures);
        assert_eq!(report.applied.unwrap().refused, 1);
        let refused = world.store().refused_changes().unwrap();
        let [(plan, change)] = refused.as_slice() else { panic!("{refused:?}") };
        assert_eq!(
            (plan, change.change.company.as_str()),
            (&report.plan.id, world.by_vat(ROSSI).to_string().as_str())
        );
        assert_eq!(change.code.as_deref(), Some("MISSING_CONDITIONAL_REQUIRED_PROPERTY"));
        assert!(change.message.as_deref().is_some_and(|message| message.contains("industry")), "{change:?}");
    }
    assert_eq!(world.hub.writes().written_twice("companies"), BTreeMap::new());
    world.edit(ROSSI, &[("industry", "RETAIL")]);
    let report = world.backfill().await.unwrap();
    assert_eq!((report.outcome, report.applied.unwrap().applied), (RunOutcome::Done, 1));
    assert_eq!(world.store().refused_changes().unwrap(), []);
}

/// A refusal that needs no change any more is no refusal that stands.
#[tokio::test]
async fn a_refusal_that_a_person_made_needless_is_forgotten() {
    let world = World::small().await;
    world.hub.change(|portal| portal.rules.push(required_for_cluster_a()));
    world.backfill().await.unwrap();
    world.hub.change(|portal| portal.rules.clear());
    world.backfill().await.unwrap();
    world.hub.forget();
    assert_eq!(world.backfill().await.unwrap().outcome, RunOutcome::Done);
    assert!(world.hub.writes().all().is_empty());
    assert_eq!(world.store().refused_changes().unwrap(), []);
}

async fn check(world: &World) -> CheckReport {
    let store = world.store();
    world.with_engine(&store, async |engine| engine.check().await).await
}

async fn setup(world: &World, dry_run: bool) -> SetupReport {
    let store = world.store();
    world.with_engine(&store, async |engine| engine.setup(dry_run).await.unwrap()).await
}

fn change_property(world: &World, name: &str, change: impl FnOnce(&mut mock::Property)) {
    let mut property = world.hub.portal(|portal| portal.space(COMPANY).schema.properties[name].clone());
    change(&mut property);
    world.hub.change(|portal| portal.add_property(COMPANY, property));
}

/// A run does not begin, and `check` says the same once.
async fn prevented(world: &World, place: &str, text: &str) {
    let error = world.backfill().await.unwrap_err();
    let EngineError::Preflight(findings) = &error else { panic!("{error}") };
    let about: Vec<_> = findings.iter().filter(|finding| finding.place.contains(place)).collect();
    let [finding] = about.as_slice() else { panic!("{findings:?}") };
    assert!(finding.what.contains(text) && !finding.advice.is_empty(), "{finding:?}");
    let checked = check(world).await;
    let said = checked.findings.iter().filter(|finding| finding.place.contains(place)).count();
    assert_eq!(said, 1, "{:?}", checked.findings);
    assert!(!checked.passed());
    assert!(world.hub.writes().all().is_empty());
}

#[tokio::test]
async fn a_property_of_another_type_prevents_a_run() {
    let world = World::small().await;
    change_property(&world, "sirank_score", |property| *property = mock::Property::text("sirank_score"));
    prevented(&world, "sirank_score", "it is of the type text, not number").await;
}

#[tokio::test]
async fn a_read_only_property_prevents_a_run() {
    let world = World::small().await;
    change_property(&world, "sirank_ltv", |property| property.read_only = true);
    prevented(&world, "sirank_ltv", "does not let the API write it").await;
}

#[tokio::test]
async fn a_portal_without_properties_is_pointed_to_setup() {
    let world = World::of(portal(), books()).await;
    prevented(&world, "properties of companies", "do not exist").await;
    world.hub.forget();
    let listed = setup(&world, true).await;
    assert_eq!(listed.created.len(), Figure::ALL.len());
    assert!(world.hub.requests().iter().all(|request| request.method == "GET"), "a dry run only reads");
    setup(&world, false).await;
    assert_eq!(world.backfill().await.unwrap().outcome, RunOutcome::Done);
}

#[tokio::test]
async fn lost_options_are_added_without_dropping_foreign_ones() {
    let world = World::small().await;
    change_property(&world, "sirank_cluster", |property| {
        property.options.retain(|option| option.value != "E");
        property.options.push(mock::Choice::new("X", "Ours", 9));
    });
    prevented(&world, "sirank_cluster", "it lacks the options E").await;
    let report = setup(&world, false).await;
    assert_eq!(report.created.len(), 1);
    let options: Vec<String> = world.hub.portal(|portal| {
        let property = &portal.space(COMPANY).schema.properties["sirank_cluster"];
        property.options.iter().map(|option| option.value.clone()).collect()
    });
    assert!(options.contains(&"X".to_owned()) && options.contains(&"E".to_owned()), "{options:?}");
    assert_eq!(world.backfill().await.unwrap().outcome, RunOutcome::Done);
}

#[tokio::test]
async fn what_a_full_portal_does_not_take_is_left_out() {
    let mut full = portal();
    full.plan.custom_properties =
        full.space(COMPANY).schema.properties.values().filter(|p| !p.standard).count() + 3;
    let world = World::of(full, books()).await;
    let report = setup(&world, false).await;
    assert_eq!((report.created.len(), report.left_out.len()), (3, Figure::ALL.len() - 3));
    let order: Vec<&str> = report.created.iter().map(|item| item.property.as_str()).collect();
    let first: Vec<String> = Figure::ALL[..3].iter().map(|figure| figure.property_name("sirank_")).collect();
    assert_eq!(order, first, "in the order of the catalogue");
}

#[tokio::test]
async fn a_pipeline_or_category_that_does_not_exist_prevents_a_run() {
    let mut world = World::small().await;
    world.policy.watched_pipelines = Some(vec!["sales".into(), "no_such_pipeline".into()]);
    prevented(&world, "cold.watched_pipelines", "`no_such_pipeline`").await;
}

#[tokio::test]
async fn a_configured_property_that_does_not_exist_is_said_once() {
    let mut world = World::small().await;
    world.policy.inputs[0].property = "no_such_property".into();
    prevented(&world, "no_such_property", "no such property of companies").await;
    world.policy.inputs[0].configured = false;
    let findings = check(&world).await.findings;
    let said: Vec<_> = findings.iter().filter(|finding| finding.place.contains("no_such_property")).collect();
    assert!(said.len() == 1 && said[0].severity == Severity::Warning, "{findings:?}");
}
