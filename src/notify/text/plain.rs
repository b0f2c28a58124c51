//! Names and messages that others wrote: one line of printable text, and nothing that turns the rest of it round.

/// A text on one line, without control characters and without marks that change the direction of text.
pub(super) fn one_line(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_unseen(*c)).map(|c| if c.is_control() { ' ' } else { c });
    let visible: String = visible.collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same with at most so many characters.
pub(super) fn short(text: &str, most: usize) -> String {
    let line = one_line(text);
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most - 1).chain(std::iter::once('…')).collect()
}

/// Marks of direction and characters without a width.
const fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
