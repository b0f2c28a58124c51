//! Answers that are no answers: failures that the connector itself finds.

use super::problem::Problem;
use crate::http::{Class, HttpFailure};

/// An answer that contradicts HubSpot's API.
pub(super) fn nonsense(operation: &'static str, message: &str) -> Box<HttpFailure> {
    HttpFailure::found(operation, Class::Malformed, message)
}

/// A problem within an answer.
pub(super) fn refused(operation: &'static str, problem: &Problem) -> Box<HttpFailure> {
    let code = problem.code().unwrap_or("REFUSED").to_owned();
    HttpFailure::found(operation, Class::Refused { code }, problem.explanation())
}
