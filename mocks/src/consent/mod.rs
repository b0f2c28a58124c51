//! Consent pages: a person says yes or no, and the browser is sent back with a code.

mod pkce;

use std::fmt::Write;

use crate::http::{Call, Reply};

/// What the person does who sees the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Person {
    /// Allows what is asked for.
    #[default]
    Allows,
    /// Refuses it.
    Denies,
}

/// An authorization code, good once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Code {
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Option<Vec<String>>,
    /// The PKCE challenge, where one was given.
    pub(crate) challenge: Option<String>,
    /// When it ends, milliseconds since the epoch.
    pub(crate) ends_ms: Option<i64>,
}

/// The parameters of a consent page.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) scopes: Vec<String>,
    pub(crate) challenge: Option<&'a str>,
    state: Option<&'a str>,
}

impl<'a> Question<'a> {
    /// Reads the query; an error is the text of a page, since nobody may be sent to an address that is not known.
    pub(crate) fn of(call: &'a Call) -> Result<Self, String> {
        let need = |name: &str| call.param(name).filter(|text| !text.is_empty());
        let missing = |name: &str| format!("{name} is missing");
        if call.param("code_challenge").is_some() && call.param("code_challenge_method") != Some("S256") {
            return Err("code_challenge_method has to be S256".to_owned());
        }
        let scopes = need("scope").ok_or_else(|| missing("scope"))?;
        Ok(Self {
            client_id: need("client_id").ok_or_else(|| missing("client_id"))?,
            redirect_uri: need("redirect_uri").ok_or_else(|| missing("redirect_uri"))?,
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
            challenge: call.param("code_challenge"),
            state: call.param("state"),
        })
    }

    /// The code that a yes makes.
    pub(crate) fn code(&self, ends_ms: Option<i64>) -> Code {
        Code {
            redirect_uri: self.redirect_uri.to_owned(),
            scopes: Some(self.scopes.clone()),
            challenge: self.challenge.map(str::to_owned),
            ends_ms,
        }
    }

    /// Sends the browser back.
    pub(crate) fn back(&self, fields: &[(&str, &str)]) -> Reply {
        let state = self.state.map(|state| ("state", state));
        let fields = fields.iter().copied().chain(state);
        let query: Vec<String> = fields.map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let sign = if self.redirect_uri.contains('?') { '&' } else { '?' };
        Reply::empty(302).header("location", format!("{}{sign}{}", self.redirect_uri, query.join("&")))
    }
}

impl Code {
    /// Whether a token request may have its tokens.
    pub(crate) fn is_redeemed_by(&self, redirect_uri: &str, verifier: &str, now: i64) -> bool {
        let proven = self.challenge.as_ref().is_none_or(|challenge| *challenge == pkce::challenge(verifier));
        self.redirect_uri == redirect_uri && proven && self.ends_ms.is_none_or(|end| now < end)
    }
}

/// The page that says what is wrong with a link.
pub(crate) fn page(text: &str) -> Reply {
    Reply::raw(
        400,
        "text/html; charset=utf-8",
        format!("<!DOCTYPE html><html><body><h1>{text}</h1></body></html>"),
    )
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
