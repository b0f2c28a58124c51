//! What is related to a record: `relatedtypes`, `retrieve_related`, `query_related`, `add_related`.

use super::access::Found;
use super::crm::Crm;
use super::failure::{Failure, Outcome};
use super::json::Json;
use super::user::User;

/// The relations of organizations: label, module. Other modules' were not recorded.
const OF_ACCOUNTS: [(&str, &str); 18] = [
    ("Contacts", "Contacts"),
    ("Potentials", "Potentials"),
    ("Quotes", "Quotes"),
    ("Sales Order", "SalesOrder"),
    ("Invoice", "Invoice"),
    ("Activities", "Calendar"),
    ("Emails", "Emails"),
    ("Activity History", "Calendar"),
    ("Documents", "Documents"),
    ("HelpDesk", "HelpDesk"),
    ("Products", "Products"),
    ("Campaigns", "Campaigns"),
    ("PBXManager", "PBXManager"),
    ("Service Contracts", "ServiceContracts"),
    ("Services", "Services"),
    ("Projects", "Project"),
    ("ModComments", "ModComments"),
    ("Assets", "Assets"),
];

fn relations(module: &str) -> &'static [(&'static str, &'static str)] {
    if module == "Accounts" { &OF_ACCOUNTS } else { &[] }
}

impl Crm {
    pub(crate) fn related_types(&self, user: &User, name: Option<&str>) -> Outcome<Json<'static>> {
        let name = name.unwrap_or_default();
        let known = self.schema.named(name).is_some_and(|module| module.id_prefix.is_some());
        if !known || !user.sees_module(name) {
            return Err(Failure::denied());
        }
        let held = relations(name);
        // Telephone calls are related twice.
        let twice = (name == "Accounts").then_some("PBXManager");
        let types = held.iter().map(|(_, module)| *module).chain(twice);
        let information = held.iter().map(|(label, module)| {
            let about = Json::object([
                ("name", Json::text(*module)),
                ("label", Json::text(*label)),
                ("isEntity", Json::text("1")),
            ]);
            ((*label).into(), about)
        });
        Ok(Json::object([
            ("types", Json::texts(types)),
            ("information", Json::Object(information.collect())),
        ]))
    }

    pub(crate) fn retrieve_related(
        &self,
        user: &User,
        id: Option<&str>,
        module: Option<&str>,
        label: Option<&str>,
    ) -> Outcome<Json<'_>> {
        let module = module.unwrap_or_default();
        let found = self.source(user, id)?;
        let ids = self.related_ids(found, module, label.unwrap_or_default())?;
        let plan = self.plan(user, &format!("select * from {module};"))?;
        Ok(self.rows(user, &plan, Some(&ids)))
    }

    /// The query comes without its semicolon: one is added.
    pub(crate) fn query_related(
        &self,
        user: &User,
        query: Option<&str>,
        id: Option<&str>,
        label: Option<&str>,
    ) -> Outcome<Json<'_>> {
        let query = query.unwrap_or_default();
        let found = self.source(user, id)?;
        // The module's name is what stands behind from, a semicolon included.
        let module = query.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("from")).nth(1);
        let ids = self.related_ids(found, module.unwrap_or_default(), label.unwrap_or_default())?;
        let plan = self.plan(user, &format!("{query};"))?;
        Ok(self.rows(user, &plan, Some(&ids)))
    }

    /// Whatever the label, the answer is a success.
    pub(crate) fn add_related(
        &self,
        user: &User,
        source: Option<&str>,
        target: Option<&str>,
    ) -> Outcome<Json<'static>> {
        self.source(user, source)?;
        self.source(user, target)?;
        Ok(Json::object([("message", Json::text("successfull"))]))
    }

    fn source(&self, user: &User, id: Option<&str>) -> Outcome<Found> {
        let asked = id.and_then(|id| self.split(id)).ok_or_else(|| Failure::denied_for("id"))?;
        self.found(user, asked)
    }

    fn related_ids(&self, of: Found, module: &str, label: &str) -> Outcome<Vec<u64>> {
        let source = &self.schema.modules[of.module].name;
        let known = relations(source).contains(&(label, module));
        let held = self.schema.named(module).is_some_and(|module| module.id_prefix.is_some());
        if !known || !held {
            return Err(Failure::unknown_relation());
        }
        Ok(match module {
            "Potentials" => self.holding(module, "related_to", of.id),
            "Invoice" | "Contacts" => self.holding(module, "account_id", of.id),
            "Calendar" => self.holding(module, "parent_id", of.id),
            "Emails" => {
                let table = self.table(module);
                let parents = table.into_iter().flat_map(|table| &table.parents);
                parents.filter(|(_, about)| about.contains(&of.id)).map(|(email, _)| *email).collect()
            }
            _ => Vec::new(),
        })
    }
}
