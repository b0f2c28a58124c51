//! Files in the forms that ledgers and spreadsheets write, good and bad.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::source::{all, any_day};
use crate::connectors::csv::{CsvSource, CsvSourceConfig, Dialect, Encoding, Form};
use crate::domain::document::{DocumentDraft, Standing};
use crate::domain::intake::{CurrencyRules, intake};
use crate::domain::table::{Column, ColumnNames, DateFormat, NumberFormat, TableRules};
use crate::ports::{ChangedDocuments, InvoiceSource, Severity, Trouble};

/// A folder with one file, and how it is read.
struct World {
    folder: tempfile::TempDir,
    config: CsvSourceConfig,
}

impl World {
    fn new(bytes: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        fs::write(&file, bytes).unwrap();
        Self { config: config(vec![file]), folder }
    }

    fn source(&self) -> CsvSource {
        CsvSource::new(self.config.clone(), Arc::new(crate::clock::now))
    }

    /// What becomes of each document.
    async fn outcomes(&self) -> Vec<String> {
        all(|| self.source()).await.0.into_iter().map(outcome).collect()
    }

    async fn error(&self) -> String {
        let error = self.source().probe().await.unwrap_err();
        assert!(matches!(error.trouble, Trouble::Input(_)), "{error}");
        error.trouble.to_string().replace(&self.folder.path().display().to_string(), "FOLDER")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn config(files: Vec<PathBuf>) -> CsvSourceConfig {
    CsvSourceConfig {
        name: "ledger".into(),
        files,
        latest_only: false,
        settle: Duration::ZERO,
        form: Form { encoding: Encoding::Auto, ..Form::default() },
        columns: ColumnNames::default(),
        rules: TableRules::default(),
        footers: vec![" TOTALE ".to_owned()],
    }
}

fn outcome(draft: DocumentDraft) -> String {
    let customer = draft.party.name.clone().unwrap_or_default();
    let document = intake(draft, &CurrencyRules::default());
    match document.standing {
        Standing::Counts { day, kind, net } => {
            format!("{} {day} {kind:?} {} {customer}", document.id, net.get())
        }
        Standing::NotCounted(why) => format!("{} {why:?}", document.id),
        Standing::Rejected { detail, .. } => detail,
    }
}

fn semicolons() -> Form {
    Form {
        dialect: Dialect { separator: b';', ..Dialect::PLAIN },
        encoding: Encoding::Auto,
        ..Form::default()
    }
}

const HEADER: &str = "document_id;date;net_amount;vat_number;customer_name\n";

#[tokio::test]
async fn encodings_are_read_as_they_are_named() {
    let text =
        format!("{HEADER}1;2025-01-02;5;IT1;Ceramiche Müller – €\n2;2025-01-02;6;IT2;\"Però\n(sede)\"\n");
    let utf_16 = |high_first: bool, mark: bool| -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        let units = mark.into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if high_first { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let (windows, _, unmappable) = encoding_rs::WINDOWS_1252.encode(&text);
    assert!(!unmappable);
    let mut marked = b"\xEF\xBB\xBF".to_vec();
    marked.extend_from_slice(text.as_bytes());
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&windows).unwrap();
    let cases = [
        (Encoding::Auto, text.as_bytes().to_vec()),
        (Encoding::Utf8, text.as_bytes().to_vec()),
        (Encoding::Auto, marked),
        (Encoding::Windows1252, windows.into_owned()),
        (Encoding::Windows1252, packed.finish().unwrap()),
        (Encoding::Auto, utf_16(false, true)),
        (Encoding::Auto, utf_16(true, true)),
        (Encoding::Utf16, utf_16(false, true)),
        (Encoding::Utf16, utf_16(true, true)),
        (Encoding::Utf16, utf_16(false, false)),
    ];
    for (number, (encoding, bytes)) in cases.into_iter().enumerate() {
        let mut world = World::new(bytes);
        world.config.form = Form { encoding, ..semicolons() };
        assert_eq!(
            world.outcomes().await,
            ["1 2025-01-02 Invoice 500 Ceramiche Müller – €", "2 2025-01-02 Invoice 600 Però\n(sede)"],
            "case {number}, {encoding:?}"
        );
        assert!(world.source().probe().await.unwrap().findings.is_empty(), "case {number}");
    }
    let mut world = World::new(utf_16(false, false));
    world.config.form = semicolons();
    assert_eq!(
        world.error().await,
        "FOLDER/a.csv: is UTF-16 text; save it as UTF-8, or name its encoding in the settings of the source"
    );
}

#[tokio::test]
async fn a_large_file_of_another_encoding_is_the_same_wherever_its_characters_are_cut() {
    let mut text = HEADER.to_owned();
    for number in 0..20_000 {
        let name = "è".repeat(number % 37);
        writeln!(text, "{number};2025-01-02;5;IT{number};Società «{name}» €").unwrap();
    }
    let bytes: Vec<u8> = [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut world = World::new(bytes);
    world.config.form = semicolons();
    let (drafts, _) = all(|| world.source()).await;
    assert_eq!(drafts.len(), 20_000);
    for (number, draft) in drafts.iter().enumerate() {
        assert_eq!(draft.id, number.to_string());
        let name = format!("Società «{}» €", "è".repeat(number % 37));
        assert_eq!(draft.party.name.as_deref(), Some(name.as_str()));
        assert_eq!(draft.place, format!("a.csv: row {}", number + 2));
    }
}

#[tokio::test]
async fn text_that_is_not_what_it_is_said_to_be_is_told_and_only_matters_where_it_decides() {
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes
        .extend_from_slice(b"1;2025-01-02;5;IT1;M\xFCller\n2\xFC;2025-01-02;6;IT2;x\n3;2025-01-02;7;IT3;x\n");
    let mut world = World::new(bytes);
    world.config.form = semicolons();
    assert_eq!(
        world.outcomes().await,
        [
            "1 2025-01-02 Invoice 500 M\u{FFFD}ller",
            "a.csv: row 3: `2\u{FFFD}` is not UTF-8 text (column `document_id`): name the encoding of the file in the settings",
            "3 2025-01-02 Invoice 700 x",
        ]
    );
    let findings = world.source().probe().await.unwrap().findings;
    assert_eq!(
        (findings[0].severity, findings[0].what.as_str()),
        (Severity::Warning, "a.csv: row 2 is not UTF-8 text")
    );
}

#[tokio::test]
async fn blank_rows_and_totals_are_no_documents() {
    let mut world = World::new(format!(
        "{HEADER}\n1;2025-01-02;5;IT1;Totale\n;;;;\n ; ;;;\n;TOTALE;;;\nTotale\n;;12;;totale\n;;13;;Totali\n"
    ));
    world.config.form = semicolons();
    assert_eq!(
        world.outcomes().await,
        [
            "1 2025-01-02 Invoice 500 Totale",
            "a.csv: row 6: there is no id (column `document_id`)",
            "a.csv: row 9: there is no id (column `document_id`)",
        ],
        "a customer may be called Totale; a total in the column of dates is a date"
    );
}

#[tokio::test]
async fn files_without_a_header_are_read_by_positions() {
    let mut world =
        World::new("Elenco fatture\n\n\"A\"\"1\";x;02.01.25;1.234,5;IT1\n2;x;03.01.25;(5,00);IT1\n");
    world.config.form = Form { header: false, lines_before: 2, ..semicolons() };
    world.config.rules.numbers = NumberFormat::ITALIAN;
    world.config.rules.dates = DateFormat::new("%d.%m.%y").unwrap();
    let names = |vat: &'static str| {
        ColumnNames::new(move |column| {
            let name = match column {
                Column::DocumentId => "#1",
                Column::Date => "#3",
                Column::NetAmount => "#4",
                Column::VatNumber => vat,
                other => other.name(),
            };
            name.to_owned()
        })
    };
    world.config.columns = names("#5");
    assert_eq!(world.outcomes().await, ["A\"1 2025-01-02 Invoice 123450 ", "2 2025-01-03 CreditNote 500 "]);
    assert_eq!(all(|| world.source()).await.0[0].place, "a.csv: row 3");
    world.config.columns = names("#6");
    assert_eq!(
        world.error().await,
        "FOLDER/a.csv: the header lacks the column `#6`; it is read without a header and has 5 columns, from #1 on"
    );
}

#[tokio::test]
async fn fields_may_be_enclosed_by_another_character_or_none() {
    let mut world =
        World::new("document_id,date,net_amount,vat_number,customer_name\n'1',2025-01-02,5,IT1,'a,\"b'\n");
    world.config.form.dialect.quote = Some(b'\'');
    assert_eq!(world.outcomes().await, ["1 2025-01-02 Invoice 500 a,\"b"]);
    let mut world =
        World::new("document_id,date,net_amount,vat_number,customer_name\n1,2025-01-02,5,IT1,\"a\n");
    world.config.form.dialect.quote = None;
    assert_eq!(world.outcomes().await, ["1 2025-01-02 Invoice 500 \"a"]);
}

#[tokio::test]
async fn a_column_that_the_settings_name_or_explain_has_to_be_there() {
    let mut world = World::new("document_id,date,net_amount,vat_number\n1,2025-01-02,5,IT1\n");
    let renamed = |which: Column| {
        ColumnNames::new(
            move |column| if column == which { "Renamed".to_owned() } else { column.name().to_owned() },
        )
    };
    for column in [Column::Kind, Column::Status, Column::NetAmount, Column::CustomerId] {
        world.config.columns = renamed(column);
        assert_eq!(
            world.error().await,
            "FOLDER/a.csv: the header lacks the column `Renamed`; it has document_id, date, net_amount, vat_number"
        );
    }
    world.config.columns = ColumnNames::default();
    world.config.rules.signs = crate::domain::table::Texts::new([("A".to_owned(), true)]);
    assert!(world.error().await.contains("lacks the column `sign`"));
}

#[tokio::test]
async fn a_wrong_separator_an_unreadable_folder_and_a_missing_file_are_said() {
    let mut world = World::new(format!("{HEADER}1;2025-01-02;5;IT1;x\n"));
    assert_eq!(
        world.error().await,
        "FOLDER/a.csv: the header lacks the columns `document_id`, `date`, `net_amount`; it seems to be separated by \
         semicolons, which is not what was expected"
    );
    world.config.files = vec![world.folder.path().to_path_buf()];
    assert!(world.error().await.starts_with("FOLDER: cannot be read: "));
    world.config.files = vec![world.path("gone/*.csv")];
    assert!(world.error().await.starts_with("FOLDER/gone: cannot be listed: "));
    world.config.files = vec![world.path("*.txt")];
    assert!(world.error().await.starts_with("FOLDER/*.txt: no file there has such a name"));
    world.config.files = vec![world.path("b.csv")];
    assert!(world.error().await.starts_with("FOLDER/b.csv: cannot be read: "));
}

#[tokio::test]
async fn a_file_that_ends_in_the_middle_loses_one_row_at_most_and_says_so() {
    let mut world = World::new(format!("{HEADER}1;2025-01-02;5;IT1;x\n2;2025-01-"));
    world.config.form = semicolons();
    let outcomes = world.outcomes().await;
    assert_eq!(outcomes[0], "1 2025-01-02 Invoice 500 x");
    assert!(
        outcomes[1].starts_with("a.csv: row 3: has 2 fields where the header has 5 columns"),
        "{outcomes:?}"
    );
    let mut world = World::new(format!("{HEADER}1;2025-01-02;5;IT1;\"x\n2;2025-01-"));
    world.config.form = semicolons();
    assert!(
        world.error().await.starts_with("FOLDER/a.csv: row 2: a quotation mark is opened and never closed")
    );
}

#[tokio::test]
async fn a_star_finds_files_by_name_and_the_latest_may_stand_for_all() {
    let row =
        |id: u32, net: u32| format!("document_id,date,net_amount,vat_number\n{id},2025-01-02,{net},IT1\n");
    let mut world = World::new(row(1, 5));
    fs::write(world.path("c.csv"), row(1, 7)).unwrap();
    fs::write(world.path("b.csv"), row(2, 6)).unwrap();
    world.config.files = vec![world.path("*.csv")];
    assert_eq!(
        world.outcomes().await,
        ["1 2025-01-02 Invoice 500 ", "2 2025-01-02 Invoice 600 ", "1 2025-01-02 Invoice 700 "]
    );
    world.config.latest_only = true;
    assert_eq!(world.outcomes().await, ["1 2025-01-02 Invoice 700 "]);
    let probe = world.source().probe().await.unwrap();
    assert!(probe.identity.ends_with("c.csv"), "{}", probe.identity);

    let source = world.source();
    let changes = source.changes().unwrap();
    let mark = changes.mark(any_day()).await.unwrap();
    fs::write(world.path("d.csv"), row(3, 8)).unwrap();
    let told = changes.changed(any_day(), &mark, None).await.unwrap();
    assert!(matches!(told, ChangedDocuments::OnlyByWholeReading), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_file_is_read_once_it_has_stopped_growing() {
    let mut world = World::new("document_id,date,net_amount,vat_number\n1,2025-01-02,5,IT1\n");
    world.config.settle = Duration::from_secs(30);
    let written: DateTime<Utc> = world.config.files[0].metadata().unwrap().modified().unwrap().into();
    let began = tokio::time::Instant::now();
    let wall = move || written + TimeDelta::seconds(1) + TimeDelta::from_std(began.elapsed()).unwrap();
    let source = CsvSource::new(world.config.clone(), Arc::new(wall));
    let changes = source.changes().unwrap();
    let old = crate::ports::Mark("other files".to_owned());
    match changes.changed(any_day(), &old, None).await.unwrap() {
        ChangedDocuments::Page { page, mark } => assert_eq!((page.items.len(), mark), (0, Some(old.clone()))),
        other @ ChangedDocuments::OnlyByWholeReading => panic!("{other:?}"),
    }
    assert_eq!(source.documents(any_day(), None).await.unwrap().items.len(), 1);
    assert!(began.elapsed() >= Duration::from_secs(29), "it waits until the file was left alone");
    let told = changes.changed(any_day(), &old, None).await.unwrap();
    assert!(matches!(told, ChangedDocuments::OnlyByWholeReading), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_never_stops_growing_is_not_waited_for_forever() {
    let mut world = World::new("document_id,date,net_amount,vat_number\n");
    world.config.settle = Duration::from_secs(30);
    let written: DateTime<Utc> = world.config.files[0].metadata().unwrap().modified().unwrap().into();
    let source = CsvSource::new(world.config.clone(), Arc::new(move || written));
    let error = source.documents(any_day(), None).await.unwrap_err();
    assert!(matches!(error.trouble, Trouble::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("a.csv: is still being written to"), "{error}");
}

#[tokio::test]
async fn the_first_rows_are_shown_as_they_are_understood() {
    let mut text = format!("{HEADER};;;;\n");
    for id in 1..=9 {
        writeln!(text, "{id};02/01/2025;1.000,00;IT1;x").unwrap();
    }
    let mut world = World::new(text);
    world.config.form = semicolons();
    world.config.rules.numbers = NumberFormat::ITALIAN;
    world.config.rules.dates = DateFormat::new("%d/%m/%Y").unwrap();
    let sample = world.source().probe().await.unwrap().sample;
    let shown: Vec<String> = sample.into_iter().map(outcome).collect();
    assert_eq!(shown.len(), 5);
    assert_eq!(shown[0], "1 2025-01-02 Invoice 100000 x");
}

/// The file of that name among the exports that programs made; none where they are absent.
pub(super) fn export(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/csv_export").join(name);
    if !path.exists() {
        println!("skipped: {} is absent", path.display());
        return None;
    }
    Some(path)
}
