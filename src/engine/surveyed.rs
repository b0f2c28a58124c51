//! What the account is like: asked for when it matters, not in every cycle of the service.
//!
//! A survey is a handful of calls that hardly ever tell something new. In a reading of changes the last one of this process
//! does, until something is to be written, a record is in a stage that it does not know, or anything fails. A whole reading
//! and a resumed run ask anew.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::clock::now;
use crate::events::{Event, emit};
use crate::ports::Survey;

use super::changes::fingerprint;
use super::wake_up::Boarded;
use super::{Engine, EngineError, Reading, Request, Watched};

/// The last survey of one account by one set of connectors: whoever builds these keeps it as long as them.
#[derive(Debug, Default)]
pub struct LastSurvey(Mutex<Option<Kept>>);

#[derive(Clone, Debug)]
struct Kept {
    survey: Arc<Survey>,
    asked: DateTime<Utc>,
}

impl LastSurvey {
    fn kept(&self) -> Option<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, survey: &Arc<Survey>) {
        let kept = Kept { survey: survey.clone(), asked: now() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
    }

    /// The next run asks anew.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A survey that a run works with.
pub(super) struct Surveyed {
    pub(super) survey: Arc<Survey>,
    /// Pipelines whose open deals count.
    pub(super) watched: Watched,
    /// The Wake Up pipeline, where there is one and it is whole.
    pub(super) boarded: Option<Boarded>,
    /// Whether it was asked for in this run.
    pub(super) fresh: bool,
}

impl Surveyed {
    /// Whether another survey tells the same of all that a run rests on.
    pub(super) fn tells_the_same(&self, other: &Self) -> bool {
        let essence = |surveyed: &Self| {
            let Survey {
                properties, figure_properties, input_properties, pipelines, card_properties, ..
            } = &*surveyed.survey;
            let owners = &surveyed.survey.active_owners;
            fingerprint(&(
                properties,
                figure_properties,
                input_properties,
                pipelines,
                card_properties,
                owners,
            ))
        };
        essence(self) == essence(other)
    }
}

impl Engine<'_> {
    /// The survey for a run: the last one where that will do.
    pub(super) async fn surveyed(&self, request: &Request, resumed: bool) -> Result<Surveyed, EngineError> {
        let lately = |kept: &Kept| {
            let age = now().signed_duration_since(kept.asked).to_std();
            age.is_ok_and(|age| age < self.policy.whole_after)
        };
        let last = self.survey.kept().filter(lately);
        match last.filter(|_| request.reading == Reading::Changes && !resumed) {
            Some(Kept { survey, .. }) => {
                self.settle_unknown().await?;
                self.settle_all_unknown_records().await?;
                let looked = self.look_for_board(&survey)?;
                let watched = self.preflight(&survey, &looked)?;
                Ok(Surveyed { watched, boarded: looked.boarded, survey, fresh: false })
            }
            None => self.surveyed_anew().await,
        }
    }

    /// Asks what the account is like, and whether a run can rest on it.
    pub(super) async fn surveyed_anew(&self) -> Result<Surveyed, EngineError> {
        self.survey.forget();
        let survey = Arc::new(self.crm.survey().await?);
        self.same_account(&survey)?;
        self.remember_names(&survey)?;
        self.notice_mended_properties(&survey)?;
        self.settle_unknown().await?;
        let looked = self.look_for_board(&survey)?;
        for finding in &looked.findings {
            emit(&Event::CardsHindered { what: &finding.what, advice: &finding.advice });
        }
        self.remember_board(looked.boarded.as_ref())?;
        self.settle_all_unknown_records().await?;
        let watched = self.preflight(&survey, &looked)?;
        self.survey.keep(&survey);
        Ok(Surveyed { survey, watched, boarded: looked.boarded, fresh: true })
    }
}
