//! The documents of a data set in a database, read row by row and as sums.

use std::fmt::Write as _;

use sirank::connectors::sql::{Mode, SqlConfig};
use sirank::domain::document::{DocumentDraft, DraftKind};
use sirank::domain::time::Day;

use super::dataset::{Dataset, Row, read, rows};
use super::reference::Reference;
use super::{check_figures, check_key_figures, compute_all, day, read_json, rules};
use crate::sql::all;
use crate::sql::servers::{Server, servers};

const FOLDER: &str = "../shared/data/online-retail";

/// The same figures, to the last column, whichever database and whoever adds up.
#[tokio::test]
async fn online_retail_is_the_same_from_databases_row_by_row_and_as_sums() {
    let Some(text) = read(&format!("{FOLDER}/documents.csv")) else { return };
    let retail = rows(&text);
    for server in servers().await {
        fill(&server, &retail).await;
        for as_of in ["2011-06-30", "2011-12-09"] {
            let expected = Reference::load(&format!("{FOLDER}/expected-{as_of}.csv.gz")).unwrap();
            let key_figures = read_json(&format!("{FOLDER}/expected-kpis-{as_of}.json")).unwrap();
            for mode in [Mode::Rows, Mode::Aggregated] {
                let drafts = documents(&server, mode, day(as_of)).await;
                let by_row = mode == Mode::Rows;
                assert_eq!(drafts.len() == retail.len(), by_row, "{} of {}", drafts.len(), retail.len());
                let dataset = Dataset::of(FOLDER, drafts).unwrap();
                let (all, computed) = compute_all(&dataset, &rules(), day(as_of));
                check_figures(&all, &expected);
                check_key_figures(&computed, &key_figures);
            }
        }
    }
}

/// How many rows one statement inserts.
const BATCH: usize = 5_000;

/// Puts documents into a table.
async fn fill(server: &Server, documents: &[Row]) {
    server
        .run(
            "CREATE TABLE retail (id varchar(20), vat varchar(20), at date, type varchar(20), net decimal(14,2))",
        )
        .await;
    for rows in documents.chunks(BATCH) {
        let mut insert = "INSERT INTO retail VALUES ".to_owned();
        for (place, row) in rows.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            let (id, vat, date) = (&row["document_id"], &row["vat_number"], &row["date"]);
            let _ =
                write!(insert, "{comma}('{id}','{vat}','{date}','{}',{})", row["kind"], row["net_amount"]);
        }
        server.run(&insert).await;
    }
}

/// What a source of the table delivers for a day.
async fn documents(server: &Server, mode: Mode, as_of: Day) -> Vec<DocumentDraft> {
    let query = "SELECT id AS document_id, vat AS vat_number, at AS date, type AS kind, net AS net_amount FROM retail";
    let mut documents = all(SqlConfig { mode, ..server.config(query) }, as_of).await;
    // Sums tell apart what is later; rows leave that to the computation.
    documents.retain(|document| !matches!(document.kind, Ok(DraftKind::NotCounted(_))));
    documents
}
