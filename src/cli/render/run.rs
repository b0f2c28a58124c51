//! What a run planned and did.

use std::fmt::Write;

use crate::cli::field_names::FieldNames;
use crate::cli::output::grouped;
use crate::domain::plan::{ChangeReason, CompanyChange, PlanSummary};
use crate::engine::RunReport;
use crate::ports::Usage;
use crate::store::{PlanState, StoredChange};

use super::counted;

/// Changes that a dry run shows before it points to `sirank plan`.
pub(in crate::cli) const MOST_CHANGES: usize = 10;

/// The report of a run; `changes` are the first of its plan, for a dry run.
pub(in crate::cli) fn run(report: &RunReport, changes: &[StoredChange], names: &FieldNames) -> String {
    let mut text = plan_heading(report);
    for stored in changes {
        text.push('\n');
        text.push_str(&change(&stored.change, names));
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
    for (reason, count) in &summary.reasons {
        let _ = write!(text, "\n  {:>9}  {}", grouped(&count.to_string()), reason_text(*reason));
    }
    text
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
    report.plan.summary.get("changed")?.as_u64()
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
