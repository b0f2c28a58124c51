//! Writing records that sirank makes itself, cards and tasks alike: made, changed, deleted.

use super::batch::{Fate, Values, Writing, refusal, traced, updates, write};
use super::client::{Answered, Client};
use super::map::version;
use super::objects::Objects;
use super::problem::Problem;
use super::wire::{Batch, InputId, NewAssociation, NewRecord, Record};
use crate::domain::company::Version;
use crate::ports::{CallError, RecordOutcome};

/// What HubSpot says of a value of a unique property that another record has.
const TAKEN: [&str; 3] = ["CONFLICTING_UNIQUE_VALUE", "OBJECT_ALREADY_EXISTS", "CONFLICT"];

/// The record that was written, in the version that the write made.
type Written = (String, Option<Version>);

/// One kind of sirank's own records.
#[derive(Clone, Copy)]
pub(super) struct Kind<'a> {
    pub(super) client: &'a Client,
    pub(super) objects: &'static Objects,
    /// For people: `card`.
    pub(super) one: &'static str,
}

/// A record to be made.
pub(super) struct New<'a> {
    /// The key by which sirank knows it again.
    pub(super) key: String,
    pub(super) trace: &'a str,
    /// Its company first.
    pub(super) associations: Vec<NewAssociation<'a>>,
    pub(super) values: Values,
}

/// A record to be changed.
pub(super) struct Change<'a> {
    pub(super) id: &'a str,
    pub(super) trace: &'a str,
    pub(super) values: Values,
}

/// Makes records. `key_of` tells sirank's key of a record.
pub(super) async fn create<Id: for<'t> From<&'t str>>(
    kind: Kind<'_>,
    mut batch: Vec<New<'_>>,
    key_of: &(dyn Fn(&Record) -> Option<String> + Sync),
) -> Result<Vec<RecordOutcome<Id>>, CallError> {
    let values: Vec<Values> = batch.iter_mut().map(|new| std::mem::take(&mut new.values)).collect();
    write(&Creations { kind, batch, key_of }, &values).await.map(outcomes)
}

/// Changes records. A record that answers with another value of one of the `compared` properties is to be looked up.
pub(super) async fn update<Id: for<'t> From<&'t str>>(
    kind: Kind<'_>,
    mut batch: Vec<Change<'_>>,
    compared: &[&str],
) -> Result<Vec<RecordOutcome<Id>>, CallError> {
    let values: Vec<Values> = batch.iter_mut().map(|change| std::mem::take(&mut change.values)).collect();
    write(&Changes { kind, batch, compared }, &values).await.map(outcomes)
}

/// Deletes records.
pub(super) async fn delete<Id: for<'t> From<&'t str>>(
    kind: Kind<'_>,
    ids: Vec<&str>,
) -> Result<Vec<RecordOutcome<Id>>, CallError> {
    let values = vec![Values::new(); ids.len()];
    write(&Deletions { kind, ids }, &values).await.map(outcomes)
}

fn outcomes<Id: for<'t> From<&'t str>>(fates: Vec<Fate<Written>>) -> Vec<RecordOutcome<Id>> {
    let outcome = |fate| match fate {
        Fate::Applied((id, version)) => RecordOutcome::Applied(Id::from(String::as_str(&id)), version),
        Fate::Refused { code, message } => RecordOutcome::Refused { code, message },
        Fate::Gone => RecordOutcome::Gone,
        Fate::Unknown => RecordOutcome::Unknown,
    };
    fates.into_iter().map(outcome).collect()
}

fn written(record: &Record) -> Fate<Written> {
    Fate::Applied((record.id.0.clone(), version(record)))
}

struct Creations<'a> {
    kind: Kind<'a>,
    batch: Vec<New<'a>>,
    key_of: &'a (dyn Fn(&Record) -> Option<String> + Sync),
}

impl Writing for Creations<'_> {
    type Applied = Written;

    fn doing(&self) -> String {
        format!("creating {}s", self.kind.one)
    }

    fn name(&self, at: usize) -> String {
        let company = self.batch[at].associations.first();
        company.map_or_else(String::new, |association| association.to.id.to_owned())
    }

    async fn send(&self, group: &[usize], values: &[Values]) -> Answered<Batch<Record>> {
        let inputs = group.iter().map(|at| NewRecord {
            object_write_trace_id: self.batch[*at].trace,
            properties: &values[*at],
            associations: &self.batch[*at].associations,
        });
        self.kind.client.create(self.kind.objects, inputs.collect()).await
    }

    fn settled(&self, at: usize, _sent: &Values, answers: &[Record]) -> Fate<Written> {
        let new = &self.batch[at];
        let by_key = || answers.iter().find(|record| (self.key_of)(record).as_ref() == Some(&new.key));
        traced(answers, new.trace).or_else(by_key).map_or(Fate::Unknown, written)
    }

    fn is_named(&self, at: usize, ids: &[&str], traces: &[&str]) -> bool {
        let new = &self.batch[at];
        // The only ids of a new record are those of what it is associated with.
        let associated = || new.associations.iter().any(|association| ids.contains(&association.to.id));
        traces.contains(&new.trace) || traces.is_empty() && associated()
    }

    /// A key that another record has is one that was made already: whoever asked for it has to look it up.
    fn refused(&self, problem: &Problem) -> Fate<Written> {
        if TAKEN.iter().any(|code| problem.is(code)) { Fate::Unknown } else { refusal(problem) }
    }
}

struct Changes<'a> {
    kind: Kind<'a>,
    batch: Vec<Change<'a>>,
    compared: &'a [&'a str],
}

impl Writing for Changes<'_> {
    type Applied = Written;

    fn doing(&self) -> String {
        format!("changing {}s", self.kind.one)
    }

    fn name(&self, at: usize) -> String {
        format!("{} {}", self.kind.one, self.batch[at].id)
    }

    async fn send(&self, group: &[usize], values: &[Values]) -> Answered<Batch<Record>> {
        let identity = |at: usize| (self.batch[at].id, self.batch[at].trace);
        self.kind.client.update(self.kind.objects, updates(group, values, identity)).await
    }

    /// A record that answers as another one was merged into it.
    fn settled(&self, at: usize, sent: &Values, answers: &[Record]) -> Fate<Written> {
        let change = &self.batch[at];
        let Some(record) = answers.iter().find(|record| record.id.0 == change.id) else {
            return traced(answers, change.trace).map_or(Fate::Unknown, |_| Fate::Gone);
        };
        let differs = self.compared.iter().any(|name| {
            let sent = sent.get(*name).map(String::as_str);
            record.properties.contains_key(*name) && record.text(name) != sent
        });
        match (record.archived, differs) {
            (true, _) => Fate::Gone,
            (false, true) => Fate::Unknown,
            (false, false) => written(record),
        }
    }

    fn is_named(&self, at: usize, ids: &[&str], traces: &[&str]) -> bool {
        ids.contains(&self.batch[at].id) || traces.contains(&self.batch[at].trace)
    }
}

struct Deletions<'a> {
    kind: Kind<'a>,
    ids: Vec<&'a str>,
}

impl Writing for Deletions<'_> {
    type Applied = Written;

    fn doing(&self) -> String {
        format!("deleting {}s", self.kind.one)
    }

    fn name(&self, at: usize) -> String {
        format!("{} {}", self.kind.one, self.ids[at])
    }

    async fn send(&self, group: &[usize], _values: &[Values]) -> Answered<Batch<Record>> {
        let inputs = group.iter().map(|at| InputId { id: self.ids[*at] }).collect();
        self.kind.client.archive(self.kind.objects, inputs).await?;
        Ok(Batch { results: Vec::new(), errors: None, warnings: None })
    }

    /// The answer of an archive is empty.
    fn settled(&self, at: usize, _sent: &Values, _answers: &[Record]) -> Fate<Written> {
        Fate::Applied((self.ids[at].to_owned(), None))
    }

    fn is_named(&self, at: usize, ids: &[&str], _traces: &[&str]) -> bool {
        ids.contains(&self.ids[at])
    }
}
