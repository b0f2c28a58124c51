//! Dolibarr's errors, in the words of its framework.

use serde_json::json;

use crate::http::Reply;

/// An error on its way to an answer.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: u16,
    said: String,
    /// Where in its program, and after which stages.
    source: &'static str,
    stage: Stage,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    Setup,
    Authenticate,
    Call,
}

/// The result of an endpoint.
pub(crate) type Outcome = Result<Reply, Failure>;

impl Failure {
    /// An error that an endpoint itself finds.
    pub(crate) fn call(status: u16, said: impl Into<String>, source: &'static str) -> Self {
        Self { status, said: said.into(), source, stage: Stage::Call }
    }

    /// A key that is wrong, or none at all.
    pub(crate) fn unauthorized(given: Option<&str>) -> Self {
        let (said, source) = match given {
            Some(_) => (
                "Error user not valid (not found with api key or bad status or bad validity dates) (conf->entity=1)",
                "api_access.class.php:167",
            ),
            None => (
                "Failed to login to API. No parameter 'HTTP_DOLAPIKEY' on HTTP header (and no parameter DOLAPIKEY in URL).",
                "api_access.class.php:219",
            ),
        };
        Self { status: 401, said: said.to_owned(), source, stage: Stage::Authenticate }
    }

    pub(crate) fn bad_json() -> Self {
        let said = "Error encoding/decoding JSON: Syntax error".to_owned();
        Self { status: 400, said, source: "JsonFormat.php:154", stage: Stage::Setup }
    }

    pub(crate) fn reply(&self) -> Reply {
        let (at, success, failure): (&str, &[&str], &[&str]) = match self.stage {
            Stage::Setup => ("setup", &[], &["get", "route", "negotiate", "message"]),
            Stage::Authenticate => {
                ("authenticate", &["get", "route", "negotiate"], &["authenticate", "message"])
            }
            Stage::Call => {
                ("call", &["get", "route", "negotiate", "authenticate", "validate"], &["call", "message"])
            }
        };
        let reason = reason(self.status);
        let message =
            if self.said.is_empty() { reason.to_owned() } else { format!("{reason}: {}", self.said) };
        let body = json!({
            "error": {"code": self.status, "message": message},
            "debug": {
                "source": format!("{} at {at} stage", self.source),
                "stages": {"success": success, "failure": failure},
            },
        });
        Reply::raw(self.status, "application/json; charset=utf-8", body.to_string())
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
