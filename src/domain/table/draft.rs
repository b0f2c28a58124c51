//! A row as a draft of a document.

use std::fmt;

use rust_decimal::Decimal;

use super::{
    Column, ColumnNames, DateFormat, KindMeaning, KindTexts, NumberFormat, Row, SignTexts, StatusMeaning,
    StatusTexts,
};
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Party};
use crate::domain::keys::{VatNumber, is_valid_italian};
use crate::domain::time::Day;

/// How a table writes documents.
///
/// - **Identity**: the document's id; where the table has none or a row's is blank, what tells documents apart by law: the
///   seller, the year of the date, the series and the number. Credit notes are numbered by themselves, and so are drafts,
///   pro-formas and the like. A row that cannot be read is a document of its own: it must not take a good one's place.
/// - **Kind**: by the texts of its column; without the column every row is an invoice.
/// - **Status**: a status that does not count makes the row a draft, void, and so on, whatever its kind.
/// - **Sign**: amounts may be written with or without it: a credit note takes away, an invoice below zero too. Where texts
///   of a sign column are given, they say whether the amount is above or below zero.
/// - **Amount**: the net amount; where the table has none or a row's is blank, gross minus tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRules {
    /// What the texts of the column of kinds mean.
    pub kinds: KindTexts,
    /// What the texts of the column of statuses mean.
    pub statuses: StatusTexts,
    /// Which texts of the sign column take away.
    pub signs: SignTexts,
    /// How amounts and rates are written.
    pub numbers: NumberFormat,
    /// How dates are written.
    pub dates: DateFormat,
    /// Whether VAT numbers and tax codes of Italian companies get back the leading zeros that a spreadsheet took from them:
    /// fewer than eleven digits are filled up where the check digit is right then.
    pub restore_zeros: bool,
}

impl Default for TableRules {
    fn default() -> Self {
        Self {
            kinds: KindTexts::plain(),
            statuses: StatusTexts::default(),
            signs: SignTexts::default(),
            numbers: NumberFormat::default(),
            dates: DateFormat::default(),
            restore_zeros: false,
        }
    }
}

/// What is wrong with a row as a whole, in words that name the column and its text.
struct Unreadable(String);

/// A text of the row that the mapping cannot read.
fn unreadable(names: &ColumnNames, column: Column, what: impl fmt::Display) -> Unreadable {
    Unreadable(format!("{what} (column `{}`)", names.of(column)))
}

impl TableRules {
    /// The document that a row is; none for a row that is to be passed over.
    pub fn draft(&self, mut row: Row, place: String, names: &ColumnNames) -> Option<DocumentDraft> {
        let mut faults = Vec::new();
        let written = self.kind(&row)?;
        let kind = match self.status(&row, names) {
            Ok(StatusMeaning::Ignored) => return None,
            Ok(StatusMeaning::NotCounted(why)) => Ok(DraftKind::NotCounted(why)),
            Ok(StatusMeaning::Counted) => written.clone(),
            Err(fault) => {
                faults.push(fault);
                written.clone()
            }
        };
        let date = row.text(Column::Date).map(|text| self.date(text, names));
        let net = self.net(&row, names);
        let day = date.as_ref().and_then(|date| date.as_ref().ok()).and_then(|date| date.parse().ok());
        let has_amount = match &net {
            Ok(Some(net)) => NumberFormat::default().plain(net).is_some(),
            // What is no part of the revenue may be incomplete.
            _ => matches!(kind, Ok(DraftKind::NotCounted(_))),
        };
        let is_read = faults.is_empty() && day.is_some() && has_amount;
        let register = written.as_ref().ok().filter(|_| is_read).map(|kind| register(*kind, &net));
        let id = row.take(Column::DocumentId).unwrap_or_else(|| identity(&row, day.zip(register)));
        let number = printed(&mut row).unwrap_or_else(|| id.clone());
        let mut read = |result: Result<Option<String>, Unreadable>| {
            result.unwrap_or_else(|fault| {
                faults.push(fault);
                None
            })
        };
        let date = read(date.transpose());
        let net = read(net);
        let counted = !matches!(kind, Ok(DraftKind::NotCounted(_)));
        Some(DocumentDraft {
            id,
            number,
            date,
            net,
            rate: self.rate(&mut row),
            currency: row.take(Column::Currency),
            seller: row.take(Column::Seller),
            party: self.party(&mut row),
            // What is no part of the revenue may be incomplete.
            fault: faults.into_iter().next().filter(|_| counted).map(|Unreadable(what)| what),
            kind,
            place,
            columns: Some(names.fields.clone()),
            ..DocumentDraft::default()
        })
    }

    /// What the row says it is; an unknown kind is its text. None: it is passed over.
    fn kind(&self, row: &Row) -> Option<Result<DraftKind, String>> {
        if !row.has(Column::Kind) {
            return Some(Ok(DraftKind::Issued(DocumentKind::Invoice)));
        }
        let text = row.text(Column::Kind).unwrap_or_default();
        match self.kinds.meaning(text) {
            Some(KindMeaning::Document(kind)) => Some(Ok(kind)),
            Some(KindMeaning::Ignored) => None,
            None => Some(Err(text.to_owned())),
        }
    }

    fn status(&self, row: &Row, names: &ColumnNames) -> Result<StatusMeaning, Unreadable> {
        if self.statuses.is_empty() || !row.has(Column::Status) {
            return Ok(StatusMeaning::Counted);
        }
        let text = row.text(Column::Status).unwrap_or_default();
        self.statuses.meaning(text).ok_or_else(|| {
            unreadable(names, Column::Status, format_args!("the status `{}` is not known", shown(text)))
        })
    }

    /// The date as the intake reads it.
    fn date(&self, text: &str, names: &ColumnNames) -> Result<String, Unreadable> {
        match self.dates.read(text) {
            Some(day) => Ok(day.to_string()),
            // The intake says it in its own words.
            None if self.dates.is_iso() => Ok(text.to_owned()),
            None => Err(unreadable(
                names,
                Column::Date,
                format_args!("`{}` is not a date of the form {}", shown(text), self.dates.pattern()),
            )),
        }
    }

    /// The signed net amount as the intake reads it.
    fn net(&self, row: &Row, names: &ColumnNames) -> Result<Option<String>, Unreadable> {
        let Some(net) = self.unsigned_net(row, names)? else { return Ok(None) };
        if self.signs.is_empty() || !row.has(Column::Sign) {
            return Ok(Some(net));
        }
        let text = row.text(Column::Sign).unwrap_or_default();
        let takes_away = self.signs.meaning(text).ok_or_else(|| {
            unreadable(names, Column::Sign, format_args!("the sign `{}` is not known", shown(text)))
        })?;
        let readable = NumberFormat::default().plain(&net).is_some();
        if !takes_away || !readable {
            return Ok(Some(net));
        }
        if net.starts_with('-') {
            let what = format!("an amount below zero with the sign `{}` may add or take away", shown(text));
            return Err(unreadable(names, Column::Sign, what));
        }
        Ok(Some(format!("-{net}")))
    }

    fn unsigned_net(&self, row: &Row, names: &ColumnNames) -> Result<Option<String>, Unreadable> {
        if let Some(text) = row.text(Column::NetAmount) {
            return self.amount(text, Column::NetAmount, names).map(Some);
        }
        let Some((gross, tax)) = row.text(Column::GrossAmount).zip(row.text(Column::TaxAmount)) else {
            return Ok(None);
        };
        let gross = self.exact(gross, Column::GrossAmount, names)?;
        let tax = self.exact(tax, Column::TaxAmount, names)?;
        if (gross > Decimal::ZERO && tax < Decimal::ZERO) || (gross < Decimal::ZERO && tax > Decimal::ZERO) {
            let what = format!("the tax {tax} has another sign than the gross amount {gross}");
            return Err(unreadable(names, Column::TaxAmount, what));
        }
        let net = gross.checked_sub(tax);
        net.map(|net| Some(net.to_string()))
            .ok_or_else(|| unreadable(names, Column::GrossAmount, "the amount is too large"))
    }

    fn amount(&self, text: &str, column: Column, names: &ColumnNames) -> Result<String, Unreadable> {
        match self.numbers.plain(text) {
            Some(plain) => Ok(plain),
            // The intake says it in its own words.
            None if self.numbers == NumberFormat::default() => Ok(text.to_owned()),
            None => Err(self.not_an_amount(text, column, names)),
        }
    }

    fn exact(&self, text: &str, column: Column, names: &ColumnNames) -> Result<Decimal, Unreadable> {
        self.numbers.decimal(text).ok_or_else(|| self.not_an_amount(text, column, names))
    }

    fn not_an_amount(&self, text: &str, column: Column, names: &ColumnNames) -> Unreadable {
        let form = self.numbers.example();
        unreadable(names, column, format_args!("`{}` is not an amount of the form {form}", shown(text)))
    }

    /// The exchange rate as the intake reads it. It is only looked at for other currencies, so what cannot be read is
    /// handed on, in quotation marks so that it is not taken for what it does not say.
    fn rate(&self, row: &mut Row) -> Option<String> {
        let text = row.take(Column::ExchangeRate)?;
        Some(self.numbers.plain(&text).unwrap_or_else(|| format!("\"{text}\"")))
    }

    fn party(&self, row: &mut Row) -> Party {
        let country = row.take(Column::Country);
        let italian = country.as_deref().is_none_or(|country| country.eq_ignore_ascii_case("IT"));
        let code = |text: String| match restored(&text) {
            Some(restored) if self.restore_zeros && italian => restored,
            _ => text,
        };
        Party {
            customer_id: row.take(Column::CustomerId),
            vat_number: row.take(Column::VatNumber).map(code),
            tax_code: row.take(Column::TaxCode).map(code),
            name: row.take(Column::CustomerName),
            country,
        }
    }
}

/// The number as it is printed: with its series.
fn printed(row: &mut Row) -> Option<String> {
    let series = row.take(Column::Series);
    let number = row.take(Column::Number)?;
    Some(match series {
        Some(series) => format!("{series}/{number}"),
        None => number,
    })
}

/// Among which documents a number is given once, beside the invoices, which have no name here. An invoice below zero is
/// a credit note.
fn register(kind: DraftKind, net: &Result<Option<String>, Unreadable>) -> Option<&'static str> {
    let is_below_zero = matches!(net, Ok(Some(net)) if net.starts_with('-'));
    match kind {
        DraftKind::Issued(DocumentKind::Invoice) if !is_below_zero => None,
        DraftKind::Issued(_) => Some("credit note"),
        DraftKind::NotCounted(NotCounted::ProForma) => Some("pro forma"),
        DraftKind::NotCounted(_) => Some("not issued"),
    }
}

/// What tells documents without an id apart; nothing where there is no number either. Of a row that cannot be read: what it
/// says.
fn identity(row: &Row, read: Option<(Day, Option<&'static str>)>) -> String {
    let Some(number) = row.text(Column::Number) else { return String::new() };
    let (seller, series) = (row.text(Column::Seller), row.text(Column::Series));
    let year = read.map(|(day, _)| day.year().to_string());
    let parts = if let Some((_, register)) = read {
        [seller, year.as_deref(), series, Some(number), register, None]
    } else {
        let [date, kind, net] =
            [Column::Date, Column::Kind, Column::NetAmount].map(|column| row.text(column));
        [seller, date, series, Some(number), kind, net]
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}

/// An Italian number with the leading zeros that it has lost, if it is one then.
fn restored(text: &str) -> Option<String> {
    let lost = (5..11).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = format!("{text:0>11}");
    let valid =
        lost && VatNumber::normalised(&whole, None).is_some_and(|vat| is_valid_italian(&vat) == Some(true));
    valid.then_some(whole)
}

/// A text from outside in a message: one line, not too long.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
