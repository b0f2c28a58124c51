//! Where each value of the effective configuration comes from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// The layer that a value comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    #[default]
    Default,
    /// A configuration file.
    File {
        /// Its path as given.
        path: PathBuf,
        /// The line, from one, where it is known.
        line: Option<usize>,
    },
    /// An environment variable: its name.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File { path, line: Some(line) } => write!(out, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(out, "{}", path.display()),
            Self::Environment(name) => out.write_str(name),
        }
    }
}

/// The origin of every value that is not built in, by its key: `cold.exclude_lost`, `accounting[0].name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(BTreeMap<String, Origin>);

impl Origins {
    pub(super) fn set(&mut self, key: String, origin: Origin) {
        self.0.insert(key, origin);
    }

    /// Where the value of a key comes from; for a table, where the first of its values does.
    pub fn of(&self, key: &str) -> Origin {
        if let Some(origin) = self.0.get(key) {
            return origin.clone();
        }
        let inside = |candidate: &str| {
            candidate.strip_prefix(key).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
        };
        self.0
            .iter()
            .find(|(candidate, _)| inside(candidate))
            .map(|(_, origin)| origin.clone())
            .unwrap_or_default()
    }
}
