//! A folder of e-invoices, and the state that remembers what was read of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use sirank::connectors::fatturapa::{FatturaPa, FatturaPaConfig, Own};
use sirank::domain::document::DocumentDraft;
use sirank::ports::{ChangedDocuments, Deleted, DocumentChanges, InvoiceSource, Mark};
use sirank::store::{Store, StoredFiles};
use tempfile::TempDir;

use super::writer::OWN;
use crate::any_day;

pub(crate) struct Folder {
    files: TempDir,
    state: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { files: TempDir::new().unwrap(), state: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.files.path()
    }

    /// Writes a file that has not changed for an hour.
    pub(crate) fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, content).unwrap();
        touch(&file, Duration::from_hours(1));
        file
    }

    pub(crate) fn source(&self) -> FatturaPa {
        self.source_of(self.path().to_owned(), &[OWN])
    }

    pub(crate) fn source_of(&self, folder: PathBuf, own: &[&str]) -> FatturaPa {
        let store = Arc::new(Store::open(&self.state.path().join("state")).unwrap());
        let own: Vec<String> = own.iter().map(ToString::to_string).collect();
        FatturaPa::new(FatturaPaConfig {
            name: "folder".into(),
            folder,
            own: Own::of(&own, &[]),
            count_asset_sales: false,
            settle: Duration::from_secs(5),
            index: Arc::new(StoredFiles::new(store, "folder".into())),
            wall: Arc::new(sirank::clock::now),
        })
    }
}

pub(super) fn touch(file: &Path, ago: Duration) {
    let file = std::fs::File::options().write(true).open(file).unwrap();
    file.set_modified(SystemTime::from(sirank::clock::now()) - ago).unwrap();
}

pub(super) async fn whole(source: &FatturaPa) -> Vec<DocumentDraft> {
    let (mut drafts, mut next) = (Vec::new(), None);
    loop {
        let page = source.documents(any_day(), next).await.unwrap();
        drafts.extend(page.items);
        next = page.next;
        if next.is_none() {
            return drafts;
        }
    }
}

/// What changed since a mark: the documents, those that are gone, and the new mark.
pub(super) async fn changed(source: &FatturaPa, since: &Mark) -> (Vec<DocumentDraft>, Vec<String>, Mark) {
    let ChangedDocuments::Page { page, mark } = source.changed(any_day(), since, None).await.unwrap() else {
        panic!("only a whole reading tells");
    };
    let mark = mark.expect("one page");
    let Deleted::Told(gone) = source.deleted(since, &mark).await.unwrap() else { panic!("not told") };
    (page.items, gone.into_iter().map(|id| id.to_string()).collect(), mark)
}
