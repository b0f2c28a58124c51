//! The address that a browser ended at: the answer of a vendor to the question whether sirank may.

use std::io::BufRead;

use tokio::sync::mpsc;
use url::form_urlencoded;

use super::callback::Received;
use crate::http::Challenge;

/// The longest address that is read.
const LONGEST: usize = 16 << 10;

/// What an address says.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

/// Why an answer gives no code.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// The person, or the vendor, said no.
    Refused(String),
    /// It answers another question: another state.
    Foreign,
    /// It says nothing.
    Empty,
}

impl Answer {
    /// Reads the query of an address.
    pub(super) fn of_query(query: &str) -> Self {
        let mut answer = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = match name.as_ref() {
                "code" => &mut answer.code,
                "state" => &mut answer.state,
                "error" => &mut answer.error,
                "error_description" => &mut answer.description,
                _ => continue,
            };
            *place = Some(value.into_owned());
        }
        answer
    }

    /// Reads an address, or what somebody copied of it.
    pub(super) fn of_text(text: &str) -> Self {
        let text = text.trim().trim_matches(['"', '\'', '<', '>']);
        let query = text.split_once('?').map_or(text, |(_, query)| query);
        Self::of_query(query.split('#').next().unwrap_or_default())
    }

    /// The code, if this answers the question.
    pub(super) fn judged(self, challenge: &Challenge) -> Result<String, Wrong> {
        let state = self.state.filter(|state| !state.is_empty());
        let own = state.as_deref().is_some_and(|state| challenge.is_answered_by(state));
        match (self.error, self.code) {
            // Vendors that refuse before they know the question cannot repeat its state. Nothing is gained by such an
            // answer, so it is taken; one with another state is somebody else's.
            (Some(error), _) if own || state.is_none() => Err(Wrong::Refused(match self.description {
                Some(description) => format!("{}: {}", plain(&error), plain(&description)),
                None => plain(&error),
            })),
            (None, Some(code)) if own && !code.is_empty() => Ok(code),
            (None, None) => Err(Wrong::Empty),
            _ => Err(Wrong::Foreign),
        }
    }
}

/// A text from an address, fit for a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

/// Hands on every line of standard input as an answer, until it ends. In a thread of its own: reading cannot be
/// cancelled, and must not keep the process from ending.
///
/// `alone`: nothing else answers, so the end of the input is the end of waiting.
pub(super) fn read_pasted(answers: mpsc::Sender<Received>, alone: bool) {
    let read = move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            if line.trim().is_empty() || line.len() > LONGEST {
                continue;
            }
            let received = Received { answer: Answer::of_text(&line), page: None };
            if answers.blocking_send(received).is_err() {
                return;
            }
        }
        if !alone {
            // The browser may still answer.
            std::mem::forget(answers);
        }
    };
    std::thread::spawn(read);
}
