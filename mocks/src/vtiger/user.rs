//! People, groups and currencies.

use std::collections::BTreeSet;

/// The language of a user: labels are translated, values are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// `en_us`
    #[default]
    English,
    /// `it_it`
    Italian,
}

impl Language {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en_us",
            Self::Italian => "it_it",
        }
    }
}

/// What a profile takes from users who are no administrators.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Modules that they do not see.
    pub hidden_modules: BTreeSet<String>,
    /// Modules that they may only read.
    pub read_only_modules: BTreeSet<String>,
    /// Fields that they do not see: module and field name.
    pub hidden_fields: BTreeSet<(String, String)>,
    /// Fields that they see and may not edit: module and field name.
    pub read_only_fields: BTreeSet<(String, String)>,
}

impl Profile {
    pub(crate) fn hides(&self, module: &str, field: &str) -> bool {
        has(&self.hidden_fields, module, field)
    }

    pub(crate) fn protects(&self, module: &str, field: &str) -> bool {
        has(&self.read_only_fields, module, field)
    }
}

fn has(fields: &BTreeSet<(String, String)>, module: &str, field: &str) -> bool {
    !fields.is_empty() && fields.contains(&(module.to_owned(), field.to_owned()))
}

/// A person who may log in.
#[derive(Clone, Debug)]
pub struct User {
    /// What `assigned_user_id` holds behind `19x`.
    pub id: u64,
    /// The name to log in with.
    pub name: String,
    /// The secret of My Preferences.
    pub access_key: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Address.
    pub email: String,
    /// Administrators see and may do everything.
    pub admin: bool,
    /// False: `Inactive`, may not log in.
    pub active: bool,
    /// The language of labels.
    pub language: Language,
    /// The number of currency decimals; none: never set, which is 2.
    pub currency_decimals: Option<u32>,
    /// An IANA zone.
    pub time_zone: String,
    /// Such as dd-mm-yyyy.
    pub date_format: String,
    /// 12 or 24.
    pub hour_format: String,
    /// What they may not see or do; administrators may all.
    pub profile: Profile,
}

impl User {
    /// A user with the usual preferences, who is no administrator.
    pub fn new(id: u64, name: &str, access_key: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            access_key: access_key.to_owned(),
            first_name: String::new(),
            last_name: name.to_owned(),
            email: format!("{name}@example.com"),
            admin: false,
            active: true,
            language: Language::English,
            currency_decimals: None,
            time_zone: "Europe/Rome".to_owned(),
            date_format: "dd-mm-yyyy".to_owned(),
            hour_format: "24".to_owned(),
            profile: Profile::default(),
        }
    }

    /// The same as administrator.
    #[must_use]
    pub fn admin(mut self) -> Self {
        self.admin = true;
        self
    }

    /// With a first and a last name.
    #[must_use]
    pub fn named(mut self, first: &str, last: &str) -> Self {
        first.clone_into(&mut self.first_name);
        last.clone_into(&mut self.last_name);
        self
    }

    /// With another language.
    #[must_use]
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// With a number of currency decimals.
    #[must_use]
    pub fn decimals(mut self, decimals: u32) -> Self {
        self.currency_decimals = Some(decimals);
        self
    }

    /// Deactivated.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.active = false;
        self
    }

    /// With fewer rights.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Decimals to which numbers that this user writes are rounded.
    pub(crate) fn rounds_to(&self) -> u32 {
        self.currency_decimals.unwrap_or(2)
    }

    /// First and last name.
    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name).trim().to_owned()
    }

    /// The profile, where it counts.
    pub(crate) fn limits(&self) -> Option<&Profile> {
        (!self.admin).then_some(&self.profile)
    }

    pub(crate) fn sees_module(&self, module: &str) -> bool {
        self.limits().is_none_or(|profile| module != "Users" && !profile.hidden_modules.contains(module))
    }

    pub(crate) fn writes_module(&self, module: &str) -> bool {
        self.limits().is_none_or(|profile| !profile.read_only_modules.contains(module))
    }
}

/// A group of users; its id is from the same numbers as the users'.
#[derive(Clone, Debug)]
pub struct Group {
    /// What `assigned_user_id` holds behind `20x`.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Ids of its users.
    pub members: BTreeSet<u64>,
}

/// A currency that invoices may be in.
#[derive(Clone, Debug)]
pub struct Currency {
    /// What `currency_id` holds behind `21x`.
    pub id: u64,
    /// Name.
    pub name: String,
    /// ISO code.
    pub code: String,
    /// Symbol.
    pub symbol: String,
    /// Units of it per unit of the base currency, five decimals.
    pub rate: String,
    /// The base currency.
    pub base: bool,
}
