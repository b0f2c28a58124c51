//! Fatture in Cloud's OAuth.

use crate::http::{OAuthVendor, TokenBody};

/// What is Fatture in Cloud's own in an authorisation: its token endpoint takes JSON.
pub const OAUTH: OAuthVendor = OAuthVendor {
    system: "Fatture in Cloud",
    body: TokenBody::Json,
    redirect_host: "127.0.0.1",
    scopes: &["issued_documents.invoices:r", "issued_documents.credit_notes:r"],
    gone: &[],
};
