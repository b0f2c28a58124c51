//! Archives of e-invoices, and archives in them: whatever the bytes, the reader ends, within bounds, with records.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sirank::connectors::fatturapa::{Own, read_bytes};
use sirank::ports::FileSignature;

fuzz_target!(|bytes: &[u8]| {
    let own = Own::of(&["01234567890".to_owned()], &[]);
    read_bytes(bytes, "invoices.zip", FileSignature(String::new()), &own);
});
