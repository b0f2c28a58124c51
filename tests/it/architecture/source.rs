//! Source files as lines of code without comments.

use std::fs;
use std::path::{Path, PathBuf};

/// A Rust file.
pub(crate) struct Source {
    /// Its path below the folder that was read, with `/`.
    pub(crate) path: String,
    /// Its lines without comments, with their numbers.
    pub(crate) code: Vec<(usize, String)>,
    /// How many lines it has.
    pub(crate) length: usize,
}

/// A file of the repository, by its path from the root.
pub(crate) fn repository(path: &str) -> String {
    let file = root().join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The product's files.
pub(crate) fn product() -> Vec<Source> {
    Source::below("src")
}

/// The product's files without its unit tests, which may use what they like.
pub(crate) fn product_code() -> Vec<Source> {
    let is_test = |path: &str| path.ends_with("/tests.rs") || path.contains("/tests/");
    let mut files = product();
    files.retain(|file| !is_test(&file.path));
    for file in &mut files {
        let tests = file.code.iter().position(|(_, line)| line.trim() == "mod tests {");
        file.code.truncate(tests.unwrap_or(file.code.len()));
    }
    files
}

impl Source {
    /// The Rust files below a folder of the repository.
    pub(crate) fn below(folder: &str) -> Vec<Self> {
        let mut files = Vec::new();
        let base = root().join(folder);
        collect(&base, &base, &mut files);
        assert!(!files.is_empty(), "{folder} holds no sources: nothing would be looked at");
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    }

    fn read(base: &Path, file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let path = file.strip_prefix(base).unwrap().components();
        let path: Vec<_> = path.map(|part| part.as_os_str().to_string_lossy()).collect();
        let code = (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"));
        Self {
            path: path.join("/"),
            code: code.map(|(number, line)| (number, line.to_owned())).collect(),
            length: text.lines().count(),
        }
    }

    /// The module below the crate that the file belongs to.
    pub(crate) fn top_module(&self) -> String {
        self.modules()[0].to_owned()
    }

    /// The path of the file's module, without the crate.
    fn modules(&self) -> Vec<&str> {
        let path = self.path.trim_end_matches(".rs");
        path.trim_end_matches("/mod").split('/').collect()
    }

    /// The modules directly below the crate that are named here: after `crate::`, or after enough `super::`.
    pub(crate) fn modules_named(&self) -> impl Iterator<Item = (usize, String)> {
        let depth = self.modules().len();
        self.code.iter().flat_map(move |(number, line)| {
            let upwards = "super::".repeat(depth);
            let roots = ["crate::".to_owned(), "sirank::".to_owned(), upwards];
            let named: Vec<_> = roots
                .iter()
                .flat_map(|start| {
                    line.match_indices(start.as_str()).map(|(at, found)| &line[at + found.len()..])
                })
                .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>())
                .collect();
            named.into_iter().map(move |name| (*number, name))
        })
    }

    /// The lines that hold a text, not as the end of a longer word.
    pub(crate) fn lines_with<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let whole = move |line: &str| {
            line.match_indices(text).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                let begins_word = text.starts_with(|c: char| c.is_alphanumeric());
                !(begins_word && before.is_some_and(|c| c.is_alphanumeric() || c == '_'))
            })
        };
        self.code.iter().filter(move |(_, line)| whole(line)).map(|(number, line)| (*number, line.as_str()))
    }
}

fn collect(base: &Path, folder: &Path, files: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(base, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(Source::read(base, &path));
        }
    }
}
