//! A call as a plain value: what to send, what it may change, and which quotas it takes from.

use reqwest::Method;
use serde::Serialize;

/// Whether a call can change the outside world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It changes nothing, so it is repeated freely.
    Read,
    /// It changes something. The stack repeats it only where it certainly was not applied; an unknown outcome is handed
    /// to the connector, which looks it up.
    Write,
}

/// A group of calls that share quotas: `search`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane(pub &'static str);

impl Lane {
    /// The lane of ordinary calls.
    pub const GENERAL: Self = Self("general");
}

/// What a call carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    None,
    /// A JSON text.
    Json(Vec<u8>),
    /// A form, `application/x-www-form-urlencoded`. Never logged.
    Form(Vec<(String, String)>),
}

/// One call to a remote system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What is done, the same for every page and batch: `companies.list`. Usage is counted by it.
    pub operation: &'static str,
    /// The method.
    pub method: Method,
    /// The path below the system's base URL; its segments are percent-encoded when it is sent.
    pub path: String,
    /// The query, unencoded.
    pub query: Vec<(&'static str, String)>,
    /// Further headers, none of them secret.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
    /// Whether it can change the outside world.
    pub effect: Effect,
    /// Which quotas it takes from.
    pub lane: Lane,
    /// Whether a failure is final, whatever it is: for questions whose answer may well be a failure.
    pub once: bool,
}

impl Call {
    /// A GET that changes nothing.
    pub fn get(operation: &'static str, path: impl Into<String>) -> Self {
        Self::new(operation, Method::GET, path, Effect::Read)
    }

    /// A POST that changes nothing, as searches and batch reads are.
    pub fn query_by_post(operation: &'static str, path: impl Into<String>) -> Self {
        Self::new(operation, Method::POST, path, Effect::Read)
    }

    /// A call that changes something.
    pub fn write(operation: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self::new(operation, method, path, Effect::Write)
    }

    fn new(operation: &'static str, method: Method, path: impl Into<String>, effect: Effect) -> Self {
        Self {
            operation,
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::None,
            effect,
            lane: Lane::GENERAL,
            once: false,
        }
    }

    /// Made once only, however it ends.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// With a field of a form.
    #[must_use]
    pub fn with_field(mut self, name: &str, value: impl Into<String>) -> Self {
        let field = (name.to_owned(), value.into());
        match &mut self.body {
            Body::Form(fields) => fields.push(field),
            Body::None | Body::Json(_) => self.body = Body::Form(vec![field]),
        }
        self
    }

    /// With a query parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With a header that is no secret.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// In another lane than the general one.
    #[must_use]
    pub fn in_lane(mut self, lane: Lane) -> Self {
        self.lane = lane;
        self
    }

    /// With a JSON body.
    ///
    /// # Errors
    /// Where the value has no JSON form, which a type made for it always has.
    pub fn with_json<T: Serialize + ?Sized>(mut self, value: &T) -> Result<Self, serde_json::Error> {
        self.body = Body::Json(serde_json::to_vec(value)?);
        Ok(self)
    }
}
