//! `retrieve`, and the full record that a change answers.

use super::access::Found;
use super::crm::Crm;
use super::entities;
use super::failure::{Failure, Outcome};
use super::field::{Field, Type};
use super::json::Json;
use super::show::{Mode, Part, Row};
use super::user::User;

type Entries<'a> = Vec<(std::borrow::Cow<'a, str>, Json<'a>)>;

impl Crm {
    pub(crate) fn retrieve(&self, user: &User, id: Option<&str>) -> Outcome<Json<'_>> {
        let asked = id.and_then(|id| self.split(id)).ok_or_else(|| Failure::denied_for("id"))?;
        let found = self.found(user, asked)?;
        let module = &self.schema.modules[found.module];
        let mut entries = self.entries(user, found);
        match module.name.as_str() {
            "Users" | "Groups" | "Currency" | "LineItem" => {}
            "Invoice" => {
                entries.push(("label".into(), self.label(found)));
                entries.extend(self.invoice_details(found.id, user));
            }
            _ => entries.push(("label".into(), self.label(found))),
        }
        Ok(Json::Object(entries))
    }

    /// All fields of a record that this user sees, as `retrieve` shows them, ending with the id.
    pub(crate) fn entries(&self, user: &User, found: Found) -> Entries<'_> {
        let module = &self.schema.modules[found.module];
        let row = Row { id: found.id, part: Part::Whole };
        let order: Vec<usize> =
            module.fields_for(user).filter(|(_, field)| in_record(field)).map(|(at, _)| at).collect();
        let shown = order.into_iter().map(|at| {
            let value = self.read_for(user, found.module, row, at, Mode::Retrieve);
            (module.fields[at].name.as_str().into(), value)
        });
        shown.collect()
    }

    /// What the record is called: the one value that comes with entities.
    pub(crate) fn label(&self, found: Found) -> Json<'_> {
        let module = &self.schema.modules[found.module];
        let names = module.label_fields.split(',').filter_map(|name| module.field_at(name));
        let parts: Vec<String> = names.filter_map(|at| self.read_text(found.module, found.id, at)).collect();
        Json::text(entities::encode(parts.join(" ").trim()).into_owned())
    }
}

fn in_record(field: &Field) -> bool {
    !field.extra && !field.line && field.kind != Type::Password && field.name != "accesskey"
}
