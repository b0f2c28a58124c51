//! Fatture in Cloud's documents as drafts.

use rust_decimal::Decimal;

use super::country;
use super::wire::{Document, Entity, Scalar};
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Party};

/// A type of issued documents that is read. No other is part of the revenue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DocumentType {
    Invoice,
    CreditNote,
}

impl DocumentType {
    /// In the order in which they are read.
    pub(super) const ALL: [Self; 2] = [Self::Invoice, Self::CreditNote];

    /// The vendor's word.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The one that is read after it.
    pub(super) fn next(self) -> Option<Self> {
        Self::ALL.into_iter().skip_while(|kind| *kind != self).nth(1)
    }
}

/// The number of digits of an Italian VAT number.
const ITALIAN_DIGITS: usize = 11;

/// A document as a draft. Credit notes come with positive amounts, as a draft wants them.
pub(super) fn draft(document: Document, kind: DocumentType, place: String) -> DocumentDraft {
    let text = |scalar: &Option<Scalar>| scalar.as_ref().and_then(Scalar::text).map(str::to_owned);
    let (currency, rate) = match &document.currency {
        Some(currency) => (present(currency.id.as_deref()), text(&currency.exchange_rate)),
        None => (None, None),
    };
    DocumentDraft {
        id: text(&document.id).unwrap_or_default(),
        number: [text(&document.number), present(document.numeration.as_deref())]
            .into_iter()
            .flatten()
            .collect(),
        party: document.entity.map(party).unwrap_or_default(),
        kind: Ok(draft_kind(kind, document.ei_status.as_deref())),
        date: present(document.date.as_deref()),
        net: document.amount_net.as_ref().and_then(Scalar::text).map(plain),
        currency,
        rate,
        place,
        ..DocumentDraft::default()
    }
}

/// An e-invoice that the exchange system discarded is legally not issued until it is sent again.
fn draft_kind(kind: DocumentType, ei_status: Option<&str>) -> DraftKind {
    match (ei_status.map(str::trim), kind) {
        (Some("discarded"), _) => DraftKind::NotCounted(NotCounted::Discarded),
        (_, DocumentType::Invoice) => DraftKind::Issued(DocumentKind::Invoice),
        (_, DocumentType::CreditNote) => DraftKind::Issued(DocumentKind::CreditNote),
    }
}

/// The snapshot of the customer. Its id is that of a client, which may exist no more.
fn party(entity: Entity) -> Party {
    let country = country::code(entity.country_iso.as_deref(), entity.country.as_deref());
    let italian = country.as_deref().is_none_or(|code| code == "IT");
    let number = |scalar: Option<Scalar>| match scalar {
        // A VAT number sent as a number has lost its leading zeros.
        Some(Scalar::Number(digits)) if italian => Some(format!("{digits:0>ITALIAN_DIGITS$}")),
        scalar => scalar.as_ref().and_then(Scalar::text).map(str::to_owned),
    };
    Party {
        customer_id: entity.id.as_ref().and_then(Scalar::text).map(str::to_owned),
        vat_number: number(entity.vat_number),
        tax_code: number(entity.tax_code),
        country,
        name: present(entity.name.as_deref()),
    }
}

/// A JSON number as a plain decimal: `1.5e3` is 1500. What is none stays as it is and is rejected as unreadable.
fn plain(number: &str) -> String {
    if !number.contains(['e', 'E']) {
        return number.to_owned();
    }
    Decimal::from_scientific(number).map_or_else(|_| number.to_owned(), |decimal| decimal.to_string())
}

fn present(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}
