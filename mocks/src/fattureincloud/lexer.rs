//! The words of a `q`.

use rust_decimal::Decimal;

use super::failure::Failure;

/// One word.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Word {
    Field(String),
    /// An operator or keyword, in lower case.
    Key(String),
    Text(String),
    Number(Decimal),
    Open,
    Close,
}

pub(crate) fn refused(what: &str) -> Failure {
    Failure::new(400, format!("Il filtro q non è valido: {what}"))
}

const KEYWORDS: &[&str] =
    &["and", "or", "not", "like", "contains", "starts", "ends", "with", "is", "null", "true", "false"];

pub(crate) fn words(text: &str) -> Result<Vec<Word>, Failure> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '(' => {
                found.push(Word::Open);
                1
            }
            ')' => {
                found.push(Word::Close);
                1
            }
            '\'' => {
                let (value, taken) = quoted(rest)?;
                found.push(Word::Text(value));
                taken
            }
            '=' | '<' | '>' | '!' => {
                let taken = rest.chars().take_while(|letter| "=<>!".contains(*letter)).count();
                let symbol = rest.get(..taken).unwrap_or_default();
                if !["=", "<>", "!=", "<", "<=", ">", ">="].contains(&symbol) {
                    return Err(refused(symbol));
                }
                found.push(Word::Key(symbol.to_owned()));
                taken
            }
            _ => {
                let taken: usize = rest
                    .chars()
                    .take_while(|letter| letter.is_ascii_alphanumeric() || "._".contains(*letter))
                    .count();
                let word = rest.get(..taken).filter(|word| !word.is_empty());
                found.push(bare(word.ok_or_else(|| refused(rest))?)?);
                taken
            }
        };
        rest = rest.get(taken..).unwrap_or_default().trim_start();
    }
    Ok(found)
}

/// A string in single quotes, a doubled one standing for itself.
fn quoted(text: &str) -> Result<(String, usize), Failure> {
    let mut value = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '\'' {
            value.push(letter);
        } else if letters.peek().is_some_and(|(_, next)| *next == '\'') {
            value.push('\'');
            letters.next();
        } else {
            return Ok((value, at + 1));
        }
    }
    Err(refused("manca un apice"))
}

fn bare(word: &str) -> Result<Word, Failure> {
    if word.starts_with(|letter: char| letter.is_ascii_digit()) {
        return word.parse().map(Word::Number).map_err(|_| refused(word));
    }
    let lower = word.to_ascii_lowercase();
    let one_case = word == lower || word == word.to_ascii_uppercase();
    if KEYWORDS.contains(&lower.as_str()) {
        return if one_case { Ok(Word::Key(lower)) } else { Err(refused(word)) };
    }
    if word.chars().all(|letter| letter.is_ascii_lowercase() || "._".contains(letter)) {
        return Ok(Word::Field(word.to_owned()));
    }
    Err(refused(word))
}
