//! What people read, in both languages.

use chrono_tz::Europe::Rome;
use rust_decimal::Decimal;

use super::at;
use crate::domain::catalogue::Language;
use crate::domain::money::Money;
use crate::domain::time::Day;
use crate::notify::{Block, Cause, Digest, Moved, Named, Names, Notice, Words};

/// A message as plain text.
fn shown(language: Language, notice: &Notice) -> String {
    let message = Words::new(language, "EUR", Rome).message(notice);
    let mut lines = vec![message.subject];
    for block in message.blocks {
        match block {
            Block::Line(line) => lines.push(line),
            Block::Command(command) => lines.push(format!("$ {command}")),
            Block::List { heading, items } => {
                lines.push(format!("{heading}:"));
                lines.extend(items.into_iter().map(|item| format!("- {item}")));
            }
        }
    }
    assert!(lines.iter().all(|line| !line.chars().any(char::is_control)), "{lines:?}");
    lines.join("\n")
}

#[track_caller]
fn check(notice: &Notice, en: &str, it: &str) {
    assert_eq!(shown(Language::En, notice), en);
    assert_eq!(shown(Language::It, notice), it);
}

fn named(name: &str, revenue: Option<&str>, moved: Option<(&str, &str)>) -> Named {
    Named {
        name: name.to_owned(),
        revenue: revenue.map(|text| Money::rounded(Decimal::from_str_exact(text).unwrap())),
        moved: moved.map(|(from, to)| Moved { from: from.to_owned(), to: to.to_owned() }),
    }
}

fn digest(cold: Names, active: Names, moved: Names) -> Notice {
    let (from, to) = (at("2026-11-16T07:00:00Z"), at("2026-11-23T07:00:00Z"));
    Notice::Digest(Digest { from, to, companies: 12_345, cold, active, moved })
}

#[test]
fn a_failed_run() {
    check(
        &Notice::RunFailed {
            at: at("2026-11-22T09:30:00Z"),
            run: Some("r20261122-093000-000".to_owned()),
            reason: "HubSpot: reading companies: no connection\n  second line".to_owned(),
            cause: Cause::Passing,
            since: None,
        },
        "sirank: a run has failed\n\
         The run r20261122-093000-000 failed on 2026-11-22 10:30.\n\
         Reason:\n- HubSpot: reading companies: no connection\n- second line\n\
         The next run tries it again by itself, and nothing is lost. If it lasts, look at that system. What each run did:\n\
         $ sirank runs",
        "sirank: un'esecuzione non è riuscita\n\
         L'esecuzione r20261122-093000-000 non è riuscita il 22/11/2026 10:30.\n\
         Motivo:\n- HubSpot: reading companies: no connection\n- second line\n\
         La prossima esecuzione riprova da sola e nulla va perso. Se persiste, controllare quel sistema. L'esito delle \
         esecuzioni:\n\
         $ sirank runs",
    );
    check(
        &Notice::RunFailed {
            at: at("2026-11-22T09:30:00Z"),
            run: None,
            reason: "the run cannot begin".to_owned(),
            cause: Cause::Configuration,
            since: Some(at("2026-11-21T09:30:00Z")),
        },
        "sirank: runs still fail\n\
         The run failed on 2026-11-22 10:30.\n\
         It has been so since 2026-11-21 10:30; it is told once a day.\n\
         Reason:\n- the run cannot begin\n\
         Nothing is written before it is mended. Everything that prevents a run says:\n\
         $ sirank check",
        "sirank: le esecuzioni non riescono ancora\n\
         L'esecuzione non è riuscita il 22/11/2026 10:30.\n\
         È così dal 21/11/2026 10:30; viene segnalato una volta al giorno.\n\
         Motivo:\n- the run cannot begin\n\
         Nulla viene scritto finché non è corretto. Tutto ciò che impedisce un'esecuzione lo dice:\n\
         $ sirank check",
    );
}

#[test]
fn a_plan_that_waits() {
    check(
        &Notice::PlanHeld {
            plan: "p20261122-093000-000".to_owned(),
            as_of: Day::from_ymd(2026, 11, 22).unwrap(),
            objections: vec!["the feed came back empty".to_owned()],
        },
        "sirank: the plan p20261122-093000-000 waits for approval\n\
         A guard objects to the plan for 2026-11-22. Nothing of it is written before it is approved.\n\
         What the guards object:\n- the feed came back empty\n\
         If the change is wanted, this command approves it, on the machine of the service:\n\
         $ sirank apply p20261122-093000-000\n\
         If a newer plan has taken its place meanwhile, `sirank runs` names it.",
        "sirank: il piano p20261122-093000-000 attende l'approvazione\n\
         Un controllo si oppone al piano per il 22/11/2026. Nulla viene scritto prima dell'approvazione.\n\
         Obiezioni dei controlli:\n- the feed came back empty\n\
         Se la modifica è voluta, questo comando la approva, sulla macchina del servizio:\n\
         $ sirank apply p20261122-093000-000\n\
         Se nel frattempo un piano più recente ne ha preso il posto, `sirank runs` lo indica.",
    );
}

#[test]
fn an_authorisation_that_is_gone_and_all_is_well_again() {
    check(
        &Notice::AuthorizationLost {
            at: at("2026-07-01T22:30:00Z"),
            system: "HubSpot".to_owned(),
            advice: "the token is no longer valid".to_owned(),
        },
        "sirank: HubSpot refuses the credentials\n\
         Since 2026-07-02 00:30 nothing is read or written there.\n\
         Reason:\n- the token is no longer valid\n\
         Renew the token or the authorisation, then look whether it is accepted:\n\
         $ sirank check",
        "sirank: HubSpot rifiuta le credenziali\n\
         Dal 02/07/2026 00:30 non vi si legge né si scrive più nulla.\n\
         Motivo:\n- the token is no longer valid\n\
         Rinnovare il token o l'autorizzazione, poi verificare che sia accettata:\n\
         $ sirank check",
    );
    check(
        &Notice::Recovered { at: at("2026-11-22T09:45:00Z"), since: at("2026-11-22T09:30:00Z") },
        "sirank: all is well again\n\
         The run that ended on 2026-11-22 10:45 went well; the trouble was told on 2026-11-22 10:30.",
        "sirank: tutto di nuovo regolare\n\
         L'esecuzione terminata il 22/11/2026 10:45 è riuscita; il problema era stato segnalato il 22/11/2026 10:30.",
    );
}

#[test]
fn the_digest() {
    let cold = Names {
        count: 1_021,
        first: vec![named("Rossi S.r.l.", Some("12500"), None), named("Bianchi", None, None)],
    };
    let moved = Names { count: 1, first: vec![named("Verdi", Some("0.5"), Some(("B", "A")))] };
    check(
        &digest(cold, Names::default(), moved),
        "sirank: 1,021 newly cold, 0 active again, 1 in another cluster\n\
         From 2026-11-16 08:00 to 2026-11-23 08:00.\n\
         New cold customers (revenue while active): 1,021:\n\
         - Rossi S.r.l. (EUR 12,500.00)\n- Bianchi\n- and 1,019 more\n\
         Cluster moves (revenue of 36 months): 1:\n- Verdi: B → A (EUR 0.50)\n\
         Companies in the CRM: 12,345.",
        "sirank: freddi 1.021, tornati attivi 0, cambi di cluster 1\n\
         Dal 16/11/2026 08:00 al 23/11/2026 08:00.\n\
         Nuovi clienti freddi (fatturato da attivo): 1.021:\n\
         - Rossi S.r.l. (12.500,00 EUR)\n- Bianchi\n- e altri 1.019\n\
         Cambi di cluster (fatturato di 36 mesi): 1:\n- Verdi: B → A (0,50 EUR)\n\
         Aziende nel CRM: 12.345.",
    );
}

#[test]
fn a_digest_without_news_says_so_in_one_line() {
    let none = digest(Names::default(), Names::default(), Names::default());
    let en = shown(Language::En, &none);
    assert!(
        en.contains("\nNo customer has become cold, none is active again, none has changed cluster.\n"),
        "{en}"
    );
    let it = shown(Language::It, &none);
    assert!(it.contains("\nNessun cliente è diventato freddo,"), "{it}");
}

#[test]
fn names_and_reasons_of_others_stay_on_their_line_and_are_cut() {
    let long = "x".repeat(200);
    let names = ["Evil\r\nBcc: all@example.com", "a\u{202e}b\u{200b}c", long.as_str()];
    let first = names.iter().map(|name| named(name, None, None)).collect();
    let text = shown(Language::En, &digest(Names { count: 3, first }, Names::default(), Names::default()));
    assert!(text.contains("\n- Evil Bcc: all@example.com\n- abc\n"), "{text}");
    assert!(text.contains(&format!("\n- {}…\n", "x".repeat(79))), "{text}");
    let notice = Notice::RunFailed {
        at: at("2026-11-22T09:30:00Z"),
        run: None,
        reason: "many words ".repeat(1_000),
        cause: Cause::Other,
        since: None,
    };
    let text = shown(Language::En, &notice);
    assert!(text.len() < 2_000 && text.contains(" …\n"), "{text}");
}
