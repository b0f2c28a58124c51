//! Files of iCalendar (RFC 5545): what every calendar takes.
//!
//! The one crate that writes them (icalendar 0.17) folds some lines later than the standard allows, lets carriage returns
//! through, and ends an event of a whole day on the day that it begins.

/// The most octets of a line, without its end.
const LINE: usize = 75;

/// A file of iCalendar, content line by content line.
#[derive(Debug, Default)]
pub(super) struct Calendar(String);

impl Calendar {
    /// A line whose value is no text: a date, a word of the standard.
    pub(super) fn line(&mut self, name: &str, value: &str) {
        let mut octets = 0;
        for character in format!("{name}:{value}").chars() {
            if octets + character.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(character);
            octets += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A line whose value is a text.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.line(name, &escaped(text));
    }

    /// The file.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// A text as a value: a break is `\n`, and no other control character is left.
fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\\' | ',' | ';' => value.extend(['\\', character]),
            '\n' | '\r' => value.push_str("\\n"),
            '\t' => value.push(' '),
            control if control.is_control() => {}
            other => value.push(other),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text_line(text: &str) -> String {
        let mut calendar = Calendar::default();
        calendar.text("SUMMARY", text);
        calendar.finish()
    }

    #[test]
    fn what_means_something_in_the_format_is_escaped() {
        let table = [
            ("Bianchi, Verdi; Neri", r"Bianchi\, Verdi\; Neri"),
            (r"C:\temp", r"C:\\temp"),
            ("one\ntwo\r\nthree\rfour", r"one\ntwo\nthree\nfour"),
            ("a\tb\u{7}c\u{85}d", "a bcd"),
            ("END:VEVENT\r\nBEGIN:VEVENT", r"END:VEVENT\nBEGIN:VEVENT"),
            ("Città “Perché” 50%: sì", "Città “Perché” 50%: sì"),
        ];
        for (text, value) in table {
            assert_eq!(text_line(text), format!("SUMMARY:{value}\r\n"));
        }
    }

    #[test]
    fn lines_are_folded_at_75_octets_and_not_inside_a_character() {
        let exactly = "x".repeat(75 - "SUMMARY:".len());
        assert_eq!(text_line(&exactly), format!("SUMMARY:{exactly}\r\n"));
        assert_eq!(text_line(&format!("{exactly}y")), format!("SUMMARY:{exactly}\r\n y\r\n"));
        // Two octets do not fit where one is left.
        let one_left = "x".repeat(74 - "SUMMARY:".len());
        assert_eq!(text_line(&format!("{one_left}è")), format!("SUMMARY:{one_left}\r\n è\r\n"));
        let full = "y".repeat(74);
        assert_eq!(
            text_line(&format!("{exactly}{full}z")),
            format!("SUMMARY:{exactly}\r\n {full}\r\n z\r\n")
        );
    }

    proptest! {
        #[test]
        fn unfolded_and_unescaped_every_text_comes_back(text in "[^\\pC]{0,300}") {
            let line = text_line(&text);
            prop_assert!(line.split("\r\n").all(|line| line.len() <= LINE));
            let unfolded = line.trim_end_matches("\r\n").replace("\r\n ", "");
            let value = unfolded.strip_prefix("SUMMARY:").unwrap();
            let mut back = String::new();
            let mut characters = value.chars();
            while let Some(character) = characters.next() {
                back.push(if character == '\\' { characters.next().unwrap() } else { character });
            }
            prop_assert_eq!(back, text);
        }
    }
}
