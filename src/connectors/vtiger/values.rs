//! Values on the wire: everything is a text, numbers have trailing zeros, flags are 0 and 1, and nothing is empty but text.

use rust_decimal::Decimal;

use super::fields::FigureField;
use crate::domain::value::{Value, ValueKind};

impl FigureField {
    /// The value that a field holds. An empty number is zero and an empty flag is false, as vTiger itself reads them.
    pub(super) fn observed(&self, text: &str) -> Option<Value> {
        let text = text.trim();
        match self.kind {
            ValueKind::Number | ValueKind::Currency if text.is_empty() => Some(Value::number(Decimal::ZERO)),
            ValueKind::Flag => Some(flag(text)),
            ValueKind::Date if text.starts_with("0000-") => None,
            ValueKind::Number | ValueKind::Currency | ValueKind::Date | ValueKind::Text => {
                Value::observed(self.kind, text)
            }
            ValueKind::Choice => self.option_of(text),
        }
    }

    /// The option that a picklist value stands for; another value stays what it is.
    fn option_of(&self, text: &str) -> Option<Value> {
        let option = self.options.iter().find(|option| option.value.as_deref() == Some(text));
        match option {
            Some(option) => Some(Value::choice(option.name)),
            // It must not be taken for the option whose internal name it happens to be.
            None if self.options.iter().any(|option| option.name == text) => {
                Some(Value::choice(&format!("“{text}”")))
            }
            None => Value::text(text),
        }
    }

    /// A value as it is written; none where the picklist lacks it.
    pub(super) fn written(&self, value: Option<&Value>) -> Option<String> {
        let Some(value) = value else { return Some(String::new()) };
        let text = value.as_str();
        match self.kind {
            ValueKind::Flag => Some(if text == "true" { "1" } else { "0" }.to_owned()),
            ValueKind::Choice => {
                self.options.iter().find(|option| option.name == text).and_then(|option| option.value.clone())
            }
            _ => Some(text.to_owned()),
        }
    }
}

fn flag(text: &str) -> Value {
    match text {
        "1" | "on" | "true" | "yes" => Value::flag(true),
        "" | "0" | "off" | "false" | "no" => Value::flag(false),
        other => Value::choice(other),
    }
}
