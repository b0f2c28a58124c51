//! Reads e-invoices and notifications as a stream of elements, known by their local names.
//!
//! The root element is read by hand: its namespaces are what programs get wrong (a quotation mark too many, a blank in the
//! address), and nothing of them is needed. Attachments and signatures are passed over without being copied.
//!
//! # Guarantees
//! Entities are never expanded beyond the five of XML, depth and length of what is kept are bounded, and no element is read
//! twice: the time is that of reading the text once.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::fields::Fields;
use super::invoice::Content;

/// How deep elements may be in each other. An invoice has a dozen.
const DEEPEST: usize = 64;
/// The longest text that is kept of an element, in bytes. The longest that is read may have 80 characters.
const LONGEST: usize = 256;
/// How many reasons of a refusal are looked at.
const MOST_CODES: usize = 100;
/// How many documents a file may hold. The exchange takes 5 MB.
const MOST_BODIES: usize = 10_000;

/// Parts that hold nothing of what is read, and may be large.
const PASSED_OVER: [&str; 3] = ["Allegati", "DettaglioLinee", "Signature"];
/// The roots of invoices: `FatturaElettronica`, and `FatturaElettronicaSemplificata` of simplified ones.
const INVOICE: &str = "FatturaElettronica";
/// The roots of notifications that a file was refused, to public bodies and to others.
const REFUSALS: [&str; 2] = ["NotificaScarto", "RicevutaScarto"];

/// Reads a file.
///
/// # Errors
/// Why it cannot be read, for people.
pub(super) fn read(text: &str) -> Result<Content, String> {
    let prolog = Prolog::of(text)?;
    let (name, version, rest) = root(prolog.rest)?;
    let is_invoice = name.starts_with(INVOICE);
    if prolog.refers_to_itself || (is_invoice && prolog.has_dtd) {
        return Err("it has a document type definition, which an invoice never has: it could make the reader read other files or never end".to_owned());
    }
    if REFUSALS.contains(&name) {
        return refused_file(rest)
            .map(|file| file.map_or_else(|| Content::Other(name.to_owned()), Content::Refusal));
    }
    if !is_invoice {
        return Ok(Content::Other(name.to_owned()));
    }
    let is_simplified = name != INVOICE || version.is_some_and(|version| version.starts_with("FSM"));
    let mut fields = Fields::new(is_simplified);
    walk(rest, &mut fields)?;
    fields.invoice().map(|invoice| Content::Invoice(Box::new(invoice)))
}

/// What is before the root element.
struct Prolog<'a> {
    has_dtd: bool,
    /// Whether an entity is defined by others: the way to a text without end.
    refers_to_itself: bool,
    rest: &'a str,
}

impl<'a> Prolog<'a> {
    fn of(text: &'a str) -> Result<Self, String> {
        let (mut rest, mut has_dtd, mut refers_to_itself) = (text.trim_start(), false, false);
        loop {
            let after = if rest.starts_with("<?") {
                behind(rest, "?>")
            } else if rest.starts_with("<!--") {
                behind(rest, "-->")
            } else if rest.starts_with("<!DOCTYPE") {
                has_dtd = true;
                let (dtd, after) = doctype(rest)?;
                refers_to_itself |= has_nested_entity(dtd);
                Some(after)
            } else {
                return Ok(Self { has_dtd, refers_to_itself, rest });
            };
            rest = after.ok_or("the XML ends before its root element")?.trim_start();
        }
    }
}

fn behind<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    text.split_once(end).map(|(_, rest)| rest)
}

/// The document type definition, and what is behind it.
fn doctype(text: &str) -> Result<(&str, &str), String> {
    let internal = text.find('[').filter(|open| text.find('>').is_none_or(|end| *open < end));
    let end = match internal {
        Some(open) => text[open..].find(']').map(|close| open + close),
        None => Some(0),
    };
    let end = end.and_then(|from| Some(from + text[from..].find('>')? + 1));
    end.map(|end| text.split_at(end)).ok_or_else(|| "the document type definition does not end".to_owned())
}

fn has_nested_entity(dtd: &str) -> bool {
    dtd.split("<!ENTITY").skip(1).any(|definition| definition.contains('&'))
}

/// The local name and version of the root element, and what is behind its start tag.
fn root(text: &str) -> Result<(&str, Option<&str>, &str), String> {
    let tag = text.strip_prefix('<').ok_or("it is no XML: it does not begin with an element")?;
    let (tag, rest) = tag.split_once('>').ok_or("the root element does not end")?;
    let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    let name = name.rsplit(':').next().unwrap_or_default();
    let version = tag.split_once("versione").and_then(|(_, rest)| {
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        rest[1..].split(quote).next()
    });
    Ok((name, version.map(str::trim), rest))
}

/// What takes the elements of an invoice.
pub(super) trait Elements {
    /// An element begins.
    fn begin(&mut self, path: &str);
    /// An element ends that held this text and no others.
    fn end(&mut self, path: &str, text: &str) -> Result<(), String>;
}

/// Shows the elements behind the root's start tag, each with its path below the root.
fn walk(text: &str, elements: &mut impl Elements) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    // The root's own end has no start here, and names of companies hold an `&` as it is.
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let (mut path, mut lengths) = (String::new(), Vec::new());
    let mut content = String::new();
    loop {
        let event = reader.read_event().map_err(|error| broken(&error))?;
        match event {
            Event::Start(start) => {
                let name = start.local_name();
                if PASSED_OVER.contains(&name.as_ref()) {
                    pass_over(&mut reader, &start)?;
                    continue;
                }
                if lengths.len() == DEEPEST {
                    return Err(format!("its elements are more than {DEEPEST} deep"));
                }
                lengths.push(path.len());
                if !path.is_empty() {
                    path.push('/');
                }
                path.push_str(name.as_ref());
                content.clear();
                elements.begin(&path);
            }
            Event::End(_) => {
                let Some(length) = lengths.pop() else { return ends(reader.stream().get_ref()) };
                elements.end(&path, content.trim())?;
                path.truncate(length);
                content.clear();
            }
            Event::Text(text) => keep(&mut content, &text.xml10_content()),
            Event::CData(text) => keep(&mut content, &text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => keep(&mut content, character.encode_utf8(&mut [0; 4])),
                _ => keep(&mut content, predefined(&reference.xml10_content()).unwrap_or_default()),
            },
            Event::Eof => return Err("the XML ends before its root element does".to_owned()),
            Event::DocType(_) => {
                return Err("it has a document type definition, which an invoice never has".to_owned());
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// That nothing of interest is behind the root element: of two invoices one after the other in a file one would be lost.
fn ends(rest: &[u8]) -> Result<(), String> {
    if memchr::memmem::find(rest, b"FatturaElettronicaBody").is_some() {
        return Err(
            "another invoice begins where the first one ends: save each in a file of its own".to_owned()
        );
    }
    Ok(())
}

/// It may also be cut off: then a text, a tag or an attachment does not end.
fn broken(error: &quick_xml::Error) -> String {
    format!("the XML is broken or was cut off: {error}")
}

/// Goes on behind the end of an element that has begun. Most of an invoice are its lines: what is between two tags is looked
/// at by its `<` alone, where nothing in it can hold the end without being it.
fn pass_over(reader: &mut Reader<&[u8]>, start: &BytesStart<'_>) -> Result<(), String> {
    let mut rest = reader.stream();
    if let Some(length) = length_until_end(rest.get_ref(), start.name().as_ref().as_bytes()) {
        rest.consume(length);
    }
    reader.read_to_end(start.name()).map(drop).map_err(|error| broken(&error))
}

/// How long the content of an element is; none where it has comments, sections of characters or an element of its own name,
/// or does not end.
fn length_until_end(rest: &[u8], name: &[u8]) -> Option<usize> {
    let is_named = |tag: &[u8]| {
        tag.strip_prefix(name)
            .and_then(<[u8]>::first)
            .is_some_and(|next| matches!(next, b'>' | b'/') || next.is_ascii_whitespace())
    };
    for at in memchr::memchr_iter(b'<', rest) {
        let tag = &rest[at + 1..];
        if tag.strip_prefix(b"/").is_some_and(is_named) {
            return Some(at);
        }
        if matches!(tag.first(), Some(b'!' | b'?')) || is_named(tag) {
            return None;
        }
    }
    None
}

/// Keeps a text, up to the longest that anything is.
fn keep(content: &mut String, text: &str) {
    let room = LONGEST.saturating_sub(content.len());
    let end = text.floor_char_boundary(room.min(text.len()));
    content.push_str(&text[..end]);
}

fn predefined(name: &str) -> Option<&'static str> {
    Some(match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return None,
    })
}

/// The name of the file that a notification refuses; none where it refuses a second one of the same name.
fn refused_file(text: &str) -> Result<Option<String>, String> {
    /// "Nome file duplicato": the file of this name that was sent before stands.
    const SENT_BEFORE: &str = "00002";
    #[derive(Default)]
    struct Refusal {
        name: Option<String>,
        codes: Vec<String>,
    }
    impl Elements for Refusal {
        fn begin(&mut self, _: &str) {}
        fn end(&mut self, path: &str, text: &str) -> Result<(), String> {
            match path {
                "NomeFile" if !text.is_empty() => self.name = Some(text.to_owned()),
                "ListaErrori/Errore/Codice" if self.codes.len() < MOST_CODES => {
                    self.codes.push(text.to_owned());
                }
                _ => {}
            }
            Ok(())
        }
    }
    let mut refusal = Refusal::default();
    walk(text, &mut refusal)?;
    let stands = !refusal.codes.is_empty() && refusal.codes.iter().all(|code| code == SENT_BEFORE);
    Ok(refusal.name.filter(|_| !stands))
}

/// That there are not too many documents.
pub(super) fn bounded(bodies: usize) -> Result<(), String> {
    if bodies > MOST_BODIES { Err(format!("it holds more than {MOST_BODIES} documents")) } else { Ok(()) }
}
