//! HubSpot: creating the Wake Up pipeline and the properties of cards; a second time nothing more, whatever fails.

use std::collections::BTreeMap;

use sirank::connectors::hubspot::HubSpot;
use sirank::domain::ids::{PipelineId, StageId};
use sirank::domain::value::ValueKind;
use sirank::domain::wake_up::{BoardNames, CardField, StageRole};
use sirank::ports::{Board, CallError, Crm, Finding, SchemaItem, Survey, Trouble};
use sirank_mocks::faults::Fault;
use sirank_mocks::hubspot as mock;

use crate::hubspot_support::{TOKEN, config, connect, start};

pub(crate) fn names() -> BoardNames {
    BoardNames {
        pipeline: "Wake Up".to_owned(),
        stages: StageRole::ALL.map(|role| (role, role.label().it.to_owned())).into(),
    }
}

/// A connector that keeps cards.
pub(crate) fn keeping_cards(base_url: &str) -> HubSpot {
    HubSpot::new(sirank::connectors::hubspot::HubSpotConfig { wake_up: Some(names()), ..config(base_url) })
        .unwrap()
}

/// Everything that cards need.
pub(crate) fn items() -> Vec<SchemaItem> {
    [SchemaItem::Board].into_iter().chain(CardField::ALL.map(SchemaItem::CardField)).collect()
}

pub(crate) async fn set_up(hubspot: &HubSpot) {
    for item in items() {
        hubspot.create(&item).await.unwrap();
    }
}

/// The board of a survey, by the labels of its stages.
pub(crate) fn board(survey: &Survey) -> Board {
    let pipeline = survey.pipelines.iter().find(|pipeline| pipeline.label == "Wake Up").unwrap();
    let id = |label: &str| pipeline.stages.iter().find(|stage| stage.label == label).unwrap().id.clone();
    let stages: BTreeMap<StageRole, StageId> = StageRole::ALL.map(|role| (role, id(role.label().it))).into();
    let others = pipeline.stages.iter().filter(|stage| !stages.values().any(|id| *id == stage.id));
    let others = others.map(|stage| (stage.id.clone(), stage.closed)).collect();
    Board { pipeline: pipeline.id.clone(), stages, others }
}

fn boards(hub: &mock::HubSpot) -> Vec<mock::Pipeline> {
    hub.portal(|portal| portal.pipelines.iter().filter(|held| held.label == "Wake Up").cloned().collect())
}

fn refused(error: &CallError) -> (&str, &str) {
    match &error.trouble {
        Trouble::Refused { code, message } => (code, message),
        _ => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_portal_gets_the_board_and_a_second_time_nothing_is_written() {
    let hub = start(mock::Portal::new()).await;
    let hubspot = keeping_cards(&hub.base_url());
    let before = hubspot.survey().await.unwrap();
    assert_eq!((before.pipelines_left, before.card_properties.len()), (Some(14), 0));
    set_up(&hubspot).await;
    let [made] = &boards(&hub)[..] else { panic!() };
    let stages: Vec<(&str, &str)> =
        made.stages.iter().map(|stage| (stage.label.as_str(), stage.probability.as_str())).collect();
    assert_eq!(
        stages,
        [
            ("Da contattare", "0.1"),
            ("Contattato", "0.2"),
            ("Appuntamento", "0.5"),
            ("Riattivato", "1.0"),
            ("Non interessato", "0.0"),
            ("Non più freddo", "0.0")
        ]
    );
    hub.portal(|portal| {
        let properties = &portal.space(mock::Kind::Deal).schema.properties;
        let (key, lost) = (&properties["sirank_wakeup_key"], &properties["sirank_lost_revenue"]);
        assert!(key.unique && !lost.unique);
        assert_eq!((key.group.as_str(), lost.number_hint.as_deref()), ("sirank", Some("currency")));
    });
    let survey = hubspot.survey().await.unwrap();
    assert_eq!(survey.pipelines_left, Some(13));
    let kinds: Vec<_> = survey.card_properties.values().map(|state| state.kind.clone()).collect();
    assert_eq!(
        kinds,
        [Ok(ValueKind::Text), Ok(ValueKind::Currency), Ok(ValueKind::Text), Ok(ValueKind::Text)]
    );
    let state = hub.portal(Clone::clone);
    let again = keeping_cards(&hub.base_url());
    set_up(&again).await;
    assert_eq!(boards(&hub).len(), 1);
    assert_eq!(again.usage().calls.get("pipelines.create"), None);
    hub.portal(|portal| {
        let of = |portal: &mock::Portal| portal.space(mock::Kind::Deal).schema.properties.len();
        assert_eq!(of(portal), of(&state));
    });
}

#[tokio::test]
async fn without_a_configured_board_nothing_is_asked_or_made() {
    let hub = start(mock::Portal::new()).await;
    let hubspot = connect(&hub.base_url());
    assert!(hubspot.cards().is_none());
    let survey = hubspot.survey().await.unwrap();
    assert_eq!((survey.pipelines_left, survey.card_properties.len()), (None, 0));
    assert_eq!(hubspot.usage().calls["properties.list"], 1);
    let error = hubspot.create(&SchemaItem::Board).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Configuration(_)), "{error}");
}

#[tokio::test]
async fn a_board_whose_making_has_an_unknown_outcome_is_looked_up() {
    let hub = start(mock::Portal::new()).await;
    let hubspot = keeping_cards(&hub.base_url());
    hub.faults(|faults| faults.add(Fault::status(502).kind("pipelines_write").after_effect()));
    hubspot.create(&SchemaItem::Board).await.unwrap();
    assert_eq!(boards(&hub).len(), 1);
    assert_eq!(hubspot.usage().calls["pipelines.create"], 1);
    // Where it was not made, the failure is told, and the next attempt makes it.
    let hub = start(mock::Portal::new()).await;
    let hubspot = keeping_cards(&hub.base_url());
    hub.faults(|faults| faults.add(Fault::status(502).kind("pipelines_write")));
    let error = hubspot.create(&SchemaItem::Board).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Unavailable { .. }), "{error}");
    assert_eq!(boards(&hub).len(), 0);
    hubspot.create(&SchemaItem::Board).await.unwrap();
    assert_eq!(boards(&hub).len(), 1);
}

#[tokio::test]
async fn stages_that_are_missing_are_added_and_those_of_people_kept() {
    let hub = start(mock::Portal::new()).await;
    let hubspot = keeping_cards(&hub.base_url());
    set_up(&hubspot).await;
    hub.change(|portal| {
        let stages = &mut portal.pipelines[1].stages;
        stages.remove(2);
        stages.push(mock::Stage::new("own", "Una nostra", 9, "0.7"));
    });
    let pipeline = PipelineId::from(boards(&hub)[0].id.as_str());
    let missing = SchemaItem::Stages(pipeline, vec![StageRole::Appointment]);
    hub.faults(|faults| faults.add(Fault::status(502).kind("pipelines_write").after_effect()));
    for _ in 0..2 {
        hubspot.create(&missing).await.unwrap();
    }
    let labels: Vec<String> = boards(&hub)[0].stages.iter().map(|stage| stage.label.clone()).collect();
    assert_eq!(labels[2], "Appuntamento");
    assert_eq!(labels.len(), 7);
    assert_eq!(hubspot.usage().calls["stages.create"], 1);
    let board = board(&hubspot.survey().await.unwrap());
    assert_eq!(board.others, BTreeMap::from([(StageId::from("own"), false)]));
    let gone = SchemaItem::Stages(PipelineId::from("404"), vec![StageRole::Appointment]);
    assert_eq!(refused(&hubspot.create(&gone).await.unwrap_err()).0, "PIPELINE_GONE");
}

#[tokio::test]
async fn a_full_account_and_missing_scopes_are_said_and_do_not_stop_a_survey() {
    let mut portal = mock::Portal::new();
    portal.plan.pipelines = 1;
    let hub = start(portal).await;
    let hubspot = keeping_cards(&hub.base_url());
    assert_eq!(hubspot.survey().await.unwrap().pipelines_left, Some(0));
    assert_eq!(refused(&hubspot.create(&SchemaItem::Board).await.unwrap_err()).0, "LIMIT_EXCEEDED");

    let scopes = mock::Token::scoped(&[
        "crm.schemas.companies.read",
        "crm.objects.companies.read",
        "crm.objects.deals.read",
        "crm.objects.owners.read",
    ]);
    let hub =
        mock::HubSpot::builder().token_with(TOKEN, scopes).seed(mock::Portal::new()).start().await.unwrap();
    let hubspot = keeping_cards(&hub.base_url());
    let survey = hubspot.survey().await.unwrap();
    let [Finding { advice, .. }] = &survey.findings[..] else { panic!("{:?}", survey.findings) };
    assert!(advice.contains("crm.schemas.deals.read"), "{advice}");
    for item in [SchemaItem::Board, SchemaItem::CardField(CardField::Key)] {
        let error = hubspot.create(&item).await.unwrap_err();
        let Trouble::Forbidden { missing, .. } = &error.trouble else { panic!("{error}") };
        assert_eq!(missing, &["crm.schemas.deals.write"]);
    }
}

#[tokio::test]
async fn a_property_of_another_type_or_that_is_not_unique_is_refused() {
    let mut portal = mock::Portal::new();
    let mut add = |property: mock::Property| {
        portal.add_property(mock::Kind::Deal, property.group("dealinformation"));
    };
    add(mock::Property::text("sirank_wakeup_key"));
    add(mock::Property::text("sirank_lost_revenue"));
    let hub = start(portal).await;
    let hubspot = keeping_cards(&hub.base_url());
    let create = async |field| hubspot.create(&SchemaItem::CardField(field)).await;
    let error = create(CardField::LostRevenue).await.unwrap_err();
    let (code, message) = refused(&error);
    assert_eq!(code, "PROPERTY_OF_ANOTHER_TYPE");
    assert!(message.contains("type text, not number"), "{message}");
    assert_eq!(refused(&create(CardField::Key).await.unwrap_err()).0, "PROPERTY_NOT_UNIQUE");
    let findings = hubspot.survey().await.unwrap().findings;
    assert!(findings.iter().any(|finding| finding.place.contains("sirank_wakeup_key")), "{findings:?}");
}
