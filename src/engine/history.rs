//! History: every value that was written to one company, and what people made of it in between, from the store alone.

use std::collections::HashMap;

use serde::Serialize;

use crate::domain::catalogue::{Figure, Language};
use crate::domain::ids::{CompanyId, PlanId, RunId};
use crate::domain::plan::{ChangeReason, FieldChange};
use crate::domain::value::{Blanks, Value};
use crate::store::{ChangeState, Store, StoreError, WriteRow};

/// One value of one company: written, to be written, or changed by somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    /// When it was written; of what somebody else changed, when it was noticed. RFC 3339.
    pub when: String,
    /// The run that wrote or noticed it.
    pub run: RunId,
    /// The plan that it was in.
    pub plan: PlanId,
    /// The figure.
    pub figure: Figure,
    /// Its name for people.
    pub label: &'static str,
    /// What stood there; none: nothing, or, of what somebody else changed, not known any more.
    pub from: Option<Value>,
    /// What was to stand there.
    pub to: Option<Value>,
    /// Why.
    pub why: Why,
    /// What became of it.
    pub outcome: Outcome,
    /// What the CRM said, where it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}

/// Why a value came to stand there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// sirank wrote it, for this reason.
    Written(ChangeReason),
    /// This run was undone.
    Undid(RunId),
    /// Somebody changed it in the CRM.
    ChangedBySomebody,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The CRM held it.
    Applied,
    /// The CRM refused it.
    Refused,
    /// The company was no more.
    Gone,
    /// Not written, since somebody changed a value meanwhile.
    NotWritten,
    /// Sent, and not known yet whether it arrived: the next run looks.
    Unknown,
}

/// Everything that is known of the values of a company, newest first.
pub fn history(
    store: &Store,
    company: &CompanyId,
    language: Language,
) -> Result<Vec<HistoryEntry>, StoreError> {
    let mut entries = Vec::new();
    // What sirank left in each property: the journal is read from its beginning.
    let mut left: HashMap<Figure, Option<Value>> = HashMap::new();
    for write in store.writes_of(company)?.iter().rev() {
        for field in &write.stored.change.fields {
            entries.extend(edit(write, field, left.get(&field.figure), language));
            entries.push(entry(write, field, language));
            if write.stored.state == ChangeState::Applied {
                left.insert(field.figure, field.intended.clone());
            }
        }
    }
    entries.reverse();
    Ok(entries)
}

fn entry(write: &WriteRow, field: &FieldChange, language: Language) -> HistoryEntry {
    let stored = &write.stored;
    HistoryEntry {
        when: write.when().to_owned(),
        run: write.run.clone(),
        plan: write.plan.clone(),
        figure: field.figure,
        label: field.figure.describe().label.in_language(language),
        from: field.observed.clone(),
        to: field.intended.clone(),
        why: match (&write.undoes, field.reason) {
            (Some(run), ChangeReason::Undone) => Why::Undid(run.clone()),
            (_, reason) => Why::Written(reason),
        },
        outcome: outcome(stored.state),
        said: stored.message.clone(),
    }
}

/// What somebody did to a value between two writes, as far as the second one saw it.
fn edit(
    write: &WriteRow,
    field: &FieldChange,
    left: Option<&Option<Value>>,
    language: Language,
) -> Option<HistoryEntry> {
    let changed = match left {
        // Blank values cannot be told from empty ones everywhere, and nothing here says which CRM it is.
        Some(left) => {
            let kind = field.figure.describe().kind;
            !Blanks::Zero.alike(kind, left.as_ref(), field.observed.as_ref())
        }
        None => false,
    };
    (changed || field.reason == ChangeReason::EditedInCrm).then(|| HistoryEntry {
        from: left.cloned().flatten(),
        to: field.observed.clone(),
        why: Why::ChangedBySomebody,
        outcome: Outcome::Applied,
        said: None,
        ..entry(write, field, language)
    })
}

const fn outcome(state: ChangeState) -> Outcome {
    match state {
        ChangeState::Applied => Outcome::Applied,
        ChangeState::Refused => Outcome::Refused,
        ChangeState::Gone => Outcome::Gone,
        ChangeState::Moved => Outcome::NotWritten,
        ChangeState::Pending | ChangeState::Sending => Outcome::Unknown,
    }
}
