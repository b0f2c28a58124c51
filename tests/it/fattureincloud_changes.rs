//! Fatture in Cloud: what has changed, by lists whose order changes while they are read.

use crate::any_day;
use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, json};
use sirank::connectors::fattureincloud::FattureInCloud;
use sirank::domain::document::DocumentDraft;
use sirank::domain::ids::DocumentId;
use sirank::ports::{ChangedDocuments, Deleted, DocumentChanges, InvoiceSource, Mark};
use sirank_mocks::clock::Clock;
use sirank_mocks::fattureincloud as mock;
use sirank_mocks::faults::Fault;

use crate::fattureincloud_support::{COMPANY, TOKEN, add, company, connect, start};

const HOUR: Duration = Duration::from_hours(1);

fn changes(source: &FattureInCloud) -> &dyn DocumentChanges {
    source.changes().unwrap()
}

/// Everything that a reading delivers, and the mark that it ends with.
async fn changed(
    source: &FattureInCloud,
    since: &Mark,
    mut between: impl FnMut(usize),
) -> (Vec<DocumentDraft>, Mark) {
    let (mut drafts, mut pages, mut from) = (Vec::new(), 0, None);
    loop {
        let told = changes(source).changed(any_day(), since, from).await.unwrap();
        let ChangedDocuments::Page { page, mark } = told else { panic!("{told:?}") };
        drafts.extend(page.items);
        pages += 1;
        from = page.next;
        assert_eq!(from.is_none(), mark.is_some(), "the mark comes with the last page");
        match mark {
            Some(mark) => return (drafts, mark),
            None => between(pages),
        }
    }
}

fn ids(drafts: &[DocumentDraft]) -> BTreeSet<u64> {
    drafts.iter().map(|draft| draft.id.parse().unwrap()).collect()
}

fn edit(fic: &mock::FattureInCloud, id: u64) {
    set_net(fic, id, 12);
}

fn set_net(fic: &mock::FattureInCloud, id: u64, net: u64) {
    let fields = Map::from_iter([("amount_net".to_owned(), json!(net))]);
    assert!(fic.person_edits(COMPANY, id, &fields));
}

fn documents(fic: &mock::FattureInCloud) -> Vec<u64> {
    fic.companies(|companies| companies[0].documents.keys().copied().collect())
}

fn told(ids: &[u64]) -> Deleted<DocumentId> {
    Deleted::Told(ids.iter().map(|id| DocumentId::from(id.to_string().as_str())).collect())
}

async fn at(instant: &str, company: mock::Company) -> mock::FattureInCloud {
    let clock = Clock::frozen_at(instant.parse::<DateTime<Utc>>().unwrap());
    mock::FattureInCloud::builder().token(TOKEN).company(company).clock(clock).start().await.unwrap()
}

#[tokio::test]
async fn where_nothing_has_changed_one_page_of_each_type_says_so() {
    let fic = start(company(430)).await;
    let source = connect(&fic);
    let mark = changes(&source).mark(any_day()).await.unwrap();
    fic.forget();
    let (drafts, same) = changed(&source, &mark, |_| ()).await;
    assert_eq!((drafts.len(), &same), (0, &mark));
    assert_eq!(changes(&source).deleted(&mark, &same).await.unwrap(), told(&[]));
    assert_eq!(fic.requests().len(), 2);
}

#[tokio::test]
async fn what_was_issued_changed_or_deleted_is_told() {
    let fic = start(company(430)).await;
    let source = connect(&fic);
    let all = documents(&fic);
    let mark = changes(&source).mark(any_day()).await.unwrap();
    fic.clock().advance(HOUR);
    edit(&fic, all[7]);
    let new = mock::NewDocument {
        kind: "credit_note",
        date: "2026-11-22",
        net: 1.into(),
        entity: json!({"id": null}),
        subject: "",
    };
    let issued = fic.person_issues(COMPANY, 1, &new).unwrap();
    assert!(fic.person_deletes(COMPANY, all[100]));
    fic.forget();
    let (drafts, next) = changed(&source, &mark, |_| ()).await;
    assert!(ids(&drafts).is_superset(&BTreeSet::from([all[7], issued])), "{drafts:?}");
    assert!(drafts.len() < 10, "an overlap of hours, not everything: {}", drafts.len());
    assert_eq!(changes(&source).deleted(&mark, &next).await.unwrap(), told(&[all[100]]));
    assert_eq!(fic.requests().len(), 3, "a page of each type, and the bin");
    // A deletion alone is noticed, though no document has another time of change.
    assert!(fic.person_deletes(COMPANY, all[3]));
    let (_, last) = changed(&source, &next, |_| ()).await;
    assert_eq!(changes(&source).deleted(&next, &last).await.unwrap(), told(&[all[3], all[100]]));
}

/// A source that was read up to a mark, and of which every document was edited a day later.
async fn edited_in_bulk() -> (mock::FattureInCloud, FattureInCloud, Mark, Vec<u64>) {
    let fic = start(company(430)).await;
    let source = connect(&fic);
    let mark = changes(&source).mark(any_day()).await.unwrap();
    fic.clock().advance(24 * HOUR);
    let all = documents(&fic);
    for id in &all {
        edit(&fic, *id);
    }
    (fic, source, mark, all)
}

#[tokio::test]
async fn after_a_bulk_change_the_next_reading_is_as_short_as_ever() {
    let (fic, source, mark, all) = edited_in_bulk().await;
    let (drafts, next) = changed(&source, &mark, |_| ()).await;
    assert_eq!(ids(&drafts), all.iter().copied().collect());
    fic.forget();
    let (drafts, same) = changed(&source, &next, |_| ()).await;
    assert_eq!((drafts.len(), same, fic.requests().len()), (0, next, 2));
}

#[tokio::test]
async fn what_moves_or_goes_while_pages_are_read_hides_nothing() {
    let (fic, source, mark, all) = edited_in_bulk().await;
    let mut gone = BTreeSet::new();
    let (drafts, next) = changed(&source, &mark, |pages| {
        fic.clock().advance(Duration::from_secs(1));
        if pages < 4 {
            set_net(&fic, all[pages * 90], 99);
            let deleted = all[pages * 20 + 1];
            assert!(fic.person_deletes(COMPANY, deleted));
            gone.insert(deleted);
        }
    })
    .await;
    let read = ids(&drafts);
    let missed: Vec<u64> = documents(&fic).into_iter().filter(|id| !read.contains(id)).collect();
    assert_eq!(missed, [] as [u64; 0]);
    // What changed behind the reader's back is told by the next reading.
    let (later, _) = changed(&source, &next, |_| ()).await;
    for id in (1..4).map(|pages| all[pages * 90].to_string()) {
        let last = drafts.iter().chain(&later).rfind(|draft| draft.id == id).unwrap();
        assert_eq!(last.net.as_deref(), Some("99"), "{id}");
    }
}

#[tokio::test]
async fn the_hour_that_comes_twice_hides_nothing() {
    // 02:50 in Italian summer time; half an hour later it is 02:20 in winter time.
    let fic = at("2026-10-25T00:50:00Z", company(30)).await;
    let source = connect(&fic);
    let all = documents(&fic);
    edit(&fic, all[4]);
    let mark = changes(&source).mark(any_day()).await.unwrap();
    fic.clock().advance(HOUR / 2);
    edit(&fic, all[9]);
    let (drafts, _) = changed(&source, &mark, |_| ()).await;
    assert!(ids(&drafts).contains(&all[9]));
}

#[tokio::test]
async fn a_company_without_documents_and_its_first_one() {
    let fic = start(mock::Company::new(COMPANY, "Azienda di prova S.r.l.")).await;
    let source = connect(&fic);
    let mark = changes(&source).mark(any_day()).await.unwrap();
    assert_eq!(changed(&source, &mark, |_| ()).await.1, mark);
    let first = fic.companies(|companies| add(&mut companies[0], "invoice", "2020-01-10", 100, json!({})));
    let (drafts, _) = changed(&source, &mark, |_| ()).await;
    assert_eq!(ids(&drafts), BTreeSet::from([first]));
}

#[tokio::test]
async fn a_bin_that_may_not_be_looked_into_is_left_to_a_whole_reading() {
    let fic = start(company(3)).await;
    let source = connect(&fic);
    let mark = changes(&source).mark(any_day()).await.unwrap();
    edit(&fic, documents(&fic)[0]);
    let (_, next) = changed(&source, &mark, |_| ()).await;
    fic.faults(|faults| faults.add(Fault::status(403).kind("bin").always()));
    assert_eq!(changes(&source).deleted(&mark, &next).await.unwrap(), Deleted::OnlyByWholeReading);
}
