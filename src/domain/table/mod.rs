//! Rows of a table as documents: what a file or a query of people's own holds, understood by their mapping.
//!
//! Files and databases write a document in a hundred ways: `1.234,56` or `1234.56`, `31/12/25` or an ISO date, credit notes
//! below zero or told apart by `NC`, amounts with a column of D and A. [`TableRules`] are one such way; [`TableRules::draft`]
//! turns a [`Row`] into a [`DocumentDraft`] whose texts are those that the intake reads. What cannot be read is delivered
//! all the same, with its column and its text, and the intake rejects it: nothing is guessed and nothing is lost.

mod dates;
mod draft;
mod numbers;
mod texts;

use std::sync::Arc;

use super::document::FieldNames;

pub use self::dates::{DateFormat, InvalidDateFormat};
pub use self::draft::TableRules;
pub use self::numbers::NumberFormat;
pub use self::texts::{KindMeaning, KindTexts, SignTexts, StatusMeaning, StatusTexts, Texts};

#[cfg(doc)]
use super::document::DocumentDraft;

/// What a column of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// The document's id in the ledger.
    DocumentId,
    /// The number printed on it.
    Number,
    /// The series that the number is counted in.
    Series,
    /// Its date.
    Date,
    /// The amount without VAT.
    NetAmount,
    /// The amount with VAT.
    GrossAmount,
    /// The VAT.
    TaxAmount,
    /// What kind of document it is.
    Kind,
    /// How far it has come: draft, issued, void.
    Status,
    /// Whether the amount adds or takes away: D and A.
    Sign,
    /// The customer's id in the ledger.
    CustomerId,
    /// The customer's VAT number.
    VatNumber,
    /// The customer's tax code.
    TaxCode,
    /// The customer's name.
    CustomerName,
    /// The customer's country.
    Country,
    /// The currency of the amounts.
    Currency,
    /// Units of the currency for one unit of the base currency.
    ExchangeRate,
    /// When the row was changed.
    UpdatedAt,
    /// The VAT number of the company that issued it.
    Seller,
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 19] = [
        Self::DocumentId,
        Self::Number,
        Self::Series,
        Self::Date,
        Self::NetAmount,
        Self::GrossAmount,
        Self::TaxAmount,
        Self::Kind,
        Self::Status,
        Self::Sign,
        Self::CustomerId,
        Self::VatNumber,
        Self::TaxCode,
        Self::CustomerName,
        Self::Country,
        Self::Currency,
        Self::ExchangeRate,
        Self::UpdatedAt,
        Self::Seller,
    ];

    /// What it is called unless the settings say otherwise.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DocumentId => "document_id",
            Self::Number => "number",
            Self::Series => "series",
            Self::Date => "date",
            Self::NetAmount => "net_amount",
            Self::GrossAmount => "gross_amount",
            Self::TaxAmount => "tax_amount",
            Self::Kind => "kind",
            Self::Status => "status",
            Self::Sign => "sign",
            Self::CustomerId => "customer_id",
            Self::VatNumber => "vat_number",
            Self::TaxCode => "tax_code",
            Self::CustomerName => "customer_name",
            Self::Country => "country",
            Self::Currency => "currency",
            Self::ExchangeRate => "exchange_rate",
            Self::UpdatedAt => "updated_at",
            Self::Seller => "seller",
        }
    }

    /// Which columns a table lacks that no document can do without: an id or a number, a date, the net amount or the gross
    /// amount with the tax, and a key of the customer. Of alternatives the first one is named.
    pub fn lacking(has: impl Fn(Self) -> bool) -> Vec<Self> {
        let any = |columns: &[Self]| columns.iter().any(|column| has(*column));
        let mut lacking = Vec::new();
        if !any(&[Self::DocumentId, Self::Number]) {
            lacking.push(Self::DocumentId);
        }
        if !has(Self::Date) {
            lacking.push(Self::Date);
        }
        if !(has(Self::NetAmount) || has(Self::GrossAmount) && has(Self::TaxAmount)) {
            lacking.push(Self::NetAmount);
        }
        // Without any key no document could ever find its company.
        if lacking.is_empty() && !any(&[Self::VatNumber, Self::TaxCode, Self::CustomerId]) {
            lacking.push(Self::VatNumber);
        }
        lacking
    }
}

/// What the columns are called in a table of people's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnNames {
    names: [String; Column::ALL.len()],
    /// Those that the intake speaks of.
    fields: Arc<FieldNames>,
}

impl ColumnNames {
    /// The names that a function gives.
    pub fn new(name: impl Fn(Column) -> String) -> Self {
        let names = Column::ALL.map(&name);
        let id = if name(Column::DocumentId).is_empty() { Column::Number } else { Column::DocumentId };
        let fields = FieldNames {
            id: name(id),
            kind: name(Column::Kind),
            date: name(Column::Date),
            net: name(Column::NetAmount),
            currency: name(Column::Currency),
            rate: name(Column::ExchangeRate),
        };
        Self { names, fields: Arc::new(fields) }
    }

    /// What a column is called.
    pub fn of(&self, column: Column) -> &str {
        &self.names[column as usize]
    }
}

impl Default for ColumnNames {
    fn default() -> Self {
        Self::new(|column| column.name().to_owned())
    }
}

/// One row of a table: the texts of the columns that it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    cells: [Option<String>; Column::ALL.len()],
}

impl Row {
    /// Gives a column its text, trimmed; a blank one says that the column is there and this row has nothing in it.
    pub fn set(&mut self, column: Column, text: &str) {
        self.cells[column as usize] = Some(text.trim().to_owned());
    }

    /// Whether the table has the column.
    pub fn has(&self, column: Column) -> bool {
        self.cells[column as usize].is_some()
    }

    /// The text of a column, where there is one.
    pub fn text(&self, column: Column) -> Option<&str> {
        self.cells[column as usize].as_deref().filter(|text| !text.is_empty())
    }

    fn take(&mut self, column: Column) -> Option<String> {
        self.cells[column as usize].take().filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests;
