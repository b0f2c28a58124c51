//! OAuth 2: an authorisation that a person gives once, and tokens that are renewed by themselves.
//!
//! # Guarantees
//! - The tokens are in one file of mode 0600 beside the state, replaced as a whole, and in no database or log.
//! - A renewed refresh token is on disk before the access token that came with it is used.
//! - One renewal at a time, over all calls of a process and all processes that share the file.
//! - An authorisation that is given anew is noticed in the file, without a restart.
//!
//! # Caveats
//! Where every renewal ends the refresh token that was used, an answer that is lost on its way takes the only good token
//! along: `renewal` says what is done about that.

mod answers;
mod authority;
mod file;
mod held;
mod private;
mod provider;
mod renewal;

pub use authority::{Authority, Challenge, OAuthSettings, OAuthVendor, TokenBody};
pub use file::{TokenFile, TokenFileError};
pub use held::{Authorisation, Lost};
pub use provider::OAuthTokens;
