//! The vendor's errors, in Italian as theirs are.

use serde_json::{Value, json};

use crate::http::Reply;

/// An error on its way to an answer.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    message: String,
    code: Option<&'static str>,
    validation: Box<Value>,
    extra: Option<Box<Value>>,
    retry_after: Option<i64>,
}

/// The result of an endpoint.
pub(crate) type Outcome = Result<Reply, Failure>;

impl Failure {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            code: None,
            validation: Box::new(Value::Null),
            extra: None,
            retry_after: None,
        }
    }

    pub(crate) fn unauthorized() -> Self {
        Self {
            code: Some("invalid_token"),
            ..Self::new(401, "Il token di accesso è mancante, non valido o scaduto.")
        }
    }

    pub(crate) fn forbidden(scope: &str) -> Self {
        Self {
            code: Some("NO_PERMISSION"),
            ..Self::new(403, format!("Non hai i permessi per eseguire questa operazione ({scope})."))
        }
    }

    pub(crate) fn quota(status: u16, message: &str, retry_after: i64) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(status, message) }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "Risorsa non trovata.")
    }

    /// A 422 that names its field.
    pub(crate) fn invalid(field: &str, message: &str) -> Self {
        Self {
            validation: Box::new(json!({field: [message]})),
            ..Self::new(422, "I dati inviati non sono validi.")
        }
    }

    pub(crate) fn refused(message: &str, extra: Value) -> Self {
        Self { extra: Some(Box::new(extra)), ..Self::new(422, message) }
    }

    pub(crate) fn reply(&self) -> Reply {
        let mut error = json!({"message": self.message, "validation_result": self.validation});
        if let Some(code) = self.code {
            error["code"] = json!(code);
        }
        let mut body = json!({"error": error});
        if let Some(extra) = &self.extra {
            body["extra"] = json!(extra);
        }
        let reply = Reply::json(self.status, &body);
        match self.retry_after {
            Some(seconds) => reply.header("Retry-After", seconds),
            None => reply,
        }
    }
}
