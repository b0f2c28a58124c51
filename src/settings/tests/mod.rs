//! The configuration as a whole: files and variables in, settings or messages out.

mod bad;
mod documents;
mod layers;
mod numbers;
mod secrets;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Environment, LoadRequest, Loaded, Settings, SettingsError};

/// A directory with configuration files, and the variables of an environment.
pub(super) struct World {
    directory: TempDir,
    files: Vec<PathBuf>,
    variables: Vec<(String, String)>,
}

impl World {
    pub(super) fn new() -> Self {
        Self { directory: TempDir::new().unwrap(), files: Vec::new(), variables: Vec::new() }
    }

    /// With a configuration file, `1.toml`, `2.toml` and so on.
    pub(super) fn file(mut self, text: &str) -> Self {
        let name = format!("{}.toml", self.files.len() + 1);
        self.files.push(self.write(&name, text));
        self
    }

    pub(super) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Another file beside the configuration.
    pub(super) fn beside(self, name: &str, text: &str) -> Self {
        self.write(name, text);
        self
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(super) fn load(&self) -> Result<Loaded, SettingsError> {
        let environment: Environment = self.variables.iter().cloned().collect();
        Settings::load(LoadRequest { files: self.files.clone(), environment })
    }

    pub(super) fn loaded(&self) -> Loaded {
        self.load().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The messages of a configuration that cannot be used, without the directory.
    pub(super) fn messages(&self) -> String {
        match self.load() {
            Ok(_) => "nothing is wrong".to_owned(),
            Err(error) => self.without_directory(&error),
        }
    }

    /// The messages where the systems cannot be reached.
    fn connection_messages(&self) -> String {
        match self.loaded().connections() {
            Ok(_) => "nothing is wrong".to_owned(),
            Err(error) => self.without_directory(&error),
        }
    }

    pub(super) fn without_directory(&self, error: &SettingsError) -> String {
        let directory = format!("{}/", self.directory.path().display());
        let lines: Vec<String> =
            error.problems().iter().map(|problem| problem.to_string().replace(&directory, "")).collect();
        lines.join("\n")
    }
}

/// A file of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
