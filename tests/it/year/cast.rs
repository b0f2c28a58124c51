//! Who plays in the year, and what everybody knows of them: noted as it happens, never asked of the CRM or of sirank.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use sirank::domain::ids::{CompanyId, OwnerId};

/// The category that is excluded from the cold customers.
pub(super) const EXCLUDED: &str = "PA";
/// More than so many days without a purchase are inactive.
const ACTIVE_DAYS: i64 = 180;

/// Name, days between its last purchase and the beginning of the year (none: it never bought), the net amount of that
/// purchase, its potential, its category.
pub(super) const CUSTOMERS: &[(&str, Option<i64>, u32, &str, &str)] = &[
    ("Alfa", Some(300), 9_100, "high", ""),
    ("Beta", Some(290), 8_200, "high", ""),
    ("Gamma", Some(178), 7_300, "low", ""),
    ("Delta", Some(260), 9_400, "high", ""),
    ("Epsilon", Some(176), 6_500, "high", ""),
    ("Zeta", Some(240), 9_600, "low", ""),
    ("Eta", Some(170), 5_700, "high", ""),
    ("Theta", Some(165), 4_800, "low", ""),
    ("Iota", Some(160), 7_900, "high", ""),
    ("Kappa", Some(155), 6_100, "high", ""),
    ("Lambda", Some(330), 9_900, "high", ""),
    ("Mi", Some(150), 3_300, "low", ""),
    ("Ni", Some(145), 3_400, "low", ""),
    ("Xi", Some(140), 3_500, "high", ""),
    ("Omicron", Some(135), 3_600, "high", ""),
    ("Pi", Some(340), 9_800, "high", ""),
    ("Rho", Some(130), 5_100, "high", ""),
    ("Sigma", Some(130), 5_200, "high", ""),
    ("Tau", Some(120), 5_300, "low", ""),
    ("Ypsilon", Some(118), 5_400, "low", ""),
    ("Phi", Some(110), 2_500, "high", ""),
    ("Chi", Some(105), 2_600, "high", ""),
    ("Psi", None, 0, "high", ""),
    ("Omega", Some(340), 9_700, "high", EXCLUDED),
    ("Digamma", Some(335), 9_300, "lost", ""),
    ("Stigma", Some(220), 8_800, "high", ""),
    ("Heta", Some(100), 2_700, "high", ""),
    ("San", Some(95), 2_800, "high", ""),
    ("Koppa", Some(10), 6_600, "high", ""),
    ("Sampi", Some(12), 6_700, "high", ""),
    ("Uno", Some(90), 1_100, "high", ""),
    ("Due", Some(250), 1_200, "low", ""),
    ("Tre", Some(230), 1_300, "high", ""),
    ("Quattro", Some(210), 1_400, "low", ""),
    ("Cinque", Some(60), 1_500, "high", ""),
    ("Sei", Some(30), 1_600, "low", ""),
    ("Sette", Some(200), 1_700, "high", ""),
    ("Otto", Some(185), 1_800, "high", ""),
];

/// Those to whom anything may happen: everybody else is in a scene of the script.
pub(super) const ORDINARY: &[&str] = &["Uno", "Due", "Tre", "Quattro", "Cinque", "Sei", "Sette", "Otto"];

/// The VAT number of a customer.
pub(super) fn vat_number(name: &str) -> String {
    let place = CUSTOMERS.iter().position(|(customer, ..)| *customer == name).unwrap();
    format!("IT{:011}", 101 + place)
}

#[derive(Clone, Debug)]
pub(super) struct Purchase {
    pub(super) day: NaiveDate,
    pub(super) net: Decimal,
    pub(super) number: String,
}

/// What everybody knows of one customer.
#[derive(Clone, Debug)]
pub(super) struct Customer {
    pub(super) name: &'static str,
    pub(super) purchases: Vec<Purchase>,
    /// Whether its potential is high, unless it is lost.
    pub(super) high: bool,
    pub(super) lost: bool,
    pub(super) excluded: bool,
    pub(super) last_contact: Option<DateTime<Utc>>,
    /// Its open deals, by their pipeline, and when they were opened.
    pub(super) deals: Vec<(&'static str, DateTime<Utc>)>,
    /// Deals that it has won, and when.
    pub(super) won: Vec<(String, NaiveDate)>,
    /// Who is there for it, where somebody is.
    pub(super) owner: Option<OwnerId>,
}

/// Everybody whose company still exists.
#[derive(Clone, Debug, Default)]
pub(super) struct Cast(pub(super) BTreeMap<CompanyId, Customer>);

impl Cast {
    pub(super) fn id(&self, name: &str) -> Option<&CompanyId> {
        self.0.iter().find(|(_, customer)| customer.name == name).map(|(id, _)| id)
    }

    pub(super) fn of(&mut self, name: &str) -> &mut Customer {
        self.0.values_mut().find(|customer| customer.name == name).unwrap_or_else(|| panic!("{name} is gone"))
    }
}

impl Customer {
    pub(super) fn last_purchase(&self) -> Option<NaiveDate> {
        self.purchases.iter().map(|purchase| purchase.day).max()
    }

    /// Whether it has not bought for long. Somebody who never bought is a prospect.
    pub(super) fn is_inactive(&self, day: NaiveDate) -> bool {
        self.last_purchase().is_some_and(|last| day - last > TimeDelta::days(ACTIVE_DAYS))
    }

    pub(super) fn is_cold(&self, day: NaiveDate) -> bool {
        self.is_inactive(day) && !self.excluded && !self.lost && self.deals.is_empty()
    }

    /// What it brought in during the twelve months that end on its last purchase.
    pub(super) fn lost_revenue(&self) -> Decimal {
        let Some(last) = self.last_purchase() else { return Decimal::ZERO };
        let from = last - Months::new(12);
        self.purchases.iter().filter(|purchase| purchase.day > from).map(|purchase| purchase.net).sum()
    }

    /// The first invoice since a day, that day included.
    pub(super) fn bought_since(&self, day: NaiveDate) -> Option<&Purchase> {
        self.purchases.iter().filter(|purchase| purchase.day >= day).min_by_key(|purchase| purchase.day)
    }
}
