//! How results are printed.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, StyledStr, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, ValueEnum};
use serde::{Deserialize, Serialize};

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For spreadsheets: of `contacts` alone.
    #[value(help = "For spreadsheets")]
    Csv,
    /// For calendars: of `contacts` alone.
    #[value(help = "For calendars: iCalendar, an event for each contact that is due")]
    Ical,
}

/// The formats that every command has. What has more of them declares `--format` anew.
#[derive(Clone)]
pub(super) struct TableOrJson;

impl TableOrJson {
    fn values() -> impl Iterator<Item = PossibleValue> {
        [Format::Table, Format::Json].iter().filter_map(ValueEnum::to_possible_value)
    }
}

impl TypedValueParser for TableOrJson {
    type Value = Format;

    fn parse_ref(&self, cmd: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Format, clap::Error> {
        let known = PossibleValuesParser::new(Self::values()).parse_ref(cmd, arg, value);
        let known = known.map_err(|mut error| {
            let text = value.to_string_lossy();
            if Format::from_str(&text, false).is_ok() {
                let tip = format!("`sirank contacts --format {text}` is the command that gives it");
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
            }
            error
        })?;
        Ok(if known == "json" { Format::Json } else { Format::Table })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Self::values()))
    }
}
