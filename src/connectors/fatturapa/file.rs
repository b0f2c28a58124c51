//! One file → what it holds: invoices of the company, the refusal of another file, or nothing of interest.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::ports::{FileReading, FileRecord, FileSignature};

use super::config::Own;
use super::envelope::unwrapped;
use super::invoice::{Content, Invoice};
use super::record::{Place, Remembered, transmitted};
use super::text::text_of;
use super::xml;

/// The largest file that is taken for an invoice, with all of its attachments. The exchange accepts 5 MB, archives 30 MB.
const LARGEST: u64 = 64 << 20;
/// How many files an archive may hold, those of archives in it with it.
const MOST_PARTS: usize = 200_000;
/// How many files of an archive that cannot be read are told one by one.
const MOST_FAULTS: usize = 500;
/// How many bytes may be remembered of a file: that many documents are in no archive.
const MOST_KEPT: usize = 128 << 20;
/// How many archives may be in each other.
const DEEPEST_ARCHIVE: usize = 2;
/// What all parts of an archive together may unpack to, however large it is, and however small.
const ROOM: std::ops::RangeInclusive<u64> = 1 << 30..=16 << 30;
/// How many times its own size an archive of any other size may unpack to: invoices have a tenth of theirs when packed.
const UNPACKS_TO: u64 = 100;

/// The kinds of files that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Xml,
    Envelope,
    Archive,
}

impl Kind {
    /// By the name's ending; none for all other files.
    pub(super) fn of(name: &str) -> Option<Self> {
        let ends_in = |ending: &str| {
            name.len()
                .checked_sub(ending.len())
                .and_then(|at| name.get(at..))
                .is_some_and(|end| end.eq_ignore_ascii_case(ending))
        };
        if ends_in(".xml") {
            Some(Self::Xml)
        } else if ends_in(".p7m") {
            Some(Self::Envelope)
        } else if ends_in(".zip") {
            Some(Self::Archive)
        } else {
            None
        }
    }
}

/// Reads a file. What cannot be read of it is a record that says why. A file that the system did not let read is remembered
/// without its signature, so that it is tried again by the next scan: a share may be back, or a permission be given. Until
/// then what was known of it counts.
pub(super) fn read(file: &Path, path: &str, signature: FileSignature, own: &Own) -> FileReading {
    match open(file, path) {
        Ok(opened) => reading(path, signature, own, |holds, place| holds.opened(opened, place)),
        Err(error) => {
            let fault = format!("it cannot be read: {error}");
            let reading = reading(path, FileSignature(String::new()), own, |_, _| Err(fault));
            FileReading { is_withheld: true, ..reading }
        }
    }
}

/// Reads the bytes of a file as [`FatturaPa`](super::FatturaPa) does: the way in for whoever tests the reader.
pub fn read_bytes(bytes: &[u8], path: &str, signature: FileSignature, own: &Own) -> FileReading {
    let opened = match Kind::of(path) {
        Some(Kind::Archive) => Opened::Archive(Cursor::new(bytes), bytes.len() as u64),
        _ => Opened::Bytes(bytes.to_vec()),
    };
    reading(path, signature, own, |holds, place| holds.opened(opened, place))
}

fn reading(
    path: &str,
    signature: FileSignature,
    own: &Own,
    read: impl FnOnce(&mut Holds<'_>, &Place) -> Result<(), String>,
) -> FileReading {
    let (mut holds, place) = (Holds::of(own), Place::file(path));
    if let Err(fault) = read(&mut holds, &place) {
        holds.fault(&place, fault);
    }
    let Holds { records, refuses, .. } = holds;
    FileReading { path: path.to_owned(), signature, records, refuses, is_withheld: false }
}

/// A file that the system let read.
enum Opened<A> {
    Bytes(Vec<u8>),
    /// An archive and its size.
    Archive(A, u64),
}

fn open(file: &Path, path: &str) -> io::Result<Opened<File>> {
    let file = File::open(file)?;
    let size = file.metadata()?.len();
    if Kind::of(path) == Some(Kind::Archive) {
        return Ok(Opened::Archive(file, size));
    }
    // With room for one more, the end is known without asking for room again.
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(LARGEST)).map_or(0, |size| size + 1));
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(Opened::Bytes(bytes))
}

/// What a file holds.
struct Holds<'a> {
    own: &'a Own,
    records: Vec<FileRecord>,
    refuses: Vec<String>,
    /// How many bytes of all that may still be remembered.
    keeps: usize,
    /// How many bytes its archives may still unpack to.
    room: u64,
    /// How many files its archives had so far.
    parts: usize,
    /// How many of them cannot be read.
    faults: usize,
}

impl<'a> Holds<'a> {
    fn of(own: &'a Own) -> Self {
        let (records, refuses) = (Vec::new(), Vec::new());
        Self { own, records, refuses, keeps: MOST_KEPT, room: 0, parts: 0, faults: 0 }
    }

    fn opened(&mut self, opened: Opened<impl Read + Seek>, place: &Place) -> Result<(), String> {
        match opened {
            Opened::Bytes(bytes) => self.document(&bytes, place),
            Opened::Archive(archive, size) => {
                self.room = size.saturating_mul(UNPACKS_TO).clamp(*ROOM.start(), *ROOM.end());
                self.archive(archive, place, 1)
            }
        }
    }

    fn archive(&mut self, mut archive: impl Read + Seek, place: &Place, depth: usize) -> Result<(), String> {
        let entries =
            entries_of(&mut archive).map_err(|error| format!("the archive cannot be read: {error}"))?;
        let mut archive = ZipArchive::new(archive).map_err(|error| broken_archive(&error))?;
        self.parts = self.parts.saturating_add(archive.len());
        if self.parts > MOST_PARTS {
            return Err(format!("the archive holds more than {MOST_PARTS} files"));
        }
        for part in 0..archive.len() {
            // By the archive's list alone: what is damaged is no reason to pass over what is behind it.
            let name = match archive.name_for_index(part).transpose() {
                Ok(name) => name.unwrap_or_default().into_owned(),
                Err(error) => {
                    self.fault(&place.part(&format!("file {}", part + 1)), broken_archive(&error));
                    continue;
                }
            };
            if Kind::of(&name).is_none() {
                continue;
            }
            if self.room == 0 {
                return Err("the archive unpacks to more than any archive of invoices".to_owned());
            }
            let place = place.part(&name);
            if let Err(fault) = self.part(&mut archive, part, &place, depth) {
                self.fault(&place, fault);
            }
        }
        if entries.is_some_and(|entries| entries != low_16_bits(archive.len())) {
            return Err(
                "several files in the archive have one name, and only the last of each was read: unpack it"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn part(
        &mut self,
        archive: &mut ZipArchive<impl Read + Seek>,
        part: usize,
        place: &Place,
        depth: usize,
    ) -> Result<(), String> {
        let mut bytes = Vec::new();
        {
            let part = archive.by_index(part).map_err(|error| broken_archive(&error))?;
            if part.is_dir() {
                return Ok(());
            }
            let limit = (LARGEST + 1).min(self.room);
            part.take(limit)
                .read_to_end(&mut bytes)
                .map_err(|error| format!("it cannot be unpacked: {error}"))?;
        }
        self.room = self.room.saturating_sub(bytes.len() as u64);
        if self.room == 0 {
            return Err(
                "what is before it in the archive, and it, unpack to more than any archive of invoices"
                    .to_owned(),
            );
        }
        if Kind::of(place.name()) != Some(Kind::Archive) {
            return self.document(&bytes, place);
        }
        too_large(&bytes)?;
        if depth == DEEPEST_ARCHIVE {
            return Err(format!("archives are more than {DEEPEST_ARCHIVE} deep in each other"));
        }
        self.archive(Cursor::new(bytes), place, depth + 1)
    }

    fn document(&mut self, bytes: &[u8], place: &Place) -> Result<(), String> {
        too_large(bytes)?;
        if bytes.trim_ascii().is_empty() {
            return Err("it is empty".to_owned());
        }
        match xml::read(&text_of(&unwrapped(bytes)?))? {
            Content::Other(_) => {}
            Content::Refusal(name) => self.refuses.push(transmitted(&name)),
            Content::Invoice(invoice) => self.invoice(*invoice, place)?,
        }
        Ok(())
    }

    fn invoice(&mut self, invoice: Invoice, place: &Place) -> Result<(), String> {
        if !self.own.is(&invoice.header.seller) {
            return Ok(());
        }
        let several = invoice.bodies.len() > 1;
        for (number, body) in (1..).zip(invoice.bodies) {
            let place = if several { &place.document(number) } else { place };
            let record = Remembered::of(&invoice.header, body, place).record(place);
            let left = self.keeps.checked_sub(record.content.len() + record.key.len());
            self.keeps = left.ok_or("it holds more documents than any file of invoices")?;
            self.records.push(record);
        }
        Ok(())
    }

    fn fault(&mut self, place: &Place, fault: String) {
        self.faults += 1;
        let fault = match self.faults.cmp(&MOST_FAULTS) {
            Ordering::Less => fault,
            Ordering::Equal => "it and others of the archive cannot be read; they are not listed".to_owned(),
            Ordering::Greater => return,
        };
        self.records.push(Remembered::unreadable(place, fault).record(place));
    }
}

/// How many files an archive says that it holds, in the lowest 16 bits: of those that have one name, all but one are passed
/// over by the reader. None where that is not said (APPNOTE.TXT of PKWARE, 4.3.16: the end of central directory record).
fn entries_of(archive: &mut (impl Read + Seek)) -> io::Result<Option<u16>> {
    const MARK: &[u8] = b"PK\x05\x06";
    const LENGTH: usize = 22;
    const LONGEST_COMMENT: u64 = u16::MAX as u64;
    let size = archive.seek(io::SeekFrom::End(0))?;
    let from = size.saturating_sub(LENGTH as u64 + LONGEST_COMMENT);
    archive.seek(io::SeekFrom::Start(from))?;
    let mut end = Vec::new();
    archive.take(LENGTH as u64 + LONGEST_COMMENT).read_to_end(&mut end)?;
    archive.rewind()?;
    let record = memchr::memmem::rfind(&end, MARK).and_then(|at| end.get(at..at + LENGTH));
    let entries = record.map(|record| u16::from_le_bytes([record[10], record[11]]));
    // All ones: it is said elsewhere, in an archive of more than that.
    Ok(entries.filter(|entries| *entries != u16::MAX))
}

fn low_16_bits(length: usize) -> u16 {
    u16::try_from(length & usize::from(u16::MAX)).unwrap_or(u16::MAX)
}

fn too_large(bytes: &[u8]) -> Result<(), String> {
    if bytes.len() as u64 > LARGEST {
        return Err(format!("it is larger than {} MiB, so it is no invoice", LARGEST >> 20));
    }
    Ok(())
}

fn broken_archive(error: &ZipError) -> String {
    match error {
        ZipError::UnsupportedArchive(what) if what.contains("assword") => {
            "the archive is protected by a password: unpack it".to_owned()
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            "the archive is packed in a way that is not read here: unpack it".to_owned()
        }
        error => format!("the archive cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    #[test]
    fn what_the_system_does_not_let_read_is_tried_again() {
        let signature = FileSignature("as it is".to_owned());
        let reading = read(Path::new("/nowhere/a.xml"), "a.xml", signature.clone(), &Own::default());
        assert_ne!(reading.signature, signature);
        assert!(reading.records[0].content.contains("it cannot be read"), "{reading:?}");
    }

    #[test]
    fn an_archive_that_unpacks_without_end_is_given_up() {
        let archive = zip((0..1_000).map(|part| (format!("{part}.xml"), vec![b' '; 100])));
        let own = Own::default();
        let mut holds = Holds { room: 1_050, ..Holds::of(&own) };
        let told = holds.archive(Cursor::new(archive), &Place::file("a.zip"), 1).unwrap_err();
        assert!(told.contains("more than any archive of invoices"), "{told}");
        assert_eq!(holds.records.len(), 11, "ten empty ones, and the one with which the room was full");
    }

    #[test]
    fn archives_of_empty_files_in_each_other_are_given_up() {
        let inner = zip((0..60_000).map(|part| (format!("{part}.xml"), Vec::new())));
        let outer = zip((0..5).map(|part| (format!("{part}.zip"), inner.clone())));
        let reading = read_bytes(&outer, "a.zip", FileSignature(String::new()), &Own::default());
        assert_eq!(reading.records.len(), MOST_FAULTS, "those that are told one by one");
        let last = &reading.records[MOST_FAULTS - 1].content;
        assert!(last.contains("and others of the archive cannot be read"), "{last}");
    }

    #[test]
    fn files_of_one_name_in_an_archive_are_told() {
        // The writer refuses a name twice, so another of the same length is put in its place.
        let mut archive = zip([("a.xml", "<x/>"), ("b.xml", "<x/>")]
            .map(|(name, text)| (name.to_owned(), text.into()))
            .into_iter());
        while let Some(at) = memchr::memmem::find(&archive, b"b.xml") {
            archive[at] = b'a';
        }
        let reading = read_bytes(&archive, "c.zip", FileSignature(String::new()), &Own::default());
        let [told] = &reading.records[..] else { panic!("{reading:?}") };
        assert!(told.content.contains("have one name"), "{told:?}");
    }

    #[test]
    fn a_damaged_file_of_an_archive_does_not_hide_those_behind_it() {
        let mut archive =
            zip(["a.xml", "b.xml", "c.xml"].map(|name| (name.to_owned(), Vec::new())).into_iter());
        let at = memchr::memmem::find(&archive, b"b.xml").unwrap();
        archive[at - 30] = b'x'; // the mark of its own header
        let reading = read_bytes(&archive, "d.zip", FileSignature(String::new()), &Own::default());
        let told: Vec<&str> = reading.records.iter().map(|record| record.content.as_str()).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[1].contains("cannot be read") && told[2].contains("it is empty"), "{told:?}");
    }

    #[test]
    fn a_file_is_refused_by_its_name_whatever_is_in_it() {
        let own = Own::default();
        let mut holds = Holds::of(&own);
        let place = Place::file("a!b/c!d.zip").part("e\\!f.xml");
        holds.fault(&place, "x".to_owned());
        assert_eq!(holds.records[0].name, "!f");
        assert_eq!(holds.records[0].archive.as_deref(), Some("c!d.zip"));
    }

    fn zip(parts: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            archive.start_file(name, SimpleFileOptions::default()).unwrap();
            archive.write_all(&bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }
}
