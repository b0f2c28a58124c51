//! The known name that is nearest to one that is not known.

use strsim::normalized_damerau_levenshtein as likeness;

/// The candidate that is most like the text, upper and lower case alike.
pub(super) fn text<'c>(text: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let text = text.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (likeness(&text, &candidate.to_lowercase()), candidate))
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// The choice that may have been meant: the one that is most like the text, unless that is hardly like it at all.
pub(super) fn choice<'c>(unknown: &str, choices: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    const ALIKE: f64 = 0.4;
    text(unknown, choices)
        .filter(|nearest| likeness(&unknown.to_lowercase(), &nearest.to_lowercase()) >= ALIKE)
}

/// The known key that is most like an unknown one: by its own name first, then by the section that it stands in;
/// upper and lower case alike.
pub(super) fn key<'c>(unknown: &str, known: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let unknown = unknown.to_lowercase();
    let (section, name) = split(&unknown);
    let score = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let (its_section, its_name) = split(&candidate);
        2.0 * likeness(name, its_name) + likeness(section, its_section)
    };
    known
        .into_iter()
        .map(|candidate| (score(candidate), candidate))
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('.').unwrap_or(("", key))
}
