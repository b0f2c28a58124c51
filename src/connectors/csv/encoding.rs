//! Text in other encodings than UTF-8, made UTF-8 while it is read.

use std::io::{self, Cursor, Read};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How the characters of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16 where the file begins with its mark, else UTF-8.
    Auto,
    /// UTF-8.
    Utf8,
    /// Windows-1252, of which ISO 8859-1 is a part.
    Windows1252,
    /// UTF-16; without a mark that says otherwise the low byte comes first.
    Utf16,
}

/// How much is decoded at a time.
const RAW: usize = 64 << 10;
/// The mark of UTF-16 with the low byte first.
const LOW_FIRST: [u8; 2] = [0xFF, 0xFE];
/// The mark of UTF-16 with the high byte first.
const HIGH_FIRST: [u8; 2] = [0xFE, 0xFF];

/// The text of a reader as UTF-8. What is UTF-8 already is not touched, whether it is valid or not.
pub(super) fn as_utf_8(
    mut raw: Box<dyn Read + Send>,
    encoding: Encoding,
) -> io::Result<Box<dyn Read + Send>> {
    if encoding == Encoding::Utf8 {
        return Ok(raw);
    }
    let mut mark = Vec::new();
    (&mut raw).take(2).read_to_end(&mut mark)?;
    let (low_first, high_first) = (mark == LOW_FIRST, mark == HIGH_FIRST);
    let whole = Box::new(Cursor::new(mark).chain(raw));
    Ok(match encoding {
        Encoding::Windows1252 => {
            Box::new(Transcoded::new(whole, WINDOWS_1252.new_decoder_without_bom_handling()))
        }
        _ if high_first => Box::new(Transcoded::new(whole, UTF_16BE.new_decoder_with_bom_removal())),
        Encoding::Utf16 => Box::new(Transcoded::new(whole, UTF_16LE.new_decoder_with_bom_removal())),
        _ if low_first => Box::new(Transcoded::new(whole, UTF_16LE.new_decoder_with_bom_removal())),
        Encoding::Auto | Encoding::Utf8 => whole,
    })
}

/// A reader of another encoding. Memory is bounded by two buffers.
struct Transcoded {
    inner: Box<dyn Read + Send>,
    decoder: Decoder,
    raw: Box<[u8]>,
    /// The part of `raw` that is not decoded yet.
    left: (usize, usize),
    text: Box<[u8]>,
    /// The part of `text` that is not handed on yet.
    ready: (usize, usize),
    /// Whether everything is decoded.
    done: bool,
}

impl Transcoded {
    fn new(inner: Box<dyn Read + Send>, decoder: Decoder) -> Self {
        let (raw, text) = (vec![0; RAW].into(), vec![0; 3 * RAW].into());
        Self { inner, decoder, raw, left: (0, 0), text, ready: (0, 0), done: false }
    }

    /// Decodes some more.
    fn refill(&mut self) -> io::Result<()> {
        if self.left.0 == self.left.1 {
            let read = loop {
                match self.inner.read(&mut self.raw) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            self.left = (0, read);
        }
        let last = self.left.1 == 0;
        let raw = &self.raw[self.left.0..self.left.1];
        let (result, read, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text, last);
        self.left.0 += read;
        self.ready = (0, written);
        self.done = last && result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl Read for Transcoded {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.ready.0 == self.ready.1 {
            if self.done {
                return Ok(0);
            }
            self.refill()?;
        }
        let count = out.len().min(self.ready.1 - self.ready.0);
        out[..count].copy_from_slice(&self.text[self.ready.0..][..count]);
        self.ready.0 += count;
        Ok(count)
    }
}
