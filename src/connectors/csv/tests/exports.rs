//! The same invoices as three programs export them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::forms::export;
use super::source::all;
use crate::connectors::csv::{CsvSource, CsvSourceConfig, Dialect, Encoding, Form};
use crate::domain::document::{DocumentKind, DraftKind, NotCounted, SourceDocument, Standing};
use crate::domain::intake::{CurrencyRules, intake};
use crate::domain::table::{
    Column, ColumnNames, DateFormat, KindMeaning, NumberFormat, StatusMeaning, TableRules, Texts,
};

const INVOICE: KindMeaning = KindMeaning::Document(DraftKind::Issued(DocumentKind::Invoice));
const CREDIT_NOTE: KindMeaning = KindMeaning::Document(DraftKind::Issued(DocumentKind::CreditNote));
const DRAFT: StatusMeaning = StatusMeaning::NotCounted(NotCounted::Draft);
const VOID: StatusMeaning = StatusMeaning::NotCounted(NotCounted::Void);

fn texts<Meaning: Copy>(texts: &[(&str, Meaning)]) -> Texts<Meaning> {
    Texts::new(texts.iter().map(|(text, meaning)| ((*text).to_owned(), *meaning)))
}

fn names(names: &'static [(Column, &'static str)]) -> ColumnNames {
    ColumnNames::new(|column| {
        let given = names.iter().find(|(known, _)| *known == column);
        given.map_or(column.name(), |(_, name)| name).to_owned()
    })
}

fn config(file: PathBuf, form: Form, columns: ColumnNames, rules: TableRules) -> CsvSourceConfig {
    CsvSourceConfig {
        name: "ledger".into(),
        files: vec![file],
        latest_only: false,
        settle: Duration::ZERO,
        form,
        columns,
        rules,
        footers: vec!["Totale".to_owned()],
    }
}

fn form(separator: u8, encoding: Encoding) -> Form {
    Form { dialect: Dialect { separator, ..Dialect::PLAIN }, encoding, ..Form::default() }
}

async fn documents(config: CsvSourceConfig) -> BTreeMap<String, SourceDocument> {
    let (drafts, _) = all(|| CsvSource::new(config.clone(), Arc::new(crate::clock::now))).await;
    let count = drafts.len();
    let documents: BTreeMap<_, _> = drafts
        .into_iter()
        .map(|draft| intake(draft, &CurrencyRules::default()))
        .map(|document| (document.number.clone(), document))
        .collect();
    assert_eq!(documents.len(), count, "no number occurs twice");
    documents
}

async fn clean() -> Option<BTreeMap<String, SourceDocument>> {
    let columns =
        names(&[(Column::DocumentId, ""), (Column::Number, "invoice_number"), (Column::Kind, "type")]);
    let rules = TableRules {
        kinds: texts(&[("invoice", INVOICE), ("deposit", INVOICE), ("credit_note", CREDIT_NOTE)]),
        statuses: texts(&[
            ("open", StatusMeaning::Counted),
            ("paid", StatusMeaning::Counted),
            ("draft", DRAFT),
        ]),
        ..TableRules::default()
    };
    let config = config(export("clean_utf8.csv")?, form(b',', Encoding::Auto), columns, rules);
    Some(documents(config).await)
}

async fn gestionale() -> Option<BTreeMap<String, SourceDocument>> {
    let columns = names(&[
        (Column::DocumentId, ""),
        (Column::Number, "Numero"),
        (Column::Date, "Data"),
        (Column::NetAmount, "Imponibile"),
        (Column::Kind, "Tipo doc."),
        (Column::Status, "Stato"),
        (Column::Currency, "Divisa"),
        (Column::CustomerId, "Cod. cliente"),
        (Column::CustomerName, "Ragione sociale"),
        (Column::VatNumber, "P.IVA"),
        (Column::TaxCode, "Cod. fiscale"),
    ]);
    let rules = TableRules {
        kinds: texts(&[("FT", INVOICE), ("AC", INVOICE), ("NC", CREDIT_NOTE)]),
        statuses: texts(&[
            ("Confermato", StatusMeaning::Counted),
            ("Saldato", StatusMeaning::Counted),
            ("Bozza", DRAFT),
            ("Annullato", VOID),
        ]),
        numbers: NumberFormat::ITALIAN,
        dates: DateFormat::new("%d/%m/%Y").unwrap(),
        ..TableRules::default()
    };
    let file = export("gestionale_it_cp1252.csv")?;
    Some(documents(config(file, form(b';', Encoding::Windows1252), columns, rules)).await)
}

async fn excel() -> Option<BTreeMap<String, SourceDocument>> {
    let columns = names(&[
        (Column::DocumentId, ""),
        (Column::Number, "Doc"),
        (Column::Date, "Del"),
        (Column::NetAmount, "Importo"),
        (Column::Sign, "Segno"),
        (Column::CustomerName, "Cliente"),
        (Column::VatNumber, "Partita IVA"),
    ]);
    let rules = TableRules {
        signs: texts(&[("D", false), ("A", true)]),
        numbers: NumberFormat { decimal: ',', thousands: None },
        dates: DateFormat::new("%d/%m/%y").unwrap(),
        restore_zeros: true,
        ..TableRules::default()
    };
    let file = export("excel_utf16_tab.txt")?;
    Some(documents(config(file, form(b'\t', Encoding::Auto), columns, rules)).await)
}

/// The sums of the plain file as a few lines of another reader make them: in cents, what counts and what is a draft.
fn expected() -> Option<(i64, i64, usize)> {
    let mut reader = csv::Reader::from_path(export("clean_utf8.csv")?).unwrap();
    let (mut counted, mut drafts, mut rows) = (0, 0, 0);
    for row in reader.deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let cents: i64 = row["net_amount"].replace('.', "").parse().unwrap();
        assert_eq!(row["net_amount"].split_once('.').unwrap().1.len(), 2);
        *(if row["status"] == "draft" { &mut drafts } else { &mut counted }) += cents;
        rows += 1;
    }
    Some((counted, drafts, rows))
}

fn sums(documents: &BTreeMap<String, SourceDocument>) -> (i64, usize, usize) {
    let (mut counted, mut drafts, mut rejected) = (0, 0, 0);
    for document in documents.values() {
        match &document.standing {
            Standing::Counts { kind: DocumentKind::Invoice, net, .. } => counted += net.get(),
            Standing::Counts { kind: DocumentKind::CreditNote, net, .. } => counted -= net.get(),
            Standing::NotCounted(why) => {
                assert_eq!(*why, NotCounted::Draft);
                drafts += 1;
            }
            Standing::Rejected { detail, .. } => {
                println!("{detail}");
                rejected += 1;
            }
        }
    }
    (counted, drafts, rejected)
}

#[tokio::test]
async fn the_export_of_a_gestionale_adds_up_to_what_the_plain_one_does() {
    let Some((clean, gestionale)) = clean().await.zip(gestionale().await) else { return };
    let (counted, _, rows) = expected().unwrap();
    assert_eq!((clean.len(), gestionale.len()), (rows, rows), "the line of totals is no document");
    assert_eq!(sums(&clean), (counted, 11, 0));
    assert_eq!(sums(&gestionale), (counted, 11, 0));
    for (number, document) in &clean {
        let other = &gestionale[number];
        assert_eq!((&document.id, &document.standing), (&other.id, &other.standing), "{number}");
        assert_eq!(document.party.vat_number, other.party.vat_number, "{number}");
        let (own, padded) = (document.party.customer_id.as_deref(), other.party.customer_id.as_deref());
        assert_eq!(padded, own.map(|id| format!("{id:0>6}")).as_deref(), "ids are texts: zeros are kept");
    }
    let names: Vec<_> = gestionale.values().filter_map(|document| document.party.name.as_deref()).collect();
    assert!(names.contains(&"Ceramiche Müller SRL") && names.contains(&"Officine San Niccolò Soc. Coop."));
}

#[tokio::test]
async fn the_export_of_a_spreadsheet_has_the_same_days_amounts_and_customers() {
    let Some((clean, excel)) = clean().await.zip(excel().await) else { return };
    assert_eq!(excel.len(), 40);
    let mut drafts = 0;
    for (number, document) in &excel {
        let plain = &clean[number];
        assert_eq!(document.amount, plain.amount, "{number}");
        if plain.standing == Standing::NotCounted(NotCounted::Draft) {
            drafts += 1;
            assert!(matches!(document.standing, Standing::Counts { .. }), "the file does not tell drafts");
        } else {
            assert_eq!(document.standing, plain.standing, "{number}");
        }
        let vat = |document: &SourceDocument| {
            let text = document.party.vat_number.as_deref()?;
            crate::domain::keys::VatNumber::normalised(text, None)
        };
        assert_eq!(vat(document), vat(plain), "{number}: with its leading zeros");
    }
    assert!(drafts > 0);
    let of_two_lines = excel.values().filter_map(|document| document.party.name.as_deref());
    assert!(of_two_lines.into_iter().any(|name| name == "Ceramiche Müller SRL\n(sede secondaria)"));
}
