//! Large vTiger CRMs for benchmarks, the same for the same numbers.

use chrono::{Days, NaiveDate};

use super::cluster301::SeedError;
use super::generate::Numbers;
use super::vat::vat_number;
use super::vtiger::{Ground, NewInvoice, PeopleField, add_invoice};
use crate::vtiger::{Crm, CustomField, Language};

/// How much to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VTigerSize {
    /// Organizations; the VAT number of the n-th is [`vat_number`]`(n)`.
    pub organizations: u64,
    /// Invoices of the five years before `until`, about one credit note in fifty and one cancelled in a hundred.
    pub invoices: u64,
    /// Opportunities, each of one organization.
    pub opportunities: u64,
    /// Those of them that are open, in the pipeline `sales`; the others are closed.
    pub open: u64,
    /// Held calls and meetings, each of one organization.
    pub events: u64,
    /// The last day of invoices and events.
    pub until: NaiveDate,
    /// Another seed gives other values.
    pub seed: u64,
}

impl Default for VTigerSize {
    fn default() -> Self {
        let until = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default();
        Self { organizations: 0, invoices: 0, opportunities: 0, open: 0, events: 0, until, seed: 1 }
    }
}

const START_MS: i64 = 1_577_836_800_000;

fn pick<'a>(numbers: &mut Numbers, of: &[&'a str]) -> &'a str {
    let at = usize::try_from(numbers.below(of.len() as u64)).unwrap_or(0);
    of.get(at).copied().unwrap_or_default()
}

/// A CRM of this size, with the users and people's fields of [`super::vtiger_cluster301`] and the given fields.
pub fn vtiger_generated(
    size: VTigerSize,
    fields: &[(&str, CustomField)],
    language: Language,
) -> Result<Crm, SeedError> {
    let mut numbers = Numbers(size.seed);
    let mut ground = Ground::new(fields, language)?;
    let first = ground.crm.next_id();
    for index in 1..=size.organizations {
        organization(&mut ground, &mut numbers, index);
    }
    let any = |numbers: &mut Numbers| first + numbers.below(size.organizations);
    let day = |numbers: &mut Numbers| {
        size.until.checked_sub_days(Days::new(numbers.below(1_826))).unwrap_or(size.until).to_string()
    };
    for index in 1..=size.opportunities {
        let (of, on) = (any(&mut numbers), day(&mut numbers));
        let stage = if index <= size.open {
            pick(&mut numbers, &["Prospecting", "Qualification"])
        } else {
            pick(&mut numbers, &["Closed Won", "Closed Lost"])
        };
        let name = format!("Opportunità {index:06}");
        let pipeline = ground.pipeline.clone();
        let values = [
            ("potentialname", name.as_str()),
            (pipeline.as_str(), "sales"),
            ("sales_stage", stage),
            ("closingdate", on.as_str()),
        ];
        ground.opportunity(START_MS, 11, of, &values);
    }
    for _ in 0..size.events {
        let (of, on) = (any(&mut numbers), day(&mut numbers));
        let kind = pick(&mut numbers, &["Call", "Meeting"]);
        ground.event(11, of, &on, kind, "Held")?;
    }
    for index in 1..=size.invoices {
        let (account, on) = (any(&mut numbers), day(&mut numbers));
        let status = match numbers.below(100) {
            0 => "Cancel",
            1 | 2 => "Credit Invoice",
            _ => pick(&mut numbers, &["Created", "Sent", "Paid"]),
        };
        let cents = 1_000 + numbers.below(500_000);
        let invoice = NewInvoice {
            account,
            number: &format!("FT {index:07}"),
            day: &on,
            status,
            net: &format!("{}.{:02}", cents / 100, cents % 100),
            negative: status == "Credit Invoice" && index.is_multiple_of(2),
        };
        add_invoice(&mut ground.crm, &invoice)?;
    }
    Ok(ground.crm)
}

fn organization(ground: &mut Ground, numbers: &mut Numbers, index: u64) {
    let vat = vat_number(index);
    let people = [
        (PeopleField::Potential, pick(numbers, &["high", "low", "low", "lost"])),
        (PeopleField::Category, pick(numbers, &["", "INDUSTRIA", "RIVENDITORE", "PA"])),
        (PeopleField::VatNumber, vat.as_str()),
        (PeopleField::DAndP, pick(numbers, &["1", "0", "0", "0", "0"])),
    ];
    let owner = 11 + numbers.below(6);
    let minutes = i64::try_from(numbers.below(2_000_000)).unwrap_or(0);
    ground.organization(START_MS + minutes * 60_000, owner, &format!("Azienda {index:06} S.r.l."), &people);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_the_same_crm_again() {
        let size = VTigerSize {
            organizations: 50,
            invoices: 100,
            opportunities: 20,
            open: 5,
            events: 30,
            ..VTigerSize::default()
        };
        let make = || vtiger_generated(size, &[], Language::English).unwrap();
        let values = |crm: &Crm| -> Vec<Option<String>> {
            crm.ids("Invoice").iter().map(|id| crm.value("Invoice", *id, "hdnSubTotal")).collect()
        };
        let (one, other) = (make(), make());
        assert_eq!(values(&one), values(&other));
        let counts = ["Accounts", "Invoice", "Potentials", "Events"].map(|module| one.count(module));
        assert_eq!(counts, [50, 100, 20, 30]);
        let open = one.ids("Potentials").into_iter().filter(|id| {
            let stage = one.value("Potentials", *id, "sales_stage").unwrap_or_default();
            !stage.starts_with("Closed")
        });
        assert_eq!(open.count(), 5);
    }
}
