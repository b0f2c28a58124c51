//! Every figure of one company, computed from its facts and its entries.

use super::cluster::Potential;
use super::time::Day;

/// What the CRM says of a company, read by the rules: the input beside its entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompanyFacts {
    /// When the record was created in the CRM.
    pub created: Option<Day>,
    /// The potential; none where it is unset or unknown.
    pub potential: Option<Potential>,
    /// Whether its category is an excluded one.
    pub excluded_category: bool,
    /// Whether it is D&P.
    pub d_and_p: bool,
    /// Whether it has an active owner.
    pub active_owner: bool,
    /// The last direct contact.
    pub last_contact: Option<Day>,
    /// Whether it has an open deal in a watched pipeline.
    pub open_deal: bool,
}
