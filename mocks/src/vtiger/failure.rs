//! What the webservice answers when it does not do what was asked.

use super::json::Json;
use crate::http::Reply;

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// HTTP 200 with `success: false`, a code and a message.
    Logical { code: &'static str, message: String },
    /// The one code that is a number: 0.
    Duplicate,
    /// PHP died: HTTP 500 and no body at all.
    Fatal,
}

pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self::Logical { code, message: message.into() }
    }

    /// No right, or no such record: the webservice does not tell which.
    pub(crate) fn denied() -> Self {
        Self::new("ACCESS_DENIED", "Permission to perform the operation is denied")
    }

    pub(crate) fn denied_for(what: &str) -> Self {
        Self::new("ACCESS_DENIED", format!("Permission to perform the operation is denied for {what}"))
    }

    /// The record exists, but not for this user.
    pub(crate) fn foreign() -> Self {
        Self::new("ACCESS_DENIED", "Permission to read given object is denied")
    }

    pub(crate) fn invalid_id() -> Self {
        Self::new("INVALID_ID_ATTRIBUTE", "Id specified is incorrect")
    }

    pub(crate) fn missing(field: &str) -> Self {
        Self::new("MANDATORY_FIELDS_MISSING", format!("{field} does not have a value"))
    }

    pub(crate) fn internal() -> Self {
        Self::new("INTERNAL_SERVER_ERROR", "Unknown Error while processing request")
    }

    pub(crate) fn database() -> Self {
        Self::new("DATABASE_QUERY_ERROR", "Database error while performing required operation")
    }

    pub(crate) fn unknown_relation() -> Self {
        Self::new("UNKOWN_ENTITY", "Relation specified is incorrect")
    }

    pub(crate) fn invalid_session() -> Self {
        Self::new("INVALID_SESSIONID", "Session Identifier provided is Invalid")
    }

    pub(crate) fn not_logged_in() -> Self {
        Self::new("AUTHENTICATION_REQUIRED", "Authencation required")
    }

    pub(crate) fn reply(&self) -> Reply {
        let (code, message) = match self {
            Self::Logical { code, message } => (Json::text(*code), Json::text(message.as_str())),
            Self::Duplicate => (Json::Int(0), Json::text("Duplicate(s) detected!")),
            Self::Fatal => return fatal(),
        };
        let error = Json::object([("message", message), ("code", code)]);
        answer(&Json::object([("success", Json::Bool(false)), ("error", error)]))
    }
}

/// HTTP 200 with the result.
pub(crate) fn success(result: Json<'_>) -> Reply {
    answer(&Json::object([("success", Json::Bool(true)), ("result", result)]))
}

/// HTTP 500 and nothing else, after a session was started.
pub(crate) fn fatal() -> Reply {
    no_cache(Reply::raw(500, "text/html; charset=UTF-8", ""))
}

/// HTTP 500 and nothing else, before a session was started.
pub(crate) fn fatal_at_once() -> Reply {
    Reply::raw(500, "text/html; charset=UTF-8", "")
}

fn answer(body: &Json<'_>) -> Reply {
    let mut text = String::new();
    body.write(&mut text);
    no_cache(Reply::raw(200, "application/json", text))
}

/// What PHP sends with every answer once a session is open.
fn no_cache(reply: Reply) -> Reply {
    reply
        .header("expires", "Thu, 19 Nov 1981 08:52:00 GMT")
        .header("cache-control", "no-store, no-cache, must-revalidate")
        .header("pragma", "no-cache")
}
