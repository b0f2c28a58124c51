//! How a folder of e-invoices is read.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::ids::SourceName;
use crate::domain::keys::{TaxCode, VatNumber};
use crate::ports::FileIndex;

use super::invoice::Identity;

/// A folder of e-invoices.
#[derive(Clone)]
pub struct FatturaPaConfig {
    /// What the source is called.
    pub name: SourceName,
    /// The folder; those in it are read too.
    pub folder: PathBuf,
    /// Whose invoices are read.
    pub own: Own,
    /// Whether sales of assets (TD26) count.
    pub count_asset_sales: bool,
    /// How long a file has to be as it is before it is read.
    pub settle: Duration,
    /// What was read of the files.
    pub index: Arc<dyn FileIndex>,
    /// The clock.
    pub wall: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
}

/// The company's own numbers: an invoice is its own where the seller has one of them. Companies of a group share a VAT
/// number and are told apart by their tax codes: where those are given, a seller with another one is another company.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    vat_numbers: BTreeSet<String>,
    tax_codes: BTreeSet<String>,
}

impl Own {
    /// The company with these VAT numbers (without a country, Italian ones) and tax codes. What is neither is left out.
    pub fn of(vat_numbers: &[String], tax_codes: &[String]) -> Self {
        let vat = |text: &String| Some(VatNumber::normalised(text, None)?.as_str().to_owned());
        let code = |text: &String| Some(TaxCode::normalised(text)?.as_str().to_owned());
        Self {
            vat_numbers: vat_numbers.iter().filter_map(vat).collect(),
            tax_codes: tax_codes.iter().filter_map(code).collect(),
        }
    }

    /// Whether a seller is the company.
    pub(super) fn is(&self, seller: &Identity) -> bool {
        let code = seller.tax_code.as_deref().and_then(TaxCode::normalised);
        let has_own_code = code.as_ref().is_some_and(|code| self.tax_codes.contains(code.as_str()));
        let has_own_vat_number = vat_number(seller).is_some_and(|vat| self.vat_numbers.contains(&vat));
        has_own_code || (has_own_vat_number && !code.is_some_and(|code| self.is_of_another(&code)))
    }

    /// Whether a tax code beside an own VAT number is that of another company of a group. The tax code of a company is
    /// mostly its VAT number.
    fn is_of_another(&self, code: &TaxCode) -> bool {
        !self.tax_codes.is_empty() && !self.vat_numbers.contains(&format!("IT{}", code.as_str()))
    }

    /// The numbers as one text.
    pub(super) fn fingerprint(&self) -> String {
        let join = |texts: &BTreeSet<String>| texts.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        format!("{} {}", join(&self.vat_numbers), join(&self.tax_codes))
    }
}

/// A VAT number as it is compared.
pub(super) fn vat_number(identity: &Identity) -> Option<String> {
    let vat = VatNumber::normalised(identity.vat_code.as_deref()?, identity.country.as_deref())?;
    Some(vat.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_numbers_are_compared_as_all_others() {
        let own = Own::of(&["it 01234567897".to_owned()], &["RSSMRA80A01H501U".to_owned()]);
        let seller = |country: &str, vat: &str, tax: Option<&str>| Identity {
            country: Some(country.to_owned()),
            vat_code: Some(vat.to_owned()),
            tax_code: tax.map(str::to_owned),
            name: None,
        };
        assert!(own.is(&seller("IT", "01234567897", None)));
        assert!(own.is(&seller("IT", "IT01234567897", None)), "the country once more");
        assert!(!own.is(&seller("DE", "01234567897", None)));
        assert!(!own.is(&seller("IT", "01234567898", Some("01234567897"))));
        assert!(own.is(&seller("IT", "99999999990", Some("rssmra80a01h501u"))), "by the tax code alone");
    }

    #[test]
    fn companies_of_a_group_are_told_apart_by_their_tax_codes() {
        let seller = |tax: Option<&str>| Identity {
            country: Some("IT".to_owned()),
            vat_code: Some("01234567897".to_owned()),
            tax_code: tax.map(str::to_owned),
            name: None,
        };
        let group = ["IT01234567897".to_owned()];
        let (own, another, of_the_group) = (Some("00000000018"), Some("00000000026"), Some("01234567897"));
        let member = Own::of(&group, &["00000000018".to_owned()]);
        assert!(member.is(&seller(own)) && member.is(&seller(None)) && member.is(&seller(of_the_group)));
        assert!(!member.is(&seller(another)));
        let alone = Own::of(&group, &[]);
        assert!(alone.is(&seller(own)) && alone.is(&seller(another)), "nobody said that there is a group");
    }
}
