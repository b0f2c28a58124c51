//! Open deals: all of them, or, where the CRM can tell, only those that have changed since they were last read.

use std::cell::Cell;

use crate::clock::now;
use crate::domain::ids::{PipelineId, RunId, StageId};
use crate::events::{Event, emit};
use crate::ports::{ChangedDeal, DealChanges, DealState, Mark, OpenDeal, Page, Survey};
use crate::store::Feed;

use super::super::changes::{Read, fingerprint};
use super::super::surveyed::Surveyed;
use super::super::{Engine, EngineError, Reading, Watched};

/// A deal that was not read in this state before.
enum News {
    Open(OpenDeal),
    Shut(ChangedDeal),
}

impl Engine<'_> {
    /// Brings the snapshot of the open deals up to date. False: some are in a stage that the survey does not know.
    pub(super) async fn pull_deals(
        &self,
        run: &RunId,
        surveyed: &Surveyed,
        reading: Reading,
    ) -> Result<bool, EngineError> {
        let (survey, watched) = (&*surveyed.survey, &surveyed.watched);
        if self.is_pulled(run, &Feed::DealChanges, &Feed::Deals)? {
            return Ok(true);
        }
        let Some((changes, deals)) = self.crm.changes().and_then(|changes| Some((changes, changes.deals()?)))
        else {
            self.pull_all_deals(run, survey, watched).await?;
            return Ok(true);
        };
        let mark = self.begun(run, &Feed::Deals, async || changes.mark().await).await?;
        let how = fingerprint(&stages(survey, watched));
        if let Some(read) = self.read_before(&Feed::Deals, reading, &how)? {
            let certain = self.pull_changed_deals(run, deals, surveyed, &read.mark).await?;
            if !certain && !surveyed.fresh {
                return Ok(false);
            }
            self.note_read(&Feed::Deals, &Read { mark, ..read })?;
            let open = self.store.finish_changed_deals()?;
            self.store.note_whole(run, &Feed::Deals, open)?;
        } else {
            self.pull_all_deals(run, survey, watched).await?;
            self.note_read(&Feed::Deals, &Read { mark, whole: now(), reading: how })?;
        }
        Ok(true)
    }

    async fn pull_all_deals(
        &self,
        run: &RunId,
        survey: &Survey,
        watched: &Watched,
    ) -> Result<(), EngineError> {
        let rows = self
            .pull_pages(
                run,
                &Feed::Deals,
                "reading open deals",
                async |from| self.crm.open_deals(survey, watched, from).await,
                |page| Ok(self.store.put_open_deals(run, &page.items, page.next.as_ref())?),
            )
            .await?;
        let closed = self.store.finish_open_deals(run)?;
        emit(&Event::DealsRead { deals: rows, closed: closed as u64 });
        Ok(())
    }

    /// Reads the deals that have changed. False: some are in a stage that the survey does not know, and were left out.
    async fn pull_changed_deals(
        &self,
        run: &RunId,
        deals: &dyn DealChanges,
        surveyed: &Surveyed,
        since: &Mark,
    ) -> Result<bool, EngineError> {
        let (survey, watched) = (&*surveyed.survey, &surveyed.watched);
        let unheard = Cell::new(false);
        let rows = self
            .pull_pages(
                run,
                &Feed::DealChanges,
                "reading changed deals",
                async |from| -> Result<_, EngineError> {
                    let page = deals.changed(survey, watched, since, from).await?;
                    self.note_changed_cards(run, surveyed.boarded.as_ref(), &page.items).await?;
                    let mut fresh = self.store.deals_not_read(page.items)?;
                    let came = fresh.len();
                    fresh.retain(|deal| deal.state != DealState::Unheard);
                    unheard.set(unheard.get() || fresh.len() < came);
                    let is_open = |deal: &ChangedDeal| matches!(deal.state, DealState::Open(_));
                    let (open, shut): (Vec<_>, Vec<_>) = fresh.into_iter().partition(is_open);
                    let open = if open.is_empty() { Vec::new() } else { deals.with_companies(open).await? };
                    let items =
                        open.into_iter().map(News::Open).chain(shut.into_iter().map(News::Shut)).collect();
                    Ok(Page { items, next: page.next, total: page.total })
                },
                |page| {
                    let (mut open, mut shut) = (Vec::new(), Vec::new());
                    for deal in page.items {
                        match deal {
                            News::Open(deal) => open.push(deal),
                            News::Shut(deal) => shut.push(deal),
                        }
                    }
                    Ok(self.store.put_changed_deals(run, &open, &shut, page.next.as_ref())?)
                },
            )
            .await?;
        emit(&Event::ChangedDealsRead { changed: rows });
        Ok(!unheard.get())
    }
}

/// The watched pipelines with their stages, and which of these are closed: what makes a deal an open one.
fn stages<'a>(survey: &'a Survey, watched: &'a Watched) -> Vec<(&'a PipelineId, Vec<(&'a StageId, bool)>)> {
    let watched = survey.pipelines.iter().filter(|pipeline| watched.contains(&pipeline.id));
    watched
        .map(|pipeline| {
            let stages = pipeline.stages.iter().map(|stage| (&stage.id, stage.closed));
            (&pipeline.id, stages.collect())
        })
        .collect()
}
