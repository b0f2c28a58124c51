//! The names of variables: which key each of them means, or what its name gets wrong.

use std::collections::BTreeMap;

use super::currency::CurrencyCode;
use super::leaf::{Complaint, Leaf};
use super::nearest;
use super::shape::{KIND, Shape, Table, join};

/// What the names of variables that are settings begin with, without the separator.
pub(super) const PREFIX: &str = "SIRANK";
/// What stands between the parts of a name.
pub(super) const SEPARATOR: &str = "__";

/// Where a variable's value belongs, and what it takes.
pub(super) struct Target {
    /// The key: `accounting[0].name`.
    pub(super) key: String,
    pub(super) shape: Shape,
}

/// Finds what the names of variables mean.
pub(super) struct Names<'a> {
    pub(super) root: &'a Table,
    /// The kinds of the accounting sources that the files define, in their order.
    pub(super) kinds: &'a [String],
    /// The values of all variables that are settings, by their dotted key.
    pub(super) settings: &'a BTreeMap<String, String>,
}

impl Names<'_> {
    /// What a dotted key in lower case, `accounting.0.name`, means.
    pub(super) fn resolve(&self, dotted: &str) -> Result<Target, Complaint> {
        let parts: Vec<&str> = dotted.split('.').collect();
        self.below(self.root, "", &parts).unwrap_or_else(|| Err(self.unknown(dotted)))
    }

    /// What the parts mean in a table; none where it has no such key.
    fn below(&self, table: &Table, prefix: &str, parts: &[&str]) -> Option<Result<Target, Complaint>> {
        let (part, rest) = parts.split_first()?;
        let (name, shape) = table.find(part)?;
        let key = join(prefix, name);
        match (shape, rest) {
            (Shape::List(..) | Shape::One(_), []) => Some(Ok(Target { key, shape: shape.clone() })),
            (Shape::List(..) | Shape::One(_), _) => None,
            (Shape::Currencies(leaf), [code]) => {
                let code: CurrencyCode = code.parse().ok()?;
                Some(Ok(Target { key: join(&key, code.as_str()), shape: Shape::One(leaf.clone()) }))
            }
            (Shape::Table(below), [_, ..]) => self.below(below, &key, rest),
            (Shape::Sources(kinds), [index, rest @ ..]) if !rest.is_empty() => {
                self.of_source(&key, kinds, index.parse().ok()?, rest)
            }
            (Shape::Table(_) | Shape::Currencies(_) | Shape::Sources(_), _) => Some(Err(Complaint::new(
                "this is a section, not a setting",
                format!("Add one of its keys: {}{SEPARATOR}…", variable(&key)),
            ))),
        }
    }

    fn of_source(
        &self,
        list: &str,
        kinds: &BTreeMap<String, Table>,
        index: usize,
        rest: &[&str],
    ) -> Option<Result<Target, Complaint>> {
        let key = format!("{list}[{index}]");
        if rest == [KIND] {
            let shape = Shape::One(Leaf::Choice(kinds.keys().cloned().collect()));
            return Some(Ok(Target { key: join(&key, KIND), shape }));
        }
        let Some(kind) = self.kind(list, index) else {
            let variable = variable(&format!("{list}.{index}.{KIND}"));
            return Some(Err(Complaint::new(
                format!("no file defines source {index}; sources are counted from 0"),
                format!(
                    "To begin a source that follows those of the files without a gap, set {variable} too"
                ),
            )));
        };
        // The complaint about a kind that is not known is made where the kind is given.
        self.below(kinds.get(kind)?, &key, rest)
    }

    /// The kind of a source, if there is such a source and none is missing before it.
    fn kind(&self, list: &str, index: usize) -> Option<&str> {
        let begun = |index: usize| self.settings.get(&format!("{list}.{index}.{KIND}"));
        (self.kinds.len()..=index).all(|index| begun(index).is_some()).then_some(())?;
        begun(index).or_else(|| self.kinds.get(index)).map(String::as_str)
    }

    fn unknown(&self, dotted: &str) -> Complaint {
        let known = self.root.value_keys();
        let nearest = nearest::key(dotted, known.iter().map(String::as_str));
        let advice = nearest.map(|nearest| format!("Did you mean {}?", variable(nearest)));
        Complaint::new("no setting has this name", advice.unwrap_or_default())
    }
}

/// The variable of a key: `accounting[0].name` is `SIRANK__ACCOUNTING__0__NAME`.
pub(super) fn variable(key: &str) -> String {
    let dotted = key.replace('[', ".").replace(']', "");
    format!("{PREFIX}{SEPARATOR}{}", dotted.replace('.', SEPARATOR).to_uppercase())
}

/// `SIRANK_HUBSPOT__TOKEN`: nearly a setting, which would be ignored without a word.
pub(super) fn misspelt(name: &str, root: &Table) -> Option<Complaint> {
    let rest = name.strip_prefix("SIRANK_").filter(|rest| !rest.starts_with('_'))?;
    let (section, _) = rest.split_once(SEPARATOR)?;
    root.find(section)?;
    Some(Complaint::new(
        "one underscore after SIRANK is not enough for a setting",
        format!("Did you mean {PREFIX}{SEPARATOR}{rest}?"),
    ))
}
