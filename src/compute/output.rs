//! Figures as CSV: the columns of `sirank compute`, in their order.

use std::fmt::Write;

use chrono::Datelike;

use crate::domain::figures::Figures;
use crate::domain::money::Money;
use crate::domain::time::Day;

/// The columns, in their order.
pub const COLUMNS: [&str; 20] = [
    "company_id",
    "revenue_36m",
    "revenue_12m",
    "revenue_total",
    "purchase_days_12m",
    "first_purchase",
    "last_purchase",
    "revenue_band",
    "cluster",
    "action",
    "inactive_180d",
    "cold_customer",
    "cold_exclusion",
    "sirank",
    "phase",
    "next_contact_due",
    "contact_overdue",
    "key_account_missing",
    "revenue_last_active",
    "ltv",
];

/// A growing part of the output.
///
/// Dates and amounts are written digit by digit: formatting them in the general way would take longer than computing
/// them.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
}

impl Lines {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The line with the names of the columns.
    pub(super) fn header() -> Vec<u8> {
        let mut line = COLUMNS.join(",").into_bytes();
        line.push(b'\n');
        line
    }

    /// A company that has no figures.
    pub(super) fn empty(&mut self, id: &[u8]) {
        self.id(id);
        self.bytes.extend([b','; COLUMNS.len() - 1]);
        self.bytes.push(b'\n');
    }

    /// A company's figures.
    pub(super) fn figures(&mut self, id: &[u8], figures: &Figures) {
        self.id(id);
        self.money(Some(figures.revenue_36m));
        self.money(Some(figures.revenue_12m));
        self.money(Some(figures.revenue_total));
        self.shown(Some(figures.purchase_days_12m));
        self.day(figures.first_purchase);
        self.day(figures.last_purchase);
        self.text(figures.revenue_band.as_str());
        self.text(figures.cluster.map_or("", |cluster| cluster.as_str()));
        self.text(figures.action().map_or("", |action| action.as_str()));
        self.flag(figures.inactive);
        self.flag(figures.cold_customer);
        self.text(figures.cold_exclusion.map_or("", |exclusion| exclusion.as_str()));
        self.shown(figures.score.map(|score| format!("{score:.1}")));
        self.text(figures.phase.as_str());
        self.day(figures.next_contact_due);
        self.flag(figures.contact_overdue);
        self.flag(figures.key_account_missing);
        self.money(figures.revenue_last_active);
        self.money(Some(figures.ltv));
        self.bytes.push(b'\n');
    }

    fn id(&mut self, id: &[u8]) {
        if id.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
            self.bytes.push(b'"');
            for byte in id {
                self.bytes.extend(std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 }));
            }
            self.bytes.push(b'"');
        } else {
            self.bytes.extend_from_slice(id);
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes.push(b',');
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.text(if flag { "true" } else { "false" });
    }

    fn day(&mut self, day: Option<Day>) {
        self.bytes.push(b',');
        let Some(date) = day.map(Day::date) else { return };
        let Ok(year) = u16::try_from(date.year()) else {
            return self.append(date);
        };
        self.bytes.extend([digit(year / 1000), digit(year / 100), digit(year / 10), digit(year), b'-']);
        for part in [date.month(), date.day()] {
            self.bytes.extend([digit(part / 10), digit(part), b'-']);
        }
        self.bytes.pop();
    }

    fn money(&mut self, money: Option<Money>) {
        self.bytes.push(b',');
        let Some(money) = money else { return };
        let amount = money.amount();
        match (amount.scale(), u64::try_from(amount.mantissa().unsigned_abs())) {
            (2, Ok(cents)) => {
                if amount.is_sign_negative() && cents != 0 {
                    self.bytes.push(b'-');
                }
                self.number(cents / 100);
                let hundredths = cents % 100;
                self.bytes.extend([b'.', digit(hundredths / 10), digit(hundredths)]);
            }
            _ => self.append(money),
        }
    }

    fn number(&mut self, number: u64) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.bytes.push(digit(number));
    }

    fn shown(&mut self, value: Option<impl std::fmt::Display>) {
        self.bytes.push(b',');
        if let Some(value) = value {
            self.append(value);
        }
    }

    fn append(&mut self, value: impl std::fmt::Display) {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = write!(text, "{value}");
        self.bytes.extend_from_slice(text.as_bytes());
    }
}

/// The last decimal digit of a number.
fn digit(number: impl Into<u64>) -> u8 {
    const DIGITS: &[u8; 10] = b"0123456789";
    DIGITS[usize::try_from(number.into() % 10).unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;

    fn written(write: impl FnOnce(&mut Lines)) -> String {
        let mut lines = Lines::default();
        write(&mut lines);
        String::from_utf8(lines.into_bytes()).unwrap()
    }

    #[test]
    fn amounts_are_written_as_they_display() {
        for text in ["0.00", "0.05", "-0.05", "1234567.80", "-1234567.89", "79228162514264337593543950335"] {
            let money = Money::rounded(Decimal::from_str_exact(text).unwrap());
            assert_eq!(written(|lines| lines.money(Some(money))), format!(",{money}"));
        }
        assert_eq!(written(|lines| lines.money(None)), ",");
    }

    #[test]
    fn days_are_written_as_they_display() {
        for text in ["0001-01-01", "1999-12-31", "2024-02-29"] {
            assert_eq!(written(|lines| lines.day(text.parse().ok())), format!(",{text}"));
        }
        assert_eq!(written(|lines| lines.day(None)), ",");
    }

    #[test]
    fn ids_are_quoted_where_they_have_to_be() {
        assert_eq!(written(|lines| lines.id(b"C1")), "C1");
        assert_eq!(written(|lines| lines.id(b"C,\"1\"")), "\"C,\"\"1\"\"\"");
    }

    #[test]
    fn a_company_without_figures_has_empty_fields() {
        assert_eq!(written(|lines| lines.empty(b"C1")), format!("C1{}\n", ",".repeat(19)));
    }
}
