//! HubSpot: creating the group, properties and options; idempotent, and never dropping what is not ours.

use sirank::connectors::hubspot::HubSpot;
use sirank::domain::catalogue::{Figure, Language};
use sirank::domain::value::ValueKind;
use sirank::ports::{Crm, InputProperty, SchemaItem, Trouble};
use sirank_mocks::faults::Fault;
use sirank_mocks::hubspot as mock;

use crate::hubspot_support::{TOKEN, config, connect, start};

const INPUTS: [InputProperty; 6] = [
    InputProperty::Potential,
    InputProperty::DAndP,
    InputProperty::Category,
    InputProperty::VatNumber,
    InputProperty::TaxCode,
    InputProperty::AccountingId,
];

fn everything() -> Vec<SchemaItem> {
    Figure::ALL.into_iter().map(SchemaItem::Figure).chain(INPUTS.map(SchemaItem::Input)).collect()
}

fn definition(hub: &mock::HubSpot, name: &str) -> mock::Property {
    hub.portal(|portal| portal.space(mock::Kind::Company).schema.properties[name].clone())
}

#[tokio::test]
async fn an_empty_portal_gets_everything_and_a_second_time_nothing_more() {
    let hub = start(mock::Portal::new()).await;
    let mut config = config(&hub.base_url());
    config.language = Language::It;
    for _ in 0..2 {
        let hubspot = HubSpot::new(config.clone()).unwrap();
        for item in everything() {
            hubspot.create(&item).await.unwrap();
        }
        let survey = hubspot.survey().await.unwrap();
        assert_eq!(survey.findings, []);
        for figure in Figure::ALL {
            let state = &survey.properties[&survey.figure_properties[&figure]];
            assert_eq!(state.kind, Ok(figure.describe().kind), "{figure}");
            assert_eq!(state.label, figure.describe().label.it, "{figure}");
            let options: Vec<&str> = figure.describe().options.iter().map(|option| option.name).collect();
            if figure.describe().kind == ValueKind::Choice {
                assert_eq!(state.options, options, "{figure}");
            }
        }
        assert_eq!(survey.properties["potential"].options, ["high", "low", "lost"]);
        assert_eq!(survey.properties["d_and_p"].kind, Ok(ValueKind::Flag));
    }
    assert_eq!(definition(&hub, "sirank_ltv").group, "sirank");
    assert_eq!(definition(&hub, "vat_number").label, "Partita IVA");
    let groups = hub.requests().iter().filter(|request| request.target.ends_with("/groups")).count();
    assert_eq!(groups, 2, "once for each connector");
}

#[tokio::test]
async fn a_property_of_another_type_is_refused() {
    let mut portal = mock::Portal::new();
    portal.add_property(mock::Kind::Company, mock::Property::text("sirank_score"));
    let hub = start(portal).await;
    let hubspot = connect(&hub.base_url());
    let error = hubspot.create(&SchemaItem::Figure(Figure::Score)).await.unwrap_err();
    let Trouble::Refused { code, message } = &error.trouble else { panic!("{error}") };
    assert_eq!(code, "PROPERTY_OF_ANOTHER_TYPE");
    assert!(message.contains("type text, not number"), "{message}");
}

#[tokio::test]
async fn missing_options_are_added_and_others_kept() {
    let mut portal = mock::Portal::new();
    portal.add_property(
        mock::Kind::Company,
        mock::Property::choice("sirank_cluster", &[("A", "Alpha"), ("own", "Somebody's own"), ("B", "Beta")]),
    );
    let hub = start(portal).await;
    let hubspot = connect(&hub.base_url());
    let missing = ["C", "D"].map(str::to_owned).to_vec();
    hubspot.create(&SchemaItem::Options(Figure::Cluster, missing)).await.unwrap();
    let labels = || -> Vec<(String, String)> {
        let options = definition(&hub, "sirank_cluster").options;
        options.into_iter().map(|option| (option.value, option.label)).collect()
    };
    let found = labels();
    let values: Vec<&str> = found.iter().map(|(value, _)| value.as_str()).collect();
    assert_eq!(values, ["A", "own", "B", "C", "D"]);
    assert_eq!(found[0].1, "Alpha");
    // Creating what exists adds what it lacks as well.
    hubspot.create(&SchemaItem::Figure(Figure::Cluster)).await.unwrap();
    assert_eq!(labels().len(), 7);
}

#[tokio::test]
async fn an_archived_property_comes_back_and_gets_its_options() {
    let hub = start(mock::Portal::new()).await;
    let hubspot = connect(&hub.base_url());
    hub.change(|portal| {
        portal.add_property(mock::Kind::Company, mock::Property::choice("sirank_cluster", &[("A", "A")]));
    });
    archive(&hub, "sirank_cluster").await;
    hubspot.create(&SchemaItem::Figure(Figure::Cluster)).await.unwrap();
    assert_eq!(definition(&hub, "sirank_cluster").options.len(), 6);
}

async fn archive(hub: &mock::HubSpot, name: &str) {
    let base = hub.base_url();
    let address = base.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "DELETE /crm/properties/2026-09/companies/{name} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {TOKEN}\r\n\
         connection: close\r\n\r\n"
    );
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
    assert!(answer.contains(" 204 "), "{answer}");
}

#[tokio::test]
async fn an_unknown_outcome_is_read_back() {
    let hub = start(mock::Portal::new()).await;
    let hubspot = connect(&hub.base_url());
    hub.faults(|faults| faults.add(Fault::status(502).kind("properties_write").times(2).after_effect()));
    hubspot.create(&SchemaItem::Figure(Figure::Score)).await.unwrap();
    assert_eq!(definition(&hub, "sirank_score").group, "sirank");
    hub.faults(|faults| faults.add(Fault::status(502).kind("properties_write")));
    let error = hubspot.create(&SchemaItem::Figure(Figure::Ltv)).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn a_missing_scope_and_a_full_account_are_said() {
    let scopes = mock::Token::scoped(&["crm.schemas.companies.read"]);
    let hub =
        mock::HubSpot::builder().token_with(TOKEN, scopes).seed(mock::Portal::new()).start().await.unwrap();
    let error = connect(&hub.base_url()).create(&SchemaItem::Figure(Figure::Score)).await.unwrap_err();
    let Trouble::Forbidden { missing, .. } = &error.trouble else { panic!("{error}") };
    assert_eq!(missing, &["crm.schemas.companies.write"]);

    let mut portal = mock::Portal::new();
    portal.plan.custom_properties = 0;
    let hub = start(portal).await;
    let error = connect(&hub.base_url()).create(&SchemaItem::Figure(Figure::Score)).await.unwrap_err();
    assert!(
        matches!(&error.trouble, Trouble::Refused { code, .. } if code == "PROPERTY_LIMIT_EXCEEDED"),
        "{error}"
    );
}
