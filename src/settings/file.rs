//! One configuration file: parsed strictly, every fault with its line.

use std::path::{Path, PathBuf};

use config::{Map, Value, ValueKind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::layer::{Layer, Tags};
use super::leaf::{Complaint, Given, Leaf};
use super::origin::Origin;
use super::problem::Problem;
use super::shape::{KIND, Shape, Table, join};

/// Reads a file into a layer of those of its values that are right; what is wrong goes to `problems`.
pub(super) fn read(path: &Path, root: &Table, tags: &mut Tags, problems: &mut Vec<Problem>) -> Layer {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            problems.push(Problem {
                place: Origin::File { path: path.to_owned(), line: None },
                key: String::new(),
                message: format!("cannot read the file: {error}"),
                advice: "Check the path given with --config and the file's permissions".to_owned(),
            });
            return Layer::default();
        }
    };
    let directory = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut reader = Reader { path, text: &text, directory, root, tags, problems };
    let (table, faults) = DeTable::parse_recoverable(&text);
    if faults.is_empty() {
        return Layer::new(reader.table(table.get_ref(), root, ""));
    }
    for fault in faults {
        let offset = fault.span().map(|span| span.start);
        let place = Origin::File { path: path.to_owned(), line: offset.map(|offset| line(&text, offset)) };
        let message = format!("not TOML: {}", fault.message());
        reader.problems.push(Problem { place, key: String::new(), message, advice: String::new() });
    }
    Layer::default()
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    /// What relative paths are taken from.
    directory: PathBuf,
    root: &'a Table,
    tags: &'a mut Tags,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn table(&mut self, given: &DeTable<'_>, known: &Table, prefix: &str) -> Map<String, Value> {
        let mut values = Map::new();
        for (name, value) in given {
            let key = join(prefix, name.get_ref());
            let Some(shape) = known.keys.get(name.get_ref().as_ref()) else {
                self.unknown(name.span().start, &key, known, prefix);
                continue;
            };
            if let Some(value) = self.value(value, shape, &key) {
                values.insert(name.get_ref().to_string(), value);
            }
        }
        values
    }

    fn value(&mut self, given: &Spanned<DeValue<'_>>, shape: &Shape, key: &str) -> Option<Value> {
        let at = given.span().start;
        match (shape, given.get_ref()) {
            (Shape::Table(known), DeValue::Table(table)) => {
                Some(Value::new(None, ValueKind::Table(self.table(table, known, key))))
            }
            (Shape::Currencies(leaf), DeValue::Table(table)) => {
                Some(Value::new(None, ValueKind::Table(self.currencies(table, leaf, key))))
            }
            (Shape::Sources(kinds), DeValue::Array(sources)) => {
                let sources = sources
                    .iter()
                    .enumerate()
                    .filter_map(|(index, source)| self.source(source, kinds, &format!("{key}[{index}]")));
                let sources = sources.collect();
                Some(self.tagged(at, ValueKind::Array(sources)))
            }
            (Shape::List(_, least), DeValue::Array(items)) if items.len() < *least => {
                self.complain(at, key, "the list is empty", "Write a value, or remove the key");
                None
            }
            (Shape::List(leaf, _), DeValue::Array(items)) => {
                let items = items.iter().filter_map(|item| self.leaf(item, leaf, key)).collect();
                Some(self.tagged(at, ValueKind::Array(items)))
            }
            (Shape::One(leaf), _) => self.leaf(given, leaf, key),
            (Shape::Table(_) | Shape::Currencies(_), _) => {
                self.complain(
                    at,
                    key,
                    "this is a section, not a value",
                    format!("Write its keys below [{key}]"),
                );
                None
            }
            (Shape::Sources(_), _) => {
                self.complain(
                    at,
                    key,
                    "this is a list of sources",
                    format!("Begin every source with [[{key}]], in double brackets"),
                );
                None
            }
            (Shape::List(..), _) => {
                self.complain(
                    at,
                    key,
                    "this is a list",
                    format!("Write it in brackets: {} = [\"…\"]", last(key)),
                );
                None
            }
        }
    }

    fn currencies(&mut self, given: &DeTable<'_>, leaf: &Leaf, prefix: &str) -> Map<String, Value> {
        let mut values = Map::new();
        for (name, rate) in given {
            let key = join(prefix, name.get_ref());
            match Leaf::Currency.read(Given::Text(name.get_ref()), &self.directory) {
                Ok(ValueKind::String(code)) => {
                    if let Some(rate) = self.leaf(rate, leaf, &key) {
                        values.insert(code, rate);
                    }
                }
                Ok(_) => {}
                Err(Complaint { message, advice }) => self.complain(name.span().start, &key, message, advice),
            }
        }
        values
    }

    fn source(
        &mut self,
        given: &Spanned<DeValue<'_>>,
        kinds: &std::collections::BTreeMap<String, Table>,
        key: &str,
    ) -> Option<Value> {
        let at = given.span().start;
        let DeValue::Table(table) = given.get_ref() else {
            self.complain(at, key, "this is no source", "Begin every source with [[accounting]]");
            return None;
        };
        let kind_key = join(key, KIND);
        let names = Leaf::Choice(kinds.keys().cloned().collect());
        let Some(kind) = table.get(KIND) else {
            let kinds: Vec<&str> = kinds.keys().map(String::as_str).collect();
            self.complain(
                at,
                &kind_key,
                "the kind of the source is missing",
                format!("Write one of {}", kinds.join(", ")),
            );
            return None;
        };
        self.leaf(kind, &names, &kind_key)?;
        let known = kind.get_ref().as_str().and_then(|kind| kinds.get(kind))?;
        let values = self.table(table, known, key);
        Some(self.tagged(at, ValueKind::Table(values)))
    }

    fn leaf(&mut self, given: &Spanned<DeValue<'_>>, leaf: &Leaf, key: &str) -> Option<Value> {
        let at = given.span().start;
        match leaf.read(as_given(given.get_ref()), &self.directory) {
            Ok(kind) => Some(self.tagged(at, kind)),
            Err(Complaint { message, advice }) => {
                self.complain(at, key, message, advice);
                None
            }
        }
    }

    fn unknown(&mut self, at: usize, key: &str, here: &Table, prefix: &str) {
        let advice = match self.root.kind_with(last(key)).filter(|_| prefix.ends_with(']')) {
            Some(kind) => Some(format!("Only a source of kind \"{kind}\" has it")),
            None => self.root.nearest(key, here, prefix).map(|known| format!("Did you mean `{known}`?")),
        };
        self.complain(at, key, "unknown key", advice.unwrap_or_default());
    }

    fn tagged(&mut self, at: usize, kind: ValueKind) -> Value {
        let origin = self.origin(at);
        self.tags.value(origin, kind)
    }

    fn complain(&mut self, at: usize, key: &str, message: impl Into<String>, advice: impl Into<String>) {
        let place = self.origin(at);
        let key = key.to_owned();
        self.problems.push(Problem { place, key, message: message.into(), advice: advice.into() });
    }

    fn origin(&self, at: usize) -> Origin {
        Origin::File { path: self.path.to_owned(), line: Some(line(self.text, at)) }
    }
}

fn as_given<'v>(value: &'v DeValue<'_>) -> Given<'v> {
    match value {
        DeValue::String(text) => Given::Text(text),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Given::Other("a number out of range"), Given::Integer),
        DeValue::Float(number) => Given::Float(number.as_str()),
        DeValue::Boolean(flag) => Given::Flag(*flag),
        DeValue::Datetime(_) => Given::Other("a date"),
        DeValue::Array(_) => Given::Other("a list"),
        DeValue::Table(_) => Given::Other("a table"),
    }
}

/// The line, from one, of a byte of the text.
fn line(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}
