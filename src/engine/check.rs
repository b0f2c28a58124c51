//! Check: the configuration against the live systems. Reads a little, writes nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ports::{CallError, Finding, InputProperty, QuotaState, Severity, SourceProbe, Survey};

use crate::store::RefusedRecord;

use super::Engine;
use super::records::refused_lately;
use super::sample::Sample;

/// What a check found.
#[derive(Debug, Default, Serialize)]
pub struct CheckReport {
    /// Everything worth saying, the worst last.
    pub findings: Vec<Finding>,
    /// How many companies have each input that people fill in; empty where the CRM does not tell.
    pub coverage: Vec<Coverage>,
    /// The first documents of each source whose mapping is set by people, as they are understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<Sample>,
    /// Systems that could not be used, each also a finding.
    #[serde(skip)]
    pub failures: Vec<CallError>,
}

/// How many companies have an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// What people fill in.
    pub input: &'static str,
    /// Companies that have it.
    pub filled: u64,
    /// All companies that were looked at.
    pub companies: u64,
    /// Whether these are only the first ones: the CRM does not count.
    pub sampled: bool,
    /// What follows for the others.
    pub otherwise: &'static str,
}

/// How many pages of companies are looked at where the CRM does not count.
const SAMPLED_PAGES: u32 = 20;

impl Coverage {
    fn of(input: InputProperty, filled: u64, companies: u64, sampled: bool) -> Self {
        Self { input: input.key(), filled, companies, sampled, otherwise: otherwise(input) }
    }
}

impl CheckReport {
    /// Whether a run is possible.
    pub fn passed(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }

    fn failed(&mut self, error: CallError) {
        self.findings.push(Finding {
            severity: Severity::Error,
            place: error.system.clone(),
            what: format!("{}: {}", error.operation, error.trouble),
            advice: String::new(),
        });
        self.failures.push(error);
    }

    fn tell(&mut self, place: &str, what: String) {
        let place = place.to_owned();
        self.findings.push(Finding { severity: Severity::Ok, place, what, advice: String::new() });
    }

    fn tell_quotas(&mut self, place: &str, quotas: &[QuotaState]) {
        for quota in quotas {
            self.tell(place, format!("quota {}: {} of {} left", quota.name, quota.left, quota.limit));
        }
    }
}

impl Engine<'_> {
    /// Checks the CRM and every source; one that cannot be used does not keep the others from being checked.
    pub async fn check(&self) -> CheckReport {
        let mut report = CheckReport::default();
        match self.crm.survey().await {
            Ok(survey) => self.tell_of_crm(&survey, &mut report),
            Err(error) => report.failed(error),
        }
        if let Err(error) = self.crm.may_write().await {
            report.failed(error);
        }
        self.check_records(&mut report).await;
        if report.failures.is_empty()
            && let Err(error) = self.coverage(&mut report).await
        {
            report.failed(error);
        }
        for source in self.sources {
            match source.probe().await {
                Ok(mut probe) => {
                    let drafts = std::mem::take(&mut probe.sample);
                    let sample = Sample::of(source.name(), drafts, &self.policy.currency);
                    probe.findings.extend(sample.as_ref().and_then(Sample::finding));
                    report.samples.extend(sample);
                    tell_of_source(source.name().as_str(), probe, &mut report);
                }
                Err(error) => report.failed(error),
            }
        }
        report.findings.sort_by_key(|finding| finding.severity);
        report
    }

    /// Whether cards and tasks can be written, and what the CRM refused of them lately. Figures do not depend on it.
    async fn check_records(&self, report: &mut CheckReport) {
        let policy = self.policy;
        if let (Some(_), Some(cards)) = (&policy.wake_up, self.crm.cards())
            && let Err(error) = cards.may_write().await
        {
            report.findings.push(hindered("wake_up", "cards", &error));
        }
        if let Some(tasks) = self.kept_tasks()
            && let Err(error) = tasks.may_write().await
        {
            report.findings.push(hindered("tasks", "tasks", &error));
        }
        match refused_lately(self.store) {
            Ok(records) => report.findings.extend(refusals(&records)),
            Err(error) => report.findings.push(state_unreadable("wake_up", &error)),
        }
    }

    fn tell_of_crm(&self, survey: &Survey, report: &mut CheckReport) {
        let name = self.crm.traits().name;
        report.tell(
            name,
            format!(
                "account {}, {} properties of companies, {} deal pipelines, {} active owners",
                survey.account,
                survey.properties.len(),
                survey.pipelines.len(),
                survey.active_owners.len()
            ),
        );
        if let Some(left) = survey.properties_left {
            report.tell(name, format!("{left} more custom properties can be created"));
        }
        report.tell_quotas(name, &survey.quotas);
        report.findings.extend(self.findings(survey));
        match self.look_for_board(survey) {
            Ok(looked) => report.findings.extend(looked.findings),
            Err(error) => report.findings.push(state_unreadable("wake_up", &error)),
        }
    }

    /// How many companies have each input that people fill in.
    async fn coverage(&self, report: &mut CheckReport) -> Result<(), CallError> {
        let Some(companies) = self.crm.count(None).await? else { return self.sampled_coverage(report).await };
        for mapping in &self.policy.inputs {
            let Some(filled) = self.crm.count(Some(mapping.input)).await? else {
                return self.sampled_coverage(report).await;
            };
            report.coverage.push(Coverage::of(mapping.input, filled, companies, false));
        }
        Ok(())
    }

    /// The same of the first pages, where the CRM does not count.
    async fn sampled_coverage(&self, report: &mut CheckReport) -> Result<(), CallError> {
        let mut filled = vec![0; self.policy.inputs.len()];
        let mut companies = 0;
        let mut next = None;
        let mut sampled = false;
        for page in 1.. {
            let read = self.crm.companies(next).await?;
            companies += read.items.len() as u64;
            for (count, mapping) in filled.iter_mut().zip(&self.policy.inputs) {
                *count += read.items.iter().filter(|company| company.has(mapping.input)).count() as u64;
            }
            sampled = read.next.is_some();
            next = read.next;
            if next.is_none() || page == SAMPLED_PAGES {
                break;
            }
        }
        for (filled, mapping) in filled.into_iter().zip(&self.policy.inputs) {
            report.coverage.push(Coverage::of(mapping.input, filled, companies, sampled));
        }
        Ok(())
    }
}

fn hindered(place: &str, what: &str, error: &CallError) -> Finding {
    Finding {
        severity: Severity::Warning,
        place: place.to_owned(),
        what: format!("{what} cannot be written: {}", error.trouble),
        advice: "Figures are written all the same.".to_owned(),
    }
}

/// What the CRM refused of cards and tasks, once for each kind and code.
fn refusals(records: &[RefusedRecord]) -> Vec<Finding> {
    let mut by_code: BTreeMap<(&str, &str), Vec<&RefusedRecord>> = BTreeMap::new();
    for record in records {
        by_code.entry((&record.kind, &record.code)).or_default().push(record);
    }
    let finding = |((kind, code), records): ((&str, &str), Vec<&RefusedRecord>)| Finding {
        severity: Severity::Warning,
        place: format!("{kind}s"),
        what: format!(
            "the CRM refused {} of them within the last day: {code}: {}",
            records.len(),
            records.first().map_or("", |latest| latest.message.as_str())
        ),
        advice:
            "Mend it in the CRM: each is tried again a day after it was refused. All of them: sirank failed."
                .to_owned(),
    };
    by_code.into_iter().map(finding).collect()
}

fn state_unreadable(place: &str, error: &dyn std::error::Error) -> Finding {
    Finding {
        severity: Severity::Warning,
        place: place.to_owned(),
        what: error.to_string(),
        advice: "Look at the state of sirank.".to_owned(),
    }
}

fn tell_of_source(name: &str, probe: SourceProbe, report: &mut CheckReport) {
    let documents = probe.documents.map_or_else(String::new, |count| format!(", {count} documents"));
    report.tell(name, format!("{}{documents}", probe.identity));
    report.tell_quotas(name, &probe.quotas);
    report.findings.extend(probe.findings);
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
