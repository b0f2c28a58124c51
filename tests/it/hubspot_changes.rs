//! HubSpot: what has changed, by a search whose index lags, knows ties of thousands, and echoes sirank's own writes.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sirank::connectors::hubspot::HubSpot;
use sirank::domain::company::{CompanyRecord, Version};
use sirank::domain::ids::{CompanyId, DealId, PipelineId};
use sirank::ports::{ChangedDeal, Changes, Crm, Cursor, DealState, Deleted, Mark, Survey, WriteOutcome};
use sirank_mocks::clock::Clock;
use sirank_mocks::hubspot::{self as mock, Kind, Pipeline, Portal};

use crate::hubspot_support::{LONG_AGO, NOON, TOKEN, connect, number, portal, write_of};

const MINUTE: Duration = Duration::from_mins(1);

/// A portal whose clock stands still, and whose index lags.
async fn start(portal: Portal, at_ms: i64, lag: Duration) -> mock::HubSpot {
    let clock = Clock::frozen_at(DateTime::<Utc>::from_timestamp_millis(at_ms).unwrap());
    let builder = mock::HubSpot::builder().token(TOKEN).seed(portal);
    builder.clock(clock).search_lag(lag).start().await.unwrap()
}

fn with_companies(count: usize, at_ms: i64) -> (Portal, Vec<CompanyId>) {
    let mut portal = portal();
    let ids = (0..count).map(|_| portal.add(Kind::Company, at_ms, &[("name", "Esempio")])).map(id).collect();
    (portal, ids)
}

fn id(number: u64) -> CompanyId {
    CompanyId::from(number.to_string().as_str())
}

/// A connector that has spoken to the portal, so that it knows its clock.
async fn surveyed(hub: &mock::HubSpot) -> (HubSpot, Survey) {
    let hubspot = connect(&hub.base_url());
    let survey = hubspot.survey().await.unwrap();
    (hubspot, survey)
}

fn changes(hubspot: &HubSpot) -> &dyn Changes {
    hubspot.changes().unwrap()
}

/// Everything that a reading delivers. `between` is called after every page with the number of pages so far.
async fn changed(hubspot: &HubSpot, since: &Mark, mut between: impl FnMut(usize)) -> Vec<CompanyRecord> {
    let (mut records, mut pages, mut from) = (Vec::new(), 0, None::<Cursor>);
    loop {
        let page = changes(hubspot).changed(since, from).await.unwrap();
        records.extend(page.items);
        pages += 1;
        from = page.next;
        if from.is_none() {
            return records;
        }
        between(pages);
    }
}

fn ids(records: &[CompanyRecord]) -> Vec<CompanyId> {
    records.iter().map(|record| record.id.clone()).collect()
}

#[tokio::test]
async fn a_record_that_the_index_shows_late_is_seen_by_a_later_reading() {
    let (portal, companies) = with_companies(5, LONG_AGO);
    let hub = start(portal, NOON, 10 * MINUTE).await;
    let (hubspot, _) = surveyed(&hub).await;
    let first = changes(&hubspot).mark().await.unwrap();
    assert!(hub.person_edits(Kind::Company, number(&companies[2]), &[("potential", "high")]));
    assert_eq!(changed(&hubspot, &first, |_| ()).await, [], "the index shows what it was before");
    // A reading that begins after the edit, with a mark from after the edit, sees it all the same.
    hub.clock().advance(5 * MINUTE);
    surveyed(&hub).await;
    hubspot.survey().await.unwrap();
    let second = changes(&hubspot).mark().await.unwrap();
    assert!(second.0 > first.0);
    hub.clock().advance(6 * MINUTE);
    let read = changed(&hubspot, &second, |_| ()).await;
    assert_eq!(ids(&read), companies[2..3]);
    assert_eq!(read[0].potential.as_deref(), Some("high"));
    assert_eq!(read[0].version, Some(Version(NOON)));
}

#[tokio::test]
async fn twelve_thousand_records_with_one_change_date_are_read_once_each() {
    let (portal, companies) = with_companies(12_000, NOON);
    let hub = start(portal, NOON, Duration::ZERO).await;
    let (hubspot, _) = surveyed(&hub).await;
    let mark = changes(&hubspot).mark().await.unwrap();
    let read = changed(&hubspot, &mark, |_| ()).await;
    assert_eq!(ids(&read), companies, "by number, not by text");
    assert_eq!(hubspot.usage().calls["companies.search"], 60, "200 a call, and none beyond the end");
}

#[tokio::test]
async fn the_overlap_begins_with_its_first_millisecond() {
    let quarter = i64::try_from((15 * MINUTE).as_millis()).unwrap();
    let mut portal = portal();
    for at in [NOON - quarter - 1, NOON - quarter, NOON - quarter + 1, NOON] {
        portal.add(Kind::Company, at, &[]);
    }
    let hub = start(portal, NOON, Duration::ZERO).await;
    let (hubspot, _) = surveyed(&hub).await;
    let mark = changes(&hubspot).mark().await.unwrap();
    assert_eq!(mark.0, NOON.to_string());
    assert_eq!(changed(&hubspot, &mark, |_| ()).await.len(), 3);
}

#[tokio::test]
async fn what_changes_while_pages_are_read_pushes_nothing_out() {
    let (portal, companies) = with_companies(650, NOON);
    let hub = start(portal, NOON, Duration::ZERO).await;
    let (hubspot, _) = surveyed(&hub).await;
    let mark = changes(&hubspot).mark().await.unwrap();
    let read = changed(&hubspot, &mark, |pages| {
        hub.clock().advance(MINUTE);
        // One that was read, one that is still to come, one that is new, and one that goes.
        for at in [pages * 7, 649 - pages] {
            assert!(hub.person_edits(Kind::Company, number(&companies[at]), &[("name", "Esempio nuovo")]));
        }
        let now = hub.clock().now_ms();
        hub.change(|portal| portal.add(Kind::Company, now, &[("name", "Nuova")]));
        assert!(hub.person_archives(Kind::Company, number(&companies[100 + pages])));
    })
    .await;
    let read: BTreeSet<CompanyId> = read.into_iter().map(|record| record.id).collect();
    let there = hub.portal(|portal| portal.space(Kind::Company).records.keys().copied().collect::<Vec<_>>());
    let missed: Vec<_> = there.into_iter().map(id).filter(|id| !read.contains(id)).collect();
    assert_eq!(missed, []);
}

#[tokio::test]
async fn marks_are_made_of_the_portal_s_clock() {
    for hours in [-30_i64, 5] {
        let there = NOON + hours * 3_600_000;
        let (portal, companies) = with_companies(3, LONG_AGO);
        let hub = start(portal, there, Duration::ZERO).await;
        let (hubspot, _) = surveyed(&hub).await;
        let mark = changes(&hubspot).mark().await.unwrap();
        assert_eq!(mark.0, there.to_string(), "this machine says {NOON}");
        hub.clock().advance(MINUTE);
        assert!(hub.person_edits(Kind::Company, number(&companies[1]), &[("potential", "low")]));
        assert_eq!(ids(&changed(&hubspot, &mark, |_| ()).await), companies[1..2]);
    }
}

#[tokio::test]
async fn an_own_write_comes_back_in_the_version_that_its_answer_told() {
    let (portal, companies) = with_companies(2, LONG_AGO);
    let hub = start(portal, NOON, MINUTE).await;
    let (hubspot, _) = surveyed(&hub).await;
    let mark = changes(&hubspot).mark().await.unwrap();
    assert!(hub.person_edits(Kind::Company, number(&companies[0]), &[("potential", "high")]));
    hub.clock().advance(2 * MINUTE);
    let outcomes = hubspot.write(&[write_of(&companies[0], "12.5", "A")]).await.unwrap();
    let [WriteOutcome::Applied(Some(written))] = outcomes[..] else { panic!("{outcomes:?}") };
    // The index still shows the state before the write: an older version, so nobody takes it for news.
    let stale = changed(&hubspot, &mark, |_| ()).await;
    assert!(stale[0].version.unwrap() < written, "{stale:?}");
    assert_eq!(stale[0].observed, []);
    hub.clock().advance(2 * MINUTE);
    let echo = changed(&hubspot, &mark, |_| ()).await;
    assert_eq!(echo[0].version, Some(written));
    assert_eq!(echo[0].observed.len(), 2);
}

#[tokio::test]
async fn what_search_does_not_know_is_left_to_a_whole_reading() {
    let (portal, companies) = with_companies(4, LONG_AGO);
    let hub = start(portal, NOON, Duration::ZERO).await;
    let (hubspot, _) = surveyed(&hub).await;
    let mark = changes(&hubspot).mark().await.unwrap();
    assert!(hub.person_archives(Kind::Company, number(&companies[0])));
    assert!(hub.person_merges(Kind::Company, number(&companies[1]), number(&companies[2])));
    assert_eq!(ids(&changed(&hubspot, &mark, |_| ()).await), companies[1..2], "the winner of the merge");
    assert_eq!(changes(&hubspot).deleted(&mark).await.unwrap(), Deleted::OnlyByWholeReading);
}

#[tokio::test]
async fn deals_that_changed_tell_whether_they_count_and_of_whom() {
    let mut portal = portal();
    for name in ["sales", "other"] {
        portal.add_pipeline(Pipeline::plain(name, name));
    }
    let company = portal.add(Kind::Company, LONG_AGO, &[]);
    let mut deal = |stage: &str| {
        let pipeline = stage.split('_').next().unwrap();
        let deal = portal.add(Kind::Deal, LONG_AGO, &[("pipeline", pipeline), ("dealstage", stage)]);
        portal.associate((Kind::Deal, deal), (Kind::Company, company));
        deal
    };
    let [untouched, won, moved, back] = ["sales_new", "sales_new", "sales_new", "other_new"].map(&mut deal);
    let hub = start(portal, NOON, Duration::ZERO).await;
    let (hubspot, survey) = surveyed(&hub).await;
    let mark = changes(&hubspot).mark().await.unwrap();
    let edit = |deal, pipeline: &str, stage: &str| {
        let values = [("pipeline", pipeline), ("dealstage", stage)];
        assert!(hub.person_edits(Kind::Deal, deal, &values));
    };
    edit(won, "sales", "sales_won");
    edit(moved, "other", "other_new");
    edit(back, "sales", "sales_new");
    let (sudden, lonely) = hub.change(|portal| {
        let mut add = |stage| portal.add(Kind::Deal, NOON, &[("pipeline", "sales"), ("dealstage", stage)]);
        (add("sales_invented"), add("sales_new"))
    });
    let watched = BTreeSet::from([PipelineId::from("sales")]);
    let deals = changes(&hubspot).deals().unwrap();
    hub.forget();
    let page = deals.changed(&survey, &watched, &mark, None).await.unwrap();
    let open = DealState::Open(PipelineId::from("sales"));
    let expected = [
        (won, "sales", LONG_AGO, DealState::Shut),
        (moved, "other", LONG_AGO, DealState::Shut),
        (back, "sales", LONG_AGO, open.clone()),
        (sudden, "sales", NOON, DealState::Unheard),
        (lonely, "sales", NOON, open),
    ];
    let expected = expected.map(|(id, pipeline, created, state)| ChangedDeal {
        id: DealId::from(id.to_string().as_str()),
        version: Some(Version(NOON)),
        pipeline: Some(PipelineId::from(pipeline)),
        created: DateTime::<Utc>::from_timestamp_millis(created),
        state,
    });
    assert_eq!(page.items, expected, "{untouched} did not change");
    let with_companies = deals.with_companies(page.items).await.unwrap();
    let companies: Vec<_> = with_companies.iter().map(|deal| deal.companies.clone()).collect();
    assert_eq!(companies, [vec![id(company)], vec![]]);
    assert_eq!((hub.stats().by_kind["search"], hub.stats().by_kind["associations_read"]), (1, 1));
    let nothing = deals.changed(&survey, &BTreeSet::new(), &mark, None).await.unwrap();
    assert_eq!((nothing.items.len(), hub.stats().by_kind["search"]), (0, 1), "nobody watches");
}
