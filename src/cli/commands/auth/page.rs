//! The page that the browser ends at. It repeats nothing of what the browser sent.

use crate::domain::catalogue::Language;

/// What the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// sirank has its tokens.
    Done,
    /// The person, or the vendor, said no.
    Refused,
    /// sirank got no tokens for the answer.
    Failed,
    /// This answers another question.
    Foreign,
}

impl Page {
    /// The page in a language.
    pub(super) fn html(self, language: Language) -> String {
        let (code, [title, text]) = match language {
            Language::En => ("en", self.english()),
            Language::It => ("it", self.italian()),
        };
        format!(
            "<!DOCTYPE html>\n<html lang=\"{code}\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
             <body><h1>{title}</h1><p>{text}</p></body></html>\n"
        )
    }

    const fn english(self) -> [&'static str; 2] {
        match self {
            Self::Done => ["sirank is authorised", "You can close this window and go back to the terminal."],
            Self::Refused => {
                ["sirank is not authorised", "The authorisation was refused. The terminal says how to go on."]
            }
            Self::Failed => [
                "sirank is not authorised",
                "The answer arrived, but no authorisation came of it. The terminal says why.",
            ],
            Self::Foreign => [
                "Not the answer that sirank waits for",
                "This page belongs to another attempt. Open the link that the terminal shows.",
            ],
        }
    }

    const fn italian(self) -> [&'static str; 2] {
        match self {
            Self::Done => ["sirank è autorizzato", "Puoi chiudere questa finestra e tornare al terminale."],
            Self::Refused => [
                "sirank non è autorizzato",
                "L'autorizzazione è stata negata. Il terminale dice come proseguire.",
            ],
            Self::Failed => [
                "sirank non è autorizzato",
                "La risposta è arrivata, ma non ha dato l'autorizzazione. Il terminale dice perché.",
            ],
            Self::Foreign => [
                "Non è la risposta che sirank attende",
                "Questa pagina appartiene a un altro tentativo. Apri il collegamento che il terminale mostra.",
            ],
        }
    }
}
