//! The elements of an invoice that are read, by their paths below the root.

use rust_decimal::{Decimal, RoundingStrategy};

use super::invoice::{Body, Header, Identity, Invoice};
use super::xml::{Elements, bounded};
use crate::domain::intake::decimal;

const HEADER: &str = "FatturaElettronicaHeader/";
const BODY: &str = "FatturaElettronicaBody";
const SELLER: &str = "CedentePrestatore/";
const CUSTOMER: &str = "CessionarioCommittente";

/// Collects what is read of an invoice.
pub(super) struct Fields {
    is_simplified: bool,
    header: Header,
    has_seller: bool,
    names: [Names; 2],
    bodies: Vec<Body>,
    line: Line,
}

/// First and last name of a person.
#[derive(Default)]
struct Names {
    first: Option<String>,
    last: Option<String>,
}

/// A `DatiBeniServizi` of a simplified invoice: an amount with its tax in it.
#[derive(Default)]
struct Line {
    gross: Option<Decimal>,
    tax: Option<Decimal>,
    rate: Option<Decimal>,
}

impl Fields {
    pub(super) fn new(is_simplified: bool) -> Self {
        Self {
            is_simplified,
            header: Header::default(),
            has_seller: false,
            names: Default::default(),
            bodies: Vec::new(),
            line: Line::default(),
        }
    }

    /// The invoice.
    ///
    /// # Errors
    /// Where it has no body or does not say who issued it: it cannot be told whose it is.
    pub(super) fn invoice(mut self) -> Result<Invoice, String> {
        if self.bodies.is_empty() {
            return Err("it has no FatturaElettronicaBody".to_owned());
        }
        if !self.has_seller {
            return Err("CedentePrestatore, who issued it, is missing".to_owned());
        }
        let [seller, customer] = self.names;
        self.header.seller.name = self.header.seller.name.or(seller.joined());
        if let Some(identity) = &mut self.header.customer {
            identity.name = identity.name.take().or(customer.joined());
        }
        Ok(Invoice { header: self.header, bodies: self.bodies })
    }

    fn header_field(&mut self, path: &str, text: &str) {
        if let Some(path) = path.strip_prefix(SELLER) {
            identity_field(&mut self.header.seller, &mut self.names[0], path, text);
        } else if let Some(path) = path.strip_prefix(CUSTOMER).and_then(|path| path.strip_prefix('/')) {
            let customer = self.header.customer.get_or_insert_default();
            identity_field(customer, &mut self.names[1], path, text);
        }
    }

    fn body_field(&mut self, path: &str, text: &str) {
        let Some(body) = self.bodies.last_mut() else { return };
        let set = |field: &mut Option<String>| *field = Some(text.to_owned()).filter(|text| !text.is_empty());
        match path {
            "DatiGenerali/DatiGeneraliDocumento/TipoDocumento" => set(&mut body.document_type),
            "DatiGenerali/DatiGeneraliDocumento/Numero" => set(&mut body.number),
            "DatiGenerali/DatiGeneraliDocumento/Data" => set(&mut body.date),
            "DatiGenerali/DatiGeneraliDocumento/Divisa" => set(&mut body.currency),
            "DatiBeniServizi/DatiRiepilogo/ImponibileImporto" => {
                if let Some(amount) = amount(body, "ImponibileImporto", text) {
                    add(body, amount);
                }
            }
            "DatiBeniServizi/Importo" => self.line.gross = amount(body, "Importo", text),
            "DatiBeniServizi/DatiIVA/Imposta" => self.line.tax = amount(body, "Imposta", text),
            "DatiBeniServizi/DatiIVA/Aliquota" => self.line.rate = amount(body, "Aliquota", text),
            "DatiBeniServizi" => {
                let line = std::mem::take(&mut self.line);
                let Some(gross) = line.gross.filter(|_| self.is_simplified) else { return };
                match line.net(gross) {
                    Some(net) => add(body, net),
                    None => {
                        body.fault.get_or_insert_with(|| {
                            format!("the tax that is in Importo {gross} cannot be taken out of it")
                        });
                    }
                }
            }
            _ => {}
        }
    }
}

impl Elements for Fields {
    fn begin(&mut self, path: &str) {
        match path {
            BODY => self.bodies.push(Body::default()),
            "FatturaElettronicaHeader/CedentePrestatore" => self.has_seller = true,
            "FatturaElettronicaHeader/CessionarioCommittente" => {
                self.header.customer.get_or_insert_default();
            }
            _ => {}
        }
    }

    fn end(&mut self, path: &str, text: &str) -> Result<(), String> {
        if let Some(path) = path.strip_prefix(HEADER) {
            self.header_field(path, text);
        } else if let Some(path) = path.strip_prefix(BODY).and_then(|path| path.strip_prefix('/')) {
            self.body_field(path, text);
        }
        bounded(self.bodies.len())
    }
}

/// A party's own data, never those of its representative or its branch, which are nested beside them. The paths are those
/// of ordinary invoices and, without `DatiAnagrafici`, of simplified ones.
fn identity_field(identity: &mut Identity, names: &mut Names, path: &str, text: &str) {
    let path = ["DatiAnagrafici/", "IdentificativiFiscali/", "AltriDatiIdentificativi/"]
        .iter()
        .find_map(|part| path.strip_prefix(part))
        .unwrap_or(path);
    let path = path.strip_prefix("Anagrafica/").unwrap_or(path);
    let field = match path {
        "IdFiscaleIVA/IdPaese" => &mut identity.country,
        "IdFiscaleIVA/IdCodice" => &mut identity.vat_code,
        "CodiceFiscale" => &mut identity.tax_code,
        "Denominazione" => &mut identity.name,
        "Nome" => &mut names.first,
        "Cognome" => &mut names.last,
        _ => return,
    };
    if !text.is_empty() {
        *field = Some(text.to_owned());
    }
}

impl Names {
    fn joined(self) -> Option<String> {
        let names: Vec<String> = [self.first, self.last].into_iter().flatten().collect();
        (!names.is_empty()).then(|| names.join(" "))
    }
}

impl Line {
    /// The amount without its tax: as the tax is given, else by the rate, rounded half away from zero to cents; without
    /// either there is none in it. None for a rate that no tax has.
    fn net(self, gross: Decimal) -> Option<Decimal> {
        let tax = match (self.tax, self.rate) {
            (Some(tax), _) => tax,
            (None, Some(rate)) if rate.is_sign_negative() => return None,
            (None, Some(rate)) => {
                let net = gross
                    .checked_mul(Decimal::ONE_HUNDRED)?
                    .checked_div(rate.checked_add(Decimal::ONE_HUNDRED)?)?;
                return Some(net.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero));
            }
            (None, None) => Decimal::ZERO,
        };
        gross.checked_sub(tax)
    }
}

fn amount(body: &mut Body, element: &str, text: &str) -> Option<Decimal> {
    let amount = decimal(text);
    if amount.is_none() {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(40).collect();
        body.fault = Some(format!("{element} `{shown}` is no amount"));
    }
    amount
}

fn add(body: &mut Body, amount: Decimal) {
    match body.net.unwrap_or_default().checked_add(amount) {
        Some(sum) => body.net = Some(sum),
        None => body.fault = Some("its amounts are larger than any invoice's".to_owned()),
    }
}
