//! An e-invoice as it is written, before any rule: FPR12, FPA12 and the old 1.1 (ordinary), FSM10 (simplified).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Who issued or received an invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    /// `IdFiscaleIVA/IdPaese`.
    pub country: Option<String>,
    /// `IdFiscaleIVA/IdCodice`, as written: some repeat the country.
    pub vat_code: Option<String>,
    /// `CodiceFiscale`.
    pub tax_code: Option<String>,
    /// `Denominazione`, or first and last name.
    pub name: Option<String>,
}

/// What `FatturaElettronicaHeader` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// `CedentePrestatore`.
    pub seller: Identity,
    /// `CessionarioCommittente`; none where the element is missing.
    pub customer: Option<Identity>,
}

/// One `FatturaElettronicaBody`: an invoice of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Body {
    /// `TipoDocumento`.
    pub document_type: Option<String>,
    /// `Numero`.
    pub number: Option<String>,
    /// `Data`, as written.
    pub date: Option<String>,
    /// `Divisa`.
    pub currency: Option<String>,
    /// The taxable amounts of an ordinary invoice, or the amounts without their tax of a simplified one; none where there
    /// is no amount at all.
    pub net: Option<Decimal>,
    /// Why its amounts cannot be read.
    pub fault: Option<String>,
}

/// A file that holds invoices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Invoice {
    /// What all of them share.
    pub header: Header,
    /// Each of them; at least one.
    pub bodies: Vec<Body>,
}

/// What an XML file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// One or more invoices.
    Invoice(Box<Invoice>),
    /// The notification that a file was refused by the exchange: the file's name.
    Refusal(String),
    /// Something else: the name of its root element.
    Other(String),
}
