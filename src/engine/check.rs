//! Check: the configuration against the live systems. Reads a little, writes nothing.

use serde::Serialize;

use crate::ports::{Finding, InputProperty, Severity};
use crate::store::Store;

use super::{Engine, EngineError, Policy, preflight};

/// What a check found.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    /// Everything worth saying, the worst last.
    pub findings: Vec<Finding>,
    /// How many companies of the last pull have each input; none before the first pull.
    pub coverage: Vec<Coverage>,
}

/// How many companies have an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// What people fill in.
    pub input: &'static str,
    /// Companies that have it.
    pub filled: u64,
    /// All companies.
    pub companies: u64,
    /// What follows for the others.
    pub otherwise: &'static str,
}

impl CheckReport {
    /// Whether a run is possible.
    pub fn passed(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }
}

impl Engine<'_> {
    /// Checks the CRM and every source. A system that cannot be used is an error, since nothing more can be said of it.
    pub async fn check(&self) -> Result<CheckReport, EngineError> {
        let survey = self.crm.survey().await?;
        let name = self.crm.traits().name;
        let mut findings = vec![Finding {
            severity: Severity::Ok,
            place: name.into(),
            what: format!(
                "account {}, {} properties of companies, {} deal pipelines, {} active owners",
                survey.account,
                survey.properties.len(),
                survey.pipelines.len(),
                survey.active_owners.len()
            ),
            advice: String::new(),
        }];
        findings.extend(survey.quotas.iter().map(|quota| Finding {
            severity: Severity::Ok,
            place: name.into(),
            what: format!("quota {}: {} of {} left", quota.name, quota.left, quota.limit),
            advice: String::new(),
        }));
        findings.extend(preflight::findings(self.policy, &survey));
        for source in self.sources {
            let place = source.name().to_string();
            let probe = source.probe().await?;
            let documents = probe.documents.map_or_else(String::new, |count| format!(", {count} documents"));
            findings.push(Finding {
                severity: Severity::Ok,
                place: place.clone(),
                what: format!("{}{documents}", probe.identity),
                advice: String::new(),
            });
            findings.extend(probe.quotas.iter().map(|quota| Finding {
                severity: Severity::Ok,
                place: place.clone(),
                what: format!("quota {}: {} of {} left", quota.name, quota.left, quota.limit),
                advice: String::new(),
            }));
            findings.extend(probe.findings);
        }
        findings.sort_by_key(|finding| finding.severity);
        Ok(CheckReport { findings, coverage: coverage(self.store, self.policy)? })
    }
}

/// How many companies of the last pull have each input that people fill in.
fn coverage(store: &Store, policy: &Policy) -> Result<Vec<Coverage>, EngineError> {
    let mut coverage: Vec<Coverage> = InputProperty::ALL
        .iter()
        .map(|input| Coverage { input: input.key(), filled: 0, companies: 0, otherwise: otherwise(*input) })
        .collect();
    super::matched::for_each_company(store, |_, row| -> Result<(), EngineError> {
        let (record, keys) = (&row.record, &row.record.keys);
        let readings = &policy.rules.readings;
        let filled = [
            readings.potential(record.potential.as_deref()).is_some(),
            record.d_and_p.is_some(),
            record.category.is_some(),
            keys.vat_number.is_some(),
            keys.tax_code.is_some(),
            keys.customer_id.is_some(),
        ];
        for (line, filled) in coverage.iter_mut().zip(filled) {
            line.companies += 1;
            line.filled += u64::from(filled);
        }
        Ok(())
    })?;
    coverage.retain(|line| line.companies > 0);
    Ok(coverage)
}

const fn otherwise(input: InputProperty) -> &'static str {
    match input {
        InputProperty::Potential => "no cluster (unless potential.missing = \"low\")",
        InputProperty::DAndP => "counts as not D&P",
        InputProperty::Category => "never excluded by category",
        InputProperty::VatNumber => "matched by tax code or accounting id, or not at all",
        InputProperty::TaxCode => "matched by VAT number or accounting id, or not at all",
        InputProperty::AccountingId => "matched by VAT number or tax code, or not at all",
    }
}
