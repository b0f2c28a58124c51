//! What notices say, in the configured language. Pure; how a way marks it up is the way's.

mod digest;
mod plain;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::notice::{Cause, Notice};
use crate::clock::day_in;
use crate::domain::catalogue::Language;
use crate::domain::explanation::Explainer;

use plain::one_line;

/// The longest reason that is repeated, in characters; the log has all of it.
const LONGEST_REASON: usize = 1_200;
/// Lines of a reason that are repeated.
const MOST_LINES: usize = 20;

/// A message, before a way marks it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The one line that says it all.
    pub subject: String,
    /// The rest.
    pub blocks: Vec<Block>,
}

/// A part of a message. Every text is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A sentence.
    Line(String),
    /// A command to be typed.
    Command(String),
    /// A list with its heading.
    List {
        /// What it lists.
        heading: String,
        /// Its items.
        items: Vec<String>,
    },
}

/// Makes messages of notices.
#[derive(Clone, Debug)]
pub struct Words {
    language: Language,
    figures: Explainer,
    zone: Tz,
}

impl Words {
    /// In a language, with the code of the currency, by the clocks of a zone.
    pub fn new(language: Language, currency: &str, zone: Tz) -> Self {
        Self { language, figures: Explainer::new(language, currency), zone }
    }

    /// The message of a notice.
    pub fn message(&self, notice: &Notice) -> Message {
        match notice {
            Notice::RunFailed { at, run, reason, cause, since } => {
                self.run_failed(*at, run.as_deref(), reason, *cause, *since)
            }
            Notice::PlanHeld { plan, as_of, objections } => Message {
                subject: self.choose(
                    format!("sirank: the plan {plan} waits for approval"),
                    format!("sirank: il piano {plan} attende l'approvazione"),
                ),
                blocks: vec![
                    Block::Line(self.choose(
                        format!(
                            "A guard objects to the plan for {}. Nothing of it is written before it is approved.",
                            self.figures.day(*as_of)
                        ),
                        format!(
                            "Un controllo si oppone al piano per il {}. Nulla viene scritto prima dell'approvazione.",
                            self.figures.day(*as_of)
                        ),
                    )),
                    Block::List {
                        heading: self.text("What the guards object", "Obiezioni dei controlli"),
                        items: objections.iter().flat_map(|objection| lines(objection)).collect(),
                    },
                    Block::Line(self.text(
                        "If the change is wanted, this command approves it, on the machine of the service:",
                        "Se la modifica è voluta, questo comando la approva, sulla macchina del servizio:",
                    )),
                    Block::Command(format!("sirank apply {}", one_line(plan))),
                    Block::Line(self.text(
                        "If a newer plan has taken its place meanwhile, `sirank runs` names it.",
                        "Se nel frattempo un piano più recente ne ha preso il posto, `sirank runs` lo indica.",
                    )),
                ],
            },
            Notice::AuthorizationLost { at, system, advice } => Message {
                subject: self.choose(
                    format!("sirank: {} refuses the credentials", one_line(system)),
                    format!("sirank: {} rifiuta le credenziali", one_line(system)),
                ),
                blocks: vec![
                    Block::Line(self.choose(
                        format!("Since {} nothing is read or written there.", self.moment(*at)),
                        format!("Dal {} non vi si legge né si scrive più nulla.", self.moment(*at)),
                    )),
                    self.reason(advice),
                    Block::Line(self.text(
                        "Renew the token or the authorisation, then look whether it is accepted:",
                        "Rinnovare il token o l'autorizzazione, poi verificare che sia accettata:",
                    )),
                    Block::Command("sirank check".to_owned()),
                ],
            },
            Notice::Recovered { at, since } => Message {
                subject: self.text("sirank: all is well again", "sirank: tutto di nuovo regolare"),
                blocks: vec![Block::Line(self.choose(
                    format!(
                        "The run that ended on {} went well; the trouble was told on {}.",
                        self.moment(*at),
                        self.moment(*since)
                    ),
                    format!(
                        "L'esecuzione terminata il {} è riuscita; il problema era stato segnalato il {}.",
                        self.moment(*at),
                        self.moment(*since)
                    ),
                ))],
            },
            Notice::Digest(digest) => self.digest(digest),
        }
    }

    fn run_failed(
        &self,
        at: DateTime<Utc>,
        run: Option<&str>,
        reason: &str,
        cause: Cause,
        since: Option<DateTime<Utc>>,
    ) -> Message {
        let subject = match since {
            None => self.text("sirank: a run has failed", "sirank: un'esecuzione non è riuscita"),
            Some(_) => self.text("sirank: runs still fail", "sirank: le esecuzioni non riescono ancora"),
        };
        let run = run.map_or_else(String::new, |run| format!(" {}", one_line(run)));
        let mut blocks = vec![Block::Line(self.choose(
            format!("The run{run} failed on {}.", self.moment(at)),
            format!("L'esecuzione{run} non è riuscita il {}.", self.moment(at)),
        ))];
        if let Some(since) = since {
            blocks.push(Block::Line(self.choose(
                format!("It has been so since {}; it is told once a day.", self.moment(since)),
                format!("È così dal {}; viene segnalato una volta al giorno.", self.moment(since)),
            )));
        }
        blocks.push(self.reason(reason));
        blocks.push(Block::Line(self.what_to_do(cause)));
        blocks.push(Block::Command(
            match cause {
                Cause::Configuration | Cause::Permission => "sirank check",
                Cause::Passing | Cause::State | Cause::Other => "sirank runs",
            }
            .to_owned(),
        ));
        Message { subject, blocks }
    }

    fn what_to_do(&self, cause: Cause) -> String {
        match cause {
            Cause::Passing => self.text(
                "The next run tries it again by itself, and nothing is lost. If it lasts, look at that system. What each run did:",
                "La prossima esecuzione riprova da sola e nulla va perso. Se persiste, controllare quel sistema. L'esito delle esecuzioni:",
            ),
            Cause::Permission => self.text(
                "Give the user or the app the permission that is missing. What is missing says:",
                "Dare all'utente o all'app il permesso che manca. Che cosa manca lo dice:",
            ),
            Cause::Configuration => self.text(
                "Nothing is written before it is mended. Everything that prevents a run says:",
                "Nulla viene scritto finché non è corretto. Tutto ciò che impedisce un'esecuzione lo dice:",
            ),
            Cause::State => self.text(
                "Look at the disk and at the service's log on its machine. What each run did:",
                "Controllare il disco e il log del servizio sulla sua macchina. L'esito delle esecuzioni:",
            ),
            Cause::Other => self.text(
                "The service's log says more. What each run did:",
                "Il log del servizio dice di più. L'esito delle esecuzioni:",
            ),
        }
    }

    fn reason(&self, reason: &str) -> Block {
        let mut items = lines(reason);
        if items.len() > MOST_LINES {
            items.truncate(MOST_LINES);
            items.push("…".to_owned());
        }
        Block::List { heading: self.text("Reason", "Motivo"), items }
    }

    /// A moment by the clocks of the business: `2026-11-22 08:00`, `22/11/2026 08:00`.
    fn moment(&self, moment: DateTime<Utc>) -> String {
        let day = self.figures.day(day_in(self.zone, moment));
        format!("{day} {}", moment.with_timezone(&self.zone).format("%H:%M"))
    }

    fn text(&self, en: &str, it: &str) -> String {
        self.choose(en.to_owned(), it.to_owned())
    }

    fn choose(&self, en: String, it: String) -> String {
        match self.language {
            Language::En => en,
            Language::It => it,
        }
    }
}

/// The lines of a text that a program or a server wrote.
fn lines(text: &str) -> Vec<String> {
    let short: String = text.chars().take(LONGEST_REASON).collect();
    let cut = if short.len() < text.len() { " …" } else { "" };
    let lines = short.lines().map(one_line).filter(|line| !line.is_empty());
    let mut lines: Vec<String> = lines.collect();
    if let Some(last) = lines.last_mut() {
        last.push_str(cut);
    }
    lines
}
