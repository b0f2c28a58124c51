//! How values read. `query` and `retrieve` do not agree about what is empty.

use std::borrow::Cow;

use super::crm::{Crm, stamp};
use super::entities;
use super::field::{Field, Role, Type};
use super::json::Json;
use super::schema::ModuleId;
use super::table::Record;
use super::user::{Currency, Group, Language, User};

/// By which operation a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// NULL is null.
    Query,
    /// NULL is empty text.
    Retrieve,
}

/// Which row of a record: an invoice joined with its lines, an e-mail joined with what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Line(Option<u64>),
    Parent(Option<u64>),
}

/// A record, or one row of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) part: Part,
}

/// A value as the database holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Raw<'a> {
    Null,
    Text(Cow<'a, str>),
    /// A number that stands for a record; 0 for none.
    Id(u64),
    Seconds(i64),
}

impl<'a> Raw<'a> {
    fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    fn maybe(text: Option<String>) -> Self {
        text.map_or(Self::Null, Self::text)
    }
}

impl Crm {
    /// A value as the database holds it.
    pub(crate) fn raw(&self, module: ModuleId, row: Row, field: usize) -> Raw<'_> {
        let Some(held) = self.schema.modules.get(module) else { return Raw::Null };
        let Some(definition) = held.fields.get(field) else { return Raw::Null };
        if definition.role == Role::Id {
            return Raw::Id(row.id);
        }
        match (held.name.as_str(), row.part) {
            ("Users", _) => self.users.get(&row.id).map_or(Raw::Null, |user| of_user(user, definition)),
            ("Groups", _) => self.groups.get(&row.id).map_or(Raw::Null, |group| of_group(group, definition)),
            ("Currency", _) => {
                self.currencies.get(&row.id).map_or(Raw::Null, |currency| of_currency(currency, definition))
            }
            ("LineItem", _) => self.of_line(Some(row.id), &definition.name),
            (_, Part::Line(line)) if definition.line || definition.name.starts_with("hdnDiscount") => {
                self.of_line(line, line_column(&definition.name))
            }
            (_, Part::Parent(parent)) if definition.name == "parent_id" => parent.map_or(Raw::Null, Raw::Id),
            _ => self.tables[module]
                .get(row.id)
                .map_or(Raw::Null, |record| of_record(record, definition, field)),
        }
    }

    fn of_line(&self, line: Option<u64>, column: &str) -> Raw<'_> {
        let Some(line) = line.and_then(|id| self.lines.get(id)) else { return Raw::Null };
        match column {
            "parent_id" => Raw::Id(line.parent),
            "productid" => Raw::Id(line.product),
            _ => Raw::maybe(line.column(column)),
        }
    }

    /// A value as an answer shows it to this user: whether they starred a record is theirs alone.
    pub(crate) fn read_for(
        &self,
        user: &User,
        module: ModuleId,
        row: Row,
        field: usize,
        mode: Mode,
    ) -> Json<'_> {
        let starred = self.schema.modules[module].fields[field].name == "starred";
        let record = self.tables[module].get(row.id).filter(|_| starred);
        match (record.is_none_or(|record| record.saved_by(user.id)), mode) {
            (true, _) => self.read(module, row, field, mode),
            (false, Mode::Query) => Json::Null,
            (false, Mode::Retrieve) => Json::text(""),
        }
    }

    /// A value as an answer shows it.
    pub(crate) fn read(&self, module: ModuleId, row: Row, field: usize, mode: Mode) -> Json<'_> {
        let held = &self.schema.modules[module];
        let definition = &held.fields[field];
        match self.raw(module, row, field) {
            Raw::Null if mode == Mode::Query || held.name == "Users" => {
                match (mode, definition.name.as_str()) {
                    (Mode::Retrieve, "no_of_currency_decimals") => Json::text("2"),
                    _ => Json::Null,
                }
            }
            Raw::Null => Json::text(""),
            Raw::Seconds(seconds) => Json::text(stamp(seconds)),
            Raw::Id(id) => match (definition.role, definition.kind) {
                (Role::Id, _) => {
                    Json::text(format!("{}x{id}", held.id_prefix.as_deref().unwrap_or_default()))
                }
                (_, Type::Owner) => Json::text(self.owner_text(id)),
                _ => self.reference_text(definition, id).map_or(Json::Null, Json::text),
            },
            Raw::Text(text) if held.name == "Users" && mode == Mode::Retrieve && text.is_empty() => {
                match definition.name.as_str() {
                    "currency_grouping_pattern" => Json::text("123,456,789"),
                    "currency_symbol_placement" => Json::text("$1.0"),
                    _ => Json::text(""),
                }
            }
            // Reading one record decodes once more than reading many.
            Raw::Text(Cow::Borrowed(text)) if mode == Mode::Retrieve => Json::Text(entities::decode(text)),
            Raw::Text(text) => Json::Text(text),
        }
    }

    /// A value as `retrieve` shows it; none for null.
    pub(crate) fn read_text(&self, module: ModuleId, id: u64, field: usize) -> Option<String> {
        match self.read(module, Row { id, part: Part::Whole }, field, Mode::Retrieve) {
            Json::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }
}

/// The line's column behind a field of the invoice.
pub(crate) fn line_column(field: &str) -> &str {
    match field {
        "hdnDiscountPercent" => "discount_percent",
        "hdnDiscountAmount" => "discount_amount",
        _ => field,
    }
}

fn of_record<'a>(record: &'a Record, field: &Field, at: usize) -> Raw<'a> {
    match field.role {
        Role::Id | Role::Plain => {}
        Role::Owner => return Raw::Id(record.owner),
        Role::Created => return Raw::Seconds(record.created),
        Role::Modified => return Raw::Seconds(record.modified),
        Role::ModifiedBy => return Raw::Id(record.modified_by),
    }
    let cell = record.get(at);
    if field.kind == Type::Reference {
        return match cell {
            Some(number) => number.parse().map_or(Raw::Null, Raw::Id),
            None if field.null => Raw::Null,
            None => Raw::Id(0),
        };
    }
    if let Some(text) = cell {
        return Raw::text(text);
    }
    let unsaved = at >= record.seen;
    match field.kind {
        _ if field.null => Raw::Null,
        Type::Date => Raw::Null,
        Type::Integer | Type::Double | Type::Currency | Type::Multipicklist if unsaved => Raw::Null,
        Type::Integer | Type::Double | Type::Currency => Raw::text(field.zero()),
        Type::Boolean => Raw::text("0"),
        _ => Raw::text(""),
    }
}

fn of_group<'a>(group: &'a Group, field: &Field) -> Raw<'a> {
    match field.name.as_str() {
        "groupname" => Raw::text(group.name.as_str()),
        "description" => Raw::text(group.description.as_str()),
        _ => Raw::Null,
    }
}

fn of_currency<'a>(currency: &'a Currency, field: &Field) -> Raw<'a> {
    match field.name.as_str() {
        "currency_name" => Raw::text(currency.name.as_str()),
        "currency_code" => Raw::text(currency.code.as_str()),
        "currency_symbol" => Raw::text(currency.symbol.as_str()),
        "conversion_rate" => Raw::text(currency.rate.as_str()),
        "currency_status" => Raw::text("Active"),
        "defaultid" => Raw::text(if currency.base { "-11" } else { "0" }),
        "deleted" => Raw::text("0"),
        _ => Raw::Null,
    }
}

/// A user whose number of decimals was never set is one that the installation made: more of it is NULL.
fn of_user<'a>(user: &'a User, field: &Field) -> Raw<'a> {
    let untouched = user.currency_decimals.is_none();
    let either = |fresh: &'static str, saved: &'static str| Raw::text(if untouched { fresh } else { saved });
    let italian = user.language == Language::Italian;
    match field.name.as_str() {
        "user_name" => Raw::text(user.name.as_str()),
        "is_admin" => Raw::text(if user.admin { "on" } else { "off" }),
        "first_name" => Raw::text(user.first_name.as_str()),
        "last_name" => Raw::text(user.last_name.as_str()),
        "email1" => Raw::text(user.email.as_str()),
        "status" => Raw::text(if user.active { "Active" } else { "Inactive" }),
        "userlabel" => Raw::text(user.full_name()),
        "language" => Raw::text(user.language.code()),
        "time_zone" => Raw::text(user.time_zone.as_str()),
        "date_format" => Raw::text(user.date_format.as_str()),
        "hour_format" => Raw::text(user.hour_format.as_str()),
        "currency_id" => Raw::Id(1),
        "no_of_currency_decimals" => Raw::maybe(user.currency_decimals.map(|number| number.to_string())),
        "roleid" => Raw::text(if user.admin { "H2" } else { "H5" }),
        "is_owner" => Raw::text(if user.id == 1 { "1" } else { "" }),
        "end_hour" => either("23:00", "18:00"),
        "start_hour" => either("00:00", "08:00"),
        "currency_decimal_separator" => Raw::text(if italian { "," } else { "." }),
        "currency_grouping_separator" => Raw::text(if italian { "." } else { "," }),
        "truncate_trailing_zeros" => either("1", "0"),
        "defaulteventstatus" => either("Planned", ""),
        "defaultactivitytype" => either("Call", ""),
        "phone_crm_extension" | "rowheight" | "hidecompletedevents" if untouched => Raw::Null,
        "hidecompletedevents" | "leftpanelhide" => Raw::text("0"),
        "activity_view" => Raw::text("This Week"),
        "lead_view" => Raw::text("Today"),
        "internal_mailer" => Raw::text("1"),
        "theme" => Raw::text("softed"),
        "reminder_interval" => Raw::text("1 Minute"),
        "dayoftheweek" => Raw::text("Sunday"),
        "callduration" | "othereventduration" => Raw::text("5"),
        "calendarsharedtype" => Raw::text("public"),
        "default_record_view" => Raw::text("Summary"),
        "defaultcalendarview" => Raw::text("MyCalendar"),
        "defaultlandingpage" => Raw::text("Home"),
        _ => Raw::text(""),
    }
}
