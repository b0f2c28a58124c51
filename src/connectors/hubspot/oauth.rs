//! HubSpot's OAuth.

use crate::http::{OAuthVendor, TokenBody};

/// What is HubSpot's own in an authorisation.
///
/// Sources: the token endpoint takes a form and nothing in the query; plain http back to a machine of one's own is
/// allowed by the name `localhost` only.
pub const OAUTH: OAuthVendor = OAuthVendor {
    system: "HubSpot",
    body: TokenBody::Form,
    redirect_host: "localhost",
    scopes: &[
        "crm.objects.companies.read",
        "crm.objects.companies.write",
        "crm.objects.deals.read",
        "crm.objects.owners.read",
        "crm.schemas.companies.read",
        "crm.schemas.companies.write",
        // Every app has it; the account's details ask for it.
        "oauth",
    ],
    gone: &["BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"],
};
