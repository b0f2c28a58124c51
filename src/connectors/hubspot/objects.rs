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
            write_scope: $write_scope,
        }
    };
}

pub(super) static COMPANIES: Objects = objects!("companies", "crm.objects.companies.write");
pub(super) static DEALS: Objects = objects!("deals", "crm.objects.deals.write");
/// HubSpot has no scopes for activities: they go with contacts.
pub(super) static TASKS: Objects = objects!("tasks", "crm.objects.contacts.write");
