//! vTiger's query language, as far as it can be relied on: what is built here is always legal.
//!
//! The parser knows no parentheses, no `not`, no empty literal and no escape but the doubled apostrophe; a page holds at
//! most 100 rows. Lists are read by id, from one behind the last on, so that nothing is missed or read twice while others
//! write.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// The most rows of one answer, whatever is asked for.
pub(super) const PAGE: usize = 100;

/// The id of a record: the number of its module on this installation, and its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RecordId {
    pub(super) module: u64,
    pub(super) number: u64,
}

impl RecordId {
    /// Before the first record of a module.
    pub(super) const fn before_all(module: u64) -> Self {
        Self { module, number: 0 }
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}x{}", self.module, self.number)
    }
}

impl FromStr for RecordId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| digits.parse().ok()).flatten().ok_or(())
        };
        let (module, record) = text.split_once('x').ok_or(())?;
        Ok(Self { module: number(module)?, number: number(record)? })
    }
}

/// A text between apostrophes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal(String);

impl Literal {
    /// None where the language cannot say it: an empty text, a backslash, a control character.
    pub(super) fn of(text: &str) -> Option<Self> {
        let sayable = !text.is_empty() && !text.chars().any(|c| c == '\\' || c.is_control());
        sayable.then(|| Self(format!("'{}'", text.replace('\'', "''"))))
    }
}

/// The ids of one module, each once.
pub(super) fn record_ids<'a>(ids: impl Iterator<Item = &'a str>, module: u64) -> Vec<RecordId> {
    let ids = ids.filter_map(|id| id.parse().ok()).filter(|id: &RecordId| id.module == module);
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whether a text can be searched for.
pub(super) fn is_sayable(text: &str) -> bool {
    Literal::of(text).is_some()
}

/// The name of a module or field; none where it is no plain word.
fn word(name: &str) -> Option<&str> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    plain.then_some(name)
}

/// Whether a field can be asked for.
pub(super) fn is_askable(field: &str) -> bool {
    word(field).is_some()
}

/// A question for one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    module: &'static str,
    columns: Vec<String>,
    conditions: Vec<String>,
    skipped: usize,
}

impl Query {
    /// The ids of a module's records, the lowest first.
    pub(super) const fn of(module: &'static str) -> Self {
        Self { module, columns: Vec::new(), conditions: Vec::new(), skipped: 0 }
    }

    /// With these columns. One that the language cannot name is left out.
    pub(super) fn columns<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        for name in names.into_iter().filter_map(word).filter(|name| *name != "id") {
            if !self.columns.iter().any(|known| known == name) {
                self.columns.push(name.to_owned());
            }
        }
        self
    }

    /// Only records behind this one.
    pub(super) fn after(self, id: RecordId) -> Self {
        self.condition("id", &format!("> '{id}'"))
    }

    /// Only the record of this id: with several rows where something is joined to it.
    pub(super) fn exactly(self, id: RecordId) -> Self {
        self.condition("id", &format!("= '{id}'"))
    }

    /// Only these records, at most a page of them.
    pub(super) fn among(self, ids: &[RecordId]) -> Self {
        let list: Vec<String> = ids.iter().take(PAGE).map(|id| format!("'{id}'")).collect();
        self.condition("id", &format!("in ({})", list.join(",")))
    }

    /// Only records whose field has one of these values. A value that cannot be said is left out; without any left there
    /// is no question.
    pub(super) fn one_of<'a>(
        self,
        field: &str,
        values: impl IntoIterator<Item = &'a String>,
    ) -> Option<Self> {
        let list: Vec<String> =
            values.into_iter().filter_map(|value| Literal::of(value)).map(|text| text.0).take(PAGE).collect();
        (!list.is_empty() && is_askable(field))
            .then(|| self.condition(field, &format!("in ({})", list.join(","))))
    }

    /// Without records whose field has this value, where that can be said; the reader has to look all the same.
    pub(super) fn without(self, field: &str, value: &str) -> Self {
        match Literal::of(value) {
            Some(literal) => self.condition(field, &format!("!= {}", literal.0)),
            None => self,
        }
    }

    /// Only records whose field holds a plain word.
    pub(super) fn containing(self, field: &str, plain: &str) -> Self {
        match Literal::of(&format!("%{plain}%")) {
            Some(literal) => self.condition(field, &format!("like {}", literal.0)),
            None => self,
        }
    }

    /// Only records whose field is not below this value.
    pub(super) fn not_below(self, field: &str, value: &str) -> Self {
        match Literal::of(value) {
            Some(literal) => self.condition(field, &format!(">= {}", literal.0)),
            None => self,
        }
    }

    /// Without the first rows. Only where nothing moves, as among the rows of one record, or where it does not matter.
    pub(super) fn skipping(mut self, rows: usize) -> Self {
        self.skipped = rows;
        self
    }

    fn condition(mut self, field: &str, rest: &str) -> Self {
        if is_askable(field) {
            self.conditions.push(format!("{field} {rest}"));
        }
        self
    }
}

impl fmt::Display for Query {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "select id")?;
        self.columns.iter().try_for_each(|column| write!(out, ",{column}"))?;
        write!(out, " from {}", self.module)?;
        for (place, condition) in self.conditions.iter().enumerate() {
            write!(out, " {} {condition}", if place == 0 { "where" } else { "and" })?;
        }
        write!(out, " order by id limit {},{PAGE};", self.skipped)
    }
}
