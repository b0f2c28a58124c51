//! Between HubSpot's records and the domain's.

use chrono::{DateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::config::{HubSpotConfig, Mapping};
use super::documents::company_key;
use super::wire::{Property, Record};
use crate::domain::catalogue::Figure;
use crate::domain::company::{CompanyKeysText, CompanyRecord, Version};
use crate::domain::ids::{CompanyId, OwnerId};
use crate::domain::time::Day;
use crate::domain::value::{Value, ValueKind};
use crate::ports::PropertyState;

/// Which properties are read, and into what.
pub(super) struct Reader {
    mapping: Mapping,
    zone: Tz,
    /// Whether documents name a company by its id here.
    own_documents: bool,
    /// The figures with the properties that hold them.
    figures: Vec<(Figure, ValueKind, String)>,
}

impl Reader {
    pub(super) fn new(config: &HubSpotConfig) -> Self {
        let named = |figure: &Figure| (*figure, figure.describe().kind, figure.property_name(&config.prefix));
        let figures = config.figures.iter().map(named).collect();
        let HubSpotConfig { mapping, zone, own_documents, .. } = config;
        Self { mapping: mapping.clone(), zone: *zone, own_documents: *own_documents, figures }
    }

    /// Every property that is asked for.
    pub(super) fn properties(&self) -> Vec<String> {
        let mapping = &self.mapping;
        let inputs = [
            &mapping.potential,
            &mapping.d_and_p,
            &mapping.category,
            &mapping.vat_number,
            &mapping.tax_code,
            &mapping.accounting_id,
            &mapping.country,
            &mapping.last_contact,
        ];
        let mut names: Vec<String> = ["name", "createdate", "hubspot_owner_id"].map(str::to_owned).into();
        names.extend(inputs.into_iter().flatten().cloned());
        names.extend(self.figures.iter().map(|(_, _, name)| name.clone()));
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    /// The figures with the properties that hold them.
    pub(super) fn figures(&self) -> impl Iterator<Item = (Figure, ValueKind, &str)> {
        self.figures.iter().map(|(figure, kind, name)| (*figure, *kind, name.as_str()))
    }

    pub(super) fn company(&self, record: &Record) -> CompanyRecord {
        let mapped = |property: &Option<String>| {
            property.as_deref().and_then(|name| record.text(name)).map(str::to_owned)
        };
        let mapping = &self.mapping;
        let created = record.text("createdate").or(record.created_at.as_deref());
        let last_contact = mapping.last_contact.as_deref().and_then(|name| record.text(name));
        CompanyRecord {
            id: CompanyId::new(record.id.0.as_str()),
            name: record.text("name").unwrap_or_default().to_owned(),
            created: created.and_then(|text| day_of_instant(text, self.zone)),
            keys: CompanyKeysText {
                own_id: self.own_documents.then(|| company_key(&record.id.0)),
                customer_id: mapped(&mapping.accounting_id),
                vat_number: mapped(&mapping.vat_number),
                tax_code: mapped(&mapping.tax_code),
                country: mapped(&mapping.country),
            },
            potential: mapped(&mapping.potential),
            category: mapped(&mapping.category),
            d_and_p: mapped(&mapping.d_and_p),
            owner: record.text("hubspot_owner_id").map(OwnerId::from),
            last_contact: last_contact.and_then(|text| day_of_instant(text, self.zone)),
            last_contact_at: last_contact.and_then(instant),
            observed: self
                .figures()
                .filter_map(|(figure, kind, name)| Some((figure, observed(kind, record.text(name)?)?)))
                .collect(),
            version: version(record),
        }
    }
}

/// Which state of a record an answer shows. The search index may show an older one than was known before.
pub(super) fn version(record: &Record) -> Option<Version> {
    Some(Version(updated(record)?.timestamp_millis()))
}

/// A figure's value as HubSpot holds it, in canonical text.
pub(super) fn observed(kind: ValueKind, text: &str) -> Option<Value> {
    match kind {
        ValueKind::Date => date_property(text).map(Value::date).or_else(|| Value::observed(kind, text)),
        _ => Value::observed(kind, text),
    }
}

/// The day of a date property: a plain date, or midnight UTC in milliseconds or ISO form.
fn date_property(text: &str) -> Option<Day> {
    text.parse().ok().or_else(|| instant(text).map(|instant| instant.date_naive().into()))
}

/// When a record was made.
pub(super) fn created(record: &Record) -> Option<DateTime<Utc>> {
    instant(record.created_at.as_deref()?)
}

/// When a record was last changed.
pub(super) fn updated(record: &Record) -> Option<DateTime<Utc>> {
    instant(record.updated_at.as_deref()?)
}

/// The instant of a full hour in a zone; where the clocks skip it, the next one that there is.
pub(super) fn instant_of(day: Day, hour: u32, zone: Tz) -> DateTime<Utc> {
    let wanted = day.date().and_time(NaiveTime::MIN) + TimeDelta::hours(hour.into());
    let there =
        (0..=3).find_map(|later| zone.from_local_datetime(&(wanted + TimeDelta::hours(later))).earliest());
    there.map_or_else(|| wanted.and_utc(), |there| there.with_timezone(&Utc))
}

/// The day of an instant in a zone; a plain date is itself.
pub(super) fn day_of_instant(text: &str, zone: Tz) -> Option<Day> {
    let in_zone = || instant(text).map(|instant| instant.with_timezone(&zone).date_naive().into());
    text.parse().ok().or_else(in_zone)
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    match text.parse::<i64>() {
        Ok(millis) => DateTime::from_timestamp_millis(millis),
        Err(_) => DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.with_timezone(&Utc)),
    }
}

/// A property's definition.
pub(super) fn property_state(property: &Property) -> PropertyState {
    let read_only = property.calculated == Some(true)
        || property
            .modification_metadata
            .as_ref()
            .is_some_and(|metadata| metadata.read_only_value == Some(true));
    PropertyState {
        label: property.label.clone(),
        kind: kind(property),
        options: property.options.iter().flatten().map(|option| option.value.clone()).collect(),
        read_only,
    }
}

fn kind(property: &Property) -> Result<ValueKind, String> {
    let currency = property.number_display_hint.as_deref() == Some("currency")
        || property.show_currency_symbol == Some(true);
    match (property.data_type.as_str(), property.field_type.as_str()) {
        ("number", _) if currency => Ok(ValueKind::Currency),
        ("number", _) => Ok(ValueKind::Number),
        ("date", _) => Ok(ValueKind::Date),
        ("bool", _) | ("enumeration", "booleancheckbox") => Ok(ValueKind::Flag),
        ("enumeration", "checkbox") => Err("multiple checkboxes".to_owned()),
        ("enumeration", _) => Ok(ValueKind::Choice),
        ("string", _) => Ok(ValueKind::Text),
        (other, _) => Err(other.to_owned()),
    }
}

/// Whether a property of this kind can hold such values: how a number is displayed is the portal's affair.
pub(super) fn can_hold(found: &Result<ValueKind, String>, wanted: ValueKind) -> bool {
    let numeric = |kind| matches!(kind, ValueKind::Number | ValueKind::Currency);
    match found {
        Ok(found) => *found == wanted || (numeric(*found) && numeric(wanted)),
        Err(_) => false,
    }
}

/// A kind as HubSpot's settings call it.
pub(super) fn kind_for_people(kind: &Result<ValueKind, String>) -> &str {
    match kind {
        Ok(ValueKind::Number) => "number",
        Ok(ValueKind::Currency) => "number (currency)",
        Ok(ValueKind::Date) => "date",
        Ok(ValueKind::Flag) => "single checkbox (true or false)",
        Ok(ValueKind::Choice) => "dropdown select",
        Ok(ValueKind::Text) => "text",
        Err(other) => other,
    }
}
