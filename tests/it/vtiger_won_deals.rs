//! vTiger: won opportunities as purchases.

use sirank::connectors::vtiger::{VtigerWonDeals, WonDealSettings};
use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind};
use sirank::ports::{Crm, InvoiceSource, Severity};
use sirank_mocks::vtiger as mock;

use crate::any_day;
use crate::vtiger_support::{ADMIN, LONG_AGO, all, connect, number, with_companies};

fn source(tiger: &mock::VTiger, amount: &str, pipelines: Option<&[&str]>) -> VtigerWonDeals {
    let pipelines = pipelines.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let wake_up_pipeline = "Renewals".to_owned();
    let settings = WonDealSettings { amount_field: amount.to_owned(), pipelines, wake_up_pipeline };
    connect(&tiger.base_url()).won_deals("won-deals".into(), settings)
}

fn deal(tiger: &mock::VTiger, values: &[(&str, &str)], pipeline: &str) -> String {
    tiger.change(|crm| {
        let field = crm.field_named("Potentials", "Pipeline").unwrap().to_owned();
        let mut all = vec![
            ("potentialname", "Fornitura"),
            ("sales_stage", "Closed Won"),
            ("closingdate", "2024-11-10"),
            ("amount", "1250.50"),
            (field.as_str(), pipeline),
        ];
        for (name, value) in values {
            all.retain(|(known, _)| known != name);
            all.push((name, value));
        }
        format!("13x{}", crm.add("Potentials", LONG_AGO, ADMIN, &all))
    })
}

async fn documents(source: &VtigerWonDeals) -> Vec<DocumentDraft> {
    all(async |from| source.documents(any_day(), from).await).await
}

#[tokio::test]
async fn won_opportunities_are_purchases_of_their_organization_or_of_that_of_their_person() {
    let (tiger, ids) = with_companies(2).await;
    let [first, second] = [&ids[0], &ids[1]].map(|id| number(id).to_string());
    let person = tiger.change(|crm| {
        let values = [("lastname", "Rossi"), ("account_id", second.as_str())];
        crm.add("Contacts", LONG_AGO, ADMIN, &values).to_string()
    });
    let sold = deal(&tiger, &[("related_to", &first)], "Sales");
    deal(&tiger, &[("contact_id", &person)], "");
    deal(&tiger, &[], "Sales");
    deal(&tiger, &[("related_to", &first), ("sales_stage", "Closed Lost")], "Sales");
    deal(&tiger, &[("related_to", &first)], "Renewals");
    let deals = source(&tiger, "amount", None);
    let found = documents(&deals).await;
    let customers: Vec<_> = found.iter().map(|document| document.party.customer_id.as_deref()).collect();
    assert_eq!(customers, [Some(ids[0].as_str()), Some(ids[1].as_str()), None]);
    let document = &found[0];
    assert_eq!((document.id.as_str(), document.number.as_str()), (sold.as_str(), "Fornitura"));
    assert_eq!((document.date.as_deref(), document.currency.as_deref()), (Some("2024-11-10"), Some("EUR")));
    let net: f64 = document.net.as_deref().unwrap().parse().unwrap();
    assert!((net - 1250.5).abs() < 1e-9);
    assert_eq!(document.kind, Ok(DraftKind::Issued(DocumentKind::Invoice)));
    assert_eq!(documents(&source(&tiger, "amount", Some(&["Sales", "Renewals"]))).await.len(), 2);
}

#[tokio::test]
async fn many_are_read_a_hundred_a_call_and_counted_apart_from_the_crms_own() {
    let (tiger, ids) = with_companies(1).await;
    let organization = number(&ids[0]).to_string();
    for _ in 0..250 {
        deal(&tiger, &[("related_to", &organization)], "Sales");
    }
    let vtiger = connect(&tiger.base_url());
    let settings = WonDealSettings {
        amount_field: "Amount".to_owned(),
        pipelines: None,
        wake_up_pipeline: "Wake Up".to_owned(),
    };
    let deals = vtiger.won_deals("won-deals".into(), settings);
    assert_eq!(documents(&deals).await.len(), 250);
    assert_eq!(deals.usage().calls["won_deals.list"], 4, "a short page is not known to be the last");
    assert!(!vtiger.usage().calls.contains_key("won_deals.list"));
    assert_eq!(deals.documents_per_call(), Some(100));
}

#[tokio::test]
async fn check_says_what_counts_and_what_is_not_there() {
    let (tiger, _) = with_companies(0).await;
    let probe = source(&tiger, "amount", None).probe().await.unwrap();
    let [finding] = &probe.findings[..] else { panic!("{:?}", probe.findings) };
    assert!(finding.severity == Severity::Ok && finding.what.contains("Sales"), "{finding:?}");
    assert!(!finding.what.contains("Renewals"), "{finding:?}");
    let probe = source(&tiger, "Imponibile", Some(&["Vendite"])).probe().await.unwrap();
    let told: Vec<_> =
        probe.findings.iter().map(|finding| (finding.severity, finding.what.as_str())).collect();
    assert!(told.iter().all(|(severity, _)| *severity == Severity::Error), "{told:?}");
    assert!(told[0].1.contains("`Imponibile`") && told[1].1.contains("`Vendite`"), "{told:?}");
}
