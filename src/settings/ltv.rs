//! `[ltv]`: how the lifetime value is computed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::{Exact, Share};
use super::problem::Report;

/// How the lifetime value is computed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Ltv {
    /// A CSV file with the columns year,index by which past revenue is revalued; without it nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub price_index: Option<PathBuf>,
    /// The share of the revenue that is margin; 1: the value is revenue.
    pub gross_margin: Share,
    /// The table of `price_index`, read when the settings are loaded.
    #[serde(skip)]
    pub index: BTreeMap<i32, Decimal>,
}

impl Default for Ltv {
    fn default() -> Self {
        Self { price_index: None, gross_margin: Share::percent(100), index: BTreeMap::new() }
    }
}

impl Ltv {
    /// Reads the table of the price index.
    pub(super) fn read_index(&mut self, report: &mut Report<'_>) {
        let Some(path) = &self.price_index else { return };
        match read(path) {
            Ok(index) => self.index = index,
            Err(message) => report.add(
                "ltv.price_index",
                format!("{}: {message}", path.display()),
                "Give a CSV file with the columns year,index, such as 2025,121.4",
            ),
        }
    }
}

fn read(path: &Path) -> Result<BTreeMap<i32, Decimal>, String> {
    let unreadable = |error: csv::Error| match error.into_kind() {
        csv::ErrorKind::Io(error) => format!("cannot be read: {error}"),
        kind => format!("is no CSV file: {kind:?}"),
    };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(path).map_err(unreadable)?;
    let headers = reader.headers().map_err(unreadable)?.clone();
    let column = |name: &str| {
        let same = |header: &str| header.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name);
        headers.iter().position(same).ok_or_else(|| format!("has no column `{name}`"))
    };
    let (year_column, index_column) = (column("year")?, column("index")?);
    let mut index = BTreeMap::new();
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let line = row.position().map_or(0, csv::Position::line);
        let field = |column: usize| row.get(column).unwrap_or_default();
        let year: i32 = field(year_column)
            .parse()
            .map_err(|_| format!("line {line}: `{}` is no year", field(year_column)))?;
        let Exact(value) = field(index_column).parse().map_err(|error| format!("line {line}: {error}"))?;
        if value <= Decimal::ZERO {
            return Err(format!("line {line}: the index {value} is not above zero"));
        }
        if index.insert(year, value).is_some() {
            return Err(format!("line {line}: the year {year} stands there twice"));
        }
    }
    if index.is_empty() { Err("has no rows".to_owned()) } else { Ok(index) }
}
