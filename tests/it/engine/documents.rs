//! Documents: what the source holds is what counts, pull after pull.

use proptest::prelude::*;
use sirank::domain::document::{DraftKind, NotCounted, Party};
use sirank::domain::intake::{CurrencyRules, intake};
use sirank::domain::reconciliation::Reconciliation;
use sirank::engine::RunReport;
use sirank::store::RunOutcome;

use super::small::{COMPANY, books, invoice, portal};
use super::world::World;

const ROSSI: &str = "IT00000000001";
const BIANCHI: &str = "IT00000000002";
const REVENUE: &str = "sirank_revenue_36m";

async fn backfill(world: &World) -> (RunReport, Reconciliation) {
    let report = world.backfill().await.unwrap();
    let reconciliation = report.analysis.clone().unwrap().reconciliation;
    assert!(reconciliation.balances(), "{reconciliation:?}");
    (report, reconciliation)
}

async fn unguarded() -> World {
    let mut world = World::small().await;
    world.policy.guards.max_cluster_change_share = 1.into();
    world.policy.guards.max_clear_share = 1.into();
    world.policy.guards.min_feed_share = 0.into();
    world
}

#[tokio::test]
async fn a_deleted_document_disappears_and_a_changed_one_replaces() {
    let world = unguarded().await;
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
#[tokio::test]
async fn a_customer_without_documents_is_forgotten() {
    let mut world = unguarded().await;
    world.edit(ROSSI, &[("tax_code", "11111111111")]);
    world.edit(BIANCHI, &[("vat_number", ROSSI), ("tax_code", "22222222222")]);
    {
        let mut books = world.books.lock().unwrap();
        for document in books.iter_mut().filter(|document| document.id == "1" || document.id == "2") {
            document.party.tax_code = Some("11111111111".into());
        }
    }
    world.policy.inputs.push(sirank::engine::InputMapping {
        input: sirank::ports::InputProperty::TaxCode,
        property: "tax_code".into(),
        configured: true,
    });
    world.books.lock().unwrap().push(invoice("8", ROSSI, "2013-12-01", "10.00"));
    let (report, _) = backfill(&world).await;
    assert_eq!(report.analysis.unwrap().ambiguous, 2, "document 8 could be either's");
    world.books.lock().unwrap().retain(|document| document.id != "8");
    let (report, _) = backfill(&world).await;
    assert_eq!(report.analysis.unwrap().ambiguous, 0);
}

#[tokio::test]
async fn what_cannot_be_used_is_counted_and_stops_nothing() {
    let world = unguarded().await;
    let odd = |id: &str, change: fn(&mut sirank::domain::document::DocumentDraft)| {
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

#[tokio::test]
async fn a_source_that_is_not_configured_any_more_is_forgotten() {
    let world = World::of(portal(), books()).await;
    world.setup().await;
    let store = world.store();
    let run = "r0".into();
    store.start_run(&run, "backfill", "2013-12-31".parse().unwrap(), sirank::clock::now()).unwrap();
    let old = intake(invoice("1", ROSSI, "2013-01-01", "5.00"), &CurrencyRules::default());
    store.put_documents(&run, &"old".into(), &[old], None).unwrap();
    drop(store);
    backfill(&world).await;
    let mut sources = Vec::new();
    world.store().documents(None, |row| sources.push(row.document.source.to_string())).unwrap();
    assert!(sources.iter().all(|source| source == "books") && sources.len() == 7, "{sources:?}");
}

#[tokio::test]
async fn a_deal_of_several_companies_keeps_all_of_them_from_being_cold() {
    // Found by the search among many deals, and by the list where there are few.
    for many in [true, false] {
        let mut portal = portal();
        let company = |vat: &str| {
            let mut records = portal.space(COMPANY).records.values();
            records.find(|record| record.props.get("vat_number") == Some(vat)).unwrap().id
        };
        let (public, fontana, gallo) =
            (company("IT00000000003"), company(super::small::FONTANA), company("IT00000000005"));
        super::small::deal(&mut portal, &[public, fontana, gallo], "ecommerce", "ecommerce_offer");
        super::small::deal(&mut portal, &[fontana], "unwatched", "unwatched_new");
        if !many {
            portal = super::small::without_closed_deals(portal);
        }
        let mut world = World::of(portal, books()).await;
        world.policy.rules.cold.excluded_categories.clear();
        world.policy.excluded_categories.clear();
        world.setup().await;
        world.hub.forget();
        backfill(&world).await;
        for vat in ["IT00000000003", super::small::FONTANA, "IT00000000005"] {
            assert_eq!(
                world.value(vat, "sirank_cold_exclusion").as_deref(),
                Some("open_deal"),
                "{vat} {many}"
            );
        }
        assert_eq!(world.hub.stats().by_kind.contains_key("associations_read"), many);
        // Closed, one is cold again.
        world.hub.change(|portal| {
            let deals: Vec<u64> = portal.space(super::small::DEAL).records.keys().copied().collect();
            for deal in deals {
                let open = portal.space(super::small::DEAL).records[&deal].props.get("pipeline")
                    == Some("ecommerce");
                if open {
                    portal.put(super::small::DEAL, deal, &[("dealstage", "ecommerce_lost")]);
                }
            }
        });
        backfill(&world).await;
        assert_eq!(world.value("IT00000000003", "sirank_cold_customer").as_deref(), Some("true"), "{many}");
        assert_eq!(world.value("IT00000000003", "sirank_cold_exclusion"), None);
        assert_eq!(world.value(super::small::FONTANA, "sirank_cold_exclusion").as_deref(), Some("open_deal"));
    }
}

fn any_document() -> impl Strategy<Value = sirank::domain::document::DocumentDraft> {
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Pulled = matched + unmatched + not counted + rejected, in number and in money, whatever was pulled how often.
    #[test]
    fn every_ledger_reconciles(pulls in proptest::collection::vec(proptest::collection::vec(any_document(), 1..40), 1..3)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = unguarded().await;
            for documents in pulls {
                let ids: std::collections::BTreeSet<_> = documents.iter().map(|document| document.id.clone()).collect();
                *world.books.lock().unwrap() = documents;
                let (_, reconciliation) = backfill(&world).await;
                assert_eq!(reconciliation.pulled.documents, ids.len() as u64);
            }
        });
    }
}
