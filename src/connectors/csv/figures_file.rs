//! The file that figures are written to: one company a row, one property a column.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::input::{Form, InputError};
use super::output::AtomicFile;
use super::paged::PagedFile;
use crate::domain::catalogue::Figure;
use crate::domain::ids::CompanyId;
use crate::domain::value::Value;

const ID: &str = "company_id";

/// The values of all companies that have any.
pub(super) type FigureValues = BTreeMap<CompanyId, BTreeMap<Figure, Value>>;

/// Reads the file; a file that does not exist yet holds nothing.
pub(super) fn read(file: &Path, prefix: &str) -> Result<FigureValues, InputError> {
    if !file.exists() {
        return Ok(FigureValues::new());
    }
    let mut open = PagedFile::open(file, Form::default(), 0)?;
    let [id] = open.header().require(file, [ID])?.positions();
    let mut columns = Vec::new();
    for figure in Figure::ALL {
        if let Some(position) = open.header().position(file, &figure.property_name(prefix))? {
            columns.push((figure, position));
        }
    }
    let mut all = FigureValues::new();
    open.read(usize::MAX, |record| {
        let text = |position| String::from_utf8_lossy(record.field(position));
        let values = columns.iter().filter_map(|(figure, position)| {
            let value = Value::observed(figure.describe().kind, &text(*position))?;
            Some((*figure, value))
        });
        all.insert(CompanyId::new(text(id).into_owned()), values.collect());
    })?;
    Ok(all)
}

/// Replaces the file.
pub(super) fn write(file: &Path, prefix: &str, all: &FigureValues) -> io::Result<()> {
    let mut output = csv::Writer::from_writer(AtomicFile::create(file)?);
    let names = Figure::ALL.iter().map(|figure| figure.property_name(prefix));
    output.write_record(std::iter::once(ID.to_owned()).chain(names))?;
    for (id, values) in all.iter().filter(|(_, values)| !values.is_empty()) {
        let values = Figure::ALL.iter().map(|figure| values.get(figure).map_or("", Value::as_str));
        output.write_record(std::iter::once(id.as_str()).chain(values))?;
    }
    let output = output.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    output.commit()
}
