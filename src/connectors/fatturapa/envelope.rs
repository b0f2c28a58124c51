//! Signed envelopes: `CAdES`, so CMS `SignedData` (RFC 5652), in DER, in BER with indefinite lengths and chunked strings,
//! or in base64 with or without PEM lines; sometimes one in another. Signatures are not checked: whoever delivers an
//! invoice to the tax authority's exchange has to, and it did.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bcder::decode::{Constructed, DecodeError, Primitive, Source};
use bcder::{Mode, OctetString, Tag};

/// How many envelopes may be in each other.
const DEEPEST: usize = 5;
/// The object identifier of signed data, 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What is in the envelope, or the bytes themselves where they are no envelope.
///
/// # Errors
/// What is wrong with the envelope, for people.
pub(super) fn unwrapped(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    let mut inner = Cow::Borrowed(bytes);
    for _ in 0..DEEPEST {
        inner = match kind_of(&inner) {
            Kind::Xml => return Ok(inner),
            Kind::Cms => Cow::Owned(content(&inner)?),
            Kind::Base64 => Cow::Owned(decoded(&inner)?),
            Kind::Neither => return Err("it is neither XML nor a signed envelope".to_owned()),
        };
    }
    Err(format!("there are more than {DEEPEST} envelopes in each other"))
}

enum Kind {
    Xml,
    Cms,
    Base64,
    Neither,
}

fn kind_of(bytes: &[u8]) -> Kind {
    let marks: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];
    let unmarked = marks.iter().find_map(|mark| bytes.strip_prefix(*mark)).unwrap_or(bytes);
    let begins = unmarked.trim_ascii_start();
    match begins {
        [b'<', ..] | [0, b'<', ..] => Kind::Xml,
        [0x30, second, ..] if *second >= 0x80 => Kind::Cms,
        [first, ..] if first.is_ascii_alphanumeric() || matches!(first, b'-' | b'+' | b'/') => Kind::Base64,
        _ => Kind::Neither,
    }
}

/// Base64, whatever stands around it: line ends, PEM lines.
fn decoded(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let mut plain = Vec::with_capacity(bytes.len());
    for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
        if !line.starts_with(b"-----") {
            plain.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace() && **byte != 0));
        }
    }
    BASE64
        .decode(plain)
        .map_err(|error| format!("it is neither XML, nor a signed envelope, nor base64: {error}"))
}

/// `ContentInfo { contentType, [0] SignedData { version, digestAlgorithms, { eContentType, [0] eContent }, … } }`
fn content(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let content = Mode::Ber.decode(bytes, |outer| {
        let content = outer.take_sequence(|info| {
            if !is_signed_data(info)? {
                return Err(info.content_err("it is no signed data"));
            }
            info.take_constructed_if(Tag::CTX_0, |explicit| explicit.take_sequence(signed_data))
        })?;
        // Some programs fill the file up behind the envelope.
        Ok(content)
    });
    match content {
        Ok(Some(content)) => Ok(content.to_bytes().to_vec()),
        Ok(None) => Err("the signature is detached: there is no invoice in the envelope".to_owned()),
        Err(error) => Err(format!("the signed envelope is damaged: {error}")),
    }
}

fn is_signed_data<S: Source>(info: &mut Constructed<'_, S>) -> Result<bool, DecodeError<S::Error>> {
    info.take_primitive_if(Tag::OID, |oid| {
        let bytes = oid.take_all()?;
        Ok(bytes.as_ref() == SIGNED_DATA)
    })
}

fn signed_data<S: Source>(
    data: &mut Constructed<'_, S>,
) -> Result<Option<OctetString>, DecodeError<S::Error>> {
    data.take_primitive_if(Tag::INTEGER, skip)?;
    data.take_constructed_if(Tag::SET, skip_rest)?;
    let content = data.take_sequence(|encapsulated| {
        encapsulated.take_primitive_if(Tag::OID, skip)?;
        encapsulated.take_opt_constructed_if(Tag::CTX_0, OctetString::take_from)
    })?;
    // Certificates and signatures: damaged ones make a damaged envelope.
    skip_rest(data)?;
    Ok(content)
}

fn skip<S: Source>(value: &mut Primitive<'_, S>) -> Result<(), DecodeError<S::Error>> {
    value.skip_all()
}

/// Passes over what is left. (`skip_all` takes the end of an indefinite length for a value that is missing.)
fn skip_rest<S: Source>(rest: &mut Constructed<'_, S>) -> Result<(), DecodeError<S::Error>> {
    while rest.skip_opt(|_, _, _| Ok(()))?.is_some() {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82, length[0], length[1]], content].concat()
    }

    fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], content, &[0, 0]].concat()
    }

    fn envelope(content: &[u8], around: fn(u8, &[u8]) -> Vec<u8>) -> Vec<u8> {
        let oid = |bytes: &[u8]| [&[6, u8::try_from(bytes.len()).unwrap()], bytes].concat();
        let data =
            [oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01]), around(0xa0, content)].concat();
        let set = around(0x31, &value(0x30, &oid(&[0x2a, 0x03])));
        let signed = [vec![2, 1, 1], set.clone(), around(0x30, &data), set].concat();
        around(0x30, &[oid(SIGNED_DATA), around(0xa0, &around(0x30, &signed))].concat())
    }

    #[test]
    fn every_form_of_an_envelope_is_opened() {
        let xml = b"<a/>";
        let der = envelope(&value(4, xml), value);
        let chunks = indefinite(0x24, &[value(4, b"<a"), value(4, b"/>")].concat());
        let ber = envelope(&chunks, indefinite);
        let base64 = BASE64.encode(&ber);
        let pem = format!(
            "-----BEGIN PKCS7-----\r\n{}\r\n{}\r\n-----END PKCS7-----\r\n",
            &base64[..20],
            &base64[20..]
        );
        let nested = envelope(&value(4, &der), value);
        let in_base64 = envelope(&value(4, base64.as_bytes()), value);
        for (form, bytes) in [
            ("plain", xml.to_vec()),
            ("DER", der.clone()),
            ("BER", ber),
            ("base64", base64.into_bytes()),
            ("PEM", pem.into_bytes()),
            ("nested", nested),
            ("base64 inside", in_base64),
        ] {
            assert_eq!(unwrapped(&bytes).unwrap().as_ref(), xml, "{form}");
        }
    }

    #[test]
    fn a_damaged_envelope_is_refused() {
        let der = envelope(&value(4, b"<a/>"), value);
        for end in 1..der.len() {
            assert!(unwrapped(&der[..end]).is_err(), "cut at {end}");
        }
        let ber = envelope(&indefinite(0x24, &value(4, b"<a/>")), indefinite);
        for end in 1..ber.len() {
            assert!(unwrapped(&ber[..end]).is_err(), "cut at {end}");
        }
        let detached =
            envelope(
                &[],
                |tag, content| {
                    if tag == 0xa0 && content.is_empty() { Vec::new() } else { value(tag, content) }
                },
            );
        assert!(unwrapped(&detached).unwrap_err().contains("detached"));
        let mut deep = b"<a/>".to_vec();
        for _ in 0..=DEEPEST {
            deep = envelope(&value(4, &deep), value);
        }
        assert!(unwrapped(&deep).unwrap_err().contains("more than"));
        assert!(unwrapped(b"\x00\x01\x02").is_err() && unwrapped(b"").is_err());
    }
}
