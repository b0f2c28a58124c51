//! Odoo's invoices and partners as drafts and parties.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::wire::{Move, Partner};
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Party};

/// Country codes by the id of the country.
pub(super) type Countries = HashMap<u64, String>;

/// An invoice or credit note as a draft. `currency` is the company's, where it is not the base currency.
pub(super) fn draft(row: &Move, customer: Option<&Party>, currency: Option<&str>) -> DocumentDraft {
    let id = row.id.owned().unwrap_or_default();
    let number = row.name.owned().filter(|name| name != "/").unwrap_or_default();
    DocumentDraft {
        place: format!("invoice {number} (id {id})"),
        id,
        number,
        party: customer.cloned().unwrap_or_else(|| unseen(row)),
        kind: kind(row),
        date: row.invoice_date.owned(),
        net: row.amount_untaxed_signed.text().map(plain),
        currency: currency.map(str::to_owned),
        ..DocumentDraft::default()
    }
}

/// A customer that the API user does not see.
fn unseen(row: &Move) -> Party {
    let link = &row.commercial_partner_id;
    Party { customer_id: link.id.map(|id| id.to_string()), name: link.name.clone(), ..Party::default() }
}

/// An invoice that the exchange system refused is legally not issued until it is sent again.
fn kind(row: &Move) -> Result<DraftKind, String> {
    let issued = match row.kind.text() {
        Some("out_invoice") => DocumentKind::Invoice,
        Some("out_refund") => DocumentKind::CreditNote,
        other => return Err(other.unwrap_or_default().to_owned()),
    };
    match row.state.text() {
        Some("draft") => Ok(DraftKind::NotCounted(NotCounted::Draft)),
        Some("cancel") => Ok(DraftKind::NotCounted(NotCounted::Void)),
        Some("posted") if row.l10n_it_edi_state.text() == Some("rejected") => {
            Ok(DraftKind::NotCounted(NotCounted::Discarded))
        }
        Some("posted") => Ok(DraftKind::Issued(issued)),
        other => Err(other.unwrap_or_default().to_owned()),
    }
}

/// A partner.
pub(super) fn party(partner: &Partner, countries: &Countries) -> Party {
    Party {
        customer_id: partner.id.owned(),
        vat_number: partner.vat.owned(),
        tax_code: partner.l10n_it_codice_fiscale.owned(),
        country: partner.country_id.id.and_then(|id| countries.get(&id).cloned()),
        name: partner.name.owned(),
    }
}

/// A JSON number as a plain decimal: `1.5e3` is 1500. What is none stays as it is and is rejected as unreadable.
fn plain(number: &str) -> String {
    if !number.contains(['e', 'E']) {
        return number.to_owned();
    }
    Decimal::from_scientific(number).map_or_else(|_| number.to_owned(), |decimal| decimal.to_string())
}
