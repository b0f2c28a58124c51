//! Scripted faults: which requests go wrong, and how.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Action {
    /// An error status with the vendor's usual body (423, 429, 477, 500, 502, 503, 504, ...) or with `body`.
    Status {
        /// The HTTP status.
        status: u16,
        /// Seconds for a `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u64>,
        /// A body in place of the vendor's usual one.
        #[serde(default)]
        body: Option<Value>,
    },
    /// An HTML page, as a proxy or a maintenance window serves it.
    HtmlPage {
        /// The HTTP status, 200 included.
        status: u16,
    },
    /// A redirect.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The target; the path asked for is appended where it ends in `*`.
        to: String,
    },
    /// Status 200 and no body at all.
    EmptyBody,
    /// The connection is reset in place of an answer.
    Reset,
    /// The right answer, cut after `keep` bytes of its body; `Content-Length` promised all of it.
    CutBody {
        /// Bytes of the body that still arrive.
        keep: usize,
    },
    /// The right answer with its last characters missing and a right `Content-Length`.
    MalformedJson,
    /// The right answer behind so many bytes of blanks.
    OversizedBody {
        /// The blanks.
        bytes: usize,
    },
    /// The right answer, late.
    Slow {
        /// Milliseconds of real time.
        ms: u64,
    },
    /// The token of this request is expired from now on: this request is refused already.
    ExpireToken,
}

/// Whether the request takes effect before it fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The request never reaches the mock's state.
    #[default]
    Before,
    /// The request is carried out in full, then its answer is replaced.
    After,
}

/// One scripted fault: a matcher, a count and an action.
///
/// The actions that need the right answer (cut, malformed, oversized, slow) always carry the request out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The HTTP method, any when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// What the path begins with, anything when absent.
    #[serde(default)]
    pub path: Option<String>,
    /// The kind of request (`batch_update`, `search`, ...), any when absent.
    #[serde(default)]
    pub kind: Option<String>,
    /// Matching requests that pass unharmed first.
    #[serde(default)]
    pub skip: u32,
    /// Matching requests that fail then; absent: one; 0: all of them.
    #[serde(default = "once")]
    pub times: u32,
    /// Before or after the request took effect.
    #[serde(default)]
    pub effect: Effect,
    /// What goes wrong.
    #[serde(flatten)]
    pub action: Action,
}

/// `query` is every query, `query Accounts` only those of organizations.
pub(crate) fn is_kind(want: &str, kind: &str) -> bool {
    kind.strip_prefix(want).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A fault that hits the next request, whatever it is.
    pub fn new(action: Action) -> Self {
        Self { method: None, path: None, kind: None, skip: 0, times: 1, effect: Effect::Before, action }
    }

    /// An error status, before the request took effect.
    pub fn status(status: u16) -> Self {
        Self::new(Action::Status { status, retry_after: None, body: None })
    }

    /// A 429 with or without `Retry-After`.
    pub fn too_many(retry_after: Option<u64>) -> Self {
        Self::new(Action::Status { status: 429, retry_after, body: None })
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only requests whose path begins so.
    #[must_use]
    pub fn path(mut self, prefix: &str) -> Self {
        self.path = Some(prefix.to_owned());
        self
    }

    /// Only requests of this kind.
    #[must_use]
    pub fn kind(mut self, kind: &str) -> Self {
        self.kind = Some(kind.to_owned());
        self
    }

    /// Let so many matching requests pass first.
    #[must_use]
    pub fn skip(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Hit so many matching requests.
    #[must_use]
    pub fn times(mut self, requests: u32) -> Self {
        self.times = requests.max(1);
        self
    }

    /// Hit every matching request.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = 0;
        self
    }

    /// Fail only after the request was carried out.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        self.effect = Effect::After;
        self
    }

    /// Whether the request is carried out although it fails.
    pub(crate) fn carries_out(&self) -> bool {
        let needs_answer = matches!(
            self.action,
            Action::CutBody { .. }
                | Action::MalformedJson
                | Action::OversizedBody { .. }
                | Action::Slow { .. }
                | Action::ExpireToken
        );
        needs_answer || self.effect == Effect::After
    }

    fn matches(&self, method: &str, path: &str, kind: &str) -> bool {
        self.method.as_deref().is_none_or(|want| want.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|want| path.starts_with(want))
            && self.kind.as_deref().is_none_or(|want| is_kind(want, kind))
    }
}

/// The faults still to come, in order: the first that matches and is due hits.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    script: Vec<Pending>,
    hits: u64,
}

#[derive(Clone, Debug)]
struct Pending {
    fault: Fault,
    seen: u32,
}

impl Faults {
    /// Adds one.
    pub fn add(&mut self, fault: Fault) {
        self.script.push(Pending { fault, seen: 0 });
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.script.clear();
    }

    /// How many requests were hit so far.
    pub fn hits(&self) -> u64 {
        self.hits
    }

    /// Those still to come.
    pub fn pending(&self) -> Vec<Fault> {
        self.script.iter().map(|pending| pending.fault.clone()).collect()
    }

    pub(crate) fn take(&mut self, method: &str, path: &str, kind: &str) -> Option<Fault> {
        let mut hit = None;
        for (index, pending) in self.script.iter_mut().enumerate() {
            if !pending.fault.matches(method, path, kind) {
                continue;
            }
            pending.seen += 1;
            if pending.seen > pending.fault.skip {
                hit = Some(index);
                break;
            }
        }
        let index = hit?;
        let pending = self.script.get(index)?.clone();
        if pending.fault.times > 0 && pending.seen >= pending.fault.skip + pending.fault.times {
            self.script.remove(index);
        }
        self.hits += 1;
        Some(pending.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_counts_and_ends() {
        let mut faults = Faults::default();
        faults.add(Fault::status(503).method("post").path("/crm").skip(1).times(2));
        let mut post = || faults.take("POST", "/crm/x", "create").is_some();
        assert_eq!([post(), post(), post(), post()], [false, true, true, false]);
        assert_eq!(faults.hits(), 2);
        assert!(faults.take("GET", "/crm/x", "list").is_none());
    }

    #[test]
    fn reads_from_json() {
        let fault: Fault = serde_json::from_str(
            r#"{"what":"status","status":429,"retry_after":3,"kind":"search","times":2}"#,
        )
        .unwrap();
        assert_eq!(fault, Fault::too_many(Some(3)).kind("search").times(2));
    }
}
