//! One company: its figures with rules, inputs and documents.

use std::fmt::Write;

use crate::cli::output::{grouped, table};
use crate::cli::render;
use crate::domain::ids::{CompanyId, PlanId};
use crate::domain::tasks::EndedBy;
use crate::domain::wake_up::PlacedBy;
use crate::engine::Explained;
use crate::store::StoredChange;

/// Documents that are listed before the rest is only counted.
const MOST_DOCUMENTS: usize = 50;

/// Several companies fit a search.
pub(in crate::cli) fn hits(hits: &[(CompanyId, String)]) -> String {
    let mut text = "Several companies fit; name one by its id:".to_owned();
    for (id, name) in hits {
        let _ = write!(text, "\n  {id}  {name}");
    }
    text
}

/// Everything about one company.
pub(in crate::cli) fn explained(explained: &Explained, currency: &str) -> String {
    let company = &explained.company;
    let mut text = format!("{} {} on {}\n", company.id, company.name, explained.as_of);
    facts(&mut text, explained);
    match (&explained.figures, &explained.without_figures) {
        (_, Some(reason)) => {
            let _ = write!(text, "\nIt gets no figures: {reason}\n");
        }
        (Some(figures), None) => {
            for figure in &figures.figures {
                let value = figure.value.as_ref().map_or("(empty)", |value| value.as_str());
                let _ = write!(text, "\n{}: {value}\n  {}\n", figure.label, figure.rule);
                let inputs: Vec<String> =
                    figure.inputs.iter().map(|input| format!("{} {}", input.name, input.value)).collect();
                if !inputs.is_empty() {
                    let _ = writeln!(text, "  from: {}", inputs.join(" · "));
                }
                let documents = &explained.documents;
                let behind = documents.iter().filter_map(|document| document.day);
                let behind = behind.filter(|day| figure.documents.include(*day)).count();
                if behind > 0 {
                    let _ = writeln!(text, "  documents behind it: {behind}");
                }
            }
        }
        (None, None) => {}
    }
    card(&mut text, explained);
    tasks(&mut text, explained);
    documents(&mut text, explained, currency);
    changes(&mut text, explained);
    text
}

fn card(text: &mut String, explained: &Explained) {
    let Some(standing) = &explained.card else { return };
    let _ = writeln!(text, "\nWake Up: {}", standing.why);
    for card in &standing.cards {
        let state = if card.open { "open" } else { "closed" };
        let by = match card.placed_by {
            PlacedBy::Sirank => "put there by sirank",
            PlacedBy::Somebody => {
                "put there by somebody: only a purchase, or a deal after the contact, moves it"
            }
        };
        let _ = writeln!(text, "  card {} of {}: {} ({state}), {by}", card.id, card.created, card.stage);
    }
}

fn tasks(text: &mut String, explained: &Explained) {
    let Some(standing) = &explained.tasks else { return };
    let why = standing.why.as_deref().unwrap_or(if standing.tasks.is_empty() { "none" } else { "" });
    let _ = writeln!(text, "\nTasks: {why}");
    for task in &standing.tasks {
        let state = match (task.ended, task.ended_by) {
            (Some(day), Some(EndedBy::Sirank)) => format!("ticked off by sirank on {day}"),
            (Some(day), _) => format!("done or deleted by somebody, seen on {day}"),
            (None, _) => "open".to_owned(),
        };
        let _ = writeln!(text, "  task {} of {}: {} ({state})", task.id, task.created, task.key);
    }
}

fn facts(text: &mut String, explained: &Explained) {
    let company = &explained.company;
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".into());
    let _ = writeln!(
        text,
        "In the CRM: potential {}, category {}, D&P {}, VAT number {}, tax code {}, accounting id {}, owner {}, created {}, last contact {}",
        shown(&company.potential),
        shown(&company.category),
        shown(&company.d_and_p),
        shown(&company.keys.vat_number),
        shown(&company.keys.tax_code),
        shown(&company.keys.customer_id),
        shown(&company.owner.as_ref().map(ToString::to_string)),
        shown(&company.created.map(|day| day.to_string())),
        shown(&company.last_contact.map(|day| day.to_string())),
    );
}

fn documents(text: &mut String, explained: &Explained, currency: &str) {
    if explained.documents.is_empty() {
        text.push_str("\nNo documents.\n");
        return;
    }
    let mut table = table(&["date", "document", "number", "net", "standing"], &[3]);
    for document in explained.documents.iter().rev().take(MOST_DOCUMENTS) {
        table.add_row([
            document.day.map_or_else(String::new, |day| day.to_string()),
            document.document.to_string(),
            document.number.clone(),
            document.net.map_or_else(String::new, |net| grouped(&net.to_string())),
            document.standing.replace('_', " "),
        ]);
    }
    let _ = writeln!(
        text,
        "\nDocuments, latest first ({} in all, {currency})\n{table}",
        explained.documents.len()
    );
}

fn changes(text: &mut String, explained: &Explained) {
    let Explained { changes, card_changes, task_changes, .. } = explained;
    if changes.is_empty() && card_changes.is_empty() && task_changes.is_empty() {
        text.push_str("\nNothing was written to it yet.\n");
        return;
    }
    text.push_str("\nWritten to it, latest first\n");
    written(text, changes, |change| format!("{} values", change.fields.len()));
    written(text, card_changes, render::card);
    written(text, task_changes, render::task);
}

fn written<C>(text: &mut String, changes: &[(PlanId, StoredChange<C>)], what: impl Fn(&C) -> String) {
    for (plan, stored) in changes {
        let said = stored.message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
        let what = what(&stored.change).replace('\n', "\n    ");
        let _ = writeln!(
            text,
            "  {} {:?} {plan} ({what}){said}",
            stored.settled.as_deref().unwrap_or("–"),
            stored.state,
        );
    }
}
