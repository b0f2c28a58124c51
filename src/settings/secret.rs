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

/// The three ways in which one secret can be given.
pub(super) struct SecretSource<'a> {
    /// The table that holds the three keys: `hubspot`.
    pub(super) section: &'a str,
    /// `token`.
    pub(super) inline: Option<&'a Hidden>,
    /// `token_file`.
    pub(super) file: Option<&'a Path>,
    /// `token_env`.
    pub(super) variable: Option<&'a str>,
}

impl SecretSource<'_> {
    /// That it is not given twice: whichever won would surprise somebody.
    pub(super) fn check(&self, report: &mut Report<'_>) {
        let given = [
            ("token", self.inline.is_some()),
            ("token_file", self.file.is_some()),
            ("token_env", self.variable.is_some()),
        ];
        let given: Vec<&str> = given.into_iter().filter(|(_, is)| *is).map(|(key, _)| key).collect();
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
        let (key, secret) = if let Some(inline) = self.inline {
            (key("token"), inline.0.clone())
        } else if let Some(path) = self.file {
            let key = key("token_file");
            match std::fs::read_to_string(path) {
                Ok(text) => (key, text.trim().into()),
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
            (key("token_env"), environment.get(variable).unwrap_or_default().trim().into())
        } else {
            report.add(
                &key("token"),
                format!("no token for {system} is given"),
                "Give it as `token_file` (a path), `token_env` (the name of a variable) or `token`",
            );
            return None;
        };
        match fault(secret.expose_secret()) {
            None => Some(secret),
            Some(fault) => {
                let (message, advice) = self.words(&key, fault, system);
                report.add(&key, message, advice);
                None
            }
        }
    }

    fn words(&self, key: &str, fault: Fault, system: &str) -> (String, String) {
        let place = match (self.file, self.variable) {
            (Some(file), _) if key.ends_with("token_file") => format!("the file {}", file.display()),
            (_, Some(variable)) if key.ends_with("token_env") => format!("the variable {variable}"),
            _ => "the token".to_owned(),
        };
        match fault {
            Fault::Empty => (format!("{place} is empty"), format!("Put the token for {system} into it")),
            Fault::Unsendable => (
                format!("{place} holds a blank or a character that no HTTP header can carry"),
                "Copy the token again: letters, digits and punctuation, on one line".to_owned(),
            ),
        }
    }
}

#[derive(Clone, Copy)]
enum Fault {
    Empty,
    Unsendable,
}

fn fault(secret: &str) -> Option<Fault> {
    if secret.is_empty() {
        Some(Fault::Empty)
    } else if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some(Fault::Unsendable)
    } else {
        None
    }
}
