//! A small world: one company for each way to the figures, so that many worlds can be run through.

use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind, Party};
use sirank_mocks::hubspot as mock;

use super::world::World;
use crate::hubspot_support::LONG_AGO;

pub(crate) const COMPANY: mock::Kind = mock::Kind::Company;
pub(crate) const DEAL: mock::Kind = mock::Kind::Deal;
/// The inactive customer with an open deal.
pub(crate) const FONTANA: &str = "IT00000000004";
/// Enough closed deals that searching the open ones is cheaper than listing all.
const CLOSED_DEALS: usize = 250;

/// Companies with their VAT number, potential and category.
const COMPANIES: &[(&str, &str, &str, &str)] = &[
    ("Acciaierie Rossi", "IT00000000001", "high", ""),
    ("Bianchi Srl", "IT00000000002", "low", ""),
    ("Comune di Esempio", "IT00000000003", "low", "PA"),
    ("Fontana Spa", FONTANA, "high", ""),
    ("Gallo Sas", "IT00000000005", "lost", ""),
    ("Mai Cliente", "IT00000000006", "low", ""),
];

const DOCUMENTS: &[(&str, &str, &str, &str)] = &[
    ("1", "IT00000000001", "2013-11-30", "12000.00"),
    ("2", "IT00000000001", "2012-05-02", "800.50"),
    ("3", "IT00000000002", "2013-10-01", "100.00"),
    ("4", "IT00000000003", "2012-01-15", "20000.00"),
    ("5", FONTANA, "2013-01-15", "300.00"),
    ("6", "IT00000000005", "2009-03-03", "50.00"),
    ("7", "IT00000000005", "2009-04-03", "-10.00"),
];

/// The portal without sirank's properties.
pub(crate) fn portal() -> mock::Portal {
    let mut portal = mock::Portal::new();
    for name in ["potential", "customer_category", "vat_number", "tax_code", "accounting_id", "d_and_p"] {
        portal.add_property(COMPANY, mock::Property::text(name));
    }
    portal.add_owner(7, "giulia@esempio.it", false);
    for name in ["sales", "ecommerce", "unwatched"] {
        portal.add_pipeline(mock::Pipeline::plain(name, name));
    }
    for (name, vat_number, potential, category) in COMPANIES {
        let values = [
            ("name", *name),
            ("vat_number", vat_number),
            ("potential", potential),
            ("customer_category", category),
            ("hubspot_owner_id", "7"),
        ];
        let company = portal.add(COMPANY, LONG_AGO, &values);
        if *vat_number == FONTANA {
            deal(&mut portal, &[company], "sales", "sales_new");
        }
    }
    for _ in 0..CLOSED_DEALS {
        deal(&mut portal, &[], "sales", "sales_won");
    }
    portal
}

/// A deal of some companies.
pub(crate) fn deal(portal: &mut mock::Portal, companies: &[u64], pipeline: &str, stage: &str) -> u64 {
    let deal = portal.add(DEAL, LONG_AGO, &[("pipeline", pipeline), ("dealstage", stage)]);
    for company in companies {
        portal.associate((DEAL, deal), (COMPANY, *company));
    }
    deal
}

/// The same with few deals, so that listing all is cheaper than searching.
pub(crate) fn without_closed_deals(mut portal: mock::Portal) -> mock::Portal {
    let closed =
        |(id, deal): (&u64, &mock::Record)| (deal.props.get("dealstage") == Some("sales_won")).then_some(*id);
    let closed: Vec<u64> = portal.space(DEAL).records.iter().filter_map(closed).collect();
    for deal in closed {
        portal.archive(DEAL, deal, LONG_AGO);
    }
    portal
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
        currency: None,
        rate: None,
        place: id.to_owned(),
        fault: None,
        columns: None,
    }
}

impl World {
    /// The small world with the properties in place.
    pub(crate) async fn small() -> Self {
        let world = Self::of(portal(), books()).await;
        world.setup().await;
        world.hub.forget();
        world
    }

    /// The mock's id of the company with a VAT number.
    pub(crate) fn by_vat(&self, vat_number: &str) -> u64 {
        self.hub.portal(|portal| {
            let mut records = portal.space(COMPANY).records.values();
            records.find(|record| record.props.get("vat_number") == Some(vat_number)).unwrap().id
        })
    }

    /// What a property of the company with a VAT number holds.
    pub(crate) fn value(&self, vat_number: &str, property: &str) -> Option<String> {
        self.hub.value(COMPANY, self.by_vat(vat_number), property)
    }

    /// A person edits the company with a VAT number.
    pub(crate) fn edit(&self, vat_number: &str, values: &[(&str, &str)]) {
        assert!(self.hub.person_edits(COMPANY, self.by_vat(vat_number), values));
    }
}
