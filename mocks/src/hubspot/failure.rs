//! The vendor's errors: categories, codes, and the two shapes they take (an answer, an entry of a 207).

use serde_json::{Map, Value, json};

use crate::http::Reply;

/// One detail of an error.
#[derive(Clone, Debug)]
pub(crate) struct Detail {
    pub(crate) message: String,
    pub(crate) code: String,
    pub(crate) property: Option<String>,
}

/// An error on its way to an answer.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) category: &'static str,
    pub(crate) sub_category: Option<&'static str>,
    pub(crate) message: String,
    pub(crate) details: Vec<Detail>,
    pub(crate) context: Map<String, Value>,
}

impl Failure {
    pub(crate) fn new(status: u16, category: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            category,
            sub_category: None,
            message: message.into(),
            details: Vec::new(),
            context: Map::new(),
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "VALIDATION_ERROR", message)
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(404, "OBJECT_NOT_FOUND", format!("{what} not found: {id}")).with("ids", &[id])
    }

    /// Bad values: the message carries them again as JSON text, as the vendor's does.
    pub(crate) fn values(details: Vec<Detail>) -> Self {
        let text: Vec<Value> = details
            .iter()
            .map(|detail| {
                json!({"isValid": false, "message": detail.message, "error": detail.code, "name": detail.property})
            })
            .collect();
        let mut failure = Self::invalid(format!("Property values were not valid: {}", Value::Array(text)));
        failure.details = details;
        failure
    }

    pub(crate) fn conflict(message: impl Into<String>, sub_category: &'static str) -> Self {
        Self { sub_category: Some(sub_category), ..Self::new(409, "OBJECT_ALREADY_EXISTS", message) }
    }

    pub(crate) fn bad_json(error: &serde_json::Error) -> Self {
        Self::invalid(format!(
            "Invalid input JSON on line {}, column {}: {error}",
            error.line(),
            error.column()
        ))
    }

    #[must_use]
    pub(crate) fn with(mut self, key: &str, values: &[&str]) -> Self {
        self.context.insert(key.to_owned(), json!(values));
        self
    }

    fn fields(&self) -> Map<String, Value> {
        let mut body = Map::new();
        body.insert("status".into(), json!("error"));
        body.insert("message".into(), json!(self.message));
        body.insert("category".into(), json!(self.category));
        if let Some(sub_category) = self.sub_category {
            body.insert("subCategory".into(), json!(sub_category));
        }
        if !self.context.is_empty() {
            body.insert("context".into(), json!(self.context));
        }
        if !self.details.is_empty() {
            let details: Vec<Value> = self.details.iter().map(Detail::to_json).collect();
            body.insert("errors".into(), json!(details));
        }
        body
    }

    /// As the body of an answer.
    pub(crate) fn reply(&self, correlation_id: &str) -> Reply {
        let mut body = self.fields();
        body.insert("correlationId".into(), json!(correlation_id));
        Reply::json(self.status, &Value::Object(body))
    }

    /// As an entry of a multi-status answer.
    pub(crate) fn entry(&self, id: Option<&str>, trace_id: Option<&str>) -> Value {
        let mut body = self.fields();
        let mut context = self.context.clone();
        if let Some(id) = id {
            context.insert("ids".into(), json!([id]));
        }
        if let Some(trace_id) = trace_id {
            context.insert("objectWriteTraceId".into(), json!([trace_id]));
        }
        body.insert("context".into(), Value::Object(context));
        Value::Object(body)
    }
}

impl Detail {
    pub(crate) fn new(property: &str, code: &str, message: impl Into<String>) -> Self {
        Self { message: message.into(), code: code.to_owned(), property: Some(property.to_owned()) }
    }

    fn to_json(&self) -> Value {
        let mut body = json!({"message": self.message, "code": self.code});
        if let (Value::Object(fields), Some(property)) = (&mut body, &self.property) {
            fields.insert("in".into(), json!(property));
            fields.insert("context".into(), json!({"propertyName": [property]}));
        }
        body
    }
}
