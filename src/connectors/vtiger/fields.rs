//! Modules as this installation has them, and which of their fields are read and written.

use std::collections::BTreeMap;

use super::config::{Mapping, VtigerConfig};
use super::labels::{decoded, for_picklist, same};
use super::query::is_askable;
use super::wire;
use crate::domain::catalogue::{Figure, Label, Language};
use crate::domain::value::ValueKind;
use crate::ports::{Finding, InputProperty, PropertyState, Severity};

/// A module of this installation.
#[derive(Clone, Debug)]
pub(super) struct Module {
    /// What people call it.
    pub(super) label: String,
    /// The first part of the ids of its records.
    pub(super) prefix: u64,
    /// Whether the user may make records of it.
    pub(super) creatable: bool,
    /// Whether the user may change its records.
    pub(super) editable: bool,
    pub(super) fields: Vec<Field>,
}

/// A field of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    /// vTiger's word for its type.
    pub(super) kind: String,
    pub(super) editable: bool,
    /// Whether a new record has to have a value in it.
    pub(super) mandatory: bool,
    /// What an administrator chose for a new record that has none.
    pub(super) default: Option<String>,
    /// The values of a picklist, each with what people read.
    pub(super) values: Vec<(String, String)>,
}

impl Module {
    /// None where the module tells no prefix of its ids.
    pub(super) fn of(module: wire::Module) -> Option<Self> {
        let fields = module.fields.0.into_iter().filter(|field| is_askable(&field.name)).map(Field::of);
        Some(Self {
            label: module.label.text().unwrap_or(&module.name).to_owned(),
            prefix: module.id_prefix.text()?.parse().ok()?,
            creatable: module.createable.is_true(),
            editable: module.updateable.is_true(),
            fields: fields.collect(),
        })
    }

    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields that a new record has to have a value in, without these.
    pub(super) fn mandatory_without(&self, filled: &[&str]) -> Vec<&Field> {
        let others = |field: &&Field| field.mandatory && !filled.contains(&field.name.as_str());
        self.fields.iter().filter(others).collect()
    }

    /// The fields that a name or label may mean: the one of that name, else custom fields with the label, else others.
    pub(super) fn meant_by(&self, name_or_label: &str) -> Vec<&Field> {
        if let Some(field) = self.field(name_or_label.trim()) {
            return vec![field];
        }
        let labelled = |field: &&Field| same(&field.label, name_or_label);
        let (custom, stock): (Vec<_>, Vec<_>) =
            self.fields.iter().filter(labelled).partition(|field| field.is_custom());
        if custom.is_empty() { stock } else { custom }
    }

    /// The custom fields with a label of the catalogue, in either language.
    pub(super) fn labelled(&self, label: Label) -> Vec<&Field> {
        let is_it = |field: &&Field| same(&field.label, label.en) || same(&field.label, label.it);
        self.fields.iter().filter(|field| field.is_custom()).filter(is_it).collect()
    }
}

impl Field {
    fn of(field: wire::Field) -> Self {
        let values = field.kind.picklist_values.0.into_iter().filter_map(|choice| {
            let value = choice.value.text()?.to_owned();
            Some((value.clone(), choice.label.text().map_or(value, decoded)))
        });
        Self {
            label: field.label.text().map_or_else(|| field.name.clone(), decoded),
            name: field.name,
            kind: field.kind.name,
            editable: field.editable.is_true(),
            mandatory: field.mandatory.is_true(),
            default: field.default.text().map(str::to_owned),
            values: values.collect(),
        }
    }

    fn is_custom(&self) -> bool {
        self.name.starts_with("cf_")
    }

    /// Whether an empty one reads back as zero.
    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind.as_str(), "double" | "currency" | "integer")
    }

    pub(super) fn is_flag(&self) -> bool {
        self.kind == "boolean"
    }

    /// As people find it: `cf_856 (Cluster)`.
    pub(super) fn for_people(&self) -> String {
        format!("{} ({})", self.name, self.label)
    }

    /// What sirank can do with it. A whole number holds figures that have no decimals only.
    pub(super) fn state(&self, holds: Option<&FigureField>) -> PropertyState {
        let whole = holds.is_some_and(|figure| !has_decimals(figure.figure));
        let kind = match self.kind.as_str() {
            "double" => Ok(ValueKind::Number),
            "currency" => Ok(ValueKind::Currency),
            "integer" if whole => Ok(ValueKind::Number),
            "date" => Ok(ValueKind::Date),
            "boolean" => Ok(ValueKind::Flag),
            "picklist" => Ok(ValueKind::Choice),
            "string" | "text" => Ok(ValueKind::Text),
            other => Err(other.to_owned()),
        };
        let options = match holds {
            Some(figure) => figure
                .options
                .iter()
                .filter(|option| option.value.is_some())
                .map(|option| option.name.to_owned())
                .collect(),
            None => self.values.iter().map(|(value, _)| value.clone()).collect(),
        };
        PropertyState { label: self.label.clone(), kind, options, read_only: !self.editable }
    }
}

/// What an administrator chose for fields that are filled in by nobody.
pub(super) fn defaults(fields: Vec<&Field>) -> BTreeMap<String, String> {
    fields.into_iter().filter_map(|field| Some((field.name.clone(), field.default.clone()?))).collect()
}

/// How many decimals a figure is written with at most.
pub(super) const fn decimals(figure: Figure) -> u32 {
    match figure {
        Figure::Score => 1,
        Figure::Revenue36m | Figure::Revenue12m | Figure::RevenueLastActive | Figure::Ltv => 2,
        _ => 0,
    }
}

const fn has_decimals(figure: Figure) -> bool {
    decimals(figure) > 0
}

/// A field that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Here it is.
    Found(Field),
    /// There is none; the name or label that was looked for.
    Missing(String),
}

impl Place {
    pub(super) fn field(&self) -> Option<&Field> {
        match self {
            Self::Found(field) => Some(field),
            Self::Missing(_) => None,
        }
    }

    /// The field's name, or what was looked for.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Found(field) => &field.name,
            Self::Missing(label) => label,
        }
    }
}

/// Where a figure is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FigureField {
    pub(super) figure: Figure,
    pub(super) kind: ValueKind,
    pub(super) place: Place,
    pub(super) options: Vec<FigureOption>,
}

/// An option of a figure, and the picklist value that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FigureOption {
    pub(super) name: &'static str,
    /// None where the picklist lacks it.
    pub(super) value: Option<String>,
    /// The value that it should have.
    pub(super) wanted: String,
}

/// The organizations of this installation, with the fields that are read and written.
#[derive(Clone, Debug)]
pub(super) struct Organizations {
    pub(super) module: Module,
    pub(super) figures: Vec<FigureField>,
    pub(super) inputs: BTreeMap<InputProperty, Place>,
    pub(super) country: Place,
    /// Where more than one field may be meant.
    pub(super) findings: Vec<Finding>,
}

/// The stock field with the country.
const COUNTRY: &str = "bill_country";

impl Organizations {
    pub(super) fn of(module: Module, config: &VtigerConfig) -> Self {
        let Mapping { inputs, figures, country, .. } = &config.mapping;
        let mut findings = Vec::new();
        let mut find = |configured: Option<&String>, label: Label, key: &str| {
            let meant = match configured {
                Some(name) => module.meant_by(name),
                None => module.labelled(label),
            };
            if meant.len() > 1 {
                findings.push(ambiguous(&meant, key));
            }
            match meant.first() {
                Some(field) => Place::Found((*field).clone()),
                None => Place::Missing(
                    configured.cloned().unwrap_or_else(|| label.in_language(config.language).to_owned()),
                ),
            }
        };
        let figures = config.figures.iter().map(|figure| {
            let description = figure.describe();
            let key = format!("vtiger.fields.{}", figure.name());
            let place = find(figures.get(figure), description.label, &key);
            let options = options(*figure, place.field(), &config.mapping, config.language);
            FigureField { figure: *figure, kind: description.kind, place, options }
        });
        let figures: Vec<FigureField> = figures.collect();
        let inputs = InputProperty::ALL.into_iter().map(|input| {
            let key = format!("company.{}", input.key());
            (input, find(inputs.get(&input), input.label(), &key))
        });
        let inputs: BTreeMap<InputProperty, Place> = inputs.collect();
        let country = country.clone().unwrap_or_else(|| COUNTRY.to_owned());
        let country = find(Some(&country), Label { en: "", it: "" }, "company.country");
        findings.extend(not_sirank_s_own(&figures, &inputs, &country));
        Self { module, figures, inputs, country, findings }
    }

    /// Every column that a company is made of.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        let mapped = self.inputs.values().chain([&self.country]);
        let figures = self.figures.iter().map(|figure| &figure.place);
        let own = mapped.chain(figures).filter_map(|place| place.field().map(|field| field.name.as_str()));
        ["accountname", "createdtime", "assigned_user_id"].into_iter().chain(own)
    }

    /// The fields as properties, by their names.
    pub(super) fn properties(&self) -> BTreeMap<String, PropertyState> {
        let holds = |field: &Field| {
            self.figures.iter().find(|figure| figure.place.field().is_some_and(|own| own.name == field.name))
        };
        let fields = self.module.fields.iter();
        fields.map(|field| (field.name.clone(), field.state(holds(field)))).collect()
    }

    pub(super) fn figure(&self, figure: Figure) -> Option<&FigureField> {
        self.figures.iter().find(|held| held.figure == figure)
    }
}

/// The picklist value of each option: the configured one, or the catalogue's label, or the internal name.
fn options(
    figure: Figure,
    field: Option<&Field>,
    mapping: &Mapping,
    language: Language,
) -> Vec<FigureOption> {
    let configured = mapping.options.get(&figure);
    let in_picklist = |wanted: &str| {
        let values = field.into_iter().flat_map(|field| &field.values);
        values.map(|(value, _)| value).find(|value| same(value, wanted)).cloned()
    };
    let options = figure.describe().options.iter().map(|option| {
        let configured = configured.and_then(|values| values.get(option.name));
        let wanted = configured.cloned().unwrap_or_else(|| for_picklist(option.label.in_language(language)));
        let value = in_picklist(&wanted)
            .or_else(|| if configured.is_none() { in_picklist(option.name) } else { None });
        FigureOption { name: option.name, value, wanted }
    });
    options.collect()
}

fn ambiguous(fields: &[&Field], key: &str) -> Finding {
    let names: Vec<String> = fields.iter().map(|field| field.for_people()).collect();
    Finding {
        severity: Severity::Error,
        place: key.to_owned(),
        what: format!("several fields of organizations may be meant: {}", names.join(", ")),
        advice: format!("Name the right one in {key}, or rename the others"),
    }
}

/// Fields that a figure must not be written to: those of vTiger itself and of people, and those of other figures.
fn not_sirank_s_own(
    figures: &[FigureField],
    inputs: &BTreeMap<InputProperty, Place>,
    country: &Place,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (place, held) in figures.iter().enumerate() {
        let Some(field) = held.place.field() else { continue };
        let is_it = |other: &Place| other.field().is_some_and(|other| other.name == field.name);
        let what = if !field.is_custom() {
            "is a field of vTiger itself, which people fill in".to_owned()
        } else if let Some((input, _)) = inputs.iter().find(|(_, other)| is_it(other)) {
            format!("is the field that {} is read from", input.holds())
        } else if is_it(country) {
            "is the field that the country is read from".to_owned()
        } else if let Some(other) = figures[..place].iter().find(|other| is_it(&other.place)) {
            format!("is the field of {} too", other.figure)
        } else {
            continue;
        };
        findings.push(Finding {
            severity: Severity::Error,
            place: format!("vtiger.fields.{}", held.figure),
            what: format!("{} {what}, and would be written over", field.for_people()),
            advice: "Give every figure a custom field of its own".to_owned(),
        });
    }
    findings
}
