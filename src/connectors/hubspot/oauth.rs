//! HubSpot's OAuth.

use crate::http::{OAuthVendor, TokenBody};

/// Figures alone. Every app has `oauth`; the account's details ask for it.
const FIGURES: &[&str] = &[
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.owners.read",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "oauth",
];
/// Figures and cards.
const WITH_CARDS: &[&str] = &[
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.objects.owners.read",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
    "oauth",
];

/// What is HubSpot's own in an authorisation, for figures or for cards too.
///
/// Sources: the token endpoint takes a form and nothing in the query; plain http back to a machine of one's own is
/// allowed by the name `localhost` only.
pub const fn oauth(with_cards: bool) -> OAuthVendor {
    OAuthVendor {
        system: "HubSpot",
        body: TokenBody::Form,
        redirect_host: "localhost",
        scopes: if with_cards { WITH_CARDS } else { FIGURES },
        gone: &["BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"],
    }
}
