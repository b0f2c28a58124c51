//! What a run planned and did.

use std::fmt::Write;

use crate::cli::field_names::FieldNames;
use crate::cli::output::grouped;
use crate::domain::ids::PlanId;
use crate::domain::plan::{CardCounts, ChangeReason, CompanyChange, PlanSummary, TaskCounts};
use crate::domain::tasks::{TaskAction, TaskChange};
use crate::domain::wake_up::{CardAction, CardChange, CardStage};
use crate::engine::{RecordsApplied, RunReport};
use crate::ports::Usage;
use crate::store::{PlanState, Store, StoreError, StoredChange};

use super::counted;

/// Changes that a dry run shows before it points to `sirank plan`.
const MOST_CHANGES: usize = 10;
/// Cards and tasks are few, and each is shown before it exists.
const MOST_RECORDS: usize = 100_000;

/// What of a plan is shown beside what it comes to.
#[derive(Default)]
pub(in crate::cli) struct Shown {
    /// The first companies that change.
    changes: Vec<StoredChange>,
    /// Every card.
    cards: Vec<StoredChange<CardChange>>,
    /// Every task.
    tasks: Vec<StoredChange<TaskChange>>,
}

impl Shown {
    /// What a dry run shows of a plan; nothing of one that was applied.
    pub(in crate::cli) fn of_dry_run(
        dry_run: bool,
        store: &Store,
        plan: &PlanId,
    ) -> Result<Self, StoreError> {
        if !dry_run {
            return Ok(Self::default());
        }
        Ok(Self {
            changes: store.changes_after(plan, None, MOST_CHANGES)?,
            cards: store.record_changes_after(plan, None, MOST_RECORDS)?,
            tasks: store.record_changes_after(plan, None, MOST_RECORDS)?,
        })
    }
}

/// The report of a run, with what is shown of its plan.
pub(in crate::cli) fn run(report: &RunReport, shown: &Shown, names: &FieldNames) -> String {
    let mut text = plan_heading(report);
    for stored in &shown.changes {
        text.push('\n');
        text.push_str(&change(&stored.change, names));
    }
    for stored in &shown.cards {
        text.push('\n');
        text.push_str(&card(&stored.change));
    }
    for stored in &shown.tasks {
        text.push('\n');
        text.push_str(&task(&stored.change));
    }
    text.push('\n');
    text.push_str(&plan_footer(report));
    if let Some(applied) = report.applied {
        let _ = write!(
            text,
            "\nWritten: {}; refused {}, gone {}, changed by somebody meanwhile {}",
            counted(applied.applied, "company", "companies"),
            applied.refused,
            applied.gone,
            applied.moved
        );
        text.push_str(&written("Cards made or moved", applied.cards));
        text.push_str(&written("Tasks made or ticked off", applied.tasks));
        if applied.refused > 0 {
            text.push_str("\nThe refused ones, each with its reason: sirank failed");
        }
        if applied.moved > 0 {
            text.push_str("\nThe changed ones are planned again by the next run.");
        }
    }
    text.push_str(&waiting(report));
    text.push_str(&documents_left_over(report));
    text.push('\n');
    text.push_str(&usage(&report.usage));
    text
}

/// What became of records of one kind; nothing where the plan had none.
fn written(what: &str, records: RecordsApplied) -> String {
    if records == RecordsApplied::default() {
        return String::new();
    }
    format!(
        "\n{what}: {}; refused {}, gone {}, touched by somebody meanwhile {}",
        records.applied, records.refused, records.gone, records.moved
    )
}

/// Companies that are left out for now, and which command lists them.
fn waiting(report: &RunReport) -> String {
    match report.plan.summary.get("waiting").and_then(serde_json::Value::as_u64) {
        None | Some(0) => String::new(),
        Some(count) => format!(
            "\n{} left out for now, since the CRM refused the same values lately: sirank failed",
            counted(count, "company", "companies")
        ),
    }
}

/// Documents that are in no figure, and which command lists them.
fn documents_left_over(report: &RunReport) -> String {
    let Some(analysis) = &report.analysis else { return String::new() };
    let rejected = analysis.reconciliation.all_rejected().documents;
    let unmatched = analysis.reconciliation.all_unmatched().documents;
    let line = |count: u64, what: &str, command: &str| match count {
        0 => String::new(),
        count => format!("\n{} {what}: sirank {command}", counted(count, "document", "documents")),
    };
    line(rejected, "could not be used, each with its reason", "rejected")
        + &line(unmatched, "of no company", "unmatched")
}

/// What a plan comes to.
pub(in crate::cli) fn plan_heading(report: &RunReport) -> String {
    let plan = &report.plan;
    let mut text = format!("Plan {} for {}", plan.id, plan.as_of);
    let Ok(summary) = serde_json::from_value::<PlanSummary>(plan.summary.clone()) else { return text };
    let _ = write!(
        text,
        ": {} of {} change, {}",
        grouped(&summary.changed.to_string()),
        counted(summary.companies, "company", "companies"),
        counted(summary.values(), "value", "values")
    );
    let cards = summary.cards;
    if cards != CardCounts::default() {
        let _ = write!(
            text,
            "\nCards: {} new, {} moved; {} wait for a later run",
            grouped(&cards.created.to_string()),
            grouped(&cards.moved.to_string()),
            counted(cards.waiting, "cold customer", "cold customers")
        );
    }
    let tasks = summary.tasks;
    if tasks != TaskCounts::default() {
        let _ = write!(
            text,
            "\nTasks: {} new, {} ticked off; {} for a later run",
            grouped(&tasks.created.to_string()),
            grouped(&tasks.closed.to_string()),
            counted(tasks.waiting, "overdue contact waits", "overdue contacts wait")
        );
        if tasks.without_owner > 0 {
            let _ = write!(
                text,
                "\n  {} without a task, since nobody active owns the deal or the company",
                counted(tasks.without_owner, "appointment or won deal", "appointments and won deals")
            );
        }
    }
    for (reason, count) in &summary.reasons {
        let _ = write!(text, "\n  {:>9}  {}", grouped(&count.to_string()), reason_text(*reason));
    }
    text
}

/// What is done with one card, and why.
pub(in crate::cli) fn card(change: &CardChange) -> String {
    let CardChange { company, name, action } = change;
    match action {
        CardAction::Create { text, lost_revenue, owner, key, .. } => {
            let worth =
                lost_revenue.map_or_else(|| "(empty)".to_owned(), |money| grouped(&money.to_string()));
            let owner = owner.as_ref().map_or_else(|| "nobody".to_owned(), ToString::to_string);
            format!(
                "new card for company {company} {name}\n  key {key}, owner {owner}, lost revenue {worth}\n  {}",
                text.reason
            )
        }
        CardAction::Delete { card } => format!("card {card} of company {company} {name}: deleted"),
        CardAction::Move { card, from, to, reason, .. } => {
            let from = match from {
                CardStage::Known(role) => role.key(),
                CardStage::Other { id, .. } => id.as_str(),
            };
            format!("card {card} of company {company} {name}: {from} → {}  [{reason}]", to.key())
        }
    }
}

/// What is done with one task, and why.
pub(in crate::cli) fn task(change: &TaskChange) -> String {
    let TaskChange { company, name, action } = change;
    match action {
        TaskAction::Create { key, owner, text, due, .. } => {
            let mut lines = format!(
                "new task for company {company} {name}: {}\n  key {key}, owner {owner}, due {due}\n  {}",
                text.subject, text.reason
            );
            for line in &text.lines {
                let _ = write!(lines, "\n  {line}");
            }
            lines
        }
        TaskAction::Close { task, reason, .. } => {
            format!("task {task} of company {company} {name}: ticked off  [{reason}]")
        }
        TaskAction::Reopen { task } => format!("task {task} of company {company} {name}: opened again"),
        TaskAction::Delete { task } => format!("task {task} of company {company} {name}: deleted"),
    }
}

/// What to do with a plan.
pub(in crate::cli) fn plan_footer(report: &RunReport) -> String {
    let plan = &report.plan;
    let mut text = String::new();
    let verdict = if report.applied.is_some() { "Approved, although" } else { "Held:" };
    for objection in &plan.objections {
        let _ = write!(text, "\n{verdict} {objection}");
    }
    match plan.state {
        PlanState::Held => {
            let _ =
                write!(text, "\nNothing was written. If it is right all the same: sirank apply {}", plan.id);
        }
        PlanState::Ready if report.applied.is_none() && changed(report) == Some(0) => {
            text.push_str("\nEverything is in place: there is nothing to write.");
        }
        PlanState::Ready if report.applied.is_none() => {
            let _ = write!(text, "\nNothing was written. To write it: sirank apply {}", plan.id);
        }
        _ => {}
    }
    text
}

fn changed(report: &RunReport) -> Option<u64> {
    let summary = &report.plan.summary;
    let number = |key: &&str| summary.pointer(key).and_then(serde_json::Value::as_u64).unwrap_or_default();
    let records = ["/cards/created", "/cards/moved", "/tasks/created", "/tasks/closed"];
    Some(summary.get("changed")?.as_u64()? + records.iter().map(number).sum::<u64>())
}

/// One company of a plan: observed → intended, with the reason.
pub(in crate::cli) fn change(change: &CompanyChange, names: &FieldNames) -> String {
    let mut text = format!("company {} {}", change.company, change.name);
    for field in &change.fields {
        let shown = |value: &Option<crate::domain::value::Value>| {
            value.as_ref().map_or_else(|| "(empty)".to_owned(), ToString::to_string)
        };
        let _ = write!(
            text,
            "\n  {:28} {} → {}  [{}]",
            names.name(field.figure),
            shown(&field.observed),
            shown(&field.intended),
            reason_text(field.reason)
        );
    }
    text
}

pub(super) const fn reason_text(reason: ChangeReason) -> &'static str {
    match reason {
        ChangeReason::FirstValue => "first value",
        ChangeReason::FigureMoved => "the figure changed",
        ChangeReason::EditedInCrm => "edited in the CRM, put right",
        ChangeReason::ClearedNoKey => "emptied: the company has no key",
        ChangeReason::ClearedAmbiguous => "emptied: the company shares a key",
        ChangeReason::Undone => "put back as it was before",
    }
}

/// Calls to each system, and what is left of its quotas.
fn usage(usage: &[(String, Usage)]) -> String {
    let mut text = String::new();
    for (system, usage) in usage {
        let _ = write!(
            text,
            "\nCalls to {system}: {}, of them {}",
            grouped(&usage.total().to_string()),
            counted(usage.writes, "write", "writes")
        );
        if usage.retries > 0 || usage.throttled > 0 {
            let _ = write!(text, ", {} repeated, {} refused for a quota", usage.retries, usage.throttled);
        }
        for quota in &usage.quotas {
            let _ = write!(
                text,
                "; quota {}: {} of {} left",
                quota.name,
                grouped(&quota.left.to_string()),
                grouped(&quota.limit.to_string())
            );
        }
    }
    text
}
