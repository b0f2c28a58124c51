//! The bytes of an XML file → text.
//!
//! Programs write UTF-8 with and without a mark, UTF-16, Windows-1252 under a declaration of ISO-8859-1, and Latin-1 bytes
//! under a declaration of UTF-8. A byte that is no UTF-8 in a text that should be is read as Windows-1252: what it stands
//! for is a letter of a name, never an amount.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Where a declaration of the encoding ends at the latest.
const DECLARATION: usize = 256;

/// The text, without a byte order mark and without blanks before it.
pub(super) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let encoding = Encoding::for_bom(bytes).map_or_else(|| encoding_of(bytes), |(encoding, _)| encoding);
    let text = if encoding == UTF_8 {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        }
    } else {
        encoding.decode_with_bom_removal(bytes).0
    };
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_start()),
        Cow::Owned(text) if text.starts_with(char::is_whitespace) => Cow::Owned(text.trim_start().to_owned()),
        owned @ Cow::Owned(_) => owned,
    }
}

fn encoding_of(bytes: &[u8]) -> &'static Encoding {
    match bytes {
        [b'<', 0, ..] => UTF_16LE,
        [0, b'<', ..] => UTF_16BE,
        _ => declared(bytes).unwrap_or(UTF_8),
    }
}

/// What `<?xml … encoding="…"?>` says. UTF-16 is known by its bytes: declared over others, it is wrong.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION)]);
    let declaration = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0;
    let (_, rest) = declaration.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = rest[1..].split(quote).next()?;
    Encoding::for_label(label.as_bytes()).filter(|encoding| ![UTF_16LE, UTF_16BE].contains(encoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_that_is_met_is_read() {
        let utf_16 = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(order).collect()
        };
        let with_mark = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        let table: [(Vec<u8>, &str); 10] = [
            ("<a>è</a>".into(), "<a>è</a>"),
            (with_mark(b"\xEF\xBB\xBF", "<a>è</a>".as_bytes()), "<a>è</a>"),
            ("\n  <a/>".into(), "<a/>"),
            (with_mark(b"\xFF\xFE", &utf_16("<a>è</a>", u16::to_le_bytes)), "<a>è</a>"),
            (with_mark(b"\xFE\xFF", &utf_16("<a>è</a>", u16::to_be_bytes)), "<a>è</a>"),
            (utf_16("<a>è</a>", u16::to_le_bytes), "<a>è</a>"),
            (b"<a>\xE8 \x80</a>".to_vec(), "<a>è €</a>"),
            (
                b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE8</a>".to_vec(),
                "<?xml version='1.0' encoding='ISO-8859-1'?><a>è</a>",
            ),
            (
                "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>è</a>".into(),
                "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>è</a>",
            ),
            (
                b"<?xml version=\"1.0\" encoding=\"windows-1252\" ?><a>\x92</a>".to_vec(),
                "<?xml version=\"1.0\" encoding=\"windows-1252\" ?><a>’</a>",
            ),
        ];
        for (bytes, text) in table {
            assert_eq!(text_of(&bytes), text);
        }
    }
}
