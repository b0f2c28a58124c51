//! Dates as people and programs write them.

use crate::domain::time::Day;

/// How dates are written: a pattern of `%d` (day), `%m` (month), `%Y` (year in four digits), `%y` (year in two), and what
/// stands between them. Days and months may lack their leading zero. A time of day may follow; it is cut off, so the day
/// stays the one that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat {
    pattern: String,
    parts: Vec<Part>,
}

/// A pattern that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date format: it needs %d, %m and %Y (or %y for two digits), each once, as in %d/%m/%Y")]
pub struct InvalidDateFormat(pub String);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Day,
    Month,
    Year,
    ShortYear,
    Just(char),
}

/// What ISO dates are written as.
const ISO: &str = "%Y-%m-%d";
/// Years of two digits are 2000 to 2079 and 1980 to 1999: no ledger that is read is older.
const PIVOT: u32 = 80;

impl Default for DateFormat {
    /// ISO 8601: `2026-01-31`.
    fn default() -> Self {
        let parts = [Part::Year, Part::Just('-'), Part::Month, Part::Just('-'), Part::Day];
        Self { pattern: ISO.to_owned(), parts: parts.into() }
    }
}

impl DateFormat {
    /// The format of a pattern.
    pub fn new(pattern: &str) -> Result<Self, InvalidDateFormat> {
        let invalid = || InvalidDateFormat(pattern.chars().take(40).collect());
        let mut parts = Vec::new();
        let mut characters = pattern.trim().chars();
        while let Some(character) = characters.next() {
            parts.push(match character {
                '%' => match characters.next() {
                    Some('d') => Part::Day,
                    Some('m') => Part::Month,
                    Some('Y') => Part::Year,
                    Some('y') => Part::ShortYear,
                    _ => return Err(invalid()),
                },
                digit if digit.is_ascii_digit() => return Err(invalid()),
                other => Part::Just(other),
            });
        }
        let times = |wanted: &[Part]| parts.iter().filter(|part| wanted.contains(part)).count();
        let whole = times(&[Part::Day]) == 1
            && times(&[Part::Month]) == 1
            && times(&[Part::Year, Part::ShortYear]) == 1;
        if whole { Ok(Self { pattern: pattern.trim().to_owned(), parts }) } else { Err(invalid()) }
    }

    /// The pattern.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether dates are those that the intake reads by itself.
    pub fn is_iso(&self) -> bool {
        self.pattern == ISO
    }

    /// The day that a text says; none where it is not written in this way, or the calendar has no such day.
    pub fn read(&self, text: &str) -> Option<Day> {
        let mut rest = text.trim();
        let (mut year, mut month, mut day) = (0, 0, 0);
        for part in &self.parts {
            match part {
                Part::Day => (day, rest) = digits(rest, 1, 2)?,
                Part::Month => (month, rest) = digits(rest, 1, 2)?,
                Part::Year => (year, rest) = digits(rest, 4, 4)?,
                Part::ShortYear => {
                    (year, rest) = digits(rest, 2, 2)?;
                    year += if year < PIVOT { 2000 } else { 1900 };
                }
                Part::Just(character) => rest = rest.strip_prefix(*character)?,
            }
        }
        is_time(rest).then_some(())?;
        Day::from_ymd(year.cast_signed(), month, day)
    }
}

/// The number that a text begins with, of so many digits, and what follows it.
fn digits(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(count).filter(|_| count >= least)?;
    Some((number.parse().ok()?, rest))
}

/// Whether a text is nothing, or a time of day with or without its zone.
fn is_time(text: &str) -> bool {
    text.is_empty()
        || text.starts_with(['T', 't', ' ', 'Z', 'z', '+', '-'])
            && text.chars().all(|c| c.is_ascii_digit() || "TtZz:.,+- AaPpMm".contains(c))
}
