//! What is remembered of a document in a file, and the draft that it makes.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Party};
use crate::domain::keys::VatNumber;
use crate::domain::time::Day;
use crate::ports::{FileRecord, KeyedRecords, KnownRecord};

use super::config::vat_number;
use super::invoice::{Body, Header};

/// A file, or a file of an archive, and perhaps which of its documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// For people, and what tells it from all others.
    text: String,
    /// The name of the innermost file.
    name: String,
    /// The name of the archive that this file is in.
    archive: Option<String>,
}

impl Place {
    /// A file of the folder, by its path.
    pub(super) fn file(path: &str) -> Self {
        Self { text: shown(path), name: last(path), archive: None }
    }

    /// A file of this archive, by its path in it.
    pub(super) fn part(&self, path: &str) -> Self {
        Self { text: format!("{self}!{}", shown(path)), name: last(path), archive: Some(self.name.clone()) }
    }

    /// The name of the innermost file.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// One of several documents of this file.
    pub(super) fn document(&self, number: usize) -> Self {
        Self { text: format!("{self}: document {number}"), ..self.clone() }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}

/// A path for people. What would move the cursor of a terminal is written as Rust writes it, so that two stay two.
fn shown(path: &str) -> String {
    let part = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    path.chars().map(part).collect()
}

/// The last name of a path: archives made on Windows have theirs with `\`.
fn last(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

/// One document, or the reason why a file cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Remembered {
    /// The file, and in which part of it.
    place: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    net: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seller: Option<String>,
    party: Party,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// Types that take from the revenue.
const CREDIT_NOTES: [&str; 2] = ["TD04", "TD08"];
/// Types of sales: invoices, advances (the final invoice shows them deducted), debit notes, fees, simplified and deferred
/// ones.
const SALES: [&str; 9] = ["TD01", "TD02", "TD03", "TD05", "TD06", "TD07", "TD09", "TD24", "TD25"];
/// The sale of an asset: it counts where the settings say so.
const ASSET_SALE: &str = "TD26";
/// No sales to customers: integrations and self-invoices of purchases, extractions from a VAT warehouse, gifts and own use.
const NO_SALES: [&str; 11] =
    ["TD16", "TD17", "TD18", "TD19", "TD20", "TD21", "TD22", "TD23", "TD27", "TD28", "TD29"];

impl Remembered {
    /// The document of a body. `place` says where it stands.
    pub(super) fn of(header: &Header, body: Body, place: &Place) -> Self {
        let fault =
            header.customer.is_none().then(|| "CessionarioCommittente, its customer, is missing".to_owned());
        let missing =
            |field: &Option<String>, name: &str| field.is_none().then(|| format!("{name} is missing"));
        let fault = fault
            .or_else(|| missing(&body.document_type, "TipoDocumento"))
            .or_else(|| missing(&body.number, "Numero"))
            .or(body.fault);
        let customer = header.customer.clone().unwrap_or_default();
        let party = Party {
            vat_number: customer.vat_code,
            tax_code: customer.tax_code,
            country: customer.country,
            name: customer.name,
            ..Party::default()
        };
        Self {
            place: place.to_string(),
            number: body.number,
            document_type: body.document_type,
            date: body.date,
            net: body.net,
            currency: body.currency,
            seller: vat_number(&header.seller).or_else(|| header.seller.tax_code.clone()),
            party,
            fault,
        }
    }

    /// That a file, or a part of it, cannot be read.
    pub(super) fn unreadable(place: &Place, fault: String) -> Self {
        Self { place: place.to_string(), fault: Some(fault), ..Self::default() }
    }

    /// What it is the same as, wherever it occurs: the seller, the year, the number, and whether it is a credit note or no
    /// sale, which may be numbered by themselves; of one without any of them, or that cannot be used, its place: it must
    /// not stand in the way of a good copy.
    fn key(&self) -> String {
        if self.fault.is_some() {
            return self.place.clone();
        }
        let is_credit = self.document_type.as_deref().is_some_and(|kind| CREDIT_NOTES.contains(&kind));
        let register = match (is_credit, self.is_sale()) {
            (true, _) => " NC",
            (false, true) => "",
            (false, false) => " no sale",
        };
        let year = self.date.as_deref().and_then(|date| date.get(..4));
        match (&self.seller, year, &self.number) {
            (Some(seller), Some(year), Some(number)) => {
                format!("{seller} {year} {number}{register}")
            }
            _ => self.place.clone(),
        }
    }

    /// The same for the index, of the file that it stands in.
    pub(super) fn record(&self, place: &Place) -> FileRecord {
        FileRecord {
            name: transmitted(&place.name),
            archive: place.archive.as_deref().map(transmitted),
            key: self.key(),
            content: serde_json::to_string(self).unwrap_or_default(),
        }
    }

    /// Whether it can be counted, or is known not to count.
    fn is_usable(&self) -> bool {
        let is_known = self.document_type.as_deref().is_some_and(|kind| kind_of(kind, true).is_ok());
        let has_day = self.date.as_deref().is_some_and(|date| day_of(date).parse::<Day>().is_ok());
        self.fault.is_none() && is_known && has_day && self.net.is_some()
    }

    /// Whether it may be part of the revenue.
    fn is_sale(&self) -> bool {
        self.document_type.as_deref().is_none_or(|kind| !NO_SALES.contains(&kind))
    }

    /// Whether two copies are one invoice: customers' names may be written in two ways.
    fn says_the_same_as(&self, other: &Self) -> bool {
        let said = |it: &Self| {
            let Party { vat_number, tax_code, country, .. } = &it.party;
            let vat_number = vat_number.as_ref().map(|number| {
                VatNumber::normalised(number, country.as_deref())
                    .map_or(number.clone(), |it| it.as_str().to_owned())
            });
            let tax_code = tax_code.as_ref().map(|code| code.to_uppercase());
            let day = it.date.as_deref().map(day_of).map(str::to_owned);
            (it.document_type.clone(), day, it.net, it.currency.clone(), vat_number, tax_code)
        };
        said(self) == said(other)
    }

    fn draft(self, key: String, is_refused: bool, count_asset_sales: bool) -> DocumentDraft {
        let kind = match (is_refused, &self.document_type) {
            (true, _) => Ok(DraftKind::NotCounted(NotCounted::Discarded)),
            (false, Some(kind)) => kind_of(kind, count_asset_sales),
            (false, None) => Ok(DraftKind::Issued(DocumentKind::Invoice)),
        };
        DocumentDraft {
            id: key,
            number: self.number.unwrap_or_default(),
            party: self.party,
            kind,
            date: self.date.map(|date| day_of(&date).to_owned()),
            net: self.net.map(|net| net.to_string()),
            currency: self.currency,
            seller: self.seller,
            place: self.place,
            // A broken file is what the exchange refuses.
            fault: self.fault.filter(|_| !is_refused),
            ..DocumentDraft::default()
        }
    }
}

fn kind_of(kind: &str, count_asset_sales: bool) -> Result<DraftKind, String> {
    if CREDIT_NOTES.contains(&kind) {
        Ok(DraftKind::Issued(DocumentKind::CreditNote))
    } else if SALES.contains(&kind) || (kind == ASSET_SALE && count_asset_sales) {
        Ok(DraftKind::Issued(DocumentKind::Invoice))
    } else if NO_SALES.contains(&kind) || kind == ASSET_SALE {
        Ok(DraftKind::NotCounted(NotCounted::NoSale))
    } else {
        Err(kind.to_owned())
    }
}

/// A date may have a zone behind it: the day is the one that is written.
fn day_of(date: &str) -> &str {
    date.get(..10).unwrap_or(date)
}

/// The name under which a file went through the exchange: a file may be kept with its envelope or without.
pub(super) fn transmitted(name: &str) -> String {
    let name = name.to_lowercase();
    let name = name.strip_suffix(".p7m").unwrap_or(&name);
    name.strip_suffix(".xml").unwrap_or(name).to_owned()
}

/// The draft of a document that one or more files hold: of the last file by its path that was not refused by the exchange,
/// since files that are sent again have a later number; where all of them were refused, it was never issued. A copy that
/// cannot be used stands in the way of none that can.
pub(super) fn draft(keyed: KeyedRecords, count_asset_sales: bool) -> Option<DocumentDraft> {
    let is_refused = keyed.records.iter().all(|record| record.refused);
    let chosen = chosen(&keyed, is_refused)?;
    Some(chosen.draft(keyed.key, is_refused, count_asset_sales))
}

fn chosen(keyed: &KeyedRecords, is_refused: bool) -> Option<Remembered> {
    let from_the_latest = keyed.records.iter().rev().filter(|record| record.refused == is_refused);
    let mut copies = from_the_latest.map(remembered);
    let latest = copies.next()?;
    if latest.is_usable() {
        return Some(latest);
    }
    Some(copies.find(Remembered::is_usable).unwrap_or(latest))
}

/// The files of a document of which more than one stands, where they do not say the same: two invoices with one number, or
/// one that was sent again without the refusal being kept.
pub(super) fn differing(keyed: &KeyedRecords) -> Option<String> {
    if keyed.records.len() < 2 {
        return None;
    }
    let copy = chosen(keyed, false).filter(Remembered::is_sale)?;
    let standing = keyed.records.iter().filter(|record| !record.refused);
    let other = standing.map(remembered).find(|other| !other.says_the_same_as(&copy))?;
    Some(format!("{} in {} and {}", keyed.key, other.place, copy.place))
}

fn remembered(record: &KnownRecord) -> Remembered {
    serde_json::from_str(&record.content).unwrap_or_else(|error| {
        Remembered::unreadable(
            &Place::file(&record.path),
            format!("what is remembered of it cannot be read: {error}"),
        )
    })
}
