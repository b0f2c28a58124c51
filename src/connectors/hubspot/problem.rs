//! HubSpot's error bodies, whole or as an entry of a 207: every field is optional, and branches are taken on status,
//! category and codes, never on a message's text.

use std::collections::BTreeMap;

use serde_json::Value;

/// One error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) category: String,
    pub(super) sub_category: String,
    pub(super) message: String,
    pub(super) correlation: Option<String>,
    /// Which quota a 429 is about.
    pub(super) policy: String,
    context: BTreeMap<String, Vec<String>>,
    details: Vec<Detail>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Detail {
    code: String,
    message: String,
    place: Option<String>,
    context: BTreeMap<String, Vec<String>>,
}

impl Problem {
    /// Reads a body; what is no JSON object gives an empty problem.
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice::<Value>(body).map(|value| Self::of(&value)).unwrap_or_default()
    }

    /// Reads an error from its JSON.
    pub(super) fn of(value: &Value) -> Self {
        Self {
            category: text(value, "category"),
            sub_category: text(value, "subCategory"),
            message: text(value, "message"),
            correlation: Some(text(value, "correlationId")).filter(|id| !id.is_empty()),
            policy: text(value, "policyName"),
            context: context(value),
            details: value["errors"]
                .as_array()
                .map(|details| details.iter().map(Detail::of).collect())
                .unwrap_or_default(),
        }
    }

    /// The most telling code: that of the first detail, else the sub-category, else the category.
    pub(super) fn code(&self) -> Option<&str> {
        let detail = self.details.iter().map(|detail| detail.code.as_str());
        // `Properties.PROPERTY_WITH_NAME_EXISTS`: the part before the dot only repeats the endpoint.
        let sub_category = self.sub_category.rsplit('.').next().unwrap_or_default();
        detail.chain([sub_category, self.category.as_str()]).find(|code| !code.is_empty())
    }

    /// Whether any of its codes or categories is this one.
    pub(super) fn is(&self, code: &str) -> bool {
        let codes = self.details.iter().map(|detail| detail.code.as_str());
        codes
            .chain([self.category.as_str(), self.sub_category.rsplit('.').next().unwrap_or_default()])
            .any(|found| found.eq_ignore_ascii_case(code))
    }

    /// Values of its context, and of the contexts of its details, under a key.
    pub(super) fn context(&self, key: &str) -> Vec<&str> {
        let details = self.details.iter().map(|detail| &detail.context);
        std::iter::once(&self.context)
            .chain(details)
            .filter_map(|context| context.get(key))
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// The properties that it names.
    pub(super) fn properties(&self) -> Vec<&str> {
        let mut names = self.context("propertyName");
        names.extend(self.context("name"));
        names.extend(self.details.iter().filter_map(|detail| detail.place.as_deref()));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What happened, for people: the message of its details where there are any, with the property.
    pub(super) fn explanation(&self) -> String {
        let details: Vec<&str> = self
            .details
            .iter()
            .map(|detail| detail.message.as_str())
            .filter(|text| !text.is_empty())
            .collect();
        let mut text = if details.is_empty() { self.message.clone() } else { details.join("; ") };
        let unnamed: Vec<&str> = self.properties().into_iter().filter(|name| !text.contains(name)).collect();
        if !unnamed.is_empty() {
            text = format!("{text} (property {})", unnamed.join(", "));
        }
        shortened(text)
    }
}

impl Detail {
    fn of(value: &Value) -> Self {
        Self {
            code: text(value, "code"),
            message: text(value, "message"),
            place: value["in"].as_str().map(str::to_owned),
            context: context(value),
        }
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// `{key: [values]}`; a single value counts as a list of one.
fn context(value: &Value) -> BTreeMap<String, Vec<String>> {
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let Some(fields) = value["context"].as_object() else { return BTreeMap::new() };
    fields
        .iter()
        .map(|(key, value)| {
            let values = match value {
                Value::Array(values) => values.iter().filter_map(plain).collect(),
                single => plain(single).into_iter().collect(),
            };
            (key.clone(), values)
        })
        .collect()
}

fn shortened(text: String) -> String {
    const LENGTH: usize = 300;
    if text.chars().count() <= LENGTH {
        return text;
    }
    text.chars().take(LENGTH).chain(std::iter::once('…')).collect()
}
