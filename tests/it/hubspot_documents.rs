//! HubSpot's own records as documents: commerce invoices, and won deals as purchases.

use sirank::connectors::hubspot::{
    HubSpot, HubSpotInvoiceSettings, HubSpotInvoices, HubSpotWonDeals, WonDealSettings,
};
use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted};
use sirank::domain::ids::DocumentId;
use sirank::ports::{CallError, ChangedDocuments, Crm, Deleted, InvoiceSource, Mark, Severity, Trouble};
use sirank_mocks::hubspot as mock;
use sirank_mocks::hubspot::{Kind, Pipeline, Stage, Token};

use crate::hubspot_support::{LONG_AGO, TOKEN, config, portal, start};
use crate::vtiger_support::all;

const AS_OF: &str = "2026-11-22";
const LATER: &str = "2026-11-22";

fn hubspot(hub: &mock::HubSpot) -> HubSpot {
    let mut settings = config(&hub.base_url());
    settings.own_documents = true;
    HubSpot::new(settings).unwrap()
}

fn invoices(hub: &mock::HubSpot) -> HubSpotInvoices {
    hubspot(hub).invoices("hubspot-invoices".into(), HubSpotInvoiceSettings::default())
}

fn won_deals(hub: &mock::HubSpot, pipelines: Option<&[&str]>) -> HubSpotWonDeals {
    let pipelines = pipelines.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let settings = WonDealSettings {
        amount_property: "amount".to_owned(),
        pipelines,
        wake_up_pipeline: "Wake Up".to_owned(),
    };
    hubspot(hub).won_deals("won-deals".into(), settings)
}

fn invoice(number: &str, status: &str) -> Vec<(&'static str, String)> {
    let values = [
        ("hs_number", number),
        ("hs_invoice_status", status),
        // Midnight of the 2nd in Rome.
        ("hs_invoice_date", "2026-03-01T23:00:00.000Z"),
        ("hs_amount_billed", "120.50"),
        ("hs_currency", "EUR"),
    ];
    values.map(|(name, value)| (name, value.to_owned())).into()
}

fn add(portal: &mut mock::Portal, kind: Kind, values: &[(&'static str, String)]) -> u64 {
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    portal.add(kind, LONG_AGO, &values)
}

fn company(portal: &mut mock::Portal, name: &str) -> u64 {
    portal.add(Kind::Company, LONG_AGO, &[("name", name)])
}

async fn read(source: &dyn InvoiceSource) -> Vec<DocumentDraft> {
    all(async |from| source.documents(AS_OF.parse().unwrap(), from).await).await
}

/// What has changed, and up to where the source is read.
async fn changed(source: &dyn InvoiceSource, since: &Mark) -> (Vec<DocumentDraft>, Mark) {
    let (changes, mut from, mut items) = (source.changes().unwrap(), None, Vec::new());
    loop {
        let answer = changes.changed(LATER.parse().unwrap(), since, from).await.unwrap();
        let ChangedDocuments::Page { page, mark } = answer else { panic!("{answer:?}") };
        items.extend(page.items);
        match (page.next, mark) {
            (Some(next), None) => from = Some(next),
            (None, Some(mark)) => return (items, mark),
            other => panic!("{other:?}"),
        }
    }
}

async fn begin(source: &dyn InvoiceSource) -> Mark {
    source.changes().unwrap().mark(AS_OF.parse().unwrap()).await.unwrap()
}

fn customers(documents: &[DocumentDraft]) -> Vec<Option<String>> {
    documents.iter().map(|document| document.party.customer_id.clone()).collect()
}

fn key(company: u64) -> String {
    format!("hubspot:{company}")
}

fn missing(error: &CallError) -> Vec<String> {
    let Trouble::Forbidden { missing, .. } = &error.trouble else { panic!("{error}") };
    missing.clone()
}

#[tokio::test]
async fn an_invoice_is_read_with_its_company_by_the_shortest_way_that_there_is() {
    let mut portal = portal();
    let companies: Vec<u64> =
        ["Alfa", "Beta", "Gamma", "Delta"].map(|name| company(&mut portal, name)).into();
    let ids: Vec<u64> = (1..=5)
        .map(|number| add(&mut portal, Kind::Invoice, &invoice(&format!("INV-{number}"), "open")))
        .collect();
    let deal = portal.add(Kind::Deal, LONG_AGO, &[("dealname", "Fornitura")]);
    let person = portal.add(Kind::Contact, LONG_AGO, &[("email", "ada@example.com")]);
    portal.associate((Kind::Deal, deal), (Kind::Company, companies[2]));
    portal.associate((Kind::Contact, person), (Kind::Company, companies[3]));
    portal.associate((Kind::Invoice, ids[0]), (Kind::Company, companies[0]));
    // Of several the oldest; what else it is associated with does not matter.
    portal.associate((Kind::Invoice, ids[1]), (Kind::Company, companies[2]));
    portal.associate((Kind::Invoice, ids[1]), (Kind::Company, companies[1]));
    portal.associate((Kind::Invoice, ids[1]), (Kind::Deal, deal));
    portal.associate((Kind::Invoice, ids[2]), (Kind::Deal, deal));
    portal.associate((Kind::Invoice, ids[2]), (Kind::Contact, person));
    portal.associate((Kind::Invoice, ids[3]), (Kind::Contact, person));
    let hub = start(portal).await;
    let source = invoices(&hub);

    let found = read(&source).await;
    let expected = [
        Some(key(companies[0])),
        Some(key(companies[1])),
        Some(key(companies[2])),
        Some(key(companies[3])),
        None,
    ];
    assert_eq!(customers(&found), expected);
    let calls = source.usage().calls;
    assert_eq!((calls["invoices.list"], calls["invoices.associations"]), (1, 2), "{calls:?}");
    let first = &found[0];
    assert_eq!((first.number.as_str(), first.date.as_deref()), ("INV-1", Some("2026-03-02")));
    assert_eq!((first.net.as_deref(), first.currency.as_deref()), (Some("120.50"), Some("EUR")));
    assert_eq!(first.id, ids[0].to_string());
    // Read as changes, they lead to the same companies.
    let since = Mark(format!("{{\"at\":{LONG_AGO},\"seen\":{{}}}}"));
    assert_eq!(customers(&changed(&source, &since).await.0), expected);
}

#[tokio::test]
async fn the_company_of_the_crm_has_the_key_that_documents_name() {
    let mut portal = portal();
    let id = company(&mut portal, "Alfa");
    let hub = start(portal).await;
    let crm = hubspot(&hub);
    assert!(crm.survey().await.unwrap().keyed_by_id);
    let found = crm.companies(None).await.unwrap().items;
    assert_eq!(found[0].keys.own_id, Some(key(id)));
    let plain = HubSpot::new(config(&hub.base_url())).unwrap();
    assert!(!plain.survey().await.unwrap().keyed_by_id);
    assert_eq!(plain.companies(None).await.unwrap().items[0].keys.own_id, None);
}

#[tokio::test]
async fn what_an_invoice_is_its_status_says() {
    let mut portal = portal();
    for status in ["draft", "open", "paid", "voided", "pending"] {
        add(&mut portal, Kind::Invoice, &invoice("1", status));
    }
    let hub = start(portal).await;
    let kinds: Vec<_> = read(&invoices(&hub)).await.into_iter().map(|document| document.kind).collect();
    let issued = Ok(DraftKind::Issued(DocumentKind::Invoice));
    let not_counted = |why| Ok(DraftKind::NotCounted(why));
    let expected = [
        not_counted(NotCounted::Draft),
        issued.clone(),
        issued,
        not_counted(NotCounted::Void),
        Err("pending".to_owned()),
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn many_invoices_are_read_a_hundred_a_call_and_a_quiet_cycle_is_one_search() {
    let mut portal = portal();
    let owner = company(&mut portal, "Alfa");
    let ids: Vec<u64> = (0..450)
        .map(|number| {
            let id = add(&mut portal, Kind::Invoice, &invoice(&number.to_string(), "paid"));
            portal.associate((Kind::Invoice, id), (Kind::Company, owner));
            id
        })
        .collect();
    let hub = start(portal).await;
    let source = invoices(&hub);
    let mark = begin(&source).await;
    assert_eq!(read(&source).await.len(), 450);
    assert_eq!(source.usage().total(), 5);
    assert_eq!(source.documents_per_call(), Some(100));

    let (news, mark) = changed(&source, &mark).await;
    assert_eq!((news.len(), source.usage().total()), (0, 6));
    hub.person_edits(Kind::Invoice, ids[7], &[("hs_invoice_status", "voided")]);
    let (news, next) = changed(&source, &mark).await;
    assert_eq!(news.iter().map(|document| &document.id).collect::<Vec<_>>(), [&ids[7].to_string()]);
    assert_eq!(
        (news[0].kind.clone(), customers(&news)),
        (Ok(DraftKind::NotCounted(NotCounted::Void)), vec![Some(key(owner))])
    );
    // Its echo is no news and costs nothing but the search.
    let before = source.usage().total();
    assert_eq!(changed(&source, &next).await, (Vec::new(), next));
    assert_eq!(source.usage().total() - before, 1);
}

#[tokio::test]
async fn a_missing_scope_is_named_and_taxes_are_spoken_of() {
    let mut portal = portal();
    add(&mut portal, Kind::Invoice, &invoice("1", "open"));
    let hub = start(portal).await;
    let probe = invoices(&hub).probe().await.unwrap();
    assert_eq!(probe.documents, Some(1));
    let [finding] = &probe.findings[..] else { panic!("{:?}", probe.findings) };
    assert_eq!(finding.severity, Severity::Warning);
    assert!(
        finding.place.ends_with("amount_property") && finding.what.contains("may include tax"),
        "{finding:?}"
    );

    let settings = HubSpotInvoiceSettings { amount_property: Some("imponibile".to_owned()) };
    let source = hubspot(&hub).invoices("hubspot-invoices".into(), settings);
    let probe = source.probe().await.unwrap();
    let [finding] = &probe.findings[..] else { panic!("{:?}", probe.findings) };
    assert_eq!(finding.severity, Severity::Error);
    assert!(finding.what.contains("`imponibile`"), "{finding:?}");

    let others = sirank::connectors::hubspot::scopes(true, true);
    hub.set_token(TOKEN, Token::scoped(others));
    let error = invoices(&hub).probe().await.unwrap_err();
    assert_eq!(missing(&error), ["crm.objects.invoices.read"]);
    let error = invoices(&hub).documents(AS_OF.parse().unwrap(), None).await.unwrap_err();
    assert_eq!(missing(&error), ["crm.objects.invoices.read"]);
    hub.set_token(TOKEN, Token::scoped(sirank::connectors::hubspot::scopes_with_invoices(false, false)));
    assert_eq!(read(&invoices(&hub)).await.len(), 1);
}

/// A portal with a second pipeline and that of cards.
fn with_pipelines() -> mock::Portal {
    let mut portal = portal();
    let stages = || vec![Stage::new("kept", "Kept", 0, "1.0"), Stage::new("open", "Open", 1, "0.5")];
    portal.add_pipeline(Pipeline::new("renewals", "Renewals", stages()));
    let cards = vec![Stage::new("back", "Back", 0, "1.0")];
    portal.add_pipeline(Pipeline::new("cards", "Wake Up", cards));
    portal
}

fn deal(portal: &mut mock::Portal, pipeline: &str, stage: &str, companies: &[u64]) -> u64 {
    let values = [
        ("dealname", "Fornitura"),
        ("pipeline", pipeline),
        ("dealstage", stage),
        ("amount", "1000"),
        ("closedate", "2026-03-01T23:30:00.000Z"),
    ];
    let id = portal.add(Kind::Deal, LONG_AGO, &values);
    for company in companies {
        portal.associate((Kind::Deal, id), (Kind::Company, *company));
    }
    id
}

#[tokio::test]
async fn won_deals_of_all_pipelines_but_that_of_cards_are_purchases_of_their_primary_company() {
    let mut portal = with_pipelines();
    let (first, second) = (company(&mut portal, "Alfa"), company(&mut portal, "Beta"));
    let sold = deal(&mut portal, "default", "closedwon", &[second, first]);
    let renewed = deal(&mut portal, "renewals", "kept", &[first]);
    let nobody = deal(&mut portal, "default", "closedwon", &[]);
    deal(&mut portal, "default", "closedlost", &[first]);
    deal(&mut portal, "renewals", "open", &[first]);
    deal(&mut portal, "cards", "back", &[first]);
    portal.put(Kind::Deal, renewed, &[("deal_currency_code", "USD")]);
    let hub = start(portal).await;
    let source = won_deals(&hub, None);
    let found = read(&source).await;
    assert_eq!(customers(&found), [Some(key(second)), Some(key(first)), None]);
    let ids: Vec<&str> = found.iter().map(|document| document.id.as_str()).collect();
    assert_eq!(ids, [sold, renewed, nobody].map(|id| id.to_string()));
    let document = &found[0];
    assert_eq!((document.date.as_deref(), document.net.as_deref()), (Some("2026-03-02"), Some("1000")));
    assert_eq!(document.kind, Ok(DraftKind::Issued(DocumentKind::Invoice)));
    assert_eq!((document.currency.as_deref(), found[1].currency.as_deref()), (Some("EUR"), Some("USD")));
    assert_eq!(source.usage().total(), 3);

    let renewals = read(&won_deals(&hub, Some(&["renewals", "Wake Up"]))).await;
    assert_eq!(customers(&renewals), [Some(key(first))], "a card is no purchase, whatever the settings say");
    let probe = won_deals(&hub, Some(&["Renewals", "Vendite"])).probe().await.unwrap();
    assert_eq!(probe.documents, Some(1));
    let told: Vec<_> =
        probe.findings.iter().map(|finding| (finding.severity, finding.what.as_str())).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].0 == Severity::Error && told[0].1.contains("`Vendite`"), "{told:?}");
    assert!(told[1].0 == Severity::Ok && told[1].1.contains("of these pipelines: Renewals"), "{told:?}");
}

#[tokio::test]
async fn an_amount_in_the_currency_of_the_account_is_in_that_whatever_the_records_is() {
    let mut portal = with_pipelines();
    portal.account.currency = "CHF".to_owned();
    let owner = company(&mut portal, "Alfa");
    let sold = deal(&mut portal, "default", "closedwon", &[owner]);
    portal.put(
        Kind::Deal,
        sold,
        &[("deal_currency_code", "USD"), ("amount_in_home_currency", "800"), ("hs_acv", "12")],
    );
    let mut of_account = invoice("1", "open");
    of_account.retain(|(name, _)| *name != "hs_currency");
    add(&mut portal, Kind::Invoice, &of_account);
    let hub = start(portal).await;
    for (amount, expected) in [("amount_in_home_currency", ("800", "CHF")), ("hs_acv", ("12", "USD"))] {
        let settings = WonDealSettings {
            amount_property: amount.to_owned(),
            pipelines: None,
            wake_up_pipeline: "Wake Up".to_owned(),
        };
        let found = read(&hubspot(&hub).won_deals("won-deals".into(), settings)).await;
        let told = found[0].net.as_deref().zip(found[0].currency.as_deref());
        assert_eq!(told, Some(expected));
    }
    assert_eq!(read(&invoices(&hub)).await[0].currency.as_deref(), Some("CHF"));
}

#[tokio::test]
async fn a_reopened_deal_is_no_purchase_any_more_and_one_that_was_won_is_read_at_once() {
    let mut portal = with_pipelines();
    let owner = company(&mut portal, "Alfa");
    let sold = deal(&mut portal, "default", "closedwon", &[owner]);
    let open = deal(&mut portal, "default", "contractsent", &[owner]);
    let hub = start(portal).await;
    let source = won_deals(&hub, None);
    let mark = begin(&source).await;
    assert_eq!(read(&source).await.len(), 1);
    let (news, quiet) = changed(&source, &mark).await;
    assert_eq!((news.len(), &quiet), (0, &mark));
    let before = source.usage().total();
    let told = source.changes().unwrap().deleted(&mark, &quiet).await.unwrap();
    assert_eq!((told, source.usage().total()), (Deleted::Told(Vec::new()), before));

    hub.person_edits(Kind::Deal, sold, &[("dealstage", "contractsent")]);
    hub.person_edits(Kind::Deal, open, &[("dealstage", "closedwon")]);
    let (news, next) = changed(&source, &mark).await;
    assert_eq!(news.iter().map(|document| &document.id).collect::<Vec<_>>(), [&open.to_string()]);
    assert_eq!(customers(&news), [Some(key(owner))]);
    let told = source.changes().unwrap().deleted(&mark, &next).await.unwrap();
    assert_eq!(told, Deleted::Told(vec![DocumentId::from(sold.to_string().as_str())]));
    assert_eq!(changed(&source, &next).await, (Vec::new(), next));
}

#[tokio::test]
async fn without_the_scope_for_deals_won_deals_say_which_one_is_missing() {
    let hub = start(with_pipelines()).await;
    hub.set_token(TOKEN, Token::scoped(&["crm.objects.companies.read"]));
    let error = won_deals(&hub, None).probe().await.unwrap_err();
    assert!(missing(&error).contains(&"crm.objects.deals.read".to_owned()), "{error}");
}
