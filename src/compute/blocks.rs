//! Parsing a file on several threads: one reads, all parse.

use std::sync::Mutex;

use crate::connectors::csv::{Block, CsvInput, InputError};

/// Parses every block of a file and returns what came of them in the order of the file.
///
/// Whichever thread is free reads the next block, under a lock, and parses it outside of the lock. Reading from memory
/// or disk takes a small part of the time of parsing, so the lock is hardly ever waited for. The first error stops
/// all threads.
pub(super) fn parse_all<T: Send>(
    input: CsvInput,
    threads: usize,
    parse: impl Fn(&mut Block) -> Result<T, InputError> + Sync,
) -> Result<Vec<T>, InputError> {
    let shared = Mutex::new(Some(input));
    let mut parts = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads.max(1)).map(|_| scope.spawn(|| parse_some(&shared, &parse))).collect();
        let mut parts = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(some) => parts.extend(some?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(parts)
    })?;
    parts.sort_by_key(|(index, _)| *index);
    Ok(parts.into_iter().map(|(_, part)| part).collect())
}

/// Parses blocks until the file ends, with the number of each.
fn parse_some<T>(
    shared: &Mutex<Option<CsvInput>>,
    parse: impl Fn(&mut Block) -> Result<T, InputError>,
) -> Result<Vec<(usize, T)>, InputError> {
    let mut parts = Vec::new();
    let mut buffer = Vec::new();
    while let Some(mut block) = next_block(shared, buffer)? {
        parts.push((block.index, parse(&mut block).inspect_err(|_| close(shared))?));
        buffer = block.into_bytes();
    }
    Ok(parts)
}

/// Ends the reading for all threads.
fn close(shared: &Mutex<Option<CsvInput>>) {
    *shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
}

/// The next block; none at the end, and none after an error, which only the thread that met it returns.
fn next_block(shared: &Mutex<Option<CsvInput>>, buffer: Vec<u8>) -> Result<Option<Block>, InputError> {
    let mut input = shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let Some(open) = input.as_mut() else { return Ok(None) };
    let block = open.next_block(buffer);
    if !matches!(block, Ok(Some(_))) {
        *input = None;
    }
    block
}
