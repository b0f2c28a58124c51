//! What becomes of a document when it is taken in: amounts are read, converted and rounded, and what cannot be used is
//! rejected with its reason. One bad document never stops another.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;

use super::document::{
    CurrencyAmount, DocumentDraft, DocumentKind, DraftKind, Rejection, SourceDocument, Standing,
};
use super::ids::DocumentId;
use super::keys::VatNumber;
use super::money::Cents;
use super::time::Day;

/// The base currency of the ledger and the rates of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyRules {
    /// Upper-case ISO 4217 code of the currency that everything is computed in.
    pub base: String,
    /// Units of a foreign currency for one unit of the base currency, by upper-case code: a net amount divided by the
    /// rate is the amount in the base currency. Above zero.
    pub rates: BTreeMap<String, Decimal>,
}

impl Default for CurrencyRules {
    fn default() -> Self {
        Self { base: "EUR".to_owned(), rates: BTreeMap::new() }
    }
}

/// Takes a document in.
///
/// - A record that cannot be trusted as a whole is rejected, whatever else it says.
/// - What is never part of the revenue (draft, pro-forma, void, discarded) is not counted, however incomplete it is; its
///   amount is kept for the reconciliation where it can be read.
/// - A document without an id is rejected under its place as id, so that several of them stay apart.
/// - An invoice below zero is a credit note of the absolute amount, and so is a credit note below zero.
/// - The amount is converted by the document's own rate, else by the table's, and then rounded half away from zero to
///   cents. A rate stated on a document in the base currency is ignored.
/// - A date is `YYYY-MM-DD`; a zone or a time of day after it is cut off, the day stays the one that is written.
pub fn intake(draft: DocumentDraft, currency: &CurrencyRules) -> SourceDocument {
    let amount = own_amount(&draft, currency);
    let standing = match standing(&draft, currency) {
        Ok(standing) => standing,
        Err(fault) => Standing::Rejected { reason: fault.reason, detail: fault.at(&draft) },
    };
    let id = draft.id.trim();
    let id = DocumentId::new(if id.is_empty() { draft.place.as_str() } else { id });
    let seller = draft.seller.as_deref().and_then(seller);
    let stands_for = draft.stands_for;
    SourceDocument { id, number: draft.number, party: draft.party, amount, seller, stands_for, standing }
}

struct Fault {
    reason: Rejection,
    field: Option<Field>,
    detail: String,
}

/// The field that a fault is about.
#[derive(Clone, Copy)]
enum Field {
    Id,
    Kind,
    Date,
    Net,
    Currency,
    Rate,
}

impl Fault {
    fn new(reason: Rejection, field: Field, what: impl fmt::Display) -> Self {
        Self { reason, field: Some(field), detail: what.to_string() }
    }

    fn unreadable(field: Field, what: impl fmt::Display) -> Self {
        Self::new(Rejection::Unreadable, field, what)
    }

    /// The fault with its place: file, row and column where there are any.
    fn at(&self, draft: &DocumentDraft) -> String {
        let column = draft.columns.as_ref().zip(self.field).map(|(names, field)| match field {
            Field::Id => &names.id,
            Field::Kind => &names.kind,
            Field::Date => &names.date,
            Field::Net => &names.net,
            Field::Currency => &names.currency,
            Field::Rate => &names.rate,
        });
        let column = column.map_or_else(String::new, |column| format!(" (column `{column}`)"));
        format!("{}: {}{column}", draft.place, self.detail)
    }
}

fn standing(draft: &DocumentDraft, currency: &CurrencyRules) -> Result<Standing, Fault> {
    if let Some(fault) = &draft.fault {
        return Err(Fault { reason: Rejection::Unreadable, field: None, detail: fault.clone() });
    }
    let kind = match &draft.kind {
        Ok(DraftKind::NotCounted(why)) => return Ok(Standing::NotCounted(*why)),
        Ok(DraftKind::Issued(kind)) => Ok(*kind),
        Err(text) => {
            Err(Fault::unreadable(Field::Kind, format_args!("the kind `{}` is not known", shown(text))))
        }
    };
    if draft.id.trim().is_empty() {
        return Err(Fault::new(Rejection::NoId, Field::Id, "there is no id"));
    }
    let kind = kind?;
    let day = day(draft.date.as_deref())?;
    let net = net(draft.net.as_deref())?;
    let in_base = convert(net, draft, currency)?;
    let cents = Cents::from_decimal(in_base).ok_or_else(|| too_large(net))?;
    Ok(Standing::Counts { day, kind: effective_kind(kind, net), net: cents.abs() })
}

/// Many systems write credit notes as invoices below zero.
fn effective_kind(kind: DocumentKind, net: Decimal) -> DocumentKind {
    if net < Decimal::ZERO { DocumentKind::CreditNote } else { kind }
}

/// The signed amount in the document's own currency, for the reconciliation; none where it cannot be read.
fn own_amount(draft: &DocumentDraft, currency: &CurrencyRules) -> Option<CurrencyAmount> {
    if draft.fault.is_some() {
        return None;
    }
    let cents = Cents::from_decimal(net(draft.net.as_deref()).ok()?)?;
    let cents = match draft.kind {
        Ok(DraftKind::Issued(DocumentKind::CreditNote)) => -cents.abs(),
        Ok(DraftKind::Issued(DocumentKind::Invoice) | DraftKind::NotCounted(_)) | Err(_) => cents,
    };
    Some(CurrencyAmount { currency: code(draft, currency), cents })
}

/// The seller as VAT numbers are compared, so that two spellings of one are one.
fn seller(text: &str) -> Option<String> {
    VatNumber::normalised(text, None).map(|vat| vat.as_str().to_owned())
}

fn code(draft: &DocumentDraft, currency: &CurrencyRules) -> String {
    present(draft.currency.as_deref()).map_or_else(|| currency.base.clone(), str::to_uppercase)
}

fn convert(net: Decimal, draft: &DocumentDraft, currency: &CurrencyRules) -> Result<Decimal, Fault> {
    let code = code(draft, currency);
    if code == currency.base {
        return Ok(net);
    }
    let rate = match present(draft.rate.as_deref()) {
        Some(text) => own_rate(text)?,
        None => table_rate(&code, currency)?,
    };
    net.checked_div(rate).ok_or_else(|| too_large(net))
}

fn own_rate(text: &str) -> Result<Decimal, Fault> {
    let rate = decimal(text).filter(|rate| *rate > Decimal::ZERO);
    rate.ok_or_else(|| {
        Fault::unreadable(
            Field::Rate,
            format_args!("the exchange rate `{}` is not a decimal above zero", shown(text)),
        )
    })
}

fn table_rate(code: &str, currency: &CurrencyRules) -> Result<Decimal, Fault> {
    let rate = currency.rates.get(code).copied().filter(|rate| *rate > Decimal::ZERO);
    rate.ok_or_else(|| {
        let what = format!(
            "it is in {} and states no exchange rate: add `{}` to `currency.rates`, in units for 1 {}",
            shown(code),
            shown(code),
            currency.base
        );
        Fault::new(Rejection::NoRate, Field::Currency, what)
    })
}

fn day(text: Option<&str>) -> Result<Day, Fault> {
    let Some(text) = present(text) else {
        return Err(Fault::new(Rejection::NoDate, Field::Date, "there is no date"));
    };
    calendar_day(text).ok_or_else(|| {
        Fault::unreadable(Field::Date, format_args!("`{}` is not a date of the form YYYY-MM-DD", shown(text)))
    })
}

/// The day that a text begins with, if nothing but a zone or a time of day follows it.
fn calendar_day(text: &str) -> Option<Day> {
    let (day, rest) = text.split_at_checked(10)?;
    let suffix = rest.is_empty()
        || rest.starts_with(['T', 't', ' ', 'Z', 'z', '+', '-'])
            && rest.chars().all(|c| c.is_ascii_digit() || "TtZz:.,+- ".contains(c));
    if suffix { day.parse().ok() } else { None }
}

fn net(text: Option<&str>) -> Result<Decimal, Fault> {
    let Some(text) = present(text) else {
        return Err(Fault::new(Rejection::NoAmount, Field::Net, "there is no net amount"));
    };
    let net = decimal(text).ok_or_else(|| {
        Fault::unreadable(Field::Net, format_args!("the net amount `{}` is not a plain decimal", shown(text)))
    })?;
    // An amount that no ledger holds is a misread one; refusing it here keeps every later sum in bounds.
    Cents::from_decimal(net).map(|_| net).ok_or_else(|| too_large(net))
}

fn too_large(net: Decimal) -> Fault {
    Fault::unreadable(Field::Net, format_args!("the net amount {net} is beyond ten trillion"))
}

/// A plain decimal: an optional sign, digits, and at most one point. No exponent, no separators. Digits behind the point
/// that a decimal does not hold, the 29th and later ones, are rounded.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
        && digits.bytes().any(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn present(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// A text from outside in a message: one line, not too long.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests;
