//! Revenue band × potential → cluster, and what a cluster asks for (source: "Cluster clienti" matrix).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::money::Money;
use super::rules::Rules;

/// How much a company bought in the window of 36 months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevenueBand {
    /// Revenue above the threshold.
    High,
    /// Not high, with a purchase in the window.
    Low,
    /// No purchase in the window, one before it.
    Dormant,
    /// Never a purchase: a prospect.
    None,
}

/// What people think a company could buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Potential {
    /// High.
    High,
    /// Low.
    Low,
    /// Lost for good.
    Lost,
}

/// The cell of the customer matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cluster {
    /// High revenue, high potential.
    A,
    /// Low revenue, high potential.
    B,
    /// Dormant, high potential.
    C,
    /// High revenue, low potential.
    D,
    /// Low revenue or dormant, low potential.
    E,
    /// Lost potential.
    Z,
}

/// What a cluster asks for: the commercial strategy of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A: a key account, and a direct contact every quarter.
    QuarterlyContact,
    /// B: a key account, and a direct contact every half year.
    HalfYearlyContact,
    /// C: a key account who tries to open a direct contact.
    OpenContact,
    /// D: check whether the service can be extended.
    ExtendService,
    /// E: wait.
    Wait,
    /// Z: nothing.
    NoAction,
}

impl RevenueBand {
    /// Every band, from the most revenue to none.
    pub const ALL: [Self; 4] = [Self::High, Self::Low, Self::Dormant, Self::None];

    /// The band of a company with this revenue of 36 months, a purchase in that window or not, and one ever or not.
    ///
    /// The threshold itself is not above it.
    pub fn of(revenue_36m: Money, purchase_in_36m: bool, purchase_ever: bool, rules: &Rules) -> Self {
        if revenue_36m > rules.high_revenue_above {
            Self::High
        } else if purchase_in_36m {
            Self::Low
        } else if purchase_ever {
            Self::Dormant
        } else {
            Self::None
        }
    }

    /// The internal name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
            Self::Dormant => "dormant",
            Self::None => "none",
        }
    }
}

impl Potential {
    /// The internal name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Low => "low",
            Self::Lost => "lost",
        }
    }
}

impl Cluster {
    /// Every cluster, by its letter.
    pub const ALL: [Self; 6] = [Self::A, Self::B, Self::C, Self::D, Self::E, Self::Z];

    /// The cell of the matrix; none for a prospect, without a potential, and for dormant × low where the rules say so.
    ///
    /// `potential` is the one that counts: after the rule for a missing one.
    pub fn of(band: RevenueBand, potential: Option<Potential>, rules: &Rules) -> Option<Self> {
        match (band, potential?) {
            (RevenueBand::None, _) => None,
            (_, Potential::Lost) => Some(Self::Z),
            (RevenueBand::High, Potential::High) => Some(Self::A),
            (RevenueBand::Low, Potential::High) => Some(Self::B),
            (RevenueBand::Dormant, Potential::High) => Some(Self::C),
            (RevenueBand::High, Potential::Low) => Some(Self::D),
            (RevenueBand::Low, Potential::Low) => Some(Self::E),
            (RevenueBand::Dormant, Potential::Low) => rules.dormant_low_is_e.then_some(Self::E),
        }
    }

    /// What it asks for.
    pub const fn action(self) -> Action {
        match self {
            Self::A => Action::QuarterlyContact,
            Self::B => Action::HalfYearlyContact,
            Self::C => Action::OpenContact,
            Self::D => Action::ExtendService,
            Self::E => Action::Wait,
            Self::Z => Action::NoAction,
        }
    }

    /// Whether it has to have a key account: an active owner.
    pub const fn needs_key_account(self) -> bool {
        matches!(self, Self::A | Self::B | Self::C)
    }

    /// The letter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::Z => "Z",
        }
    }

    /// The cluster of a letter.
    pub fn from_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cluster| cluster.as_str() == letter)
    }
}

impl Action {
    /// Every action, in the order of the clusters.
    pub const ALL: [Self; 6] = [
        Self::QuarterlyContact,
        Self::HalfYearlyContact,
        Self::OpenContact,
        Self::ExtendService,
        Self::Wait,
        Self::NoAction,
    ];

    /// The internal name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QuarterlyContact => "quarterly_contact",
            Self::HalfYearlyContact => "half_yearly_contact",
            Self::OpenContact => "open_contact",
            Self::ExtendService => "extend_service",
            Self::Wait => "wait",
            Self::NoAction => "no_action",
        }
    }
}

macro_rules! displays_its_name {
    ($($name:ty),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(self.as_str())
            }
        }
    )+};
}

displays_its_name!(RevenueBand, Potential, Cluster, Action);
