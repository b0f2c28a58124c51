use std::sync::Arc;

use super::super::{Store, StoredFiles};
use crate::ports::{FileIndex, FileReading, FileRecord, FileSignature};

struct Files {
    index: StoredFiles,
    _folder: tempfile::TempDir,
}

fn files() -> Files {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&folder.path().join("state.db")).unwrap());
    Files { index: StoredFiles::new(store, "folder".into()), _folder: folder }
}

fn reading(path: &str, signature: &str, keys: &[&str]) -> FileReading {
    let record = |key: &&str| FileRecord {
        name: path.rsplit('!').next().unwrap().to_owned(),
        archive: path.split_once('!').map(|(archive, _)| archive.to_owned()),
        key: (*key).to_owned(),
        content: format!("{key} of {path}"),
    };
    FileReading {
        path: path.to_owned(),
        signature: FileSignature(signature.to_owned()),
        records: keys.iter().map(record).collect(),
        refuses: Vec::new(),
        is_withheld: false,
    }
}

#[test]
fn what_was_known_of_a_file_that_cannot_be_read_stays() {
    let files = files();
    let known = ["A", "B"].map(|key| (key.to_owned(), vec![format!("{key} of a.xml")]));
    files.index.put(&[reading("a.xml", "1", &["A", "B"])]).unwrap();
    let withheld = FileReading { is_withheld: true, ..reading("a.xml", "", &["a.xml"]) };
    files.index.put(std::slice::from_ref(&withheld)).unwrap();
    let with_why = [&known[..], &[("a.xml".to_owned(), vec!["a.xml of a.xml".to_owned()])]].concat();
    assert_eq!(files.keys(), with_why);
    let position = files.index.position().unwrap();
    files.index.put(&[withheld]).unwrap();
    assert_eq!((files.keys(), files.index.position().unwrap()), (with_why, position), "once");
    files.index.put(&[reading("a.xml", "2", &["A", "B"])]).unwrap();
    assert_eq!(files.keys(), known);
    // Of one that was never read there is nothing but that.
    files.index.put(&[FileReading { is_withheld: true, ..reading("b.xml", "", &["b.xml"]) }]).unwrap();
    assert_eq!(files.keys().len(), 3);
}

fn refusing(path: &str, name: &str) -> FileReading {
    FileReading { refuses: vec![name.to_owned()], ..reading(path, "1", &[]) }
}

impl Files {
    /// What is known of every key: the contents of its records, those of refused files in brackets.
    fn keys(&self) -> Vec<(String, Vec<String>)> {
        let mut keys: Vec<(String, Vec<String>)> = Vec::new();
        loop {
            let after = keys.last().map(|(key, _)| key.clone());
            let page = self.index.keys_after(after.as_deref(), 2).unwrap();
            if page.is_empty() {
                return keys;
            }
            keys.extend(page.into_iter().map(|keyed| {
                let shown = keyed.records.into_iter().map(|record| {
                    if record.refused { format!("[{}]", record.content) } else { record.content }
                });
                (keyed.key, shown.collect())
            }));
        }
    }

    /// The keys that changed from a position on, with the number of their records.
    fn changed(&self, since: u64) -> Vec<(String, usize)> {
        let until = self.index.position().unwrap() + 1;
        let changed = self.index.changed(since + 1..until, 100).unwrap();
        changed.into_iter().map(|(_, keyed)| (keyed.key, keyed.records.len())).collect()
    }
}

#[test]
fn a_record_of_several_files_is_one_key_and_goes_with_the_last_of_them() {
    let files = files();
    files.index.put(&[reading("a.xml", "1", &["K1", "K2"]), reading("b.xml", "1", &["K1", "K3"])]).unwrap();
    let both = vec!["K1 of a.xml".to_owned(), "K1 of b.xml".to_owned()];
    assert_eq!(files.keys()[0], ("K1".to_owned(), both));
    assert_eq!(files.keys().len(), 3);

    let read = files.index.position().unwrap();
    files.index.forget(&["a.xml".to_owned()]).unwrap();
    assert_eq!(files.changed(read), [("K1".to_owned(), 1), ("K2".to_owned(), 0)]);
    assert_eq!(files.keys().iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["K1", "K3"]);
}

#[test]
fn a_file_that_changed_is_what_it_is_now() {
    let files = files();
    files.index.put(&[reading("a.xml", "1", &["K1"])]).unwrap();
    let read = files.index.position().unwrap();
    files.index.put(&[reading("a.xml", "2", &["K2"])]).unwrap();
    assert_eq!(files.changed(read), [("K1".to_owned(), 0), ("K2".to_owned(), 1)]);
    let mut known = Vec::new();
    files.index.files(&mut |path, signature| known.push(format!("{path} {}", signature.0))).unwrap();
    assert_eq!(known, ["a.xml 2"]);
}

#[test]
fn a_refusal_counts_before_and_after_the_file_and_ends_with_its_own() {
    let files = files();
    files.index.put(&[refusing("ns1.xml", "a.xml"), reading("a.xml", "1", &["K1"])]).unwrap();
    files.index.put(&[reading("b.xml", "1", &["K2"])]).unwrap();
    let read = files.index.position().unwrap();
    files.index.put(&[refusing("ns2.xml", "b.xml")]).unwrap();
    assert_eq!(files.changed(read), [("K2".to_owned(), 1)]);
    let refused =
        |files: &Files| files.keys().into_iter().map(|(_, shown)| shown.concat()).collect::<Vec<_>>();
    assert_eq!(refused(&files), ["[K1 of a.xml]", "[K2 of b.xml]"]);

    let read = files.index.position().unwrap();
    files.index.forget(&["ns1.xml".to_owned()]).unwrap();
    assert_eq!(files.changed(read), [("K1".to_owned(), 1)]);
    assert_eq!(refused(&files), ["K1 of a.xml", "[K2 of b.xml]"]);
}

#[test]
fn an_archive_is_refused_with_all_that_is_in_it() {
    let files = files();
    let parts = ["lot.zip!a.xml", "lot.zip!b.xml", "other.zip!c.xml"].map(|path| reading(path, "1", &[path]));
    files.index.put(&parts).unwrap();
    let read = files.index.position().unwrap();
    files.index.put(&[refusing("ns.xml", "lot.zip")]).unwrap();
    let both = [("lot.zip!a.xml".to_owned(), 1), ("lot.zip!b.xml".to_owned(), 1)];
    assert_eq!(files.changed(read), both);
    let refused = || files.keys().iter().filter(|(_, shown)| shown[0].starts_with('[')).count();
    assert_eq!(refused(), 2);
    let read = files.index.position().unwrap();
    files.index.forget(&["ns.xml".to_owned()]).unwrap();
    assert_eq!((files.changed(read), refused()), (both.to_vec(), 0));
}

#[test]
fn what_was_read_in_another_way_is_read_again() {
    let files = files();
    files.index.keep_if_read_as("one way").unwrap();
    files.index.put(&[reading("a.xml", "1", &["K1"])]).unwrap();
    files.index.keep_if_read_as("one way").unwrap();
    assert_eq!(files.keys().len(), 1);
    let read = files.index.position().unwrap();
    files.index.keep_if_read_as("another way").unwrap();
    assert_eq!(files.changed(read), [("K1".to_owned(), 0)], "a document that is not read any more is gone");
    files.index.files(&mut |path, _| panic!("{path} is not known any more")).unwrap();
}
