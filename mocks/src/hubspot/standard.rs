//! The properties that a portal has before anybody adds one.

use super::kind::Kind;
use super::schema::{Property, Schema};

/// (name, type, field type, kind of value): `w` writable, `r` read-only, `c` calculated.
type Row = (&'static str, &'static str, &'static str, char);

const SYSTEM: &[Row] = &[
    ("hs_object_id", "number", "number", 'r'),
    ("hs_lastmodifieddate", "datetime", "date", 'r'),
    ("hs_createdate", "datetime", "date", 'r'),
    ("hs_merged_object_ids", "enumeration", "checkbox", 'r'),
    ("hubspot_owner_id", "enumeration", "select", 'w'),
];

const COMPANY: &[Row] = &[
    ("name", "string", "text", 'w'),
    ("domain", "string", "text", 'w'),
    ("website", "string", "text", 'w'),
    ("description", "string", "textarea", 'w'),
    ("phone", "string", "phonenumber", 'w'),
    ("address", "string", "text", 'w'),
    ("city", "string", "text", 'w'),
    ("zip", "string", "text", 'w'),
    ("state", "string", "text", 'w'),
    ("country", "string", "text", 'w'),
    ("industry", "string", "text", 'w'),
    ("annualrevenue", "number", "number", 'w'),
    ("numberofemployees", "number", "number", 'w'),
    ("closedate", "datetime", "date", 'w'),
    ("createdate", "datetime", "date", 'r'),
    ("notes_last_contacted", "datetime", "date", 'c'),
    ("notes_last_updated", "datetime", "date", 'c'),
    ("notes_next_activity_date", "datetime", "date", 'c'),
    ("hs_last_sales_activity_timestamp", "datetime", "date", 'c'),
    ("num_notes", "number", "number", 'c'),
    ("num_associated_deals", "number", "number", 'c'),
    ("hs_num_open_deals", "number", "number", 'c'),
    ("total_revenue", "number", "number", 'c'),
];

const DEAL: &[Row] = &[
    ("dealname", "string", "text", 'w'),
    ("dealstage", "enumeration", "radio", 'w'),
    ("pipeline", "enumeration", "select", 'w'),
    ("amount", "number", "number", 'w'),
    ("closedate", "datetime", "date", 'w'),
    ("createdate", "datetime", "date", 'r'),
    ("description", "string", "textarea", 'w'),
    ("deal_currency_code", "string", "text", 'w'),
    ("hs_is_closed", "bool", "booleancheckbox", 'c'),
    ("hs_is_closed_won", "bool", "booleancheckbox", 'c'),
    ("hs_deal_stage_probability", "number", "number", 'c'),
    ("notes_last_updated", "datetime", "date", 'c'),
    ("hs_primary_associated_company", "number", "number", 'c'),
];

const TASK: &[Row] = &[
    ("hs_timestamp", "datetime", "date", 'w'),
    ("hs_task_subject", "string", "text", 'w'),
    ("hs_task_body", "string", "html", 'w'),
    ("hs_task_reminders", "string", "text", 'w'),
    ("hs_queue_membership_ids", "string", "text", 'w'),
];

const NOTE: &[Row] = &[("hs_timestamp", "datetime", "date", 'w'), ("hs_note_body", "string", "html", 'w')];

/// Amounts are in the invoice's currency; overdue is no status.
const INVOICE: &[Row] = &[
    ("hs_invoice_date", "datetime", "date", 'w'),
    ("hs_due_date", "datetime", "date", 'w'),
    ("hs_number", "string", "text", 'r'),
    ("hs_title", "string", "text", 'w'),
    ("hs_currency", "string", "text", 'w'),
    ("hs_amount_billed", "number", "number", 'c'),
    ("hs_balance_due", "number", "number", 'c'),
    ("hs_amount_paid", "number", "number", 'c'),
    ("hs_payment_date", "datetime", "date", 'c'),
    ("hs_invoice_billable", "bool", "booleancheckbox", 'w'),
    ("hs_tax_id", "string", "text", 'w'),
];

const CONTACT: &[Row] = &[
    ("email", "string", "text", 'w'),
    ("firstname", "string", "text", 'w'),
    ("lastname", "string", "text", 'w'),
    ("createdate", "datetime", "date", 'r'),
    ("lastmodifieddate", "datetime", "date", 'r'),
];

pub(crate) fn schema(kind: Kind) -> Schema {
    let (group, label, rows) = match kind {
        Kind::Company => ("companyinformation", "Company information", COMPANY),
        Kind::Deal => ("dealinformation", "Deal information", DEAL),
        Kind::Task => ("task", "Task information", TASK),
        Kind::Note => ("note", "Note information", NOTE),
        Kind::Invoice => ("invoiceinformation", "Invoice information", INVOICE),
        Kind::Contact => ("contactinformation", "Contact information", CONTACT),
    };
    let mut schema = Schema::default();
    schema.add_group(group, label);
    for (name, data_type, field_type, access) in SYSTEM.iter().chain(rows) {
        let mut property = Property::new(name, data_type, field_type).group(group).standard();
        property.external_options = matches!(*name, "hubspot_owner_id" | "dealstage" | "pipeline");
        schema.add(match access {
            'r' => property.read_only(),
            'c' => property.calculated(),
            _ => property,
        });
    }
    for property in choices(kind) {
        schema.add(property.group(group).standard());
    }
    schema
}

fn choices(kind: Kind) -> Vec<Property> {
    match kind {
        Kind::Company => vec![
            Property::choice(
                "type",
                &[
                    ("PROSPECT", "Prospect"),
                    ("PARTNER", "Partner"),
                    ("RESELLER", "Reseller"),
                    ("OTHER", "Other"),
                ],
            ),
            Property::choice(
                "lifecyclestage",
                &[
                    ("lead", "Lead"),
                    ("opportunity", "Opportunity"),
                    ("customer", "Customer"),
                    ("other", "Other"),
                ],
            ),
        ],
        Kind::Deal => vec![Property::choice(
            "dealtype",
            &[("newbusiness", "New Business"), ("existingbusiness", "Existing Business")],
        )],
        Kind::Task => vec![
            Property::choice(
                "hs_task_status",
                &[
                    ("NOT_STARTED", "Not started"),
                    ("IN_PROGRESS", "In progress"),
                    ("WAITING", "Waiting"),
                    ("DEFERRED", "Deferred"),
                    ("COMPLETED", "Completed"),
                ],
            ),
            Property::choice(
                "hs_task_priority",
                &[("NONE", "None"), ("LOW", "Low"), ("MEDIUM", "Medium"), ("HIGH", "High")],
            ),
            Property::choice("hs_task_type", &[("TODO", "To-do"), ("CALL", "Call"), ("EMAIL", "Email")]),
        ],
        Kind::Invoice => vec![Property::choice(
            "hs_invoice_status",
            &[("draft", "Draft"), ("open", "Open"), ("paid", "Paid"), ("voided", "Voided")],
        )],
        Kind::Note | Kind::Contact => Vec::new(),
    }
}
