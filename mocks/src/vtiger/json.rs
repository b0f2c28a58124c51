//! JSON with its keys in the order in which vTiger sends them.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::Value;

/// A JSON value whose objects keep the order of their keys and may borrow from the state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// A number already written.
    Number(String),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn object<const N: usize>(entries: [(&'a str, Json<'a>); N]) -> Self {
        Self::Object(entries.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect())
    }

    pub(crate) fn texts(texts: impl IntoIterator<Item = impl Into<Cow<'a, str>>>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::Text(text.into())).collect())
    }

    /// The same value, owning everything.
    pub(crate) fn owned(self) -> Json<'static> {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::Bool(value),
            Self::Int(value) => Json::Int(value),
            Self::Number(text) => Json::Number(text),
            Self::Text(text) => Json::Text(Cow::Owned(text.into_owned())),
            Self::List(items) => Json::List(items.into_iter().map(Json::owned).collect()),
            Self::Object(entries) => Json::Object(
                entries
                    .into_iter()
                    .map(|(name, value)| (Cow::Owned(name.into_owned()), value.owned()))
                    .collect(),
            ),
        }
    }

    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Int(value) => {
                let written = write!(out, "{value}");
                debug_assert!(written.is_ok(), "a String takes everything");
            }
            Self::Number(text) => out.push_str(text),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                out.push('{');
                for (index, (name, value)) in entries.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl From<&Value> for Json<'static> {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::Text(Cow::Owned(text.clone())),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(entries) => Self::Object(
                entries.iter().map(|(name, value)| (Cow::Owned(name.clone()), Self::from(value))).collect(),
            ),
        }
    }
}

/// Raw UTF-8 with unescaped slashes, as PHP writes it under these settings.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape: Cow<'_, str> = match byte {
            b'"' => "\\\"".into(),
            b'\\' => "\\\\".into(),
            b'\n' => "\\n".into(),
            b'\r' => "\\r".into(),
            b'\t' => "\\t".into(),
            0..0x20 => format!("\\u{byte:04x}").into(),
            _ => continue,
        };
        out.push_str(text.get(plain..at).unwrap_or_default());
        out.push_str(&escape);
        plain = at + 1;
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_of_keys_and_escapes_what_must_be() {
        let value = Json::object([
            ("z", Json::Null),
            ("a", Json::text("l'à \"/\"\n\u{1}")),
            ("m", Json::List(vec![Json::Int(-3), Json::Number("1.50".into()), Json::Bool(true)])),
        ]);
        let mut out = String::new();
        value.write(&mut out);
        assert_eq!(out, r#"{"z":null,"a":"l'à \"/\"\n\u0001","m":[-3,1.50,true]}"#);
    }
}
