//! Texts as keys of sixteen bytes, so that ten million document ids need no memory of their own.

use std::hash::{BuildHasher, RandomState};

/// The most bytes that a key holds as they are.
const INLINE: usize = 15;
/// The last byte of a key that stands for a longer text; no inline length reaches it.
const HASHED: u8 = 0xFF;

/// A text as a key.
///
/// Up to 15 bytes the key *is* the text, padded, with its length: two keys are equal exactly if the texts are. A longer
/// text is represented by 120 bits of `SipHash` under two independent random keys. `SipHash` is a pseudo-random function,
/// so whatever the texts are (they cannot be chosen against keys drawn at start), two different ones among `n` coincide
/// with a probability of about `n² / 2¹²¹`: for ten million documents 4 · 10⁻²³, less than that of the memory that
/// holds them being wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TextKey(u64, u64);

/// Makes keys and spreads them; one for all the keys that are compared with each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    low: RandomState,
    high: RandomState,
    spread: foldhash::fast::RandomState,
}

impl Keys {
    /// The key of a text.
    pub(super) fn key(&self, text: &[u8]) -> TextKey {
        let mut bytes = [0; 16];
        match u8::try_from(text.len()) {
            Ok(length) if text.len() <= INLINE => {
                bytes[..text.len()].copy_from_slice(text);
                bytes[INLINE] = length;
            }
            _ => {
                bytes[..8].copy_from_slice(&self.low.hash_one(text).to_le_bytes());
                bytes[8..].copy_from_slice(&self.high.hash_one(text).to_le_bytes());
                bytes[INLINE] = HASHED;
            }
        }
        let [low, high] = [0, 8].map(|from| {
            let mut half = [0; 8];
            half.copy_from_slice(&bytes[from..from + 8]);
            u64::from_le_bytes(half)
        });
        TextKey(low, high)
    }

    /// A hash of any text, for tables that compare the texts themselves.
    pub(super) fn hash_text(&self, text: &[u8]) -> u64 {
        self.spread.hash_one(text)
    }

    /// A hash of a key, for tables and buckets.
    pub(super) fn hash(&self, key: TextKey) -> u64 {
        self.spread.hash_one((key.0, key.1))
    }
}

impl TextKey {
    /// The text, where the key is the text.
    pub(super) fn text(self) -> Option<String> {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.0.to_le_bytes());
        bytes[8..].copy_from_slice(&self.1.to_le_bytes());
        let length = usize::from(bytes[INLINE]);
        bytes
            .get(..length)
            .filter(|_| length <= INLINE)
            .map(|text| String::from_utf8_lossy(text).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_texts_have_different_keys() {
        let keys = Keys::default();
        let texts = [
            "",
            "0",
            "\0",
            "\0\0",
            "a",
            "A",
            "a ",
            "123456789012345",
            "1234567890123456",
            "123456789012345\0",
        ];
        for (at, one) in texts.iter().enumerate() {
            for (other_at, other) in texts.iter().enumerate() {
                let same = keys.key(one.as_bytes()) == keys.key(other.as_bytes());
                assert_eq!(same, at == other_at, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn short_texts_can_be_had_back() {
        let keys = Keys::default();
        assert_eq!(keys.key(b"D00559").text().as_deref(), Some("D00559"));
        assert_eq!(keys.key(b"").text().as_deref(), Some(""));
        assert_eq!(keys.key(b"00000000-0000-0000-0000-000000000001").text(), None);
    }
}
