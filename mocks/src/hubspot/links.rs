//! Associations between records: directional type ids, both directions always in step.

use std::collections::{BTreeMap, HashMap};

use super::kind::Kind;

/// (from, to, id, label, name inline): the reverse of a row is the row with the kinds swapped and the same family.
const DEFINED: &[(Kind, Kind, u32, u32, Option<&str>)] = &[
    (Kind::Deal, Kind::Company, 341, 342, None),
    (Kind::Deal, Kind::Company, 5, 6, Some("Primary")),
    (Kind::Task, Kind::Company, 192, 191, None),
    (Kind::Task, Kind::Deal, 216, 215, None),
    (Kind::Note, Kind::Company, 190, 189, None),
    (Kind::Note, Kind::Deal, 214, 213, None),
    (Kind::Invoice, Kind::Company, 179, 180, None),
    (Kind::Invoice, Kind::Deal, 175, 176, None),
    (Kind::Invoice, Kind::Contact, 177, 178, None),
    (Kind::Deal, Kind::Contact, 3, 4, None),
    (Kind::Contact, Kind::Company, 279, 280, None),
    (Kind::Contact, Kind::Company, 1, 2, Some("Primary")),
    (Kind::Company, Kind::Company, 13, 14, Some("Child Company")),
];

/// An association type as the labels endpoint shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkType {
    /// The directional id.
    pub id: u32,
    /// The label; none for the unlabeled type.
    pub label: Option<&'static str>,
    /// The id of the other direction.
    pub reverse: u32,
}

/// The types from one kind to another, the unlabeled one first.
pub(crate) fn types(from: Kind, to: Kind) -> Vec<LinkType> {
    let mut found = Vec::new();
    for (first, second, there, back, label) in DEFINED {
        if (*first, *second) == (from, to) {
            found.push(LinkType { id: *there, label: *label, reverse: *back });
        }
        if (*second, *first) == (from, to) {
            let label = label.map(|label| if label == "Child Company" { "Parent Company" } else { label });
            found.push(LinkType { id: *back, label, reverse: *there });
        }
    }
    found
}

/// The unlabeled type.
pub(crate) fn default_type(from: Kind, to: Kind) -> Option<LinkType> {
    types(from, to).into_iter().find(|link| link.label.is_none())
}

/// One associated record with its type ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The other record.
    pub to: u64,
    /// The type ids of the pair, in this direction.
    pub types: Vec<u32>,
}

/// All associations of a portal.
#[derive(Clone, Debug, Default)]
pub struct Links(HashMap<(Kind, Kind), BTreeMap<u64, Vec<Link>>>);

impl Links {
    /// What a record is associated with.
    pub fn of(&self, from: Kind, id: u64, to: Kind) -> &[Link] {
        self.0.get(&(from, to)).and_then(|table| table.get(&id)).map_or(&[], Vec::as_slice)
    }

    /// Adds a type to a pair, in both directions. The first company of a deal becomes its primary one by itself.
    /// Returns false for a type that the pair of kinds does not have.
    pub(crate) fn add(&mut self, from: (Kind, u64), to: (Kind, u64), type_id: u32) -> bool {
        let Some(link) = types(from.0, to.0).into_iter().find(|link| link.id == type_id) else {
            return false;
        };
        if let Some(unlabeled) = default_type(from.0, to.0) {
            self.add_one(from, to, unlabeled.id);
            self.add_one(to, from, unlabeled.reverse);
        }
        if matches!(type_id, 5 | 6) {
            let deal = if type_id == 5 { from } else { to };
            self.drop_primary(deal);
        }
        self.add_one(from, to, link.id);
        self.add_one(to, from, link.reverse);
        let (deal, company) = if from.0 == Kind::Deal { (from, to) } else { (to, from) };
        if deal.0 == Kind::Deal && company.0 == Kind::Company && self.primary_company(deal.1).is_none() {
            self.add_one(deal, company, 5);
            self.add_one(company, deal, 6);
        }
        true
    }

    /// The primary company of a deal.
    pub fn primary_company(&self, deal: u64) -> Option<u64> {
        self.of(Kind::Deal, deal, Kind::Company)
            .iter()
            .find(|link| link.types.contains(&5))
            .map(|link| link.to)
    }

    fn drop_primary(&mut self, deal: (Kind, u64)) {
        let Some(company) = self.primary_company(deal.1) else { return };
        self.drop_type(deal, (Kind::Company, company), 5);
        self.drop_type((Kind::Company, company), deal, 6);
    }

    fn drop_type(&mut self, from: (Kind, u64), to: (Kind, u64), type_id: u32) {
        if let Some(links) = self.0.get_mut(&(from.0, to.0)).and_then(|table| table.get_mut(&from.1)) {
            for link in links.iter_mut().filter(|link| link.to == to.1) {
                link.types.retain(|held| *held != type_id);
            }
        }
    }

    fn add_one(&mut self, from: (Kind, u64), to: (Kind, u64), type_id: u32) {
        let links = self.0.entry((from.0, to.0)).or_default().entry(from.1).or_default();
        match links.iter_mut().find(|link| link.to == to.1) {
            Some(link) if link.types.contains(&type_id) => {}
            Some(link) => link.types.push(type_id),
            None => links.push(Link { to: to.1, types: vec![type_id] }),
        }
    }

    /// Removes a pair entirely.
    pub fn remove(&mut self, from: (Kind, u64), to: (Kind, u64)) {
        for (one, other) in [(from, to), (to, from)] {
            if let Some(table) = self.0.get_mut(&(one.0, other.0)) {
                if let Some(links) = table.get_mut(&one.1) {
                    links.retain(|link| link.to != other.1);
                }
                if table.get(&one.1).is_some_and(Vec::is_empty) {
                    table.remove(&one.1);
                }
            }
        }
    }

    /// Removes everything that a record is associated with (it was archived), or hands it to another (it was merged).
    pub(crate) fn detach(&mut self, from: (Kind, u64), heir: Option<u64>) {
        for to in Kind::ALL {
            for link in self.of(from.0, from.1, to).to_vec() {
                self.remove(from, (to, link.to));
                if let Some(heir) = heir {
                    for type_id in link.types {
                        self.add((from.0, heir), (to, link.to), type_id);
                    }
                }
            }
        }
    }
}

/// The name of a type in inline associations: `deal_to_company`, or with `_unlabeled`.
pub(crate) fn inline_name(from: Kind, to: Kind, type_id: u32) -> String {
    let base = format!("{}_to_{}", from.singular(), to.singular());
    let labels = types(from, to);
    let has_labeled = labels.iter().any(|link| link.label.is_some());
    let unlabeled = labels.iter().any(|link| link.id == type_id && link.label.is_none());
    if has_labeled && unlabeled { format!("{base}_unlabeled") } else { base }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_and_the_primary_company() {
        let mut links = Links::default();
        let deal = (Kind::Deal, 9);
        assert!(links.add(deal, (Kind::Company, 1), 341));
        assert!(links.add(deal, (Kind::Company, 2), 341));
        assert_eq!(links.primary_company(9), Some(1));
        assert!(links.add(deal, (Kind::Company, 2), 5));
        assert_eq!(links.primary_company(9), Some(2));
        assert_eq!(links.of(Kind::Company, 2, Kind::Deal), [Link { to: 9, types: vec![342, 6] }]);
        assert!(!links.add(deal, (Kind::Company, 1), 342));
        links.detach(deal, None);
        assert!(links.of(Kind::Company, 1, Kind::Deal).is_empty());
    }
}
