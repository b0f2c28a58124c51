//! The 301 companies of the customer matrix as a vTiger CRM.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster301::{CompanyRow, SeedError, company_rows, document_rows};
use crate::vtiger::{Crm, CustomField, Language, UiType, User};

/// The access key of the user `admin` of seeded CRMs.
pub const ACCESS_KEY: &str = "mock-access-key";

/// The number of the user `admin` of seeded CRMs.
pub const ADMIN: u64 = 1;

/// The number of the user `owner-N`: 10 + N.
pub fn vtiger_owner_id(owner: &str) -> Option<u64> {
    let number: u64 = owner.strip_prefix("owner-")?.parse().ok()?;
    Some(10 + number)
}

/// The fields that people fill in, as the columns of `cluster301` that they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PeopleField {
    /// high, low, lost.
    Potential,
    /// A checkbox.
    DAndP,
    /// Free category.
    Category,
    /// With country prefix.
    VatNumber,
    /// Empty in this data.
    TaxCode,
    /// Empty in this data.
    AccountingId,
    /// C0001 ...
    CompanyRef,
}

impl PeopleField {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Potential,
        Self::DAndP,
        Self::Category,
        Self::VatNumber,
        Self::TaxCode,
        Self::AccountingId,
        Self::CompanyRef,
    ];

    /// What the seeded field is called.
    pub fn label(self, language: Language) -> &'static str {
        let (english, italian) = match self {
            Self::Potential => ("Potential", "Potenziale"),
            Self::DAndP => ("D&P", "D&P"),
            Self::Category => ("Customer category", "Categoria cliente"),
            Self::VatNumber => ("VAT number", "Partita IVA"),
            Self::TaxCode => ("Tax code", "Codice fiscale"),
            Self::AccountingId => ("Accounting customer id", "Codice cliente contabilità"),
            Self::CompanyRef => ("Company id of the data set", "Codice azienda dei dati"),
        };
        match language {
            Language::English => english,
            Language::Italian => italian,
        }
    }

    fn field(self, language: Language) -> CustomField {
        let label = self.label(language);
        match self {
            Self::Potential => CustomField::picklist(label, &["high", "low", "lost"]),
            Self::DAndP => CustomField::new(label, UiType::Checkbox),
            Self::Category => {
                CustomField::picklist(label, &["INDUSTRIA", "RIVENDITORE", "PA", "UTILIZZATORE FINALE"])
            }
            Self::VatNumber | Self::TaxCode | Self::AccountingId | Self::CompanyRef => {
                CustomField::text(label, 30)
            }
        }
    }
}

/// The label of the picklist on opportunities that plays the part of pipelines.
pub const PIPELINE_LABEL: &str = "Pipeline";

/// What every seeded CRM has: the administrator, six owners, the fields that people fill in, and the pipelines.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) crm: Crm,
    names: BTreeMap<PeopleField, String>,
    pub(crate) pipeline: String,
}

impl Ground {
    pub(crate) fn new(fields: &[(&str, CustomField)], language: Language) -> Result<Self, SeedError> {
        let refuse = |problem: String| SeedError::new(&problem);
        let mut crm = Crm::new();
        crm.add_user(
            User::new(ADMIN, "admin", ACCESS_KEY).admin().decimals(5).named("Anna", "Amministratore"),
        );
        let mut names = BTreeMap::new();
        for field in PeopleField::ALL {
            names.insert(field, crm.add_field("Accounts", &field.field(language)).map_err(refuse)?);
        }
        for (module, field) in fields {
            crm.add_field(module, field).map_err(refuse)?;
        }
        let pipeline = match crm.field_named("Potentials", PIPELINE_LABEL) {
            Some(name) => name.to_owned(),
            None => {
                crm.add_field("Potentials", &CustomField::picklist(PIPELINE_LABEL, &[])).map_err(refuse)?
            }
        };
        for name in ["sales", "ecommerce", "other"] {
            if !crm.has_picklist_value("Potentials", &pipeline, name) {
                crm.add_picklist_value("Potentials", &pipeline, name);
            }
        }
        for number in 1..=6_u64 {
            let user = User::new(10 + number, &format!("owner-{number}"), &format!("key-{number}"));
            crm.add_user(user.named("Owner", &number.to_string()));
        }
        crm.set_next_id(1_001);
        Ok(Self { crm, names, pipeline })
    }

    /// An organization with its values by people's field; further values by name.
    pub(crate) fn organization(
        &mut self,
        at_ms: i64,
        owner: u64,
        name: &str,
        people: &[(PeopleField, &str)],
    ) -> u64 {
        let mut values = vec![("accountname", name)];
        values.extend(
            people.iter().map(|(field, value)| (self.names.get(field).map_or("", String::as_str), *value)),
        );
        self.crm.add("Accounts", at_ms, owner, &values)
    }

    /// An opportunity of an organization.
    pub(crate) fn opportunity(&mut self, at_ms: i64, owner: u64, of: u64, values: &[(&str, &str)]) -> u64 {
        let related = of.to_string();
        let mut all = vec![("related_to", related.as_str()), ("probability", "25")];
        all.extend_from_slice(values);
        self.crm.add("Potentials", at_ms, owner, &all)
    }

    /// A call or meeting about a record, at ten o'clock UTC.
    pub(crate) fn event(
        &mut self,
        owner: u64,
        about: u64,
        day: &str,
        kind: &str,
        status: &str,
    ) -> Result<(), SeedError> {
        let about = about.to_string();
        let values = [
            ("subject", kind),
            ("date_start", day),
            ("time_start", "10:00:00"),
            ("due_date", day),
            ("time_end", "11:00:00"),
            ("duration_hours", "1"),
            ("activitytype", kind),
            ("eventstatus", status),
            ("parent_id", about.as_str()),
        ];
        self.crm.add("Events", noon_ms(day)?, owner, &values);
        Ok(())
    }
}

pub(crate) fn noon_ms(day: &str) -> Result<i64, SeedError> {
    let parsed = chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
    let noon = parsed.and_then(|day| day.and_hms_opt(12, 0, 0));
    noon.map(|noon| noon.and_utc().timestamp_millis()).ok_or_else(|| SeedError::new(&format!("day {day}")))
}

/// The data set as a vTiger CRM: 301 organizations with their owners and open opportunities.
///
/// `fields` are what an administrator added beside what people fill in (module, field): sirank's own, as a rule. The
/// picklist of pipelines on opportunities has the values sales, ecommerce and other. Organizations were created at noon
/// UTC of their days; the day of the last contact is that of a held call or meeting, of a meeting about one of the
/// organization's opportunities, or of a sent e-mail, the one or the other in turn. Planned and unheld events, drafts
/// and tasks after it are no contacts. Who has no owner in the data belongs to the group Team Selling.
pub fn vtiger_cluster301(fields: &[(&str, CustomField)], language: Language) -> Result<Crm, SeedError> {
    let rows = company_rows()?;
    let mut ground = Ground::new(fields, language)?;
    for (index, row) in rows.iter().enumerate() {
        let created = noon_ms(&row.created)?;
        let owner = vtiger_owner_id(&row.owner).unwrap_or(NOBODY);
        let people = [
            (PeopleField::Potential, row.potential.as_str()),
            (PeopleField::DAndP, if row.d_and_p == "yes" { "1" } else { "0" }),
            (PeopleField::Category, row.category.as_str()),
            (PeopleField::VatNumber, row.vat_number.as_str()),
            (PeopleField::CompanyRef, row.company_id.as_str()),
        ];
        let organization = ground.organization(created, owner, &row.name, &people);
        let mut opportunities = Vec::new();
        for pipeline in row.open_deal_pipelines.split('|').filter(|name| !name.is_empty()) {
            opportunities.push(open_opportunity(&mut ground, created, owner, organization, row, pipeline));
        }
        contacts(&mut ground, index, row, organization, opportunities.first().copied())?;
    }
    Ok(ground.crm)
}

/// The group that holds what nobody owns.
const NOBODY: u64 = 2;

fn open_opportunity(
    ground: &mut Ground,
    at_ms: i64,
    owner: u64,
    of: u64,
    row: &CompanyRow,
    pipeline: &str,
) -> u64 {
    let name = format!("{} - {pipeline}", row.name);
    let field = ground.pipeline.clone();
    let values = [
        ("potentialname", name.as_str()),
        (field.as_str(), pipeline),
        ("sales_stage", "Prospecting"),
        ("closingdate", "2014-06-30"),
        ("amount", "1000"),
    ];
    ground.opportunity(at_ms, owner, of, &values)
}

/// The last contact of a company, and what looks like a later one and is none.
fn contacts(
    ground: &mut Ground,
    index: usize,
    row: &CompanyRow,
    organization: u64,
    opportunity: Option<u64>,
) -> Result<(), SeedError> {
    let owner = vtiger_owner_id(&row.owner).unwrap_or(NOBODY);
    if index.is_multiple_of(5) {
        ground.event(owner, organization, "2013-12-30", "Meeting", "Planned")?;
        ground.event(owner, organization, "2013-12-29", "Call", "Not Held")?;
        email(ground, owner, &[organization], "2013-12-28", "SAVED")?;
    }
    let day = row.last_contacted.as_str();
    if day.is_empty() {
        return Ok(());
    }
    match index % 4 {
        0 => ground.event(owner, organization, day, "Call", "Held")?,
        1 => ground.event(owner, organization, day, "Meeting", "Held")?,
        2 => {
            let about = opportunity.map_or_else(|| lost_opportunity(ground, row, owner, organization), Ok)?;
            ground.event(owner, about, day, "Meeting", "Held")?;
        }
        _ => {
            let account = organization.to_string();
            let values = [("lastname", "Referente"), ("account_id", account.as_str())];
            let person = ground.crm.add("Contacts", noon_ms(&row.created)?, owner, &values);
            email(ground, owner, &[organization, person], day, "SENT")?;
        }
    }
    Ok(())
}

/// An opportunity that was lost on the day of the last contact.
fn lost_opportunity(
    ground: &mut Ground,
    row: &CompanyRow,
    owner: u64,
    organization: u64,
) -> Result<u64, SeedError> {
    let name = format!("{} - lost", row.name);
    let day = row.last_contacted.as_str();
    let values = [("potentialname", name.as_str()), ("sales_stage", "Closed Lost"), ("closingdate", day)];
    Ok(ground.opportunity(noon_ms(day)?, owner, organization, &values))
}

fn email(ground: &mut Ground, owner: u64, about: &[u64], day: &str, flag: &str) -> Result<(), SeedError> {
    let values = [
        ("subject", "Offerta"),
        ("date_start", day),
        ("time_start", "10:00:00"),
        ("activitytype", "Emails"),
        ("email_flag", flag),
    ];
    let id = ground.crm.add("Emails", noon_ms(day)?, owner, &values);
    for parent in about {
        ground.crm.add_email_parent(id, *parent);
    }
    Ok(())
}

/// Adds the documents of the data set as invoices: net amounts as totals without tax, 22 % VAT on top. Credit notes have
/// the status Credit Invoice, every other one with negative totals as well. A document whose VAT number no organization
/// has is passed over. Returns how many were added.
pub fn vtiger_cluster301_invoices(crm: &mut Crm) -> Result<usize, SeedError> {
    let labels =
        [Language::English, Language::Italian].map(|language| PeopleField::VatNumber.label(language));
    let field = labels.into_iter().find_map(|label| crm.field_named("Accounts", label));
    let field = field.ok_or_else(|| SeedError::new("no field for VAT numbers"))?.to_owned();
    let mut by_vat = BTreeMap::new();
    for id in crm.ids("Accounts") {
        if let Some(vat) = crm.value("Accounts", id, &field) {
            by_vat.insert(vat, id);
        }
    }
    let mut added = 0;
    for (index, row) in document_rows()?.iter().enumerate() {
        let Some(account) = by_vat.get(&row.vat_number) else { continue };
        let credit = row.kind == "credit_note";
        let status = if credit { "Credit Invoice" } else { ["Created", "Sent", "Paid"][index % 3] };
        let invoice = NewInvoice {
            account: *account,
            number: &row.document_id,
            day: &row.date,
            status,
            net: &row.net_amount,
            negative: credit && index.is_multiple_of(2),
        };
        add_invoice(crm, &invoice)?;
        added += 1;
    }
    Ok(added)
}

/// An invoice of one net amount.
pub(crate) struct NewInvoice<'a> {
    pub(crate) account: u64,
    pub(crate) number: &'a str,
    pub(crate) day: &'a str,
    pub(crate) status: &'a str,
    pub(crate) net: &'a str,
    pub(crate) negative: bool,
}

pub(crate) fn add_invoice(crm: &mut Crm, invoice: &NewInvoice<'_>) -> Result<u64, SeedError> {
    let NewInvoice { account, number, day, status, net, negative } = *invoice;
    let net: rust_decimal::Decimal =
        net.parse().map_err(|_| SeedError::new(&format!("amount {net} of {number}")))?;
    let net = if negative { -net } else { net };
    let gross = net + net * rust_decimal::Decimal::new(22, 2);
    let (net, gross, account) = (net.to_string(), gross.to_string(), account.to_string());
    let values = [
        ("subject", number),
        ("invoicedate", day),
        ("invoicestatus", status),
        ("account_id", account.as_str()),
        ("hdnSubTotal", net.as_str()),
        ("pre_tax_total", net.as_str()),
        ("hdnGrandTotal", gross.as_str()),
        ("balance", gross.as_str()),
        ("hdnTaxType", "group"),
        ("currency_id", "1"),
        ("conversion_rate", "1"),
        ("bill_street", "-"),
        ("ship_street", "-"),
    ];
    Ok(crm.add("Invoice", noon_ms(day)?, ADMIN, &values))
}

/// Users who own something in the data set.
pub fn vtiger_owners(crm: &Crm) -> BTreeSet<u64> {
    crm.users.keys().copied().filter(|id| *id > 10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_301_organizations_their_open_opportunities_and_contacts() {
        let fields = [("Accounts", CustomField::decimal("SiRank", 3, 1))];
        let mut crm = vtiger_cluster301(&fields, Language::Italian).unwrap();
        assert_eq!(crm.count("Accounts"), 301);
        let open = crm
            .ids("Potentials")
            .iter()
            .filter(|id| crm.value("Potentials", **id, "sales_stage").unwrap() == "Prospecting")
            .count();
        assert_eq!(open, 31);
        let vat = crm.field_named("Accounts", "Partita IVA").unwrap().to_owned();
        let first = crm.find("Accounts", &vat, "IT99000000010").unwrap();
        assert_eq!(crm.value("Accounts", first, "createdtime").unwrap(), "2009-08-12 12:00:00");
        assert!(crm.field_named("Accounts", "SiRank").is_some());
        assert_eq!(vtiger_owners(&crm).len(), 6);
        let added = vtiger_cluster301_invoices(&mut crm).unwrap();
        assert_eq!((added, crm.count("Invoice")), (2677, 2677));
    }
}
