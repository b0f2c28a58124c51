//! The contact plan for people: a table for each owner, one of what is to be assigned, and what it all comes to.

use std::collections::BTreeSet;
use std::fmt::Write;

use comfy_table::{ColumnConstraint, Table, Width};

use crate::cli::output;
use crate::domain::catalogue::Language;
use crate::domain::cluster::Cluster;
use crate::domain::contact_plan::Contact;
use crate::domain::explanation::Explainer;
use crate::domain::ids::OwnerId;
use crate::domain::time::Day;
use crate::engine::{ContactPlan, ContactRequest};

/// The widest that a name and a reason are, so that a table fits into 100 columns.
const NAME: u16 = 22;
const REASON: u16 = 23;
/// The widest that an owner is.
const OWNER: u16 = 12;

/// What people read around the figures.
pub(super) struct Words {
    pub(super) calendar: &'static str,
    owner: &'static str,
    pub(super) nobody: &'static str,
    due: &'static str,
    overdue: &'static str,
    company: &'static str,
    revenue_36m: &'static str,
    revenue_12m: &'static str,
    reason: &'static str,
    without_owner: &'static str,
    to_assign: &'static str,
    not_active: &'static str,
    in_all: &'static str,
    companies: &'static str,
    one_company: &'static str,
}

const EN: Words = Words {
    calendar: "Contacts (sirank)",
    owner: "owner",
    nobody: "–",
    due: "due",
    overdue: "overdue",
    company: "company, id",
    revenue_36m: "revenue\n36 months",
    revenue_12m: "revenue\n12 months",
    reason: "why",
    without_owner: "Without owner",
    to_assign: "To be assigned: their cluster asks for a key account, and they have no active owner",
    not_active: "not active",
    in_all: "In all",
    companies: "companies",
    one_company: "company",
};

const IT: Words = Words {
    calendar: "Contatti (sirank)",
    owner: "proprietario",
    nobody: "–",
    due: "entro il",
    overdue: "in ritardo",
    company: "azienda, id",
    revenue_36m: "fatturato\n36 mesi",
    revenue_12m: "fatturato\n12 mesi",
    reason: "perché",
    without_owner: "Senza proprietario",
    to_assign: "Da assegnare: il cluster richiede un key account e manca un proprietario attivo",
    not_active: "non attivo",
    in_all: "In totale",
    companies: "aziende",
    one_company: "azienda",
};

impl Words {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &EN,
            Language::It => &IT,
        }
    }

    fn count(&self, number: usize) -> String {
        format!("{number} {}", if number == 1 { self.one_company } else { self.companies })
    }
}

/// The whole plan.
pub(in crate::cli) fn table(plan: &ContactPlan, request: &ContactRequest, explainer: &Explainer) -> String {
    let words = Words::of(explainer.language());
    let mut text = heading(plan, request, explainer);
    let due: Vec<(String, &[Contact])> = plan
        .owners
        .iter()
        .map(|owner| (heading_of(owner.for_people(), owner.email.as_deref()), owner.contacts.as_slice()))
        .chain([(words.without_owner.to_owned(), plan.without_owner.as_slice())])
        .filter(|(_, contacts)| !contacts.is_empty())
        .collect();
    for (whose, contacts) in &due {
        let overdue = contacts.iter().filter(|contact| contact.overdue).count();
        let counts = format!("{}, {overdue} {}", words.count(contacts.len()), words.overdue);
        let _ = writeln!(text, "\n{whose}: {counts}\n{}", due_table(contacts, words, explainer));
    }
    if due.is_empty() {
        text.push_str(match explainer.language() {
            Language::En => "\nNobody has to be contacted.\n",
            Language::It => "\nNessuno da contattare.\n",
        });
    }
    if !plan.to_assign.is_empty() {
        let count = words.count(plan.to_assign.len());
        let _ = writeln!(
            text,
            "\n{} ({count})\n{}",
            words.to_assign,
            assign_table(&plan.to_assign, words, explainer)
        );
    }
    if due.len() > 1 {
        let _ = writeln!(text, "\n{}\n{}", words.in_all, overview(&due, words));
    }
    text
}

fn heading(plan: &ContactPlan, request: &ContactRequest, explainer: &Explainer) -> String {
    let (as_of, until) = (explainer.day(plan.as_of), explainer.day(plan.until));
    let currency = &plan.currency;
    match (explainer.language(), request.overdue_only) {
        (Language::En, false) => format!("Contacts on {as_of}, due by {until} ({currency})\n"),
        (Language::En, true) => format!("Contacts on {as_of}, overdue ({currency})\n"),
        (Language::It, false) => format!("Contatti al {as_of}, entro il {until} ({currency})\n"),
        (Language::It, true) => format!("Contatti al {as_of}, in ritardo ({currency})\n"),
    }
}

fn heading_of(owner: &str, email: Option<&str>) -> String {
    match email.filter(|email| *email != owner) {
        Some(email) => format!("{owner} ({email})"),
        None => owner.to_owned(),
    }
}

fn due_table(contacts: &[Contact], words: &Words, explainer: &Explainer) -> String {
    let mut table = contact_table(words.due, words);
    for contact in contacts {
        let due = contact.due.map_or_else(String::new, |due: Day| explainer.day(due));
        let due = if contact.overdue { format!("{due}\n{}", words.overdue) } else { due };
        table.add_row(row(due, contact, &contact.basis, explainer));
    }
    table.to_string()
}

fn assign_table(contacts: &[Contact], words: &Words, explainer: &Explainer) -> String {
    let mut table = contact_table(words.owner, words);
    at_most(&mut table, 0, OWNER);
    for contact in contacts {
        let owner = contact.owner_name.as_deref().or(contact.owner.as_ref().map(OwnerId::as_str));
        let owner = owner.map_or(words.nobody.to_owned(), |owner| format!("{owner} ({})", words.not_active));
        table.add_row(row(owner, contact, &contact.reason, explainer));
    }
    table.to_string()
}

fn contact_table(first: &str, words: &Words) -> Table {
    let headings = [first, words.company, "SiRank", words.revenue_36m, words.revenue_12m, words.reason];
    let mut table = output::table(&headings, &[2, 3, 4]);
    at_most(&mut table, 1, NAME);
    at_most(&mut table, 5, REASON);
    table
}

/// Breaks what a column holds at this width.
fn at_most(table: &mut Table, column: usize, width: u16) {
    if let Some(column) = table.column_mut(column) {
        let padded = width + column.padding_width();
        column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(padded)));
    }
}

fn row(first: String, contact: &Contact, reason: &str, explainer: &Explainer) -> [String; 6] {
    [
        first,
        format!("{}\n{}", contact.name, contact.company),
        contact.score.map_or_else(String::new, |score| explainer.decimal(&format!("{score:.1}"))),
        explainer.decimal(&contact.revenue_36m.to_string()),
        explainer.decimal(&contact.revenue_12m.to_string()),
        reason.replace("; ", "\n").replace(", ", "\n"),
    ]
}

/// How many companies fall to whom, by cluster.
fn overview(due: &[(String, &[Contact])], words: &Words) -> String {
    let clusters: BTreeSet<Cluster> =
        due.iter().flat_map(|(_, contacts)| contacts.iter()).map(|contact| contact.cluster).collect();
    let mut headings = vec![words.owner];
    headings.extend(clusters.iter().map(|cluster| cluster.as_str()));
    headings.extend([words.companies, words.overdue]);
    let right: Vec<usize> = (1..headings.len()).collect();
    let mut table = output::table(&headings, &right);
    let mut line = |whose: &str, contacts: &[&Contact]| {
        let number = |fits: &dyn Fn(&Contact) -> bool| {
            contacts.iter().filter(|contact| fits(contact)).count().to_string()
        };
        let mut cells = vec![whose.to_owned()];
        cells.extend(clusters.iter().map(|cluster| number(&|contact| contact.cluster == *cluster)));
        cells.extend([contacts.len().to_string(), number(&|contact| contact.overdue)]);
        table.add_row(cells);
    };
    for (whose, contacts) in due {
        line(whose, &contacts.iter().collect::<Vec<_>>());
    }
    let all: Vec<&Contact> = due.iter().flat_map(|(_, contacts)| contacts.iter()).collect();
    line(words.in_all, &all);
    table.to_string()
}
