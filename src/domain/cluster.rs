//! Revenue band × potential → cluster, and what a cluster asks for (source: "Cluster clienti" matrix).

use serde::{Deserialize, Serialize};

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
