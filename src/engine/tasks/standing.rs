//! Why a company has a task, or has none: for people, from the state alone.

use serde::Serialize;

use crate::clock::{day_in, now};
use crate::domain::catalogue::Label;
use crate::domain::company::CompanyRecord;
use crate::domain::contact_plan::{Contact, FallsTo};
use crate::domain::explanation::Explainer;
use crate::domain::figures::{CompanyFacts, Figures};
use crate::domain::ids::CompanyId;
use crate::domain::tasks::{ContactSubject, EndedBy, KnownTask, TaskChange, TaskTeller, ends, rest_of};
use crate::domain::time::Day;
use crate::engine::Policy;
use crate::engine::explain::said;
use crate::engine::records::REFUSED_REST;
use crate::store::{Store, StoreError};

/// A company's tasks, and why it has a contact task or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskStanding {
    /// sirank's tasks of it, the latest first.
    pub tasks: Vec<TaskLine>,
    /// Why it has a contact task, or none, in the configured language; nothing where none are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskLine {
    /// Its id.
    pub id: String,
    /// What it asks for, and because of what: `contact:123@2026-05-13`.
    pub key: String,
    /// Whether it is open.
    pub open: bool,
    /// The day on which it was made.
    pub created: Day,
    /// The day since which it is done or deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Day>,
    /// Who ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<EndedBy>,
}

/// Why a company has tasks, or none; nothing where no tasks are made at all. `known`: what is known of it, where it has
/// figures.
pub(in crate::engine) fn task_standing(
    store: &Store,
    policy: &Policy,
    as_of: Day,
    record: &CompanyRecord,
    known: Option<(&CompanyFacts, &Figures)>,
) -> Result<Option<TaskStanding>, StoreError> {
    if !policy.tasks.any(policy.wake_up.is_some()) {
        return Ok(None);
    }
    let tasks = store.tasks_of(&record.id)?;
    let lines = tasks.iter().map(|task| line(task, policy)).collect();
    let why =
        if policy.tasks.contacts { Some(reason(store, policy, as_of, record, known, &tasks)?) } else { None };
    Ok(Some(TaskStanding { tasks: lines, why }))
}

fn line(known: &KnownTask, policy: &Policy) -> TaskLine {
    TaskLine {
        id: known.task.id.to_string(),
        key: known.task.key.to_string(),
        open: known.is_open(),
        created: day_in(policy.zone, known.task.created),
        ended: known.ended.map(|ended| ended.on),
        ended_by: known.ended.map(|ended| ended.by),
    }
}

fn reason(
    store: &Store,
    policy: &Policy,
    as_of: Day,
    record: &CompanyRecord,
    known: Option<(&CompanyFacts, &Figures)>,
    tasks: &[KnownTask],
) -> Result<String, StoreError> {
    let language = policy.language;
    let Some((facts, figures)) = known else { return Ok(said(language, &NO_FIGURES)) };
    let explainer = Explainer::new(language, &policy.currency.base);
    let contact = Contact::of(&policy.rules, &explainer, record, facts, figures);
    let has_card =
        policy.wake_up.is_some() && store.cards_of(&record.id)?.iter().any(|row| row.card.is_open());
    let subject = ContactSubject {
        tasks,
        contact: contact.as_ref(),
        has_card,
        has_other_task: tasks.iter().any(|task| task.is_open() && !task.is_contact()),
        last_contact: facts.last_contact,
        last_contact_at: record.last_contact_at,
    };
    if let Some(task) = tasks.iter().find(|task| task.is_open() && task.is_contact()) {
        let ending = ends(task, day_in(policy.zone, task.task.created), &subject);
        return Ok(match (ending, &contact) {
            _ if task.reopened => said(language, &REOPENED),
            (Some(why), _) => {
                format!("{} {}.", said(language, &ENDS), TaskTeller::new(explainer).end(why))
            }
            (None, Some(contact)) => format!("{} {}.", said(language, &HAS_ONE), contact.reason),
            (None, None) => said(language, &NOT_ASKED),
        });
    }
    let Some(contact) = &contact else { return Ok(said(language, &NOT_ASKED)) };
    let plain = match &contact.falls_to {
        _ if has_card => &HAS_CARD,
        _ if subject.has_other_task => &HAS_OTHER,
        _ if !contact.overdue => return Ok(format!("{} {}.", said(language, &NOT_DUE), contact.reason)),
        FallsTo::Assignment => &TO_ASSIGN,
        FallsTo::Nobody => &NOBODY,
        FallsTo::Owner(_) => {
            let rests = rest_of(tasks, policy.tasks.rest_days).filter(|until| *until > as_of);
            return Ok(match rests {
                Some(until) => format!("{} {}.", said(language, &RESTS), explainer.day(until)),
                None if refused_lately(store, &record.id)? => said(language, &REFUSED),
                None => said(language, &WAITS),
            });
        }
    };
    Ok(said(language, plain))
}

fn refused_lately(store: &Store, company: &CompanyId) -> Result<bool, StoreError> {
    let changes = store.records_done_or_refused::<TaskChange>(now() + REFUSED_REST, now() - REFUSED_REST)?;
    Ok(changes.iter().any(|(change, _)| change.company == *company))
}

const NO_FIGURES: Label =
    Label { en: "It has no figures, so it gets no task.", it: "Non ha valori, quindi nessuna attività." };
const HAS_ONE: Label = Label { en: "Its contact is overdue:", it: "Il contatto è in ritardo:" };
const ENDS: Label = Label {
    en: "Its contact task is ticked off by the next run:",
    it: "L'attività sarà completata alla prossima esecuzione:",
};
const REOPENED: Label = Label {
    en: "Its contact task was opened again by somebody and stays with them.",
    it: "L'attività è stata riaperta da qualcuno e resta sua.",
};
const NOT_ASKED: Label = Label {
    en: "Its cluster asks for no direct contact.",
    it: "Il suo cluster non richiede un contatto diretto.",
};
const NOT_DUE: Label = Label { en: "Its contact is not overdue:", it: "Il contatto non è in ritardo:" };
const HAS_CARD: Label = Label {
    en: "It has an open card in the Wake Up pipeline: no contact task beside it.",
    it: "Ha una scheda aperta nella pipeline Wake Up: nessuna attività di contatto accanto.",
};
const HAS_OTHER: Label = Label {
    en: "It has another open task of sirank's: one is enough.",
    it: "Ha già un'altra attività aperta di sirank: una basta.",
};
const TO_ASSIGN: Label = Label {
    en: "Its contact is overdue and it has no active owner: `sirank contacts` lists it for assignment.",
    it: "Il contatto è in ritardo e non ha un proprietario attivo: `sirank contacts` la elenca da assegnare.",
};
const NOBODY: Label = Label {
    en: "Its contact is overdue and it has no active owner.",
    it: "Il contatto è in ritardo e non ha un proprietario attivo.",
};
const RESTS: Label = Label {
    en: "Somebody ticked off or deleted its last contact task without a contact; it rests until",
    it: "Qualcuno ha completato o eliminato l'ultima attività senza un contatto; riposa fino al",
};
const REFUSED: Label = Label {
    en: "The CRM refused a task for it lately; it is tried again after a day.",
    it: "Il CRM ha rifiutato di recente un'attività; si riprova dopo un giorno.",
};
const WAITS: Label = Label {
    en: "Its contact is overdue and waits for its turn: the most important ones come first, tasks.contacts_per_owner in a \
         run, tasks.contacts_open_per_owner in all.",
    it: "Il contatto è in ritardo e attende il proprio turno: prima i più importanti, tasks.contacts_per_owner per \
         esecuzione, tasks.contacts_open_per_owner in tutto.",
};
