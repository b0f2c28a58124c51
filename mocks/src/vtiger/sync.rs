//! What changed since: `sync`, dead in the stock release, and `wsapp_*`.

use std::collections::BTreeMap;

use super::crm::Crm;
use super::failure::{Failure, Outcome};
use super::field::{Field, Type};
use super::json::Json;
use super::show::{Mode, Part, Row};
use super::user::User;

/// Modifications after which a page ends, with everything of that second.
const PAGE: usize = 100;

/// Whose records are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    All,
    Owned,
}

/// The keys of registered applications.
#[derive(Clone, Debug, Default)]
pub(crate) struct Applications {
    held: BTreeMap<String, String>,
    serial: u64,
}

impl Applications {
    pub(crate) fn register(&mut self, kind: Option<&str>, scope: Option<&str>) -> Outcome<Json<'static>> {
        let kind = kind.filter(|kind| !kind.is_empty());
        let kind = kind.ok_or_else(|| Failure::new("WSAPP04", "Wrong App type specified"))?;
        if !matches!(scope, Some("app" | "user" | "userandgroup")) {
            return Err(Failure::new("WSAPP05", "Wrong sync type specified"));
        }
        self.serial += 1;
        let key = super::md5::hex(&format!("application {}", self.serial));
        let key = key.get(..13).unwrap_or_default().to_owned();
        self.held.insert(key.clone(), kind.to_owned());
        Ok(Json::object([("key", Json::text(key))]))
    }

    pub(crate) fn deregister(&mut self, kind: Option<&str>, key: Option<&str>) -> Json<'static> {
        let (kind, key) = (kind.unwrap_or_default().to_owned(), key.unwrap_or_default().to_owned());
        self.held.remove(&key);
        Json::texts([kind, key])
    }

    pub(crate) fn knows(&self, key: Option<&str>) -> bool {
        key.is_some_and(|key| self.held.contains_key(key))
    }

    /// Registers a key of the test's choosing.
    pub(crate) fn add(&mut self, key: &str) {
        self.held.insert(key.to_owned(), "vtigerCRM".to_owned());
    }
}

impl Crm {
    /// `sync` of a server whose administrator registered what it lacks.
    pub(crate) fn sync(
        &self,
        user: &User,
        since: Option<&str>,
        module: Option<&str>,
        scope: Option<&str>,
    ) -> Outcome<Json<'_>> {
        // 0 counts as empty, and empty is missing: the server dies.
        let since = since.and_then(|text| text.parse::<i64>().ok()).filter(|since| *since != 0);
        let since = since.ok_or(Failure::Fatal)?;
        let scope = match scope {
            Some("application") if !user.admin => {
                return Err(Failure::new("ACCESS_DENIED", "Only admin users can perform application sync"));
            }
            Some("application") => Scope::All,
            Some(_) => Scope::Owned,
            None => return Err(Failure::Fatal),
        };
        let name = module.filter(|name| !name.is_empty()).ok_or(Failure::Fatal)?;
        self.entity(user, name)?;
        if name == "Users" {
            return Ok(Json::object([
                ("updated", Json::List(Vec::new())),
                ("deleted", Json::List(Vec::new())),
                ("lastModifiedTime", Json::text(since.to_string())),
                ("more", Json::Bool(false)),
            ]));
        }
        self.changes(user, name, since, scope, false)
    }

    /// `wsapp_get`: works in the stock release, but knows only what the caller owns, and names instead of references.
    pub(crate) fn wsapp_get(
        &self,
        user: &User,
        module: Option<&str>,
        token: Option<&str>,
    ) -> Outcome<Json<'_>> {
        let name = module.unwrap_or_default();
        self.entity(user, name)?;
        let since = token.and_then(|text| text.parse::<i64>().ok()).ok_or(Failure::Fatal)?;
        self.changes(user, name, since, Scope::Owned, true)
    }

    fn entity(&self, user: &User, name: &str) -> Outcome<()> {
        let known =
            self.schema.named(name).is_some_and(|module| module.is_entity && module.id_prefix.is_some());
        if known && user.sees_module(name) { Ok(()) } else { Err(Failure::denied()) }
    }

    fn changes(&self, user: &User, name: &str, since: i64, scope: Scope, names: bool) -> Outcome<Json<'_>> {
        let at = self.schema.id_of(name).ok_or_else(Failure::denied)?;
        let (module, table) = (&self.schema.modules[at], &self.tables[at]);
        let told = |owner: u64| scope == Scope::All || owner == user.id;
        let live = table.records().iter().filter(|(_, record)| record.modified > since && told(record.owner));
        let live: Vec<(i64, u64)> = live.map(|(id, record)| (record.modified, *id)).collect();
        let gone = table.deleted.iter().filter(|(_, gone)| gone.at > since && told(gone.owner));
        let gone: Vec<(i64, u64)> = gone.map(|(id, gone)| (gone.at, *id)).collect();
        let mut times: Vec<i64> = live.iter().chain(&gone).map(|(time, _)| *time).collect();
        times.sort_unstable();
        let last = times.get(..PAGE.min(times.len())).and_then(<[i64]>::last).copied().unwrap_or(since);
        let prefix = module.id_prefix.as_deref().unwrap_or_default();
        let updated = live.iter().filter(|(time, _)| *time <= last).map(|(_, id)| {
            let row = Row { id: *id, part: Part::Whole };
            let order: Vec<usize> = module
                .fields_for(user)
                .filter(|(_, field)| !field.line && !field.extra)
                .map(|(field, _)| field)
                .collect();
            let shown = order.into_iter().map(|field| {
                let definition = &module.fields[field];
                let value = self.read_for(user, at, row, field, Mode::Query);
                let value = if names { self.by_name(definition, value) } else { value };
                (definition.name.as_str().into(), value)
            });
            Json::Object(shown.collect())
        });
        let deleted = gone.iter().filter(|(time, _)| *time <= last);
        let deleted = deleted.map(|(_, id)| Json::text(format!("{prefix}x{id}")));
        Ok(Json::object([
            ("updated", Json::List(updated.collect())),
            ("deleted", Json::List(deleted.collect())),
            ("more", Json::Bool(times.last().is_some_and(|latest| *latest > last))),
            ("lastModifiedTime", Json::Int(last)),
        ]))
    }

    /// A reference as the name of what it refers to; owners stay ids.
    fn by_name<'a>(&'a self, field: &Field, value: Json<'a>) -> Json<'a> {
        if field.kind != Type::Reference {
            return value;
        }
        let Json::Text(id) = &value else { return Json::Null };
        let Some(found) = self.split(id) else { return Json::Null };
        let module = &self.schema.modules[found.module];
        match module.name.as_str() {
            "Currency" => Json::Null,
            "Users" => self.users.get(&found.id).map_or(Json::Null, |user| Json::text(user.full_name())),
            _ => {
                let names = module.label_fields.split(',').filter_map(|name| module.field_at(name));
                let texts: Vec<String> =
                    names.filter_map(|field| self.read_text(found.module, found.id, field)).collect();
                Json::text(texts.join(" "))
            }
        }
    }
}
