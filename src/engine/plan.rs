//! Plan: observed values → intended ones, complete and stored before anything is sent.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::clock::now;
use crate::domain::catalogue::Figure;
use crate::domain::explanation::Explainer;
use crate::domain::ids::{CompanyId, PlanId, RunId};
use crate::domain::plan::retry::repeats;
use crate::domain::plan::{
    ClearReason, CompanyChange, Feed as FeedSize, Intended, Objection, PlanSummary, RunDates, diff, judge,
};
use crate::domain::value::Blanks;
use crate::events::{Event, emit};
use crate::store::{CompanyRow, Feed, PlanRow};

use super::analyse::{Analysis, Listed, analyse};
use super::run::{Request, SERVICE, Scope, new_plan_id};
use super::tasks::TaskDraft;
use super::wake_up::{Boarded, CardDraft};
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
    /// Cards that are made, or move.
    pub cards: u64,
    /// Tasks that are made, or end.
    pub tasks: u64,
}

impl Engine<'_> {
    /// Computes every company and stores what has to change.
    ///
    /// Where a plan of the service waits for approval, and the new one is held for the same reasons, the one that waits
    /// stays: its id is what the administrator was told, and its content what was looked at.
    pub(super) fn plan(
        &self,
        run: &RunId,
        request: &Request,
        boarded: Option<&Boarded>,
    ) -> Result<Planned, EngineError> {
        let created = now();
        let id = new_plan_id(created);
        self.store.begin_plan(&id, run, request.as_of, request.scope.is_whole(), created)?;
        self.progress.begin("computing", Some(self.store.company_count()?));
        let mut draft = Draft::begin(self, id.clone(), &request.scope, created)?;
        // A plan about a few companies leaves cards and tasks alone: which ones are made is decided over all.
        let whole = request.scope.is_whole();
        let boarded = boarded.filter(|_| whole);
        let mut card_draft = CardDraft::begin(self, boarded, request.as_of, created)?;
        let mut task_draft =
            if whole { TaskDraft::begin(self, boarded, request.as_of, created)? } else { None };
        let analysis = analyse(self.store, self.policy, request.as_of, |row, listed| {
            self.progress.advance(1);
            if let Some(cards) = &mut card_draft {
                cards.add(row, &listed)?;
            }
            if let Some(tasks) = &mut task_draft {
                tasks.add(row, &listed);
            }
            draft.add(row, &listed)
        })?;
        let (mut summary, changes) = draft.finish()?;
        let mut cards = Vec::new();
        if let Some(card_draft) = card_draft {
            (cards, summary.cards) = card_draft.finish()?;
            self.store.add_record_changes(&id, 0, &cards)?;
        }
        let mut tasks = Vec::new();
        if let Some(task_draft) = task_draft {
            (tasks, summary.tasks) = task_draft.finish(&cards);
            let behind = u32::try_from(cards.len()).unwrap_or(u32::MAX);
            self.store.add_record_changes(&id, behind, &tasks)?;
        }
        let (cards, tasks) = (cards.len() as u64, tasks.len() as u64);
        self.progress.end();

        let objections = self.objections(run, request, &summary)?;
        if !objections.is_empty()
            && request.command == SERVICE
            && request.scope.is_whole()
            && let Some(waiting) = self.store.waiting_plan(&objections)?
        {
            self.store.drop_draft(&id)?;
            emit(&Event::PlanWaits { plan: waiting.id.as_str(), made: &waiting.created });
            return Ok(Planned { plan: waiting, analysis, changes, cards, tasks });
        }
        for objection in &objections {
            emit(&Event::PlanHeld { plan: id.as_str(), objection: &objection.to_string() });
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
        Ok(Planned { plan, analysis, changes, cards, tasks })
    }

    /// Open deals and direct contacts come and go: only where there were many and none came, the CRM is doubted.
    fn lost(&self, run: &RunId, feed: &Feed) -> Result<Option<FeedSize>, EngineError> {
        let records = self.store.pull(run, feed)?.rows;
        let last_good = self.store.accepted_rows(feed)?.filter(|rows| *rows >= MANY);
        Ok(last_good.filter(|_| records == 0).map(|rows| FeedSize {
            name: feed.to_string(),
            records,
            usable: records,
            last_good: Some(rows),
        }))
    }

    /// Sources that figures rested on and that are not configured any more: nothing comes from them.
    fn dropped_feeds(&self, feeds: &[FeedSize]) -> Result<Vec<FeedSize>, EngineError> {
        let accepted = self.store.accepted_feeds()?.into_iter();
        let dropped = accepted.filter(|(name, rows)| {
            *rows > 0 && Feed::is_of_documents(name) && !feeds.iter().any(|feed| feed.name == *name)
        });
        Ok(dropped
            .map(|(name, rows)| FeedSize { name, records: 0, usable: 0, last_good: Some(rows) })
            .collect())
    }

    fn objections(
        &self,
        run: &RunId,
        request: &Request,
        summary: &PlanSummary,
    ) -> Result<Vec<Objection>, EngineError> {
        let mut feeds = Vec::new();
        let documents = self.sources.iter().map(|source| Feed::Documents(source.name()));
        for feed in std::iter::once(Feed::Companies).chain(documents) {
            let records = self.store.pull(run, &feed)?.rows;
            let usable = match &feed {
                Feed::Documents(source) => self.store.usable_documents(source)?,
                _ => records,
            };
            feeds.push(FeedSize {
                name: feed.to_string(),
                records,
                usable,
                last_good: self.store.accepted_rows(&feed)?,
            });
        }
        feeds.extend(self.lost(run, &Feed::Deals)?);
        feeds.extend(self.lost(run, &Feed::Contacts)?);
        feeds.extend(self.dropped_feeds(&feeds)?);
        let dates =
            RunDates { as_of: request.as_of, today: request.today, loopback: self.crm.traits().loopback };
        Ok(judge(summary, &self.policy.guards, &feeds, dates))
    }
}

/// A plan that is being written down, company by company.
struct Draft<'a> {
    engine: &'a Engine<'a>,
    id: PlanId,
    scope: &'a Scope,
    now: DateTime<Utc>,
    figures: Vec<Figure>,
    explainer: Explainer,
    blanks: Blanks,
    summary: PlanSummary,
    chunk: Vec<CompanyChange>,
    stored: u32,
    /// Companies of which the CRM refused a write that still stands.
    failing: HashSet<CompanyId>,
    /// Of them, those where nothing is left to write.
    mended: Vec<CompanyId>,
    any_undone: bool,
}

impl<'a> Draft<'a> {
    fn begin(
        engine: &'a Engine<'a>,
        id: PlanId,
        scope: &'a Scope,
        now: DateTime<Utc>,
    ) -> Result<Self, EngineError> {
        let policy = engine.policy;
        engine.store.forget_failures_of_the_gone()?;
        Ok(Self {
            engine,
            id,
            scope,
            now,
            figures: policy.figures.iter().copied().collect(),
            explainer: Explainer::new(policy.language, &policy.currency.base),
            blanks: engine.crm.traits().blanks,
            summary: PlanSummary::default(),
            chunk: Vec::with_capacity(CHUNK),
            stored: 0,
            failing: engine.store.failing()?,
            mended: Vec::new(),
            any_undone: engine.store.has_undone_values()?,
        })
    }

    fn add(&mut self, row: &CompanyRow, listed: &Listed<'_>) -> Result<(), EngineError> {
        let taken = u64::from(self.stored) + self.chunk.len() as u64;
        if !wanted(self.scope, row, taken) {
            // The guards judge shares of all companies, not of a chosen few.
            self.summary.add(&row.record, None, self.blanks);
            return Ok(());
        }
        let intended = match listed {
            Listed::Figures { figures, .. } => {
                Intended::Figures(figures.values(&self.figures, &self.explainer))
            }
            Listed::WithoutKey => Intended::Cleared(ClearReason::NoKey, self.figures.clone()),
            Listed::Ambiguous { .. } => Intended::Cleared(ClearReason::Ambiguous, self.figures.clone()),
        };
        let mut change = diff(&row.record, &intended, row.written.as_deref(), self.blanks);
        if self.failing.contains(&row.record.id) {
            change = self.unless_refused_lately(&row.record.id, change)?;
        }
        self.summary.add(&row.record, change.as_ref(), self.blanks);
        let Some(change) = change else { return Ok(()) };
        if self.any_undone {
            self.count_undone(&change)?;
        }
        self.chunk.push(change);
        if self.chunk.len() == CHUNK { self.store_chunk() } else { Ok(()) }
    }

    /// Leaves out a change that the CRM refused lately, unless somebody asked for just this company.
    fn unless_refused_lately(
        &mut self,
        company: &CompanyId,
        change: Option<CompanyChange>,
    ) -> Result<Option<CompanyChange>, EngineError> {
        let Some(change) = change else {
            self.mended.push(company.clone());
            return Ok(None);
        };
        let refused = self.engine.store.failed_write(company)?;
        let waits = !self.scope.companies.contains(company)
            && refused.is_some_and(|refused| refused.waits(self.now) && repeats(&refused.change, &change));
        self.summary.waiting += u64::from(waits);
        Ok((!waits).then_some(change))
    }

    /// Counts values that were taken back and would be written again.
    fn count_undone(&mut self, change: &CompanyChange) -> Result<(), EngineError> {
        for undone in self.engine.store.undone_values(&change.company)? {
            let kind = undone.figure.describe().kind;
            let again = change.fields.iter().any(|field| {
                field.figure == undone.figure
                    && self.blanks.alike(kind, field.intended.as_ref(), undone.value.as_ref())
            });
            if again {
                *self.summary.undone.entry(undone.run).or_default() += 1;
            }
        }
        Ok(())
    }

    fn store_chunk(&mut self) -> Result<(), EngineError> {
        self.engine.store.add_changes(&self.id, self.stored, &self.chunk)?;
        self.stored += u32::try_from(self.chunk.len()).unwrap_or(u32::MAX);
        self.chunk.clear();
        Ok(())
    }

    /// What the plan comes to, and how many companies change.
    fn finish(mut self) -> Result<(PlanSummary, u64), EngineError> {
        self.store_chunk()?;
        self.engine.store.forget_failures(&self.mended)?;
        Ok((self.summary, self.stored.into()))
    }
}

fn wanted(scope: &Scope, row: &CompanyRow, taken: u64) -> bool {
    let chosen = scope.companies.is_empty() || scope.companies.contains(&row.record.id);
    chosen && scope.limit.is_none_or(|limit| taken < limit as u64)
}
