//! The contact plan for spreadsheets: a row for each company, days as YYYY-MM-DD, decimals with a point.

use csv::{IntoInnerError, Writer};

use crate::domain::contact_plan::Contact;
use crate::domain::ids::OwnerId;
use crate::domain::time::Day;
use crate::engine::{ContactPlan, OwnerContacts};

const HEADER: [&str; 16] = [
    "list",
    "owner_id",
    "owner",
    "owner_email",
    "company_id",
    "company",
    "cluster",
    "action",
    "due",
    "overdue",
    "last_contact",
    "created",
    "sirank",
    "revenue_36m",
    "revenue_12m",
    "reason",
];

/// What is due, then what is to be assigned.
pub(in crate::cli) fn csv(plan: &ContactPlan) -> Result<String, std::io::Error> {
    let mut rows = Writer::from_writer(Vec::new());
    rows.write_record(HEADER)?;
    for owner in &plan.owners {
        for contact in &owner.contacts {
            rows.write_record(row("due", Some(owner), contact))?;
        }
    }
    for contact in &plan.without_owner {
        rows.write_record(row("due", None, contact))?;
    }
    for contact in &plan.to_assign {
        rows.write_record(row("to_assign", None, contact))?;
    }
    let bytes = rows.into_inner().map_err(IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}

fn row(list: &str, owner: Option<&OwnerContacts>, contact: &Contact) -> [String; 16] {
    let text = |text: Option<&str>| text.map_or_else(String::new, harmless);
    let day = |day: Option<_>| day.map_or_else(String::new, |day: Day| day.to_string());
    [
        list.to_owned(),
        text(contact.owner.as_ref().map(OwnerId::as_str)),
        text(contact.owner_name.as_deref()),
        text(owner.and_then(|owner| owner.email.as_deref())),
        harmless(contact.company.as_str()),
        harmless(&contact.name),
        contact.cluster.to_string(),
        contact.action.to_string(),
        day(contact.due),
        contact.overdue.to_string(),
        day(contact.last_contact),
        day(contact.created),
        contact.score.map_or_else(String::new, |score| format!("{score:.1}")),
        contact.revenue_36m.to_string(),
        contact.revenue_12m.to_string(),
        contact.reason.clone(),
    ]
}

/// A text of others: where a spreadsheet would take it for a formula, an apostrophe makes it a text again.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
