//! `[company]`: which properties of a company hold what, and what their values mean.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::problem::Report;
use super::reading::check_disjoint;
use crate::domain::catalogue::Figure;
use crate::ports::InputProperty;

/// Which properties of a company hold what, what their values mean, and which figures are written.
///
/// A property that is not named here is expected under sirank's own name, `sirank_potential` and so on, which
/// `sirank setup` creates.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Company {
    /// The property that holds the potential.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub potential: Option<String>,
    /// Values that mean high potential; upper and lower case are alike, here and below.
    pub potential_high: Vec<String>,
    /// Values that mean low potential.
    pub potential_low: Vec<String>,
    /// Values that mean lost potential.
    pub potential_lost: Vec<String>,
    /// The property that says whether the company is D&P.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub d_and_p: Option<String>,
    /// Values that mean D&P.
    pub d_and_p_yes: Vec<String>,
    /// The property that holds the category.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub category: Option<String>,
    /// The property that holds the VAT number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub vat_number: Option<String>,
    /// The property that holds the Italian tax code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub tax_code: Option<String>,
    /// The property that holds the customer's id in the accounting system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub accounting_id: Option<String>,
    /// The property that holds the country, if it is not the CRM's own: `country` in HubSpot and in CSV files,
    /// `bill_country` in vTiger.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub country: Option<String>,
    /// What the names of sirank's own properties begin with.
    #[schemars(length(min = 1, max = 40))]
    pub property_prefix: String,
    /// Which figures are written.
    #[schemars(length(min = 1))]
    pub figures: Vec<Figure>,
}

impl Default for Company {
    fn default() -> Self {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Self {
            potential: None,
            potential_high: texts(&["high"]),
            potential_low: texts(&["low"]),
            potential_lost: texts(&["lost"]),
            d_and_p: None,
            d_and_p_yes: texts(&["yes", "true"]),
            category: None,
            vat_number: None,
            tax_code: None,
            accounting_id: None,
            country: None,
            property_prefix: "sirank_".into(),
            figures: Figure::ALL.into(),
        }
    }
}

impl Company {
    /// The property that the settings map a field to that people fill in; none where they do not map it.
    pub fn mapped(&self, input: InputProperty) -> Option<&str> {
        match input {
            InputProperty::Potential => self.potential.as_deref(),
            InputProperty::DAndP => self.d_and_p.as_deref(),
            InputProperty::Category => self.category.as_deref(),
            InputProperty::VatNumber => self.vat_number.as_deref(),
            InputProperty::TaxCode => self.tax_code.as_deref(),
            InputProperty::AccountingId => self.accounting_id.as_deref(),
        }
    }

    /// The property that holds a field that people fill in: the mapped one, else sirank's own.
    pub fn input_property(&self, input: InputProperty) -> String {
        let own = match input {
            InputProperty::Potential => "potential",
            InputProperty::DAndP => "d_and_p",
            InputProperty::Category => "category",
            InputProperty::VatNumber => "vat_number",
            InputProperty::TaxCode => "tax_code",
            InputProperty::AccountingId => "accounting_id",
        };
        self.mapped(input).map_or_else(|| format!("{}{own}", self.property_prefix), str::to_owned)
    }

    pub(super) fn check(&self, report: &mut Report<'_>) {
        let lists = [
            ("potential_high", &self.potential_high),
            ("potential_low", &self.potential_low),
            ("potential_lost", &self.potential_lost),
        ];
        check_disjoint("company", &lists, report);
        let prefix = &self.property_prefix;
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if !prefix.starts_with(|first: char| first.is_ascii_lowercase()) || !prefix.bytes().all(fits) {
            report.add(
                "company.property_prefix",
                format!("`{prefix}` cannot begin the name of a property"),
                "Begin with a letter and use lower-case letters, digits and `_` only",
            );
        }
        check_repetition(&self.figures, report);
        self.check_inputs(report);
    }

    /// That nothing is read as filled in by people that sirank writes itself.
    fn check_inputs(&self, report: &mut Report<'_>) {
        let inputs = [
            ("potential", &self.potential),
            ("d_and_p", &self.d_and_p),
            ("category", &self.category),
            ("vat_number", &self.vat_number),
            ("tax_code", &self.tax_code),
            ("accounting_id", &self.accounting_id),
        ];
        let own = Figure::ALL.map(|figure| figure.property_name(&self.property_prefix));
        let mapped = inputs.into_iter().filter_map(|(key, property)| Some((key, property.as_ref()?)));
        for (key, property) in mapped.filter(|(_, property)| own.contains(property)) {
            report.add(
                &format!("company.{key}"),
                format!("`{property}` is a property that sirank writes"),
                "Name the property that people fill in",
            );
        }
    }
}

/// That no figure is named twice.
fn check_repetition(figures: &[Figure], report: &mut Report<'_>) {
    let mut seen = BTreeSet::new();
    for figure in figures.iter().filter(|figure| !seen.insert(**figure)) {
        let message = format!("`{}` is named twice", figure.name());
        report.add("company.figures", message, "Name it once");
    }
}
