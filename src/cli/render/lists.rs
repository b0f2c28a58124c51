//! Lists: findings, runs, documents, refused writes.

use std::fmt::Write;

use serde::Serialize;

use crate::cli::field_names::FieldNames;
use crate::cli::output::{grouped, table};
use crate::engine::{CheckReport, RejectedDocument, Sample, SetupItem, SetupReport, UnmatchedDocument};
use crate::ports::{HandWork, Severity};
use crate::store::{FailedWrite, RefusedRecord, RunOutcome, RunRow};

use super::counted;

/// What `check` found.
pub(in crate::cli) fn check(report: &CheckReport) -> String {
    let mut text = String::new();
    for finding in &report.findings {
        let mark = match finding.severity {
            Severity::Ok => "ok     ",
            Severity::Warning => "warning",
            Severity::Error => "ERROR  ",
        };
        let _ = writeln!(text, "{mark}  {}: {}", finding.place, finding.what);
        if !finding.advice.is_empty() {
            let _ = writeln!(text, "         → {}", finding.advice);
        }
    }
    if !report.coverage.is_empty() {
        let mut table = table(&["filled in by people", "companies that have it", "without it"], &[1]);
        for line in &report.coverage {
            table.add_row([
                line.input.to_owned(),
                format!(
                    "{} of {}{}",
                    grouped(&line.filled.to_string()),
                    if line.sampled { "the first " } else { "" },
                    grouped(&line.companies.to_string())
                ),
                line.otherwise.to_owned(),
            ]);
        }
        let _ = writeln!(text, "\nCoverage\n{table}");
    }
    for sample in &report.samples {
        let _ = writeln!(
            text,
            "\nThe first documents of {}, as they are understood\n{}",
            sample.source,
            sampled(sample)
        );
    }
    text.push_str(if report.passed() {
        "A run is possible."
    } else {
        "A run is not possible before the errors are mended."
    });
    text
}

/// Documents as they are understood. An empty cell is a column that is not mapped, or holds nothing.
fn sampled(sample: &Sample) -> String {
    let mut table = table(&["where", "id", "number", "customer", "date", "means", "net"], &[6]);
    for document in &sample.documents {
        let customer = &document.customer;
        let keys = [&customer.customer_id, &customer.vat_number, &customer.tax_code, &customer.name];
        let keys: Vec<&str> = keys.into_iter().filter_map(Option::as_deref).collect();
        table.add_row([
            cell(&document.place),
            cell(&document.id),
            cell(&document.number),
            keys.into_iter().map(cell).collect::<Vec<_>>().join("\n"),
            document.date.map(|date| date.to_string()).unwrap_or_default(),
            document.fault.clone().unwrap_or_else(|| document.meaning.replace('_', " ")),
            document.amount.clone().unwrap_or_default(),
        ]);
    }
    table.to_string()
}

/// A text of a source, no longer than anybody looks at.
fn cell(text: impl AsRef<str>) -> String {
    const LONGEST: usize = 100;
    let text = text.as_ref();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What `setup` did.
pub(in crate::cli) fn setup(report: &SetupReport, dry_run: bool) -> String {
    let mut text = String::new();
    let verb = if dry_run { "would create" } else { "created" };
    for item in &report.created {
        let _ = writeln!(text, "{verb}  {item}");
    }
    for item in &report.left_out {
        let _ = writeln!(text, "left out, the account takes no more properties:  {item}");
    }
    if !report.by_hand.is_empty() {
        text.push_str(&by_hand(&report.by_hand));
        text.push_str("\nAfterwards `sirank check` looks whether everything is right.\n");
    }
    let _ = write!(text, "{} in place already", counted(report.in_place, "property", "properties"));
    text
}

/// What is left to an administrator: what a run needs, then what people may fill in.
fn by_hand(work: &[(SetupItem, HandWork)]) -> String {
    let (for_people, own): (Vec<_>, Vec<_>) = work.iter().partition(|(item, _)| item.is_for_people());
    let mut text = String::new();
    if !own.is_empty() {
        let fields = counted(own.len() as u64, "field", "fields");
        let _ =
            writeln!(text, "The API of this CRM creates no fields. An administrator has {fields} to see to.");
        text.push_str(&by_screen(&own));
    }
    if !for_people.is_empty() {
        text.push_str(
            "\nFor people to fill in, where there is no such field yet; name those that there are in [company].\n",
        );
        text.push_str(&by_screen(&for_people));
    }
    text
}

/// A table for each screen, with its entries in their order.
fn by_screen(work: &[&(SetupItem, HandWork)]) -> String {
    let mut text = String::new();
    let mut screens: Vec<(&str, Vec<&HandWork>)> = Vec::new();
    for (_, work) in work {
        match screens.iter_mut().find(|(screen, _)| *screen == work.screen) {
            Some((_, items)) => items.push(work),
            None => screens.push((&work.screen, vec![work])),
        }
    }
    for (screen, items) in screens {
        let mut headings: Vec<&str> = Vec::new();
        for (entry, _) in items.iter().flat_map(|work| &work.entries) {
            if !headings.contains(&entry.as_str()) {
                headings.push(entry);
            }
        }
        let mut table = table(&headings, &[]);
        for work in items {
            // A list of values is easier to go through with one below the other.
            let values = |heading: &&str| {
                let values = work.entries.iter().filter(|(entry, _)| entry == heading);
                values.map(|(_, value)| value.replace(" | ", "\n")).collect::<Vec<_>>().join("\n")
            };
            table.add_row(headings.iter().map(values));
        }
        let _ = writeln!(text, "\n{screen}\n{table}");
    }
    text
}

/// What each run did.
pub(in crate::cli) fn runs(runs: &[RunRow]) -> String {
    if runs.is_empty() {
        return "No run yet.".into();
    }
    let mut table =
        table(&["run", "command", "as of", "ended", "phase", "outcome", "plan", "changed", "note"], &[7]);
    for run in runs {
        let summary = run.summary.as_ref();
        let text = |pointer: &str| -> String {
            let value = summary.and_then(|summary| summary.pointer(pointer));
            value.map_or_else(String::new, |value| {
                value.as_str().map_or_else(|| value.to_string(), str::to_owned)
            })
        };
        table.add_row([
            run.id.to_string(),
            run.command.clone(),
            run.as_of.to_string(),
            run.ended.clone().unwrap_or_else(|| "–".into()),
            format!("{:?}", run.phase).to_lowercase(),
            run.outcome.map_or_else(|| "running or killed".into(), outcome_word),
            text("/plan/id"),
            // The plan of a run that found nothing new is that of an earlier one.
            if text("/nothing_new") == "true" { "0".to_owned() } else { text("/plan/summary/changed") },
            text("/error"),
        ]);
    }
    table.to_string()
}

fn outcome_word(outcome: RunOutcome) -> String {
    let word = match outcome {
        RunOutcome::Done => "done",
        RunOutcome::DoneWithFailures => "done with failures",
        RunOutcome::Held => "held for approval",
        RunOutcome::Stopped => "stopped, can be resumed",
        RunOutcome::Failed => "failed",
    };
    word.to_owned()
}

/// Documents that are no company's.
pub(in crate::cli) fn unmatched(documents: &[UnmatchedDocument]) -> String {
    if documents.is_empty() {
        return "Every counting document has its company.".into();
    }
    let headings =
        ["document", "number", "reason", "VAT number", "tax code", "customer id", "name", "amount"];
    let mut table = table(&headings, &[7]);
    for document in documents {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        table.add_row([
            document.document.to_string(),
            document.number.clone(),
            document.reason.as_str().replace('_', " "),
            text(&document.party.vat_number),
            text(&document.party.tax_code),
            text(&document.party.customer_id),
            text(&document.party.name),
            text(&document.amount),
        ]);
    }
    format!("{table}\n{}", counted(documents.len() as u64, "document", "documents"))
}

/// Documents that could not be used.
pub(in crate::cli) fn rejected(documents: &[RejectedDocument]) -> String {
    if documents.is_empty() {
        return "No document was rejected.".into();
    }
    let mut table = table(&["document", "number", "reason", "what was found, and where"], &[]);
    for document in documents {
        table.add_row([
            document.document.to_string(),
            document.number.clone(),
            document.reason.as_str().replace('_', " "),
            document.detail.clone(),
        ]);
    }
    format!("{table}\n{}", counted(documents.len() as u64, "document", "documents"))
}

/// Something that the CRM refused.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::cli) enum Failed {
    /// Figures of a company.
    Figures(FailedWrite),
    /// A card or a task.
    Record(RefusedRecord),
}

/// Writes that the CRM refused.
pub(in crate::cli) fn failed(writes: &[Failed], names: &FieldNames) -> String {
    if writes.is_empty() {
        return "The CRM refused nothing that still stands.".into();
    }
    let headings =
        ["company", "name", "values", "code", "what the CRM said", "refused", "last", "tried again"];
    let mut table = table(&headings, &[5]);
    for write in writes {
        table.add_row(match write {
            Failed::Figures(write) => figures_row(write, names),
            Failed::Record(record) => record_row(record),
        });
    }
    format!(
        "{table}\n{}; figures at once: sirank backfill --company ID",
        counted(writes.len() as u64, "refusal", "refusals")
    )
}

fn figures_row(write: &FailedWrite, names: &FieldNames) -> [String; 8] {
    let values: Vec<&str> = write.change.fields.iter().map(|field| names.name(field.figure)).collect();
    let next =
        if write.next.is_empty() { "by the next run".to_owned() } else { format!("after {}", write.next) };
    [
        write.change.company.to_string(),
        write.change.name.clone(),
        values.join(", "),
        write.code.clone(),
        write.message.clone(),
        counted(write.attempts.into(), "time", "times"),
        write.last.clone(),
        next,
    ]
}

fn record_row(record: &RefusedRecord) -> [String; 8] {
    [
        record.company.to_string(),
        record.name.clone(),
        format!("its {}", record.kind),
        record.code.clone(),
        record.message.clone(),
        String::new(),
        record.last.clone(),
        "a day after".to_owned(),
    ]
}
