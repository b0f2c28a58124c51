//! A small world: one company for each way to the figures, so that many worlds can be run through.

use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind, Party};

use super::world::World;
use crate::crm::{Account, Company, Deal, Vendor};

pub(crate) const ROSSI: &str = "IT00000000001";
pub(crate) const BIANCHI: &str = "IT00000000002";
/// A public administration: its category is never cold.
pub(crate) const COMUNE: &str = "IT00000000003";
/// The inactive customer with an open deal.
pub(crate) const FONTANA: &str = "IT00000000004";
/// Lost, and inactive for years.
pub(crate) const GALLO: &str = "IT00000000005";
/// Enough closed deals that asking for the open ones is cheaper than listing all.
const WON_DEALS: usize = 250;

/// Its place among the companies.
const FONTANA_AT: usize = 3;
/// Companies with their VAT number, potential and category.
const COMPANIES: &[(&str, &str, &str, &str)] = &[
    ("Acciaierie Rossi", ROSSI, "high", ""),
    ("Bianchi Srl", BIANCHI, "low", ""),
    ("Comune di Esempio", COMUNE, "low", "PA"),
    ("Fontana Spa", FONTANA, "high", ""),
    ("Gallo Sas", GALLO, "lost", ""),
    ("Mai Cliente", "IT00000000006", "low", ""),
];

const DOCUMENTS: &[(&str, &str, &str, &str)] = &[
    ("1", ROSSI, "2013-11-30", "12000.00"),
    ("2", ROSSI, "2012-05-02", "800.50"),
    ("3", BIANCHI, "2013-10-01", "100.00"),
    ("4", COMUNE, "2012-01-15", "20000.00"),
    ("5", FONTANA, "2013-01-15", "300.00"),
    ("6", GALLO, "2009-03-03", "50.00"),
    ("7", GALLO, "2009-04-03", "-10.00"),
];

/// The account without sirank's properties.
pub(crate) fn account() -> Account {
    let company = |(name, vat_number, potential, category): &(&str, &str, &str, &str)| Company {
        name: (*name).to_owned(),
        vat_number: (*vat_number).to_owned(),
        potential: (*potential).to_owned(),
        category: (*category).to_owned(),
    };
    Account {
        companies: COMPANIES.iter().map(company).collect(),
        pipelines: vec!["sales", "ecommerce", "unwatched"],
        deals: vec![Deal { company: FONTANA_AT, pipeline: "sales" }],
        won_deals: WON_DEALS,
    }
}

pub(crate) fn books() -> Vec<DocumentDraft> {
    DOCUMENTS.iter().map(|(id, vat, date, net)| invoice(id, vat, date, net)).collect()
}

/// An invoice; below zero, a credit note.
pub(crate) fn invoice(id: &str, vat_number: &str, date: &str, net: &str) -> DocumentDraft {
    DocumentDraft {
        id: id.to_owned(),
        number: id.to_owned(),
        party: Party { vat_number: Some(vat_number.to_owned()), ..Party::default() },
        kind: Ok(DraftKind::Issued(DocumentKind::Invoice)),
        date: Some(date.to_owned()),
        net: Some(net.to_owned()),
        place: id.to_owned(),
        ..DocumentDraft::default()
    }
}

impl<V: Vendor> World<V> {
    /// The small world before anything is set up.
    pub(crate) async fn bare() -> Self {
        Self::of(V::start(&account()).await, books())
    }

    /// The small world with the properties in place.
    pub(crate) async fn small() -> Self {
        let world = Self::bare().await;
        world.setup().await;
        world.crm.forget();
        world
    }
}
