//! The S256 challenge of RFC 7636: SHA-256 (FIPS 180-4) in base64url without padding. Nothing here needs it to be fast.

/// The challenge that a verifier proves.
pub(super) fn challenge(verifier: &str) -> String {
    base64url(&sha256(verifier.as_bytes()))
}

/// The first 32 bits of the fractional parts of the roots of the first primes: `exact` for square roots of 8, and cube
/// roots of 64.
fn constants() -> ([u32; 8], [u32; 64]) {
    let mut primes = (2_u64..).filter(|n| (2..*n).all(|d| n % d != 0));
    let primes: [u64; 64] = std::array::from_fn(|_| primes.next().unwrap_or(2));
    let root = |prime: u64, power: u32| {
        // The largest r with r^power <= prime * 2^(32 * power), found bit by bit; its low 32 bits are the fraction.
        let fits = |r: u128| match power {
            2 => r * r <= u128::from(prime) << 64,
            // r has at most 35 bits, so its cube has at most 105.
            _ => r * r * r <= u128::from(prime) << 96,
        };
        (0..36).rev().fold(0_u128, |r, bit| if fits(r | 1 << bit) { r | 1 << bit } else { r })
    };
    let low = |r: u128| u32::try_from(r & 0xffff_ffff).unwrap_or(0);
    (std::array::from_fn(|at| low(root(primes[at], 2))), std::array::from_fn(|at| low(root(primes[at], 3))))
}

fn sha256(message: &[u8]) -> [u8; 32] {
    let (mut state, k) = constants();
    let bits = (message.len() as u64) * 8;
    let mut padded = message.to_vec();
    padded.push(0x80);
    // Room for the length in the last eight bytes of a block.
    padded.resize((padded.len() + 8).next_multiple_of(64), 0);
    let end = padded.len() - 8;
    padded[end..].copy_from_slice(&bits.to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut w = [0_u32; 64];
        for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
            *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        for at in 16..64 {
            let s0 = w[at - 15].rotate_right(7) ^ w[at - 15].rotate_right(18) ^ (w[at - 15] >> 3);
            let s1 = w[at - 2].rotate_right(17) ^ w[at - 2].rotate_right(19) ^ (w[at - 2] >> 10);
            w[at] = w[at - 16].wrapping_add(s0).wrapping_add(w[at - 7]).wrapping_add(s1);
        }
        let mut v = state;
        for at in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let t1 = v[7].wrapping_add(s1).wrapping_add(choice).wrapping_add(k[at]).wrapping_add(w[at]);
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(t1);
            v[0] = t1.wrapping_add(s0).wrapping_add(majority);
        }
        for (word, added) in state.iter_mut().zip(v) {
            *word = word.wrapping_add(added);
        }
    }
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits =
            (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        for letter in 0..=three.len() {
            text.push(char::from(LETTERS[bits >> (18 - 6 * letter) & 63]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_and_the_standards_hashes() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        // FIPS 180-4's example, one and two blocks.
        assert_eq!(sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
        let two = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(sha256(two)[..4], [0x24, 0x8d, 0x6a, 0x61]);
        assert_eq!(sha256(b"")[..4], [0xe3, 0xb0, 0xc4, 0x42]);
    }
}
