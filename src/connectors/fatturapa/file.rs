//! One file → what it holds: invoices of the company, the refusal of another file, or nothing of interest.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::ports::{FileReading, FileSignature};

use super::config::Own;
use super::envelope::unwrapped;
use super::invoice::{Content, Invoice};
use super::record::{Remembered, transmitted};
use super::text::text_of;
use super::xml;

/// The largest file that is taken for an invoice, with all of its attachments. The exchange accepts 5 MB, archives 30 MB.
const LARGEST: u64 = 64 << 20;
/// How many files an archive may hold, those of archives in it with it.
const MOST_PARTS: usize = 200_000;
/// How many files of an archive that cannot be read are told one by one.
const MOST_FAULTS: usize = 500;
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
/// without its signature, so that it is tried again by the next scan: a share may be back, or a permission be given.
pub(super) fn read(file: &Path, path: &str, signature: FileSignature, own: &Own) -> FileReading {
    match open(file, path) {
        Ok(opened) => reading(path, signature, own, |holds| holds.opened(opened, path)),
        Err(error) => {
            let fault = format!("it cannot be read: {error}");
            reading(path, FileSignature(String::new()), own, |_| Err(fault))
        }
    }
}

/// Reads the bytes of a file as [`FatturaPa`](super::FatturaPa) does: the way in for whoever tests the reader.
pub fn read_bytes(bytes: &[u8], path: &str, signature: FileSignature, own: &Own) -> FileReading {
    let opened = match Kind::of(path) {
        Some(Kind::Archive) => Opened::Archive(Cursor::new(bytes), bytes.len() as u64),
        _ => Opened::Bytes(bytes.to_vec()),
    };
    reading(path, signature, own, |holds| holds.opened(opened, path))
}

fn reading(
    path: &str,
    signature: FileSignature,
    own: &Own,
    read: impl FnOnce(&mut Holds<'_>) -> Result<(), String>,
) -> FileReading {
    let mut holds = Holds { own, records: Vec::new(), refuses: Vec::new(), room: 0, parts: 0, faults: 0 };
    if let Err(fault) = read(&mut holds) {
        holds.fault(path, fault);
    }
    FileReading { path: path.to_owned(), signature, records: holds.records, refuses: holds.refuses }
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
    records: Vec<crate::ports::FileRecord>,
    refuses: Vec<String>,
    /// How many bytes its archives may still unpack to.
    room: u64,
    /// How many files its archives had so far.
    parts: usize,
    /// How many of them cannot be read.
    faults: usize,
}

impl Holds<'_> {
    fn opened(&mut self, opened: Opened<impl Read + Seek>, path: &str) -> Result<(), String> {
        match opened {
            Opened::Bytes(bytes) => self.document(&bytes, path),
            Opened::Archive(archive, size) => {
                self.room = size.saturating_mul(UNPACKS_TO).clamp(*ROOM.start(), *ROOM.end());
                self.archive(archive, path, 1)
            }
        }
    }

    fn archive(&mut self, archive: impl Read + Seek, path: &str, depth: usize) -> Result<(), String> {
        let mut archive = ZipArchive::new(archive).map_err(|error| broken_archive(&error))?;
        self.parts = self.parts.saturating_add(archive.len());
        if self.parts > MOST_PARTS {
            return Err(format!("the archive holds more than {MOST_PARTS} files"));
        }
        for part in 0..archive.len() {
            let raw = archive.by_index_raw(part).map_err(|error| broken_archive(&error))?;
            let name = raw.name().map_err(|error| broken_archive(&error))?;
            if raw.is_dir() || Kind::of(&name).is_none() {
                continue;
            }
            if self.room == 0 {
                return Err("the archive unpacks to more than any archive of invoices".to_owned());
            }
            let place = format!("{path}!{name}");
            drop(raw);
            if let Err(fault) = self.part(&mut archive, part, &place, depth) {
                self.fault(&place, fault);
            }
        }
        Ok(())
    }

    fn part(
        &mut self,
        archive: &mut ZipArchive<impl Read + Seek>,
        part: usize,
        place: &str,
        depth: usize,
    ) -> Result<(), String> {
        let mut bytes = Vec::new();
        {
            let part = archive.by_index(part).map_err(|error| broken_archive(&error))?;
            let limit = (LARGEST + 1).min(self.room);
            part.take(limit)
                .read_to_end(&mut bytes)
                .map_err(|error| format!("the archive is damaged: {error}"))?;
        }
        self.room = self.room.saturating_sub(bytes.len() as u64);
        if self.room == 0 {
            return Err(
                "what is before it in the archive, and it, unpack to more than any archive of invoices"
                    .to_owned(),
            );
        }
        if Kind::of(place) != Some(Kind::Archive) {
            return self.document(&bytes, place);
        }
        too_large(&bytes)?;
        if depth == DEEPEST_ARCHIVE {
            return Err(format!("archives are more than {DEEPEST_ARCHIVE} deep in each other"));
        }
        self.archive(Cursor::new(bytes), place, depth + 1)
    }

    fn document(&mut self, bytes: &[u8], place: &str) -> Result<(), String> {
        too_large(bytes)?;
        if bytes.trim_ascii().is_empty() {
            return Err("it is empty".to_owned());
        }
        match xml::read(&text_of(&unwrapped(bytes)?))? {
            Content::Other(_) => {}
            Content::Refusal(name) => self.refuses.push(transmitted(&name)),
            Content::Invoice(invoice) => self.invoice(*invoice, place),
        }
        Ok(())
    }

    fn invoice(&mut self, invoice: Invoice, place: &str) {
        if !self.own.is(&invoice.header.seller) {
            return;
        }
        let several = invoice.bodies.len() > 1;
        for (number, body) in (1..).zip(invoice.bodies) {
            let place = if several { format!("{place}: document {number}") } else { place.to_owned() };
            self.records.push(Remembered::of(&invoice.header, body, place).record());
        }
    }

    fn fault(&mut self, place: &str, fault: String) {
        self.faults += 1;
        let fault = match self.faults.cmp(&MOST_FAULTS) {
            Ordering::Less => fault,
            Ordering::Equal => "it and others of the archive cannot be read; they are not listed".to_owned(),
            Ordering::Greater => return,
        };
        self.records.push(Remembered::unreadable(place.to_owned(), fault).record());
    }
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
        let mut holds =
            Holds { own: &own, records: Vec::new(), refuses: Vec::new(), room: 1_050, parts: 0, faults: 0 };
        let told = holds.archive(Cursor::new(archive), "a.zip", 1).unwrap_err();
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

    fn zip(parts: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            archive.start_file(name, SimpleFileOptions::default()).unwrap();
            archive.write_all(&bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }
}
