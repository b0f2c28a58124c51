//! Loading: built-in defaults, then files, then variables; then everything that can be checked without reaching a system.

use std::path::PathBuf;

use config::builder::DefaultState;
use config::{Config, ConfigBuilder};
use serde_json::Value as Json;

use super::Settings;
use super::env::{self, Environment};
use super::file;
use super::layer::{Layer, Tags};
use super::origin::{Origin, Origins};
use super::problem::{Problem, Report, SettingsError};
use super::shape::{KIND, Shape, Table, join};
use super::store;

/// What to load.
#[derive(Clone, Debug, Default)]
pub struct LoadRequest {
    /// The configuration files in their order: a later one wins.
    pub files: Vec<PathBuf>,
    /// The environment, which wins over all files.
    pub environment: Environment,
}

/// A checked configuration, and where each of its values comes from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub settings: Settings,
    /// Where each value comes from.
    pub origins: Origins,
    /// The environment, for secrets that it holds.
    pub(super) environment: Environment,
}

impl Settings {
    /// Loads the layers and checks all that holds for every command.
    ///
    /// Secrets are not read, and it is no fault that they are missing: most commands reach no system.
    /// [`Loaded::connections`] is for those that do.
    pub fn load(request: LoadRequest) -> Result<Loaded, SettingsError> {
        let LoadRequest { files, environment } = request;
        let root = Table::of_settings();
        let mut tags = Tags::default();
        let mut problems = Vec::new();
        let layers = files.iter().map(|path| file::read(path, &root, &mut tags, &mut problems));
        let of_files = merge(layers.collect());
        let kinds = source_kinds(&of_files);
        let of_environment = env::read(&environment, &root, &kinds, &mut tags, &mut problems);
        let merged = merge_over(of_files, of_environment);
        let (values, mut origins) = tags.unfold(merged.cache);
        missing(&values, &root, &origins, &mut problems);
        let settings = match serde_path_to_error::deserialize::<_, Self>(values) {
            Ok(settings) => settings,
            Err(error) => {
                if problems.is_empty() {
                    problems.push(unforeseen(&error, &origins));
                }
                return Err(SettingsError::of(problems));
            }
        };
        let settings = settings.complete(&environment, &mut origins, &mut problems);
        SettingsError::unless_none(problems)?;
        Ok(Loaded { settings, origins, environment })
    }

    /// Fills in what depends on the machine, and checks the whole.
    fn complete(
        mut self,
        environment: &Environment,
        origins: &mut Origins,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let state = environment.get(store::STATE_DIRECTORY).and_then(store::in_state_directory);
        if let (Origin::Default, Some(path)) = (origins.of("store.path"), state) {
            self.store.path = path;
            origins.set("store.path".into(), Origin::Environment(store::STATE_DIRECTORY.into()));
        }
        let mut report = Report::new(origins);
        self.ltv.read_index(&mut report);
        self.check(&mut report);
        problems.extend(report.into_problems());
        self
    }
}

fn merge(layers: Vec<Layer>) -> Config {
    let builder = layers.into_iter().fold(Config::builder(), ConfigBuilder::<DefaultState>::add_source);
    // Layers cannot fail: they are values already.
    builder.build().unwrap_or_default()
}

fn merge_over(below: Config, above: Layer) -> Config {
    Config::builder().add_source(below).add_source(above).build().unwrap_or_default()
}

/// The kinds of the accounting sources, in their order.
fn source_kinds(config: &Config) -> Vec<String> {
    let sources = config.get_array("accounting").unwrap_or_default();
    let kind = |source: config::Value| source.into_table().ok()?.remove(KIND)?.into_string().ok();
    sources.into_iter().map(|source| kind(source).unwrap_or_default()).collect()
}

/// Notes the keys that a source needs and no layer gives, unless they are known to be wrong already.
fn missing(values: &Json, root: &Table, origins: &Origins, problems: &mut Vec<Problem>) {
    for (name, shape) in &root.keys {
        let Shape::Sources(kinds) = shape else { continue };
        for (index, source) in values[name].as_array().into_iter().flatten().enumerate() {
            let section = format!("{name}[{index}]");
            let Some(known) = source[KIND].as_str().and_then(|kind| kinds.get(kind)) else { continue };
            for required in known.required.iter().filter(|required| source[required.as_str()].is_null()) {
                let key = join(&section, required);
                if !problems.iter().any(|problem| problem.key == key) {
                    problems.push(Problem {
                        place: origins.of(&section),
                        message: "this key is missing".to_owned(),
                        advice: format!(
                            "Every source of kind \"{}\" needs it",
                            source[KIND].as_str().unwrap_or_default()
                        ),
                        key,
                    });
                }
            }
        }
    }
}

/// A fault that the layers let pass and the types do not: not expected, but said all the same.
fn unforeseen(error: &serde_path_to_error::Error<serde_json::Error>, origins: &Origins) -> Problem {
    let key = error.path().to_string();
    Problem { place: origins.of(&key), message: error.inner().to_string(), advice: String::new(), key }
}
