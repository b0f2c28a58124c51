//! Deals that were won in the watched pipelines, by search, with their companies.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use super::client::{Answered, Client};
use super::deals::{Associated, IN_LIST, PAGES_PER_BATCH, companies_of};
use super::map::{day_of_instant, instant_of};
use super::objects::DEALS;
use super::search::{compared, goes_on, one_of};
use super::wire::{Filter, Record, Search};
use crate::domain::ids::{CompanyId, DealId, OwnerId, PipelineId};
use crate::domain::tasks::WonDeal;
use crate::domain::time::Day;
use crate::ports::{Cursor, Page, Survey};

const PROPERTIES: [&str; 5] = ["dealname", "pipeline", WON, "closedate", "hubspot_owner_id"];
/// Whether a deal's stage is one in which deals are won.
pub(super) const WON: &str = "hs_is_closed_won";

/// Asks for deals that are won now.
pub(super) fn won_now() -> Filter {
    compared(WON, "EQ", "true".to_owned())
}

/// Whether a deal is won, whatever was asked for.
pub(super) fn is_won(deal: &Record) -> bool {
    deal.text(WON) == Some("true") && !deal.archived
}

/// Pages of the search, as many as fill one batch of associations. HubSpot sets the close date of a deal as it is won; a
/// person may set another, which counts then.
pub(super) async fn won_deals(
    client: &Client,
    survey: &Survey,
    watched: &BTreeSet<PipelineId>,
    since: Day,
    zone: Tz,
    from: Option<Cursor>,
) -> Answered<Page<WonDeal>> {
    let there = survey.pipelines.iter().map(|pipeline| &pipeline.id);
    let wins = Wins { pipelines: there.filter(|id| watched.contains(*id)).collect(), since, zone };
    if wins.pipelines.is_empty() {
        return Ok(Page { items: Vec::new(), next: None, total: Some(0) });
    }
    let mut next = Some(from.map_or_else(|| "0".to_owned(), |cursor| cursor.0));
    let mut deals = Vec::new();
    for _ in 0..PAGES_PER_BATCH {
        let Some(behind) = next.take() else { break };
        let search = Search::behind(&behind, wins.filters(), PROPERTIES.map(Into::into).into());
        let page = client.search(&DEALS, &search).await?;
        next = goes_on(&DEALS, &page, &behind)?;
        deals.extend(page.results.iter().filter_map(|deal| wins.won(deal)));
    }
    let companies = companies_of(client, deals.iter().map(|deal| deal.id.to_string()).collect()).await?;
    let items = deals.into_iter().map(|deal| with_companies(deal, &companies)).collect();
    Ok(Page { items, next: next.map(Cursor), total: None })
}

/// Which deals are looked for.
struct Wins<'a> {
    pipelines: BTreeSet<&'a PipelineId>,
    since: Day,
    zone: Tz,
}

impl Wins<'_> {
    fn filters(&self) -> Vec<Filter> {
        let midnight = instant_of(self.since, 0, self.zone).timestamp_millis();
        let mut filters = vec![won_now(), compared("closedate", "GTE", midnight.to_string())];
        // More pipelines than a filter takes are told apart here.
        if self.pipelines.len() <= IN_LIST {
            filters.push(one_of("pipeline", self.pipelines.iter().map(ToString::to_string).collect()));
        }
        filters
    }

    /// A deal of the index, without its companies yet; none where it is not what was asked for.
    fn won(&self, deal: &Record) -> Option<WonDeal> {
        let pipeline = PipelineId::from(deal.text("pipeline")?);
        let won_on = day_of_instant(deal.text("closedate")?, self.zone)?;
        (is_won(deal) && won_on >= self.since && self.pipelines.contains(&pipeline)).then(|| WonDeal {
            id: DealId::from(deal.id.0.as_str()),
            name: deal.text("dealname").unwrap_or_default().to_owned(),
            owner: deal.text("hubspot_owner_id").map(OwnerId::from),
            companies: Vec::new(),
            won_on,
        })
    }
}

fn with_companies(deal: WonDeal, companies: &Associated) -> WonDeal {
    let companies = companies.get(deal.id.as_str()).into_iter().flatten();
    WonDeal { companies: companies.map(|id| CompanyId::from(id.as_str())).collect(), ..deal }
}
