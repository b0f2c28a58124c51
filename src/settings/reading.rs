//! Lists of texts that mean something: which values of a property stand for high, which for low.

use std::collections::BTreeMap;

use super::problem::Report;

/// That no text stands in two of the lists. Texts are compared as they are read: trimmed, in lower case.
pub(super) fn check_disjoint(section: &str, lists: &[(&str, &Vec<String>)], report: &mut Report<'_>) {
    let mut meanings: BTreeMap<String, &str> = BTreeMap::new();
    for (name, texts) in lists {
        for text in *texts {
            match meanings.insert(text.trim().to_lowercase(), name) {
                Some(other) if other != *name => report.add(
                    &format!("{section}.{name}"),
                    format!("`{text}` stands in `{other}` too"),
                    "Let every text mean one thing (upper and lower case are alike)",
                ),
                _ => {}
            }
        }
    }
}
