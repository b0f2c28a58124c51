//! One row of the documents file in 32 bytes: ten million of them are 320 MB.

use crate::domain::money::Cents;
use crate::domain::time::Day;

use super::key::TextKey;

/// The most companies that a row can tell apart; the numbers beyond are fates that are no company.
pub(super) const MOST_COMPANIES: u32 = u32::MAX - 64;
/// The most lines of one block that a row can tell apart.
const MOST_LINES: u64 = (1 << LINE_BITS) - 1;

const DAY_BITS: u32 = 22;
const LINE_BITS: u32 = 23;
const LINE_LOW_BITS: u32 = 13;
const LINE_HIGH_BITS: u32 = LINE_BITS - LINE_LOW_BITS;
/// Added to a day's number, which is below zero in the year 0000; a stored zero is no day.
const DAY_BIAS: i64 = 400;
/// Added to the cents, so that they are above zero; a stored zero is no amount.
const CENTS_BIAS: i64 = 1 << 50;

/// What became of a row: the number of its company, or one of the fates in [`super::fate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FateCode(pub u32);

/// One row of the documents file.
///
/// Beside the key: 51 bits of cents and 13 of the line, then 32 bits of fate, 22 of the day and 10 of the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) key: TextKey,
    amount: u64,
    rest: u64,
}

impl Row {
    /// A row of a document with this key, `line` lines behind the beginning of its block.
    pub(super) fn new(
        key: TextKey,
        fate: FateCode,
        day: Option<Day>,
        signed: Option<Cents>,
        line: u64,
    ) -> Self {
        let cents = signed.map_or(0, |signed| (signed.get() + CENTS_BIAS).cast_unsigned());
        let day = day.map_or(0, |day| (i64::from(day.number()) + DAY_BIAS).cast_unsigned());
        let line = line.min(MOST_LINES);
        Self {
            key,
            amount: cents << LINE_LOW_BITS | line & ((1 << LINE_LOW_BITS) - 1),
            rest: u64::from(fate.0) << (DAY_BITS + LINE_HIGH_BITS)
                | day << LINE_HIGH_BITS
                | line >> LINE_LOW_BITS,
        }
    }

    /// What became of it.
    pub(super) fn fate(&self) -> FateCode {
        FateCode(u32::try_from(self.rest >> (DAY_BITS + LINE_HIGH_BITS)).unwrap_or(u32::MAX))
    }

    /// Gives it another fate.
    pub(super) fn set_fate(&mut self, fate: FateCode) {
        let low = (1_u64 << (DAY_BITS + LINE_HIGH_BITS)) - 1;
        self.rest = u64::from(fate.0) << (DAY_BITS + LINE_HIGH_BITS) | self.rest & low;
    }

    /// Its day.
    pub(super) fn day(&self) -> Option<Day> {
        let day = (self.rest >> LINE_HIGH_BITS & ((1 << DAY_BITS) - 1)).cast_signed();
        i32::try_from(day - DAY_BIAS).ok().filter(|_| day != 0).and_then(Day::from_number)
    }

    /// What it adds to the revenue.
    pub(super) fn signed(&self) -> Option<Cents> {
        let cents = (self.amount >> LINE_LOW_BITS).cast_signed();
        if cents == 0 { None } else { Cents::new(cents - CENTS_BIAS) }
    }

    /// How many lines behind the beginning of its block it stands.
    pub(super) fn line(&self) -> u64 {
        let high = self.rest & ((1 << LINE_HIGH_BITS) - 1);
        high << LINE_LOW_BITS | self.amount & ((1 << LINE_LOW_BITS) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::key::Keys;

    #[test]
    fn a_row_takes_32_bytes() {
        assert_eq!(size_of::<Row>(), 32);
    }

    #[test]
    fn a_row_gives_back_what_it_was_made_of() {
        let key = Keys::default().key(b"D1");
        let days = [None, "0000-01-01".parse().ok(), "2024-02-29".parse().ok(), "9999-12-31".parse().ok()];
        let amounts =
            [None, Cents::new(0), Cents::new(-1), Cents::new(Cents::MAX_ABS), Cents::new(-Cents::MAX_ABS)];
        for day in days {
            for signed in amounts {
                for line in [0, 1, 8191, 8192, MOST_LINES] {
                    for fate in [0, 77, MOST_COMPANIES, u32::MAX] {
                        let mut row = Row::new(key, FateCode(fate), day, signed, line);
                        assert_eq!((row.key, row.fate(), row.day()), (key, FateCode(fate), day));
                        assert_eq!((row.signed(), row.line()), (signed, line));
                        row.set_fate(FateCode(3));
                        assert_eq!((row.fate(), row.day(), row.line()), (FateCode(3), day, line));
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_beyond_what_can_be_told_apart_is_the_last_one() {
        let row = Row::new(TextKey::default(), FateCode(0), None, None, u64::MAX);
        assert_eq!(row.line(), MOST_LINES);
    }
}
