//! XML, signed envelopes and base64 of e-invoices: whatever the bytes, the reader ends, within bounds, with records.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sirank::connectors::fatturapa::{Own, read_bytes};
use sirank::ports::FileSignature;

fuzz_target!(|bytes: &[u8]| {
    let own = Own::of(&["01234567890".to_owned()], &[]);
    let reading = read_bytes(bytes, "IT01234567890_00001.xml.p7m", FileSignature(String::new()), &own);
    assert!(reading.records.len() <= 1 + bytes.len() / 10, "more records than there is room for");
});
