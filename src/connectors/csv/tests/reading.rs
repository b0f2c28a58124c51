use std::io::Write;
use std::path::Path;

use proptest::prelude::*;

use crate::connectors::csv::input::Form;
use crate::connectors::csv::paged::PagedFile;
use crate::connectors::csv::records::{Records, last_record_end};
use crate::connectors::csv::{CsvInput, Dialect, InputError};

fn records_of(text: &[u8]) -> Vec<(u64, Vec<String>)> {
    let mut bytes = text.to_vec();
    let mut records = Records::new(&mut bytes, 1, Dialect::PLAIN);
    let mut all = Vec::new();
    while let Some(record) = records.next() {
        let fields = (0..record.len()).map(|at| String::from_utf8_lossy(record.field(at)).into_owned());
        all.push((record.line, fields.collect()));
    }
    all
}

fn check(text: &str, expected: &[(u64, &[&str])]) {
    let expected: Vec<(u64, Vec<String>)> = expected
        .iter()
        .map(|(line, fields)| (*line, fields.iter().map(ToString::to_string).collect()))
        .collect();
    assert_eq!(records_of(text.as_bytes()), expected, "{text:?}");
}

#[test]
fn records_are_taken_apart() {
    check("a,b\n1,2\n", &[(1, &["a", "b"]), (2, &["1", "2"])]);
    check("a,b\r\n1,2", &[(1, &["a", "b"]), (2, &["1", "2"])]);
    check("a,,\n", &[(1, &["a", "", ""])]);
    check(" a , b \n", &[(1, &["a", "b"])]);
    check("\n\r\n  \na\n\n", &[(4, &["a"])]);
    check("\"a\"\"b\",\"c,d\"\r\n", &[(1, &["a\"b", "c,d"])]);
    check("\"two\nlines\",x\ny,z\n", &[(1, &["two\nlines", "x"]), (3, &["y", "z"])]);
    check("5\" pipe,x\n\"\"\n", &[(1, &["5\" pipe", "x"]), (2, &[""])]);
    check("\"a\"b,c\n", &[(1, &["ab", "c"])]);
    check("", &[]);
}

proptest! {
    /// Another implementation of the same format agrees on every text, valid or not.
    #[test]
    fn records_are_those_of_the_csv_crate(text in "[a\", \n]{0,40}") {
        let closed = last_record_end(text.as_bytes(), Dialect::PLAIN);
        prop_assume!(!closed.in_quotes);
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(text.as_bytes());
        let expected: Vec<Vec<String>> = reader
            .records()
            .map(|record| record.unwrap().iter().map(|field| field.trim_ascii().to_owned()).collect())
            .filter(|fields: &Vec<String>| fields.len() > 1 || !fields[0].is_empty())
            .collect();
        let found: Vec<Vec<String>> = records_of(text.as_bytes())
            .into_iter()
            .map(|(_, fields)| fields)
            .filter(|fields| fields.len() > 1 || !fields[0].is_empty())
            .collect();
        prop_assert_eq!(found, expected);
    }

    /// Wherever a text is cut, the records are the same.
    #[test]
    fn cutting_at_record_ends_keeps_the_records(text in "[a\", \n]{0,40}", at in 0_usize..40) {
        let at = at.min(text.len());
        prop_assume!(!last_record_end(text.as_bytes(), Dialect::PLAIN).in_quotes);
        let end = last_record_end(&text.as_bytes()[..at], Dialect::PLAIN).at.unwrap_or(0);
        let (head, tail) = text.as_bytes().split_at(end);
        let lines = memchr::memchr_iter(b'\n', head).count() as u64;
        let mut parts = records_of(head);
        parts.extend(records_of(tail).into_iter().map(|(line, fields)| (line + lines, fields)));
        prop_assert_eq!(parts, records_of(text.as_bytes()));
    }
}

fn file_of(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn data_lines(file: &Path) -> (Vec<u64>, usize) {
    let mut input = CsvInput::open(file).unwrap();
    let mut lines = Vec::new();
    let mut blocks = 0;
    while let Some(mut block) = input.next_block(Vec::new()).unwrap() {
        assert_eq!(block.index, blocks);
        blocks += 1;
        let mut records = block.records();
        while let Some(record) = records.next() {
            assert_eq!(record.len(), 2);
            lines.push(record.line);
        }
    }
    (lines, blocks)
}

#[test]
fn a_large_file_comes_in_blocks_of_whole_records() {
    let mut text = String::from("a,b\n");
    for row in 0..400_000 {
        text.push_str(if row % 1000 == 0 { "\"x\ny\",second\n" } else { "first,second\n" });
    }
    let mut line = 2;
    let expected: Vec<u64> = (0..400_000)
        .map(|row| {
            let begins = line;
            line += if row % 1000 == 0 { 2 } else { 1 };
            begins
        })
        .collect();
    let (lines, blocks) = data_lines(file_of(text.as_bytes()).path());
    assert!(blocks > 1);
    assert!(lines == expected);
}

#[test]
fn a_byte_order_mark_and_gzip_are_seen_through() {
    let plain = b"\xEF\xBB\xBFa,b\r\n1,2\r\n";
    let input = CsvInput::open(file_of(plain).path()).unwrap();
    assert!(input.header().require(input.file(), ["a", "b"]).is_ok());
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(plain).unwrap();
    let packed = file_of(&packed.finish().unwrap());
    assert_eq!(data_lines(packed.path()).0, [2]);
}

#[test]
fn rows_between_stray_quotation_marks_are_not_lost_unsaid() {
    let read = |rows: &str| {
        let file = file_of(format!("a,b\n{rows}").as_bytes());
        let mut open = PagedFile::open(file.path(), Form::default(), 0).unwrap();
        let mut read = 0;
        open.read(usize::MAX, |_| read += 1).map(|()| read).map_err(|error| error.to_string())
    };
    for (rows, expected) in [
        ("1,\"x\ny\"\n2,z\n", 2),
        ("1,\"x\ny\" \n2,z\n", 2),
        ("1,\"x\" y\n2,5\" pipe\n", 2),
        ("1,2,3\n1\n", 2), // told as what they are
    ] {
        assert_eq!(read(rows), Ok(expected), "{rows:?}");
    }
    for (rows, place) in [
        ("1,\"x\n2,\"y\n3,z\n", "rows 2 to 3"),
        ("0,z\n1,\"x\n2,y\n3\",z\n", "rows 3 to 5"),
        ("1,\"x\n2,\"y", "rows 2 to 3"),
    ] {
        let told = read(rows).unwrap_err();
        assert!(told.contains(place), "{rows:?}: {told}");
    }
}

fn error_of(bytes: &[u8]) -> String {
    let file = file_of(bytes);
    let error = CsvInput::open(file.path())
        .and_then(|mut input| {
            let columns = input.header().require(input.file(), ["a", "b"])?;
            assert_eq!(columns.width, input.header().width());
            while input.next_block(Vec::new())?.is_some() {}
            Ok(())
        })
        .unwrap_err();
    error.to_string().replace(&file.path().display().to_string(), "FILE")
}

#[test]
fn what_cannot_be_used_says_what_to_mend() {
    for (bytes, expected) in [
        (&b""[..], "FILE: is empty; its first line has to name the columns"),
        (b"\n\n", "FILE: is empty; its first line has to name the columns"),
        (
            b"\xFF\xFEa\0,\0",
            "FILE: is UTF-16 text; save it as UTF-8, or name its encoding in the settings of the source",
        ),
        (b"a,c\n", "FILE: the header lacks the column `b`; it has a, c"),
        (
            b"x;y\n",
            "FILE: the header lacks the columns `a`, `b`; it seems to be separated by semicolons, which is not what was expected",
        ),
        (
            b"a,c\r1,2\r",
            "FILE: the header lacks the column `b`; its lines end with a carriage return alone: save it with line ends of \
             Windows or Unix",
        ),
        (
            b"sep=,\na,b\n",
            "FILE: the header lacks the columns `a`, `b`; its first line tells spreadsheets the separator: pass over it with \
             `lines_before = 1`",
        ),
        (b"a,b,a\n", "FILE: the header has the column `a` twice; rename or remove one"),
        (
            b"a,b\n1,2\n\"3,4\n",
            "FILE: row 3: a quotation mark is opened and never closed, or the row does not end; \
             write a quotation mark inside a field twice (\"\")",
        ),
    ] {
        assert_eq!(error_of(bytes), expected);
    }
}

#[test]
fn a_missing_file_and_a_directory_are_unreadable() {
    for path in [Path::new("/nowhere/documents.csv"), Path::new("/")] {
        assert!(matches!(CsvInput::open(path), Err(InputError::Unreadable { .. })), "{path:?}");
    }
}

#[test]
fn a_cut_gzip_file_is_unreadable() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"a,b\n1,2\n").unwrap();
    let mut packed = packed.finish().unwrap();
    packed.truncate(packed.len() - 6);
    assert!(error_of(&packed).contains("cannot be read"));
}
