//! The documents of a data set as ledgers export them, and read back by the product's own reader.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sirank::clock::now;
use sirank::connectors::csv::{CsvSource, CsvSourceConfig, Dialect, Encoding, Form};
use sirank::domain::document::{DocumentDraft, DocumentKind, DraftKind};
use sirank::domain::table::{Column, ColumnNames, DateFormat, KindMeaning, NumberFormat, TableRules, Texts};
use sirank::ports::InvoiceSource;

use super::dataset::Row;

/// How a ledger exports its documents.
#[derive(Clone, Copy, Debug)]
pub(super) enum Export {
    /// As in the data set.
    Plain,
    /// `;`, Windows-1252, `31/12/2025`, `1.234,56` without a sign, credit notes told by `NC`, a line of totals.
    Gestionale,
    /// UTF-16, tabs, `9/9/24`, `1234,56`, the sign in a column of D and A, names of two lines.
    Spreadsheet,
}

impl Export {
    pub(super) const ALL: [Self; 3] = [Self::Plain, Self::Gestionale, Self::Spreadsheet];

    /// The file that it is.
    fn bytes(self, documents: &[Row]) -> Vec<u8> {
        let mut text = String::new();
        let header = match self {
            Self::Plain => "document_id,date,net_amount,kind,vat_number",
            Self::Gestionale => "Numero;Data;Imponibile;Tipo;P.IVA;Ragione sociale",
            Self::Spreadsheet => "Doc\tDel\tImporto\tSegno\tTipo\tPartita IVA\tCliente",
        };
        text.push_str(header);
        text.push_str(self.line_end());
        for row in documents {
            text.push_str(&self.row(row));
            text.push_str(self.line_end());
        }
        match self {
            Self::Plain => text.into_bytes(),
            Self::Gestionale => {
                text.push_str(";;999.999,99;;;TOTALE\r\n");
                let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(&text);
                assert!(!unmappable);
                bytes.into_owned()
            }
            Self::Spreadsheet => {
                [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
            }
        }
    }

    fn line_end(self) -> &'static str {
        if matches!(self, Self::Plain) { "\n" } else { "\r\n" }
    }

    fn row(self, row: &Row) -> String {
        let (id, vat, net, kind) =
            (&row["document_id"], &row["vat_number"], &row["net_amount"], &row["kind"]);
        let [year, month, day]: [&str; 3] = row["date"].split('-').collect::<Vec<_>>().try_into().unwrap();
        let unsigned = net.trim_start_matches('-');
        let takes_away = kind == "credit_note" || net.starts_with('-');
        match self {
            Self::Plain => format!("{id},{},{net},{kind},{vat}", row["date"]),
            Self::Gestionale => {
                let kind = if takes_away { "NC" } else { "FT" };
                let (whole, cents) = unsigned.split_once('.').unwrap();
                let net = format!("{},{cents}", grouped(whole));
                format!("{id};{day}/{month}/{year};{net};{kind};{vat};\"Caffè «{id}»; Müller – €\"")
            }
            Self::Spreadsheet => {
                let sign = if takes_away { "A" } else { "D" };
                let (day, month) = (day.trim_start_matches('0'), month.trim_start_matches('0'));
                let net = unsigned.replace('.', ",");
                format!(
                    "{id}\t{day}/{month}/{}\t{net}\t{sign}\t{kind}\t{vat}\t\"Caffè\r\n(sede)\"",
                    &year[2..]
                )
            }
        }
    }

    fn config(self, file: &Path) -> CsvSourceConfig {
        let names: &'static [(Column, &'static str)] = match self {
            Self::Plain => &[],
            Self::Gestionale => &[
                (Column::DocumentId, "Numero"),
                (Column::Date, "Data"),
                (Column::NetAmount, "Imponibile"),
                (Column::Kind, "Tipo"),
                (Column::VatNumber, "P.IVA"),
                (Column::CustomerName, "Ragione sociale"),
            ],
            Self::Spreadsheet => &[
                (Column::DocumentId, "Doc"),
                (Column::Date, "Del"),
                (Column::NetAmount, "Importo"),
                (Column::Sign, "Segno"),
                (Column::Kind, "Tipo"),
                (Column::VatNumber, "Partita IVA"),
                (Column::CustomerName, "Cliente"),
            ],
        };
        let columns = ColumnNames::new(|column| {
            let given = names.iter().find(|(known, _)| *known == column);
            given.map_or(column.name(), |(_, name)| name).to_owned()
        });
        let (separator, encoding) = match self {
            Self::Plain => (b',', Encoding::Auto),
            Self::Gestionale => (b';', Encoding::Windows1252),
            Self::Spreadsheet => (b'\t', Encoding::Auto),
        };
        CsvSourceConfig {
            name: "ledger".into(),
            files: vec![file.to_path_buf()],
            latest_only: false,
            settle: Duration::ZERO,
            form: Form { dialect: Dialect { separator, ..Dialect::PLAIN }, encoding, ..Form::default() },
            columns,
            rules: self.rules(),
            footers: vec!["Totale".to_owned()],
        }
    }

    fn rules(self) -> TableRules {
        let issued = |kind| KindMeaning::Document(DraftKind::Issued(kind));
        match self {
            Self::Plain => TableRules::default(),
            Self::Gestionale => TableRules {
                kinds: Texts::new([
                    ("FT".to_owned(), issued(DocumentKind::Invoice)),
                    ("NC".to_owned(), issued(DocumentKind::CreditNote)),
                ]),
                numbers: NumberFormat::ITALIAN,
                dates: DateFormat::new("%d/%m/%Y").unwrap(),
                ..TableRules::default()
            },
            Self::Spreadsheet => TableRules {
                signs: Texts::new([("D".to_owned(), false), ("A".to_owned(), true)]),
                numbers: NumberFormat { decimal: ',', thousands: None },
                dates: DateFormat::new("%d/%m/%y").unwrap(),
                ..TableRules::default()
            },
        }
    }

    /// The documents of a data set, exported in this way and read by a source of files.
    pub(super) async fn read(self, documents: &[Row]) -> Vec<DocumentDraft> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("export.csv");
        std::fs::File::create(&file).unwrap().write_all(&self.bytes(documents)).unwrap();
        drafts(&CsvSource::new(self.config(&file), Arc::new(now))).await
    }
}

/// Every document of a source.
pub(super) async fn drafts(source: &dyn InvoiceSource) -> Vec<DocumentDraft> {
    let (mut drafts, mut next) = (Vec::new(), None);
    loop {
        let page = source.documents("2011-12-09".parse().unwrap(), next).await.unwrap();
        drafts.extend(page.items);
        next = page.next;
        if next.is_none() {
            return drafts;
        }
    }
}

/// Digits with a point between groups of three.
fn grouped(whole: &str) -> String {
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}
