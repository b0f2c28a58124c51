//! CSV files as a source, across the moments at which they are exported anew.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use sirank::connectors::csv::{CsvSource, CsvSourceConfig, Form};
use sirank::domain::table::{ColumnNames, TableRules};
use sirank::ports::{ChangedDocuments, DocumentChanges, Mark};

use crate::any_day;

const HEADER: &str = "document_id,customer_id,date,kind,net\n";

fn config(file: &Path) -> CsvSourceConfig {
    CsvSourceConfig {
        name: "ledger".into(),
        files: vec![file.to_path_buf()],
        latest_only: false,
        settle: Duration::from_secs(5),
        form: Form::default(),
        columns: ColumnNames::default(),
        rules: TableRules::default(),
        footers: Vec::new(),
    }
}

/// What is told of changes, and whether with the same mark as before.
async fn told(source: &CsvSource, since: &Mark) -> Option<bool> {
    match source.changed(any_day(), since, None).await.unwrap() {
        ChangedDocuments::OnlyByWholeReading => None,
        ChangedDocuments::Page { page, mark } => {
            assert_eq!((page.items.len(), page.next), (0, None));
            Some(mark.as_ref() == Some(since))
        }
    }
}

#[tokio::test]
async fn a_file_exported_anew_is_news_once_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.csv");
    std::fs::write(&file, format!("{HEADER}1,a,2026-01-01,invoice,10.00\n")).unwrap();
    let ahead = Arc::new(AtomicI64::new(60));
    let wall = {
        let ahead = ahead.clone();
        Arc::new(move || sirank::clock::now() + TimeDelta::seconds(ahead.load(Ordering::Relaxed)))
    };
    let source = CsvSource::new(config(&file), wall);
    let mark = source.mark(any_day()).await.unwrap();
    assert_eq!(told(&source, &mark).await, Some(true), "nothing has changed");

    std::fs::write(&file, format!("{HEADER}1,a,2026-01-01,invoice,10.00\n2,a,2026-")).unwrap();
    ahead.store(0, Ordering::Relaxed);
    assert_eq!(
        told(&source, &mark).await,
        Some(true),
        "half a file is no news, and is not passed over either"
    );
    ahead.store(60, Ordering::Relaxed);
    assert_eq!(told(&source, &mark).await, None, "it is read whole");
}
