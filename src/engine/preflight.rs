//! Preflight: whether the account and the configuration fit, before anything is read at length or written.

use std::collections::BTreeMap;

use crate::domain::catalogue::Figure;
use crate::domain::ids::PipelineId;
use crate::ports::{Crm, Finding, HandWork, InputProperty, PropertyState, SchemaItem, Severity, Survey};

use crate::store::{Store, StoreError};

use super::wake_up::Looked;
use super::{Engine, EngineError, InputMapping, Policy, Watched};

impl Engine<'_> {
    /// What prevents a run, as an error; otherwise the watched pipelines.
    pub(super) fn preflight(&self, survey: &Survey, looked: &Looked) -> Result<Watched, EngineError> {
        let mut findings = self.findings(survey);
        findings.retain(|finding| finding.severity == Severity::Error);
        if findings.is_empty() {
            Ok(watched(self.policy, survey, looked.pipeline.as_ref()))
        } else {
            Err(EngineError::Preflight(findings))
        }
    }
}

/// Under this name the state remembers what people call the properties of the figures.
const NAMES: &str = "figure_names";

impl Engine<'_> {
    /// Remembers what people call the properties of the figures, for commands that only read the state.
    pub(super) fn remember_names(&self, survey: &Survey) -> Result<(), EngineError> {
        let by_label = self.crm.traits().known_by_label;
        let names: BTreeMap<Figure, &str> = survey
            .figure_properties
            .iter()
            .map(|(figure, name)| {
                let label =
                    survey.properties.get(name).filter(|_| by_label).map(|state| state.label.as_str());
                (*figure, label.unwrap_or(name))
            })
            .collect();
        Ok(self.store.set_meta(NAMES, &serde_json::to_string(&names).unwrap_or_default())?)
    }
}

/// What people call the properties of the figures, as the last run that reached the CRM saw them.
pub fn figure_names(store: &Store) -> Result<BTreeMap<Figure, String>, StoreError> {
    let text = store.meta(NAMES)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Under this name the state remembers which account it is about.
pub(super) const ACCOUNT: &str = "account";

impl Engine<'_> {
    /// Refuses a state that is about another account: its records would be taken for this one's.
    pub(super) fn same_account(&self, survey: &Survey) -> Result<(), EngineError> {
        let name = self.crm.traits().name;
        let account = survey.account_id.as_ref().map_or(name.to_owned(), |id| format!("{name} {id}"));
        // Where the account does not tell its id, at least the CRM has to be the same.
        let same = |known: &str| known == account || survey.account_id.is_none() && known.starts_with(name);
        match self.store.meta(ACCOUNT)? {
            Some(known) if !same(&known) => Err(EngineError::Preflight(vec![error(
                "store.path",
                format!(
                    "the state {} is about {known}, the configuration about {account}",
                    self.store.path().display()
                ),
                "Give each account a state of its own, or check the token and the base URL.",
            )])),
            Some(_) => Ok(()),
            None => Ok(self.store.set_meta(ACCOUNT, &account)?),
        }
    }
}

impl Engine<'_> {
    /// Everything that can be said from a survey.
    pub(super) fn findings(&self, survey: &Survey) -> Vec<Finding> {
        let (policy, crm) = (self.policy, self.crm);
        let mut findings = survey.findings.clone();
        findings.extend(not_set_up(policy, survey, crm));
        findings.extend(policy.figures.iter().filter_map(|figure| figure_finding(*figure, survey, crm)));
        findings.extend(policy.inputs.iter().filter_map(|mapping| input_finding(mapping, survey, crm)));
        findings.extend(key_finding(policy, survey, crm));
        findings.extend(pipeline_findings(policy, survey));
        findings.extend(category_findings(policy, survey));
        findings.extend(currency_finding(policy, survey));
        findings
    }

    /// What `sirank setup` cannot mend: what it creates is left out.
    pub(super) fn unmendable(&self, survey: &Survey) -> Vec<Finding> {
        let there = |figure: &&Figure| {
            survey.figure_properties.get(figure).and_then(|name| survey.properties.get(name)).is_some_and(
                |property| {
                    property.read_only
                        || !property.kind.as_ref().is_ok_and(|kind| compatible(*kind, figure.describe().kind))
                },
            )
        };
        let figures = self.policy.figures.iter().filter(there);
        let figures = figures.filter_map(|figure| figure_finding(*figure, survey, self.crm));
        let mut findings: Vec<Finding> = survey.findings.iter().cloned().chain(figures).collect();
        findings.retain(|finding| finding.severity == Severity::Error);
        findings
    }
}

/// The property that a field which people fill in is read from, in this account.
pub(super) fn input_property<'a>(mapping: &'a InputMapping, survey: &'a Survey) -> &'a str {
    survey.input_properties.get(&mapping.input).unwrap_or(&mapping.property)
}

/// The watched pipelines: the configured ones, or all but that of the cards, which are no deals.
pub(super) fn watched(policy: &Policy, survey: &Survey, of_cards: Option<&PipelineId>) -> Watched {
    let configured = &policy.watched_pipelines;
    survey
        .pipelines
        .iter()
        .filter(|pipeline| of_cards != Some(&pipeline.id))
        .filter(|pipeline| {
            configured.as_ref().is_none_or(|names| names.iter().any(|name| is_pipeline(name, pipeline)))
        })
        .map(|pipeline| pipeline.id.clone())
        .collect()
}

fn is_pipeline(name: &str, pipeline: &crate::ports::Pipeline) -> bool {
    name == pipeline.id.as_str() || name.trim().to_lowercase() == pipeline.label.trim().to_lowercase()
}

fn error(place: &str, what: String, advice: impl Into<String>) -> Finding {
    Finding { severity: Severity::Error, place: place.to_owned(), what, advice: advice.into() }
}

/// Figures without a property: one finding for all that one command creates, and one for each that a person has to.
fn not_set_up(policy: &Policy, survey: &Survey, crm: &dyn Crm) -> Vec<Finding> {
    let missing = policy.figures.iter().filter_map(|figure| {
        let name = survey.figure_properties.get(figure)?;
        (!survey.properties.contains_key(name)).then_some((*figure, name.as_str()))
    });
    let (mut by_command, mut findings) = (Vec::new(), Vec::new());
    for (figure, name) in missing {
        match crm.by_hand(&SchemaItem::Figure(figure)) {
            None => by_command.push(name),
            Some(work) => {
                findings.push(error(
                    &format!("field {name}"),
                    "it does not exist in the CRM, is not active, or is kept from the API user".into(),
                    add(&work),
                ));
            }
        }
    }
    if !by_command.is_empty() {
        let (count, names) = (by_command.len(), by_command.join(", "));
        findings.push(error(
            "properties of companies",
            format!("{count} of sirank's own do not exist in the CRM yet: {names}"),
            "Create them with `sirank setup`.",
        ));
    }
    findings
}

fn add(work: &HandWork) -> String {
    format!("Add it: {work}.")
}

/// What is wrong with the property of a figure that has one.
fn figure_finding(figure: Figure, survey: &Survey, crm: &dyn Crm) -> Option<Finding> {
    let name = survey.figure_properties.get(&figure)?;
    let description = figure.describe();
    let PropertyState { label, kind, options, read_only } = survey.properties.get(name)?;
    let place = if crm.traits().known_by_label {
        format!("field {label} ({name})")
    } else {
        format!("property {name}")
    };
    let another = || match crm.by_hand(&SchemaItem::Figure(figure)) {
        None => "Archive or rename the property in the CRM, then create it with `sirank setup`.".to_owned(),
        Some(work) => format!("Delete or rename it in the CRM. {}", add(&work)),
    };
    if *read_only {
        return Some(error(
            &place,
            "the CRM does not let the API write it".into(),
            "Make it writable, or leave it out of company.figures.",
        ));
    }
    match kind {
        Err(vendor) => Some(error(
            &place,
            format!("it is of the type {vendor}, not {}", kind_word(description.kind)),
            another(),
        )),
        Ok(kind) if !compatible(*kind, description.kind) => Some(error(
            &place,
            format!("it is of the type {}, not {}", kind_word(*kind), kind_word(description.kind)),
            another(),
        )),
        Ok(_) => {
            let missing: Vec<String> = description
                .options
                .iter()
                .map(|option| option.name.to_owned())
                .filter(|option| !options.contains(option))
                .collect();
            (!missing.is_empty()).then(|| {
                let what = format!("it lacks the options {}", missing.join(", "));
                let advice = match crm.by_hand(&SchemaItem::Options(figure, missing)) {
                    None => "Add them with `sirank setup`; other options stay.".to_owned(),
                    Some(work) => format!("Add them: {work}."),
                };
                error(&place, what, advice)
            })
        }
    }
}

/// Whether a property of one kind holds the values of another: a currency is a number.
fn compatible(there: crate::domain::value::ValueKind, wanted: crate::domain::value::ValueKind) -> bool {
    use crate::domain::value::ValueKind::{Currency, Number};
    there == wanted || matches!((there, wanted), (Number | Currency, Number | Currency))
}

fn kind_word(kind: crate::domain::value::ValueKind) -> &'static str {
    use crate::domain::value::ValueKind;
    match kind {
        ValueKind::Number => "number",
        ValueKind::Currency => "number (currency)",
        ValueKind::Date => "date",
        ValueKind::Flag => "true/false",
        ValueKind::Choice => "list of options",
        ValueKind::Text => "text",
    }
}

fn input_finding(mapping: &InputMapping, survey: &Survey, crm: &dyn Crm) -> Option<Finding> {
    let InputMapping { input, configured, .. } = mapping;
    let property = input_property(mapping, survey);
    if survey.properties.contains_key(property) {
        return None;
    }
    let create = match crm.by_hand(&SchemaItem::Input(*input)) {
        None => "Create it with `sirank setup`".to_owned(),
        Some(work) => format!("Add it ({work})"),
    };
    // A configured name that does not exist is a slip that would silently empty the figures of every company.
    let severity = if *configured { Severity::Error } else { Severity::Warning };
    Some(Finding {
        severity,
        place: format!("property {property}"),
        what: format!("the CRM has no such property of companies, from which {} is read", input.holds()),
        advice: format!("{create}, or name the property that holds it in company.{}.", input.key()),
    })
}

/// Without any key no document finds its company.
fn key_finding(policy: &Policy, survey: &Survey, crm: &dyn Crm) -> Option<Finding> {
    if survey.keyed_by_id {
        return None;
    }
    let create = match crm.by_hand(&SchemaItem::Input(InputProperty::VatNumber)) {
        None => "create one with `sirank setup`".to_owned(),
        Some(work) => format!("add one ({work})"),
    };
    let is_key = |input| {
        matches!(input, InputProperty::VatNumber | InputProperty::TaxCode | InputProperty::AccountingId)
    };
    let there = |mapping: &InputMapping| survey.properties.contains_key(input_property(mapping, survey));
    let keyed = policy.inputs.iter().any(|mapping| is_key(mapping.input) && there(mapping));
    (!keyed).then(|| {
        error(
            "company.vat_number",
            "the CRM has no property with a VAT number, a tax code or an accounting id, so no invoice finds its company"
                .into(),
            format!("Name the property that holds the VAT number in company.vat_number, or {create}."),
        )
    })
}

fn pipeline_findings<'a>(policy: &'a Policy, survey: &'a Survey) -> impl Iterator<Item = Finding> + 'a {
    let unknown = policy
        .watched_pipelines
        .iter()
        .flatten()
        .filter(|name| !survey.pipelines.iter().any(|pipeline| is_pipeline(name, pipeline)));
    unknown.map(|name| {
        let known: Vec<String> =
            survey.pipelines.iter().map(|pipeline| format!("{} ({})", pipeline.label, pipeline.id)).collect();
        error(
            "cold.watched_pipelines",
            format!("the CRM has no deal pipeline with the id or label `{name}`"),
            format!("Use one of: {}.", known.join(", ")),
        )
    })
}

/// A category can be held against the CRM only where its property has a fixed list of options.
fn category_findings<'a>(policy: &'a Policy, survey: &'a Survey) -> impl Iterator<Item = Finding> + 'a {
    let options = policy
        .inputs
        .iter()
        .find(|mapping| mapping.input == InputProperty::Category)
        .and_then(|mapping| survey.properties.get(input_property(mapping, survey)))
        .map(|property| property.options.as_slice())
        .filter(|options| !options.is_empty());
    policy.excluded_categories.iter().filter_map(move |category| {
        let options = options?;
        let wanted = category.trim().to_lowercase();
        if options.iter().any(|option| option.trim().to_lowercase() == wanted) {
            return None;
        }
        Some(error(
            "cold.excluded_categories",
            format!("the category property of the CRM has no option `{category}`"),
            format!("Use one of: {}.", options.join(", ")),
        ))
    })
}

fn currency_finding(policy: &Policy, survey: &Survey) -> Option<Finding> {
    let account = survey.currency.as_deref()?;
    let base = policy.currency.base.as_str();
    (account != base).then(|| Finding {
        severity: Severity::Warning,
        place: "currency.base".into(),
        what: format!("amounts are written in {base}, but the currency of the CRM account is {account}"),
        advice: format!(
            "People will read the amounts as {account}: change the account's currency or currency.base."
        ),
    })
}
