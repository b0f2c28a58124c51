//! A CSV of documents that fits a generated portal.

use std::io::{self, Write};

use chrono::{Days, NaiveDate};

use super::generate::Numbers;
use super::vat::vat_number;

/// Writes `documents` lines of `document_id,vat_number,date,kind,net_amount` over the companies of a generated portal:
/// days of the five years before `until`, about one credit note in fifty.
pub fn write_documents(
    out: &mut impl Write,
    companies: u64,
    documents: u64,
    until: NaiveDate,
    seed: u64,
) -> io::Result<()> {
    let mut numbers = Numbers(seed ^ 0x5eed);
    writeln!(out, "document_id,vat_number,date,kind,net_amount")?;
    for index in 1..=documents {
        let vat = vat_number(1 + numbers.below(companies));
        let date = until.checked_sub_days(Days::new(numbers.below(1_826))).unwrap_or(until);
        let kind = if numbers.below(50) == 0 { "credit_note" } else { "invoice" };
        let cents = 1_000 + numbers.below(500_000);
        writeln!(out, "D{index:08},{vat},{date},{kind},{}.{:02}", cents / 100, cents % 100)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_columns() {
        let mut out = Vec::new();
        let until = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        write_documents(&mut out, 10, 3, until, 1).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 4);
        assert!(text.lines().nth(1).unwrap().starts_with("D00000001,IT99000000"));
    }
}
