use std::fs;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{matching, signature, until_settled};

#[test]
fn a_star_stands_for_any_text_in_the_last_part_of_a_path() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b-2.csv", "b-10.csv", "a.csv", "a.csv.gz", ".b-3.csv", "b.txt", "ab-1.csv.csv"] {
        fs::write(folder.path().join(name), "x").unwrap();
    }
    fs::create_dir(folder.path().join("b-folder.csv")).unwrap();
    let names = |pattern: &str| -> Vec<String> {
        let files = matching(&folder.path().join(pattern)).unwrap();
        files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names("b-*.csv"), ["b-10.csv", "b-2.csv"]);
    assert_eq!(names("*.csv"), ["a.csv", "ab-1.csv.csv", "b-10.csv", "b-2.csv"]);
    assert_eq!(names("a*"), ["a.csv", "a.csv.gz", "ab-1.csv.csv"]);
    assert_eq!(names("*b*.csv"), ["ab-1.csv.csv", "b-10.csv", "b-2.csv"]);
    assert_eq!(names("a*.csv.csv"), ["ab-1.csv.csv"]);
    assert_eq!(names(".b*"), [".b-3.csv"]);
    assert_eq!(names("missing.csv"), ["missing.csv"], "without a star it is looked for when it is read");
}

#[test]
fn what_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let error = |pattern: &str| {
        let error = matching(&folder.path().join(pattern)).unwrap_err().to_string();
        error.replace(&folder.path().display().to_string(), "FOLDER")
    };
    assert_eq!(
        error("*.csv"),
        "FOLDER/*.csv: no file there has such a name; mend `files`, or put the first file there"
    );
    assert!(error("gone/*.csv").starts_with("FOLDER/gone: cannot be listed: "));
    fs::write(folder.path().join("file"), "x").unwrap();
    assert!(error("file/*.csv").starts_with("FOLDER/file: cannot be listed: "));
}

#[test]
fn a_file_has_settled_when_it_was_left_alone_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    fs::write(&file, "x").unwrap();
    let written: DateTime<Utc> = file.metadata().unwrap().modified().unwrap().into();
    let wait = |after: i64, settle: u64| {
        let now = written + chrono::TimeDelta::seconds(after);
        until_settled(&file, now, Duration::from_secs(settle)).unwrap()
    };
    assert_eq!(wait(0, 5), Some(Duration::from_secs(5)));
    assert_eq!(wait(3, 5), Some(Duration::from_secs(2)));
    assert_eq!(wait(5, 5), None);
    assert_eq!(wait(0, 0), None);
    assert_eq!(wait(-60, 5), None, "the clock of another machine is ahead");
    assert!(until_settled(Path::new("missing.csv"), written, Duration::ZERO).is_err());
}

#[test]
fn another_file_under_the_name_has_another_signature() {
    let folder = tempfile::tempdir().unwrap();
    let (file, beside) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
    fs::write(&file, "1").unwrap();
    let before = signature(&file).unwrap();
    assert_eq!(signature(&file).unwrap(), before);
    fs::write(&beside, "2").unwrap();
    fs::rename(&beside, &file).unwrap();
    assert_ne!(signature(&file).unwrap(), before);
}
