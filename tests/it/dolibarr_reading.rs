//! Dolibarr: a whole reading, of what a real server was recorded with and of what the mock makes up.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use sirank::connectors::dolibarr::{Dolibarr, DolibarrConfig};
use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Standing};
use sirank::domain::intake::{CurrencyRules, intake};
use sirank::domain::money::Cents;
use sirank::ports::{InvoiceSource, Severity};
use sirank_mocks::dolibarr as mock;

use crate::dolibarr_support::{KEY, builder, config, connect, exchange, ledger, pull, recordings, start};

/// What the recorded rows add up to, worked out from their raw JSON alone.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    /// Signed cents by third party and day.
    revenue: BTreeMap<(String, String), i64>,
    invoices: u64,
    credit_notes: u64,
    drafts: u64,
    replaced: u64,
}

impl Totals {
    fn sum(&self) -> i64 {
        self.revenue.values().sum()
    }
}

/// The sum over the rows themselves: no type of the product's, and dates by the zone of the recorded server, UTC.
fn recorded(rows: &[Value]) -> Totals {
    let mut totals = Totals::default();
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        if text("status") == "0" {
            totals.drafts += 1;
            continue;
        }
        if text("status") == "3" && text("close_code") == "replaced" {
            totals.replaced += 1;
            continue;
        }
        if text("type") == "2" {
            totals.credit_notes += 1;
        } else {
            totals.invoices += 1;
        }
        let (whole, fraction) = text("total_ht").split_once('.').unwrap();
        let fraction = fraction.strip_suffix("000000").expect("amounts have cents and no more");
        let cents: i64 = format!("{whole}{fraction}").parse().unwrap();
        let day = DateTime::<Utc>::from_timestamp(row["date"].as_i64().unwrap(), 0).unwrap().date_naive();
        *totals.revenue.entry((text("socid").to_owned(), day.to_string())).or_default() += cents;
    }
    totals
}

fn read(drafts: Vec<DocumentDraft>) -> Totals {
    let mut totals = Totals::default();
    for draft in drafts {
        let customer = draft.party.customer_id.clone().unwrap();
        match intake(draft, &CurrencyRules::default()).standing {
            Standing::Counts { day, kind, net } => {
                let cents = Cents::get;
                let signed = match kind {
                    DocumentKind::Invoice => cents(net),
                    DocumentKind::CreditNote => -cents(net),
                };
                match kind {
                    DocumentKind::Invoice => totals.invoices += 1,
                    DocumentKind::CreditNote => totals.credit_notes += 1,
                }
                *totals.revenue.entry((customer, day.to_string())).or_default() += signed;
            }
            Standing::NotCounted(NotCounted::Draft) => totals.drafts += 1,
            Standing::NotCounted(NotCounted::Void) => totals.replaced += 1,
            other => panic!("{other:?}"),
        }
    }
    totals
}

#[tokio::test]
async fn the_recorded_data_set_is_read_whole_whatever_the_zone_of_the_server() {
    let Some(folder) = recordings() else { return };
    let names = [
        "full_invoices_page0",
        "full_invoices_page1",
        "full_invoices_page2",
        "full_invoices_page3",
        "full_thirdparties_page0",
        "full_thirdparties_page1",
        "full_thirdparties_page2",
    ];
    let (mut ledger, mut rows) = (mock::Ledger::default(), Vec::new());
    let mut vat_numbers: BTreeMap<String, Option<String>> = BTreeMap::new();
    for name in names {
        let exchange = exchange(&folder, name);
        ledger.take_over(&exchange);
        for row in exchange["response"]["body_json"].as_array().into_iter().flatten() {
            if let (Some(id), Some(vat)) = (row["id"].as_str(), row["tva_intra"].as_str()) {
                vat_numbers.insert(id.to_owned(), Some(vat.trim().to_owned()).filter(|vat| !vat.is_empty()));
            }
        }
        if name.contains("invoices") {
            rows.extend(exchange["response"]["body_json"].as_array().unwrap().clone());
        }
    }
    let expected = recorded(&rows);
    assert_eq!(rows.len(), 1_030);
    assert_eq!(expected.drafts + expected.replaced + expected.invoices + expected.credit_notes, 1_030);
    for zone in [Tz::UTC, Tz::Europe__Rome, Tz::America__New_York, Tz::Asia__Tokyo] {
        for release in [14, 20, 22] {
            let erp = builder(ledger.clone()).zone(zone).release(release).start().await.unwrap();
            let drafts = pull(&connect(&erp), |_| ()).await.unwrap();
            for draft in &drafts {
                let customer = draft.party.customer_id.as_deref().unwrap();
                assert_eq!(draft.party.vat_number.as_deref(), vat_numbers[customer].as_deref(), "{customer}");
            }
            let read = read(drafts);
            assert_eq!(read.sum(), expected.sum(), "{zone} {release}");
            assert_eq!(read, expected, "{zone} {release}");
        }
    }
    println!(
        "{} counting invoices, {} credit notes, {} cents",
        expected.invoices,
        expected.credit_notes,
        expected.sum()
    );
}

/// A server in Rome told these dates of the same rows: 22:00 of the day before in Greenwich.
#[tokio::test]
async fn dates_of_a_server_in_rome_are_those_of_its_calendar() {
    let Some(folder) = recordings() else { return };
    let rows = |name: &str| exchange(&folder, name)["response"]["body_json"].as_array().unwrap().clone();
    let in_utc = rows("invoices_props");
    let in_rome = rows("invoices_props_server_tz_rome");
    let mut as_told = mock::Ledger::default();
    for row in &in_rome {
        as_told.insert_invoice(row.clone());
    }
    // Served as they were recorded, by a server that moves nothing.
    let erp = start(as_told).await;
    let drafts = pull(&connect(&erp), |_| ()).await.unwrap();
    for (draft, row) in drafts.iter().zip(&in_utc) {
        let day = DateTime::<Utc>::from_timestamp(row["date"].as_i64().unwrap(), 0).unwrap().date_naive();
        assert_eq!(draft.date.as_deref(), Some(day.to_string().as_str()), "{}", draft.number);
    }
    assert_eq!(drafts[0].date.as_deref(), Some("2023-09-01"));
    assert_eq!(in_rome[0]["date"], 1_693_519_200, "31 August, 22:00 in Greenwich");
}

#[tokio::test]
async fn deposits_are_what_the_company_treats_them_as() {
    let mut ledger = ledger(1);
    let deposit = mock::NewInvoice { kind: 3, status: 2, customer: 1, date: "2026-01-10", net: "5.00000000" };
    let id = ledger.add_invoice(&deposit, 0).to_string();
    let erp = start(ledger).await;
    for (are_payments, expected) in
        [(false, DraftKind::Issued(DocumentKind::Invoice)), (true, DraftKind::NotCounted(NotCounted::NoSale))]
    {
        let config = DolibarrConfig { deposits_are_payments: are_payments, ..config(&erp.base_url()) };
        let drafts = pull(&Dolibarr::new(config).unwrap(), |_| ()).await.unwrap();
        let deposit = drafts.iter().find(|draft| draft.id == id).unwrap();
        assert_eq!(deposit.kind, Ok(expected));
    }
}

#[tokio::test]
async fn what_is_deleted_while_pages_are_read_hides_nothing() {
    let erp = start(ledger(60)).await;
    let source = connect(&erp);
    let drafts = pull(&source, |pages| {
        erp.ledger(|ledger| ledger.delete_invoice(u64::try_from(pages).unwrap()));
    })
    .await
    .unwrap();
    let ids: BTreeSet<&str> = drafts.iter().map(|draft| draft.id.as_str()).collect();
    assert_eq!((drafts.len(), ids.len()), (300, 300));
    assert!(erp.requests().iter().all(|request| !request.authorized), "the key has a header of its own");
    // A page of customers and the one behind it, three of invoices and the one behind.
    assert_eq!(erp.requests().len(), 2 + 4);
}

#[tokio::test]
async fn an_invoice_of_a_third_party_that_is_no_customer_any_more_keeps_its_keys() {
    let mut ledger = ledger(3);
    let former = mock::NewThirdParty { name: "Ex cliente", vat_number: "IT99", tax_code: "CF99", client: 0 };
    let former = ledger.add_third_party(&former, 0);
    let new =
        |customer| mock::NewInvoice { kind: 0, status: 1, customer, date: "2026-01-10", net: "1.00000000" };
    let of_former = ledger.add_invoice(&new(former), 0).to_string();
    let of_nobody = ledger.add_invoice(&new(999), 0).to_string();
    let erp = start(ledger).await;
    let drafts = pull(&connect(&erp), |_| ()).await.unwrap();
    let party = |id: &str| drafts.iter().find(|draft| draft.id == id).unwrap().party.clone();
    assert_eq!(party(&of_former).vat_number.as_deref(), Some("IT99"));
    assert_eq!(party(&of_former).tax_code.as_deref(), Some("CF99"));
    assert_eq!(party(&of_nobody).customer_id.as_deref(), Some("999"));
    assert_eq!(party(&of_nobody).vat_number, None);
}

#[tokio::test]
async fn the_probe_notices_a_user_who_sees_only_its_own_customers() {
    let probe = async |user: mock::User| {
        let builder = mock::Dolibarr::builder().key(KEY, user).ledger(ledger(4));
        let erp = builder.start().await.unwrap();
        let config = DolibarrConfig { tax_code_field: None, ..config(&erp.base_url()) };
        Dolibarr::new(config).unwrap().probe().await
    };
    let all = probe(mock::User::default()).await.unwrap();
    assert_eq!(all.findings, []);
    assert!(all.identity.starts_with("Dolibarr 20.0.2 at http://127.0.0.1"), "{}", all.identity);
    let own = probe(mock::User { sees_only: Some(vec![1]), ..mock::User::default() }).await.unwrap();
    assert_eq!(own.findings[0].severity, Severity::Error);
    assert!(own.findings[0].what.contains("may not see all customers"), "{:?}", own.findings);
    let external = probe(mock::User { of_third_party: Some(1), ..mock::User::default() }).await.unwrap();
    assert_eq!(external.findings[0].severity, Severity::Error);
    let shy = probe(mock::User { sees_itself: false, ..mock::User::default() }).await.unwrap();
    assert_eq!(shy.findings[0].severity, Severity::Ok);
    assert!(shy.findings[0].what.contains("not known"), "{:?}", shy.findings);
}

#[tokio::test]
async fn the_probe_notices_changed_fields_and_other_currencies() {
    let mut changed = ledger(2);
    let row = serde_json::json!({"id": "500", "ref": "X", "socid": "77", "type": "0", "status": "1",
        "date": 1_760_000_000, "date_modification": 1_795_000_000, "total_ht": "5.00", "multicurrency_code": "CHF",
        "multicurrency_tx": "1.00000000"});
    changed.insert_invoice(row);
    let erp = start(changed).await;
    let found = connect(&erp).probe().await.unwrap().findings;
    let what: Vec<&str> = found.iter().map(|finding| finding.what.as_str()).collect();
    assert!(what.iter().any(|what| what.contains("invoices in CHF at a rate of 1")), "{what:?}");
    assert!(what.iter().any(|what| what.contains("does not see 1")), "{what:?}");
    assert!(what.iter().any(|what| what.contains("none has a value in idprof4")), "{what:?}");
    let mut renamed = mock::Ledger::default();
    renamed.insert_invoice(
        serde_json::json!({"id": "1", "ref": "X", "amount": "5.00", "type": "0", "status": "1",
        "socid": "1", "date": 1_760_000_000}),
    );
    let erp = start(renamed).await;
    let found = connect(&erp).probe().await.unwrap().findings;
    assert!(found.iter().any(|finding| finding.what == "invoices come without total_ht"), "{found:?}");
    let drafts = pull(&connect(&erp), |_| ()).await.unwrap();
    assert!(matches!(
        intake(drafts[0].clone(), &CurrencyRules::default()).standing,
        Standing::Rejected { .. }
    ));
}
