//! The state of a company: clients, documents, the bin.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Rome;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::clock::instant;

/// One company of the account.
#[derive(Clone, Debug)]
pub struct Company {
    /// The id in paths.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its VAT number.
    pub vat_number: String,
    /// Clients by id.
    pub clients: BTreeMap<u64, Value>,
    /// Documents by id.
    pub documents: BTreeMap<u64, Value>,
    /// Deleted documents by id.
    pub bin: BTreeMap<u64, Value>,
    pub(crate) next_id: u64,
}

/// A document to seed; everything else gets usual values.
#[derive(Clone, Debug)]
pub struct NewDocument<'a> {
    /// invoice, `credit_note`, ...
    pub kind: &'a str,
    /// YYYY-MM-DD
    pub date: &'a str,
    /// Positive, also for credit notes.
    pub net: Decimal,
    /// The snapshot of the customer; its id may be null.
    pub entity: Value,
    /// Free text; seeds put their own document id here.
    pub subject: &'a str,
}

/// `2026-11-22 11:00:00`, in Italy.
pub(crate) fn local(ms: i64) -> String {
    instant(ms).with_timezone(&Rome).format("%Y-%m-%d %H:%M:%S").to_string()
}

pub(crate) fn today(ms: i64) -> String {
    let now: DateTime<Utc> = instant(ms);
    now.with_timezone(&Rome).format("%Y-%m-%d").to_string()
}

/// A JSON number of a decimal.
pub(crate) fn amount(value: Decimal) -> Value {
    serde_json::from_str(&value.normalize().to_string()).unwrap_or(Value::Null)
}

/// The euro as a document's currency.
pub(crate) fn euro() -> Value {
    json!({"id": "EUR", "symbol": "€", "html_symbol": "&euro;", "exchange_rate": "1.00000"})
}

impl Company {
    /// An empty company.
    pub fn new(id: u64, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            vat_number: "IT01234567890".to_owned(),
            clients: BTreeMap::new(),
            documents: BTreeMap::new(),
            bin: BTreeMap::new(),
            next_id: 10_000_001,
        }
    }

    pub(crate) fn fresh_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Adds a client and returns its id.
    pub fn add_client(&mut self, name: &str, vat_number: &str, at: &str) -> u64 {
        let id = self.fresh_id();
        let client = json!({
            "id": id, "code": format!("CLI{id}"), "name": name, "type": "company", "vat_number": vat_number,
            "tax_code": "", "country": "Italia", "country_iso": "IT", "email": "", "certified_email": "",
            "created_at": at, "updated_at": at,
        });
        self.clients.insert(id, client);
        id
    }

    /// The snapshot of a client as documents carry it.
    pub fn snapshot(&self, client: u64) -> Value {
        let keep = [
            "id",
            "code",
            "name",
            "type",
            "vat_number",
            "tax_code",
            "country",
            "country_iso",
            "certified_email",
        ];
        let held = self.clients.get(&client).and_then(Value::as_object);
        let fields: Map<String, Value> = held
            .into_iter()
            .flatten()
            .filter(|(name, _)| keep.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Value::Object(fields)
    }

    /// The number that the next document of a kind and year gets.
    pub(crate) fn next_number(&self, kind: &str, year: i64) -> i64 {
        let numbers = self
            .documents
            .values()
            .filter(|document| document["type"] == kind && document["year"] == year)
            .filter_map(|document| document["number"].as_i64());
        numbers.max().unwrap_or(0) + 1
    }

    /// Adds a document with its `number` and returns its id.
    pub fn add_document(&mut self, number: i64, new: &NewDocument<'_>) -> u64 {
        let id = self.fresh_id();
        let vat = (new.net * Decimal::new(22, 2)).round_dp(2);
        let gross = new.net + vat;
        let year: i64 = new.date.get(..4).and_then(|year| year.parse().ok()).unwrap_or(0);
        let at = format!("{} 10:00:00", new.date);
        let document = json!({
            "id": id, "type": new.kind, "number": number, "numeration": "", "year": year, "date": new.date,
            "entity": new.entity, "currency": euro(), "language": {"code": "it", "name": "Italiano"},
            "subject": new.subject, "visible_subject": "", "amount_net": amount(new.net), "amount_vat": amount(vat),
            "amount_gross": amount(gross), "amount_due_discount": 0, "next_due_date": null, "url": null,
            "e_invoice": true, "ei_status": "accepted", "locked": false, "is_marked": false,
            "items_list": [{"id": 1, "name": "Fornitura", "qty": 1, "net_price": amount(new.net),
                "vat": {"id": 0, "value": 22}}],
            "payments_list": [{"id": 1, "amount": amount(gross), "due_date": new.date, "paid_date": new.date,
                "status": "paid"}],
            "created_at": at, "updated_at": at,
        });
        self.documents.insert(id, document);
        id
    }

    /// Changes fields of a document as a person would; the change time moves.
    pub(crate) fn edit(&mut self, id: u64, fields: &Map<String, Value>, now: i64) -> bool {
        let Some(Value::Object(held)) = self.documents.get_mut(&id) else { return false };
        held.extend(fields.clone());
        held.insert("updated_at".into(), json!(local(now)));
        true
    }

    /// Makes a document one that was issued at a moment.
    pub(crate) fn stamp(&mut self, id: u64, now: i64) {
        if let Some(Value::Object(held)) = self.documents.get_mut(&id) {
            for name in ["created_at", "updated_at"] {
                held.insert(name.into(), json!(local(now)));
            }
        }
    }

    /// Takes a document out of the bin; its change time stays.
    pub(crate) fn recover(&mut self, id: u64) -> bool {
        let found = self.bin.remove(&id);
        let is_there = found.is_some();
        self.documents.extend(found.map(|document| (id, document)));
        is_there
    }

    /// Moves a document to the bin.
    pub(crate) fn delete(&mut self, id: u64) -> bool {
        let gone = self.documents.remove(&id);
        let found = gone.is_some();
        if let Some(gone) = gone {
            self.bin.insert(id, gone);
        }
        found
    }
}
