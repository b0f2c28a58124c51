//! HubSpot: companies, the survey, look-ups.

use sirank::connectors::hubspot::HubSpot;
use sirank::domain::catalogue::Figure;
use sirank::domain::company::{CompanyKeysText, CompanyRecord, Version};
use sirank::domain::ids::{CompanyId, OwnerId};
use sirank::domain::value::{Value, ValueKind};
use sirank::ports::{CompanyLookup, Crm, InputProperty, Trouble};
use sirank_mocks::hubspot as mock;

use crate::hubspot_support::{TOKEN, config, connect, number, portal, start, with_companies};

async fn all_companies(hubspot: &HubSpot) -> Vec<CompanyRecord> {
    let mut companies = Vec::new();
    let mut from = None;
    loop {
        let page = hubspot.companies(from).await.unwrap();
        companies.extend(page.items);
        match page.next {
            Some(next) => from = Some(next),
            None => return companies,
        }
    }
}

#[tokio::test]
async fn every_company_is_read_once_with_a_call_for_100() {
    let (hub, ids) = with_companies(250).await;
    let hubspot = connect(&hub.base_url());
    let first = hubspot.companies(None).await.unwrap();
    assert_eq!(first.items.len(), 100);
    let read: Vec<CompanyId> = all_companies(&hubspot).await.into_iter().map(|company| company.id).collect();
    assert_eq!(read, ids);
    let usage = hubspot.usage();
    assert_eq!(usage.calls["companies.list"], 4);
    assert_eq!((usage.writes, usage.throttled, usage.retries), (0, 0, 0));
}

#[tokio::test]
async fn companies_are_counted_with_one_call_each() {
    let (hub, ids) = with_companies(7).await;
    hub.person_edits(mock::Kind::Company, number(&ids[3]), &[("potential", "high")]);
    let mut config = config(&hub.base_url());
    config.mapping.category = Some("no_such_category".to_owned());
    let hubspot = HubSpot::new(config).unwrap();
    hubspot.survey().await.unwrap();
    assert_eq!(hubspot.count(None).await.unwrap(), Some(7));
    assert_eq!(hubspot.count(Some(InputProperty::Potential)).await.unwrap(), Some(1));
    assert_eq!(hubspot.count(Some(InputProperty::TaxCode)).await.unwrap(), Some(0));
    assert_eq!(
        hubspot.count(Some(InputProperty::Category)).await.unwrap(),
        Some(0),
        "there is no such property"
    );
    assert_eq!(hubspot.usage().calls["companies.search"], 3);
}

#[tokio::test]
async fn a_company_is_mapped_to_the_domain() {
    let mut portal = portal();
    // 23:30 UTC is the next day in Rome.
    let id = portal.add(
        mock::Kind::Company,
        1_700_004_600_000,
        &[
            ("name", "  Rossi Srl "),
            ("createdate", "2023-11-14T23:30:00.000Z"),
            ("notes_last_contacted", "1732318200000"),
            ("hubspot_owner_id", "51"),
            ("potential", "high"),
            ("d_and_p", "true"),
            ("category", ""),
            ("vat_number", "IT 01234567890"),
            ("tax_code", "01234567890"),
            ("accounting_id", "C-7"),
            ("country", "Italia"),
            ("sirank_score", "12.50"),
            ("sirank_ltv", "1234567890123456.78"),
            ("sirank_last_purchase", "2024-02-29"),
            ("sirank_cold_customer", "false"),
            ("sirank_cluster", "A"),
        ],
    );
    let hub = start(portal).await;
    let company = all_companies(&connect(&hub.base_url())).await.remove(0);
    let expected = CompanyRecord {
        version: Some(Version(1_700_004_600_000)),
        id: CompanyId::new(id.to_string()),
        name: "Rossi Srl".to_owned(),
        created: "2023-11-15".parse().ok(),
        keys: CompanyKeysText {
            own_id: None,
            customer_id: Some("C-7".to_owned()),
            vat_number: Some("IT 01234567890".to_owned()),
            tax_code: Some("01234567890".to_owned()),
            country: Some("Italia".to_owned()),
        },
        potential: Some("high".to_owned()),
        category: None,
        d_and_p: Some("true".to_owned()),
        owner: Some(OwnerId::from("51")),
        // 2024-11-22T23:30Z.
        last_contact: "2024-11-23".parse().ok(),
        last_contact_at: "2024-11-22T23:30:00Z".parse().ok(),
        observed: vec![
            (Figure::Score, Value::number("12.5".parse().unwrap())),
            (Figure::Cluster, Value::choice("A")),
            (Figure::LastPurchase, Value::date("2024-02-29".parse().unwrap())),
            (Figure::ColdCustomer, Value::flag(false)),
            (Figure::Ltv, Value::number("1234567890123456.78".parse().unwrap())),
        ],
    };
    assert_eq!(company, expected);
}

#[tokio::test]
async fn a_look_up_tells_who_is_gone() {
    let (hub, ids) = with_companies(5).await;
    assert!(hub.person_archives(mock::Kind::Company, number(&ids[1])));
    assert!(hub.person_merges(mock::Kind::Company, number(&ids[0]), number(&ids[2])));
    let hubspot = connect(&hub.base_url());
    let never = CompanyId::from("999999999999");
    let asked = [ids[0].clone(), ids[1].clone(), ids[2].clone(), never.clone(), ids[4].clone()];
    let found = hubspot.read(&asked).await.unwrap();
    let shown: Vec<(bool, &CompanyId)> = found
        .iter()
        .map(|lookup| match lookup {
            CompanyLookup::Found(company) => (true, &company.id),
            CompanyLookup::Gone(id) => (false, id),
        })
        .collect();
    let expected = [(true, &ids[0]), (false, &ids[1]), (false, &ids[2]), (false, &never), (true, &ids[4])];
    assert_eq!(shown, expected);
    // Merged and archived companies are in no list either.
    let listed: Vec<CompanyId> =
        all_companies(&hubspot).await.into_iter().map(|company| company.id).collect();
    assert_eq!(listed, [ids[0].clone(), ids[3].clone(), ids[4].clone()]);
}

#[tokio::test]
async fn the_survey_tells_what_the_account_is_like() {
    let mut portal = portal();
    for owner in 1..=150 {
        portal.add_owner(owner, &format!("user{owner}@example.com"), owner % 3 == 0);
    }
    let hub = start(portal).await;
    let hubspot = connect(&hub.base_url());
    let survey = hubspot.survey().await.unwrap();
    assert_eq!(survey.active_owners.len(), 100);
    assert!(
        survey.active_owners.contains(&OwnerId::from("1"))
            && !survey.active_owners.contains(&OwnerId::from("3"))
    );
    let first = &survey.owner_names[&OwnerId::from("1")];
    assert_eq!(
        (first.for_people(), first.email.as_deref()),
        (Some("user1 Rossi"), Some("user1@example.com"))
    );
    assert_eq!(survey.properties["sirank_score"].kind, Ok(ValueKind::Number));
    assert_eq!(survey.properties["d_and_p"].kind, Ok(ValueKind::Flag));
    assert_eq!(survey.properties["sirank_last_purchase"].kind, Ok(ValueKind::Date));
    assert_eq!(survey.properties["potential"].options, ["high", "low", "lost"]);
    assert!(survey.properties["notes_last_contacted"].read_only);
    assert_eq!(survey.figure_properties[&Figure::Revenue36m], "sirank_revenue_36m");
    let stages: Vec<(&str, bool)> =
        survey.pipelines[0].stages.iter().map(|stage| (stage.id.as_str(), stage.closed)).collect();
    assert_eq!(stages[2..], [("contractsent", false), ("closedwon", true), ("closedlost", true)]);
    assert!(survey.properties_left.is_some());
    assert!(!survey.account.is_empty() && survey.currency.is_some() && survey.time_zone.is_some());
    assert_eq!(survey.findings, []);
    assert!(hubspot.usage().total() <= 7, "{:?}", hubspot.usage());
}

#[tokio::test]
async fn the_survey_shows_what_stands_in_the_way() {
    let mut portal = portal();
    portal.add_property(mock::Kind::Company, mock::Property::text("sirank_score"));
    portal.add_property(mock::Kind::Company, mock::Property::number("sirank_ltv").read_only());
    let hub = start(portal).await;
    let mut config = config(&hub.base_url());
    config.mapping.category = Some("no_such_category".to_owned());
    let hubspot = HubSpot::new(config).unwrap();
    let survey = hubspot.survey().await.unwrap();
    assert_eq!(survey.properties["sirank_score"].kind, Ok(ValueKind::Text));
    assert!(survey.properties["sirank_ltv"].read_only);
    assert!(!survey.properties.contains_key("no_such_category"));
    // What the portal lacks is not asked for either.
    hubspot.companies(None).await.unwrap();
    assert!(!hub.requests().last().unwrap().target.contains("no_such_category"));
}

#[tokio::test]
async fn missing_scopes_are_named_all_at_once() {
    let hub = mock::HubSpot::builder()
        .token_with(TOKEN, mock::Token::scoped(&["crm.objects.companies.read", "crm.objects.deals.read"]))
        .seed(portal())
        .start()
        .await
        .unwrap();
    let error = connect(&hub.base_url()).survey().await.unwrap_err();
    let Trouble::Forbidden { missing, .. } = &error.trouble else { panic!("{error}") };
    assert_eq!(missing, &["crm.objects.owners.read", "crm.schemas.companies.read"]);
}

#[tokio::test]
async fn a_wrong_token_is_said_with_the_mend() {
    let hub = mock::HubSpot::builder().token("another").seed(portal()).start().await.unwrap();
    let error = connect(&hub.base_url()).survey().await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Unauthorized(_)));
    let text = error.to_string();
    assert!(text.contains("Service keys") && text.contains("hubspot.token"), "{text}");
    assert!(!text.contains(TOKEN), "{text}");
    assert_eq!(hub.requests().len(), 1);
}
