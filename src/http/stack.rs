//! Limit → authorise → send → classify → retry: every call to every remote system goes this way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::answer::Answer;
use super::auth::{AuthTrouble, Placement, TokenProvider};
use super::budget::Budget;
use super::client::{Credential, Transport, TransportFault};
use super::failure::{HttpFailure, Outcome};
use super::limit::Limiter;
use super::redact::redacted;
use super::request::{Call, Effect, Lane};
use super::retry::{Class, Decision, Policy, decide};
use crate::clock;
use crate::events::{Event, emit, metrics};
use crate::ports::Usage;

/// Where the time of day comes from: quotas end at midnights.
pub type WallClock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Its class.
    pub class: Class,
    /// What the server said, for people; empty for success.
    pub message: String,
    /// The id by which the vendor finds the call in its logs.
    pub correlation: Option<String>,
}

/// How a vendor talks.
pub trait Dialect: Send + Sync {
    /// Puts right what is known to surround an answer, before anything else looks at it.
    fn clean(&self, answer: &mut Answer) {
        let _ = answer;
    }

    /// What an answer means. Pure; web pages with a status of 2xx, 3xx or 404 never get here.
    fn classify(&self, call: &Call, answer: &Answer, now: DateTime<Utc>) -> Verdict;

    /// Learns about quotas from the headers of every answer.
    fn observe(&self, call: &Call, answer: &Answer, now: DateTime<Utc>) {
        let _ = (call, answer, now);
    }
}

/// The way to one remote system.
pub struct Stack {
    system: &'static str,
    transport: Transport,
    tokens: Option<Arc<dyn TokenProvider>>,
    placement: Placement,
    dialect: Box<dyn Dialect>,
    lanes: BTreeMap<Lane, Vec<Arc<Limiter>>>,
    budgets: Vec<Arc<Budget>>,
    policy: Policy,
    wall: WallClock,
    usage: Mutex<Usage>,
}

/// Puts a [`Stack`] together.
pub struct StackBuilder(Stack);

impl StackBuilder {
    /// With credentials.
    #[must_use]
    pub fn tokens(mut self, tokens: Arc<dyn TokenProvider>) -> Self {
        self.0.tokens = Some(tokens);
        self
    }

    /// Where requests carry the token; a header, unless told otherwise.
    #[must_use]
    pub fn placement(mut self, placement: Placement) -> Self {
        self.0.placement = placement;
        self
    }

    /// The quotas of a lane, the narrowest first. Calls of a lane without any wait for nothing.
    #[must_use]
    pub fn lane(mut self, lane: Lane, limiters: impl IntoIterator<Item = Arc<Limiter>>) -> Self {
        self.0.lanes.insert(lane, limiters.into_iter().collect());
        self
    }

    /// A long quota that every call counts against.
    #[must_use]
    pub fn budget(mut self, budget: Arc<Budget>) -> Self {
        self.0.budgets.push(budget);
        self
    }

    /// With another patience than the default.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.0.policy = policy;
        self
    }

    /// The finished stack.
    pub fn build(self) -> Stack {
        self.0
    }
}

/// What one attempt came to.
struct Attempt {
    verdict: Verdict,
    answer: Option<Answer>,
}

impl Stack {
    /// A stack for a system, named for people.
    pub fn builder(
        system: &'static str,
        transport: Transport,
        dialect: impl Dialect + 'static,
        wall: WallClock,
    ) -> StackBuilder {
        StackBuilder(Self {
            system,
            transport,
            tokens: None,
            placement: Placement::default(),
            dialect: Box::new(dialect),
            lanes: BTreeMap::new(),
            budgets: Vec::new(),
            policy: Policy::default(),
            wall,
            usage: Mutex::default(),
        })
    }

    /// The system's name for people.
    pub fn system(&self) -> &'static str {
        self.system
    }

    /// The transport below.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The time of day.
    pub fn now(&self) -> DateTime<Utc> {
        (self.wall)()
    }

    /// Makes a call and returns a successful answer ([`Class::Ok`] or [`Class::Partial`]).
    ///
    /// # Cancel safety
    /// A cancelled write has an unknown outcome.
    pub async fn send(&self, call: &Call) -> Result<Answer, Box<HttpFailure>> {
        self.run(call, self.tokens.as_deref(), |_| Ok(())).await.map(|((), answer)| answer)
    }

    /// Makes a call and reads its answer. An answer that cannot be read counts as [`Class::Malformed`], so a read is made
    /// again.
    pub async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Box<HttpFailure>> {
        self.run(call, self.tokens.as_deref(), Answer::json).await.map(|(value, _)| value)
    }

    /// The same with credentials for this call alone: one of several sessions.
    pub async fn json_as<T: DeserializeOwned>(
        &self,
        tokens: &dyn TokenProvider,
        call: &Call,
    ) -> Result<T, Box<HttpFailure>> {
        self.run(call, Some(tokens), Answer::json).await.map(|(value, _)| value)
    }

    /// Calls made so far.
    pub fn usage(&self) -> Usage {
        let mut usage = self.usage_locked().clone();
        usage.quotas = self.budgets.iter().filter_map(|budget| budget.state(self.now())).collect();
        usage
    }

    async fn run<T>(
        &self,
        call: &Call,
        tokens: Option<&dyn TokenProvider>,
        read: impl Fn(&Answer) -> Result<T, String>,
    ) -> Result<(T, Answer), Box<HttpFailure>> {
        let mut begun = clock::instant();
        let mut renewed = 0;
        let mut number = 0;
        loop {
            number += 1;
            if self.reserve(call, number).await? {
                begun = clock::instant();
            }
            let token = token(tokens, call, number).await?;
            self.count(call, number);
            let mut attempt = self.attempt(call, number, token.as_ref()).await;
            if matches!(attempt.verdict.class, Class::Ok | Class::Partial) {
                attempt = match (attempt.answer, attempt.verdict) {
                    (Some(answer), verdict) => match read(&answer) {
                        Ok(value) => return Ok((value, answer)),
                        Err(reason) => {
                            self.discreet(unreadable(answer, &reason, verdict.correlation), token.as_ref())
                        }
                    },
                    (None, verdict) => Attempt { verdict, answer: None },
                };
            }
            if attempt.verdict.class == Class::Lost
                && let (Some(tokens), Some(token)) = (tokens, token.as_ref())
            {
                tokens.unanswered(token);
            }
            if attempt.verdict.class == Class::Unauthorized
                && let Some(renewals) = tokens.map(TokenProvider::renewals)
            {
                if renewed < renewals.most {
                    renewed += 1;
                    if refresh(tokens, call, number, token.as_ref()).await? {
                        continue;
                    }
                } else if let Some(meaning) = renewals.in_vain {
                    let message = format!("{meaning}: {}", attempt.verdict.message);
                    return Err(auth_failure(call, number, AuthTrouble::Unavailable(message)));
                }
            }
            if self.waited_for_quota(&attempt.verdict.class).await {
                begun = clock::instant();
                continue;
            }
            let elapsed = clock::instant().duration_since(begun);
            match self.decide(call, number, elapsed, &attempt.verdict) {
                Decision::Again(delay) => clock::sleep(delay).await,
                Decision::Stop => return Err(failure(call, number, attempt)),
            }
        }
    }

    async fn attempt(&self, call: &Call, number: u32, token: Option<&SecretString>) -> Attempt {
        let begun = Instant::now();
        let credential = token.map(|token| Credential { token, placement: self.placement });
        let attempt = match clock::attended(self.transport.send(call, credential)).await {
            Ok(mut answer) => {
                self.dialect.clean(&mut answer);
                let now = self.now();
                self.dialect.observe(call, &answer, now);
                for quota in self.budgets.iter().filter_map(|budget| budget.state(now)) {
                    metrics().quota(self.system, &quota.name, quota.left, quota.limit);
                }
                let verdict = foreign(&answer).unwrap_or_else(|| self.dialect.classify(call, &answer, now));
                Attempt { verdict, answer: Some(answer) }
            }
            Err(fault) => Attempt { verdict: verdict_of(&fault), answer: None },
        };
        let attempt = self.discreet(attempt, token);
        emit(&Event::Called {
            system: self.system,
            operation: call.operation,
            outcome: attempt.verdict.class.word(),
            status: attempt.answer.as_ref().map_or(0, |answer| answer.status.into()),
            millis: millis(begun.elapsed()),
            attempt: number.into(),
            correlation: attempt.verdict.correlation.as_deref().unwrap_or_default(),
        });
        attempt
    }

    /// What a server says may repeat what it was asked, and with it the credential.
    fn discreet(&self, mut attempt: Attempt, token: Option<&SecretString>) -> Attempt {
        let message = &attempt.verdict.message;
        attempt.verdict.message = match self.placement {
            Placement::Parameter(name) => redacted(message, Some(name), token),
            Placement::Bearer | Placement::Header(_) | Placement::Json(_) => redacted(message, None, token),
        };
        attempt
    }

    fn decide(&self, call: &Call, number: u32, elapsed: Duration, verdict: &Verdict) -> Decision {
        let decision = if call.once {
            Decision::Stop
        } else {
            decide(&verdict.class, call.effect, number, elapsed, &self.policy, fastrand::f64())
        };
        if let Class::Throttled { after, limiter } = &verdict.class {
            self.usage_locked().throttled += 1;
            let of_this_quota = self.limiters(call).filter(|held| Some(held.name()) == *limiter);
            match decision {
                Decision::Again(_) => of_this_quota.for_each(|limiter| limiter.pause(*after)),
                // Nobody waits for so long, and nobody asks again before.
                Decision::Stop if *after > self.policy.longest_wait => {
                    of_this_quota.for_each(|limiter| limiter.close(*after));
                }
                Decision::Stop => {}
            }
        }
        if let Decision::Again(delay) = decision {
            emit(&Event::CallRepeated {
                system: self.system,
                operation: call.operation,
                attempt: number.into(),
                wait_millis: millis(delay),
                reason: &verdict.message,
                correlation: verdict.correlation.as_deref().unwrap_or_default(),
            });
        }
        decision
    }

    /// Waits until a long quota is full again, where there is the patience for it. Whether it did.
    async fn waited_for_quota(&self, class: &Class) -> bool {
        let Class::QuotaSpent { quota, until } = class else { return false };
        let Some(budget) = self.budgets.iter().find(|budget| budget.name() == quota) else { return false };
        let wait = budget.refill(self.now());
        if wait > self.policy.quota_patience {
            return false;
        }
        emit(&Event::QuotaWaited { system: self.system, quota, until });
        clock::sleep(wait).await;
        true
    }

    /// Waits until the call may go. Whether that took the end of a long quota's period.
    async fn reserve(&self, call: &Call, number: u32) -> Result<bool, Box<HttpFailure>> {
        let mut waited = false;
        for limiter in self.limiters(call) {
            if let Some(after) = limiter.closed() {
                let class = Class::Throttled { after, limiter: Some(limiter.name()) };
                let message = format!("{} asked not to be called yet", self.system);
                let attempt = Attempt { verdict: verdict(class, message), answer: None };
                return Err(failure(call, number - 1, attempt));
            }
            limiter.acquire().await;
        }
        for budget in &self.budgets {
            while let Err((class, message)) = budget.reserve(self.now()) {
                if !self.waited_for_quota(&class).await {
                    let attempt = Attempt { verdict: verdict(class, message), answer: None };
                    return Err(failure(call, number - 1, attempt));
                }
                waited = true;
            }
            clock::sleep(budget.spacing(self.now())).await;
        }
        Ok(waited)
    }

    fn limiters(&self, call: &Call) -> impl Iterator<Item = &Arc<Limiter>> {
        self.lanes.get(&call.lane).into_iter().flatten()
    }

    fn count(&self, call: &Call, number: u32) {
        let mut usage = self.usage_locked();
        *usage.calls.entry(call.operation).or_default() += 1;
        usage.writes += u64::from(call.effect == Effect::Write);
        usage.retries += u64::from(number > 1);
    }

    fn usage_locked(&self) -> std::sync::MutexGuard<'_, Usage> {
        self.usage.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn token(
    tokens: Option<&dyn TokenProvider>,
    call: &Call,
    number: u32,
) -> Result<Option<SecretString>, Box<HttpFailure>> {
    let Some(tokens) = tokens else { return Ok(None) };
    tokens.token().await.map(Some).map_err(|trouble| auth_failure(call, number - 1, trouble))
}

async fn refresh(
    tokens: Option<&dyn TokenProvider>,
    call: &Call,
    number: u32,
    rejected: Option<&SecretString>,
) -> Result<bool, Box<HttpFailure>> {
    let (Some(tokens), Some(rejected)) = (tokens, rejected) else { return Ok(false) };
    tokens.refreshed_after_401(rejected).await.map_err(|trouble| auth_failure(call, number, trouble))
}

fn verdict(class: Class, message: String) -> Verdict {
    Verdict { class, message, correlation: None }
}

fn verdict_of(fault: &TransportFault) -> Verdict {
    let class = match fault {
        TransportFault::Unreachable(_) => Class::Unreachable,
        TransportFault::Lost(_) => Class::Lost,
        TransportFault::TooLarge(_) => Class::TooLarge,
        TransportFault::Unsendable(_) => Class::Refused { code: "UNSENDABLE".to_owned() },
    };
    verdict(class, fault.to_string())
}

/// Answers that no dialect has a word for: redirects, and web pages where there is no error status to explain them.
fn foreign(answer: &Answer) -> Option<Verdict> {
    if (300..400).contains(&answer.status) {
        let target = answer.header("location").unwrap_or("nowhere").split('?').next().unwrap_or_default();
        let message = format!(
            "the server redirects ({}) to {target}, which is not followed; check the base URL",
            answer.status
        );
        return Some(verdict(Class::Malformed, message));
    }
    let unexplained = answer.is_success() || answer.status == 404 || answer.status == 400;
    if unexplained && !answer.body.is_empty() && answer.is_html() {
        let message = format!(
            "a web page instead of JSON (status {}): {}; check the base URL and what stands between",
            answer.status,
            answer.excerpt()
        );
        return Some(verdict(Class::Malformed, message));
    }
    None
}

fn unreadable(answer: Answer, reason: &str, correlation: Option<String>) -> Attempt {
    let message = format!("the answer (status {}) cannot be read: {reason}", answer.status);
    Attempt { verdict: Verdict { class: Class::Malformed, message, correlation }, answer: Some(answer) }
}

/// Without a token the call was not made, or was refused before: it certainly changed nothing.
fn auth_failure(call: &Call, attempts: u32, trouble: AuthTrouble) -> Box<HttpFailure> {
    let (class, message) = match trouble {
        AuthTrouble::Rejected(message) => (Class::Unauthorized, message),
        AuthTrouble::Unavailable(message) => (Class::Unreachable, message),
        AuthTrouble::Failed { class, message } => (class, message),
    };
    Box::new(HttpFailure {
        operation: call.operation,
        class,
        message,
        outcome: Outcome::NotApplied,
        answer: None,
        attempts,
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn failure(call: &Call, attempts: u32, attempt: Attempt) -> Box<HttpFailure> {
    let Attempt { verdict, answer } = attempt;
    let may_be_applied = matches!(verdict.class, Class::Overloaded { .. } | Class::Lost | Class::TooLarge)
        || (verdict.class == Class::Malformed && answer.as_ref().is_none_or(Answer::is_success));
    let outcome =
        if call.effect == Effect::Write && may_be_applied { Outcome::Unknown } else { Outcome::NotApplied };
    let message = match &verdict.correlation {
        Some(id) => format!("{} (correlation id {id})", verdict.message),
        None => verdict.message,
    };
    Box::new(HttpFailure {
        operation: call.operation,
        class: verdict.class,
        message,
        outcome,
        answer,
        attempts,
    })
}
