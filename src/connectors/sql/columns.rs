//! The columns of a query by what they hold.

use std::sync::{Arc, OnceLock};

use super::config::SqlConfig;
use super::stream::{Choose, Texts};
use crate::domain::table::{Column, Row};
use crate::ports::Trouble;

/// Which column stands at which place of the rows; known once the query has begun.
#[derive(Clone, Default)]
pub(super) struct Columns(Arc<OnceLock<Vec<Known>>>);

/// A column, and what the query calls it: the settings may write the name in other cases.
pub(super) type Known = (Column, String);

impl Columns {
    /// Chooses the columns that the settings name among those that a query has.
    pub(super) fn choose(&self, config: Arc<SqlConfig>, needs_since: bool) -> Choose {
        let known = self.0.clone();
        Box::new(move |names| {
            let found = find(&config, names)?;
            if needs_since && !found.iter().any(|(column, _)| *column == Column::UpdatedAt) {
                let name = config.columns.of(Column::UpdatedAt);
                return Err(lacks(
                    &format!(
                        "the query asks for what has changed (`:since`), so it needs the column `{name}`"
                    ),
                    names,
                ));
            }
            let places: Vec<usize> = found.iter().map(|(_, place)| *place).collect();
            let _ =
                known.set(found.into_iter().map(|(column, place)| (column, names[place].clone())).collect());
            Ok(places)
        })
    }

    /// The columns, in the order of their texts.
    pub(super) fn known(&self) -> &[Known] {
        self.0.get().map_or(&[], Vec::as_slice)
    }

    /// The row that some texts are.
    pub(super) fn row(&self, texts: &Texts) -> Row {
        let mut row = Row::default();
        for ((column, _), text) in self.known().iter().zip(texts) {
            row.set(*column, text.as_deref().unwrap_or_default());
        }
        row
    }

    /// The text of a column.
    pub(super) fn text<'a>(&self, column: Column, texts: &'a Texts) -> Option<&'a str> {
        let place = self.known().iter().position(|(known, _)| *known == column)?;
        texts.get(place)?.as_deref()
    }
}

/// The columns that a query has, with their places. Upper and lower case are alike.
fn find(config: &SqlConfig, names: &[String]) -> Result<Vec<(Column, usize)>, Trouble> {
    let mut found = Vec::new();
    for column in Column::ALL {
        let name = config.columns.of(column);
        let same = |other: &String| !name.is_empty() && other.to_lowercase() == name.to_lowercase();
        let mut places = (0..names.len()).filter(|place| same(&names[*place]));
        match (places.next(), places.next()) {
            (Some(place), None) => found.push((column, place)),
            (Some(_), Some(_)) => {
                return Err(Trouble::Input(format!(
                    "the query has two columns `{name}`: give one of them another name, with AS"
                )));
            }
            // Whoever gives a column a name of its own means it to be there.
            (None, _) if !name.is_empty() && name != column.name() => {
                return Err(lacks(&format!("the query has no column `{name}`"), names));
            }
            (None, _) => {}
        }
    }
    let lacking = Column::lacking(|column| found.iter().any(|(known, _)| *known == column));
    let Some(first) = lacking.first() else { return Ok(found) };
    Err(lacks(&format!("the query has no column `{}`", config.columns.of(*first)), names))
}

fn lacks(what: &str, names: &[String]) -> Trouble {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Trouble::Input(format!(
        "{what}; it has {}. Name it with AS in the query, or map it in `columns`",
        names.join(", ")
    ))
}
