//! Results, on standard output: tables for people, JSON for programs. The one door that anything is printed through.

use std::io::{IsTerminal, Write};

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use super::format::Format;

/// Where results go and how.
pub(crate) struct Output {
    format: Format,
    out: Box<dyn Write + Send>,
}

impl Output {
    /// Standard output.
    pub(super) fn stdout(format: Format) -> Self {
        Self { format, out: Box::new(std::io::stdout()) }
    }

    /// Somewhere else: the other side of a socket.
    pub(crate) fn to(format: Format, out: Box<dyn Write + Send>) -> Self {
        Self { format, out }
    }

    /// Prints a text as it is.
    pub(crate) fn raw(&mut self, text: &str) -> Result<(), std::io::Error> {
        self.out.write_all(text.as_bytes()).or_else(enough)
    }

    /// Says something beside the results.
    pub(crate) fn aside(text: &str) -> Result<(), std::io::Error> {
        writeln!(messages(), "{text}")
    }

    /// Prints a value as JSON, or else what `table` makes of it.
    pub(super) fn print<T: Serialize>(
        &mut self,
        value: &T,
        table: impl FnOnce(&T) -> String,
    ) -> Result<(), std::io::Error> {
        match self.format {
            Format::Json => self.text(&serde_json::to_string_pretty(value)?),
            Format::Table | Format::Csv | Format::Ical => self.text(&table(value)),
        }
    }

    /// Prints a text.
    pub(super) fn text(&mut self, text: &str) -> Result<(), std::io::Error> {
        writeln!(self.out, "{}", text.trim_end()).or_else(enough)
    }

    /// Prints a row of a list: in JSON one object per line.
    pub(super) fn row<T: Serialize>(
        &mut self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), std::io::Error> {
        match self.format {
            Format::Json => self.text(&serde_json::to_string(value)?),
            Format::Table | Format::Csv | Format::Ical => self.text(&text(value)),
        }
    }

    /// Prints a text for people; in JSON nothing.
    pub(super) fn note(&mut self, text: &str) -> Result<(), std::io::Error> {
        match self.format {
            Format::Json => Ok(()),
            Format::Table | Format::Csv | Format::Ical => self.text(text),
        }
    }
}

/// The reader has seen enough: `sirank report | head`.
fn enough(error: std::io::Error) -> Result<(), std::io::Error> {
    if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

/// Standard output itself, for results that are neither a table nor JSON.
pub(super) fn results() -> impl Write {
    std::io::stdout().lock()
}

/// Standard error, for what is said beside the results.
pub(super) fn messages() -> impl Write {
    std::io::stderr().lock()
}

/// An empty table with a heading; the columns named in `right` are aligned right.
pub(super) fn table(headings: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_header(headings.iter().copied());
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A whole number with thousands separated by commas: `1,080,159`.
pub(super) fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, rest) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut grouped = String::with_capacity(number.len() + whole.len() / 3);
    grouped.push_str(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(rest) = rest {
        grouped.push('.');
        grouped.push_str(rest);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_are_grouped_by_three() {
        for (plain, expected) in
            [("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.80", "-1,234,567.80")]
        {
            assert_eq!(grouped(plain), expected);
        }
    }
}
