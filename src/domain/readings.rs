//! How the texts that people fill in are read: trimmed and case-insensitive, never guessed.

use std::collections::BTreeSet;

use super::cluster::Potential;
use super::company::CompanyRecord;
use super::figures::CompanyFacts;
use super::ids::OwnerId;
use super::rules::{ColdRules, Readings, Rules};

impl Readings {
    /// The potential that a text means; none where it is unset or unknown.
    pub fn potential(&self, text: Option<&str>) -> Option<Potential> {
        let text = text?;
        [
            (&self.potential_high, Potential::High),
            (&self.potential_low, Potential::Low),
            (&self.potential_lost, Potential::Lost),
        ]
        .into_iter()
        .find(|(texts, _)| any_same(*texts, text))
        .map(|(_, potential)| potential)
    }

    /// Whether a text means D&P.
    pub fn d_and_p(&self, text: Option<&str>) -> bool {
        text.is_some_and(|text| any_same(&self.d_and_p, text))
    }
}

impl ColdRules {
    /// Whether a category is one of the excluded.
    pub fn excludes_category(&self, category: Option<&str>) -> bool {
        category.is_some_and(|category| any_same(&self.excluded_categories, category))
    }
}

/// What the CRM says of a company, read by the rules.
///
/// The potential stays none where it is missing: what that means is decided by the computation
/// ([`CompanyFacts::effective_potential`]), so that reports can still count it.
pub fn facts(
    record: &CompanyRecord,
    rules: &Rules,
    active_owners: &BTreeSet<OwnerId>,
    open_deal: bool,
) -> CompanyFacts {
    CompanyFacts {
        created: record.created,
        potential: rules.readings.potential(record.potential.as_deref()),
        excluded_category: rules.cold.excludes_category(record.category.as_deref()),
        d_and_p: rules.readings.d_and_p(record.d_and_p.as_deref()),
        active_owner: record.owner.as_ref().is_some_and(|owner| active_owners.contains(owner)),
        last_contact: record.last_contact,
        open_deal,
    }
}

fn any_same<'a>(texts: impl IntoIterator<Item = &'a String>, text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && texts.into_iter().any(|other| same(other.trim(), text))
}

fn same(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        one.eq_ignore_ascii_case(other)
    } else {
        one.to_lowercase() == other.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::company::CompanyKeysText;
    use crate::domain::ids::CompanyId;

    #[test]
    fn potential_is_read_trimmed_and_in_any_case() {
        let mut readings = Rules::default().readings;
        readings.potential_high.push("Priorità".to_owned());
        let table = [
            (Some("high"), Some(Potential::High)),
            (Some("  HIGH "), Some(Potential::High)),
            (Some("PRIORITÀ"), Some(Potential::High)),
            (Some("Low"), Some(Potential::Low)),
            (Some("lost"), Some(Potential::Lost)),
            (Some("very high"), None),
            (Some(" "), None),
            (None, None),
        ];
        for (text, potential) in table {
            assert_eq!(readings.potential(text), potential, "{text:?}");
        }
    }

    #[test]
    fn a_blank_text_is_no_reading_even_if_a_blank_is_configured() {
        let mut readings = Rules::default().readings;
        readings.potential_low.push(String::new());
        assert_eq!(readings.potential(Some("  ")), None);
        assert!(!readings.d_and_p(Some("")));
        assert!(readings.d_and_p(Some("True")) && readings.d_and_p(Some("yes")));
        assert!(!readings.d_and_p(Some("no")) && !readings.d_and_p(None));
    }

    #[test]
    fn facts_take_a_record_by_the_rules() {
        let mut rules = Rules::default();
        rules.cold.excluded_categories.insert("PA".to_owned());
        let mut record = CompanyRecord {
            version: None,
            id: CompanyId::from("1"),
            name: "Esempio S.r.l.".to_owned(),
            created: None,
            keys: CompanyKeysText::default(),
            potential: Some("unknown".to_owned()),
            category: Some(" pa ".to_owned()),
            d_and_p: Some("YES".to_owned()),
            owner: Some(OwnerId::from("7")),
            last_contact: None,
            last_contact_at: None,
            observed: Vec::new(),
        };
        let active = BTreeSet::from([OwnerId::from("7")]);
        let read = facts(&record, &rules, &active, true);
        assert!(read.excluded_category && read.d_and_p && read.active_owner && read.open_deal);
        assert_eq!(read.potential, None, "a missing potential stays missing");

        record.owner = Some(OwnerId::from("8"));
        assert!(!facts(&record, &rules, &active, true).active_owner, "an inactive owner is none");
    }
}
