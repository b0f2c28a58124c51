//! Secrets: given in the file, in a file of their own or in a variable; read only when a system is to be reached, and
//! never shown.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::env::Environment;
use super::problem::Report;

/// What is shown in place of a secret.
pub const HIDDEN: &str = "***";

/// A secret that stands in the configuration itself.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Hidden(SecretString);

impl Hidden {
    /// Hides a text.
    pub fn new(text: String) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(HIDDEN)
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl JsonSchema for Hidden {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "writeOnly": true })
    }
}

/// What a secret is: its keys and its name for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecretKind {
    /// `token`, `token_file`, `token_env`.
    Token,
    /// `client_secret`, `client_secret_file`, `client_secret_env`.
    ClientSecret,
    /// `password`, `password_file`, `password_env`.
    Password,
    /// `url`, `url_file`, `url_env`: an address that whoever knows it may write to.
    Url,
}

impl SecretKind {
    /// The keys of the three ways: here, in a file, in a variable.
    const fn keys(self) -> [&'static str; 3] {
        match self {
            Self::Token => ["token", "token_file", "token_env"],
            Self::ClientSecret => ["client_secret", "client_secret_file", "client_secret_env"],
            Self::Password => ["password", "password_file", "password_env"],
            Self::Url => ["url", "url_file", "url_env"],
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::ClientSecret => "client secret",
            Self::Password => "password",
            Self::Url => "URL",
        }
    }

    /// What is wrong with a secret of this kind, if it shows.
    fn fault(self, secret: &str) -> Option<Fault> {
        let sendable = match self {
            // A password may hold blanks and letters of any alphabet, but no line ends with it.
            Self::Password => !secret.chars().any(char::is_control),
            Self::Token | Self::ClientSecret | Self::Url => {
                secret.bytes().all(|byte| byte.is_ascii_graphic())
            }
        };
        match (secret.is_empty(), sendable) {
            (true, _) => Some(Fault::Empty),
            (false, false) => Some(Fault::Unsendable),
            (false, true) => None,
        }
    }
}

/// The three ways in which one secret can be given.
pub(super) struct SecretSource<'a> {
    /// The table that holds the three keys: `hubspot`.
    pub(super) section: &'a str,
    /// What it is.
    pub(super) kind: SecretKind,
    /// `token`.
    pub(super) inline: Option<&'a Hidden>,
    /// `token_file`.
    pub(super) file: Option<&'a Path>,
    /// `token_env`.
    pub(super) variable: Option<&'a str>,
}

impl SecretSource<'_> {
    /// The keys that are given.
    pub(super) fn given(&self) -> Vec<&'static str> {
        let [inline, file, variable] = self.kind.keys();
        let given = [
            (inline, self.inline.is_some()),
            (file, self.file.is_some()),
            (variable, self.variable.is_some()),
        ];
        given.into_iter().filter(|(_, is)| *is).map(|(key, _)| key).collect()
    }

    /// That it is not given twice: whichever won would surprise somebody.
    pub(super) fn check(&self, report: &mut Report<'_>) {
        let given = self.given();
        if let [_, second, ..] = given[..] {
            report.add(
                &format!("{}.{second}", self.section),
                format!("the secret is given in {} ways: {}", given.len(), given.join(", ")),
                "Keep one of them",
            );
        }
    }

    /// Reads the secret. Where it cannot be had, the report says why.
    pub(super) fn reveal(
        &self,
        system: &str,
        environment: &Environment,
        report: &mut Report<'_>,
    ) -> Option<SecretString> {
        let key = |name: &str| format!("{}.{name}", self.section);
        let [in_line, in_file, in_variable] = self.kind.keys();
        let (key, place, secret) = if let Some(inline) = self.inline {
            (key(in_line), format!("the {}", self.kind.name()), inline.0.clone())
        } else if let Some(path) = self.file {
            let key = key(in_file);
            match std::fs::read_to_string(path) {
                Ok(text) => (key, format!("the file {}", path.display()), text.trim().into()),
                Err(error) => {
                    report.add(
                        &key,
                        format!("cannot read {}: {error}", path.display()),
                        "Check the path, and that the user that sirank runs as may read it",
                    );
                    return None;
                }
            }
        } else if let Some(variable) = self.variable {
            let secret = environment.get(variable).unwrap_or_default().trim().into();
            (key(in_variable), format!("the variable {variable}"), secret)
        } else {
            report.add(
                &key(in_line),
                format!("no {} for {system} is given", self.kind.name()),
                format!(
                    "Give it as `{in_file}` (a path), `{in_variable}` (the name of a variable) or `{in_line}`"
                ),
            );
            return None;
        };
        match self.kind.fault(secret.expose_secret()) {
            None => Some(secret),
            Some(fault) => {
                let (message, advice) = self.words(&place, fault, system);
                report.add(&key, message, advice);
                None
            }
        }
    }

    fn words(&self, place: &str, fault: Fault, system: &str) -> (String, String) {
        let name = self.kind.name();
        match fault {
            Fault::Empty => (format!("{place} is empty"), format!("Put the {name} for {system} into it")),
            Fault::Unsendable if self.kind == SecretKind::Password => (
                format!("{place} holds a line break or another control character"),
                format!("Copy the {name} again, on one line"),
            ),
            Fault::Unsendable => (
                format!("{place} holds a blank or a character that no HTTP header can carry"),
                format!("Copy the {name} again: letters, digits and punctuation, on one line"),
            ),
        }
    }
}

#[derive(Clone, Copy)]
enum Fault {
    Empty,
    Unsendable,
}
