//! The address of a person or a list, as mail programs write it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// An e-mail address, with or without a name: `ops@example.com`, `Operations <ops@example.com>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mailbox {
    /// The name before the address.
    pub name: Option<String>,
    /// The part before the at sign.
    pub local: String,
    /// The part after it.
    pub domain: String,
}

/// A text that is no e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no e-mail address: write one such as \"ops@example.com\" or \"Operations <ops@example.com>\""
)]
pub struct InvalidMailbox(String);

impl FromStr for Mailbox {
    type Err = InvalidMailbox;

    fn from_str(text: &str) -> Result<Self, InvalidMailbox> {
        let invalid = || InvalidMailbox(text.escape_debug().to_string());
        let (name, address) = match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"').trim(), address),
            None => ("", text.trim()),
        };
        let (local, domain) = address.rsplit_once('@').ok_or_else(invalid)?;
        if name.chars().any(|c| c.is_control() || "<>\"".contains(c))
            || !is_local(local)
            || !is_domain(domain)
        {
            return Err(invalid());
        }
        let name = (!name.is_empty()).then(|| name.to_owned());
        Ok(Self { name, local: local.to_owned(), domain: domain.to_owned() })
    }
}

/// The usual form of RFC 5322, a dot-atom: what is allowed beyond it no mail program offers.
fn is_local(local: &str) -> bool {
    let of_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    (1..=64).contains(&local.len())
        && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(of_atom))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.len() <= 253 && domain.split('.').all(is_label)
}

impl TryFrom<String> for Mailbox {
    type Error = InvalidMailbox;
    fn try_from(text: String) -> Result<Self, InvalidMailbox> {
        text.parse()
    }
}

impl From<Mailbox> for String {
    fn from(mailbox: Mailbox) -> Self {
        mailbox.to_string()
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(out, "{name} <{}@{}>", self.local, self.domain),
            None => write!(out, "{}@{}", self.local, self.domain),
        }
    }
}

impl JsonSchema for Mailbox {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Mailbox".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "mailbox" })
    }
}
