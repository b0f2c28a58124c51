//! A run: the phases strung together, recorded from its first moment to its end.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::Instrument;

use crate::clock::now;
use crate::domain::ids::{CompanyId, PlanId, RunId};
use crate::domain::time::Day;
use crate::events::{Event, emit, enter_phase};
use crate::ports::Usage;
use crate::store::{Phase, PlanRow, PlanState, RunOutcome, RunRow};

use super::analyse::Analysis;
use super::surveyed::Surveyed;
use super::telling::{Start, span_of};
use super::undo::UNDO;
use super::{Applied, Engine, EngineError, Planned, Reading};

/// How long the calls that are under way may take when the work has to end.
const LONGEST_GOODBYE: Duration = Duration::from_secs(10);

/// The command of the service's runs.
pub(crate) const SERVICE: &str = "run";

/// The command of a run that applies a stored plan.
const APPLY: &str = "apply";

/// What the recorded command of a run that writes nothing begins with.
pub(crate) const DRY_RUN: &str = "backfill --dry-run";

/// The command of a run that is there to be looked at.
pub(crate) const PLAN: &str = "plan";

/// What the recorded command of a run about a few companies ends with.
const OF_SOME: &str = " of some";

/// What a run is asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The command, for the record.
    pub command: &'static str,
    /// The day that everything is computed for; fixed for the whole run.
    pub as_of: Day,
    /// Today, in the business zone.
    pub today: Day,
    /// How much of the companies is read.
    pub reading: Reading,
    /// Which companies the plan is about.
    pub scope: Scope,
    /// Whether the plan is applied.
    pub apply: bool,
    /// Whether a run that stopped is gone on with.
    pub resume: bool,
}

/// Which companies a plan is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Only these; empty: all.
    pub companies: BTreeSet<CompanyId>,
    /// At most so many changed companies.
    pub limit: Option<usize>,
}

impl Scope {
    /// Whether it leaves no company out.
    pub fn is_whole(&self) -> bool {
        self.companies.is_empty() && self.limit.is_none()
    }
}

/// What a run did.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// The run.
    pub run: RunId,
    /// The plan that it made or went on with.
    pub plan: PlanRow,
    /// What the computation found; none where a stored plan was gone on with.
    pub analysis: Option<Analysis>,
    /// What became of the plan's changes; none where it was not applied.
    pub applied: Option<Applied>,
    /// Calls to each system.
    pub usage: Vec<(String, Usage)>,
    /// Whether neither side had changed since figures were last computed, so that it ended after its reads.
    pub nothing_new: bool,
    /// Whether all companies were read in it, and not what had changed of them, or nothing at all.
    pub read_all: bool,
    /// How it ended.
    pub outcome: RunOutcome,
}

impl Engine<'_> {
    /// Does what a request asks for.
    pub async fn run(&self, request: &Request) -> Result<RunReport, EngineError> {
        let begun = Start::now(self, request.command);
        let (run, resumed) = self.begin(request)?;
        let span = span_of(&run);
        let work = async {
            if resumed.is_none() {
                emit(&Event::RunStarted { command: request.command, as_of: &request.as_of.to_string() });
            }
            self.phases(&run, request, resumed.is_some()).await
        };
        let result = self.until_stopped(work).instrument(span.clone()).await;
        span.in_scope(|| self.end(&run, &begun, result))
    }

    /// Applies a stored plan: the approval of one that was held.
    pub async fn apply_plan(&self, id: &str, as_of_today: Day) -> Result<RunReport, EngineError> {
        let plan = self.store.plan(id)?;
        let plan = plan.ok_or_else(|| {
            EngineError::NotFound(format!("there is no plan `{id}`; `sirank runs` lists them"))
        })?;
        may_be_applied(&plan)?;
        if plan.state == PlanState::Applied {
            emit(&Event::PlanAppliedAlready { plan: plan.id.as_str() });
            let applied = self.applied(&plan.id)?;
            return self.report(&plan.run, &plan.id, None, Some(applied));
        }
        let begun = Start::now(self, APPLY);
        let run = new_run_id(now());
        self.store.start_run(&run, APPLY, plan.as_of, now())?;
        let span = span_of(&run);
        let work = async {
            emit(&Event::RunStarted { command: APPLY, as_of: &plan.as_of.to_string() });
            if plan.as_of != as_of_today {
                emit(&Event::PlanOfAnotherDay {
                    as_of: &plan.as_of.to_string(),
                    today: &as_of_today.to_string(),
                });
            }
            self.enter(&run, Phase::Survey)?;
            let survey = self.crm.survey().await?;
            self.same_account(&survey)?;
            self.remember_names(&survey)?;
            let looked = self.look_for_board(&survey)?;
            self.remember_board(looked.boarded.as_ref())?;
            self.preflight(&survey, &looked)?;
            self.enter(&run, Phase::Apply)?;
            // Approving a plan approves the feeds that it rests on, and values that were taken back before.
            if plan.undoes.is_none() {
                self.store.accept_feeds(&plan.run)?;
                self.store.approve_undone(&plan.id)?;
            }
            // It may be older than what was computed last: the next run computes anew.
            self.store.set_news()?;
            self.store.note_applied_by(&plan.id, &run)?;
            if plan.as_of != as_of_today {
                // Who is cold or overdue was decided on another day: the next run decides anew.
                self.store.leave_out_new_records(&plan.id, now())?;
            }
            // The plan may be old: everything is read again before it is written over.
            let applied = self.apply_changes(&plan.id, DateTime::UNIX_EPOCH).await?;
            self.report(&run, &plan.id, None, Some(applied))
        };
        let result = self.until_stopped(work).instrument(span.clone()).await;
        span.in_scope(|| self.end(&run, &begun, result))
    }

    /// Records how far a run has come, in the state and in every line of the log from here on.
    pub(super) fn enter(&self, run: &RunId, phase: Phase) -> Result<(), EngineError> {
        enter_phase(phase.word());
        Ok(self.store.set_phase(run, phase)?)
    }

    /// Records the end of a run and tells of it.
    pub(super) fn end(
        &self,
        run: &RunId,
        begun: &Start,
        result: Result<RunReport, EngineError>,
    ) -> Result<RunReport, EngineError> {
        let usage = begun.usage_of(self);
        self.store.release_memory()?;
        match result {
            Ok(report) => {
                let report = RunReport { usage, ..report };
                let summary = serde_json::to_value(&report).unwrap_or_default();
                self.store.end_run(run, report.outcome, &summary, now())?;
                // Where nothing was new, the plan is that of an earlier run.
                let planned = if report.nothing_new {
                    Vec::new()
                } else {
                    self.store.change_counts(&report.plan.id)?
                };
                let changes = planned.iter().map(|(_, count)| count).sum();
                begun.tell_end(report.outcome, &report.usage, changes, report.applied);
                Ok(report)
            }
            Err(error) => {
                // Perhaps because the account is not what it was.
                self.survey.forget();
                let outcome = if error.can_be_resumed() { RunOutcome::Stopped } else { RunOutcome::Failed };
                let summary = serde_json::json!({ "error": error.to_string(), "usage": usage });
                self.store.end_run(run, outcome, &summary, now())?;
                if matches!(error, EngineError::Stopped) {
                    begun.tell_end(outcome, &usage, 0, None);
                } else {
                    emit(&Event::RunFailed {
                        command: begun.command,
                        outcome: outcome.word(),
                        seconds: begun.seconds(),
                        reason: &error.to_string(),
                    });
                }
                Err(error)
            }
        }
    }

    /// Does the work, but ends it when it has been asked to stop and has not come to an end of its own: a call may wait
    /// for minutes. What is cut off was read, or is a write that the next run looks up.
    pub(super) async fn until_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let time_is_up = async {
            self.stop.cancelled().await;
            tokio::time::sleep(LONGEST_GOODBYE).await;
        };
        tokio::select! {
            biased;
            result = work => result,
            () = time_is_up => Err(EngineError::Stopped),
        }
    }

    /// The run to work on, and how far it had come where it is gone on with.
    fn begin(&self, request: &Request) -> Result<(RunId, Option<Phase>), EngineError> {
        if request.resume
            && let Some(stopped) = self.store.resumable_run()?
        {
            if goes_on(&stopped, request) {
                self.is_whole_or_planned(&stopped)?;
                span_of(&stopped.id).in_scope(|| emit(&Event::RunResumed { phase: stopped.phase.word() }));
                return Ok((stopped.id, Some(stopped.phase)));
            }
            emit(&Event::RunAbandoned {
                stopped: stopped.id.as_str(),
                command: &stopped.command,
                as_of: &stopped.as_of.to_string(),
            });
        }
        let started = now();
        let run = new_run_id(started);
        let of_some = if request.scope.is_whole() { "" } else { OF_SOME };
        self.store.start_run(&run, &format!("{}{of_some}", request.command), request.as_of, started)?;
        Ok((run, None))
    }

    /// Refuses a company that the CRM does not have: most likely a slip.
    fn all_there(&self, scope: &Scope) -> Result<(), EngineError> {
        for company in &scope.companies {
            if self.store.company(company)?.is_none() {
                return Err(EngineError::NotFound(format!("the CRM has no company with the id `{company}`")));
            }
        }
        Ok(())
    }

    /// A run about a few companies that stopped before its plan must not go on as one about all of them.
    fn is_whole_or_planned(&self, stopped: &RunRow) -> Result<(), EngineError> {
        if stopped.command.ends_with(OF_SOME) && self.store.plan_of_run(&stopped.id)?.is_none() {
            return Err(EngineError::Overtaken(format!(
                "the run {} was about some companies and stopped before it had a plan: start it again with the same \
                 --company or --limit, without --resume",
                stopped.id
            )));
        }
        Ok(())
    }

    async fn phases(&self, run: &RunId, request: &Request, resumed: bool) -> Result<RunReport, EngineError> {
        self.enter(run, Phase::Survey)?;
        let mut surveyed = self.surveyed(request, resumed).await?;
        if resumed
            && request.apply
            && let Some(plan) = self.store.plan_of_run(run)?
        {
            // Its snapshot is from before its writes: planned from again, it would write everything a second time.
            if plan.state == PlanState::Applied {
                let applied = self.applied(&plan.id)?;
                return self.report(run, &plan.id, None, Some(applied));
            }
            if matches!(plan.state, PlanState::Ready | PlanState::Applying) {
                self.enter(run, Phase::Apply)?;
                self.store.accept_feeds(run)?;
                let applied = self.apply_changes(&plan.id, DateTime::UNIX_EPOCH).await?;
                return self.report(run, &plan.id, None, Some(applied));
            }
        }

        if resumed && request.reading != Reading::Changes {
            self.read_all_again(run)?;
        }
        // What was read before the run stopped may be old: it is read again before it is written over.
        let observed = if resumed { DateTime::UNIX_EPOCH } else { now() };
        // At most twice: what was asked for in this run is believed.
        let planned = loop {
            self.enter(run, Phase::Pull)?;
            let certain = self.pull(run, &surveyed, request).await?;
            if certain && let Some(plan) = self.nothing_new(request)? {
                emit(&Event::NothingNew { plan: plan.id.as_str() });
                let report = self.report(run, &plan.id, None, None)?;
                return Ok(RunReport { nothing_new: true, ..report });
            }
            let planned = if certain { Some(self.planned(run, request, &surveyed)?) } else { None };
            let writes = |planned: &Planned| {
                request.apply
                    && planned.plan.state != PlanState::Held
                    && planned.changes + planned.cards + planned.tasks > 0
            };
            if let Some(planned) = planned {
                if surveyed.fresh || !writes(&planned) {
                    break planned;
                }
                // Before anything is written, the account is asked whether it is still what the plan takes it for.
                let fresh = self.surveyed_anew().await?;
                if fresh.tells_the_same(&surveyed) {
                    break planned;
                }
                surveyed = fresh;
            } else {
                surveyed = self.surveyed_anew().await?;
            }
            self.store.restart_crm_pulls(run)?;
        };
        if !request.apply || planned.plan.state == PlanState::Held {
            return self.report(run, &planned.plan.id, Some(planned.analysis), None);
        }
        self.store.accept_feeds(run)?;

        self.enter(run, Phase::Apply)?;
        self.estimate_apply(&planned).say();
        let applied = self.apply_changes(&planned.plan.id, observed).await?;
        self.report(run, &planned.plan.id, Some(planned.analysis), Some(applied))
    }

    /// The plan from what is stored.
    fn planned(&self, run: &RunId, request: &Request, surveyed: &Surveyed) -> Result<Planned, EngineError> {
        self.enter(run, Phase::Plan)?;
        self.all_there(&request.scope)?;
        let planned = self.plan(run, request, surveyed.boarded.as_ref())?;
        self.note_computed(request, &planned.plan.id)?;
        Ok(planned)
    }

    pub(super) fn report(
        &self,
        run: &RunId,
        plan: &PlanId,
        analysis: Option<Analysis>,
        applied: Option<Applied>,
    ) -> Result<RunReport, EngineError> {
        let missing = || EngineError::NotFound(format!("the plan {plan} is not in the store"));
        let plan = self.store.plan(plan.as_str())?.ok_or_else(missing)?;
        let refused = applied
            .is_some_and(|applied| applied.refused + applied.cards.refused + applied.tasks.refused > 0);
        let left_over = self.something_is_left_over(run, &plan)?;
        let outcome = match plan.state {
            PlanState::Held => RunOutcome::Held,
            _ if refused || left_over => RunOutcome::DoneWithFailures,
            _ => RunOutcome::Done,
        };
        self.enter(run, Phase::Done)?;
        Ok(RunReport {
            run: run.clone(),
            plan,
            analysis,
            applied,
            usage: self.usage(),
            nothing_new: false,
            read_all: self.has_read_all(run)?,
            outcome,
        })
    }

    /// Whether records are listed by `sirank rejected` or `sirank failed`, whatever came of this plan. A refused write that
    /// waits to be tried again is no news of the service's next runs, but somebody who asks for a backfill has to know
    /// that the CRM does not hold everything. An undo is not about either.
    fn something_is_left_over(&self, run: &RunId, plan: &PlanRow) -> Result<bool, EngineError> {
        if plan.undoes.is_some() {
            return Ok(false);
        }
        let of_service = self.store.run(run.as_str())?.is_some_and(|run| run.command == SERVICE);
        Ok(self.store.rejected_count()? > 0 || (!of_service && self.store.failed_count()? > 0))
    }

    /// Calls made so far, by system.
    pub fn usage(&self) -> Vec<(String, Usage)> {
        let crm = (self.crm.traits().name.to_owned(), self.crm.usage());
        let sources = self.sources.iter().map(|source| (source.name().to_string(), source.usage()));
        std::iter::once(crm).chain(sources).collect()
    }
}

/// Whether a stored plan is still one that can be applied.
fn may_be_applied(plan: &PlanRow) -> Result<(), EngineError> {
    match plan.state {
        PlanState::Ready | PlanState::Held | PlanState::Applying | PlanState::Applied => Ok(()),
        PlanState::Draft | PlanState::Superseded => Err(EngineError::Overtaken(format!(
            "the plan {} was overtaken by a newer one; `sirank runs` lists them",
            plan.id
        ))),
    }
}

impl EngineError {
    /// Whether the same run can go on later.
    pub fn can_be_resumed(&self) -> bool {
        use crate::ports::Trouble;
        match self {
            Self::Stopped => true,
            Self::Call(error) => matches!(
                error.trouble,
                Trouble::Unavailable { .. }
                    | Trouble::QuotaSpent { .. }
                    | Trouble::Malformed(_)
                    | Trouble::Unauthorized(_)
                    | Trouble::Forbidden { .. }
            ),
            Self::Store(_) | Self::Preflight(_) | Self::NotFound(_) | Self::Overtaken(_) => false,
        }
    }
}

/// Whether a request takes up a run that stopped: the same work for the same day. A dry run never takes up a plan that is
/// being applied, nor a backfill an approved plan. What somebody only wanted to look at is taken up by nobody.
fn goes_on(stopped: &RunRow, request: &Request) -> bool {
    stopped.as_of == request.as_of
        && !stopped.command.starts_with(PLAN)
        && stopped.command != APPLY
        && !stopped.command.starts_with(UNDO)
        && request.apply != stopped.command.starts_with(DRY_RUN)
        // The service works on all companies, whatever somebody tried out on a few.
        && !(request.command == SERVICE && stopped.command.ends_with(OF_SOME))
}

pub(super) fn new_run_id(now: DateTime<Utc>) -> RunId {
    RunId::new(format!("r{}", id_stamp(now)))
}

/// A new id of a plan.
pub(super) fn new_plan_id(now: DateTime<Utc>) -> PlanId {
    PlanId::new(format!("p{}", id_stamp(now)))
}

/// Sorts by time and is short enough to type. One process makes ids, never two for the same millisecond.
fn id_stamp(now: DateTime<Utc>) -> String {
    static LAST: AtomicI64 = AtomicI64::new(i64::MIN);
    let next = |last: i64| now.timestamp_millis().max(last.saturating_add(1));
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)));
    let stamp = DateTime::from_timestamp_millis(next(last.unwrap_or(i64::MIN))).unwrap_or(now);
    stamp.format("%Y%m%d-%H%M%S-%3f").to_string()
}
