//! When the next direct contact is due.

use super::super::cluster::Cluster;
use super::super::rules::Rules;
use super::super::time::Day;
use super::CompanyFacts;

/// The last direct contact, or the creation of the record where there was none, plus the cluster's months.
pub(super) fn next_contact_due(rules: &Rules, facts: &CompanyFacts, cluster: Option<Cluster>) -> Option<Day> {
    let months = *rules.contact_months.get(&cluster?)?;
    Some(facts.last_contact.or(facts.created)?.plus_months(months))
}
