//! Accounting documents: what a source delivers, and what becomes of it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::ids::{DocumentId, SourceName};
use super::money::Cents;
use super::time::Day;

/// Whether a document adds to the revenue or takes from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// An invoice.
    Invoice,
    /// A credit note; its amount is positive and is subtracted.
    CreditNote,
}

/// What a source says a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftKind {
    /// Issued, and part of the revenue.
    Issued(DocumentKind),
    /// Never part of the revenue.
    NotCounted(NotCounted),
}

/// Why a document is no part of the revenue (domain: "Which documents count").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotCounted {
    /// Not issued yet.
    Draft,
    /// A pro-forma invoice, quote, order or the like.
    ProForma,
    /// Cancelled or deleted.
    Void,
    /// Refused by the tax authority's exchange system, so legally not issued.
    Discarded,
    /// Dated after the as-of date.
    AfterAsOf,
    /// Issued, but no sale to a customer: the integration of a purchase, a self-invoice, a gift.
    NoSale,
    /// Held by another source too, which counts it.
    Duplicate,
}

/// Why a document could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// It has no date.
    NoDate,
    /// It has no amount.
    NoAmount,
    /// Its date, amount, rate or kind cannot be read.
    Unreadable,
    /// It is in a currency for which there is no rate.
    NoRate,
    /// It has no id.
    NoId,
}

/// The customer of a document as the source wrote it, not normalised.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Party {
    /// The accounting system's customer id.
    pub customer_id: Option<String>,
    /// The VAT number.
    pub vat_number: Option<String>,
    /// The Italian tax code.
    pub tax_code: Option<String>,
    /// An ISO 3166 alpha-2 country code.
    pub country: Option<String>,
    /// The name, for people to read; never matched.
    pub name: Option<String>,
}

/// What the fields of a document are called where people can look them up: the columns of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldNames {
    /// The id.
    pub id: String,
    /// The kind.
    pub kind: String,
    /// The date.
    pub date: String,
    /// The net amount.
    pub net: String,
    /// The currency.
    pub currency: String,
    /// The exchange rate.
    pub rate: String,
}

/// One document as a source delivers it: texts, before any rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentDraft {
    /// Its id in the source. Blank: rejected.
    pub id: String,
    /// The number printed on it, for people to read.
    pub number: String,
    /// Its customer.
    pub party: Party,
    /// What it is; an unreadable kind is its text.
    pub kind: Result<DraftKind, String>,
    /// Its date, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Its net amount, a plain decimal, in its currency.
    pub net: Option<String>,
    /// Its currency's ISO 4217 code; none: the base currency.
    pub currency: Option<String>,
    /// Units of its currency for one unit of the base currency, as the document states.
    pub rate: Option<String>,
    /// Who issued it, where the source holds documents of several sellers: a VAT number.
    pub seller: Option<String>,
    /// How many documents it stands for: more than one where the source adds them up.
    pub stands_for: u64,
    /// Where it stands: page, file and row. For messages.
    pub place: String,
    /// What its fields are called there; none where it is no file of people's.
    pub columns: Option<Arc<FieldNames>>,
    /// Why the record as a whole cannot be trusted (a row with too many fields), whatever its parts say: rejected.
    pub fault: Option<String>,
}

impl Default for DocumentDraft {
    /// One invoice of which nothing is known.
    fn default() -> Self {
        Self {
            id: String::new(),
            number: String::new(),
            party: Party::default(),
            kind: Ok(DraftKind::Issued(DocumentKind::Invoice)),
            date: None,
            net: None,
            currency: None,
            rate: None,
            seller: None,
            stands_for: 1,
            place: String::new(),
            columns: None,
            fault: None,
        }
    }
}

/// A document after the intake rules: in exactly one standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDocument {
    /// Its id in the source.
    pub id: DocumentId,
    /// The number printed on it.
    pub number: String,
    /// Its customer.
    pub party: Party,
    /// Its signed amount in its own currency, where it is readable: for the reconciliation.
    pub amount: Option<CurrencyAmount>,
    /// Who issued it, where the source says so, as VAT numbers are compared.
    pub seller: Option<String>,
    /// How many documents it stands for.
    pub stands_for: u64,
    /// What becomes of it.
    pub standing: Standing,
}

/// An amount in a named currency; credit notes are negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyAmount {
    /// Upper-case ISO 4217 code.
    pub currency: String,
    /// Signed, rounded to cents.
    pub cents: Cents,
}

/// What becomes of a document, whatever the as-of date and the companies are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It counts from its day on.
    Counts {
        /// Its date.
        day: Day,
        /// Invoice or credit note, after the rule for negative amounts.
        kind: DocumentKind,
        /// Its net amount in the base currency, never negative.
        net: Cents,
    },
    /// It is no part of the revenue.
    NotCounted(NotCounted),
    /// It cannot be used.
    Rejected {
        /// The class of the fault.
        reason: Rejection,
        /// What was found and where, for people.
        detail: String,
    },
}

/// The address of a document over all sources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DocumentRef {
    /// The source.
    pub source: SourceName,
    /// The document in it.
    pub id: DocumentId,
}

impl fmt::Display for DocumentRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.source, self.id)
    }
}

/// One counting document in the compact form that millions of them are computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its date.
    pub day: Day,
    /// What it adds to the revenue: negative for a credit note.
    pub signed: Cents,
}

impl Entry {
    /// The entry of a counting document.
    pub fn new(day: Day, kind: DocumentKind, net: Cents) -> Self {
        match kind {
            DocumentKind::Invoice => Self { day, signed: net },
            DocumentKind::CreditNote => Self { day, signed: -net },
        }
    }

    /// Whether it is a purchase: an invoice above zero. A credit note is never above zero.
    pub fn is_purchase(self) -> bool {
        self.signed > Cents::ZERO
    }
}
