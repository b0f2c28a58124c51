//! The contact plan: which companies have to be contacted directly by when, and why (source: the visit plan and the
//! telephone plan of the cluster matrix).

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Serialize;

use super::catalogue::Language;
use super::cluster::{Action, Cluster};
use super::company::CompanyRecord;
use super::explanation::Explainer;
use super::figures::{CompanyFacts, Figures};
use super::ids::{CompanyId, OwnerId};
use super::money::Money;
use super::rules::Rules;
use super::time::Day;

/// A company that has to be contacted directly, or that needs somebody who does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// The company.
    pub company: CompanyId,
    /// Its name.
    pub name: String,
    /// Its owner in the CRM, active or not.
    pub owner: Option<OwnerId>,
    /// What people know the owner by, where the CRM says.
    pub owner_name: Option<String>,
    /// Its cluster.
    pub cluster: Cluster,
    /// What the cluster asks for.
    pub action: Action,
    /// By when; none where nothing is known to count from, or no interval is set.
    pub due: Option<Day>,
    /// Whether that day has passed.
    pub overdue: bool,
    /// The last direct contact.
    pub last_contact: Option<Day>,
    /// When the record was created in the CRM.
    pub created: Option<Day>,
    /// SiRank.
    pub score: Option<Decimal>,
    /// Revenue of the window of 36 months.
    pub revenue_36m: Money,
    /// Revenue of the window of 12 months.
    pub revenue_12m: Money,
    /// Why, in a line: the rule, what it counts from, and the day that comes out.
    pub reason: String,
    /// The reason without that day, where it stands beside.
    #[serde(skip)]
    pub basis: String,
    /// Whose it is.
    #[serde(skip)]
    pub falls_to: FallsTo,
}

/// Whose task a contact is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FallsTo {
    /// Its active owner's.
    Owner(OwnerId),
    /// Nobody's, and its cluster does not ask for a key account.
    Nobody,
    /// Whoever it is assigned to: its cluster asks for a key account, and it has no active owner.
    Assignment,
}

/// Which contacts are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Only of these owners.
    pub owners: Option<BTreeSet<OwnerId>>,
    /// Only of these clusters.
    pub clusters: Option<BTreeSet<Cluster>>,
    /// Due on this day at the latest; what is overdue is always among them.
    pub until: Day,
    /// Only what is overdue.
    pub overdue_only: bool,
}

impl Contact {
    /// The contact that a company asks for; none where it asks for none.
    pub fn of(
        rules: &Rules,
        explainer: &Explainer,
        record: &CompanyRecord,
        facts: &CompanyFacts,
        figures: &Figures,
    ) -> Option<Self> {
        let cluster = figures.cluster?;
        let basis = basis(explainer, cluster, rules.contact_months.get(&cluster).copied(), facts);
        let falls_to = if figures.key_account_missing {
            FallsTo::Assignment
        } else {
            figures.next_contact_due?;
            match &record.owner {
                Some(owner) if facts.active_owner => FallsTo::Owner(owner.clone()),
                _ => FallsTo::Nobody,
            }
        };
        Some(Self {
            company: record.id.clone(),
            name: record.name.clone(),
            owner: record.owner.clone(),
            owner_name: None,
            cluster,
            action: cluster.action(),
            due: figures.next_contact_due,
            overdue: figures.contact_overdue,
            last_contact: facts.last_contact,
            created: facts.created,
            score: figures.score,
            revenue_36m: figures.revenue_36m,
            revenue_12m: figures.revenue_12m,
            reason: reason(explainer, &basis, figures.next_contact_due),
            basis,
            falls_to,
        })
    }

    /// The order of what is due: by day, then cluster, then SiRank, the highest first.
    pub fn by_due_day(&self, other: &Self) -> Ordering {
        let key = |contact: &Self| (contact.due, contact.cluster, Reverse(contact.score));
        key(self).cmp(&key(other)).then_with(|| self.company.cmp(&other.company))
    }

    /// The order of what is to be assigned: by cluster, then SiRank, the highest first.
    pub fn by_weight(&self, other: &Self) -> Ordering {
        let key = |contact: &Self| (contact.cluster, Reverse(contact.score), contact.due);
        key(self).cmp(&key(other)).then_with(|| self.company.cmp(&other.company))
    }
}

impl Selection {
    /// Whether a contact is asked for. Somebody has to be found for a company whenever its next contact is due.
    pub fn takes(&self, contact: &Contact) -> bool {
        let of_owner = |owners: &BTreeSet<_>| contact.owner.as_ref().is_some_and(|id| owners.contains(id));
        let in_time = match contact.falls_to {
            FallsTo::Assignment => true,
            FallsTo::Owner(_) | FallsTo::Nobody => contact.due.is_some_and(|due| due <= self.until),
        };
        self.owners.as_ref().is_none_or(of_owner)
            && self.clusters.as_ref().is_none_or(|clusters| clusters.contains(&contact.cluster))
            && (contact.overdue || in_time && !self.overdue_only)
    }
}

/// The rule, and what it counts from.
fn basis(explainer: &Explainer, cluster: Cluster, months: Option<u32>, facts: &CompanyFacts) -> String {
    let day = |day| explainer.day(day);
    let language = explainer.language();
    let interval = match (language, months) {
        (Language::En, None) => "no interval is set".to_owned(),
        (Language::It, None) => "nessun intervallo impostato".to_owned(),
        (Language::En, Some(1)) => "every month".to_owned(),
        (Language::It, Some(1)) => "ogni mese".to_owned(),
        (Language::En, Some(months)) => format!("every {months} months"),
        (Language::It, Some(months)) => format!("ogni {months} mesi"),
    };
    let from = match (language, facts.last_contact, facts.created) {
        (Language::En, Some(last), _) => format!("last contact {}", day(last)),
        (Language::It, Some(last), _) => format!("ultimo contatto {}", day(last)),
        (Language::En, None, Some(created)) => format!("never contacted; created {}", day(created)),
        (Language::It, None, Some(created)) => format!("mai contattata; creata il {}", day(created)),
        (Language::En, None, None) => "never contacted; no day of creation is known".to_owned(),
        (Language::It, None, None) => "mai contattata; data di creazione non nota".to_owned(),
    };
    format!("{cluster}: {interval}; {from}")
}

/// The same with what comes out.
fn reason(explainer: &Explainer, basis: &str, due: Option<Day>) -> String {
    match (explainer.language(), due.map(|due| explainer.day(due))) {
        (_, None) => basis.to_owned(),
        (Language::En, Some(due)) => format!("{basis}, due {due}"),
        (Language::It, Some(due)) => format!("{basis}, entro il {due}"),
    }
}

#[cfg(test)]
mod tests;
