//! `listtypes` and `describe`.

use super::crm::Crm;
use super::failure::{Failure, Outcome};
use super::field::Role;
use super::json::Json;
use super::user::User;

impl Crm {
    /// The modules of this user; with a list of types only those that have a field of one of them.
    pub(crate) fn list_types(&self, user: &User, field_types: Option<&str>) -> Json<'_> {
        let wanted: Option<Vec<String>> = field_types
            .and_then(|list| serde_json::from_str(list).ok())
            .filter(|list: &Vec<String>| !list.is_empty());
        let modules: Vec<_> = self
            .schema
            .modules
            .iter()
            .filter(|module| user.sees_module(&module.name))
            .filter(|module| {
                wanted.as_ref().is_none_or(|types| {
                    module.is_entity
                        && module.name != "Users"
                        && types.iter().any(|name| name == "email" && module.has_email_field)
                })
            })
            .collect();
        let names = modules.iter().map(|module| module.name.as_str());
        let information = modules.iter().map(|module| {
            let about = Json::object([
                ("isEntity", Json::Bool(module.is_entity)),
                ("label", Json::text(module.plural(user.language))),
                ("singular", Json::text(module.singular(user.language))),
            ]);
            (module.name.as_str().into(), about)
        });
        Json::object([("types", Json::texts(names)), ("information", Json::Object(information.collect()))])
    }

    pub(crate) fn describe<'a>(&'a self, user: &'a User, name: Option<&str>) -> Outcome<Json<'a>> {
        let name = name.unwrap_or_default();
        let unknown = || Failure::denied_for(&format!("name : {name}"));
        let module = self.schema.named(name).ok_or_else(unknown)?;
        if !user.sees_module(name) {
            return Err(Failure::denied());
        }
        let prefix = module.id_prefix.as_deref().ok_or_else(unknown)?;
        let described = module.fields_for(user).filter(|(_, field)| !field.inactive && !field.undescribed);
        let fields = described.map(|(_, field)| {
            let writable = field.role == Role::Id || module.writable(user, field);
            field.describe(user, writable)
        });
        let writes = user.writes_module(name);
        let mut entries = vec![
            ("label".into(), Json::text(module.label(user.language))),
            ("name".into(), Json::text(module.name.as_str())),
            ("createable".into(), Json::Bool(writes)),
            ("updateable".into(), Json::Bool(writes)),
            ("deleteable".into(), Json::Bool(writes)),
            ("retrieveable".into(), Json::Bool(true)),
            ("fields".into(), Json::List(fields.collect())),
            ("idPrefix".into(), Json::text(prefix)),
            ("isEntity".into(), Json::Bool(module.is_entity)),
        ];
        if let Some(allowed) = module.allow_duplicates {
            entries.push(("allowDuplicates".into(), Json::Bool(allowed)));
        }
        entries.push(("labelFields".into(), Json::text(module.label_fields.as_str())));
        Ok(Json::Object(entries))
    }
}
