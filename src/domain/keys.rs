//! The keys by which a document finds its company, normalised so that equal keys have equal texts.
//!
//! Validity is never required: matching compares text, `check` warns ([`is_valid_italian`]).

use super::company::CompanyKeysText;
use super::document::Party;
use super::ids::CustomerId;

/// A VAT number with its country: upper case, letters and digits only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VatNumber(Box<str>);

/// An Italian tax code (codice fiscale): upper case, letters and digits only, without a country.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxCode(Box<str>);

impl VatNumber {
    /// The normalised number; none for an empty one or a placeholder.
    ///
    /// Without a country of its own it takes `country`, if that is a code, else Italy. Greece is EL, as in VAT numbers,
    /// also where a record says GR: the two are one country.
    pub fn normalised(text: &str, country: Option<&str>) -> Option<Self> {
        let text = letters_and_digits(text);
        if is_stand_in(&text) {
            return None;
        }
        let (prefix, number) = match country_of(&text) {
            Some(prefix) => (prefix, text.get(2..).unwrap_or_default()),
            None => (
                country.map(letters_and_digits).as_deref().and_then(exact_country).unwrap_or("IT"),
                text.as_str(),
            ),
        };
        if is_empty_number(number) || number.starts_with("OO") {
            return None;
        }
        Some(Self(format!("{prefix}{number}").into()))
    }

    /// The text trimmed and in upper case; none if it is empty. For files whose column is a key of their own.
    pub fn as_it_stands(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_uppercase().into()))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TaxCode {
    /// The normalised code; none for an empty one or a placeholder.
    ///
    /// A leading `IT` before eleven digits is a country, not a part of the code, and is left out.
    pub fn normalised(text: &str) -> Option<Self> {
        let text = letters_and_digits(text);
        let code = match text.strip_prefix("IT") {
            Some(digits) if digits.len() == 11 && digits.bytes().all(|byte| byte.is_ascii_digit()) => digits,
            _ => text.as_str(),
        };
        let placeholder = is_stand_in(code) || is_empty_number(code) || exact_country(code).is_some();
        (!placeholder).then(|| Self(code.into()))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The normalised keys of a document or a company.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartyKeys {
    /// The accounting system's customer id, trimmed; nothing else is a placeholder there, since `9` or `00` may be one.
    pub customer_id: Option<CustomerId>,
    /// The company's own id, where the CRM is an accounting system too.
    pub own_id: Option<CustomerId>,
    /// The VAT number.
    pub vat_number: Option<VatNumber>,
    /// The Italian tax code.
    pub tax_code: Option<TaxCode>,
}

impl PartyKeys {
    /// The keys of a document's customer.
    pub fn of_party(party: &Party) -> Self {
        Self::normalised(
            party.customer_id.as_deref(),
            party.vat_number.as_deref(),
            party.tax_code.as_deref(),
            party.country.as_deref(),
        )
    }

    /// The keys of a company.
    pub fn of_company(keys: &CompanyKeysText) -> Self {
        let own_id = keys.own_id.as_deref().map(CustomerId::from);
        let normalised = Self::normalised(
            keys.customer_id.as_deref(),
            keys.vat_number.as_deref(),
            keys.tax_code.as_deref(),
            keys.country.as_deref(),
        );
        Self { own_id, ..normalised }
    }

    /// The single key of the two-file form: the column `vat_number`, trimmed and in upper case.
    pub fn as_it_stands(vat_number: &str) -> Self {
        Self { vat_number: VatNumber::as_it_stands(vat_number), ..Self::default() }
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.customer_id.is_none()
            && self.own_id.is_none()
            && self.vat_number.is_none()
            && self.tax_code.is_none()
    }

    fn normalised(
        customer_id: Option<&str>,
        vat_number: Option<&str>,
        tax_code: Option<&str>,
        country: Option<&str>,
    ) -> Self {
        Self {
            customer_id: customer_id.map(str::trim).filter(|id| !id.is_empty()).map(CustomerId::from),
            vat_number: vat_number.and_then(|text| VatNumber::normalised(text, country)),
            tax_code: tax_code.and_then(TaxCode::normalised),
            own_id: None,
        }
    }
}

/// Whether an Italian VAT number (eleven digits, with or without `IT`) has the right check digit.
///
/// `None` for a number of another country, which is not checked. Only for warnings.
pub fn is_valid_italian(vat_number: &VatNumber) -> Option<bool> {
    let digits = vat_number.as_str().strip_prefix("IT")?.as_bytes();
    if digits.len() != 11 || !digits.iter().all(u8::is_ascii_digit) {
        return Some(false);
    }
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            match place % 2 {
                0 => digit,
                _ if digit < 5 => digit * 2,
                _ => digit * 2 - 9,
            }
        })
        .sum();
    Some(sum.is_multiple_of(10))
}

fn letters_and_digits(text: &str) -> String {
    // Upper case first: the upper case of one letter may be a letter and a mark.
    text.chars().flat_map(char::to_uppercase).filter(|c| c.is_alphanumeric()).collect()
}

/// `OO…` and `XX…`: what people write where a country or a number is unknown.
fn is_stand_in(text: &str) -> bool {
    text.starts_with("OO") || text.starts_with("XX")
}

/// Nothing, all zeros or all nines.
fn is_empty_number(number: &str) -> bool {
    number.bytes().all(|byte| byte == b'0') || number.bytes().all(|byte| byte == b'9')
}

/// The country that a text begins with, as VAT numbers write it.
fn country_of(text: &str) -> Option<&'static str> {
    text.get(..2).and_then(exact_country)
}

/// The country that a text of two letters is, as VAT numbers write it.
fn exact_country(text: &str) -> Option<&'static str> {
    match text {
        "EL" | "GR" => Some("EL"),
        "XI" => Some("XI"),
        _ => COUNTRIES.binary_search(&text).ok().map(|place| COUNTRIES[place]),
    }
}

/// ISO 3166-1 alpha-2, sorted.
const COUNTRIES: [&str; 249] = [
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ", "BA",
    "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV",
    "BW", "BY", "BZ", "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU",
    "CV", "CW", "CX", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES",
    "ET", "FI", "FJ", "FK", "FM", "FO", "FR", "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM",
    "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HM", "HN", "HR", "HT", "HU", "ID", "IE",
    "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM",
    "KN", "KP", "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY",
    "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT",
    "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU",
    "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY", "QA",
    "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM",
    "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ", "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL",
    "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "UM", "US", "UY", "UZ", "VA", "VC", "VE",
    "VG", "VI", "VN", "VU", "WF", "WS", "YE", "YT", "ZA", "ZM", "ZW",
];

#[cfg(test)]
mod tests;
