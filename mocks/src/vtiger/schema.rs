//! The modules and their fields: the stock ones of 8.4.0 as recorded, and what an administrator adds.
//!
//! Contacts, Emails and Services were not recorded: their fields are from general knowledge of vTiger 8 and unverified.
//! Modules without fields here are listed and otherwise out of reach.

use std::collections::HashMap;

use serde::Deserialize;

use super::custom::{CustomField, choice};
use super::field::{Field, Role, Type};
use super::user::{Language, User};

const MODULES: &str = include_str!("../../data/vtiger/modules.json");

/// The first number that an administrator's field gets here; the next one is 2 more.
const FIRST_CUSTOM: u32 = 854;

/// A module by its place in the list.
pub(crate) type ModuleId = usize;

/// One module.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Module {
    pub(crate) name: String,
    plural: String,
    singular: String,
    #[serde(default)]
    plural_it: Option<String>,
    #[serde(default)]
    singular_it: Option<String>,
    pub(crate) is_entity: bool,
    /// What is before the x of an id; none: the mock does not hold this module.
    #[serde(default)]
    pub(crate) id_prefix: Option<String>,
    #[serde(default)]
    label: String,
    #[serde(default)]
    label_it: Option<String>,
    #[serde(default)]
    pub(crate) label_fields: String,
    #[serde(default)]
    pub(crate) allow_duplicates: Option<bool>,
    #[serde(default)]
    pub(crate) has_email_field: bool,
    #[serde(default)]
    pub(crate) fields: Vec<Field>,
    /// Fields in the order of the layout.
    #[serde(skip)]
    layout: Vec<usize>,
    /// Fields in the order of their columns.
    #[serde(skip)]
    by_column: Vec<usize>,
    #[serde(skip)]
    by_name: HashMap<String, usize>,
}

impl Module {
    pub(crate) fn label(&self, language: Language) -> &str {
        translated(&self.label, self.label_it.as_ref(), language)
    }

    pub(crate) fn plural(&self, language: Language) -> &str {
        translated(&self.plural, self.plural_it.as_ref(), language)
    }

    pub(crate) fn singular(&self, language: Language) -> &str {
        translated(&self.singular, self.singular_it.as_ref(), language)
    }

    pub(crate) fn field_at(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(self.field_at(name)?)
    }

    /// All fields in the order in which this user gets them, hidden ones left out.
    pub(crate) fn fields_for<'a>(&'a self, user: &'a User) -> impl Iterator<Item = (usize, &'a Field)> {
        let order = if user.admin { &self.layout } else { &self.by_column };
        order
            .iter()
            .filter_map(|at| Some((*at, self.fields.get(*at)?)))
            .filter(|(_, field)| self.visible(user, field))
    }

    pub(crate) fn visible(&self, user: &User, field: &Field) -> bool {
        user.limits().is_none_or(|profile| !profile.hides(&self.name, &field.name) && !field.inactive)
    }

    /// Whether this user may change this field.
    pub(crate) fn writable(&self, user: &User, field: &Field) -> bool {
        let protected = |profile: &super::user::Profile| {
            profile.hides(&self.name, &field.name) || profile.protects(&self.name, &field.name)
        };
        !user.limits().is_some_and(protected)
    }

    fn index(&mut self) {
        let names = self.fields.iter().enumerate().map(|(at, field)| (field.name.clone(), at));
        self.by_name = names.collect();
        let stock = self.fields.iter().take_while(|field| !field.custom).count();
        // Custom fields stand in the last block that the layout shows before the address.
        let after = ["region_id", "tags"].into_iter().find_map(|name| self.field_at(name));
        let split = after.map_or(stock, |at| at + 1);
        self.layout = (0..split).chain(stock..self.fields.len()).chain(split..stock).collect();
        let fields = &self.fields;
        self.by_column = (0..fields.len()).collect();
        self.by_column.sort_by_key(|at| {
            let field = &fields[*at];
            (field.role == Role::Id, collated(field.column()))
        });
    }
}

/// Underscores come after letters.
fn collated(column: &str) -> String {
    column.to_ascii_lowercase().replace('_', "~")
}

fn translated<'a>(english: &'a str, italian: Option<&'a String>, language: Language) -> &'a str {
    italian.filter(|_| language == Language::Italian).map_or(english, String::as_str)
}

/// All modules.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) modules: Vec<Module>,
    next_custom: u32,
}

impl Schema {
    /// The stock modules.
    pub(crate) fn stock() -> Self {
        let mut modules: Vec<Module> = serde_json::from_str(MODULES).unwrap_or_default();
        debug_assert!(!modules.is_empty(), "a test reads the file");
        for module in &mut modules {
            for field in &mut module.fields {
                field.role = role(&field.name);
            }
            module.index();
        }
        Self { modules, next_custom: FIRST_CUSTOM }
    }

    pub(crate) fn id_of(&self, name: &str) -> Option<ModuleId> {
        self.modules.iter().position(|module| module.name == name)
    }

    pub(crate) fn named(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.name == name)
    }

    pub(crate) fn by_prefix(&self, prefix: &str) -> Option<ModuleId> {
        self.modules.iter().position(|module| module.id_prefix.as_deref() == Some(prefix))
    }

    pub(crate) fn prefix(&self, name: &str) -> &str {
        self.named(name).and_then(|module| module.id_prefix.as_deref()).unwrap_or("0")
    }

    /// Adds a custom field as the administrator's screen does and answers its name.
    pub(crate) fn add(&mut self, module: &str, field: &CustomField) -> Result<String, String> {
        let number = self.next_custom;
        let module = self
            .modules
            .iter_mut()
            .find(|held| held.name == module && held.id_prefix.is_some())
            .ok_or_else(|| format!("there is no module {module}"))?;
        if module.fields.iter().any(|held| held.label == field.label) {
            return Err(format!("{} has a field with the label {} already", module.name, field.label));
        }
        let name = format!("cf_{number}");
        module.fields.push(field.field(name.clone()));
        module.index();
        self.next_custom += 2;
        Ok(name)
    }

    pub(crate) fn field_mut(&mut self, module: &str, field: &str) -> Option<&mut Field> {
        let module = self.modules.iter_mut().find(|held| held.name == module)?;
        let at = module.field_at(field)?;
        module.fields.get_mut(at)
    }

    /// Adds a value to a picklist. False: there is no such picklist.
    pub(crate) fn add_value(&mut self, module: &str, field: &str, value: &str) -> bool {
        let field = self.field_mut(module, field);
        let picklist = field.filter(|field| matches!(field.kind, Type::Picklist | Type::Multipicklist));
        picklist.map(|field| field.values.push(choice(value))).is_some()
    }

    /// From which number the next custom fields are named.
    pub(crate) fn number_from(&mut self, number: u32) {
        self.next_custom = number;
    }
}

fn role(name: &str) -> Role {
    match name {
        "id" => Role::Id,
        "assigned_user_id" => Role::Owner,
        "createdtime" => Role::Created,
        "modifiedtime" => Role::Modified,
        "modifiedby" => Role::ModifiedBy,
        _ => Role::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stock_modules_can_be_read_and_fields_are_numbered_in_steps_of_two() {
        let mut schema = Schema::stock();
        assert_eq!(schema.modules.len(), 35);
        assert_eq!(schema.prefix("Accounts"), "11");
        let first = schema.add("Accounts", &CustomField::decimal("SiRank", 10, 4)).unwrap();
        let second = schema.add("Accounts", &CustomField::picklist("Cluster", &["A", "B"])).unwrap();
        assert_eq!((first.as_str(), second.as_str()), ("cf_854", "cf_856"));
        assert!(schema.add("Accounts", &CustomField::text("SiRank", 10)).is_err());
        let accounts = schema.named("Accounts").unwrap();
        let admin = User::new(1, "admin", "k").admin();
        let names: Vec<&str> = accounts.fields_for(&admin).map(|(_, field)| field.name.as_str()).collect();
        let tags = names.iter().position(|name| *name == "tags").unwrap();
        assert_eq!(names[tags + 1..tags + 4], ["cf_854", "cf_856", "bill_street"]);
        assert_eq!(names.last(), Some(&"id"));
    }
}
