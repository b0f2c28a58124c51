//! A folder of e-invoices: sirank's scan against walking, reading and parsing the same files and nothing else. See
//! `../README.md`.

#![expect(clippy::print_stdout, reason = "what is measured is printed")]

mod parse;
mod write;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sirank::clock::{instant, now};
use sirank::connectors::fatturapa::{FatturaPa, FatturaPaConfig, Own};
use sirank::domain::time::Day;
use sirank::ports::{DocumentChanges, FileIndex, FileReading, FileSignature, InvoiceSource, KeyedRecords};
use sirank::store::{Store, StoredFiles};

type Fallible<T> = Result<T, Box<dyn Error>>;

/// Each is measured so often, in turn; the best counts.
const ROUNDS: usize = 3;
/// The slowest that the scan may be, as a share of the rate of reading and parsing alone.
const SLOWEST: f64 = 0.5;

/// That of the product.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let given = |name: &str| {
        arguments.iter().position(|argument| argument == name).and_then(|place| arguments.get(place + 1))
    };
    let files: u32 = given("--files").map_or(Ok(100_000), |files| files.parse())?;
    let work = tempfile::tempdir()?;
    let folder = given("--data").map_or_else(|| work.path().join("files"), PathBuf::from);
    if !folder.exists() {
        let bytes = write::write(&folder, files)?;
        println!("{files} files of {} bytes on average, a tenth of them signed", bytes / u64::from(files));
    }
    let (mut parsing, mut scanning, mut reading, mut quiet) = (f64::MAX, f64::MAX, f64::MAX, f64::MAX);
    for round in 0..ROUNDS {
        let (seconds, parsed) = parse::parse(&folder)?;
        parsing = parsing.min(seconds);
        let state = work.path().join(format!("state-{round}"));
        let (source, opened) = source(&folder, &state)?;
        let begun = instant();
        let mark = source.mark(as_of()?).await?;
        let scanned = begun.elapsed().as_secs_f64();
        scanning = scanning.min(scanned);
        let documents = documents(&source).await?;
        reading = reading.min(begun.elapsed().as_secs_f64());
        assert_eq!(opened.swap(0, Ordering::Relaxed), parsed, "each file is opened once");
        assert_eq!(documents, parsed, "each holds an invoice of its own");
        let begun = instant();
        let again = source.mark(as_of()?).await?;
        quiet = quiet.min(begun.elapsed().as_secs_f64());
        assert_eq!((opened.load(Ordering::Relaxed), again), (0, mark), "the second scan opens none");
    }
    let rate = |seconds: f64| f64::from(files) / seconds;
    println!("walk, read and parse alone   {parsing:8.2} s {:10.0} files/s", rate(parsing));
    println!("scan into an empty state     {scanning:8.2} s {:10.0} files/s", rate(scanning));
    println!("the same and every document  {reading:8.2} s {:10.0} files/s", rate(reading));
    println!("scan of an unchanged folder  {quiet:8.2} s {:10.0} files/s, none opened", rate(quiet));
    println!("peak memory                  {:8} MB", peak_megabytes().unwrap_or_default());
    let share = parsing / scanning;
    println!("the scan has {share:.2} of the rate of reading and parsing alone; bound {SLOWEST}");
    if share < SLOWEST { Err("it is too slow".into()) } else { Ok(()) }
}

fn as_of() -> Fallible<Day> {
    Ok("2026-06-30".parse()?)
}

fn source(folder: &Path, state: &Path) -> Fallible<(FatturaPa, Arc<AtomicU64>)> {
    let opened = Arc::new(AtomicU64::new(0));
    let index = StoredFiles::new(Arc::new(Store::open(state)?), "folder".into());
    let source = FatturaPa::new(FatturaPaConfig {
        name: "folder".into(),
        folder: folder.to_owned(),
        own: Own::of(&[write::OWN.to_owned()], &[]),
        count_asset_sales: false,
        settle: Duration::from_secs(5),
        index: Arc::new(Counted { index, opened: opened.clone() }),
        wall: Arc::new(now),
    });
    Ok((source, opened))
}

async fn documents(source: &FatturaPa) -> Fallible<u64> {
    // The first page looks through the folder once more, as every run does.
    let (mut documents, mut next) = (0, None);
    loop {
        let page = source.documents(as_of()?, next).await?;
        documents += page.items.iter().filter(|draft| draft.fault.is_none()).count() as u64;
        next = page.next;
        if next.is_none() {
            return Ok(documents);
        }
    }
}

fn peak_megabytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(peak.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1_024)
}

/// Counts the files that were opened: each is handed to the index.
struct Counted {
    index: StoredFiles,
    opened: Arc<AtomicU64>,
}

impl FileIndex for Counted {
    fn keep_if_read_as(&self, reading: &str) -> Result<(), String> {
        self.index.keep_if_read_as(reading)
    }

    fn files(&self, visit: &mut dyn FnMut(&str, &FileSignature)) -> Result<(), String> {
        self.index.files(visit)
    }

    fn put(&self, readings: &[FileReading]) -> Result<(), String> {
        self.opened.fetch_add(readings.len() as u64, Ordering::Relaxed);
        self.index.put(readings)
    }

    fn forget(&self, paths: &[String]) -> Result<(), String> {
        self.index.forget(paths)
    }

    fn position(&self) -> Result<u64, String> {
        self.index.position()
    }

    fn keys_after(&self, key: Option<&str>, limit: usize) -> Result<Vec<KeyedRecords>, String> {
        self.index.keys_after(key, limit)
    }

    fn changed(
        &self,
        positions: std::ops::Range<u64>,
        limit: usize,
    ) -> Result<Vec<(u64, KeyedRecords)>, String> {
        self.index.changed(positions, limit)
    }
}
