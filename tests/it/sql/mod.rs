//! Databases as sources: real servers, where `tests/databases/run` has started them.

mod aggregated;
mod reading;
pub(crate) mod servers;
mod sqlserver;
mod trouble;

use sirank::connectors::sql::{SqlConfig, SqlSource};
use sirank::domain::document::DocumentDraft;
use sirank::domain::time::Day;
use sirank::ports::InvoiceSource;

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Every document of a source.
pub(crate) async fn all(config: SqlConfig, as_of: Day) -> Vec<DocumentDraft> {
    let source = SqlSource::new(config);
    let mut documents = Vec::new();
    let mut from = None;
    loop {
        let page = source.documents(as_of, from).await.unwrap();
        documents.extend(page.items);
        from = page.next;
        if from.is_none() {
            return documents;
        }
    }
}
