//! Observed values against intended ones: what a run would change at each company, and why.
//!
//! A plan is complete before anything is written, and says nothing about how it is written. Equal values are no change,
//! so a plan of a world that is as intended is empty, and applying a plan twice changes nothing.

use serde::{Deserialize, Serialize};

use super::catalogue::Figure;
use super::company::CompanyRecord;
use super::ids::CompanyId;
use super::value::{Blanks, Value};

mod guards;
mod record;
pub mod retry;
mod summary;
#[cfg(test)]
mod tests;

pub use self::guards::{Feed, GuardRules, Objection, RunDates, judge};
pub use self::record::{RecordCall, RecordChange};
pub use self::summary::{CardCounts, ClusterMove, PlanSummary, TaskCounts};

/// What a company's properties should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intended {
    /// These values of the selected figures; a figure without a value is empty.
    Figures(Vec<(Figure, Option<Value>)>),
    /// Nothing in the selected figures: the company has no figures.
    Cleared(ClearReason, Vec<Figure>),
}

/// Why a company has no figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClearReason {
    /// It has none of the keys.
    NoKey,
    /// Its key is another company's too.
    Ambiguous,
}

/// Why a value is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeReason {
    /// The property is empty and sirank has not written it.
    FirstValue,
    /// The figure is another than before.
    FigureMoved,
    /// The property holds another value than sirank last wrote: somebody changed it there.
    EditedInCrm,
    /// The company has none of the keys any more.
    ClearedNoKey,
    /// The company's key is another company's too.
    ClearedAmbiguous,
    /// The run that wrote it was undone: what stood there before is put back.
    Undone,
}

impl From<ClearReason> for ChangeReason {
    fn from(reason: ClearReason) -> Self {
        match reason {
            ClearReason::NoKey => Self::ClearedNoKey,
            ClearReason::Ambiguous => Self::ClearedAmbiguous,
        }
    }
}

/// The change of one figure of one company. Serialised as an array, since plans hold millions of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredFieldChange", into = "StoredFieldChange")]
pub struct FieldChange {
    /// The figure.
    pub figure: Figure,
    /// What the property holds.
    pub observed: Option<Value>,
    /// What it should hold.
    pub intended: Option<Value>,
    /// Why it is to be written.
    pub reason: ChangeReason,
}

type StoredFieldChange = (Figure, Option<Value>, Option<Value>, ChangeReason);

impl From<StoredFieldChange> for FieldChange {
    fn from((figure, observed, intended, reason): StoredFieldChange) -> Self {
        Self { figure, observed, intended, reason }
    }
}

impl From<FieldChange> for StoredFieldChange {
    fn from(change: FieldChange) -> Self {
        (change.figure, change.observed, change.intended, change.reason)
    }
}

impl FieldChange {
    /// Whether it empties a property that holds a value.
    pub const fn is_clear(&self) -> bool {
        self.observed.is_some() && self.intended.is_none()
    }
}

/// Every change of one company, in the order of the figures that were intended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyChange {
    /// The company.
    pub company: CompanyId,
    /// Its name, for people.
    pub name: String,
    /// What changes; never empty.
    pub fields: Vec<FieldChange>,
}

/// What has to change at a company; none where everything is as intended.
///
/// `last_written` is what sirank last wrote to it, as far as is known: it tells an edit in the CRM from a figure that
/// moved, and changes nothing else. Values that the CRM does not tell apart are no change.
pub fn diff(
    record: &CompanyRecord,
    intended: &Intended,
    last_written: Option<&[(Figure, Value)]>,
    blanks: Blanks,
) -> Option<CompanyChange> {
    let observed = |figure| value_of(&record.observed, figure);
    let written = |figure| last_written.and_then(|values| value_of(values, figure));
    let change = |figure: Figure, intended: Option<&Value>, reason: &dyn Fn() -> ChangeReason| {
        let alike = blanks.alike(figure.describe().kind, observed(figure), intended);
        (!alike).then(|| FieldChange {
            figure,
            observed: observed(figure).cloned(),
            intended: intended.cloned(),
            reason: reason(),
        })
    };
    let fields: Vec<FieldChange> = match intended {
        Intended::Figures(values) => values
            .iter()
            .filter_map(|(figure, value)| {
                change(*figure, value.as_ref(), &|| {
                    reason(*figure, observed(*figure), written(*figure), blanks)
                })
            })
            .collect(),
        Intended::Cleared(why, figures) => {
            figures.iter().filter_map(|figure| change(*figure, None, &|| (*why).into())).collect()
        }
    };
    (!fields.is_empty()).then(|| CompanyChange {
        company: record.id.clone(),
        name: record.name.clone(),
        fields,
    })
}

/// A figure that sirank is not known to have written cannot be told from one that it wrote before its store was lost, so
/// only a value that differs from a known one is called an edit.
fn reason(figure: Figure, observed: Option<&Value>, written: Option<&Value>, blanks: Blanks) -> ChangeReason {
    let kind = figure.describe().kind;
    match (observed, written) {
        (observed, None) if blanks.is_blank(kind, observed) => ChangeReason::FirstValue,
        (observed, Some(written)) if !blanks.alike(kind, observed, Some(written)) => {
            ChangeReason::EditedInCrm
        }
        (_, _) => ChangeReason::FigureMoved,
    }
}

fn value_of(values: &[(Figure, Value)], figure: Figure) -> Option<&Value> {
    values.iter().find(|(other, _)| *other == figure).map(|(_, value)| value)
}
