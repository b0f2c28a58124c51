//! Looks through a folder: which files are new, changed or gone, by what the system says of them without opening any.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use walkdir::WalkDir;

use crate::ports::{FileIndex, FileReading, FileSignature, Trouble};

use super::config::{FatturaPaConfig, Own};
use super::file::{self, Kind};
use super::record::transmitted;

/// How many files are read and remembered at a time: each time waits for the disk once.
const BATCH: usize = 4_000;
/// How many bytes these may have together: what is remembered of them waits in memory.
const BATCH_BYTES: u64 = 64 << 20;

/// The kind of the notification that a file was refused.
const REFUSAL: &str = "NS";
/// How many refused files are remembered for who only looks.
const MOST_REFUSED: usize = 10_000;
/// Of how many files at a time the system is asked what they are.
const ASKED_FOR: usize = 10_000;

/// What a scan has found out before it opens anything.
pub(super) struct Listing {
    /// Files that are not known as they are.
    fresh: Vec<Fresh>,
    /// Files that were known and are no more.
    gone: Vec<String>,
    /// How long to wait until the youngest of them may be read.
    pub(super) settles_in: Duration,
}

struct Fresh {
    path: String,
    file: Option<PathBuf>,
    signature: FileSignature,
    size: u64,
    settled: bool,
}

/// What a scan did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scanned {
    /// Files that were opened.
    pub(super) opened: u64,
    /// Files that go on growing: they are read by the next scan.
    pub(super) growing: u64,
    /// Files that are no more.
    pub(super) gone: u64,
}

/// Compares the folder with what is known of it.
///
/// # Errors
/// Where a part of the folder cannot be looked at: what is in it would seem to be gone.
pub(super) fn list(config: &FatturaPaConfig, now: SystemTime) -> Result<Listing, Trouble> {
    let mut known = HashMap::new();
    let mut note = |path: &str, signature: &FileSignature| {
        known.insert(digest(path), digest(&signature.0));
    };
    config.index.files(&mut note).map_err(Trouble::State)?;
    let (mut fresh, mut settles_in) = (Vec::new(), Duration::ZERO);
    each_file(&config.folder, |found| {
        if known.remove(&digest(&found.path)) == Some(digest(&found.seen.signature.0)) {
            return;
        }
        // A time in the future is that of another clock: the file is looked at twice.
        let age = now.duration_since(found.seen.changed).unwrap_or(Duration::ZERO);
        let left = config.settle.saturating_sub(age);
        settles_in = settles_in.max(left);
        fresh.push(Fresh {
            path: found.path,
            file: found.file,
            signature: found.seen.signature,
            size: found.seen.size,
            settled: left.is_zero(),
        });
    })?;
    // Files that are beside each other mostly hold documents of one time, which the index keeps beside each other too.
    fresh.sort_unstable_by(|one: &Fresh, other| one.path.cmp(&other.path));
    let mut gone = Vec::new();
    if !known.is_empty() {
        let mut visit = |path: &str, _: &FileSignature| {
            if known.contains_key(&digest(path)) {
                gone.push(path.to_owned());
            }
        };
        // A file that has changed is in `fresh`, and no longer among the known ones.
        config.index.files(&mut visit).map_err(Trouble::State)?;
    }
    Ok(Listing { fresh, gone, settles_in })
}

/// Opens what is fresh, on all cores, and remembers what it holds.
pub(super) fn read(config: &FatturaPaConfig, listing: Listing) -> Result<Scanned, Trouble> {
    let mut scanned = Scanned { gone: listing.gone.len() as u64, ..Scanned::default() };
    config.index.forget(&listing.gone).map_err(Trouble::State)?;
    // While one batch is being remembered, the next one is read.
    let (send, receive) = std::sync::mpsc::sync_channel::<Vec<Option<FileReading>>>(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut fresh = listing.fresh.into_iter().peekable();
            while fresh.peek().is_some() {
                let batch = next_batch(&mut fresh);
                let read = batch.into_par_iter().map(|fresh| read_one(&config.folder, fresh, &config.own));
                if send.send(read.collect()).is_err() {
                    return;
                }
            }
        });
        for batch in receive {
            let readings: Vec<FileReading> = batch
                .into_iter()
                .filter_map(|reading| {
                    scanned.growing += u64::from(reading.is_none());
                    reading
                })
                .collect();
            scanned.opened += readings.len() as u64;
            config.index.put(&readings).map_err(Trouble::State)?;
        }
        Ok(scanned)
    })
}

/// The next files, at least one.
fn next_batch(fresh: &mut Peekable<impl Iterator<Item = Fresh>>) -> Vec<Fresh> {
    let (mut batch, mut room) = (Vec::new(), BATCH_BYTES);
    while batch.len() < BATCH
        && let Some(next) = fresh.next_if(|next| batch.is_empty() || next.size <= room)
    {
        room = room.saturating_sub(next.size);
        batch.push(next);
    }
    batch
}

/// None where the file is not what it was when it was listed: it is still being written. One that the system does not let
/// read is remembered as unknown, so that the next scan tries again.
fn read_one(folder: &Path, fresh: Fresh, own: &Own) -> Option<FileReading> {
    let Fresh { path, file, signature, settled, .. } = fresh;
    let file = file.unwrap_or_else(|| folder.join(&path));
    let is_as_listed = || seen(&file).is_some_and(|now| now.signature == signature);
    if !settled && !is_as_listed() {
        return None;
    }
    let reading = file::read(&file, &path, signature.clone(), own);
    is_as_listed().then_some(reading)
}

/// A file that may hold invoices.
struct Found {
    /// Its path below the folder.
    path: String,
    /// The file itself, where its path is no text.
    file: Option<PathBuf>,
    seen: Seen,
}

/// What the system says of a file.
struct Seen {
    signature: FileSignature,
    changed: SystemTime,
    size: u64,
}

fn each_file(folder: &Path, mut visit: impl FnMut(Found)) -> Result<(), Trouble> {
    if folder.is_file() {
        return Err(cannot_be_looked_at(folder, "it is no folder"));
    }
    let mut entries = WalkDir::new(folder).follow_links(true).into_iter();
    loop {
        let mut files = Vec::new();
        for entry in entries.by_ref() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) if leads_nowhere(&error) => continue,
                Err(error) => return Err(unreadable(folder, &error)),
            };
            if entry.file_type().is_file() && Kind::of(&entry.file_name().to_string_lossy()).is_some() {
                files.push(entry.into_path());
            }
            if files.len() == ASKED_FOR {
                break;
            }
        }
        if files.is_empty() {
            return Ok(());
        }
        // On all cores: on a network drive each answer has a long way.
        let found: Vec<Option<Found>> = files.into_par_iter().map(|file| found(folder, file)).collect();
        found.into_iter().flatten().for_each(&mut visit);
    }
}

/// None where it has gone since: then it is no more.
fn found(folder: &Path, file: PathBuf) -> Option<Found> {
    let seen = seen(&file)?;
    let below = file.strip_prefix(folder).unwrap_or(&file);
    let (path, is_text) = (as_text(below), below.to_str().is_some());
    Some(Found { path, file: (!is_text).then_some(file), seen })
}

/// Whether there is nothing behind an entry that could hold files: it has just gone, or it is a link to a folder that it
/// is in, or to a file that is no more. What was a folder before may be a share that is not mounted.
fn leads_nowhere(error: &walkdir::Error) -> bool {
    let is_gone = error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound);
    let may_be_a_folder =
        error.path().is_some_and(|path| path.is_symlink() && Kind::of(&path.to_string_lossy()).is_none());
    error.loop_ancestor().is_some() || (error.depth() > 0 && is_gone && !may_be_a_folder)
}

/// A path as text; bytes that are none are written as `%E0`, so that no two files have one path.
fn as_text(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // A String takes everything.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// What is in a folder, for who looks into a few files of it.
#[derive(Default)]
pub(super) struct Overview {
    /// Some files from all over the folder that are not named like notifications, in no order.
    pub(super) some: Vec<PathBuf>,
    /// How many files there are.
    pub(super) all: u64,
    /// Of them, those that are named like notifications.
    pub(super) notifications: u64,
    /// The names of files that are refused, by the names of notifications; not of more than a few thousand.
    pub(super) refused: HashSet<String>,
}

/// Looks over the folder, without opening anything.
pub(super) fn overview(folder: &Path, many: usize) -> Result<Overview, Trouble> {
    let mut overview = Overview::default();
    each_file(folder, |found| {
        overview.all += 1;
        if let Some((kind, of)) = notification(&found.path) {
            overview.notifications += 1;
            if kind == REFUSAL && overview.refused.len() < MOST_REFUSED {
                overview.refused.insert(transmitted(of));
            }
            return;
        }
        // Each has the same chance, and the same ones are taken each time (Vitter's algorithm R).
        let place = if overview.some.len() < many {
            overview.some.len()
        } else {
            let nth = u128::from(overview.all - overview.notifications);
            usize::try_from(digest(&found.path) % nth).unwrap_or(usize::MAX)
        };
        let file = found.file.unwrap_or_else(|| folder.join(found.path));
        if let Some(known) = overview.some.get_mut(place) {
            *known = file;
        } else if place < many {
            overview.some.push(file);
        }
    })?;
    Ok(overview)
}

/// `IT01234567897_00001_RC_001.xml`: the exchange puts its kind and a number behind the name of the file that it is about.
/// Its kind and the name of that file. Only for looking: what a file is, its content says.
fn notification(path: &str) -> Option<(&str, &str)> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let parts: Vec<&str> = name.split('.').next().unwrap_or_default().rsplitn(3, '_').collect();
    let is = |part: &str, of: fn(&u8) -> bool, length| part.len() == length && part.as_bytes().iter().all(of);
    match parts[..] {
        [number, kind, of] if is(number, u8::is_ascii_digit, 3) && is(kind, u8::is_ascii_uppercase, 2) => {
            Some((kind, of))
        }
        _ => None,
    }
}

fn unreadable(folder: &Path, error: &walkdir::Error) -> Trouble {
    let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
    cannot_be_looked_at(error.path().unwrap_or(folder), &why)
}

fn cannot_be_looked_at(place: &Path, why: &str) -> Trouble {
    Trouble::Input(format!(
        "{}: cannot be looked at: {why}. Nothing is forgotten of what was read there before; make it readable, or mount it",
        place.display()
    ))
}

fn seen(file: &Path) -> Option<Seen> {
    let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let changed = metadata.modified().ok()?;
    let since = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
    // A file that may be read now has another time of its permissions.
    let signature = FileSignature(format!("{}-{}-{}", metadata.len(), since.as_nanos(), number(&metadata)));
    Some(Seen { signature, changed, size: metadata.len() })
}

/// The file's own number, and the time when its name or its permissions last changed.
#[cfg(unix)]
fn number(metadata: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("{}-{}.{}", metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn number(_: &std::fs::Metadata) -> String {
    String::new()
}

/// Short enough to keep for every file of a large folder, long enough that two are never taken for one.
fn digest(text: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, text).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

/// What the index is told of how files are read.
pub(super) fn reading_of(config: &FatturaPaConfig) -> String {
    /// Raised whenever files are read in another way.
    const VERSION: u32 = 6;
    format!("{VERSION} {} {}", config.own.fingerprint(), config.count_asset_sales)
}

/// Has the index forget what was read in another way.
pub(super) fn prepare(index: &dyn FileIndex, reading: &str) -> Result<(), Trouble> {
    index.keep_if_read_as(reading).map_err(Trouble::State)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_are_known_by_their_names() {
        for name in ["IT01234567897_11111_RC_001.xml", "a/b.c/IT01234567897_00001_NS_012.xml.p7m"] {
            assert!(notification(name).is_some(), "{name}");
        }
        assert_eq!(notification("a/IT01_2_NS_001.xml"), Some((REFUSAL, "IT01_2")));
        for name in ["IT01234567897_00001.xml", "IT01234567897_RC001.xml", "fattura_12_001.xml", "a.xml", ""]
        {
            assert!(notification(name).is_none(), "{name}");
        }
    }
}
