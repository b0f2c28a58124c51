//! The object types that the mock has.

/// An object type of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `companies`, 0-2
    Company,
    /// `deals`, 0-3
    Deal,
    /// `tasks`, 0-27
    Task,
    /// `notes`, 0-46
    Note,
    /// `invoices`, 0-53
    Invoice,
    /// `contacts`, 0-1
    Contact,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Company, Self::Deal, Self::Task, Self::Note, Self::Invoice, Self::Contact];

    /// From a path segment: the plural, the singular or the type id.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| text == kind.plural() || text == kind.singular() || text == kind.type_id())
    }

    /// `companies`
    pub fn plural(self) -> &'static str {
        match self {
            Self::Company => "companies",
            Self::Deal => "deals",
            Self::Task => "tasks",
            Self::Note => "notes",
            Self::Invoice => "invoices",
            Self::Contact => "contacts",
        }
    }

    /// `company`
    pub fn singular(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Deal => "deal",
            Self::Task => "task",
            Self::Note => "note",
            Self::Invoice => "invoice",
            Self::Contact => "contact",
        }
    }

    /// `0-2`
    pub fn type_id(self) -> &'static str {
        match self {
            Self::Company => "0-2",
            Self::Deal => "0-3",
            Self::Task => "0-27",
            Self::Note => "0-46",
            Self::Invoice => "0-53",
            Self::Contact => "0-1",
        }
    }

    /// Properties that an answer has unasked, beside the three system ones.
    pub(crate) fn defaults(self) -> &'static [&'static str] {
        match self {
            Self::Company => &["name", "domain"],
            Self::Deal => &["dealname", "amount", "closedate", "dealstage", "pipeline"],
            Self::Contact => &["email", "firstname", "lastname"],
            Self::Task | Self::Note | Self::Invoice => &[],
        }
    }

    /// The name of the property with the instant of creation.
    pub(crate) fn created_property(self) -> &'static str {
        match self {
            Self::Company | Self::Deal | Self::Contact => "createdate",
            Self::Task | Self::Note | Self::Invoice => "hs_createdate",
        }
    }

    /// The scope word of the object: activities go with contacts.
    pub(crate) fn scope_object(self) -> &'static str {
        match self {
            Self::Company => "companies",
            Self::Deal => "deals",
            Self::Invoice => "invoices",
            Self::Task | Self::Note | Self::Contact => "contacts",
        }
    }

    pub(crate) fn index(self) -> usize {
        match self {
            Self::Company => 0,
            Self::Deal => 1,
            Self::Task => 2,
            Self::Note => 3,
            Self::Invoice => 4,
            Self::Contact => 5,
        }
    }
}
