//! What was written to a company, and what was taken back.

use std::fmt::Write;

use crate::cli::field_names::FieldNames;
use crate::cli::output::table;
use crate::domain::ids::CompanyId;
use crate::domain::value::Value;
use crate::engine::{HistoryEntry, Outcome, Since, UndoReport, Why};
use crate::store::{ChangeState, PlanState};

use super::run::{change, reason_text};
use super::{Shown, counted, run};

/// Values left alone that are listed before the rest is only counted.
const MOST_LEFT: usize = 50;

/// Every value that was written to a company; `all` is how many there are.
pub(in crate::cli) fn history(entries: &[HistoryEntry], company: &CompanyId, all: usize) -> String {
    if entries.is_empty() {
        return format!("Nothing was written to company {company}, or it is not kept any more.");
    }
    let mut table = table(&["when", "run", "figure", "from", "to", "why", "outcome"], &[]);
    for entry in entries {
        table.add_row([
            entry.when.clone(),
            entry.run.to_string(),
            entry.label.to_owned(),
            match entry.why {
                Why::ChangedBySomebody if entry.from.is_none() => "?".to_owned(),
                _ => shown(entry.from.as_ref()),
            },
            shown(entry.to.as_ref()),
            why(&entry.why),
            outcome(entry),
        ]);
    }
    let mut text = format!("Company {company}, newest first\n{table}");
    if all > entries.len() {
        let _ = write!(text, "\n{} of {all} values; more with --limit", entries.len());
    }
    text
}

fn why(why: &Why) -> String {
    match why {
        Why::Written(reason) => reason_text(*reason).to_owned(),
        Why::Undid(run) => format!("run {run} was undone"),
        Why::ChangedBySomebody => "changed by somebody in the CRM; noticed by this run".to_owned(),
    }
}

fn outcome(entry: &HistoryEntry) -> String {
    match (&entry.why, entry.outcome) {
        (Why::ChangedBySomebody, _) => "seen".to_owned(),
        (_, Outcome::Applied) => "written".to_owned(),
        (_, Outcome::Refused) => {
            format!("refused: {}", entry.said.as_deref().unwrap_or("the CRM gave no reason"))
        }
        (_, Outcome::Gone) => "the company was gone".to_owned(),
        (_, Outcome::NotWritten) => "not written: changed by somebody meanwhile".to_owned(),
        (_, Outcome::Unknown) => "on its way".to_owned(),
    }
}

/// What an undo did, or would do, with what is shown of its plan.
pub(in crate::cli) fn undo(report: &UndoReport, shown_of: &Shown, names: &FieldNames) -> String {
    let mut text = format!("Undo of run {}\n", report.undone);
    text.push_str(&run(&report.report, shown_of, names));
    if report.already > 0 {
        let _ = write!(text, "\nAs before already: {}", counted(report.already, "value", "values"));
    }
    if !report.left.is_empty() {
        let _ = write!(
            text,
            "\nLeft as they are, written by somebody else since: {}",
            counted(report.left.len() as u64, "value", "values")
        );
    }
    for left in report.left.iter().take(MOST_LEFT) {
        let by = match &left.by {
            Since::Run(run) => format!("{} written by run {run}", shown(left.now.as_ref())),
            Since::Somebody => format!("{} since somebody changed it", shown(left.now.as_ref())),
            Since::Gone => "the company is gone".to_owned(),
        };
        let _ = write!(
            text,
            "\n  company {} {}: {}  before {}, the run wrote {}, now {by}",
            left.company,
            left.name,
            names.name(left.figure),
            shown(left.before.as_ref()),
            shown(left.wrote.as_ref()),
        );
    }
    if report.left.len() > MOST_LEFT {
        let _ =
            write!(text, "\n  and {} more; all of them with --format json", report.left.len() - MOST_LEFT);
    }
    for left in &report.records_left {
        let record =
            left.record.as_ref().map_or_else(|| "is no more".to_owned(), |id| format!("{id} stays as it is"));
        let _ = write!(
            text,
            "\nThe {} of company {}, touched by somebody since: {record}",
            left.kind, left.company
        );
    }
    for stored in &report.not_put_back {
        let why = match stored.state {
            ChangeState::Refused => {
                format!("the CRM refused: {}", stored.message.as_deref().unwrap_or("no reason given"))
            }
            ChangeState::Gone => "the company is gone".to_owned(),
            _ => "somebody changed it meanwhile".to_owned(),
        };
        let _ = write!(text, "\nNot put back, {why}\n{}", change(&stored.change, names));
    }
    if report.report.plan.state == PlanState::Applied {
        text.push_str(
            "\nA plan that would write a value again that was taken back is held until it is approved.",
        );
    }
    text
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(empty)".to_owned(), ToString::to_string)
}
