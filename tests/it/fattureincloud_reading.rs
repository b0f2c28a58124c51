//! Fatture in Cloud: what is read, in how many calls, and what happens to documents that change meanwhile.

use crate::any_day;
use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde_json::json;
use sirank::connectors::fattureincloud::FattureInCloud;
use sirank::domain::document::{DocumentKind, DraftKind, NotCounted, Standing};
use sirank::domain::intake::{CurrencyRules, intake};
use sirank::domain::money::Money;
use sirank::ports::{InvoiceSource, Severity, Trouble};
use sirank_mocks::fattureincloud as mock;
use sirank_mocks::seed;

use crate::fattureincloud_support::{COMPANY, TOKEN, add, company, config, connect, pull, start};

#[tokio::test]
async fn all_pages_of_both_types_are_read_and_nothing_else() {
    let mut company = company(230);
    for kind in ["quote", "proforma", "receipt", "delivery_note", "order", "work_report", "self_own_invoice"]
    {
        add(&mut company, kind, "2024-01-10", 99_900, json!({}));
    }
    let fic = start(company).await;
    let source = connect(&fic);
    let drafts = pull(&source, |_| ()).await.unwrap();
    assert_eq!(drafts.len(), 233);
    let ids: BTreeSet<&str> = drafts.iter().map(|draft| draft.id.as_str()).collect();
    assert_eq!(ids.len(), 233);
    let credit_notes =
        drafts.iter().filter(|draft| draft.kind == Ok(DraftKind::Issued(DocumentKind::CreditNote)));
    assert_eq!(credit_notes.count(), 3);
    assert_eq!(source.usage().calls["documents.list"], 4, "three pages of invoices, one of credit notes");
    assert_eq!(source.usage().writes, 0);
}

#[tokio::test]
async fn the_reference_documents_arrive_to_the_cent() {
    let oddities = seed::Oddities { no_prefix: 5, vat_as_number: 7, no_entity_id: 10 };
    let fic = start(seed::cluster301_documents(oddities).unwrap()).await;
    let drafts = pull(&connect(&fic), |_| ()).await.unwrap();
    assert_eq!(drafts.len(), 2677);
    let vat_numbers: BTreeSet<String> = drafts
        .iter()
        .map(|draft| {
            let keys = sirank::domain::keys::PartyKeys::of_party(&draft.party);
            keys.vat_number.unwrap().as_str().to_owned()
        })
        .collect();
    assert!(vat_numbers.iter().all(|vat| vat.starts_with("IT") && vat.len() == 13), "{vat_numbers:?}");
    let sum: Money = drafts
        .into_iter()
        .map(|draft| intake(draft, &CurrencyRules::default()))
        .map(|document| Money::from(document.amount.unwrap().cents))
        .sum();
    let expected: Decimal = seed::document_rows()
        .unwrap()
        .iter()
        .map(|row| {
            let net: Decimal = row.net_amount.parse().unwrap();
            if row.kind == "invoice" { net } else { -net }
        })
        .sum();
    assert_eq!(sum.amount(), expected);
}

#[tokio::test]
async fn discarded_documents_and_other_currencies_are_told() {
    let mut company = company(0);
    let discarded = add(&mut company, "invoice", "2024-02-01", 5_000, json!({}));
    let dollars = add(&mut company, "invoice", "2024-02-02", 10_000, json!({}));
    let set = |company: &mut mock::Company, id: u64, field: &str, value| {
        company.documents.get_mut(&id).unwrap()[field] = value;
    };
    set(&mut company, discarded, "ei_status", json!("discarded"));
    set(&mut company, dollars, "currency", json!({"id": "USD", "symbol": "$", "exchange_rate": "1.08450"}));
    let fic = start(company).await;
    let drafts = pull(&connect(&fic), |_| ()).await.unwrap();
    let standing = |id: u64| {
        let draft = drafts.iter().find(|draft| draft.id == id.to_string()).unwrap().clone();
        intake(draft, &CurrencyRules::default()).standing
    };
    assert_eq!(standing(discarded), Standing::NotCounted(NotCounted::Discarded));
    assert!(matches!(standing(dollars), Standing::Counts { net, .. } if net.get() == 9_221));
}

#[tokio::test]
async fn a_deletion_between_two_pages_hides_no_other_document() {
    let fic = start(company(430)).await;
    let all: Vec<u64> = fic.companies(|companies| companies[0].documents.keys().copied().collect());
    let gone: Vec<u64> = all[..150].to_vec();
    let source = connect(&fic);
    let drafts = pull(&source, |pages| {
        if pages == 2 {
            assert!(gone.iter().all(|id| fic.person_deletes(COMPANY, *id)));
        }
    })
    .await
    .unwrap();
    let read: BTreeSet<u64> = drafts.iter().map(|draft| draft.id.parse().unwrap()).collect();
    let missing: Vec<&u64> = all[150..].iter().filter(|id| !read.contains(id)).collect();
    assert_eq!(missing, [&0; 0]);
    assert_eq!(
        pull(&source, |_| ()).await.unwrap().len(),
        283,
        "the next pull knows nothing of what was deleted"
    );
}

#[tokio::test]
async fn a_document_that_appears_between_two_pages_is_read() {
    let fic = start(company(150)).await;
    let drafts = pull(&connect(&fic), |pages| {
        if pages == 1 {
            fic.companies(|companies| add(&mut companies[0], "invoice", "2026-11-22", 4_200, json!({})));
        }
    })
    .await
    .unwrap();
    assert_eq!(drafts.iter().filter(|draft| draft.net.as_deref() == Some("42")).count(), 1);
    assert_eq!(drafts.len(), 154);
}

#[tokio::test]
async fn a_pull_goes_on_where_another_process_stopped() {
    let fic = start(company(230)).await;
    let first = connect(&fic).documents(any_day(), None).await.unwrap();
    let second = connect(&fic).documents(any_day(), first.next).await.unwrap();
    assert_eq!((first.items.len(), second.items.len()), (100, 100));
    assert_ne!(first.items[0].id, second.items[0].id);
}

#[tokio::test]
async fn a_probe_tells_the_company_and_its_documents() {
    let fic = start(company(12)).await;
    let probe = connect(&fic).probe().await.unwrap();
    assert_eq!(probe.identity, "Azienda di prova S.r.l. (company 12345)");
    assert_eq!((probe.documents, probe.findings.len()), (Some(15), 0));
}

#[tokio::test]
async fn a_probe_finds_the_companies_of_an_accountants_customers() {
    let builder = mock::FattureInCloud::builder().token(TOKEN).company(company(1)).accountant();
    let fic = builder.start().await.unwrap();
    assert_eq!(connect(&fic).probe().await.unwrap().documents, Some(4));
}

#[tokio::test]
async fn a_foreign_company_is_a_clear_finding() {
    let fic = start(company(1)).await;
    let mut config = config(&fic.base_url());
    config.company_id = "777".to_owned();
    let source = FattureInCloud::new(config).unwrap();
    let finding = source.probe().await.unwrap().findings.remove(0);
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.what, "company 777 is not among those of the token: 12345 (Azienda di prova S.r.l.)");
    let error = source.documents(any_day(), None).await.unwrap_err();
    assert!(
        matches!(&error.trouble, Trouble::Refused { code, message } if code == "NOT_FOUND"
        && message.contains("company_id: 777")),
        "{error}"
    );
}
