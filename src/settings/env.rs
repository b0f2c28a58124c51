//! The environment: variables `SIRANK__SECTION__KEY` as the last layer, and the secrets that variables hold.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use config::{Map, Source, Value, ValueKind};

use super::layer::{Layer, Tags};
use super::leaf::{Complaint, Given, Leaf};
use super::origin::Origin;
use super::problem::Problem;
use super::shape::{Shape, Table};
use super::variable::{Names, PREFIX, SEPARATOR, Target, misspelt, variable};

/// The environment variables of the process, or of a test. Not shown, as there may be secrets among them.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// The variables of this process. Those that are not Unicode are taken with their faults replaced.
    pub fn of_process() -> Self {
        let variables = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()));
        Self { variables: variables.collect() }
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The settings among the variables by their dotted key in lower case; empty ones are left out.
    fn settings(&self) -> BTreeMap<String, String> {
        let variables = self.variables.iter().map(|(name, value)| (name.clone(), value.clone()));
        let source = config::Environment::with_prefix(PREFIX)
            .prefix_separator(SEPARATOR)
            .separator(SEPARATOR)
            .ignore_empty(true)
            .source(Some(variables.collect()));
        let settings = source.collect().unwrap_or_default().into_iter();
        settings.filter_map(|(key, value)| Some((key, value.into_string().ok()?))).collect()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Environment({} variables)", self.variables.len())
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}

/// Reads the variables into a layer of those that are right; what is wrong goes to `problems`.
///
/// `kinds` are those of the accounting sources that the files define, in their order.
pub(super) fn read(
    environment: &Environment,
    root: &Table,
    kinds: &[String],
    tags: &mut Tags,
    problems: &mut Vec<Problem>,
) -> Layer {
    let settings = environment.settings();
    let names = Names { root, kinds, settings: &settings };
    let mut values = Map::new();
    for (dotted, text) in &settings {
        let origin = Origin::Environment(variable(dotted));
        match names.resolve(dotted) {
            Ok(Target { key, shape }) => match value(text, &shape, &origin, tags) {
                Ok(value) => {
                    values.insert(key, value);
                }
                Err(complaint) => problems.push(complaint.about(origin, key)),
            },
            Err(complaint) => problems.push(complaint.about(origin, String::new())),
        }
    }
    problems.extend(environment.variables.keys().filter_map(|name| {
        Some(misspelt(name, root)?.about(Origin::Environment(name.clone()), String::new()))
    }));
    Layer::new(values)
}

fn value(text: &str, shape: &Shape, origin: &Origin, tags: &mut Tags) -> Result<Value, Complaint> {
    // A relative path in a variable is taken from the current directory.
    let read = |leaf: &Leaf, text| leaf.read(Given::Untyped(text), Path::new(""));
    match shape {
        Shape::One(leaf) => read(leaf, text).map(|kind| tags.value(origin.clone(), kind)),
        Shape::List(leaf, least) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            let items: Result<Vec<Value>, Complaint> =
                items.map(|item| read(leaf, item).map(|kind| Value::new(None, kind))).collect();
            let items = items?;
            if items.len() < *least {
                return Err(Complaint::new("the list is empty", "Write a value, or remove the variable"));
            }
            Ok(tags.value(origin.clone(), ValueKind::Array(items)))
        }
        Shape::Table(_) | Shape::Currencies(_) | Shape::Sources(_) => {
            Err(Complaint::new("this is a section", "Name one of its keys"))
        }
    }
}
