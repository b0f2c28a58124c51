//! Who an owner is, as the CRM names them.

use serde::Serialize;

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
}
