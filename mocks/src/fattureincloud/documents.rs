//! Issued documents over HTTP.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::company::{Company, amount, euro, local, today};
use super::failure::{Failure, Outcome};
use super::listing::{Shape, list, trim};
use super::query::number_of;
use crate::http::{Call, Reply};

const FIELDS: &[&str] = &[
    "type",
    "entity.id",
    "entity.name",
    "entity.vat_number",
    "entity.tax_code",
    "entity.city",
    "entity.province",
    "entity.country",
    "date",
    "number",
    "numeration",
    "any_subject",
    "amount_net",
    "amount_vat",
    "amount_gross",
    "next_due_date",
    "created_at",
    "updated_at",
];

pub(crate) const SHAPE: Shape = Shape {
    path: "issued_documents",
    filterable: FIELDS,
    sortable: &[
        "entity.id",
        "entity.name",
        "entity.vat_number",
        "entity.tax_code",
        "entity.city",
        "entity.province",
        "entity.country",
        "date",
        "number",
        "numeration",
        "amount_net",
        "amount_vat",
        "amount_gross",
        "next_due_date",
        "created_at",
        "updated_at",
    ],
    detailed: &["ei_status", "created_at", "updated_at", "locked"],
    nulled: &["items_list", "payments_list"],
};

/// Type and the scope word of it.
const KINDS: &[(&str, &str)] = &[
    ("invoice", "invoices"),
    ("credit_note", "credit_notes"),
    ("receipt", "receipts"),
    ("order", "orders"),
    ("quote", "quotes"),
    ("proforma", "proformas"),
    ("delivery_note", "delivery_notes"),
    ("work_report", "work_reports"),
    ("supplier_order", "supplier_orders"),
    ("self_own_invoice", "self_invoices"),
    ("self_supplier_invoice", "self_invoices"),
];

/// The scope that a document type needs, `None` for an unknown type.
pub(crate) fn scope(kind: &str, access: char) -> Option<String> {
    let (_, word) = KINDS.iter().find(|(name, _)| *name == kind)?;
    Some(format!("issued_documents.{word}:{access}"))
}

/// The type that a list asks for: required.
pub(crate) fn kind_of_list(call: &Call) -> Result<&str, Failure> {
    let kind = call.param("type").ok_or_else(|| Failure::invalid("type", "Il campo type è obbligatorio."))?;
    match scope(kind, 'r') {
        Some(_) => Ok(kind),
        None => Err(Failure::invalid("type", &format!("Tipo di documento non valido: {kind}"))),
    }
}

pub(crate) fn list_documents(company: &Company, call: &Call) -> Outcome {
    let kind = kind_of_list(call)?;
    list(call, company.documents.values().filter(|document| document["type"] == kind), &SHAPE)
}

fn shown(document: &Value, call: &Call) -> Outcome {
    Ok(Reply::json(200, &json!({"data": trim(document, call, &SHAPE, true)?})))
}

pub(crate) fn get(company: &Company, call: &Call, id: u64) -> Outcome {
    shown(company.documents.get(&id).ok_or_else(Failure::not_found)?, call)
}

pub(crate) fn bin(company: &Company) -> Reply {
    let rows: Vec<&Value> = company.bin.values().collect();
    Reply::json(200, &json!({"data": rows}))
}

pub(crate) fn bin_one(company: &Company, id: u64) -> Outcome {
    let document = company.bin.get(&id).ok_or_else(Failure::not_found)?;
    Ok(Reply::json(200, &json!({"data": document})))
}

/// The `data` of a request's body.
pub(crate) fn data(call: &Call) -> Result<Map<String, Value>, Failure> {
    let body =
        call.json().map_err(|_| Failure::new(400, "Il corpo della richiesta non è un JSON valido."))?;
    match body.get("data") {
        Some(Value::Object(fields)) => Ok(fields.clone()),
        _ => Err(Failure::invalid("data", "Il campo data è obbligatorio.")),
    }
}

/// The read-only amounts, from the items.
fn totals(fields: &Map<String, Value>) -> (Decimal, Decimal) {
    let items = fields.get("items_list").and_then(Value::as_array);
    let mut sums = (Decimal::ZERO, Decimal::ZERO);
    for item in items.into_iter().flatten() {
        let of = |name: &str| item.get(name).and_then(number_of);
        let net = of("net_price").unwrap_or_default() * of("qty").unwrap_or(Decimal::ONE);
        let net = net * (Decimal::ONE_HUNDRED - of("discount").unwrap_or_default()) / Decimal::ONE_HUNDRED;
        let rate = item.pointer("/vat/value").and_then(number_of).unwrap_or_else(|| Decimal::from(22));
        sums.0 += net;
        sums.1 += net * rate / Decimal::ONE_HUNDRED;
    }
    (sums.0.round_dp(2), sums.1.round_dp(2))
}

fn settle(fields: &mut Map<String, Value>) -> Result<(), Failure> {
    let (net, vat) = totals(fields);
    let gross = net + vat;
    let payments = fields.get("payments_list").and_then(Value::as_array);
    if let Some(payments) = payments.filter(|payments| !payments.is_empty()) {
        let sum: Decimal =
            payments.iter().filter_map(|payment| payment.get("amount").and_then(number_of)).sum();
        if sum != gross {
            let message = "Il totale dei pagamenti non corrisponde al totale da pagare.";
            let totals = json!({"amount_net": amount(net), "amount_vat": amount(vat), "amount_gross": amount(gross),
                "amount_due": amount(gross), "payments_sum": amount(sum)});
            return Err(Failure::refused(message, json!({"totals": totals})));
        }
    }
    let due = payments.into_iter().flatten().find(|payment| payment["status"] != "paid");
    let due = due.map_or(Value::Null, |payment| payment["due_date"].clone());
    fields.insert("next_due_date".into(), due);
    for (name, value) in [("amount_net", net), ("amount_vat", vat), ("amount_gross", gross)] {
        fields.insert(name.into(), amount(value));
    }
    Ok(())
}

fn check_entity(fields: &Map<String, Value>) -> Result<(), Failure> {
    let name = fields.get("entity").and_then(|entity| entity.get("name")).and_then(Value::as_str);
    match name {
        Some(name) if !name.is_empty() => Ok(()),
        _ => Err(Failure::invalid("data.entity.name", "Il nome del cliente è obbligatorio.")),
    }
}

pub(crate) fn create(company: &mut Company, call: &Call, now: i64) -> Result<(Reply, u64), Failure> {
    let mut fields = data(call)?;
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or("invoice").to_owned();
    check_entity(&fields)?;
    settle(&mut fields)?;
    let id = company.fresh_id();
    let date = fields.get("date").and_then(Value::as_str).map_or_else(|| today(now), str::to_owned);
    let year: i64 = date.get(..4).and_then(|year| year.parse().ok()).unwrap_or(0);
    let number = fields.get("number").and_then(Value::as_i64);
    let number = number.unwrap_or_else(|| company.next_number(&kind, year));
    let defaults = [
        ("numeration", json!("")),
        ("currency", euro()),
        ("language", json!({"code": "it", "name": "Italiano"})),
        ("subject", json!("")),
        ("visible_subject", json!("")),
        ("amount_due_discount", json!(0)),
        ("url", Value::Null),
        ("e_invoice", json!(false)),
        ("ei_status", Value::Null),
        ("locked", json!(false)),
        ("is_marked", json!(false)),
        ("items_list", json!([])),
        ("payments_list", json!([])),
    ];
    for (name, value) in defaults {
        fields.entry(name).or_insert(value);
    }
    let at = local(now);
    let fixed = [
        ("id", json!(id)),
        ("type", json!(kind)),
        ("date", json!(date)),
        ("year", json!(year)),
        ("number", json!(number)),
        ("created_at", json!(at)),
        ("updated_at", json!(at)),
    ];
    fields.extend(fixed.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let document = Value::Object(fields);
    let reply = Reply::json(200, &json!({"data": document}));
    company.documents.insert(id, document);
    Ok((reply, id))
}

/// PUT changes the fields that are sent; id, type and times are not the caller's.
pub(crate) fn update(company: &mut Company, call: &Call, id: u64, now: i64) -> Outcome {
    let sent = data(call)?;
    let held = company.documents.get(&id).and_then(Value::as_object).ok_or_else(Failure::not_found)?;
    if held.get("locked") == Some(&json!(true)) {
        return Err(Failure::new(403, "Il documento è bloccato e non può essere modificato."));
    }
    let mut fields = held.clone();
    let own = ["id", "type", "created_at", "updated_at", "amount_net", "amount_vat", "amount_gross"];
    fields.extend(sent.into_iter().filter(|(name, _)| !own.contains(&name.as_str())));
    check_entity(&fields)?;
    settle(&mut fields)?;
    fields.insert("updated_at".into(), json!(local(now)));
    let document = Value::Object(fields);
    let reply = Reply::json(200, &json!({"data": document}));
    company.documents.insert(id, document);
    Ok(reply)
}

pub(crate) fn delete(company: &mut Company, id: u64) -> Outcome {
    if company.delete(id) { Ok(Reply::empty(200)) } else { Err(Failure::not_found()) }
}

pub(crate) fn recover(company: &mut Company, id: u64) -> Outcome {
    if company.recover(id) { Ok(Reply::empty(200)) } else { Err(Failure::not_found()) }
}
