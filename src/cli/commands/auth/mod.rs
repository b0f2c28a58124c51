//! `sirank auth`: asks a person for the authorisation of a system, in the browser; without a system, lists how things
//! stand.

mod answer;
mod callback;
mod page;
mod states;

use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;

use self::answer::Wrong;
use self::callback::{Callback, Received};
use self::page::Page;
use crate::cli::args::AuthArgs;
use crate::cli::error::CliError;
use crate::cli::exit_code::Exit;
use crate::cli::output::{self, Output};
use crate::cli::wiring::Context;
use crate::cli::wiring::authorisation::{self, Known, Way, known, no_oauth};
use crate::clock;
use crate::http::{AuthTrouble, Authorisation, Challenge, OAuthTokens};
use crate::ports::{CallError, Trouble};

pub(in crate::cli) use states::findings;

/// What to open.
#[derive(Serialize)]
struct Question<'a> {
    system: &'a str,
    open: String,
    answer_at: String,
    timeout_seconds: u64,
}

/// What came of it.
#[derive(Serialize)]
struct Given<'a> {
    system: &'a str,
    account: Option<String>,
    scopes: Vec<String>,
    missing_scopes: Vec<String>,
    remarks: Vec<String>,
}

/// Asks for an authorisation, or lists them all.
pub(in crate::cli) async fn run(
    context: &Context,
    args: &AuthArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    match &args.system {
        None => states::list(context, out),
        Some(name) => authorise(context, &chosen(context, name)?, args, out).await,
    }
}

fn chosen(context: &Context, name: &str) -> Result<Known, CliError> {
    let all = known(context.loaded());
    match all.iter().find(|known| known.name == name) {
        Some(known) if matches!(known.way, Way::OAuth(_)) => Ok(known.clone()),
        Some(known) => Err(no_oauth(known)),
        None if name == "vtiger" => Err(CliError::Usage(
            "vTiger has no OAuth: give the access key of its API user as vtiger.token_file, token_env or token".to_owned(),
        )),
        None => {
            let names: Vec<&str> = all.iter().map(|known| known.name.as_str()).collect();
            Err(CliError::Usage(format!(
                "the configuration names no system `{name}`: it names {}",
                names.join(", ")
            )))
        }
    }
}

async fn authorise(
    context: &Context,
    known: &Known,
    args: &AuthArgs,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let tokens = context.tokens_of(known)?;
    let settings = tokens.authority().settings();
    let (answers, mut incoming) = mpsc::channel(4);
    let callback = if args.no_browser {
        None
    } else {
        let language = context.settings().language;
        Some(Callback::listen(settings.redirect_port, language, answers.clone()).await?)
    };
    let challenge = tokens.authority().challenge();
    let question = Question {
        system: known.system,
        open: challenge.link.to_string(),
        answer_at: settings.redirect_url(),
        timeout_seconds: args.timeout_seconds,
    };
    out.row(&question, |question| instructions(question, args.no_browser))?;
    answer::read_pasted(answers, args.no_browser);
    let outcome = wait(known, challenge, &tokens, &mut incoming, args.timeout_seconds).await;
    if let Some(callback) = callback {
        callback.close().await;
    }
    let authorisation = outcome?;
    tell(context, known, &authorisation, out).await
}

/// Waits for the answer to this question and redeems it; answers to other questions are told so and not taken. Once the
/// answer is there its code is redeemed to the end, since it is good for one time only.
async fn wait(
    known: &Known,
    challenge: Challenge,
    tokens: &OAuthTokens,
    incoming: &mut mpsc::Receiver<Received>,
    patience_seconds: u64,
) -> Result<Authorisation, CliError> {
    let mut patience = std::pin::pin!(clock::sleep(Duration::from_secs(patience_seconds)));
    loop {
        let received = tokio::select! {
            received = incoming.recv() => received,
            () = &mut patience => return Err(unanswered(known, patience_seconds)),
        };
        let Some(Received { answer, page }) = received else { return Err(nothing_pasted()) };
        let shown = |shown| {
            if let Some(page) = page {
                // A browser that is gone needs no page.
                let _ = page.send(shown);
            }
        };
        match answer.judged(&challenge) {
            Ok(code) => {
                let outcome = tokens.authorise(challenge, &code).await;
                shown(if outcome.is_ok() { Page::Done } else { Page::Failed });
                return outcome.map_err(|trouble| failed(known, trouble));
            }
            Err(Wrong::Refused(said)) => {
                shown(Page::Refused);
                return Err(refused(known, &said));
            }
            Err(Wrong::Foreign) => {
                shown(Page::Foreign);
                warn(
                    "This is the answer to another question: it was not taken. Open the link above, or paste the whole address.",
                );
            }
            Err(Wrong::Empty) => {
                shown(Page::Foreign);
                warn(
                    "There is no answer in this: paste the whole address that the browser ended at, with code= in it.",
                );
            }
        }
    }
}

fn nothing_pasted() -> CliError {
    CliError::Usage(
        "no address was pasted: run the command again and paste the one that the browser ended at".to_owned(),
    )
}

fn warn(text: &str) {
    use std::io::Write;
    // Nowhere is left to say that it could not be said.
    let _ = writeln!(output::messages(), "{text}");
}

fn instructions(question: &Question<'_>, no_browser: bool) -> String {
    let Question { system, open, answer_at, timeout_seconds } = question;
    let how = if no_browser {
        format!(
            "In the end the browser goes to {answer_at}, which it may not be able to show. Paste the address that it ended \
             at here, within {timeout_seconds} seconds:"
        )
    } else {
        format!(
            "The answer is waited for at {answer_at} for {timeout_seconds} seconds. Where the browser cannot reach this \
             machine, paste the address that it ended at here."
        )
    };
    format!("Open this link in a browser and allow sirank to use {system}:\n\n{open}\n\n{how}")
}

async fn tell(
    context: &Context,
    known: &Known,
    authorisation: &Authorisation,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let Way::OAuth(needed) = &known.way else { return Err(no_oauth(known)) };
    let missing: Vec<String> = authorisation.missing(needed).into_iter().map(str::to_owned).collect();
    let mut given = Given {
        system: known.system,
        account: None,
        scopes: authorisation.scopes.clone(),
        missing_scopes: missing,
        remarks: Vec::new(),
    };
    match context.identity(known).await {
        Ok(identity) => {
            given.account = Some(identity.account);
            let remark = |finding: crate::ports::Finding| format!("{}. {}", finding.what, finding.advice);
            given.remarks.extend(identity.findings.into_iter().map(remark));
        }
        // The authorisation stands; that it does not suffice, or that nobody answers just now, is another matter.
        Err(error) => {
            given.remarks.push(format!("The account could not be asked: {}", authorisation::trouble(&error)));
        }
    }
    out.row(&given, said)?;
    Ok(Exit::Done)
}

fn said(given: &Given<'_>) -> String {
    let mut lines = vec![match &given.account {
        Some(account) => format!("sirank is authorised for {}: account {account}", given.system),
        None => format!("sirank is authorised for {}", given.system),
    }];
    lines.push(format!("Scopes: {}", given.scopes.join(", ")));
    if !given.missing_scopes.is_empty() {
        lines.push(format!("Not granted, though asked for: {}", given.missing_scopes.join(", ")));
    }
    lines.extend(given.remarks.iter().cloned());
    lines.join("\n")
}

fn call_error(known: &Known, trouble: Trouble) -> CliError {
    let operation = "authorising sirank".to_owned();
    CliError::Call(CallError { system: known.system.to_owned(), operation, trouble })
}

fn failed(known: &Known, trouble: AuthTrouble) -> CliError {
    call_error(known, trouble.into())
}

fn refused(known: &Known, said: &str) -> CliError {
    let message = format!(
        "the authorisation was refused ({said}). Open the link as somebody who may install apps, and allow it"
    );
    call_error(known, Trouble::Unauthorized(message))
}

fn unanswered(known: &Known, seconds: u64) -> CliError {
    let message = format!(
        "nobody answered within {seconds} seconds. Run `{}` again; --timeout-seconds waits for longer",
        authorisation::command(&known.name)
    );
    call_error(known, Trouble::Unavailable { message, retry_after: None })
}
