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
    /// Days for which the journal is kept: runs, plans, and every change with what became of it.
    #[schemars(range(min = 1, max = 36500))]
    pub keep_days: u32,
    /// The most MiB that plans with their changes may take; beyond, the oldest go first.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub keep_mib: u32,
}

impl Default for StorePlace {
    fn default() -> Self {
        Self { path: FILE.into(), keep_days: 400, keep_mib: 1024 }
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
