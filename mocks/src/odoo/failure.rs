//! Odoo's errors: exceptions of its program, told by the status in JSON-2 and by `error` in JSON-RPC.

use serde_json::{Value, json};

use crate::http::Reply;

/// An exception on its way to an answer.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    name: &'static str,
    message: String,
}

impl Failure {
    fn new(status: u16, name: &'static str, message: &str) -> Self {
        Self { status, name, message: message.to_owned() }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey")
    }

    pub(crate) fn denied() -> Self {
        Self::new(403, "odoo.exceptions.AccessDenied", "Access Denied")
    }

    pub(crate) fn access(model: &str) -> Self {
        let message = format!("You are not allowed to access '{model}' records.");
        Self::new(403, "odoo.exceptions.AccessError", &message)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, "werkzeug.exceptions.NotFound", what)
    }

    /// What a wrong field or domain ends in.
    pub(crate) fn value(message: &str) -> Self {
        Self::new(500, "builtins.ValueError", message)
    }

    pub(crate) fn no_database(name: &str) -> Self {
        let message = format!("connection to server failed: FATAL:  database \"{name}\" does not exist");
        Self::new(500, "psycopg2.OperationalError", &message)
    }

    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::unauthorized(),
            403 => Self::access("account.move"),
            404 => Self::not_found("Not Found"),
            429 => Self::new(429, "werkzeug.exceptions.TooManyRequests", "Too Many Requests"),
            _ => Self::new(status, "werkzeug.exceptions.InternalServerError", "Internal Server Error"),
        }
    }

    pub(crate) fn json2(&self) -> Reply {
        let body = json!({
            "name": self.name, "message": self.message, "arguments": [self.message], "context": {},
            "debug": "Traceback (most recent call last): ...",
        });
        Reply::json(self.status, &body)
    }

    pub(crate) fn rpc(&self, id: &Value) -> Reply {
        let data = json!({
            "name": self.name, "message": self.message, "arguments": [self.message], "context": {},
            "debug": "Traceback (most recent call last): ...",
        });
        let error = json!({"code": 200, "message": "Odoo Server Error", "data": data});
        Reply::json(200, &json!({"jsonrpc": "2.0", "id": id, "error": error}))
    }
}
