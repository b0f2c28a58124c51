//! What is wrong with a configuration, where, and what to do: everything at once, not only the first fault.

use std::fmt;

use super::origin::{Origin, Origins};

/// One fault of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where the value comes from.
    pub place: Origin,
    /// The key, `section.key`; empty where the whole file is meant.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to do; empty where the message says it.
    pub advice: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Origin::Default => {}
            place => write!(out, "{place}: ")?,
        }
        if !self.key.is_empty() {
            write!(out, "`{}`: ", self.key)?;
        }
        out.write_str(&self.message)?;
        if !self.advice.is_empty() {
            write!(out, ". {}", self.advice)?;
        }
        Ok(())
    }
}

/// A configuration that cannot be used, with all of its faults. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError {
    problems: Vec<Problem>,
}

impl SettingsError {
    /// The error of at least one problem.
    pub(super) fn of(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Success without a problem, else the error that holds them all.
    pub(super) fn unless_none(problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }

    /// The faults, in the order of the files and keys.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the configuration cannot be used:")?;
        self.problems.iter().try_for_each(|problem| write!(out, "\n  - {problem}"))
    }
}

/// Collects the faults that the sections find in themselves, and adds where each value came from.
pub(super) struct Report<'a> {
    origins: &'a Origins,
    problems: Vec<Problem>,
}

impl<'a> Report<'a> {
    pub(super) fn new(origins: &'a Origins) -> Self {
        Self { origins, problems: Vec::new() }
    }

    /// Notes a fault of the value of a key.
    pub(super) fn add(&mut self, key: &str, message: impl Into<String>, advice: impl Into<String>) {
        self.problems.push(Problem {
            place: self.origins.of(key),
            key: key.to_owned(),
            message: message.into(),
            advice: advice.into(),
        });
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }
}
