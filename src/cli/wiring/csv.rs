//! Settings become files of documents.

use std::time::Duration;

use super::table::{column_names, kinds, signs, statuses};
use crate::connectors::csv::{CsvSourceConfig, Dialect, Encoding, Form};
use crate::domain::table::{DateFormat, NumberFormat, TableRules};
use crate::settings::accounting::{CsvEncoding, CsvSource};

pub(super) fn csv_source(settings: CsvSource) -> CsvSourceConfig {
    CsvSourceConfig {
        name: settings.name.as_str().into(),
        files: settings.files,
        latest_only: settings.latest_only,
        settle: Duration::from_secs(u64::from(settings.settle_seconds)),
        form: Form {
            dialect: Dialect {
                separator: settings.separator.bytes().next().unwrap_or(b','),
                quote: settings.quote.bytes().next(),
            },
            encoding: match settings.encoding {
                CsvEncoding::Auto => Encoding::Auto,
                CsvEncoding::Utf8 => Encoding::Utf8,
                CsvEncoding::Windows1252 => Encoding::Windows1252,
                CsvEncoding::Utf16 => Encoding::Utf16,
            },
            header: settings.header,
            lines_before: settings.lines_before,
        },
        columns: column_names(&settings.columns),
        rules: TableRules {
            kinds: kinds(settings.kinds),
            statuses: statuses(settings.statuses),
            signs: signs(settings.signs),
            numbers: NumberFormat {
                decimal: settings.decimal.chars().next().unwrap_or('.'),
                thousands: settings.thousands.chars().next(),
            },
            // The settings were checked: another format is never met here.
            dates: DateFormat::new(&settings.date_format).unwrap_or_default(),
            restore_zeros: settings.restore_zeros,
        },
        footers: settings.footers,
    }
}
