//! Answers that are no answers: failures that the connector itself finds.

use super::problem::Problem;
use crate::http::{Class, HttpFailure, Outcome};

/// An answer that contradicts HubSpot's API.
pub(super) fn nonsense(operation: &'static str, message: &str) -> Box<HttpFailure> {
    failure(operation, Class::Malformed, message.to_owned())
}

/// A problem within an answer.
pub(super) fn refused(operation: &'static str, problem: &Problem) -> Box<HttpFailure> {
    let code = problem.code().unwrap_or("REFUSED").to_owned();
    failure(operation, Class::Refused { code }, problem.explanation())
}

fn failure(operation: &'static str, class: Class, message: String) -> Box<HttpFailure> {
    Box::new(HttpFailure {
        operation,
        class,
        message,
        outcome: Outcome::NotApplied,
        answer: None,
        attempts: 1,
    })
}
