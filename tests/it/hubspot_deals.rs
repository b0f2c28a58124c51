//! HubSpot: open deals by the list and by the search, and what each costs.

use std::collections::{BTreeMap, BTreeSet};

use sirank::connectors::hubspot::HubSpot;
use sirank::domain::ids::PipelineId;
use sirank::ports::Crm;
use sirank_mocks::hubspot as mock;

use crate::hubspot_support::{LONG_AGO, connect, portal};

const DEAL: mock::Kind = mock::Kind::Deal;
const COMPANY: mock::Kind = mock::Kind::Company;

type Deals = BTreeMap<String, Vec<String>>;

async fn all_open(hubspot: &HubSpot, watched: &[&str]) -> Deals {
    let survey = hubspot.survey().await.unwrap();
    let watched: BTreeSet<PipelineId> = watched.iter().map(|id| PipelineId::from(*id)).collect();
    let mut deals = Deals::new();
    let mut from = None;
    loop {
        let page = hubspot.open_deals(&survey, &watched, from).await.unwrap();
        for deal in page.items {
            assert!(watched.contains(&deal.pipeline));
            let companies = deal.companies.iter().map(ToString::to_string).collect();
            assert_eq!(deals.insert(deal.id.to_string(), companies), None, "{} came twice", deal.id);
        }
        match page.next {
            Some(next) => from = Some(next),
            None => return deals,
        }
    }
}

/// A portal with open watched deals among closed ones and others, and what is to be found.
fn with_deals(open: usize, closed: usize, other: usize) -> (mock::Portal, Deals) {
    let mut portal = portal();
    portal.add_pipeline(mock::Pipeline::plain("other", "Other"));
    let other_stage = portal.pipelines[1].open_stage().unwrap().id.clone();
    let companies: Vec<u64> =
        (0..7).map(|_| portal.add(COMPANY, LONG_AGO, &[("name", "Bianchi Srl")])).collect();
    let mut expected = Deals::new();
    for number in 0..open.max(closed).max(other) {
        let mut add = |pipeline: &str, stage: &str| {
            let deal = portal.add(DEAL, LONG_AGO, &[("pipeline", pipeline), ("dealstage", stage)]);
            let with: Vec<u64> = companies[..number % 4].to_vec();
            for company in &with {
                portal.associate((DEAL, deal), (COMPANY, *company));
            }
            (deal.to_string(), with.iter().map(ToString::to_string).collect())
        };
        if number < open {
            expected.extend([add("default", "contractsent")]);
        }
        if number < closed {
            add("default", "closedwon");
        }
        if number < other {
            add("other", &other_stage);
        }
    }
    (portal, expected)
}

async fn start(portal: mock::Portal) -> mock::HubSpot {
    crate::hubspot_support::start(portal).await
}

#[tokio::test]
async fn few_among_many_are_searched() {
    let (portal, expected) = with_deals(1_250, 4_000, 50);
    let hub = start(portal).await;
    let hubspot = connect(&hub.base_url());
    assert_eq!(all_open(&hubspot, &["default"]).await, expected);
    let calls = hubspot.usage().calls;
    // ⌈1,250/200⌉ and one for the total of all deals; 1,000 deals in a batch of associations.
    assert_eq!((calls["deals.search"], calls["associations.read"]), (8, 2));
    assert_eq!(calls.get("deals.list"), None);
}

#[tokio::test]
async fn many_among_few_are_listed() {
    let (portal, expected) = with_deals(150, 0, 0);
    let hub = start(portal).await;
    // Longer lists of companies are cut in the list and read in full.
    hub.options(|options| options.inline_associations = 2);
    let hubspot = connect(&hub.base_url());
    assert_eq!(all_open(&hubspot, &["default"]).await, expected);
    // ⌈150/100⌉ = 2 is no more than ⌈150/200⌉ + ⌈150/1,000⌉ = 2.
    let calls = hubspot.usage().calls;
    assert_eq!((calls["deals.list"], calls["deals.search"], calls["associations.read"]), (2, 2, 2));
}

#[tokio::test]
async fn both_ways_page_through_long_lists_of_companies() {
    let mut portal = portal();
    let companies: Vec<u64> =
        (0..7).map(|_| portal.add(COMPANY, LONG_AGO, &[("name", "Verdi Srl")])).collect();
    let deal = portal.add(DEAL, LONG_AGO, &[("pipeline", "default"), ("dealstage", "contractsent")]);
    for company in &companies {
        portal.associate((DEAL, deal), (COMPANY, *company));
    }
    for closed in [0, 1_000] {
        let mut portal = portal.clone();
        for _ in 0..closed {
            portal.add(DEAL, LONG_AGO, &[("pipeline", "default"), ("dealstage", "closedlost")]);
        }
        let hub = start(portal).await;
        hub.options(|options| {
            options.inline_associations = 2;
            options.association_page = 3;
            options.to_object_id = mock::IdForm::Text;
        });
        let hubspot = connect(&hub.base_url());
        let found = all_open(&hubspot, &["default"]).await;
        let expected: Vec<String> = companies.iter().map(ToString::to_string).collect();
        assert_eq!(found, Deals::from([(deal.to_string(), expected)]));
        assert_eq!(hubspot.usage().calls["associations.read"], 3);
        assert_eq!(hubspot.usage().calls.contains_key("deals.list"), closed == 0);
    }
}

#[tokio::test]
async fn nothing_watched_or_nothing_open_costs_nothing() {
    let (portal, _) = with_deals(3, 0, 3);
    let hub = start(portal).await;
    let hubspot = connect(&hub.base_url());
    assert_eq!(all_open(&hubspot, &[]).await, Deals::new());
    assert!(!hubspot.usage().calls.contains_key("deals.search"));
    assert_eq!(all_open(&hubspot, &["other"]).await.len(), 3);
}

#[tokio::test]
async fn more_stages_than_a_filter_takes_are_listed() {
    let mut portal = portal();
    for pipeline in 0..11 {
        let stages: Vec<mock::Stage> = (0..10)
            .map(|stage| {
                let id = format!("stage-{pipeline}-{stage}");
                mock::Stage::new(&id, &id, stage, "0.5")
            })
            .collect();
        let id = format!("pipeline-{pipeline}");
        portal.add_pipeline(mock::Pipeline::new(&id, &id, stages));
    }
    let deal = portal.add(DEAL, LONG_AGO, &[("pipeline", "pipeline-10"), ("dealstage", "stage-10-9")]);
    let hub = start(portal).await;
    let hubspot = connect(&hub.base_url());
    let watched: Vec<String> = (0..11).map(|pipeline| format!("pipeline-{pipeline}")).collect();
    let watched: Vec<&str> = watched.iter().map(String::as_str).collect();
    assert_eq!(all_open(&hubspot, &watched).await, Deals::from([(deal.to_string(), vec![])]));
    assert!(!hubspot.usage().calls.contains_key("deals.search"));
}
