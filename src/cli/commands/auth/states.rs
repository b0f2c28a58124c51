//! How the authorisations of all systems stand, as their files tell it: nobody is asked.

use serde::Serialize;

use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::{Output, table};
use crate::cli::wiring::Context;
use crate::cli::wiring::authorisation::{Way, command, known, on_file};
use crate::clock;
use crate::http::Authorisation;
use crate::ports::{Finding, Severity};
use crate::settings::Loaded;

/// One system.
#[derive(Serialize)]
struct Row {
    name: String,
    system: &'static str,
    /// `oauth`, `token` or `none`.
    by: &'static str,
    /// `never`, `valid`, `lost`, `unreadable` or `not_needed`.
    state: &'static str,
    /// What it is, for people.
    says: String,
    valid_until: Option<String>,
    given_at: Option<String>,
    scopes: Vec<String>,
    missing_scopes: Vec<String>,
    advice: String,
}

/// Lists every system.
pub(super) fn list(context: &Context, out: &mut Output) -> Result<Exit, CliError> {
    let rows = rows(context.loaded());
    out.print(&rows, |rows| {
        let mut shown = table(&["system", "name", "authorisation", "what to do"], &[]);
        for row in rows {
            shown.add_row([row.system, &row.name, &row.says, &row.advice]);
        }
        shown.to_string()
    })?;
    Ok(Exit::Done)
}

/// What `check` says of the systems that are authorised by OAuth.
pub(in crate::cli) fn findings(loaded: &Loaded) -> Vec<Finding> {
    let finding = |row: Row| Finding {
        // Not an error, so that a service can be started that somebody is about to authorise: reaching the system is one.
        severity: if row.advice.is_empty() { Severity::Ok } else { Severity::Warning },
        place: row.name,
        what: row.says,
        advice: row.advice,
    };
    rows(loaded).into_iter().filter(|row| row.by == "oauth").map(finding).collect()
}

fn rows(loaded: &Loaded) -> Vec<Row> {
    let row = |known: crate::cli::wiring::authorisation::Known| {
        let plain = |by, says: &str| Row {
            name: known.name.clone(),
            system: known.system,
            by,
            state: "not_needed",
            says: says.to_owned(),
            valid_until: None,
            given_at: None,
            scopes: Vec::new(),
            missing_scopes: Vec::new(),
            advice: String::new(),
        };
        match &known.way {
            Way::Token => plain("token", "a token that a person made: nothing to authorise"),
            Way::Own(sentence) => plain("none", sentence),
            Way::OAuth(needed) => {
                let row = plain("oauth", "");
                match on_file(loaded, &known.name) {
                    Ok(Some(held)) => row.of(&held, needed),
                    Ok(None) => Row {
                        state: "never",
                        says: "never authorised".to_owned(),
                        advice: format!("Run `{}`", command(&known.name)),
                        ..row
                    },
                    Err(error) => Row {
                        state: "unreadable",
                        says: error.to_string(),
                        advice: format!("Then run `{}`", command(&known.name)),
                        ..row
                    },
                }
            }
        }
    };
    known(loaded).into_iter().map(row).collect()
}

impl Row {
    fn of(self, held: &Authorisation, needed: &[String]) -> Self {
        let run = command(&self.name);
        let day = |instant: chrono::DateTime<chrono::Utc>| instant.format("%Y-%m-%d %H:%M UTC").to_string();
        let missing: Vec<String> = held.missing(needed).into_iter().map(str::to_owned).collect();
        let given = format!("authorised on {}", day(held.given_at));
        let (state, says, advice) = match (&held.lost, held.expires_at) {
            (Some(lost), _) => {
                let says = format!("{given}, lost on {}: {}", day(lost.at), lost.reason);
                ("lost", says, format!("Run `{run}`"))
            }
            (None, Some(end)) if end > clock::now() => {
                ("valid", format!("{given}; valid until {}, then renewed by itself", day(end)), String::new())
            }
            (None, Some(_)) => ("valid", format!("{given}; renewed at the next call"), String::new()),
            (None, None) => ("valid", given, String::new()),
        };
        let (says, advice) = match (&missing[..], state) {
            ([], _) | (_, "lost") => (says, advice),
            (missing, _) => (
                format!("{says}; missing scopes: {}", missing.join(", ")),
                format!("Add them to the OAuth app, then run `{run}`"),
            ),
        };
        Self {
            state,
            says,
            valid_until: held.expires_at.map(clock::stamp),
            given_at: Some(clock::stamp(held.given_at)),
            scopes: held.scopes.clone(),
            missing_scopes: missing,
            advice,
            ..self
        }
    }
}
