//! Rows of one file as documents.

use std::path::Path;

use super::header::Header;
use super::input::InputError;
use super::records::Record;
use super::source::CsvSourceConfig;
use crate::domain::document::DocumentDraft;
use crate::domain::table::{Column, KindTexts, Row};

/// Where the columns of a mapping stand in one file.
pub(super) struct Rows {
    file: String,
    width: usize,
    columns: Vec<(Column, usize)>,
    date: Option<usize>,
    /// In lower case.
    footers: Vec<String>,
}

impl Rows {
    /// Finds the columns.
    ///
    /// # Errors
    /// Where a column is missing that no document can do without, that the settings name otherwise than by default, or whose
    /// texts the settings explain: without it, rows would be taken for what they are not.
    pub(super) fn of(file: &Path, header: &Header, config: &CsvSourceConfig) -> Result<Self, InputError> {
        let mut columns = Vec::new();
        for column in Column::ALL {
            if let Some(position) = header.find(file, config.columns.of(column))? {
                columns.push((column, position));
            }
        }
        let has = |column| columns.iter().any(|(known, _)| *known == column);
        let mut missing = Column::lacking(has);
        let wanted = Column::ALL.into_iter().filter(|column| is_wanted(*column, config) && !has(*column));
        missing.extend(wanted.filter(|column| !missing.contains(column)).collect::<Vec<_>>());
        if !missing.is_empty() {
            missing.sort_unstable();
            let names = missing.into_iter().map(|column| shown(column, config.columns.of(column)));
            return Err(header.lacks(file, names.collect()));
        }
        Ok(Self {
            file: super::name_of(file),
            width: header.width(),
            date: columns.iter().find(|(column, _)| *column == Column::Date).map(|(_, position)| *position),
            columns,
            footers: config.footers.iter().map(|text| text.trim().to_lowercase()).collect(),
        })
    }

    /// The document of a row; none for a row that is none.
    pub(super) fn draft(&self, record: &Record<'_>, config: &CsvSourceConfig) -> Option<DocumentDraft> {
        if self.is_blank(record) || self.is_footer(record) {
            return None;
        }
        let place = format!("{}: row {}", self.file, record.line);
        let mut row = Row::default();
        let mut fault = (record.len() != self.width).then(|| super::wrong_width(record, self.width));
        for (column, position) in &self.columns {
            let bytes = record.field(*position);
            let text = String::from_utf8_lossy(bytes);
            // A name is for people; every other text decides something.
            if *column != Column::CustomerName && std::str::from_utf8(bytes).is_err() {
                let name = config.columns.of(*column);
                fault.get_or_insert_with(|| {
                    format!(
                        "`{text}` is not UTF-8 text (column `{name}`): name the encoding of the file in the settings"
                    )
                });
            }
            row.set(*column, &text);
        }
        let draft = config.rules.draft(row, place.clone(), &config.columns);
        match fault {
            None => draft,
            // What the row says cannot be trusted, not even which document it is, nor that it is to be passed over.
            Some(fault) => {
                let draft = draft.unwrap_or_else(|| DocumentDraft { place, ..DocumentDraft::default() });
                Some(DocumentDraft { id: draft.place.clone(), fault: Some(fault), ..draft })
            }
        }
    }

    fn is_blank(&self, record: &Record<'_>) -> bool {
        (0..record.len().max(self.width)).all(|position| record.field(position).is_empty())
    }

    /// Whether it is a line of totals: a field is one of the texts of footers, and there is no date.
    fn is_footer(&self, record: &Record<'_>) -> bool {
        if self.footers.is_empty() || self.date.is_some_and(|date| !record.field(date).is_empty()) {
            return false;
        }
        (0..record.len()).any(|position| {
            let text = String::from_utf8_lossy(record.field(position)).to_lowercase();
            self.footers.contains(&text)
        })
    }
}

/// Whether a file has to have the column although other documents do without it.
fn is_wanted(column: Column, config: &CsvSourceConfig) -> bool {
    let name = config.columns.of(column);
    let rules = &config.rules;
    let said = !name.is_empty() && name != column.name();
    said || match column {
        Column::Status => !rules.statuses.is_empty(),
        Column::Sign => !rules.signs.is_empty(),
        Column::Kind => rules.kinds != KindTexts::plain(),
        _ => false,
    }
}

/// The name of a column that is looked for.
fn shown(column: Column, name: &str) -> String {
    if name.is_empty() { column.name().to_owned() } else { name.to_owned() }
}
