//! The edges of every window of one as-of day, worked out once and used for every company.

use super::super::time::{Day, Window};

/// An as-of day with the days on which its windows begin.
///
/// Months are always counted back from the as-of day, never from another window's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    as_of: Day,
    back: [Day; 4],
    six_months_back: Day,
}

impl Horizon {
    /// The edges of an as-of day.
    pub fn new(as_of: Day) -> Self {
        Self {
            as_of,
            back: [12, 24, 36, 48].map(|months| as_of.minus_months(months)),
            six_months_back: as_of.minus_months(6),
        }
    }

    /// The day for which everything is computed.
    pub const fn as_of(&self) -> Day {
        self.as_of
    }

    /// The window of the last 12 months.
    pub const fn twelve_months(&self) -> Window {
        Window { after: self.back[0], through: self.as_of }
    }

    /// The window of the last 36 months.
    pub const fn thirty_six_months(&self) -> Window {
        Window { after: self.back[2], through: self.as_of }
    }

    /// The window of the last 6 months.
    pub const fn six_months(&self) -> Window {
        Window { after: self.six_months_back, through: self.as_of }
    }

    /// The days after which the last year, the one before it, and so on begin: 12, 24, 36 and 48 months back.
    pub(super) const fn years_back(&self) -> [Day; 4] {
        self.back
    }
}
