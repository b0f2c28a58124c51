//! What a plan does with tasks: decided company by company beside the figures, and from the same readings.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::day_in;
use crate::domain::contact_plan::Contact;
use crate::domain::explanation::Explainer;
use crate::domain::figures::{CompanyFacts, Figures};
use crate::domain::ids::{CompanyId, DealId, OwnerId, TaskId};
use crate::domain::plan::TaskCounts;
use crate::domain::tasks::{
    ContactChooser, ContactSubject, EndReason, KnownTask, TaskAction, TaskChange, TaskKey, TaskKind,
    TaskRules, TaskTeller, TaskText, WonDeal, asks_for_a_task, ends,
};
use crate::domain::time::Day;
use crate::domain::wake_up::{CardAction, CardChange, CardStage, StageRole};
use crate::engine::analyse::Listed;
use crate::engine::records::REFUSED_REST;
use crate::engine::wake_up::Boarded;
use crate::engine::{Engine, EngineError};
use crate::store::{CardRow, CompanyRow};

/// The part of a plan that is about tasks.
pub(in crate::engine) struct TaskDraft<'a> {
    engine: &'a Engine<'a>,
    rules: &'a TaskRules,
    as_of: Day,
    explainer: Explainer,
    teller: TaskTeller,
    /// sirank's tasks, by the company that they are about.
    tasks: HashMap<CompanyId, Vec<KnownTask>>,
    /// What was ever made for a card or a won deal: companies are merged, and the task need not go with the card.
    made: HashSet<TaskKey>,
    /// Open cards, by the company that they are about.
    cards: HashMap<CompanyId, Vec<CardRow>>,
    /// Companies with an open card, whichever of its companies it is about.
    carded: HashSet<CompanyId>,
    /// Companies under which an open task about another one is filed too.
    busy: HashSet<CompanyId>,
    won: HashMap<CompanyId, Vec<WonDeal>>,
    /// What the CRM refused lately: of new contact tasks the company, of other new ones the key, else the task's id.
    refused: HashSet<String>,
    active_owners: BTreeSet<OwnerId>,
    /// Who works on cards.
    assistant: Option<OwnerId>,
    ends: Vec<TaskChange>,
    /// Open contact tasks that stay, by company, with its name.
    staying: HashMap<CompanyId, Vec<(TaskId, String)>>,
    new: Vec<TaskChange>,
    contacts: ContactChooser,
    /// Appointments and won deals that nobody active could be asked about.
    without_owner: u64,
}

impl<'a> TaskDraft<'a> {
    /// None where no tasks are made, or the CRM keeps none.
    pub(in crate::engine) fn begin(
        engine: &'a Engine<'a>,
        boarded: Option<&Boarded>,
        as_of: Day,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, EngineError> {
        let policy = engine.policy;
        let rules = &policy.tasks;
        if engine.kept_tasks().is_none() || !engine.tasks_are_readable()? {
            return Ok(None);
        }
        let explainer = Explainer::new(policy.language, &policy.currency.base);
        let mut cards: HashMap<CompanyId, Vec<CardRow>> = HashMap::new();
        let rows = if policy.wake_up.is_some() { engine.store.cards()? } else { Vec::new() };
        let mut carded = HashSet::new();
        for row in rows.into_iter().filter(|row| row.card.is_open()) {
            carded.extend(row.card.companies.iter().cloned());
            if let Some(company) = row.card.company() {
                cards.entry(company.clone()).or_default().push(row);
            }
        }
        let tasks = engine.store.tasks_by_company(as_of.minus_days(rules.rest_days))?;
        let once = tasks.values().flatten().filter(|task| !task.is_contact());
        let made = once.map(|task| task.task.key.clone()).collect();
        let open = tasks.values().flatten().filter(|task| task.is_open());
        let others =
            open.flat_map(|task| task.task.companies.iter().filter(|company| **company != task.company));
        let busy = others.cloned().collect();
        Ok(Some(Self {
            engine,
            rules,
            as_of,
            teller: TaskTeller::new(explainer.clone()),
            explainer,
            tasks,
            made,
            cards,
            carded,
            busy,
            won: if rules.feedback { engine.store.won_deals_by_company()? } else { HashMap::new() },
            refused: refused_lately(engine, now)?,
            active_owners: engine.store.active_owners()?,
            assistant: boarded.and_then(|boarded| boarded.assistant.clone()),
            ends: Vec::new(),
            staying: HashMap::new(),
            new: Vec::new(),
            contacts: ContactChooser::new(rules),
            without_owner: 0,
        }))
    }

    /// Takes up one company.
    pub(in crate::engine) fn add(&mut self, row: &CompanyRow, listed: &Listed<'_>) {
        let tasks = self.tasks.remove(&row.record.id).unwrap_or_default();
        // Without figures nothing is known of it: its tasks stay, and it gets none.
        let Listed::Figures { facts, figures, .. } = listed else { return };
        let cards = self.cards.remove(&row.record.id).unwrap_or_default();
        let before = self.new.len();
        if self.rules.appointments {
            self.prepare_appointments(row, &cards, figures);
        }
        if self.rules.feedback {
            self.ask_for_feedback(row);
        }
        if self.rules.contacts {
            let has_other_task = self.new.len() > before
                || self.busy.contains(&row.record.id)
                || tasks.iter().any(|task| task.is_open() && !task.is_contact());
            self.judge_contacts(row, &tasks, has_other_task, facts, figures);
        }
    }

    fn prepare_appointments(&mut self, row: &CompanyRow, cards: &[CardRow], figures: &Figures) {
        for card in cards {
            if card.card.stage != CardStage::Known(StageRole::Appointment) {
                continue;
            }
            let key = TaskKey::appointment(&card.card.id);
            let owner = self.first_active([&row.record.owner, &self.assistant, &None]);
            let text = self.teller.appointment(&row.record.name, figures);
            self.push_new(row, key, Some(card.card.id.clone()), owner, text, self.rules.appointment_days);
        }
    }

    fn ask_for_feedback(&mut self, row: &CompanyRow) {
        for deal in self.won.remove(&row.record.id).unwrap_or_default() {
            let key = TaskKey::feedback(&deal.id);
            let owner = self.first_active([&deal.owner, &row.record.owner, &None]);
            let text = self.teller.feedback(&row.record.name, &deal);
            self.push_new(row, key, Some(deal.id), owner, text, self.rules.feedback_days);
        }
    }

    /// A task that is made once for ever.
    fn push_new(
        &mut self,
        row: &CompanyRow,
        key: TaskKey,
        deal: Option<DealId>,
        owner: Option<OwnerId>,
        text: TaskText,
        days: u64,
    ) {
        if self.made.contains(&key) || self.refused.contains(&key.to_string()) {
            return;
        }
        let Some(owner) = owner else {
            self.without_owner += 1;
            return;
        };
        let due = self.as_of.plus_days(days);
        let action = TaskAction::Create { key, deal, owner, text, due, made_on: self.as_of };
        self.new.push(TaskChange { company: row.record.id.clone(), name: row.record.name.clone(), action });
    }

    fn first_active(&self, owners: [&Option<OwnerId>; 3]) -> Option<OwnerId> {
        let active = |owner: &&OwnerId| self.active_owners.contains(*owner);
        owners.into_iter().flatten().find(active).cloned()
    }

    fn judge_contacts(
        &mut self,
        row: &CompanyRow,
        tasks: &[KnownTask],
        has_other_task: bool,
        facts: &CompanyFacts,
        figures: &Figures,
    ) {
        let policy = self.engine.policy;
        let contact = Contact::of(&policy.rules, &self.explainer, &row.record, facts, figures);
        let subject = ContactSubject {
            tasks,
            contact: contact.as_ref(),
            has_card: self.carded.contains(&row.record.id),
            has_other_task,
            last_contact: facts.last_contact,
            last_contact_at: row.record.last_contact_at,
        };
        let (company, name) = (&row.record.id, &row.record.name);
        let mut ending = 0;
        for task in tasks.iter().filter(|task| task.is_open() && task.is_contact()) {
            let made_on = day_in(policy.zone, task.task.created);
            let end = ends(task, made_on, &subject);
            if let Some(why) = end.filter(|_| !self.refused.contains(task.task.id.as_str())) {
                ending += 1;
                self.close(company, name, &task.task.id, why);
            } else {
                if let Some(owner) = task.task.owner.as_ref().or(task.made_for.as_ref()) {
                    self.contacts.stays_open(owner);
                }
                let of_company = self.staying.entry(company.clone()).or_default();
                of_company.push((task.task.id.clone(), name.clone()));
            }
        }
        let asks = asks_for_a_task(&subject, ending, self.rules, self.as_of);
        let refused = || self.refused.contains(company.as_str());
        if let Some(owner) = asks.cloned().filter(|_| !refused())
            && let Some(contact) = contact
        {
            self.contacts.add(&owner, contact);
        }
    }

    fn close(&mut self, company: &CompanyId, name: &str, task: &TaskId, why: EndReason) {
        let action = TaskAction::Close { task: task.clone(), why, reason: self.teller.end(why) };
        self.ends.push(TaskChange { company: company.clone(), name: name.to_owned(), action });
    }

    /// Contact tasks of companies that are no more: nobody was shown them.
    fn close_those_of_the_gone(&mut self) {
        if !self.rules.contacts {
            return;
        }
        for (company, tasks) in std::mem::take(&mut self.tasks) {
            for task in tasks.iter().filter(|task| task.is_open() && task.is_contact() && !task.reopened) {
                if !self.refused.contains(task.task.id.as_str()) {
                    self.close(&company, company.as_str(), &task.task.id, EndReason::CompanyGone);
                }
            }
        }
    }

    /// Everything that is done with tasks: first those that end, then the new ones. `cards`: what the same plan does with
    /// cards.
    pub(in crate::engine) fn finish(mut self, cards: &[CardChange]) -> (Vec<TaskChange>, TaskCounts) {
        let (mut carded, mut closed) = (HashSet::new(), HashSet::new());
        for change in cards {
            match &change.action {
                CardAction::Create { .. } => drop(carded.insert(&change.company)),
                CardAction::Move { card, to, .. } if to.is_closed() => drop(closed.insert(card)),
                _ => {}
            }
        }
        self.close_those_of_the_gone();
        for company in &carded {
            for (task, name) in self.staying.remove(*company).unwrap_or_default() {
                self.close(company, &name, &task, EndReason::HasCard);
            }
        }
        self.new.retain(|change| match &change.action {
            TaskAction::Create { key, deal: Some(card), .. } => {
                key.kind() != TaskKind::Appointment || !closed.contains(card)
            }
            _ => true,
        });
        let (chosen, waiting) = self.contacts.finish(|contact| !carded.contains(&contact.company));
        let (as_of, due) = (self.as_of, self.as_of.plus_days(self.rules.contact_days));
        let mut changes = self.ends;
        let closed = changes.len() as u64;
        changes.append(&mut self.new);
        changes.extend(chosen.into_iter().map(|(owner, contact)| TaskChange {
            action: TaskAction::Create {
                key: TaskKey::contact(&contact.company, as_of),
                deal: None,
                owner,
                text: self.teller.contact(&contact),
                due,
                made_on: as_of,
            },
            company: contact.company,
            name: contact.name,
        }));
        let created = changes.len() as u64 - closed;
        (changes, TaskCounts { created, closed, waiting, without_owner: self.without_owner })
    }
}

fn refused_lately(engine: &Engine<'_>, now: DateTime<Utc>) -> Result<HashSet<String>, EngineError> {
    let changes =
        engine.store.records_done_or_refused::<TaskChange>(now + TimeDelta::days(1), now - REFUSED_REST)?;
    Ok(changes
        .into_iter()
        .map(|(change, _)| match (change.new_key(), change.task()) {
            (Some(key), _) if key.kind() != TaskKind::Contact => key.to_string(),
            (None, Some(task)) => task.to_string(),
            _ => change.company.to_string(),
        })
        .collect())
}
