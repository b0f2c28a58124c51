//! Amounts as people and programs write them.

use rust_decimal::Decimal;

/// How many decimals may be zeros.
const MOST_ZEROS: usize = 8;

/// How amounts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberFormat {
    /// What stands before the decimals.
    pub decimal: char,
    /// What stands between groups of three digits, where there may be something. A blank stands for any blank.
    pub thousands: Option<char>,
}

impl Default for NumberFormat {
    /// `1234.56`.
    fn default() -> Self {
        Self { decimal: '.', thousands: None }
    }
}

impl NumberFormat {
    /// `1.234,56`, as in Italy.
    pub const ITALIAN: Self = Self { decimal: ',', thousands: Some('.') };

    /// The amount as a plain decimal: an optional minus, digits, and a point before the decimals if there are any. None
    /// where the text is not written in this way.
    ///
    /// A minus may stand before or behind the digits, and parentheses are one, as bookkeepers write it. Where thousands are
    /// separated at all, every group has to have its three digits: `1.23` is not taken for 123.
    pub fn plain(self, text: &str) -> Option<String> {
        let (negative, digits) = sign(text.trim())?;
        let (whole, decimals) = match digits.split_once(self.decimal) {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (digits, None),
        };
        let mut plain = String::with_capacity(text.len() + 1);
        if negative {
            plain.push('-');
        }
        let begins = plain.len();
        self.push_whole(whole, &mut plain)?;
        let any = plain.len() > begins || decimals.is_some_and(|decimals| !decimals.is_empty());
        if plain.len() == begins {
            plain.push('0');
        }
        if let Some(decimals) = decimals.filter(|decimals| !decimals.is_empty()) {
            all_digits(decimals).then_some(())?;
            plain.push('.');
            plain.push_str(without_zeros(decimals));
        }
        any.then_some(plain)
    }

    /// The amount as a number.
    pub fn decimal(self, text: &str) -> Option<Decimal> {
        Decimal::from_str_exact(&self.plain(text)?).ok()
    }

    /// How the format reads, for messages.
    pub fn example(self) -> String {
        match self.thousands {
            Some(thousands) => format!("1{thousands}234{}56", self.decimal),
            None => format!("1234{}56", self.decimal),
        }
    }

    /// The digits before the decimals, without what separates their groups.
    fn push_whole(self, whole: &str, plain: &mut String) -> Option<()> {
        if all_digits(whole) {
            plain.push_str(whole);
            return Some(());
        }
        let thousands = self.thousands?;
        let separates =
            |c: char| c == thousands || thousands == ' ' && matches!(c, '\u{a0}' | '\u{202f}' | '\u{2009}');
        for (place, group) in whole.split(separates).enumerate() {
            let width = if place == 0 { 1..=3 } else { 3..=3 };
            (width.contains(&group.len()) && all_digits(group)).then_some(())?;
            plain.push_str(group);
        }
        Some(())
    }
}

/// Decimals without the zeros at their end that would be too many for a decimal: databases multiply places along with
/// numbers.
fn without_zeros(decimals: &str) -> &str {
    let trimmed = decimals.trim_end_matches('0').len();
    &decimals[..decimals.len().min(trimmed.max(MOST_ZEROS))]
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text is below zero, and the text without what says so.
fn sign(text: &str) -> Option<(bool, &str)> {
    const MINUS: [char; 2] = ['-', '\u{2212}'];
    if let Some(inner) = text.strip_prefix('(') {
        return Some((true, inner.strip_suffix(')')?.trim()));
    }
    if let Some(rest) = text.strip_prefix(MINUS).or_else(|| text.strip_suffix(MINUS)) {
        return Some((true, rest.trim()));
    }
    let rest = text.strip_prefix('+').or_else(|| text.strip_suffix('+')).unwrap_or(text);
    Some((false, rest.trim()))
}
