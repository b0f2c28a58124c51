//! HubSpot's OAuth, and the scopes that an app or a service key needs.

use crate::http::{OAuthVendor, TokenBody};

/// Every scope, in an order in which what any use needs stands together: tasks, figures, cards. HubSpot has no scopes for
/// activities, so tasks go by those of contacts. Every app has `oauth`; the account's details ask for it.
const SCOPES: [&str; 12] = [
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.owners.read",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "oauth",
    "crm.objects.deals.write",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
];
const FIRST_OF_FIGURES: usize = 2;
const FIRST_OF_CARDS: usize = 9;

/// The least scopes for figures, with cards and tasks where these are switched on.
pub fn scopes(cards: bool, tasks: bool) -> &'static [&'static str] {
    let first = if tasks { 0 } else { FIRST_OF_FIGURES };
    let end = if cards { SCOPES.len() } else { FIRST_OF_CARDS };
    &SCOPES[first..end]
}

/// The same where HubSpot's own invoices are read: an invoice may lead to its company by a person.
const WITH_INVOICES: [&str; 13] = [
    "crm.objects.contacts.write",
    "crm.objects.contacts.read",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.invoices.read",
    "crm.objects.owners.read",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "oauth",
    "crm.objects.deals.write",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
];
const FIRST_OF_INVOICES: usize = 1;
const FIRST_OF_CARDS_WITH_INVOICES: usize = 10;

/// The least scopes for figures from HubSpot's own invoices, with cards and tasks where these are switched on.
pub fn scopes_with_invoices(cards: bool, tasks: bool) -> &'static [&'static str] {
    let first = if tasks { 0 } else { FIRST_OF_INVOICES };
    let end = if cards { WITH_INVOICES.len() } else { FIRST_OF_CARDS_WITH_INVOICES };
    &WITH_INVOICES[first..end]
}

/// What is HubSpot's own in an authorisation, for figures, and for cards and tasks too.
///
/// Sources: the token endpoint takes a form and nothing in the query; plain http back to a machine of one's own is
/// allowed by the name `localhost` only.
pub fn oauth(cards: bool, tasks: bool) -> OAuthVendor {
    OAuthVendor {
        system: "HubSpot",
        body: TokenBody::Form,
        redirect_host: "localhost",
        scopes: scopes(cards, tasks),
        gone: &["BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"],
    }
}
