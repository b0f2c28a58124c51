//! Open deals of the watched pipelines with their companies, by the cheaper of two ways.
//!
//! - **List**: all deals, 100 a call, with their companies inline.
//! - **Search**: only the open watched ones, 200 a call, and the companies of 1,000 of them in another call.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::client::{ASSOCIATION_BATCH, Answered, BATCH, Client};
use super::map::{created, version};
use super::objects::{COMPANIES, DEALS, Objects};
use super::problem::Problem;
use super::search::{SEARCH_PAGE, goes_on, one_of};
use super::trouble::{nonsense, refused};
use super::wire::{AssociatedAs, AssociationInput, List, Record, Search};
use crate::domain::ids::{CompanyId, DealId, PipelineId};
use crate::ports::{ChangedDeal, Cursor, DealState, OpenDeal, Page, Survey};

/// The most values of an IN filter that is relied on.
pub(super) const IN_LIST: usize = 100;
/// Search pages that fill one batch of associations.
pub(super) const PAGES_PER_BATCH: usize = ASSOCIATION_BATCH / SEARCH_PAGE as usize;

/// Where a pull of deals stands.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "lowercase")]
enum Position {
    /// After a page of the list.
    List { after: Option<String> },
    /// Behind a deal of the search.
    Search { behind: String, total: Option<u64> },
}

pub(super) async fn open_deals(
    client: &Client,
    survey: &Survey,
    watched: &BTreeSet<PipelineId>,
    from: Option<Cursor>,
) -> Answered<Page<OpenDeal>> {
    let open = OpenStages::of(survey, watched);
    if open.is_empty() {
        return Ok(Page { items: Vec::new(), next: None, total: Some(0) });
    }
    match from {
        None => begin(client, &open).await,
        Some(cursor) => match position(&cursor)? {
            Position::List { after } => by_list(client, &open, after.as_deref()).await,
            Position::Search { behind, total } => by_search(client, &open, behind, total, None).await,
        },
    }
}

/// The stages in which a deal is open and watched, by pipeline.
struct OpenStages(BTreeMap<String, BTreeSet<String>>);

impl OpenStages {
    fn of(survey: &Survey, watched: &BTreeSet<PipelineId>) -> Self {
        let pipelines = survey.pipelines.iter().filter(|pipeline| watched.contains(&pipeline.id));
        Self(
            pipelines
                .map(|pipeline| {
                    let open = pipeline.stages.iter().filter(|stage| !stage.closed);
                    let open: BTreeSet<String> = open.map(|stage| stage.id.as_str().to_owned()).collect();
                    (pipeline.id.as_str().to_owned(), open)
                })
                .filter(|(_, stages)| !stages.is_empty())
                .collect(),
        )
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pipeline of an open watched deal.
    fn pipeline(&self, deal: &Record) -> Option<PipelineId> {
        let pipeline = deal.text("pipeline")?;
        self.0.get(pipeline)?.contains(deal.text("dealstage")?).then(|| PipelineId::from(pipeline))
    }

    fn state(&self, deal: &Record, survey: &Survey) -> DealState {
        if let Some(pipeline) = self.pipeline(deal) {
            return DealState::Open(pipeline);
        }
        let (Some(pipeline), Some(stage)) = (deal.text("pipeline"), deal.text("dealstage")) else {
            return DealState::Shut;
        };
        let known = survey.pipelines.iter().find(|known| known.id.as_str() == pipeline);
        let known = known.is_some_and(|known| known.stages.iter().any(|known| known.id.as_str() == stage));
        if known { DealState::Shut } else { DealState::Unheard }
    }

    fn stages(&self) -> BTreeSet<&String> {
        self.0.values().flatten().collect()
    }

    fn fit_a_filter(&self) -> bool {
        self.stages().len() <= IN_LIST && self.0.len() <= IN_LIST
    }
}

/// Chooses the way by the totals that two searches tell, and fetches its first page.
async fn begin(client: &Client, open: &OpenStages) -> Answered<Page<OpenDeal>> {
    if !open.fit_a_filter() {
        return by_list(client, open, None).await;
    }
    let all = client.search(&DEALS, &count_all()).await?;
    let first = client.search(&DEALS, &open_behind(open, "0")).await?;
    match (all.total, first.total) {
        (Some(all), Some(watched)) if searching_is_cheaper(all, watched) => {
            by_search(client, open, "0".to_owned(), Some(watched), Some(first)).await
        }
        _ => by_list(client, open, None).await,
    }
}

/// Calls of the two ways: ⌈all/100⌉ against ⌈watched/200⌉ + ⌈watched/1,000⌉.
pub(super) fn searching_is_cheaper(all: u64, watched: u64) -> bool {
    let list = all.div_ceil(BATCH as u64).max(1);
    let search = watched.div_ceil(u64::from(SEARCH_PAGE)).max(1) + watched.div_ceil(ASSOCIATION_BATCH as u64);
    search < list
}

async fn by_list(client: &Client, open: &OpenStages, after: Option<&str>) -> Answered<Page<OpenDeal>> {
    let page = client.deals(after).await?;
    let next = page.after();
    if next.is_some() && next.as_deref() == after {
        return Err(nonsense("deals.list", "the next page of deals is the same page again"));
    }
    let mut deals = Vec::new();
    let mut truncated = Vec::new();
    for deal in &page.results {
        let Some(pipeline) = open.pipeline(deal) else { continue };
        let inline = deal.associations.as_ref().and_then(|associations| associations.get("companies"));
        let companies: BTreeSet<String> =
            inline.iter().flat_map(|ids| &ids.results).map(|associated| associated.id.0.clone()).collect();
        if inline.is_some_and(|ids| ids.paging.is_some()) {
            truncated.push(deal.id.0.clone());
        }
        deals.push((open_deal(deal, pipeline), companies));
    }
    let whole = companies_of(client, truncated).await?;
    let items = deals
        .into_iter()
        .map(|(deal, inline)| {
            let companies = whole.get(deal.id.as_str()).unwrap_or(&inline);
            of_companies(deal, companies)
        })
        .collect();
    let next = next.map(|after| Cursor::of(&Position::List { after: Some(after) }));
    Ok(Page { items, next, total: None })
}

async fn by_search(
    client: &Client,
    open: &OpenStages,
    behind: String,
    total: Option<u64>,
    mut fetched: Option<List<Record>>,
) -> Answered<Page<OpenDeal>> {
    let mut next = Some(behind);
    let mut deals = Vec::new();
    for _ in 0..PAGES_PER_BATCH {
        let Some(behind) = next.take() else { break };
        let page = match fetched.take() {
            Some(page) => page,
            None => client.search(&DEALS, &open_behind(open, &behind)).await?,
        };
        next = goes_on(&DEALS, &page, &behind)?;
        for deal in &page.results {
            if let Some(pipeline) = open.pipeline(deal) {
                deals.push(open_deal(deal, pipeline));
            }
        }
    }
    let companies =
        companies_of(client, deals.iter().map(|deal| deal.id.as_str().to_owned()).collect()).await?;
    let none = BTreeSet::new();
    let items = deals
        .into_iter()
        .map(|deal| {
            let companies = companies.get(deal.id.as_str()).unwrap_or(&none);
            of_companies(deal, companies)
        })
        .collect();
    let next = next.map(|behind| Cursor::of(&Position::Search { behind, total }));
    Ok(Page { items, next, total })
}

/// Every deal that was changed at an instant or later, with what it means; of several pages, as many as fill one batch of
/// associations. Where no pipeline is watched there is nothing to read, unless cards are kept: they are deals too.
pub(super) async fn changed(
    client: &Client,
    survey: &Survey,
    watched: &BTreeSet<PipelineId>,
    from: DateTime<Utc>,
    behind: Option<Cursor>,
    cards_too: bool,
) -> Answered<Page<ChangedDeal>> {
    let open = OpenStages::of(survey, watched);
    let mut next =
        (cards_too || !open.is_empty()).then(|| behind.map_or_else(|| "0".to_owned(), |cursor| cursor.0));
    let mut items = Vec::new();
    for _ in 0..PAGES_PER_BATCH {
        let Some(behind) = next.take() else { break };
        let search = Search::changed(from, &behind, vec!["pipeline".into(), "dealstage".into()]);
        let page = client.search(&DEALS, &search).await?;
        next = goes_on(&DEALS, &page, &behind)?;
        items.extend(page.results.iter().map(|deal| ChangedDeal {
            id: DealId::from(deal.id.0.as_str()),
            version: version(deal),
            pipeline: deal.text("pipeline").map(PipelineId::from),
            created: created(deal),
            state: open.state(deal, survey),
        }));
    }
    Ok(Page { items, next: next.map(Cursor), total: None })
}

/// Open deals with all of their companies.
pub(super) async fn with_companies(client: &Client, deals: Vec<ChangedDeal>) -> Answered<Vec<OpenDeal>> {
    let ids = deals.iter().map(|deal| deal.id.as_str().to_owned()).collect();
    let companies = companies_of(client, ids).await?;
    let none = BTreeSet::new();
    let open = |deal: ChangedDeal| match deal.state {
        DealState::Open(pipeline) => {
            let companies = companies.get(deal.id.as_str()).unwrap_or(&none);
            let ChangedDeal { id, version, created, .. } = deal;
            Some(of_companies(OpenDeal { id, pipeline, created, companies: Vec::new(), version }, companies))
        }
        DealState::Shut | DealState::Unheard => None,
    };
    Ok(deals.into_iter().filter_map(open).collect())
}

/// The companies of deals, any number of them; a deal without any is left out.
pub(super) async fn companies_of(client: &Client, deals: Vec<String>) -> Answered<Associated> {
    associated(client, &DEALS, &COMPANIES, deals).await
}

/// What records are associated with, in any way.
pub(super) type Associated = BTreeMap<String, BTreeSet<String>>;

/// What any number of records are associated with; one with nothing is left out.
pub(super) async fn associated(
    client: &Client,
    from: &'static Objects,
    to: &'static Objects,
    ids: Vec<String>,
) -> Answered<Associated> {
    let found = associated_as(client, from, to, ids).await?;
    Ok(found.into_iter().map(|(id, targets)| (id, targets.into_keys().collect())).collect())
}

/// What records are associated with, and in which ways.
pub(super) type AssociatedIn = BTreeMap<String, BTreeMap<String, Vec<AssociatedAs>>>;

/// What any number of records are associated with, and how; one with nothing is left out. Paging is per record.
pub(super) async fn associated_as(
    client: &Client,
    from: &'static Objects,
    to: &'static Objects,
    ids: Vec<String>,
) -> Answered<AssociatedIn> {
    let mut found = AssociatedIn::new();
    let mut asked = BTreeSet::new();
    let mut waiting: Vec<AssociationInput> =
        ids.into_iter().map(|id| AssociationInput { id, after: None }).collect();
    while !waiting.is_empty() {
        let rest = waiting.split_off(waiting.len().min(ASSOCIATION_BATCH));
        let batch = client.associations(from, to, std::mem::replace(&mut waiting, rest)).await?;
        for error in batch.errors.iter().flatten() {
            let problem = Problem::of(error);
            // Nothing associated, or deleted since the ids were read: both mean none.
            let none = ["NO_ASSOCIATIONS_FOUND", "OBJECT_NOT_FOUND"].iter().any(|code| problem.is(code));
            if !none {
                return Err(refused(from.associations, &problem));
            }
        }
        for result in batch.results {
            let targets = found.entry(result.from.id.0.clone()).or_default();
            for target in result.to {
                targets.entry(target.to_object_id.0).or_default().extend(target.association_types);
            }
            if let Some(after) = result.paging.and_then(|paging| paging.after()) {
                if !asked.insert((result.from.id.0.clone(), after.clone())) {
                    let message = format!("the {} of one of the {} never come to an end", to.path, from.path);
                    return Err(nonsense(from.associations, &message));
                }
                waiting.push(AssociationInput { id: result.from.id.0, after: Some(after) });
            }
        }
    }
    Ok(found)
}

/// An open deal, without its companies yet.
fn open_deal(deal: &Record, pipeline: PipelineId) -> OpenDeal {
    OpenDeal {
        id: DealId::from(deal.id.0.as_str()),
        pipeline,
        created: created(deal),
        companies: Vec::new(),
        version: version(deal),
    }
}

fn of_companies(deal: OpenDeal, companies: &BTreeSet<String>) -> OpenDeal {
    OpenDeal { companies: companies.iter().map(|id| CompanyId::from(id.as_str())).collect(), ..deal }
}

fn count_all() -> Search {
    Search { filter_groups: Vec::new(), sorts: Vec::new(), properties: vec!["hs_object_id".into()], limit: 1 }
}

/// The next page of open watched deals: the id filter moves on, so that the 10,000 results of a query are never met.
fn open_behind(open: &OpenStages, behind: &str) -> Search {
    let filters = vec![
        one_of("pipeline", open.0.keys().cloned().collect()),
        one_of("dealstage", open.stages().into_iter().cloned().collect()),
    ];
    Search::behind(behind, filters, vec!["pipeline".into(), "dealstage".into()])
}

fn position(cursor: &Cursor) -> Answered<Position> {
    cursor.place().ok_or_else(|| {
        nonsense("deals.list", "the stored position in the list of deals cannot be read; start anew")
    })
}
