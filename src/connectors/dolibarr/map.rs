//! Dolibarr's invoices and third parties as drafts and parties.

use chrono::{DateTime, TimeDelta};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use super::config::{CustomerId, DolibarrConfig};
use super::wire::{Invoice, Scalar, ThirdParty, text};
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Party};

/// Midnight plus this is on the same day in every zone from UTC−11 to UTC+12, and on any clock that is an hour off.
const HALF_A_DAY: TimeDelta = TimeDelta::hours(12);
/// What the extra fields of a record begin with in the settings.
pub(super) const EXTRA: &str = "options_";

/// How records are understood.
#[derive(Clone, Debug)]
pub(super) struct Mapping {
    pub(super) base_currency: String,
    pub(super) currency: Option<String>,
    pub(super) zone: Option<Tz>,
    pub(super) tax_code_field: Option<String>,
    pub(super) customer_id: CustomerId,
    pub(super) deposits_are_payments: bool,
}

impl Mapping {
    pub(super) fn of(config: &DolibarrConfig) -> Self {
        Self {
            base_currency: config.base_currency.clone(),
            currency: config.currency.clone(),
            zone: config.zone,
            tax_code_field: config.tax_code_field.clone(),
            customer_id: config.customer_id,
            deposits_are_payments: config.deposits_are_payments,
        }
    }

    /// An invoice as a draft; `customer` is its third party, where the API user sees it.
    pub(super) fn draft(&self, invoice: &Invoice, customer: Option<&Party>) -> DocumentDraft {
        let own = |scalar: &Option<Scalar>| text(scalar.as_ref()).map(str::to_owned);
        let id = own(&invoice.id).unwrap_or_default();
        let number = own(&invoice.reference).unwrap_or_default();
        let (net, currency) = self.amount(invoice);
        DocumentDraft {
            place: format!("invoice {number} (id {id})"),
            id,
            number,
            party: customer.cloned().unwrap_or_else(|| self.unseen(invoice)),
            kind: self.kind(invoice),
            date: text(invoice.date.as_ref()).map(|seconds| self.day(seconds)),
            net,
            currency,
            ..DocumentDraft::default()
        }
    }

    /// All that an invoice says of a third party that the API user does not see.
    fn unseen(&self, invoice: &Invoice) -> Party {
        let id = text(invoice.socid.as_ref()).filter(|_| self.customer_id == CustomerId::Id);
        Party { customer_id: id.map(str::to_owned), ..Party::default() }
    }

    /// Credit notes come with negative amounts. An abandoned invoice that another one replaced is void: the other counts.
    /// One that was abandoned as a bad debt was issued and stays revenue.
    fn kind(&self, invoice: &Invoice) -> Result<DraftKind, String> {
        let status = text(invoice.status.as_ref()).or_else(|| text(invoice.statut.as_ref()));
        let kind = text(invoice.kind.as_ref()).unwrap_or_default();
        let issued = match kind {
            "4" => return Ok(DraftKind::NotCounted(NotCounted::ProForma)),
            "3" if self.deposits_are_payments => DraftKind::NotCounted(NotCounted::NoSale),
            "0" | "1" | "3" | "5" => DraftKind::Issued(DocumentKind::Invoice),
            "2" => DraftKind::Issued(DocumentKind::CreditNote),
            other => return Err(format!("type {other}")),
        };
        match status {
            Some("0") => Ok(DraftKind::NotCounted(NotCounted::Draft)),
            Some("3") if text(invoice.close_code.as_ref()) == Some("replaced") => {
                Ok(DraftKind::NotCounted(NotCounted::Void))
            }
            Some("1" | "2" | "3") => Ok(issued),
            other => Err(format!("status {}", other.unwrap_or("missing"))),
        }
    }

    /// The net amount and its currency: none where that is the base currency.
    ///
    /// `total_ht` is in the company's own currency: the one that the settings tell, else the base currency. At a rate of
    /// exactly 1 it is in the invoice's, which is the company's, or Dolibarr knew no rate and took the amounts over. An
    /// invoice in the base currency at another rate belongs to a company with another one, and tells what it is worth.
    fn amount(&self, invoice: &Invoice) -> (Option<String>, Option<String>) {
        let own = |scalar: &Option<Scalar>| text(scalar.as_ref()).map(plain);
        let code = text(invoice.multicurrency_code.as_ref()).filter(|code| *code != "null");
        let rate = text(invoice.multicurrency_tx.as_ref()).and_then(|rate| rate.parse::<Decimal>().ok());
        if self.is_converted_into_base(code, rate) {
            return (own(&invoice.multicurrency_total_ht).or_else(|| own(&invoice.total_ht)), None);
        }
        let at_par = code.filter(|_| rate == Some(Decimal::ONE));
        let currency = at_par.or(self.currency.as_deref()).filter(|code| !self.is_base(code));
        (own(&invoice.total_ht), currency.map(str::to_owned))
    }

    /// Whether an invoice is in the base currency and its company has another one.
    fn is_converted_into_base(&self, code: Option<&str>, rate: Option<Decimal>) -> bool {
        let is_company_base = self.currency.as_deref().is_some_and(|currency| self.is_base(currency));
        let has_rate = rate.is_some_and(|rate| rate > Decimal::ZERO && rate != Decimal::ONE);
        code.is_some_and(|code| self.is_base(code)) && has_rate && !is_company_base
    }

    fn is_base(&self, code: &str) -> bool {
        code.eq_ignore_ascii_case(&self.base_currency)
    }

    /// Whether an invoice shows that the company's currency is not the base currency, although nobody said so.
    pub(super) fn shows_another_currency(&self, invoice: &Invoice) -> bool {
        let code = text(invoice.multicurrency_code.as_ref());
        let rate = text(invoice.multicurrency_tx.as_ref()).and_then(|rate| rate.parse::<Decimal>().ok());
        self.currency.is_none() && self.is_converted_into_base(code, rate)
    }

    /// The calendar date of Unix seconds; what is none stays as it is and is rejected as unreadable.
    fn day(&self, seconds: &str) -> String {
        let instant = seconds.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let Some(noon) = instant.and_then(|midnight| midnight.checked_add_signed(HALF_A_DAY)) else {
            return seconds.to_owned();
        };
        noon.with_timezone(&self.zone.unwrap_or(Tz::UTC)).format("%Y-%m-%d").to_string()
    }

    /// A third party.
    pub(super) fn party(&self, third: &ThirdParty) -> Party {
        let own = |scalar: &Option<Scalar>| text(scalar.as_ref()).map(str::to_owned);
        Party {
            customer_id: match self.customer_id {
                CustomerId::Id => own(&third.id),
                CustomerId::Code => own(&third.code_client),
            },
            vat_number: own(&third.tva_intra),
            tax_code: self.tax_code(third).map(str::to_owned),
            country: own(&third.country_code),
            name: own(&third.name),
        }
    }

    /// The tax code, where the settings say which field holds it.
    pub(super) fn tax_code<'a>(&self, third: &'a ThirdParty) -> Option<&'a str> {
        let field = self.tax_code_field.as_deref()?;
        let scalar = match field {
            "idprof1" => third.idprof1.as_ref(),
            "idprof2" => third.idprof2.as_ref(),
            "idprof3" => third.idprof3.as_ref(),
            "idprof4" => third.idprof4.as_ref(),
            "idprof5" => third.idprof5.as_ref(),
            "idprof6" => third.idprof6.as_ref(),
            extra => third.array_options.0.get(extra).and_then(Option::as_ref),
        };
        text(scalar)
    }
}

/// A JSON number as a plain decimal: `1.5e3` is 1500. What is none stays as it is and is rejected as unreadable.
fn plain(number: &str) -> String {
    if !number.contains(['e', 'E']) {
        return number.to_owned();
    }
    Decimal::from_scientific(number).map_or_else(|_| number.to_owned(), |decimal| decimal.to_string())
}
