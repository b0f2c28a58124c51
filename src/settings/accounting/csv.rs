//! CSV files as a source of documents.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::table::{TableColumns, TableKinds, TableSigns, TableStatuses};
use crate::domain::table::DateFormat;
use crate::settings::path::PathText;
use crate::settings::problem::Report;

/// CSV files (plain or .gz) with one document a row.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct CsvSource {
    /// What the source is called, here and in reports; no other source may have the name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Who issued its documents, a VAT number: for telling whether another source holds them too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub seller: Option<String>,
    /// The files, read in this order. A `*` in the last part of a path stands for any text: all files of that folder that
    /// match, by their names. A document that is in several rows or files counts as its last row says. What no file holds
    /// any more is no more.
    #[schemars(with = "Vec<PathText>", length(min = 1))]
    pub files: Vec<PathBuf>,
    /// Whether each file that a `*` finds is a whole export: then only the last one by its name is read.
    #[serde(default)]
    pub latest_only: bool,
    /// Seconds that a file has to have been left alone before it is read: it may still be growing.
    #[serde(default = "settle")]
    #[schemars(range(max = 3_600))]
    pub settle_seconds: u32,
    /// The character between two fields.
    #[serde(default = "comma")]
    #[schemars(length(min = 1, max = 1))]
    pub separator: String,
    /// The character around fields with separators or line breaks in them; empty where there is none.
    #[serde(default = "quote")]
    #[schemars(length(max = 1))]
    pub quote: String,
    /// How characters are written. `auto`: UTF-16 where a file begins with its mark, else UTF-8.
    #[serde(default)]
    pub encoding: CsvEncoding,
    /// Whether the first row names the columns. Without it, columns are told by their position: `#1` is the first one.
    #[serde(default = "yes")]
    pub header: bool,
    /// How many lines, titles and the like, stand before the first row.
    #[serde(default)]
    #[schemars(range(max = 1_000))]
    pub lines_before: u32,
    /// What stands before the decimals of an amount.
    #[serde(default = "point")]
    #[schemars(length(min = 1, max = 1))]
    pub decimal: String,
    /// What stands between groups of three digits of an amount; empty where there is nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 1))]
    pub thousands: String,
    /// How dates are written: `%d` day, `%m` month, `%Y` year, `%y` year of two digits (80 is 1980, 79 is 2079). A time of
    /// day may follow.
    #[serde(default = "iso")]
    #[schemars(length(min = 1))]
    pub date_format: String,
    /// Whether VAT numbers and tax codes of Italian companies get back the leading zeros that a spreadsheet took from them,
    /// where the check digit is right then.
    #[serde(default)]
    pub restore_zeros: bool,
    /// Texts of lines of totals: a row without a date is passed over if one of its fields is one of them.
    #[serde(default = "footers")]
    pub footers: Vec<String>,
    /// Which column holds what, by the names in the header, or `#1` for the first column.
    #[serde(default)]
    pub columns: Box<TableColumns>,
    /// Which texts of the column of kinds mean what.
    #[serde(default)]
    pub kinds: TableKinds,
    /// Which texts of the column of statuses mean what.
    #[serde(default)]
    pub statuses: TableStatuses,
    /// Which texts of the column of signs mean what.
    #[serde(default)]
    pub signs: TableSigns,
}

/// How the characters of a file are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum CsvEncoding {
    /// UTF-16 where a file begins with its mark, else UTF-8.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, of which ISO 8859-1 is a part.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// UTF-16.
    #[serde(rename = "utf-16")]
    Utf16,
}

fn comma() -> String {
    ",".into()
}

fn quote() -> String {
    "\"".into()
}

fn point() -> String {
    ".".into()
}

fn iso() -> String {
    DateFormat::default().pattern().to_owned()
}

const fn yes() -> bool {
    true
}

const fn settle() -> u32 {
    5
}

fn footers() -> Vec<String> {
    ["Totale", "Totali", "Totale generale", "Total"].map(str::to_owned).into()
}

/// Whether a text is one character that can separate or enclose fields.
fn is_mark(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0))
}

impl CsvSource {
    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        if !is_mark(&self.separator) || self.separator == "\"" {
            report.add(
                &format!("{section}.separator"),
                format!("`{}` cannot separate fields", self.separator.escape_default()),
                "Use a comma, a semicolon, a tab (\"\\t\") or another single ASCII character",
            );
        }
        if !is_mark(&self.quote) || self.quote == self.separator {
            report.add(
                &format!("{section}.quote"),
                format!("`{}` cannot enclose fields", self.quote.escape_default()),
                "Use a quotation mark or another single ASCII character that is not the separator, or none",
            );
        }
        self.check_amounts(section, report);
        if let Err(error) = DateFormat::new(&self.date_format) {
            let key = format!("{section}.date_format");
            report.add(&key, error.to_string(), "Write how dates look in the file, such as \"%d/%m/%Y\"");
        }
        self.kinds.check(section, report);
        self.statuses.check(section, report);
        self.signs.check(section, report);
    }

    fn check_amounts(&self, section: &str, report: &mut Report<'_>) {
        const ADVICE: &str = "Write what stands in an amount: a comma before the decimals and a point between thousands, as in \
                              1.234,56, are decimal = \",\" and thousands = \".\"";
        let odd =
            |text: &str| text.chars().any(|c| c.is_alphanumeric() || matches!(c, '-' | '+' | '(' | ')'));
        for (key, text) in [("decimal", &self.decimal), ("thousands", &self.thousands)] {
            if odd(text) {
                report.add(&format!("{section}.{key}"), format!("`{text}` separates no digits"), ADVICE);
            }
        }
        if self.decimal == self.thousands {
            let key = format!("{section}.thousands");
            report.add(&key, format!("`{}` stands before the decimals too", self.thousands), ADVICE);
        }
    }
}
