//! Plan: observed values → intended ones, complete and stored before anything is sent.

use serde::Serialize;

use crate::clock::now;
use crate::domain::catalogue::Figure;
use crate::domain::explanation::Explainer;
use crate::domain::ids::RunId;
use crate::domain::plan::{
    ClearReason, CompanyChange, Feed as FeedSize, Intended, PlanSummary, RunDates, diff, judge,
};
use crate::events::{Event, emit};
use crate::store::{CompanyRow, Feed, PlanRow};

use super::analyse::{Analysis, Listed, analyse};
use super::run::{Request, Scope, new_plan_id};
use super::{Engine, EngineError};

/// So many open deals do not close, and so many direct contacts are not deleted, between two runs.
const MANY: u64 = 20;

/// How many changes are stored at once.
const CHUNK: usize = 1_000;

/// A stored plan, and what it rests on.
#[derive(Clone, Debug, Serialize)]
pub struct Planned {
    /// The plan.
    pub plan: PlanRow,
    /// What the computation found.
    pub analysis: Analysis,
    /// Companies with changes.
    pub changes: u64,
}

impl Engine<'_> {
    /// Computes every company and stores what has to change.
    pub(super) fn plan(&self, run: &RunId, request: &Request) -> Result<Planned, EngineError> {
        let created = now();
        let id = new_plan_id(created);
        self.store.begin_plan(&id, run, request.as_of, request.scope.is_whole(), created)?;
        self.progress.begin("computing", Some(self.store.company_count()?));

        let explainer = Explainer::new(self.policy.language, &self.policy.currency.base);
        let blanks = self.crm.traits().blanks;
        let figures: Vec<Figure> = self.policy.figures.iter().copied().collect();
        let mut summary = PlanSummary::default();
        let mut chunk: Vec<CompanyChange> = Vec::with_capacity(CHUNK);
        let mut stored: u32 = 0;
        let analysis =
            analyse(self.store, self.policy, request.as_of, |row, listed| -> Result<(), EngineError> {
                self.progress.advance(1);
                let taken = u64::from(stored) + chunk.len() as u64;
                if !wanted(&request.scope, row, taken) {
                    // The guards judge shares of all companies, not of a chosen few.
                    summary.add(&row.record, None, blanks);
                    return Ok(());
                }
                let intended = match &listed {
                    Listed::Figures { figures: computed, .. } => {
                        Intended::Figures(computed.values(&figures, &explainer))
                    }
                    Listed::WithoutKey => Intended::Cleared(ClearReason::NoKey, figures.clone()),
                    Listed::Ambiguous { .. } => Intended::Cleared(ClearReason::Ambiguous, figures.clone()),
                };
                let change = diff(&row.record, &intended, row.written.as_deref(), blanks);
                summary.add(&row.record, change.as_ref(), blanks);
                chunk.extend(change);
                if chunk.len() == CHUNK {
                    self.store.add_changes(&id, stored, &chunk)?;
                    stored += u32::try_from(chunk.len()).unwrap_or(u32::MAX);
                    chunk.clear();
                }
                Ok(())
            })?;
        self.store.add_changes(&id, stored, &chunk)?;
        let changes = u64::from(stored) + chunk.len() as u64;
        self.progress.end();

        let objections = self.objections(run, request, &summary)?;
        for objection in &objections {
            emit(&Event::PlanHeld { plan: id.as_str(), objection });
        }
        let summary = serde_json::to_value(&summary).unwrap_or_default();
        self.store.complete_plan(&id, &summary, &objections)?;
        emit(&Event::PlanMade {
            plan: id.as_str(),
            companies: analysis.companies,
            with_figures: analysis.with_figures,
            changes,
            held: !objections.is_empty(),
        });
        let missing = || EngineError::NotFound(format!("the plan {id} is not in the store"));
        let plan = self.store.plan(id.as_str())?.ok_or_else(missing)?;
        Ok(Planned { plan, analysis, changes })
    }

    /// Open deals and direct contacts come and go: only where there were many and none came, the CRM is doubted.
    fn lost(&self, run: &RunId, feed: &Feed) -> Result<Option<FeedSize>, EngineError> {
        let records = self.store.pull(run, feed)?.rows;
        let last_good = self.store.accepted_rows(feed)?.filter(|rows| *rows >= MANY);
        Ok(last_good.filter(|_| records == 0).map(|rows| FeedSize {
            name: feed.to_string(),
            records,
            last_good: Some(rows),
        }))
    }

    /// Sources that figures rested on and that are not configured any more: nothing comes from them.
    fn dropped_feeds(&self, feeds: &[FeedSize]) -> Result<Vec<FeedSize>, EngineError> {
        let accepted = self.store.accepted_feeds()?.into_iter();
        let dropped = accepted.filter(|(name, rows)| {
            *rows > 0 && Feed::is_of_documents(name) && !feeds.iter().any(|feed| feed.name == *name)
        });
        Ok(dropped.map(|(name, rows)| FeedSize { name, records: 0, last_good: Some(rows) }).collect())
    }

    fn objections(
        &self,
        run: &RunId,
        request: &Request,
        summary: &PlanSummary,
    ) -> Result<Vec<String>, EngineError> {
        let mut feeds = Vec::new();
        let documents = self.sources.iter().map(|source| Feed::Documents(source.name()));
        for feed in std::iter::once(Feed::Companies).chain(documents) {
            let records = self.store.pull(run, &feed)?.rows;
            feeds.push(FeedSize {
                name: feed.to_string(),
                records,
                last_good: self.store.accepted_rows(&feed)?,
            });
        }
        feeds.extend(self.lost(run, &Feed::Deals)?);
        feeds.extend(self.lost(run, &Feed::Contacts)?);
        feeds.extend(self.dropped_feeds(&feeds)?);
        let dates =
            RunDates { as_of: request.as_of, today: request.today, loopback: self.crm.traits().loopback };
        let objections = judge(summary, &self.policy.guards, &feeds, dates);
        Ok(objections.iter().map(ToString::to_string).collect())
    }
}

fn wanted(scope: &Scope, row: &CompanyRow, taken: u64) -> bool {
    let chosen = scope.companies.is_empty() || scope.companies.contains(&row.record.id);
    chosen && scope.limit.is_none_or(|limit| taken < limit as u64)
}
