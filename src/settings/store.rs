//! `[store]`: where sirank keeps its state.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where sirank keeps its state.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StorePlace {
    /// The database file. Without this key it is `sirank.sqlite3` in the service's state directory (systemd's
    /// `StateDirectory=`), else in the current directory.
    #[schemars(extend("format" = "path"))]
    pub path: PathBuf,
}

impl Default for StorePlace {
    fn default() -> Self {
        Self { path: FILE.into() }
    }
}

const FILE: &str = "sirank.sqlite3";

/// The variable by which systemd tells a service its state directories, joined by colons.
pub(super) const STATE_DIRECTORY: &str = "STATE_DIRECTORY";

/// The database in the first of the service's state directories.
pub(super) fn in_state_directory(directories: &str) -> Option<PathBuf> {
    let first = directories.split(':').next().filter(|first| !first.is_empty())?;
    Some(Path::new(first).join(FILE))
}
