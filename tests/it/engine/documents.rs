//! Documents: what the source holds is what counts, pull after pull.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use sirank::domain::catalogue::Figure;
use sirank::domain::document::{DocumentDraft, DraftKind, NotCounted, Party};
use sirank::domain::intake::{CurrencyRules, intake};
use sirank::domain::reconciliation::Reconciliation;
use sirank::engine::RunReport;
use sirank::ports::InputProperty;
use sirank::store::{Feed, RunOutcome};

use super::small::{BIANCHI, COMUNE, FONTANA, GALLO, ROSSI, invoice};
use super::world::World;
use crate::crm::{Entry, Vendor};

const REVENUE: Figure = Figure::Revenue36m;

async fn backfill<V: Vendor>(world: &World<V>) -> (RunReport, Reconciliation) {
    let report = world.backfill().await.unwrap();
    let reconciliation = report.analysis.clone().unwrap().reconciliation;
    assert!(reconciliation.balances(), "{reconciliation:?}");
    (report, reconciliation)
}

async fn unguarded<V: Vendor>() -> World<V> {
    World::small().await.unguarded()
}

pub(crate) async fn a_deleted_document_disappears_and_a_changed_one_replaces<V: Vendor>() {
    let world = unguarded::<V>().await;
    backfill(&world).await;
    assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("12800.5"));
    world.books.lock().unwrap().retain(|document| document.id != "1");
    backfill(&world).await;
    assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("800.5"));
    // The second one changes its amount and its customer.
    let moved = invoice("2", BIANCHI, "2012-05-02", "1000.00");
    for document in world.books.lock().unwrap().iter_mut().filter(|document| document.id == "2") {
        *document = moved.clone();
    }
    backfill(&world).await;
    assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("0"));
    assert_eq!(world.value(BIANCHI, REVENUE).as_deref(), Some("1100"));
}

/// A customer that only a deleted document named must not make companies ambiguous.
pub(crate) async fn a_customer_without_documents_is_forgotten<V: Vendor>() {
    let mut world = unguarded::<V>().await;
    world.edit(ROSSI, Entry::Input(InputProperty::TaxCode), "11111111111");
    world.edit(BIANCHI, Entry::Input(InputProperty::TaxCode), "22222222222");
    world.edit(BIANCHI, Entry::Input(InputProperty::VatNumber), ROSSI);
    {
        let mut books = world.books.lock().unwrap();
        for document in books.iter_mut().filter(|document| document.id == "1" || document.id == "2") {
            document.party.tax_code = Some("11111111111".into());
        }
    }
    world.policy.inputs.push(V::input(InputProperty::TaxCode));
    world.books.lock().unwrap().push(invoice("8", ROSSI, "2013-12-01", "10.00"));
    let (report, _) = backfill(&world).await;
    assert_eq!(report.analysis.unwrap().ambiguous, 2, "document 8 could be either's");
    world.books.lock().unwrap().retain(|document| document.id != "8");
    let (report, _) = backfill(&world).await;
    assert_eq!(report.analysis.unwrap().ambiguous, 0);
}

pub(crate) async fn what_cannot_be_used_is_counted_and_stops_nothing<V: Vendor>() {
    let world = unguarded::<V>().await;
    let odd = |id: &str, change: fn(&mut DocumentDraft)| {
        let mut document = invoice(id, ROSSI, "2013-06-01", "10.00");
        change(&mut document);
        document
    };
    world.books.lock().unwrap().extend([
        odd("r1", |document| document.date = None),
        odd("r2", |document| document.net = Some("ten".into())),
        odd("r3", |document| document.currency = Some("USD".into())),
        odd("n1", |document| document.kind = Ok(DraftKind::NotCounted(NotCounted::ProForma))),
        odd("n2", |document| document.date = Some("2014-01-01".into())),
        odd("u1", |document| document.party = Party::default()),
        odd("u2", |document| document.party.vat_number = Some("IT99999999990".into())),
        odd("m1", |document| {
            document.currency = Some("USD".into());
            document.rate = Some("2".into());
        }),
    ]);
    let (report, reconciliation) = backfill(&world).await;
    assert_eq!(report.outcome, RunOutcome::DoneWithFailures);
    assert_eq!(reconciliation.all_rejected().documents, 3);
    assert_eq!(reconciliation.all_not_counted().documents, 2);
    assert_eq!(reconciliation.all_unmatched().documents, 2);
    assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("12805.5"), "ten dollars are five euros");
    assert_eq!(world.store().rejected_count().unwrap(), 3);
}

pub(crate) async fn a_source_that_is_not_configured_any_more_is_forgotten<V: Vendor>() {
    let world = World::<V>::bare().await;
    world.setup().await;
    let store = world.store();
    let run = "r0".into();
    store.start_run(&run, "backfill", "2013-12-31".parse().unwrap(), sirank::clock::now()).unwrap();
    let old = intake(invoice("1", ROSSI, "2013-01-01", "5.00"), &CurrencyRules::default());
    store.put_documents(&run, &Feed::Documents("old".into()), &"old".into(), &[old], None).unwrap();
    drop(store);
    backfill(&world).await;
    let mut sources = Vec::new();
    world.store().documents(None, |row| sources.push(row.document.source.to_string())).unwrap();
    assert!(sources.iter().all(|source| source == "books") && sources.len() == 7, "{sources:?}");
}

pub(crate) async fn an_open_deal_keeps_a_company_from_being_cold_until_it_is_closed<V: Vendor>() {
    let mut world = World::<V>::small().await;
    world.policy.rules.cold.excluded_categories.clear();
    world.policy.excluded_categories.clear();
    world.crm.person_opens_deal(&world.company(COMUNE), "ecommerce");
    world.crm.person_opens_deal(&world.company(GALLO), "unwatched");
    backfill(&world).await;
    for vat in [COMUNE, FONTANA] {
        assert_eq!(world.value(vat, Figure::ColdExclusion).as_deref(), Some("open_deal"), "{vat}");
    }
    assert_eq!(world.value(GALLO, Figure::ColdExclusion).as_deref(), Some("lost"), "not a watched pipeline");
    world.crm.person_closes_deals("ecommerce");
    backfill(&world).await;
    assert_eq!(world.value(COMUNE, Figure::ColdCustomer).as_deref(), Some("true"));
    assert_eq!(world.value(COMUNE, Figure::ColdExclusion), None);
    assert_eq!(world.value(FONTANA, Figure::ColdExclusion).as_deref(), Some("open_deal"));
}

fn any_document() -> impl Strategy<Value = DocumentDraft> {
    let amount = prop_oneof![
        Just("ten".to_owned()),
        (-99_999_i64..99_999).prop_map(|cents| format!("{}", rust_decimal::Decimal::new(cents, 2)))
    ];
    let vat = prop_oneof![Just(ROSSI), Just(BIANCHI), Just("IT99999999990"), Just("")];
    let day = (2009_i32..2016, 1_u32..13, 1_u32..29);
    let currency = prop_oneof![Just(None), Just(Some("USD")), Just(Some("CHF"))];
    (0_u16..60, vat, day, amount, currency, any::<bool>()).prop_map(
        |(id, vat, (year, month, day), amount, currency, rate)| {
            let mut document = invoice(&id.to_string(), vat, &format!("{year}-{month:02}-{day:02}"), &amount);
            document.currency = currency.map(str::to_owned);
            document.rate = rate.then(|| "1.1".to_owned());
            document
        },
    )
}

/// Pulled = matched + unmatched + not counted + rejected, in number and in money, whatever was pulled how often.
pub(crate) async fn every_ledger_reconciles<V: Vendor>() {
    // The runner of cases knows no async: it gets a thread, and each case a runtime.
    tokio::task::spawn_blocking(run_ledgers::<V>).await.unwrap();
}

fn run_ledgers<V: Vendor>() {
    let any_pulls = proptest::collection::vec(proptest::collection::vec(any_document(), 1..40), 1..3);
    let mut runner = TestRunner::new(ProptestConfig { cases: 12, ..ProptestConfig::default() });
    let reconciles = |pulls: Vec<Vec<DocumentDraft>>| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(reconcile::<V>(pulls));
        Ok(())
    };
    runner.run(&any_pulls, reconciles).unwrap();
}

async fn reconcile<V: Vendor>(pulls: Vec<Vec<DocumentDraft>>) {
    let world = unguarded::<V>().await;
    for documents in pulls {
        let ids: BTreeSet<_> = documents.iter().map(|document| document.id.clone()).collect();
        *world.books.lock().unwrap() = documents;
        let (_, reconciliation) = backfill(&world).await;
        assert_eq!(reconciliation.pulled.documents, ids.len() as u64);
    }
}
