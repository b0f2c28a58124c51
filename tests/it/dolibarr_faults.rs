//! Dolibarr: what goes wrong, and what has changed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use sirank::connectors::dolibarr::{Dolibarr, DolibarrConfig};
use sirank::domain::document::DocumentDraft;
use sirank::http::{ClientSettings, StaticToken};
use sirank::ports::{CallError, ChangedDocuments, Deleted, DocumentChanges, InvoiceSource, Mark, Trouble};
use sirank_mocks::dolibarr as mock;
use sirank_mocks::faults::{Action, Fault};

use crate::dolibarr_support::{KEY, builder, config, connect, ledger, pull, start, today};

const HOUR: Duration = Duration::from_hours(1);

fn trouble(result: Result<Vec<DocumentDraft>, CallError>) -> Trouble {
    let error = result.unwrap_err();
    assert!(!error.to_string().contains(KEY), "{error}");
    error.trouble
}

#[tokio::test]
async fn a_wrong_key_and_a_missing_permission_are_told_apart() {
    let erp = start(ledger(1)).await;
    let tokens = Arc::new(StaticToken::new("another-key".to_owned().into()));
    let source = Dolibarr::new(DolibarrConfig { tokens, ..config(&erp.base_url()) }).unwrap();
    let Trouble::Unauthorized(message) = trouble(pull(&source, |_| ()).await) else { panic!() };
    assert!(message.contains("Error user not valid") && message.contains("API key"), "{message}");
    assert!(matches!(source.probe().await.unwrap_err().trouble, Trouble::Unauthorized(_)));
    let blind = mock::User { reads_invoices: false, ..mock::User::default() };
    let erp = mock::Dolibarr::builder().key(KEY, blind).ledger(ledger(1)).start().await.unwrap();
    let Trouble::Forbidden { missing, .. } = trouble(pull(&connect(&erp), |_| ()).await) else { panic!() };
    assert_eq!(missing, ["Invoices: Read customer invoices"]);
}

#[tokio::test]
async fn a_server_that_is_away_or_something_else_can_be_asked_again() {
    let erp = start(ledger(1)).await;
    let base_url = erp.base_url();
    let source = connect(&erp);
    erp.faults(|faults| faults.add(Fault::status(503).kind("invoices_list").times(2)));
    assert_eq!(pull(&source, |_| ()).await.unwrap().len(), 5, "a moment of weakness");
    erp.faults(|faults| {
        faults.add(Fault::new(Action::HtmlPage { status: 200 }).kind("thirdparties_list").always());
    });
    let Trouble::Malformed(message) = trouble(pull(&source, |_| ()).await) else { panic!() };
    assert!(message.contains("a web page instead of JSON"), "{message}");
    erp.faults(|faults| {
        faults.clear();
        faults.add(Fault::new(Action::MalformedJson).kind("thirdparties_list").times(1));
        faults.add(Fault::new(Action::CutBody { keep: 9 }).kind("invoices_list").times(1));
        faults.add(Fault::new(Action::EmptyBody).kind("invoices_list").times(1));
    });
    assert_eq!(pull(&source, |_| ()).await.unwrap().len(), 5);
    // A base URL that names another folder is answered with the page of a login.
    let wrong = format!("{base_url}/htdocs");
    let elsewhere = Dolibarr::new(config(&wrong)).unwrap();
    assert!(matches!(trouble(pull(&elsewhere, |_| ()).await), Trouble::Malformed(_)));
    erp.shutdown().await;
    assert!(matches!(trouble(pull(&source, |_| ()).await), Trouble::Unavailable { .. }));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_asked_for_in_parts() {
    let erp = start(ledger(40)).await;
    let source = narrow(&erp, 100);
    assert_eq!(pull(&source, |_| ()).await.unwrap().len(), 200);
}

/// A source that takes answers of 9,000 bytes at most.
fn narrow(erp: &mock::Dolibarr, page: u64) -> Dolibarr {
    let mut client = ClientSettings::new(erp.base_url().parse().unwrap());
    client.max_body_bytes = 9_000;
    Dolibarr::new(DolibarrConfig { client, page, ..config(&erp.base_url()) }).unwrap()
}

#[tokio::test]
async fn an_old_release_that_says_404_has_no_more_rows_and_an_unknown_path_is_no_end() {
    let erp = builder(mock::Ledger::default()).release(14).start().await.unwrap();
    assert_eq!(pull(&connect(&erp), |_| ()).await.unwrap(), []);
    erp.faults(|faults| faults.add(Fault::status(404).always()));
    assert!(matches!(trouble(pull(&connect(&erp), |_| ()).await), Trouble::Refused { .. }));
}

/// Everything that a reading delivers, and the mark that it ends with; none where all has to be read.
async fn changed(source: &Dolibarr, since: &Mark) -> Option<(Vec<DocumentDraft>, Mark)> {
    let changes: &dyn DocumentChanges = source.changes().unwrap();
    let (mut drafts, mut from) = (Vec::new(), None);
    loop {
        let ChangedDocuments::Page { page, mark } = changes.changed(today(), since, from).await.unwrap()
        else {
            return None;
        };
        drafts.extend(page.items);
        from = page.next;
        assert_eq!(from.is_none(), mark.is_some(), "the mark comes with the last page");
        if let Some(mark) = mark {
            return Some((drafts, mark));
        }
    }
}

fn ids(drafts: &[DocumentDraft]) -> BTreeSet<u64> {
    drafts.iter().map(|draft| draft.id.parse().unwrap()).collect()
}

#[tokio::test]
async fn what_has_changed_is_told_and_a_quiet_cycle_is_two_calls() {
    for zone in
        [chrono_tz::UTC, chrono_tz::Europe::Rome, chrono_tz::Pacific::Honolulu, chrono_tz::Pacific::Auckland]
    {
        let erp = builder(ledger(60)).zone(zone).start().await.unwrap();
        let source = connect(&erp);
        let mark = source.changes().unwrap().mark(today()).await.unwrap();
        erp.forget();
        let (drafts, same) = changed(&source, &mark).await.unwrap();
        assert_eq!((drafts.len(), &same, erp.requests().len()), (0, &mark, 2), "{zone}");
        erp.person_edits_invoice(7, "total_ht", "99.00000000");
        let (_, mark) = changed(&source, &mark).await.unwrap();
        erp.clock().advance(20 * HOUR);
        erp.person_edits_invoice(8, "status", "2");
        let new =
            mock::NewInvoice { kind: 2, status: 1, customer: 3, date: "2026-11-20", net: "-4.00000000" };
        let issued = erp.person_issues(&new);
        erp.forget();
        let (drafts, next) = changed(&source, &mark).await.unwrap();
        assert_eq!(ids(&drafts), BTreeSet::from([7, 8, issued]), "{zone}: the overlap, not everything");
        let note = drafts.iter().find(|draft| draft.id == issued.to_string()).unwrap();
        assert_eq!(note.party.vat_number.as_deref(), Some("IT00000000003"));
        assert_eq!(changed(&source, &next).await.unwrap().0, [], "{zone}");
        let deleted = source.changes().unwrap().deleted(&mark, &next).await.unwrap();
        assert_eq!(deleted, Deleted::OnlyByWholeReading);
    }
}

#[tokio::test]
async fn the_invoices_of_a_changed_third_party_are_read_again() {
    let sources: [fn(&mock::Dolibarr) -> Dolibarr; 3] =
        [connect, |erp| narrow(erp, 100), |erp| narrow(erp, 20)];
    for (nth, source) in sources.into_iter().enumerate() {
        let erp = start(ledger(60)).await;
        let source = source(&erp);
        erp.person_edits_third_party(2, "name", "Altro nome");
        let mark = source.changes().unwrap().mark(today()).await.unwrap();
        erp.clock().advance(20 * HOUR);
        for customer in 2..=56 {
            erp.person_edits_third_party(customer, "tva_intra", "IT77777777777");
        }
        let (drafts, next) = changed(&source, &mark).await.unwrap();
        assert_eq!(ids(&drafts), (6..=280).collect(), "{nth}");
        assert!(
            drafts.iter().all(|draft| draft.party.vat_number.as_deref() == Some("IT77777777777")),
            "{nth}"
        );
        assert_eq!(changed(&source, &next).await.unwrap().0, [], "{nth}");
    }
}

#[tokio::test]
async fn where_most_has_changed_all_is_read() {
    let erp = start(ledger(600)).await;
    let source = connect(&erp);
    let mark = source.changes().unwrap().mark(today()).await.unwrap();
    for customer in 1..=600 {
        erp.person_edits_third_party(customer, "name", "Altro nome");
    }
    assert_eq!(changed(&source, &mark).await, None);
    // Of an empty ledger nothing was known.
    let empty = start(mock::Ledger::default()).await;
    let source = connect(&empty);
    let mark = source.changes().unwrap().mark(today()).await.unwrap();
    let new = mock::NewInvoice { kind: 0, status: 1, customer: 3, date: "2026-11-20", net: "4.00000000" };
    let issued = empty.person_issues(&new);
    assert_eq!(ids(&changed(&source, &mark).await.unwrap().0), BTreeSet::from([issued]));
}
