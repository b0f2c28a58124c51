//! vTiger: its own invoices as a source of documents.

use crate::any_day;
use sirank::connectors::vtiger::VtigerInvoices;
use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted};
use sirank::ports::{Crm, InvoiceSource, Severity, Trouble};
use sirank_mocks::vtiger as mock;

use crate::vtiger_support::{ADMIN, LONG_AGO, all, config, connect, crm, invoice_settings, start};

fn invoice(crm: &mut mock::Crm, of: u64, number: usize, values: &[(&str, &str)]) -> u64 {
    let (organization, subject) = (of.to_string(), format!("Invoice {number}"));
    let mut all = vec![
        ("subject", subject.as_str()),
        ("account_id", organization.as_str()),
        ("invoicedate", "2026-03-01"),
        ("invoicestatus", "Sent"),
        ("pre_tax_total", "100.00"),
        ("hdnGrandTotal", "122.00"),
        ("currency_id", "1"),
        ("conversion_rate", "1.000"),
    ];
    for (name, value) in values {
        all.retain(|(known, _)| known != name);
        all.push((name, value));
    }
    crm.add("Invoice", LONG_AGO, ADMIN, &all)
}

async fn documents(source: &VtigerInvoices) -> Vec<DocumentDraft> {
    all(async |from| source.documents(any_day(), from).await).await
}

#[tokio::test]
async fn totals_without_tax_statuses_currencies_and_customers() {
    let mut crm = crm();
    crm.add_currency(2, "Dollar", "USD", "$", "1.08000");
    let fiscal = crm.add_field("Invoice", &mock::CustomField::text("Numero Fiscale", 32)).unwrap();
    let first = crm.add("Accounts", LONG_AGO, ADMIN, &[("accountname", "First")]);
    let second = crm.add("Accounts", LONG_AGO, ADMIN, &[("accountname", "Second")]);
    invoice(&mut crm, first, 1, &[("pre_tax_total", "383.995"), (&fiscal, "2026/7")]);
    invoice(&mut crm, first, 2, &[("invoicestatus", "Cancel")]);
    invoice(&mut crm, first, 3, &[("invoicestatus", "Credit Invoice")]);
    invoice(&mut crm, first, 4, &[("pre_tax_total", "-50.00")]);
    invoice(&mut crm, first, 5, &[("currency_id", "2"), ("conversion_rate", "1.080")]);
    invoice(&mut crm, first, 6, &[("invoicestatus", "Created"), ("invoicedate", "")]);
    invoice(&mut crm, second, 7, &[]);
    crm.delete("Accounts", second, LONG_AGO);
    let tiger = start(crm).await;
    let vtiger = connect(&tiger.base_url());
    let mut settings = invoice_settings();
    settings.drafts.insert("created".to_owned());
    settings.number_field = Some("Numero fiscale".to_owned());
    let source = vtiger.invoices("vtiger".into(), settings);
    let probe = source.probe().await.unwrap();
    assert!(probe.identity.contains("127.0.0.1"), "{}", probe.identity);
    assert_eq!(probe.findings, []);

    let drafts = documents(&source).await;
    assert_eq!(drafts.len(), 7);
    assert_eq!(drafts[0].number, "2026/7");
    assert!(!drafts[1].number.is_empty(), "vTiger's own number");
    let net: Vec<&str> = drafts.iter().filter_map(|draft| draft.net.as_deref()).collect();
    assert!(net[0].starts_with("383.995") && net[3].starts_with("-50.00"), "{net:?}");
    let issued = DraftKind::Issued(DocumentKind::Invoice);
    let kinds: Vec<DraftKind> = drafts.iter().map(|draft| draft.kind.clone().unwrap()).collect();
    let expected = [
        issued,
        DraftKind::NotCounted(NotCounted::Void),
        DraftKind::Issued(DocumentKind::CreditNote),
        issued,
        issued,
        DraftKind::NotCounted(NotCounted::Draft),
        issued,
    ];
    assert_eq!(kinds, expected);
    let party = |place: usize| drafts[place].party.customer_id.clone();
    assert_eq!(party(0).as_deref(), Some(format!("11x{first}").as_str()));
    assert_eq!(party(6), None, "its organization was deleted");
    let currency = |place: usize| (drafts[place].currency.as_deref(), drafts[place].rate.as_deref());
    assert_eq!(currency(0), (Some("EUR"), Some("1.000")));
    assert_eq!(currency(4), (Some("USD"), Some("1.080")));
    assert_eq!(drafts[5].date, None);
    assert!(source.usage().calls.keys().all(|operation| operation.starts_with("invoices.")));
    assert!(vtiger.usage().calls.keys().all(|operation| !operation.starts_with("invoices.")));
}

#[tokio::test]
async fn invoices_are_read_in_full_pages_by_a_connection_of_their_own() {
    let mut crm = crm();
    let organization = crm.add("Accounts", LONG_AGO, ADMIN, &[("accountname", "First")]);
    for number in 0..250 {
        invoice(&mut crm, organization, number, &[]);
    }
    let tiger = start(crm).await;
    let config = config(&tiger.base_url());
    let source = VtigerInvoices::new(&config, "vtiger".into(), invoice_settings()).unwrap();
    assert_eq!(documents(&source).await.len(), 250);
    let usage = source.usage();
    assert_eq!(usage.calls["invoices.list"], 4);
    assert_eq!(usage.calls["session.login"], 1);
}

#[tokio::test]
async fn what_does_not_fit_the_ledger_is_told() {
    let tiger = start(crm()).await;
    let mut settings = invoice_settings();
    settings.base_currency = "CHF".to_owned();
    settings.number_field = Some("Protocol".to_owned());
    settings.void.insert("Annullata".to_owned());
    let source = connect(&tiger.base_url()).invoices("vtiger".into(), settings);
    let findings = source.probe().await.unwrap().findings;
    let found: Vec<(Severity, &str)> =
        findings.iter().map(|finding| (finding.severity, finding.place.as_str())).collect();
    let expected = [
        (Severity::Error, "accounting source vtiger: number_field"),
        (Severity::Warning, "accounting source vtiger"),
        (Severity::Warning, "accounting source vtiger: void_statuses"),
    ];
    assert_eq!(found, expected, "{findings:?}");
}

#[tokio::test]
async fn who_sees_only_some_invoices_is_refused() {
    let mut crm = crm();
    crm.add_user(mock::User::new(7, "seller", "seller-key"));
    let tiger = start(crm).await;
    let mut config = config(&tiger.base_url());
    (config.username, config.access_key) = ("seller".to_owned(), "seller-key".into());
    let source = || VtigerInvoices::new(&config, "vtiger".into(), invoice_settings()).unwrap();
    let probed = source().probe().await.unwrap_err();
    let read = source().documents(any_day(), None).await.unwrap_err();
    for error in [probed, read] {
        let Trouble::Forbidden { missing, message } = &error.trouble else { panic!("{error}") };
        assert_eq!(*missing, ["administrator"]);
        assert!(message.contains("`seller`") && message.contains("only some of the invoices"), "{message}");
    }
    assert_eq!(tiger.stats().by_kind.get("query Invoice"), None, "nothing was read");
}
