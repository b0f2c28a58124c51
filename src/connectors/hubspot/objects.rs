//! The kinds of records that are read and written, and what the calls about them are counted as.

/// A kind of records.
#[derive(Debug)]
pub(super) struct Objects {
    /// As it stands in paths, and for people.
    pub(super) path: &'static str,
    pub(super) search: &'static str,
    pub(super) read: &'static str,
    pub(super) create: &'static str,
    pub(super) update: &'static str,
    pub(super) archive: &'static str,
    pub(super) may_write: &'static str,
    /// What is associated with them.
    pub(super) associations: &'static str,
    /// The scope that lets them be written.
    pub(super) write_scope: &'static str,
}

macro_rules! objects {
    ($path:literal, $write_scope:literal) => {
        Objects {
            path: $path,
            search: concat!($path, ".search"),
            read: concat!($path, ".read"),
            create: concat!($path, ".create"),
            update: concat!($path, ".update"),
            archive: concat!($path, ".archive"),
            may_write: concat!($path, ".may_write"),
            associations: "associations.read",
            write_scope: $write_scope,
        }
    };
    // Read for a source of documents, whose calls are told from those of the CRM by what they begin with.
    ($path:literal, $write_scope:literal, for $source:literal) => {
        Objects {
            path: $path,
            search: concat!($source, ".search"),
            read: concat!($source, ".read"),
            create: concat!($source, ".create"),
            update: concat!($source, ".update"),
            archive: concat!($source, ".archive"),
            may_write: concat!($source, ".may_write"),
            associations: concat!($source, ".associations"),
            write_scope: $write_scope,
        }
    };
}

pub(super) static COMPANIES: Objects = objects!("companies", "crm.objects.companies.write");
pub(super) static DEALS: Objects = objects!("deals", "crm.objects.deals.write");
/// HubSpot has no scopes for activities: they go with contacts.
pub(super) static TASKS: Objects = objects!("tasks", "crm.objects.contacts.write");

/// Commerce invoices, and the deals and persons that lead from one to a company.
pub(super) static INVOICES: Objects = objects!("invoices", "crm.objects.invoices.write", for "invoices");
pub(super) static DEALS_OF_INVOICES: Objects = objects!("deals", "crm.objects.deals.write", for "invoices");
pub(super) static CONTACTS_OF_INVOICES: Objects =
    objects!("contacts", "crm.objects.contacts.write", for "invoices");
/// Won deals that count as purchases.
pub(super) static PURCHASES: Objects = objects!("deals", "crm.objects.deals.write", for "won_deals");
