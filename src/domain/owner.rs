//! Who an owner is, as the CRM names them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::ids::OwnerId;

/// Name and address of a user or a group of the CRM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OwnerName {
    /// First and last name, or the group's name.
    pub name: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
}

impl OwnerName {
    /// From what a CRM holds, any of it missing or blank.
    pub fn of(first: Option<&str>, last: Option<&str>, email: Option<&str>) -> Self {
        let said =
            |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        let name: Vec<String> = [first, last].into_iter().filter_map(said).collect();
        Self { name: Some(name.join(" ")).filter(|name| !name.is_empty()), email: said(email) }
    }

    /// What people know them by: the name, or else the address.
    pub fn for_people(&self) -> Option<&str> {
        self.name.as_deref().or(self.email.as_deref())
    }
}

/// Everybody whom the CRM lists as an owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// Who is active.
    pub active: BTreeSet<OwnerId>,
    /// What they are called.
    pub names: BTreeMap<OwnerId, OwnerName>,
}

impl Owners {
    /// Whom a text means: an id, an e-mail address, a name, or else a part of one. Case does not matter but in ids.
    pub fn meant_by(&self, text: &str) -> BTreeSet<OwnerId> {
        let text = text.trim();
        let by_id = |id: &OwnerId| id.as_str() == text;
        if let Some(id) = self.active.iter().chain(self.names.keys()).find(|id| by_id(id)) {
            return BTreeSet::from([id.clone()]);
        }
        let wanted = text.to_lowercase();
        let found = |fits: &dyn Fn(&OwnerName) -> bool| -> BTreeSet<OwnerId> {
            self.names.iter().filter(|(_, who)| fits(who)).map(|(id, _)| id.clone()).collect()
        };
        let lower = |text: &Option<String>| text.as_deref().map(str::to_lowercase);
        let tries: [&dyn Fn(&OwnerName) -> bool; 3] = [
            &|who| lower(&who.email).is_some_and(|email| email == wanted),
            &|who| lower(&who.name).is_some_and(|name| name == wanted),
            &|who| !wanted.is_empty() && lower(&who.name).is_some_and(|name| name.contains(&wanted)),
        ];
        tries.into_iter().map(found).find(|ids| !ids.is_empty()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_is_there_of_it() {
        let shown = |first, last, email| {
            OwnerName::of(first, last, email).for_people().map(str::to_owned).unwrap_or_default()
        };
        assert_eq!(shown(Some(" Ada "), Some("Esempio"), Some("ada@example.com")), "Ada Esempio");
        assert_eq!(shown(Some(""), Some("Vendite"), None), "Vendite");
        assert_eq!(shown(None, Some("  "), Some("ada@example.com")), "ada@example.com");
        assert_eq!(shown(None, None, Some(" ")), "");
    }

    #[test]
    fn an_owner_is_found_by_id_address_name_and_a_part_of_it() {
        let owner = |id: &str, first: &str, last: &str| {
            let email = format!("{}@example.com", first.to_lowercase());
            (OwnerId::from(id), OwnerName::of(Some(first), Some(last), Some(&email)))
        };
        let owners = Owners {
            active: ["1", "2", "4"].map(OwnerId::from).into(),
            names: [
                owner("1", "Ada", "Esempio"),
                owner("2", "Bea", "Esempio"),
                owner("3", "Carlo", "Partito"),
            ]
            .into(),
        };
        let table: [(&str, &[&str]); 9] = [
            ("1", &["1"]),
            ("4", &["4"]),
            (" ADA@example.com ", &["1"]),
            ("bea esempio", &["2"]),
            ("esempio", &["1", "2"]),
            ("partito", &["3"]),
            ("nobody", &[]),
            ("example.com", &[]),
            ("", &[]),
        ];
        for (text, expected) in table {
            let found: Vec<_> = owners.meant_by(text).iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
