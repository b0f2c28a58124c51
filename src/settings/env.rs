//! The environment: variables `SIRANK__SECTION__KEY` as the last layer, and the secrets that variables hold.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use config::{Map, Source, Value, ValueKind};

use super::crm;
use super::layer::{Layer, Tags};
use super::leaf::{Complaint, Given, Leaf};
use super::origin::Origin;
use super::problem::Problem;
use super::shape::{KIND, Shape, Table, join};

/// What the names of variables that are settings begin with, without the separator.
const PREFIX: &str = "SIRANK";
/// What stands between the parts of a name.
const SEPARATOR: &str = "__";

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

/// The kinds of the accounting sources that the files define, in their order.
pub(super) type Kinds = Vec<String>;

/// Reads the variables into a layer of those that are right; what is wrong goes to `problems`.
pub(super) fn read(
    environment: &Environment,
    root: &Table,
    kinds: &Kinds,
    tags: &mut Tags,
    problems: &mut Vec<Problem>,
) -> Layer {
    let settings = environment.settings();
    let mut values = Map::new();
    for (dotted, text) in &settings {
        let origin = Origin::Environment(variable(dotted));
        let found = resolve(dotted, root, kinds, &settings);
        let Some(Target { key, shape }) = found else {
            let advice = root
                .nearest(&indexed(dotted))
                .map(|known| format!("Did you mean {}?", variable(&dots(&known))));
            problems.push(Problem {
                place: origin,
                key: String::new(),
                message: "no setting has this name".to_owned(),
                advice: advice.unwrap_or_default(),
            });
            continue;
        };
        match value(text, &shape, &origin, tags) {
            Ok(value) => {
                values.insert(key, value);
            }
            Err(Complaint { message, advice }) => {
                let advice = crm::later(&key, text).unwrap_or(advice);
                problems.push(Problem { place: origin, key, message, advice });
            }
        }
    }
    problems.extend(environment.variables.keys().filter_map(|name| misspelt(name, root)));
    Layer::new(values)
}

/// Where a variable's value belongs, and what it takes.
struct Target {
    /// The key as the `config` crate takes it: `accounting[0].name`.
    key: String,
    shape: Shape,
}

fn resolve(dotted: &str, root: &Table, kinds: &Kinds, settings: &BTreeMap<String, String>) -> Option<Target> {
    let mut table = root;
    let mut key = String::new();
    let mut parts = dotted.split('.');
    while let Some(part) = parts.next() {
        let (name, shape) = table.find(part)?;
        key = join(&key, name);
        match shape {
            Shape::Table(below) => table = below,
            Shape::Sources(known) => {
                let index: usize = parts.next()?.parse().ok()?;
                let given = settings.get(&format!("{name}.{index}.{KIND}"));
                let kind = given.or_else(|| kinds.get(index))?;
                // Sources that a variable begins follow those of the files without a gap.
                let begun = |index: &usize| settings.contains_key(&format!("{name}.{index}.{KIND}"));
                (kinds.len()..=index).all(|index| begun(&index)).then_some(())?;
                key = format!("{key}[{index}]");
                if parts.clone().eq([KIND]) {
                    let shape = Shape::One(Leaf::Choice(known.keys().cloned().collect()));
                    return Some(Target { key: join(&key, KIND), shape });
                }
                table = known.get(kind)?;
            }
            Shape::Currencies(leaf) => {
                let code = parts.next()?.to_ascii_uppercase();
                parts.next().is_none().then_some(())?;
                code.parse::<super::currency::CurrencyCode>().ok()?;
                return Some(Target { key: join(&key, &code), shape: Shape::One(leaf.clone()) });
            }
            Shape::List(..) | Shape::One(_) => {
                return parts.next().is_none().then(|| Target { key, shape: shape.clone() });
            }
        }
    }
    None
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

/// `SIRANK_HUBSPOT__TOKEN`: nearly a setting, which would be ignored without a word.
fn misspelt(name: &str, root: &Table) -> Option<Problem> {
    let rest = name.strip_prefix("SIRANK_").filter(|rest| !rest.starts_with('_'))?;
    let (section, _) = rest.split_once(SEPARATOR)?;
    root.find(section)?;
    Some(Problem {
        place: Origin::Environment(name.to_owned()),
        key: String::new(),
        message: "one underscore after SIRANK is not enough for a setting".to_owned(),
        advice: format!("Did you mean {PREFIX}{SEPARATOR}{rest}?"),
    })
}

/// The variable of a dotted key.
fn variable(dotted: &str) -> String {
    format!("{PREFIX}{SEPARATOR}{}", dotted.replace('.', SEPARATOR).to_uppercase())
}

/// `accounting[0].name` as variables write it: `accounting.0.name`.
fn dots(key: &str) -> String {
    key.replace('[', ".").replace(']', "")
}

/// `accounting.3.name` as keys are listed: `accounting[0].name`.
fn indexed(dotted: &str) -> String {
    let parts = dotted.split('.').map(|part| if part.parse::<usize>().is_ok() { "[0]" } else { part });
    parts.collect::<Vec<_>>().join(".").replace(".[", "[")
}
