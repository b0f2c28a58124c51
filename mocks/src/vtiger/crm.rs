//! The state of a CRM, and how seeds and people change it.

use std::collections::{BTreeMap, BTreeSet};

use super::custom::CustomField;
use super::field::{Field, Role};
use super::lines::Lines;
use super::schema::{Module, ModuleId, Schema};
use super::table::{Record, Table};
use super::user::{Currency, Group, User};
use super::values;

/// Everything that outlives a request.
#[derive(Clone, Debug)]
pub struct Crm {
    pub(crate) schema: Schema,
    pub(crate) tables: Vec<Table>,
    /// People, by id.
    pub users: BTreeMap<u64, User>,
    /// Groups, by id.
    pub groups: BTreeMap<u64, Group>,
    /// Currencies, by id.
    pub currencies: BTreeMap<u64, Currency>,
    /// Modules whose sharing is private: users who are no administrators find only their own and their groups'.
    pub private: BTreeSet<String>,
    /// Rows of one e-mail are made one, as the release does with lines of invoices: only the last thing that it is
    /// about shows. Off: a row for each. Which of the two is right was not recorded.
    pub emails_in_one_row: bool,
    pub(crate) lines: Lines,
    /// Shipping and handling of invoices that the webservice made.
    pub(crate) charges: BTreeMap<u64, Option<String>>,
    next_id: u64,
}

impl Default for Crm {
    fn default() -> Self {
        Self::new()
    }
}

impl Crm {
    /// A new installation: the stock fields, the three stock groups, the euro. Without users.
    pub fn new() -> Self {
        let schema = Schema::stock();
        let table = |module: &Module| Table::with_unique(module.fields.iter().position(|field| field.unique));
        let tables = schema.modules.iter().map(table).collect();
        let group = |id: u64, name: &str, about: &str| {
            let group = Group {
                id,
                name: name.to_owned(),
                description: format!("Group Related to {about}"),
                members: BTreeSet::new(),
            };
            (id, group)
        };
        let euro = Currency {
            id: 1,
            name: "Euro".to_owned(),
            code: "EUR".to_owned(),
            symbol: "€".to_owned(),
            rate: "1.00000".to_owned(),
            base: true,
        };
        Self {
            schema,
            tables,
            users: BTreeMap::new(),
            groups: BTreeMap::from([
                group(2, "Team Selling", "Sales"),
                group(3, "Marketing Group", "Marketing Activities"),
                group(4, "Support Group", "providing Support to Customers"),
            ]),
            currencies: BTreeMap::from([(1, euro)]),
            private: BTreeSet::new(),
            emails_in_one_row: false,
            lines: Lines::default(),
            charges: BTreeMap::new(),
            next_id: 2,
        }
    }

    /// Adds or replaces a user.
    pub fn add_user(&mut self, user: User) {
        self.users.insert(user.id, user);
    }

    /// Adds a currency with its units per unit of the base currency.
    pub fn add_currency(&mut self, id: u64, name: &str, code: &str, symbol: &str, rate: &str) {
        let currency = Currency {
            id,
            name: name.to_owned(),
            code: code.to_owned(),
            symbol: symbol.to_owned(),
            rate: rate.to_owned(),
            base: false,
        };
        self.currencies.insert(id, currency);
    }

    /// Adds a field as an administrator would and answers its name (`cf_NNN`). Refused: the label is taken, or there
    /// is no such module.
    pub fn add_field(&mut self, module: &str, field: &CustomField) -> Result<String, String> {
        self.schema.add(module, field)
    }

    /// From which number the next custom fields are named.
    pub fn number_fields_from(&mut self, number: u32) {
        self.schema.number_from(number);
    }

    /// Adds a value to a picklist. False: there is no such picklist.
    pub fn add_picklist_value(&mut self, module: &str, field: &str, value: &str) -> bool {
        self.schema.add_value(module, field, value)
    }

    /// Whether a picklist offers a value.
    pub fn has_picklist_value(&self, module: &str, field: &str, value: &str) -> bool {
        let field = self.schema.named(module).and_then(|module| module.field(field));
        field.is_some_and(|field| field.values.iter().any(|choice| choice.value() == value))
    }

    /// Takes a value from a picklist; records keep it. False: there is no such value.
    pub fn remove_picklist_value(&mut self, module: &str, field: &str, value: &str) -> bool {
        let Some(field) = self.schema.field_mut(module, field) else { return false };
        let before = field.values.len();
        field.values.retain(|choice| choice.value() != value);
        field.values.len() < before
    }

    /// The values that a picklist offers, in order.
    pub fn picklist_values(&self, module: &str, field: &str) -> Vec<String> {
        let field = self.schema.named(module).and_then(|module| module.field(field));
        field
            .map(|field| field.values.iter().map(|choice| choice.value().to_owned()).collect())
            .unwrap_or_default()
    }

    /// The names of a module's fields.
    pub fn field_names(&self, module: &str) -> Vec<String> {
        let module = self.schema.named(module);
        module
            .map(|module| module.fields.iter().map(|field| field.name.clone()).collect())
            .unwrap_or_default()
    }

    /// Deletes a custom field: it is gone for everybody, and its label is free again. False: there is no such field.
    pub fn remove_custom_field(&mut self, module: &str, field: &str) -> bool {
        let held =
            self.schema.field_mut(module, field).filter(|field| field.custom && !field.label.is_empty());
        held.map(|field| {
            field.inactive = true;
            field.label.clear();
        })
        .is_some()
    }

    /// Lets everybody edit a field, or nobody. False: there is no such field.
    pub fn set_field_editable(&mut self, module: &str, field: &str, editable: bool) -> bool {
        self.schema.field_mut(module, field).map(|field| field.editable = editable).is_some()
    }

    /// Switches a field off or on. False: there is no such field.
    pub fn set_field_active(&mut self, module: &str, field: &str, active: bool) -> bool {
        self.schema.field_mut(module, field).map(|field| field.inactive = !active).is_some()
    }

    /// Makes a field mandatory or not. False: there is no such field.
    pub fn set_field_mandatory(&mut self, module: &str, field: &str, mandatory: bool) -> bool {
        self.schema.field_mut(module, field).map(|field| field.mandatory = mandatory).is_some()
    }

    /// Gives a field a default for new records. False: there is no such field.
    pub fn set_field_default(&mut self, module: &str, field: &str, default: &str) -> bool {
        self.schema.field_mut(module, field).map(|field| field.default = Some(default.to_owned())).is_some()
    }

    /// The name of a module's field by its English label.
    pub fn field_named(&self, module: &str, label: &str) -> Option<&str> {
        let fields = &self.schema.named(module)?.fields;
        fields.iter().find(|field| field.label == label).map(|field| field.name.as_str())
    }

    /// Adds a record without any check, as `owner` made it at `at_ms`. Values as the webservice would read them:
    /// references and owners with or without what is before the x. `LineItems` are added by [`Crm::add_line`].
    pub fn add(&mut self, module: &str, at_ms: i64, owner: u64, values: &[(&str, &str)]) -> u64 {
        let id = self.next_id;
        self.add_with_id(module, id, at_ms, owner, values);
        id
    }

    /// The same with a number of its own choosing.
    pub fn add_with_id(&mut self, module: &str, id: u64, at_ms: i64, owner: u64, values: &[(&str, &str)]) {
        let Some(at) = self.schema.id_of(module) else { return };
        self.next_id = self.next_id.max(id + 1);
        let seen = self.schema.modules[at].fields.len();
        self.tables[at].insert(id, Record::new(owner, at_ms.div_euclid(1000), owner, seen));
        self.put(module, id, values);
        self.give_number(at, id);
    }

    /// The record's own number, such as ACC12, where it has none yet.
    pub(crate) fn give_number(&mut self, module: ModuleId, id: u64) {
        let numbered = [
            ("account_no", "ACC"),
            ("potential_no", "POT"),
            ("invoice_no", "INV"),
            ("product_no", "PRO"),
            ("service_no", "SER"),
            ("contact_no", "CON"),
        ];
        let module_fields = &self.schema.modules[module];
        let found = numbered
            .into_iter()
            .find_map(|(name, prefix)| module_fields.field_at(name).map(|field| (field, prefix)));
        let Some((field, prefix)) = found else { return };
        let table = &mut self.tables[module];
        if table.get(id).is_some_and(|record| record.get(field).is_none()) {
            table.last_no += 1;
            let text = format!("{prefix}{}", table.last_no);
            table.set(id, field, Some(text));
        }
    }

    /// From which number the next automatic ACC, POT, INV is counted.
    pub fn number_records_from(&mut self, module: &str, number: u64) {
        if let Some(at) = self.schema.id_of(module) {
            self.tables[at].last_no = number.saturating_sub(1);
        }
    }

    /// The number that the next record gets.
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Chooses the number that the next record gets.
    pub fn set_next_id(&mut self, id: u64) {
        self.next_id = id;
    }

    pub(crate) fn take_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Sets values without any check and without moving `modifiedtime`. Returns the names that changed.
    pub fn put(&mut self, module: &str, id: u64, values: &[(&str, &str)]) -> Vec<String> {
        let Some(at) = self.schema.id_of(module) else { return Vec::new() };
        let fields = &self.schema.modules[at];
        let table = &mut self.tables[at];
        let mut changed = Vec::new();
        for (name, text) in values {
            let Some(field) = fields.field_at(name) else { continue };
            let definition = &fields.fields[field];
            let moved = match definition.role {
                Role::Plain => table.set(id, field, values::given(definition, text)),
                _ => set_role(table, id, definition.role, text),
            };
            if moved {
                changed.push((*name).to_owned());
            }
        }
        changed
    }

    /// One more thing that an e-mail is about: it shows as one more row.
    pub fn add_email_parent(&mut self, email: u64, parent: u64) {
        if let Some(at) = self.schema.id_of("Emails") {
            self.tables[at].parents.entry(email).or_default().push(parent);
        }
    }

    /// A value as `retrieve` shows it to an administrator; none where there is no such live record or field.
    pub fn value(&self, module: &str, id: u64, field: &str) -> Option<String> {
        let at = self.schema.id_of(module)?;
        let field = self.schema.modules[at].field_at(field)?;
        self.tables[at].get(id)?;
        self.read_text(at, id, field)
    }

    /// The numbers of a module's live records.
    pub fn ids(&self, module: &str) -> Vec<u64> {
        self.table(module).map(|table| table.records().keys().copied().collect()).unwrap_or_default()
    }

    /// The numbers of a module's records that people still find: without activities whose organization is gone.
    pub fn reachable(&self, module: &str) -> Vec<u64> {
        let records = self.table(module).map(Table::records);
        records
            .map(|records| {
                records.iter().filter(|(_, record)| !record.unreachable).map(|(id, _)| *id).collect()
            })
            .unwrap_or_default()
    }

    /// How many live records a module has.
    pub fn count(&self, module: &str) -> usize {
        self.table(module).map_or(0, |table| table.records().len())
    }

    /// The record's number by the value of one of its fields.
    pub fn find(&self, module: &str, field: &str, value: &str) -> Option<u64> {
        let at = self.schema.id_of(module)?;
        let field = self.schema.modules[at].field_at(field)?;
        let records = self.tables[at].records();
        records.iter().find(|(_, record)| record.get(field) == Some(value)).map(|(id, _)| *id)
    }

    /// Deletes a record and what goes with it: an organization takes its opportunities along, leaves its invoices
    /// without it, and its activities out of reach. False: there is none.
    pub fn delete(&mut self, module: &str, id: u64, at_ms: i64) -> bool {
        let Some(at) = self.schema.id_of(module) else { return false };
        let seconds = at_ms.div_euclid(1000);
        if !self.tables[at].delete(id, seconds) {
            return false;
        }
        if module == "Accounts" {
            for potential in self.holding("Potentials", "related_to", id) {
                self.delete("Potentials", potential, at_ms);
            }
            for invoice in self.holding("Invoice", "account_id", id) {
                self.clear("Invoice", invoice, "account_id");
            }
        }
        if matches!(module, "Accounts" | "Potentials") {
            for activities in ["Calendar", "Events"] {
                for activity in self.holding(activities, "parent_id", id) {
                    let held = self.table_mut(activities).and_then(|table| table.get_mut(activity));
                    if let Some(record) = held {
                        record.unreachable = true;
                    }
                }
            }
        }
        true
    }

    fn clear(&mut self, module: &str, id: u64, field: &str) {
        let Some(at) = self.schema.id_of(module) else { return };
        if let Some(field) = self.schema.modules[at].field_at(field) {
            self.tables[at].set(id, field, None);
        }
    }

    /// Records whose reference is this one.
    pub(crate) fn holding(&self, module: &str, field: &str, target: u64) -> Vec<u64> {
        let Some(at) = self.schema.id_of(module) else { return Vec::new() };
        let Some(field) = self.schema.modules[at].field_at(field) else { return Vec::new() };
        let wanted = target.to_string();
        let held = self.tables[at].records().iter();
        held.filter(|(_, record)| record.get(field) == Some(wanted.as_str())).map(|(id, _)| *id).collect()
    }

    pub(crate) fn table(&self, module: &str) -> Option<&Table> {
        self.tables.get(self.schema.id_of(module)?)
    }

    pub(crate) fn table_mut(&mut self, module: &str) -> Option<&mut Table> {
        self.tables.get_mut(self.schema.id_of(module)?)
    }

    /// The module that holds a live record with this number.
    pub(crate) fn module_of(&self, id: u64) -> Option<ModuleId> {
        self.tables.iter().position(|table| table.get(id).is_some())
    }

    /// Whether a live record, user or currency with this number exists in a module.
    pub(crate) fn exists(&self, module: &str, id: u64) -> bool {
        match module {
            "Users" => self.users.contains_key(&id),
            "Groups" => self.groups.contains_key(&id),
            "Currency" => self.currencies.contains_key(&id),
            _ => self.table(module).is_some_and(|table| table.get(id).is_some()),
        }
    }

    /// An owner as it reads: a user, a group, or the bare number of nobody.
    pub(crate) fn owner_text(&self, owner: u64) -> String {
        if self.users.contains_key(&owner) {
            format!("{}x{owner}", self.schema.prefix("Users"))
        } else if self.groups.contains_key(&owner) {
            format!("{}x{owner}", self.schema.prefix("Groups"))
        } else {
            owner.to_string()
        }
    }

    /// A reference as it reads: none where what it refers to is gone.
    pub(crate) fn reference_text(&self, field: &Field, target: u64) -> Option<String> {
        let module = field.refers_to.iter().find(|module| self.exists(module, target))?;
        Some(format!("{}x{target}", self.schema.prefix(module)))
    }

    /// Whether a user may find a record of this owner.
    pub(crate) fn sees(&self, user: &User, module: &str, owner: u64) -> bool {
        user.admin || !self.private.contains(module) || owner == user.id || {
            self.groups.get(&owner).is_some_and(|group| group.members.contains(&user.id))
        }
    }
}

fn set_role(table: &mut Table, id: u64, role: Role, text: &str) -> bool {
    let Some(record) = table.get_mut(id) else { return false };
    let changed = |held: &mut u64| match values::record_number(text) {
        Some(number) if number != *held => {
            *held = number;
            true
        }
        _ => false,
    };
    let moved = |held: &mut i64| match seconds(text) {
        Some(at) if at != *held => {
            *held = at;
            true
        }
        _ => false,
    };
    match role {
        Role::Owner => changed(&mut record.owner),
        Role::ModifiedBy => changed(&mut record.modified_by),
        Role::Created => moved(&mut record.created),
        Role::Modified => moved(&mut record.modified),
        Role::Id | Role::Plain => false,
    }
}

/// `YYYY-MM-DD HH:MM:SS` in UTC, or a day alone.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let full = if text.len() == 10 { format!("{text} 00:00:00") } else { text.to_owned() };
    let parsed = chrono::NaiveDateTime::parse_from_str(&full, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(parsed.and_utc().timestamp())
}

/// Seconds since the epoch as `YYYY-MM-DD HH:MM:SS`.
pub(crate) fn stamp(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default().format("%Y-%m-%d %H:%M:%S").to_string()
}
