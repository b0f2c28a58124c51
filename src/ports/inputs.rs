//! What people fill in and sirank reads.

use crate::domain::catalogue::{ChoiceOption, Label};
use crate::domain::company::CompanyRecord;
use crate::domain::value::ValueKind;

/// A property that people fill in and sirank reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputProperty {
    /// High, low or lost.
    Potential,
    /// D&P, yes or no.
    DAndP,
    /// The category.
    Category,
    /// The VAT number.
    VatNumber,
    /// The Italian tax code.
    TaxCode,
    /// The accounting system's customer id.
    AccountingId,
}

const POTENTIALS: [ChoiceOption; 3] = [
    ChoiceOption { name: "high", label: Label { en: "High", it: "Alto" } },
    ChoiceOption { name: "low", label: Label { en: "Low", it: "Basso" } },
    ChoiceOption { name: "lost", label: Label { en: "Lost", it: "Perso" } },
];

impl InputProperty {
    /// Every input.
    pub const ALL: [Self; 6] =
        [Self::Potential, Self::DAndP, Self::Category, Self::VatNumber, Self::TaxCode, Self::AccountingId];

    /// Its key in the section `company` of the configuration.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Potential => "potential",
            Self::DAndP => "d_and_p",
            Self::Category => "category",
            Self::VatNumber => "vat_number",
            Self::TaxCode => "tax_code",
            Self::AccountingId => "accounting_id",
        }
    }

    /// What people read over it.
    pub const fn label(self) -> Label {
        match self {
            Self::Potential => Label { en: "Potential", it: "Potenziale" },
            Self::DAndP => Label { en: "D&P", it: "D&P" },
            Self::Category => Label { en: "Customer category", it: "Categoria cliente" },
            Self::VatNumber => Label { en: "VAT number", it: "Partita IVA" },
            Self::TaxCode => Label { en: "Tax code", it: "Codice fiscale" },
            Self::AccountingId => Label { en: "Accounting customer id", it: "Id cliente in contabilità" },
        }
    }

    /// What kind of value it holds where sirank, or an administrator at its word, creates it.
    pub const fn kind(self) -> ValueKind {
        match self {
            Self::Potential => ValueKind::Choice,
            Self::DAndP => ValueKind::Flag,
            Self::Category | Self::VatNumber | Self::TaxCode | Self::AccountingId => ValueKind::Text,
        }
    }

    /// The options that it is created with; empty where it holds no choice.
    pub const fn options(self) -> &'static [ChoiceOption] {
        match self {
            Self::Potential => &POTENTIALS,
            _ => &[],
        }
    }

    /// What it holds, for people.
    pub const fn holds(self) -> &'static str {
        match self {
            Self::Potential => "the potential",
            Self::DAndP => "the D&P mark",
            Self::Category => "the category",
            Self::VatNumber => "the VAT number",
            Self::TaxCode => "the tax code",
            Self::AccountingId => "the accounting system's customer id",
        }
    }
}

impl CompanyRecord {
    /// Whether people have filled an input in.
    pub fn has(&self, input: InputProperty) -> bool {
        match input {
            InputProperty::Potential => self.potential.is_some(),
            InputProperty::DAndP => self.d_and_p.is_some(),
            InputProperty::Category => self.category.is_some(),
            InputProperty::VatNumber => self.keys.vat_number.is_some(),
            InputProperty::TaxCode => self.keys.tax_code.is_some(),
            InputProperty::AccountingId => self.keys.customer_id.is_some(),
        }
    }
}
