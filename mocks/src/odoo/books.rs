//! Records by model and id, with the fields that the API answers.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// A record.
pub(crate) type Row = Map<String, Value>;

/// Italy among the countries.
const ITALY: u64 = 109;

/// What a database holds.
#[derive(Clone, Debug)]
pub struct Books {
    pub(crate) companies: BTreeMap<u64, Row>,
    pub(crate) countries: BTreeMap<u64, Row>,
    pub(crate) partners: BTreeMap<u64, Row>,
    pub(crate) moves: BTreeMap<u64, Row>,
    /// Whether the Italian modules are installed.
    pub(crate) is_italian: bool,
}

/// A journal entry to come.
#[derive(Clone, Copy, Debug)]
pub struct NewMove<'a> {
    /// `out_invoice`, `out_refund`, `in_invoice`, `entry`.
    pub kind: &'a str,
    /// `draft`, `posted`, `cancel`.
    pub state: &'a str,
    /// Its company.
    pub company: u64,
    /// Its customer.
    pub partner: u64,
    /// `YYYY-MM-DD`; blank: none.
    pub date: &'a str,
    /// The net amount in the company's currency, below zero for credit notes.
    pub net: &'a str,
}

/// A partner to come.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewPartner<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its VAT number; blank: none.
    pub vat: &'a str,
    /// Its Italian tax code; blank: none.
    pub tax_code: &'a str,
    /// Whether it was archived.
    pub is_archived: bool,
}

impl Default for Books {
    fn default() -> Self {
        Self::new()
    }
}

impl Books {
    /// One company in EUR, the Italian modules, two countries.
    pub fn new() -> Self {
        let mut books = Self {
            companies: BTreeMap::new(),
            countries: BTreeMap::new(),
            partners: BTreeMap::new(),
            moves: BTreeMap::new(),
            is_italian: true,
        };
        books.add_company("Azienda di prova S.r.l.", "EUR");
        for (id, code, name) in [(ITALY, "IT", "Italy"), (75, "FR", "France")] {
            insert(&mut books.countries, id, json!({"id": id, "code": code, "name": name}));
        }
        books
    }

    /// Without the Italian modules.
    #[must_use]
    pub fn without_italian_modules(mut self) -> Self {
        self.is_italian = false;
        self
    }

    /// Adds a company; returns its id.
    pub fn add_company(&mut self, name: &str, currency: &str) -> u64 {
        let id = next(&self.companies);
        insert(&mut self.companies, id, json!({"id": id, "name": name, "currency_id": [id, currency]}));
        id
    }

    /// Adds a partner written at `YYYY-MM-DD HH:MM:SS`, UTC; returns its id.
    pub fn add_partner(&mut self, new: &NewPartner<'_>, at: &str) -> u64 {
        let id = next(&self.partners);
        let row = json!({
            "id": id, "name": new.name, "vat": or_false(new.vat), "country_id": [ITALY, "Italy"],
            "l10n_it_codice_fiscale": or_false(new.tax_code), "is_company": true, "parent_id": false,
            "customer_rank": 1, "active": !new.is_archived, "write_date": at, "create_date": at,
        });
        insert(&mut self.partners, id, row);
        id
    }

    /// Adds a journal entry written at `YYYY-MM-DD HH:MM:SS`, UTC; returns its id.
    pub fn add_move(&mut self, new: &NewMove<'_>, at: &str) -> u64 {
        let id = next(&self.moves);
        let name = if new.state == "draft" { "/".to_owned() } else { format!("INV/2026/{id:05}") };
        let named = |rows: &BTreeMap<u64, Row>, id: u64| {
            let name = rows.get(&id).and_then(|row| row.get("name")).and_then(Value::as_str);
            json!([id, name.unwrap_or("?")])
        };
        let net: Value = serde_json::from_str(new.net).unwrap_or(json!(0.0));
        let row = json!({
            "id": id, "name": name, "move_type": new.kind, "state": new.state, "invoice_date": or_false(new.date),
            "invoice_date_due": or_false(new.date), "partner_id": named(&self.partners, new.partner),
            "commercial_partner_id": named(&self.partners, new.partner),
            "company_id": named(&self.companies, new.company), "amount_untaxed_signed": net,
            "currency_id": [1, "EUR"], "payment_state": "not_paid", "reversed_entry_id": false,
            "l10n_it_edi_state": false, "write_date": at, "create_date": at,
        });
        insert(&mut self.moves, id, row);
        id
    }

    /// Deletes a journal entry. False: there is none.
    pub fn delete_move(&mut self, id: u64) -> bool {
        self.moves.remove(&id).is_some()
    }

    pub(crate) fn write_move(&mut self, id: u64, field: &str, value: Value, at: &str) {
        write(self.moves.get_mut(&id), field, value, at);
    }

    pub(crate) fn write_partner(&mut self, id: u64, field: &str, value: Value, at: &str) {
        write(self.partners.get_mut(&id), field, value, at);
    }

    /// The records of a model; none: there is no such model.
    pub(crate) fn model(&self, name: &str) -> Option<&BTreeMap<u64, Row>> {
        match name {
            "res.company" => Some(&self.companies),
            "res.country" => Some(&self.countries),
            "res.partner" => Some(&self.partners),
            "account.move" => Some(&self.moves),
            _ => None,
        }
    }

    /// The fields of a model.
    pub(crate) fn fields(&self, model: &str) -> &'static [&'static str] {
        match (model, self.is_italian) {
            ("res.company", _) => &["id", "name", "currency_id"],
            ("res.country", _) => &["id", "code", "name"],
            ("res.partner", true) => &PARTNER,
            ("res.partner", false) => PARTNER.split_last().map_or(&[], |(_, plain)| plain),
            (_, true) => &MOVE,
            (_, false) => MOVE.split_last().map_or(&[], |(_, plain)| plain),
        }
    }
}

/// The fields of partners; the last one is of the Italian modules.
const PARTNER: [&str; 10] = [
    "id",
    "name",
    "vat",
    "country_id",
    "is_company",
    "parent_id",
    "customer_rank",
    "active",
    "write_date",
    "l10n_it_codice_fiscale",
];
/// The fields of journal entries; the last one is of the Italian modules.
const MOVE: [&str; 15] = [
    "id",
    "name",
    "move_type",
    "state",
    "invoice_date",
    "invoice_date_due",
    "partner_id",
    "commercial_partner_id",
    "company_id",
    "amount_untaxed_signed",
    "currency_id",
    "payment_state",
    "reversed_entry_id",
    "write_date",
    "l10n_it_edi_state",
];

fn or_false(text: &str) -> Value {
    if text.is_empty() { json!(false) } else { json!(text) }
}

fn insert(rows: &mut BTreeMap<u64, Row>, id: u64, row: Value) {
    if let Value::Object(row) = row {
        rows.insert(id, row);
    }
}

fn next(rows: &BTreeMap<u64, Row>) -> u64 {
    rows.last_key_value().map_or(1, |(id, _)| id + 1)
}

fn write(row: Option<&mut Row>, field: &str, value: Value, at: &str) {
    if let Some(row) = row {
        row.insert(field.to_owned(), value);
        row.insert("write_date".to_owned(), json!(at));
    }
}
