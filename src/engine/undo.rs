//! Undo: what a run wrote is taken back, as a plan like any other. Three values decide: what stood there before the run,
//! what the run wrote, and what stands there now. Only what still is as the run left it is put back.
//!
//! # Guarantees
//! Nothing is remembered between two undos of a run but what the CRM holds: one that was killed is simply asked for
//! again, finds the values that it has put back, and goes on with the others.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use tracing::Instrument;

use crate::clock::now;
use crate::domain::catalogue::Figure;
use crate::domain::company::CompanyRecord;
use crate::domain::ids::{CompanyId, PlanId, RunId};
use crate::domain::plan::{ChangeReason, CompanyChange, FieldChange, PlanSummary};
use crate::domain::time::Day;
use crate::domain::value::{Blanks, Value};
use crate::events::{Event, emit};
use crate::store::{ChangeState, Phase, PlanRow, RunRow, StoredChange};

use super::records::RecordLeft;
use super::run::{RunReport, new_plan_id, new_run_id};
use super::telling::{Start, span_of};
use super::{Engine, EngineError};

/// The recorded command of an undo.
pub(super) const UNDO: &str = "undo";
/// The recorded command of an undo that writes nothing.
const UNDO_DRY_RUN: &str = "undo --dry-run";

/// What an undo did.
#[derive(Clone, Debug, Serialize)]
pub struct UndoReport {
    /// The run that was undone.
    pub undone: RunId,
    /// The undo's own run, with the plan that puts the values back.
    #[serde(flatten)]
    pub report: RunReport,
    /// Values that were as before already.
    pub already: u64,
    /// Values that somebody else has written since: left as they are.
    pub left: Vec<LeftAlone>,
    /// Cards and tasks that somebody has touched since: left as they are.
    pub records_left: Vec<RecordLeft>,
    /// Companies that the CRM refused to put back, or that somebody changed meanwhile.
    pub not_put_back: Vec<StoredChange>,
}

/// A value of an undone run that was not put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftAlone {
    /// The company.
    pub company: CompanyId,
    /// Its name, for people.
    pub name: String,
    /// The figure.
    pub figure: Figure,
    /// What stood there before the run.
    pub before: Option<Value>,
    /// What the run wrote.
    pub wrote: Option<Value>,
    /// What stands there now.
    pub now: Option<Value>,
    /// Who wrote that.
    pub by: Since,
}

/// Who has written a value since a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// A later run.
    Run(RunId),
    /// Somebody in the CRM.
    Somebody,
    /// The company is no more.
    Gone,
}

impl Engine<'_> {
    /// Puts back what a run wrote, as far as it still stands there; only plans it where it is not to be applied.
    pub async fn undo(&self, run: &str, today: Day, apply: bool) -> Result<UndoReport, EngineError> {
        let (undone, target) = self.written_by(run)?;
        let command = if apply { UNDO } else { UNDO_DRY_RUN };
        let begun = Start::now(self, command);
        let own = new_run_id(now());
        self.store.start_run(&own, command, today, now())?;
        let span = span_of(&own);
        let work = async {
            emit(&Event::RunStarted { command, as_of: &today.to_string() });
            self.undo_phases(&own, &undone, &target, today, apply).await
        };
        let result = self.until_stopped(work).instrument(span.clone()).await;
        let (report, taken_back) = match result {
            Ok((report, taken_back)) => (Ok(report), Some(taken_back)),
            Err(error) => (Err(error), None),
        };
        let report = span.in_scope(|| self.end(&own, &begun, report))?;
        let not_put_back = if apply { self.not_applied(&report.plan.id)? } else { Vec::new() };
        let TakenBack { already, left, records_left, .. } = taken_back.unwrap_or_default();
        Ok(UndoReport { undone: undone.id, report, already, left, records_left, not_put_back })
    }

    /// A run that wrote something, with the plan that it wrote from.
    fn written_by(&self, run: &str) -> Result<(RunRow, PlanRow), EngineError> {
        let row = self.store.run(run)?.ok_or_else(|| {
            EngineError::NotFound(format!("there is no run `{run}`; `sirank runs` lists them"))
        })?;
        let plan = self.store.plan_sent_by(&row)?.ok_or_else(|| {
            EngineError::NotFound(format!(
                "the run {} wrote nothing, or what it wrote is not kept any more",
                row.id
            ))
        })?;
        Ok((row, plan))
    }

    async fn undo_phases(
        &self,
        own: &RunId,
        undone: &RunRow,
        target: &PlanRow,
        today: Day,
        apply: bool,
    ) -> Result<(RunReport, TakenBack), EngineError> {
        self.enter(own, Phase::Survey)?;
        self.surveyed_anew().await?;

        self.enter(own, Phase::Plan)?;
        let observed = now();
        let id = new_plan_id(observed);
        self.store.begin_plan(&id, own, today, false, observed)?;
        self.store.set_undoes(&id, &target.id)?;
        let mut taken_back = self.plan_undo(&id, &target.id).await?;
        taken_back.records_left = self.plan_all_record_undo(&id, &target.id).await?;
        let mut summary = serde_json::to_value(&taken_back.summary).unwrap_or_default();
        if let Some(summary) = summary.as_object_mut() {
            summary.insert("undone_run".to_owned(), undone.id.as_str().into());
            summary.insert("already".to_owned(), taken_back.already.into());
            summary.insert("left_alone".to_owned(), taken_back.left.len().into());
        }
        self.store.complete_undo(&id, &summary)?;
        emit(&Event::UndoPlanned {
            plan: id.as_str(),
            undone: undone.id.as_str(),
            values: taken_back.summary.values(),
            already: taken_back.already,
            left: taken_back.left.len() as u64,
        });

        let applied = if apply {
            self.enter(own, Phase::Apply)?;
            Some(self.apply_changes(&id, observed).await?)
        } else {
            None
        };
        let report = self.report(own, &id, None, applied)?;
        Ok((report, taken_back))
    }

    /// Stores what of a plan's cards and tasks can be taken back; returns what stays.
    async fn plan_all_record_undo(
        &self,
        id: &PlanId,
        target: &PlanId,
    ) -> Result<Vec<RecordLeft>, EngineError> {
        let (mut all_left, mut next) = (Vec::new(), 0);
        if let Some(cards) = self.card_records()? {
            (all_left, next) = self.plan_record_undo(&cards, id, target, next).await?;
        }
        if let Some(tasks) = self.task_records() {
            let (left, _) = self.plan_record_undo(&tasks, id, target, next).await?;
            all_left.extend(left);
        }
        Ok(all_left)
    }

    /// Reads every company of a plan again and stores what of it can be put back.
    async fn plan_undo(&self, id: &PlanId, target: &PlanId) -> Result<TakenBack, EngineError> {
        let traits = self.crm.traits();
        let total = self.store.change_counts(target)?.iter().map(|(_, count)| count).sum();
        self.progress.begin("reading companies again", Some(total));
        let mut taken_back = TakenBack::default();
        let mut stored: u32 = 0;
        let mut after = None;
        loop {
            let batch = self.store.changes_after(target, after, traits.batch)?;
            let Some(last) = batch.last() else { break };
            after = Some(last.seq);
            self.go_on()?;
            let read = batch.len() as u64;
            let written: Vec<StoredChange> =
                batch.into_iter().filter(|stored| stored.state == ChangeState::Applied).collect();
            let records = if written.is_empty() { HashMap::new() } else { self.records_of(&written).await? };
            let mut changes = Vec::new();
            for change in &written {
                let record = records.get(&change.change.company);
                changes.extend(self.take_back(target, change, record, traits.blanks, &mut taken_back)?);
            }
            self.store.add_changes(id, stored, &changes)?;
            stored += u32::try_from(changes.len()).unwrap_or(u32::MAX);
            self.progress.advance(read);
        }
        self.progress.end();
        Ok(taken_back)
    }

    /// What of one change can be put back; the rest is counted or listed.
    fn take_back(
        &self,
        target: &PlanId,
        written: &StoredChange,
        record: Option<&CompanyRecord>,
        blanks: Blanks,
        taken_back: &mut TakenBack,
    ) -> Result<Option<CompanyChange>, EngineError> {
        let change = &written.change;
        let mut fields = Vec::new();
        let mut left = BTreeMap::new();
        for field in &change.fields {
            let kind = field.figure.describe().kind;
            let held = record.and_then(|record| held(record, field.figure));
            if record.is_some() && blanks.alike(kind, held, field.observed.as_ref()) {
                taken_back.already += 1;
            } else if record.is_some() && blanks.alike(kind, held, field.intended.as_ref()) {
                fields.push(FieldChange {
                    figure: field.figure,
                    observed: held.cloned(),
                    intended: field.observed.clone(),
                    reason: ChangeReason::Undone,
                });
            } else {
                left.insert(field.figure, held.cloned());
            }
        }
        let name = record.map_or(&change.name, |record| &record.name);
        for field in &change.fields {
            let Some(now) = left.remove(&field.figure) else { continue };
            let by = match record {
                None => Since::Gone,
                Some(_) => self.written_since(target, &change.company, field.figure, now.as_ref(), blanks)?,
            };
            taken_back.left.push(LeftAlone {
                company: change.company.clone(),
                name: name.clone(),
                figure: field.figure,
                before: field.observed.clone(),
                wrote: field.intended.clone(),
                now,
                by,
            });
        }
        let put_back = (!fields.is_empty()).then(|| CompanyChange {
            company: change.company.clone(),
            name: name.clone(),
            fields,
        });
        if let Some(record) = record {
            taken_back.summary.add(record, put_back.as_ref(), blanks);
        }
        Ok(put_back)
    }

    /// Whether the value that a property holds is that of another run than the undone one: the last that wrote it.
    fn written_since(
        &self,
        target: &PlanId,
        company: &CompanyId,
        figure: Figure,
        now: Option<&Value>,
        blanks: Blanks,
    ) -> Result<Since, EngineError> {
        let writes = self.store.writes_of(company)?;
        let last =
            writes.into_iter().filter(|write| write.stored.state == ChangeState::Applied).find_map(|write| {
                let field = write.stored.change.fields.iter().find(|field| field.figure == figure)?;
                let same = blanks.alike(figure.describe().kind, field.intended.as_ref(), now);
                Some((same && write.plan != *target).then_some(write.run))
            });
        Ok(last.flatten().map_or(Since::Somebody, Since::Run))
    }

    fn not_applied(&self, plan: &PlanId) -> Result<Vec<StoredChange>, EngineError> {
        let mut found = Vec::new();
        for state in [ChangeState::Refused, ChangeState::Moved, ChangeState::Gone] {
            found.extend(self.store.changes_in(plan, state, usize::MAX >> 1)?);
        }
        Ok(found)
    }
}

/// What of a run can be taken back.
#[derive(Default)]
struct TakenBack {
    summary: PlanSummary,
    already: u64,
    left: Vec<LeftAlone>,
    records_left: Vec<RecordLeft>,
}

fn held(record: &CompanyRecord, figure: Figure) -> Option<&Value> {
    record.observed.iter().find(|(other, _)| *other == figure).map(|(_, value)| value)
}
