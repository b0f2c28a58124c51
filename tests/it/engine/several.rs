//! Several sources at once: each with its own state, and what two of them hold.

use sirank::domain::catalogue::Figure;
use sirank::domain::document::{DocumentDraft, NotCounted};
use sirank::domain::duplicates::DuplicateRule;
use sirank::domain::reconciliation::{Reconciliation, Tally};
use sirank::engine::Request;

use super::small::{BIANCHI, ROSSI, invoice};
use super::world::{World, request};
use crate::crm::Vendor;

const REVENUE: Figure = Figure::Revenue36m;

/// Another source with the first two invoices of Rossi once more, under ids of its own, and one of Bianchi.
async fn with_archive<V: Vendor>(rule: DuplicateRule) -> World<V> {
    let mut world = World::<V>::small().await.unguarded();
    world.policy.duplicates = rule;
    let known_as = |id: &str, number: &str, draft: DocumentDraft| DocumentDraft {
        id: id.to_owned(),
        number: number.to_owned(),
        ..draft
    };
    *world.archive.lock().unwrap() = vec![
        known_as("a-1", " 1", invoice("", ROSSI, "2013-11-29", "12000.00")),
        known_as("a-2", "2", invoice("", ROSSI, "2012-05-02", "800.50")),
        known_as("a-3", "2/B", invoice("", BIANCHI, "2013-05-02", "77.00")),
        // Another year, and a credit note: other documents.
        known_as("a-4", "3", invoice("", BIANCHI, "2012-10-01", "5.00")),
        known_as("a-5", "3", invoice("", BIANCHI, "2013-10-01", "-2.00")),
    ];
    world
}

async fn backfill<V: Vendor>(world: &World<V>) -> Reconciliation {
    let report = world.backfill().await.unwrap();
    let reconciliation = report.analysis.unwrap().reconciliation;
    assert!(reconciliation.balances(), "{reconciliation:?}");
    reconciliation
}

fn euro(tally: &Tally) -> String {
    tally.money.get("EUR").map(ToString::to_string).unwrap_or_default()
}

pub(crate) async fn a_document_of_two_sources_counts_once_where_that_is_the_rule<V: Vendor>() {
    let world = with_archive::<V>(DuplicateRule::CountOnce).await;
    let books = backfill(&world).await;
    assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("12800.5"));
    assert_eq!(world.value(BIANCHI, REVENUE).as_deref(), Some("180"));
    let elsewhere = &books.not_counted[&NotCounted::Duplicate];
    assert_eq!((elsewhere.documents, euro(elsewhere).as_str()), (2, "12800.50"));
    assert!(books.counted_twice.is_empty());
    world.crm.forget();
    backfill(&world).await;
    assert!(world.crm.was_only_read(), "nothing has changed");

    // What the first source does not hold any more counts for the second one.
    world.books.lock().unwrap().retain(|document| document.id != "2");
    let books = backfill(&world).await;
    assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("12800.5"));
    assert_eq!(books.not_counted[&NotCounted::Duplicate].documents, 1);
}

pub(crate) async fn a_document_of_two_sources_is_reported_unless_it_is_to_count_once<V: Vendor>() {
    let mut world = with_archive::<V>(DuplicateRule::Report).await;
    let books = backfill(&world).await;
    assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("25601"));
    assert_eq!((books.counted_twice.documents, euro(&books.counted_twice).as_str()), (2, "12800.50"));
    assert!(!books.not_counted.contains_key(&NotCounted::Duplicate));

    // Other sellers are other documents, also where only the settings say who they are.
    world.policy.duplicates = DuplicateRule::CountOnce;
    world.policy.sellers =
        [("books".into(), "IT01234567897".to_owned()), ("archive".into(), "00000000018".to_owned())].into();
    let books = backfill(&world).await;
    assert!(!books.not_counted.contains_key(&NotCounted::Duplicate) && books.counted_twice.is_empty());

    world.policy.sellers = [("books".into(), "it 01234567897".to_owned())].into();
    let books = backfill(&world).await;
    assert_eq!(books.not_counted[&NotCounted::Duplicate].documents, 2, "one of them may be the other's");
    assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("12800.5"));
}

/// The stream of a query ends with the process that read it: what was stored of it is neither lost nor counted twice.
pub(crate) async fn a_reading_that_cannot_go_on_begins_anew<V: Vendor>() {
    let mut world = World::<V>::ready().await;
    world.forgetful = true;
    world.interrupted = true;
    let error = world.backfill().await.unwrap_err();
    assert!(error.can_be_resumed(), "{error}");
    assert!(world.store().document_count(&"books".into()).unwrap() > 0);
    // The ledger moves on meanwhile: what the first page held is on none of the new ones.
    let gone = world.books.lock().unwrap().remove(0).id;
    world.interrupted = false;
    let report = world.run(Request { resume: true, ..request() }).await.unwrap();
    let pulled = report.analysis.unwrap().reconciliation.pulled.documents;
    assert_eq!(pulled, world.books.lock().unwrap().len() as u64);
    let mut ids = Vec::new();
    world.store().documents(None, |row| ids.push(row.document.id.to_string())).unwrap();
    assert!(!ids.contains(&gone), "{gone} is no more");
}

/// What was read before somebody changed the settings does not go with what is read after.
pub(crate) async fn a_reading_that_was_begun_with_other_settings_begins_anew<V: Vendor>() {
    let mut world = World::<V>::small().await.unguarded();
    let in_dollars = |number: u32| DocumentDraft {
        currency: Some("USD".to_owned()),
        ..invoice(&format!("d{number}"), ROSSI, "2013-06-01", "2.00")
    };
    *world.books.lock().unwrap() = (0..600).map(in_dollars).collect();
    world.policy.currency.rates.insert("USD".to_owned(), 1.into());
    world.interrupted = true;
    world.backfill().await.unwrap_err();
    world.interrupted = false;
    world.policy.currency.rates.insert("USD".to_owned(), 2.into());
    world.run(Request { resume: true, ..request() }).await.unwrap();
    assert_eq!(world.value(ROSSI, REVENUE).as_deref(), Some("600"));
}
