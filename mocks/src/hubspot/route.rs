//! From a path to what is wanted: the API area, the version, the object type and the rest.

use super::kind::Kind;
use super::throttle::Bucket;
use crate::http::Call;

/// A part of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    Objects,
    Properties,
    Pipelines,
    Associations,
    Owners,
    Limits,
    Account,
    OAuth,
}

/// A request's path, taken apart.
#[derive(Debug)]
pub(crate) struct Route<'a> {
    pub(crate) area: Area,
    pub(crate) version: &'a str,
    /// The object type of the path, for the areas that have one.
    pub(crate) kind: Option<Kind>,
    pub(crate) rest: Vec<&'a str>,
}

impl<'a> Route<'a> {
    pub(crate) fn of(call: &'a Call) -> Option<Self> {
        let parts = call.parts();
        let (area, version, rest) = match parts.as_slice() {
            ["crm", "objects", version, rest @ ..] => (Area::Objects, *version, rest),
            ["crm", "properties", version, rest @ ..] => (Area::Properties, *version, rest),
            ["crm", "pipelines", version, rest @ ..] => (Area::Pipelines, *version, rest),
            ["crm", "associations", version, rest @ ..] => (Area::Associations, *version, rest),
            ["crm", "owners", version, rest @ ..] => (Area::Owners, *version, rest),
            ["crm", "limits", version, rest @ ..] => (Area::Limits, *version, rest),
            ["account-info", version, rest @ ..] => (Area::Account, *version, rest),
            ["oauth", version, rest @ ..] => (Area::OAuth, *version, rest),
            _ => return None,
        };
        let typed = matches!(area, Area::Objects | Area::Properties | Area::Pipelines | Area::Associations);
        let (kind, rest) = match rest.split_first() {
            Some((first, tail)) if typed => (Some(Kind::parse(first)?), tail),
            None if typed => return None,
            _ => (None, rest),
        };
        Some(Self { area, version, kind, rest: rest.to_vec() })
    }

    /// The kind of request, for counters and faults.
    pub(crate) fn name(&self, method: &str) -> &'static str {
        let reads = method == "GET";
        match (self.area, self.rest.as_slice()) {
            (Area::Objects, ["search"]) => "search",
            (Area::Objects, ["batch", "read"]) => "batch_read",
            (Area::Objects, ["batch", "create"]) if self.kind == Some(Kind::Task) => "tasks_create",
            (Area::Objects, ["batch", "create"]) => "batch_create",
            (Area::Objects, ["batch", "update"]) => "batch_update",
            (Area::Objects, ["batch", "upsert"]) => "batch_upsert",
            (Area::Objects, ["batch", "archive"]) => "batch_archive",
            (Area::Objects, []) if reads => "list",
            (Area::Objects, []) => "create",
            (Area::Objects, [_, "associations", ..]) => "associations",
            (Area::Objects, _) => match method {
                "GET" => "get",
                "PATCH" => "update",
                "DELETE" => "archive",
                _ => "other",
            },
            (Area::Associations, ["batch", "read"] | [_, "batch", "read"]) => "associations_read",
            (Area::Associations, _) => "associations_write",
            (Area::Properties, _) if reads => "properties",
            (Area::Properties, _) => "properties_write",
            (Area::Pipelines, _) if reads => "pipelines",
            (Area::Pipelines, _) => "pipelines_write",
            (Area::Owners, _) => "owners",
            (Area::Limits, _) => "limits",
            (Area::Account, _) => "account",
            (Area::OAuth, _) if reads => "consent",
            (Area::OAuth, _) => "oauth",
        }
    }

    pub(crate) fn bucket(&self, method: &str) -> Bucket {
        match self.name(method) {
            "search" => Bucket::Search,
            "oauth" | "consent" => Bucket::Free,
            "associations_read" | "associations_write" => Bucket::Associations,
            _ => Bucket::General,
        }
    }

    /// The scopes needed: of every group at least one.
    pub(crate) fn scopes(&self, method: &str) -> Vec<Vec<String>> {
        let reads =
            matches!(self.name(method), "search" | "batch_read" | "associations_read") || method == "GET";
        let access = if reads { "read" } else { "write" };
        let object = |kind: Kind| vec![format!("crm.objects.{}.{access}", kind.scope_object())];
        let kind = self.kind.unwrap_or(Kind::Company);
        match self.area {
            Area::Objects => {
                let other = match self.rest.as_slice() {
                    [_, "associations", "default", to, ..] | [_, "associations", to, ..] => Kind::parse(to),
                    _ => None,
                };
                std::iter::once(kind).chain(other).map(object).collect()
            }
            Area::Associations => {
                let other = self.rest.first().and_then(|to| Kind::parse(to));
                std::iter::once(kind).chain(other).map(object).collect()
            }
            Area::Properties => vec![vec![format!("crm.schemas.{}.{access}", kind.scope_object())]],
            Area::Pipelines if reads => {
                vec![vec!["crm.objects.deals.read".to_owned(), "crm.schemas.deals.read".to_owned()]]
            }
            Area::Pipelines => vec![vec!["crm.schemas.deals.write".to_owned()]],
            Area::Owners => vec![vec!["crm.objects.owners.read".to_owned()]],
            Area::Limits => {
                vec![
                    ["companies", "deals", "contacts"]
                        .map(|name| format!("crm.objects.{name}.read"))
                        .to_vec(),
                ]
            }
            Area::Account | Area::OAuth => Vec::new(),
        }
    }
}
