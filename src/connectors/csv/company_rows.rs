//! Rows of a companies file as companies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::figures_file::FigureValues;
use super::header::Header;
use super::input::InputError;
use super::records::Record;
use crate::domain::company::{CompanyKeysText, CompanyRecord};
use crate::domain::ids::{CompanyId, DealId, OwnerId, PipelineId};
use crate::domain::time::Day;
use crate::domain::value::ValueKind;
use crate::ports::{OpenDeal, PropertyState};

/// The names of the columns of the companies file. Only the id has to be there.
///
/// A file that lacks one of these names, but has the default one, is read by that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyColumns {
    /// The id.
    pub company_id: String,
    /// The name.
    pub name: String,
    /// The VAT number.
    pub vat_number: String,
    /// The tax code.
    pub tax_code: String,
    /// The accounting system's customer id.
    pub customer_id: String,
    /// The country.
    pub country: String,
    /// The potential.
    pub potential: String,
    /// The category.
    pub category: String,
    /// The D&P mark.
    pub d_and_p: String,
    /// The owner. Every owner is active.
    pub owner: String,
    /// The day of creation.
    pub created: String,
    /// The day of the last direct contact.
    pub last_contacted: String,
    /// The pipelines with an open deal, joined by `|`.
    pub open_deal_pipelines: String,
}

impl Default for CompanyColumns {
    fn default() -> Self {
        Self {
            company_id: "company_id".to_owned(),
            name: "name".to_owned(),
            vat_number: "vat_number".to_owned(),
            tax_code: "tax_code".to_owned(),
            customer_id: "customer_id".to_owned(),
            country: "country".to_owned(),
            potential: "potential".to_owned(),
            category: "category".to_owned(),
            d_and_p: "d_and_p".to_owned(),
            owner: "owner".to_owned(),
            created: "created".to_owned(),
            last_contacted: "last_contacted".to_owned(),
            open_deal_pipelines: "open_deal_pipelines".to_owned(),
        }
    }
}

/// Reads rows of the companies file.
pub(super) struct Companies {
    width: usize,
    company_id: usize,
    name: Option<usize>,
    vat_number: Option<usize>,
    tax_code: Option<usize>,
    customer_id: Option<usize>,
    country: Option<usize>,
    potential: Option<usize>,
    category: Option<usize>,
    d_and_p: Option<usize>,
    owner: Option<usize>,
    created: Option<usize>,
    last_contacted: Option<usize>,
    open_deal_pipelines: Option<usize>,
}

impl Companies {
    /// Finds the columns in a header.
    pub(super) fn of(file: &Path, columns: &CompanyColumns, header: &Header) -> Result<Self, InputError> {
        let usual = CompanyColumns::default();
        let at = |name: &String, usual: &String| match header.position(file, name)? {
            None => header.position(file, usual),
            found => Ok(found),
        };
        let [company_id] = match header.position(file, &columns.company_id)? {
            Some(position) => [position],
            None => header.require(file, [usual.company_id.as_str()])?.positions(),
        };
        Ok(Self {
            width: header.width(),
            company_id,
            name: at(&columns.name, &usual.name)?,
            vat_number: at(&columns.vat_number, &usual.vat_number)?,
            tax_code: at(&columns.tax_code, &usual.tax_code)?,
            customer_id: at(&columns.customer_id, &usual.customer_id)?,
            country: at(&columns.country, &usual.country)?,
            potential: at(&columns.potential, &usual.potential)?,
            category: at(&columns.category, &usual.category)?,
            d_and_p: at(&columns.d_and_p, &usual.d_and_p)?,
            owner: at(&columns.owner, &usual.owner)?,
            created: at(&columns.created, &usual.created)?,
            last_contacted: at(&columns.last_contacted, &usual.last_contacted)?,
            open_deal_pipelines: at(&columns.open_deal_pipelines, &usual.open_deal_pipelines)?,
        })
    }

    /// The columns that people fill in, as properties.
    pub(super) fn inputs(&self, columns: &CompanyColumns) -> BTreeMap<String, PropertyState> {
        let inputs = [
            (&columns.vat_number, self.vat_number),
            (&columns.tax_code, self.tax_code),
            (&columns.customer_id, self.customer_id),
            (&columns.country, self.country),
            (&columns.potential, self.potential),
            (&columns.category, self.category),
            (&columns.d_and_p, self.d_and_p),
        ];
        let there = inputs.into_iter().filter(|(_, position)| position.is_some());
        there
            .map(|(name, _)| {
                let kind = Ok(ValueKind::Text);
                let state =
                    PropertyState { label: name.clone(), kind, options: Vec::new(), read_only: false };
                (name.clone(), state)
            })
            .collect()
    }

    /// What is wrong with a row; a row with a wrong number of fields or without an id is left out.
    pub(super) fn fault(&self, record: &Record<'_>) -> Option<String> {
        let row = record.line;
        if record.len() != self.width {
            return Some(format!("row {row}: {}", super::wrong_width(record, self.width)));
        }
        if record.field(self.company_id).is_empty() {
            return Some(format!("row {row}, column `company_id`: is empty"));
        }
        let days = [("created", self.created), ("last_contacted", self.last_contacted)];
        days.into_iter().find_map(|(column, position)| {
            let error = self.text(record, position)?.parse::<Day>().err()?;
            Some(format!("row {row}, column `{column}`: {error}"))
        })
    }

    /// The company of a row; none where the row is left out.
    pub(super) fn record(&self, record: &Record<'_>, figures: &FigureValues) -> Option<CompanyRecord> {
        let id = self.id(record);
        if record.len() != self.width || id.as_str().is_empty() {
            return None;
        }
        let text = |position| self.text(record, position);
        let day = |position| text(position).and_then(|text| text.parse().ok());
        Some(CompanyRecord {
            version: None,
            name: text(self.name).unwrap_or_default(),
            created: day(self.created),
            keys: CompanyKeysText {
                own_id: None,
                customer_id: text(self.customer_id),
                vat_number: text(self.vat_number),
                tax_code: text(self.tax_code),
                country: text(self.country),
            },
            potential: text(self.potential),
            category: text(self.category),
            d_and_p: text(self.d_and_p),
            owner: self.owner(record),
            last_contact: day(self.last_contacted),
            last_contact_at: None,
            observed: figures
                .get(&id)
                .into_iter()
                .flatten()
                .map(|(figure, value)| (*figure, value.clone()))
                .collect(),
            id,
        })
    }

    /// One open deal for each pipeline that the row names.
    pub(super) fn open_deals(&self, record: &Record<'_>) -> Vec<OpenDeal> {
        let company = self.id(record);
        let deal = |pipeline: String| OpenDeal {
            version: None,
            created: None,
            id: DealId::new(format!("{company}/{pipeline}")),
            pipeline: PipelineId::new(pipeline),
            companies: vec![company.clone()],
        };
        self.pipelines(record).into_iter().map(deal).collect()
    }

    /// The id of the company.
    pub(super) fn id(&self, record: &Record<'_>) -> CompanyId {
        CompanyId::new(String::from_utf8_lossy(record.field(self.company_id)).into_owned())
    }

    /// The pipelines that a row names.
    pub(super) fn pipelines(&self, record: &Record<'_>) -> BTreeSet<String> {
        let joined = self.text(record, self.open_deal_pipelines).unwrap_or_default();
        joined.split('|').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// The owner.
    pub(super) fn owner(&self, record: &Record<'_>) -> Option<OwnerId> {
        self.text(record, self.owner).map(OwnerId::new)
    }

    fn text(&self, record: &Record<'_>, position: Option<usize>) -> Option<String> {
        let text = String::from_utf8_lossy(record.field(position?)).into_owned();
        Some(text).filter(|text| record.len() == self.width && !text.is_empty())
    }
}
