//! What of an answer has to be as it was recorded.

use serde_json::Value;

/// How strictly the rows of an answer are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// All of them; without an order of their own they are brought into one first.
    All,
    /// Which rows these are was the database's choice: as many, and each of the same form.
    Any,
}

/// The differences between a recorded answer and the mock's, each with its place.
pub(crate) fn differences(recorded: &Value, answered: &Value, rows: Rows, free: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut comparison = Comparison { rows, free, found: &mut found };
    comparison.compare("", recorded, answered);
    found
}

struct Comparison<'a> {
    rows: Rows,
    /// Keys whose values are made up anew every time: only their types count.
    free: &'a [&'a str],
    found: &'a mut Vec<String>,
}

impl Comparison<'_> {
    fn compare(&mut self, place: &str, recorded: &Value, answered: &Value) {
        match (recorded, answered) {
            (Value::Object(recorded), Value::Object(answered)) => {
                for (key, value) in recorded {
                    let place = format!("{place}.{key}");
                    match answered.get(key) {
                        None => self.found.push(format!("{place}: missing, recorded {value}")),
                        Some(other) if self.free.contains(&key.as_str()) => {
                            self.same_type(&place, value, other);
                        }
                        Some(other) => self.compare(&place, value, other),
                    }
                }
                for (key, value) in answered {
                    if !recorded.contains_key(key) {
                        self.found.push(format!("{place}.{key}: not recorded, answered {value}"));
                    }
                }
            }
            (Value::Array(recorded), Value::Array(answered)) => self.lists(place, recorded, answered),
            _ if recorded != answered => {
                self.found.push(format!("{place}: recorded {recorded}, answered {answered}"));
            }
            _ => {}
        }
    }

    fn lists(&mut self, place: &str, recorded: &[Value], answered: &[Value]) {
        if recorded.len() != answered.len() {
            let (wanted, got) = (recorded.len(), answered.len());
            self.found.push(format!("{place}: recorded {wanted} entries, answered {got}"));
            return;
        }
        let are_rows = recorded.iter().all(|row| row.get("id").is_some());
        if self.rows == Rows::Any && are_rows {
            for (at, (row, other)) in recorded.iter().zip(answered).enumerate() {
                self.same_form(&format!("{place}[{at}]"), row, other);
            }
            return;
        }
        let (recorded, answered) = if are_rows {
            (by_id(recorded), by_id(answered))
        } else {
            (recorded.to_vec(), answered.to_vec())
        };
        for (at, (value, other)) in recorded.iter().zip(&answered).enumerate() {
            self.compare(&format!("{place}[{at}]"), value, other);
        }
    }

    fn same_form(&mut self, place: &str, recorded: &Value, answered: &Value) {
        let keys = |row: &Value| -> Vec<String> {
            row.as_object().map(|row| row.keys().cloned().collect()).unwrap_or_default()
        };
        let (wanted, got) = (keys(recorded), keys(answered));
        if wanted != got {
            self.found.push(format!("{place}: recorded {wanted:?}, answered {got:?}"));
        }
        for key in wanted {
            self.same_type(&format!("{place}.{key}"), &recorded[&key], &answered[&key]);
        }
    }

    fn same_type(&mut self, place: &str, recorded: &Value, answered: &Value) {
        if std::mem::discriminant(recorded) != std::mem::discriminant(answered) {
            self.found.push(format!("{place}: recorded {recorded}, answered {answered}"));
        }
    }
}

/// Rows in the order of their numbers.
fn by_id(rows: &[Value]) -> Vec<Value> {
    let number = |row: &Value| {
        let id = row["id"].as_str().unwrap_or_default();
        id.rsplit_once('x').and_then(|(_, number)| number.parse::<u64>().ok())
    };
    let mut sorted = rows.to_vec();
    sorted.sort_by_key(number);
    sorted
}
