//! `create`, `revise`, `update`, `delete`.

use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value};

use super::access::Found;
use super::crm::Crm;
use super::entities;
use super::failure::{Failure, Outcome};
use super::field::{Role, Type};
use super::json::Json;
use super::schema::ModuleId;
use super::table::Record;
use super::user::User;
use super::{invoice, values};

/// What a request did to a record.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) found: Found,
    pub(crate) action: &'static str,
    pub(crate) sent: Map<String, Value>,
    pub(crate) changed: Vec<String>,
}

/// How much of a record a write brings along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Only the named fields.
    Revise,
    /// All mandatory fields, at the price of the description.
    Update,
}

/// Who writes, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) user: &'a User,
    pub(crate) now_ms: i64,
}

impl Writer<'_> {
    pub(crate) fn seconds(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }
}

/// The `element` of a request; what is no JSON brings the server down politely.
pub(crate) fn element(text: Option<&str>) -> Outcome<Map<String, Value>> {
    let Some(text) = text else { return Ok(Map::new()) };
    let parsed: Value = serde_json::from_str(text).map_err(|_| Failure::internal())?;
    Ok(parsed.as_object().cloned().unwrap_or_default())
}

impl Crm {
    pub(crate) fn create(
        &mut self,
        writer: Writer<'_>,
        name: Option<&str>,
        element: Map<String, Value>,
        guarded: bool,
    ) -> Outcome<Written> {
        let name = name.unwrap_or_default();
        let at = self.schema.id_of(name).ok_or_else(Failure::denied)?;
        if !writer.user.sees_module(name) || self.schema.modules[at].id_prefix.is_none() {
            return Err(Failure::denied());
        }
        if !writer.user.writes_module(name) {
            return Err(Failure::new("ACCESS_DENIED", "Permission to write is denied"));
        }
        self.check_references(at, &element)?;
        self.check_mandatory(writer.user, at, &element, true)?;
        self.check_owner(&element)?;
        if name == "Users" {
            return Err(Failure::invalid_id());
        }
        if name == "Invoice" {
            invoice::check_new(&element, guarded)?;
        }
        self.check_unique(at, 0, &element)?;
        let id = self.take_id();
        let seen = self.schema.modules[at].fields.len();
        let record = Record::new(writer.user.id, writer.seconds(), writer.user.id, seen);
        self.tables[at].insert(id, record);
        let found = Found { module: at, id };
        let changed = self.save(writer, found, &element);
        self.give_number(at, id);
        self.put(name, id, &[("source", "WEBSERVICE")]);
        if name == "Invoice" {
            self.save_new_lines(id, &element)?;
        }
        if let Some(parent) = element.get("parent_id").filter(|_| name == "Emails") {
            let number = values::record_number(&values::plain(parent));
            if let Some(parent) = number {
                self.add_email_parent(id, parent);
            }
        }
        self.fill_activity(writer.user, found);
        self.forecast(writer.user, found);
        Ok(Written { found, action: "create", sent: element, changed })
    }

    pub(crate) fn change(
        &mut self,
        writer: Writer<'_>,
        change: Change,
        element: Map<String, Value>,
    ) -> Outcome<Written> {
        let id = element.get("id").map(values::plain).unwrap_or_default();
        let (prefix, _) = id.split_once('x').ok_or_else(Failure::invalid_id)?;
        if self.schema.by_prefix(prefix).is_none() {
            return Err(Failure::denied_for("id"));
        }
        let asked = self.split(&id).ok_or_else(Failure::invalid_id)?;
        let found = self.changeable(writer.user, asked)?;
        if self.tables[found.module].get(found.id).is_none() {
            // Users, groups, currencies and lines: nobody tried.
            return Err(Failure::denied());
        }
        self.check_references(found.module, &element)?;
        self.check_mandatory(writer.user, found.module, &element, change == Change::Update)?;
        self.check_owner(&element)?;
        self.check_unique(found.module, found.id, &element)?;
        let is_invoice = self.schema.modules[found.module].name == "Invoice";
        if is_invoice && element.contains_key("LineItems") {
            self.damage_invoice(found.id, &element);
            return Err(Failure::Fatal);
        }
        let changed = self.save(writer, found, &element);
        self.forecast(writer.user, found);
        Ok(Written { found, action: "update", sent: element, changed })
    }

    /// What an update does after it has answered: a description that it did not name is encoded once more.
    pub(crate) fn damage_description(&mut self, written: &Written) {
        if written.sent.contains_key("description") {
            return;
        }
        let module = &self.schema.modules[written.found.module];
        let Some(field) = module.field_at("description") else { return };
        let table = &mut self.tables[written.found.module];
        let damaged = table
            .get(written.found.id)
            .and_then(|record| record.get(field))
            .map(|text| entities::encode(&entities::encode(&entities::decode(text))).into_owned());
        if damaged.is_some() {
            table.set(written.found.id, field, damaged);
        }
    }

    pub(crate) fn remove(&mut self, writer: Writer<'_>, id: Option<&str>) -> Outcome<Written> {
        let asked = id.and_then(|id| self.split(id)).ok_or_else(|| Failure::denied_for("id"))?;
        let found = self.changeable(writer.user, asked)?;
        let name = self.schema.modules[found.module].name.clone();
        if !self.delete(&name, found.id, writer.now_ms) {
            return Err(Failure::denied());
        }
        Ok(Written { found, action: "delete", sent: Map::new(), changed: Vec::new() })
    }

    /// The answer to a change.
    pub(crate) fn written_record(&self, user: &User, written: &Written) -> Json<'_> {
        let found = written.found;
        if self.schema.modules[found.module].name == "Invoice" {
            return self.written_invoice(user, written);
        }
        let mut entries = self.entries(user, found);
        entries.push(("label".into(), self.label_as_sent(written)));
        Json::Object(entries)
    }

    /// The label of a record that was just written is made of what was sent, however much of that was kept.
    fn label_as_sent(&self, written: &Written) -> Json<'_> {
        let name = &self.schema.modules[written.found.module].label_fields;
        match written.sent.get(name.as_str()) {
            Some(sent) => {
                let text: String = values::three_bytes(&values::plain(sent)).chars().take(255).collect();
                Json::text(entities::encode(&entities::decode(&text)).into_owned())
            }
            None => self.label(written.found),
        }
    }

    /// Stores what the element names and this user may write; touches the record. Returns the names that changed.
    fn save(&mut self, writer: Writer<'_>, found: Found, element: &Map<String, Value>) -> Vec<String> {
        let module = &self.schema.modules[found.module];
        let table = &mut self.tables[found.module];
        let mut changed = Vec::new();
        for (name, sent) in element {
            let Some(at) = module.field_at(name) else { continue };
            let field = &module.fields[at];
            let ignored =
                field.line || field.extra || !field.editable || !module.writable(writer.user, field);
            if ignored {
                continue;
            }
            let moved = match field.role {
                Role::Plain => table.set(found.id, at, values::stored(field, sent, writer.user.rounds_to())),
                Role::Owner => {
                    let owner = values::record_number(&values::plain(sent)).unwrap_or(0);
                    table.get_mut(found.id).is_some_and(|record| {
                        let moved = record.owner != owner;
                        record.owner = owner;
                        moved
                    })
                }
                _ => false,
            };
            if moved {
                changed.push(name.clone());
            }
        }
        let seen = module.fields.len();
        if let Some(record) = table.get_mut(found.id) {
            record.saved(writer.user.id, writer.seconds(), seen);
        }
        changed
    }

    fn check_references(&self, module: ModuleId, element: &Map<String, Value>) -> Outcome<()> {
        for field in self.schema.modules[module].fields.iter().filter(|field| field.kind == Type::Reference) {
            let Some(id) = element.get(&field.name).map(values::plain).filter(|id| !id.is_empty()) else {
                continue;
            };
            let prefix = id.split_once('x').map_or(id.as_str(), |(prefix, _)| prefix);
            let target = self.schema.by_prefix(prefix).ok_or_else(|| Failure::denied_for("id"))?;
            if !field.refers_to.contains(&self.schema.modules[target].name) {
                let message = format!("Invalid reference specified for {}", field.name);
                return Err(Failure::new("REFERENCE_INVALID", message));
            }
        }
        Ok(())
    }

    /// `whole`: what is not named is missing too.
    fn check_mandatory(
        &self,
        user: &User,
        module: ModuleId,
        element: &Map<String, Value>,
        whole: bool,
    ) -> Outcome<()> {
        let module = &self.schema.modules[module];
        for (_, field) in module.fields_for(user).filter(|(_, field)| field.mandatory && !field.inactive) {
            let empty = match element.get(&field.name) {
                Some(value) => values::plain(value).is_empty(),
                None => whole,
            };
            if empty {
                return Err(Failure::missing(&field.name));
            }
        }
        Ok(())
    }

    /// Any id will do, of whatever module, alive or not.
    #[expect(clippy::unused_self, reason = "reads like the other checks")]
    fn check_owner(&self, element: &Map<String, Value>) -> Outcome<()> {
        match element.get("assigned_user_id").map(values::plain) {
            Some(owner) if !owner.contains('x') => Err(Failure::invalid_id()),
            _ => Ok(()),
        }
    }

    /// Every save looks at the unique field, named or not.
    fn check_unique(&self, module: ModuleId, id: u64, element: &Map<String, Value>) -> Outcome<()> {
        let table = &self.tables[module];
        let Some(field) = table.unique else { return Ok(()) };
        let definition = &self.schema.modules[module].fields[field];
        let value = match element.get(&definition.name) {
            Some(sent) => values::stored(definition, sent, 0),
            None => table.get(id).and_then(|record| record.get(field)).map(str::to_owned),
        };
        let taken = value.is_some_and(|value| table.taken(&value, id));
        if taken { Err(Failure::Duplicate) } else { Ok(()) }
    }

    /// The weighted amount of an opportunity, rounded to the user's decimals.
    fn forecast(&mut self, user: &User, found: Found) {
        let module = &self.schema.modules[found.module];
        if module.name != "Potentials" {
            return;
        }
        let number = |name: &str| {
            let at = module.field_at(name)?;
            Decimal::from_str(self.tables[found.module].get(found.id)?.get(at)?).ok()
        };
        let amount = number("amount").unwrap_or_default();
        let probability = number("probability").unwrap_or_default();
        let weighted = (amount * probability / Decimal::ONE_HUNDRED)
            .round_dp_with_strategy(user.rounds_to(), RoundingStrategy::MidpointAwayFromZero);
        self.put("Potentials", found.id, &[("forecast_amount", &weighted.to_string())]);
    }

    /// What the server adds to a new task or event.
    fn fill_activity(&mut self, user: &User, found: Found) {
        let name = self.schema.modules[found.module].name.clone();
        match name.as_str() {
            "Calendar" => {
                let start = self.value(&name, found.id, "time_start").unwrap_or_default();
                let (hours, minutes) = until_midnight(&start, user).unwrap_or((0, 0));
                self.put(
                    &name,
                    found.id,
                    &[
                        ("activitytype", "Task"),
                        ("duration_hours", &hours.to_string()),
                        ("duration_minutes", &minutes.to_string()),
                    ],
                );
            }
            "Events" if self.value(&name, found.id, "duration_minutes").as_deref() == Some("") => {
                self.put(&name, found.id, &[("duration_minutes", "0")]);
            }
            _ => {}
        }
    }
}

/// A task without an end lasts until the user's midnight.
fn until_midnight(start: &str, user: &User) -> Option<(i64, i64)> {
    use chrono::{NaiveTime, Offset, TimeZone, Timelike};

    let time =
        ["%H:%M:%S", "%H:%M"].into_iter().find_map(|format| NaiveTime::parse_from_str(start, format).ok())?;
    let zone: chrono_tz::Tz = user.time_zone.parse().ok()?;
    let winter = chrono::NaiveDate::from_ymd_opt(2026, 1, 1)?.and_time(time);
    let offset = zone.offset_from_utc_datetime(&winter).fix().local_minus_utc();
    let minutes = i64::from(time.num_seconds_from_midnight()) / 60 + i64::from(offset) / 60;
    let left = 24 * 60 - minutes.rem_euclid(24 * 60);
    Some((left / 60, left % 60))
}
