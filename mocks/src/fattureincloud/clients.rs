//! Clients over HTTP. They have no bin: a deleted one is gone.

use serde_json::{Value, json};

use super::company::{Company, local};
use super::documents::data;
use super::failure::{Failure, Outcome};
use super::listing::{Shape, list, trim};
use crate::http::{Call, Reply};

const FIELDS: &[&str] = &[
    "id",
    "code",
    "name",
    "type",
    "vat_number",
    "tax_code",
    "address_street",
    "address_postal_code",
    "address_city",
    "address_province",
    "country",
    "email",
    "certified_email",
    "phone",
    "fax",
    "notes",
    "e_invoice",
    "ei_code",
    "created_at",
    "updated_at",
];

pub(crate) const SHAPE: Shape = Shape {
    path: "clients",
    filterable: FIELDS,
    sortable: FIELDS,
    detailed: &["created_at", "updated_at"],
    nulled: &[],
};

pub(crate) fn list_clients(company: &Company, call: &Call) -> Outcome {
    list(call, company.clients.values(), &SHAPE)
}

pub(crate) fn get(company: &Company, call: &Call, id: u64) -> Outcome {
    let client = company.clients.get(&id).ok_or_else(Failure::not_found)?;
    Ok(Reply::json(200, &json!({"data": trim(client, call, &SHAPE, true)?})))
}

pub(crate) fn create(company: &mut Company, call: &Call, now: i64) -> Result<(Reply, u64), Failure> {
    let mut fields = data(call)?;
    if fields.get("name").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(Failure::invalid("data.name", "Il campo nome è obbligatorio."));
    }
    let id = company.fresh_id();
    fields.insert("id".into(), json!(id));
    fields.entry("country").or_insert(json!("Italia"));
    fields.insert("created_at".into(), json!(local(now)));
    fields.insert("updated_at".into(), json!(local(now)));
    let client = Value::Object(fields);
    let reply = Reply::json(200, &json!({"data": client}));
    company.clients.insert(id, client);
    Ok((reply, id))
}

pub(crate) fn update(company: &mut Company, call: &Call, id: u64, now: i64) -> Outcome {
    let sent = data(call)?;
    let Some(Value::Object(held)) = company.clients.get_mut(&id) else { return Err(Failure::not_found()) };
    held.extend(
        sent.into_iter().filter(|(name, _)| !matches!(name.as_str(), "id" | "created_at" | "updated_at")),
    );
    held.insert("updated_at".into(), json!(local(now)));
    Ok(Reply::json(200, &json!({"data": held})))
}

pub(crate) fn delete(company: &mut Company, id: u64) -> Outcome {
    company.clients.remove(&id).map(|_| Reply::empty(200)).ok_or_else(Failure::not_found)
}
