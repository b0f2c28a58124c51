use std::fs;
use std::sync::Arc;
use std::time::Duration;

use super::super::{CsvSource, CsvSourceConfig, Encoding, Form};
use crate::domain::classes::Class;
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Rejection, Standing};
use crate::domain::intake::{CurrencyRules, intake};
use crate::domain::matching::CompanyIndex;
use crate::domain::table::{Column, ColumnNames, KindMeaning, TableRules, Texts};
use crate::ports::{ChangedDocuments, Cursor, InvoiceSource, Trouble};

/// Files are read alike for every day.
pub(super) fn any_day() -> crate::domain::time::Day {
    "2026-06-30".parse().unwrap()
}

struct Files {
    folder: tempfile::TempDir,
    config: CsvSourceConfig,
}

impl Files {
    fn new(texts: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = texts.iter().enumerate().map(|(number, text)| {
            let file = folder.path().join(format!("documents-{number}.csv"));
            fs::write(&file, text).unwrap();
            file
        });
        let config = CsvSourceConfig {
            name: "ledger".into(),
            files: files.collect(),
            latest_only: false,
            settle: Duration::ZERO,
            form: Form { encoding: Encoding::Auto, ..Form::default() },
            columns: ColumnNames::default(),
            rules: TableRules::default(),
            footers: Vec::new(),
        };
        Self { folder, config }
    }

    fn source(&self) -> CsvSource {
        CsvSource::new(self.config.clone(), Arc::new(crate::clock::now))
    }

    async fn error(&self) -> String {
        let error = self.source().probe().await.unwrap_err();
        assert!(matches!(error.trouble, Trouble::Input(_)));
        error.to_string().replace(&self.folder.path().display().to_string(), "FOLDER")
    }
}

/// All drafts; before every page, the source may be another one.
pub(super) async fn all(mut source: impl FnMut() -> CsvSource) -> (Vec<DocumentDraft>, Vec<Cursor>) {
    let (mut drafts, mut cursors) = (Vec::new(), Vec::new());
    let mut open = source();
    loop {
        let page = open.documents(any_day(), cursors.last().cloned()).await.unwrap();
        assert!(page.items.len() <= 5_000);
        drafts.extend(page.items);
        match page.next {
            None => return (drafts, cursors),
            Some(cursor) => cursors.push(cursor),
        }
        open = source();
    }
}

#[tokio::test]
async fn rows_become_drafts() {
    let files = Files::new(&[
        "document_id,vat_number,date,kind,net_amount\nD1,IT1,2024-01-10,Invoice,10.00\n\
                              D2,,2024-01-11,DRAFT,\nD3,IT1,2024-01-12,bill,1\nD4,IT1,2024-01-13,invoice,1,5\n",
    ]);
    let (drafts, _) = all(|| files.source()).await;
    let first = &drafts[0];
    assert_eq!((first.id.as_str(), first.number.as_str()), ("D1", "D1"));
    assert_eq!(first.party.vat_number.as_deref(), Some("IT1"));
    assert_eq!((first.date.as_deref(), first.net.as_deref()), (Some("2024-01-10"), Some("10.00")));
    assert_eq!((first.currency.as_deref(), first.place.as_str()), (None, "documents-0.csv: row 2"));
    assert_eq!(drafts[1].party.vat_number, None);
    let kinds: Vec<_> = drafts.iter().map(|draft| draft.kind.clone()).collect();
    let issued = Ok(DraftKind::Issued(DocumentKind::Invoice));
    assert_eq!(kinds[..2], [issued, Ok(DraftKind::NotCounted(NotCounted::Draft))]);
    assert_eq!(kinds[2], Err("bill".to_owned()));

    let details: Vec<String> = drafts
        .into_iter()
        .map(|draft| intake(draft, &CurrencyRules::default()))
        .filter_map(|document| match document.standing {
            Standing::Rejected { reason, detail } => {
                assert_eq!(
                    (reason, document.amount.is_some()),
                    (Rejection::Unreadable, detail.contains("bill"))
                );
                Some(detail)
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        details,
        [
            "documents-0.csv: row 4: the kind `bill` is not known (column `kind`)",
            "documents-0.csv: row 5: has 6 fields where the header has 5 columns; a separator inside a field needs quotation \
         marks around it",
        ]
    );
}

#[tokio::test]
async fn columns_kinds_and_the_separator_are_the_configured_ones() {
    let mut files = Files::new(&["Numero;Cliente;P.IVA;Data;Imponibile;Valuta;Cambio;Tipo;Altro\n\
                                  7/A;0042;\"IT 1\";2024-01-10;10.00;USD;1.08;nc;x\n"]);
    files.config.form.dialect.separator = b';';
    files.config.columns = ColumnNames::new(|column| {
        let name = match column {
            Column::DocumentId => "Numero",
            Column::CustomerId => "Cliente",
            Column::VatNumber => "P.IVA",
            Column::Date => "Data",
            Column::NetAmount => "Imponibile",
            Column::Currency => "Valuta",
            Column::ExchangeRate => "Cambio",
            Column::Kind => "Tipo",
            other => other.name(),
        };
        name.to_owned()
    });
    let credit_note = KindMeaning::Document(DraftKind::Issued(DocumentKind::CreditNote));
    files.config.rules.kinds = Texts::new([(" NC ".to_owned(), credit_note)]);
    let draft = all(|| files.source()).await.0.pop().unwrap();
    assert_eq!((draft.id.as_str(), draft.party.customer_id.as_deref()), ("7/A", Some("0042")));
    assert_eq!((draft.currency.as_deref(), draft.rate.as_deref()), (Some("USD"), Some("1.08")));
    assert_eq!(draft.kind, Ok(DraftKind::Issued(DocumentKind::CreditNote)));
}

#[tokio::test]
async fn without_a_column_of_kinds_every_row_is_an_invoice() {
    let files = Files::new(&["document_id,tax_code,date,net_amount\nD1,X,2024-01-10,-5.00\n"]);
    let document = intake(all(|| files.source()).await.0.pop().unwrap(), &CurrencyRules::default());
    let class = crate::domain::classes::classify(&document.standing, "2024-12-31".parse().unwrap(), || {
        Ok(CompanyIndex(0))
    });
    assert_eq!(class, Class::Matched(CompanyIndex(0)));
    assert_eq!(document.amount.unwrap().cents.get(), -500);
}

#[tokio::test]
async fn pages_go_on_over_files_and_over_restarts() {
    let header = "document_id,vat_number,date,kind,net_amount\n";
    let rows = |from: usize, to: usize| -> String {
        let row = |number| format!("D{number},\"IT\"\"{number}\",2024-01-10,invoice,\"1\n0\"\n\n");
        (from..to).map(row).collect()
    };
    let files = Files::new(&[
        &format!("{header}{}", rows(0, 12_000)),
        header,
        &format!("{header}{}", rows(12_000, 12_003)),
    ]);
    let mut kept = Some(files.source());
    let (drafts, cursors) = all(|| kept.take().unwrap_or_else(|| files.source())).await;
    assert_eq!(cursors.len(), 3, "5,000, 5,000 and 2,000 of the first file, then the last file");
    assert_eq!(drafts.len(), 12_003);
    for (number, draft) in drafts.iter().enumerate() {
        assert_eq!(draft.id, format!("D{number}"));
        assert_eq!(draft.party.vat_number, Some(format!("IT\"{number}")));
    }
    assert_eq!(drafts[11_999].place, "documents-0.csv: row 35999");
    assert_eq!(drafts[12_000].place, "documents-2.csv: row 2");

    let source = files.source();
    let mut page = source.documents(any_day(), None).await.unwrap();
    let mut whole = page.items;
    while let Some(next) = page.next {
        page = source.documents(any_day(), Some(next)).await.unwrap();
        whole.extend(page.items);
    }
    assert_eq!(whole, drafts, "one source that is kept reads the same");
}

#[tokio::test]
async fn what_cannot_be_read_is_said_before_anything_is() {
    assert_eq!(
        Files::new(&["document_id,date,net_amount\n"]).error().await,
        "CSV source ledger: looking at the files: FOLDER/documents-0.csv: the header lacks the column `vat_number`; it has \
         document_id, date, net_amount"
    );
    let mut files = Files::new(&["document_id,vat_number,date,net_amount\n", "x\n"]);
    let error = files.error().await;
    assert!(
        error.contains("documents-1.csv: the header lacks the columns `document_id`, `date`, `net_amount`"),
        "{error}"
    );
    files.config.files.push(files.folder.path().join("missing.csv"));
    files.config.files.remove(1);
    assert!(files.error().await.contains("missing.csv: cannot be read"));
}

#[tokio::test]
async fn a_cursor_of_other_files_is_refused() {
    let files = Files::new(&["document_id,vat_number,date,net_amount\n"]);
    for cursor in ["7:2", "x", "0"] {
        assert!(
            files.source().documents(any_day(), Some(Cursor(cursor.to_owned()))).await.is_err(),
            "{cursor}"
        );
    }
}

const ROWS: &str = "document_id,vat_number,date,net_amount\n1,IT1,2024-01-01,5\n2,IT1,2024-01-02,6\n";

#[tokio::test]
async fn files_that_are_as_they_were_are_not_read_again() {
    let files = Files::new(&[ROWS, ROWS]);
    let source = files.source();
    let changes = source.changes().unwrap();
    let mark = changes.mark(any_day()).await.unwrap();
    match changes.changed(any_day(), &mark, None).await.unwrap() {
        ChangedDocuments::Page { page, mark: Some(same) } => {
            assert_eq!((page.items.len(), same), (0, mark.clone()));
        }
        other => panic!("{other:?}"),
    }
    // Replaced by another file of the same size, as a program does that exports anew.
    let beside = files.folder.path().join("beside.csv");
    fs::write(&beside, ROWS.replace(",6", ",7")).unwrap();
    fs::rename(&beside, &files.config.files[1]).unwrap();
    let told = changes.changed(any_day(), &mark, None).await.unwrap();
    assert!(matches!(told, ChangedDocuments::OnlyByWholeReading), "{told:?}");
}

#[tokio::test]
async fn a_file_that_was_replaced_is_not_read_on_from_the_old_place() {
    let rows: Vec<String> = (1..=6_000).map(|id| format!("{id},IT1,2024-01-01,5")).collect();
    let files = Files::new(&[&format!("document_id,vat_number,date,net_amount\n{}\n", rows.join("\n"))]);
    let first = files.source().documents(any_day(), None).await.unwrap();
    assert_eq!(first.items.len(), 5_000);
    assert_eq!(files.source().documents(any_day(), first.next.clone()).await.unwrap().items.len(), 1_000);
    fs::write(&files.config.files[0], ROWS).unwrap();
    let error = files.source().documents(any_day(), first.next).await.unwrap_err();
    assert!(error.to_string().contains("was replaced or written to while it was read"), "{error}");
}
