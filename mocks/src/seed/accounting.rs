//! The documents of the customer matrix as a Fatture in Cloud company.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::cluster301::{SeedError, company_rows, document_rows};
use crate::fattureincloud::{Company, NewDocument};

/// Oddities of real accounts, each on every n-th document; 0: never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// The customer's VAT number lacks its country.
    pub no_prefix: usize,
    /// The customer's VAT number is a JSON number.
    pub vat_as_number: usize,
    /// The customer's id is null: it was typed in, or the client was deleted.
    pub no_entity_id: usize,
}

/// The id of the company that [`cluster301_documents`] makes.
pub const COMPANY_ID: u64 = 12_345;

/// All documents of the data set, each with its document id as `subject`; every customer is a client.
pub fn cluster301_documents(oddities: Oddities) -> Result<Company, SeedError> {
    let mut company = Company::new(COMPANY_ID, "Azienda di prova S.r.l.");
    let mut clients = BTreeMap::new();
    for row in company_rows()? {
        let id = company.add_client(&row.name, &row.vat_number, &format!("{} 09:00:00", row.created));
        clients.insert(row.vat_number, id);
    }
    let mut numbers: BTreeMap<(String, String), i64> = BTreeMap::new();
    for (at, row) in document_rows()?.into_iter().enumerate() {
        let net: Decimal =
            row.net_amount.parse().map_err(|_| SeedError::new(&format!("amount {}", row.net_amount)))?;
        let year = row.date.get(..4).unwrap_or_default().to_owned();
        let number = numbers.entry((row.kind.clone(), year)).or_default();
        *number += 1;
        let client = clients.get(&row.vat_number).copied().unwrap_or_default();
        let entity = odd(company.snapshot(client), &row.vat_number, at + 1, oddities);
        let (kind, date, subject) = (row.kind.as_str(), row.date.as_str(), row.document_id.as_str());
        company.add_document(*number, &NewDocument { kind, date, net, entity, subject });
    }
    Ok(company)
}

fn odd(mut entity: Value, vat_number: &str, at: usize, oddities: Oddities) -> Value {
    let due = |every: usize| every > 0 && at.is_multiple_of(every);
    let bare = vat_number.trim_start_matches(char::is_alphabetic);
    if due(oddities.no_prefix) {
        entity["vat_number"] = json!(bare);
    }
    if due(oddities.vat_as_number) {
        entity["vat_number"] = json!(bare.parse::<u64>().unwrap_or_default());
    }
    if due(oddities.no_entity_id) {
        entity["id"] = Value::Null;
    }
    entity
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_all_documents_by_kind() {
        let company = cluster301_documents(Oddities { no_entity_id: 10, ..Oddities::default() }).unwrap();
        let of = |kind: &str| company.documents.values().filter(|document| document["type"] == kind).count();
        assert_eq!((of("invoice"), of("credit_note"), company.clients.len()), (2618, 59, 301));
        let first = company.documents.values().next().unwrap();
        assert_eq!((&first["subject"], &first["amount_net"]), (&json!("D00559"), &json!(367.52)));
        assert_eq!(
            company.documents.values().filter(|document| document["entity"]["id"].is_null()).count(),
            267
        );
    }
}
