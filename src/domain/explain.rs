//! Every figure of one company with the rule and the inputs behind it: what `sirank explain` shows.
//!
//! Unlike the line that is written to the CRM, this is made for one moment and names the as-of day and what is counted
//! up to it.

use serde::Serialize;

use super::catalogue::Figure;
use super::document::Entry;
use super::explanation::Explainer;
use super::figures::{CompanyFacts, Figures, Horizon, ScoreTrace, score_trace};
use super::rules::Rules;
use super::time::{Day, Window};
use super::value::Value;

mod inputs;

/// A company whose figures are to be explained.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The rules that the figures were computed with.
    pub rules: &'a Rules,
    /// The as-of day.
    pub horizon: &'a Horizon,
    /// What the CRM says of it.
    pub facts: &'a CompanyFacts,
    /// Its entries, sorted by day, none after the as-of day.
    pub entries: &'a [Entry],
    /// Its figures, computed from the above.
    pub figures: &'a Figures,
    /// The language and the currency of the texts.
    pub explainer: &'a Explainer,
}

/// Every figure of a company, explained.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// One per figure, in the order of the table of properties.
    pub figures: Vec<ExplainedFigure>,
    /// SiRank with every term; none without a purchase.
    pub score: Option<ScoreTrace>,
}

/// One figure with what is behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExplainedFigure {
    /// The figure.
    pub figure: Figure,
    /// Its label in the language.
    pub label: &'static str,
    /// Its value, in the canonical form.
    pub value: Option<Value>,
    /// The rule, in the language.
    pub rule: &'static str,
    /// What the rule was applied to, in the language.
    pub inputs: Vec<Input>,
    /// The documents behind it.
    #[serde(skip)]
    pub documents: DocumentsBehind,
}

/// One input of a figure, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// What it is.
    pub name: &'static str,
    /// What it was.
    pub value: String,
}

/// Which documents of a company a figure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentsBehind {
    /// None directly.
    None,
    /// Those of a window.
    Window(Window),
    /// All up to the as-of day.
    All,
}

impl DocumentsBehind {
    /// Whether a document of this day, not after the as-of day, is one of them.
    pub fn include(self, day: Day) -> bool {
        match self {
            Self::None => false,
            Self::Window(window) => window.contains(day),
            Self::All => true,
        }
    }
}

/// Explains every figure of a company.
pub fn explain(subject: &Subject<'_>) -> Explained {
    let Subject { rules, horizon, facts, entries, figures, explainer } = *subject;
    let explained = |figure: Figure| ExplainedFigure {
        figure,
        label: figure.describe().label.in_language(explainer.language()),
        value: figures.value(figure, explainer),
        rule: figure.describe().definition.in_language(explainer.language()),
        inputs: inputs::inputs(subject, figure),
        documents: documents_behind(subject, figure),
    };
    Explained {
        figures: Figure::ALL.into_iter().map(explained).collect(),
        score: score_trace(rules, horizon, facts, entries),
    }
}

fn documents_behind(subject: &Subject<'_>, figure: Figure) -> DocumentsBehind {
    let Subject { horizon, figures, .. } = subject;
    let window = |window: Option<Window>| window.map_or(DocumentsBehind::None, DocumentsBehind::Window);
    let one_day = |day: Day| Window { after: Day::from(day.date() - chrono::Days::new(1)), through: day };
    match figure {
        Figure::RevenueBand | Figure::Revenue36m | Figure::Cluster => {
            DocumentsBehind::Window(horizon.thirty_six_months())
        }
        Figure::Score | Figure::Revenue12m | Figure::PurchaseDays12m => {
            DocumentsBehind::Window(horizon.twelve_months())
        }
        Figure::FirstPurchase => window(figures.first_purchase.map(one_day)),
        Figure::LastPurchase | Figure::Inactive180d | Figure::ColdCustomer => {
            window(figures.last_purchase.map(one_day))
        }
        Figure::RevenueLastActive => window(figures.last_purchase.map(|last| Window::months_to(last, 12))),
        Figure::Ltv | Figure::Phase => DocumentsBehind::All,
        Figure::ColdExclusion
        | Figure::Action
        | Figure::NextContactDue
        | Figure::ContactOverdue
        | Figure::KeyAccountMissing
        | Figure::Explanation => DocumentsBehind::None,
    }
}

#[cfg(test)]
mod tests;
