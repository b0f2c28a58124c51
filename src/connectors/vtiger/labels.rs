//! Comparing what people read: labels of fields, values of picklists.
//!
//! The screens of vTiger refuse some punctuation, and store the rest now as it is, now as entities, so only letters and
//! digits are compared.

/// What is left of a text when only letters and digits count.
pub(super) fn plain(text: &str) -> String {
    decoded(text).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether two texts are the same to people.
pub(super) fn same(one: &str, other: &str) -> bool {
    let one = plain(one);
    !one.is_empty() && one == plain(other)
}

/// A text without the entities that PHP makes of punctuation.
pub(super) fn decoded(text: &str) -> String {
    const ENTITIES: [(&str, &str); 6] =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#039;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    let mut text = text.trim().to_owned();
    if text.contains('&') {
        for (entity, character) in ENTITIES {
            text = text.replace(entity, character);
        }
    }
    text
}

/// A label as the screen for new fields takes it: without `& < > : ' " , _`.
pub(super) fn for_label(text: &str) -> String {
    let text = text.replace('&', "-").replace('_', " ");
    text.chars().filter(|c| !"<>:'\",".contains(*c)).collect()
}

/// A value as the screen for picklists takes it: a comma would make two of it.
pub(super) fn for_picklist(text: &str) -> String {
    text.replace(',', ";").chars().filter(|c| !"<>\"[]{}".contains(*c)).collect()
}
