//! Money: exact, never a float.
//!
//! Two types for two jobs. [`Cents`] is one document's amount in the base currency, compact enough to hold millions
//! of them; [`Money`] is a sum or a result, a decimal of scale two.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// One amount in hundredths of the base currency's unit, signed.
///
/// The bound on a single amount ([`Cents::MAX_ABS`]) keeps every sum of up to 2⁶³ of them inside an `i128`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(i64);

impl Cents {
    /// The largest absolute amount of one document: ten trillion units.
    pub const MAX_ABS: i64 = 1_000_000_000_000_000;
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// An amount in cents; `None` beyond [`Cents::MAX_ABS`].
    pub const fn new(cents: i64) -> Option<Self> {
        if cents > Self::MAX_ABS || cents < -Self::MAX_ABS { None } else { Some(Self(cents)) }
    }

    /// A decimal amount rounded half away from zero to cents; `None` beyond [`Cents::MAX_ABS`].
    pub fn from_decimal(amount: Decimal) -> Option<Self> {
        let rounded = amount.checked_mul(Decimal::ONE_HUNDRED)?;
        let rounded = rounded.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        i64::try_from(rounded).ok().and_then(Self::new)
    }

    /// The number of cents.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The absolute amount.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }
}

impl Neg for Cents {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// A sum of money in the base currency, two decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(Decimal);

impl Money {
    /// Zero.
    pub const ZERO: Self = Self(Decimal::from_parts(0, 0, 0, false, 2));

    /// A decimal rounded half away from zero to cents.
    pub fn rounded(amount: Decimal) -> Self {
        let mut rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        // Always two decimals, so that equal amounts have equal texts wherever they are serialised.
        rounded.rescale(2);
        Self(rounded)
    }

    /// A sum of cents.
    ///
    /// Saturates beyond 96 bits, which 2⁶³ documents of the largest amount do not reach in practice.
    pub fn from_cents(sum: i128) -> Self {
        Self(Decimal::try_from_i128_with_scale(sum, 2).unwrap_or(if sum < 0 {
            Decimal::MIN
        } else {
            Decimal::MAX
        }))
    }

    /// The decimal value.
    pub const fn amount(self) -> Decimal {
        self.0
    }
}

impl fmt::Display for Money {
    /// Plain digits with a decimal point and exactly two decimals: `-1234.50`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.2}", self.0)
    }
}

impl From<Cents> for Money {
    fn from(cents: Cents) -> Self {
        Self::from_cents(i128::from(cents.get()))
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}
