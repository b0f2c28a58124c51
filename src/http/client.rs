//! Builds HTTP clients, the one place for it, and sends one request through one.

use std::error::Error as _;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::answer::Answer;
use super::auth::Placement;
use super::request::{Body, Call};

/// How a system is reached.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Where the system is; paths of calls are appended.
    pub base_url: Url,
    /// Whether plain http is allowed to another host than this one.
    pub allow_plain_http: bool,
    /// The longest time for a connection.
    pub connect_timeout: Duration,
    /// The longest time for a request, its answer included.
    pub request_timeout: Duration,
    /// The longest answer that is taken, in bytes after decompression.
    pub max_body_bytes: usize,
    /// A PEM file with the only certificate authorities to trust; none: those of the operating system.
    pub ca_bundle: Option<PathBuf>,
}

impl ClientSettings {
    /// The defaults for a base URL.
    pub fn new(base_url: Url) -> Self {
        Self {
            base_url,
            allow_plain_http: false,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_mins(1),
            max_body_bytes: 32 << 20,
            ca_bundle: None,
        }
    }
}

/// Settings with which no client can be built: says what to mend.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Plain http, or no URL of a web server.
    #[error("base URL {0}: {1}")]
    BaseUrl(String, &'static str),
    /// The file of certificate authorities.
    #[error("ca_bundle {}: {reason}", path.display())]
    CaBundle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No TLS: most often a host without certificate authorities.
    #[error(
        "no HTTPS client can be built: {0}. Install the system's CA certificates (package ca-certificates) or set \
         ca_bundle to a PEM file"
    )]
    Tls(String),
}

/// A token, and where a request carries it.
#[derive(Clone, Copy, Debug)]
pub struct Credential<'a> {
    /// The token.
    pub token: &'a SecretString,
    /// Its place.
    pub placement: Placement,
}

impl<'a> Credential<'a> {
    /// The header that carries the token, and its value.
    fn header(self) -> Option<(&'static str, String)> {
        let token = self.token.expose_secret().trim();
        match self.placement {
            Placement::Bearer => Some((AUTHORIZATION.as_str(), format!("Bearer {token}"))),
            Placement::Header(name) => Some((name, token.to_owned())),
            Placement::Parameter(_) | Placement::Json(_) => None,
        }
    }

    fn parameter(self) -> Option<(&'static str, &'a str)> {
        match self.placement {
            Placement::Parameter(name) => Some((name, self.token.expose_secret())),
            Placement::Bearer | Placement::Header(_) | Placement::Json(_) => None,
        }
    }

    /// A JSON body with the token in its place.
    fn within(self, json: &[u8]) -> Vec<u8> {
        let (Placement::Json(mark), Ok(text)) = (self.placement, std::str::from_utf8(json)) else {
            return json.to_vec();
        };
        let token = serde_json::Value::from(self.token.expose_secret().trim()).to_string();
        text.replace(&format!("\"{mark}\""), &token).into_bytes()
    }
}

/// A client bound to one system: no redirect is followed, so no credential ever reaches another host.
pub struct Transport {
    client: reqwest::Client,
    base: Url,
    /// The one address of all calls, where it is itself a secret.
    secret: Option<Url>,
    max_body_bytes: usize,
}

/// Why there is no complete answer.
#[derive(Debug)]
pub enum TransportFault {
    /// Nothing was sent.
    Unreachable(String),
    /// Sent, but no complete answer came.
    Lost(String),
    /// The answer is larger than allowed, in bytes.
    TooLarge(usize),
    /// The request could not be put together.
    Unsendable(String),
}

impl fmt::Display for TransportFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(reason) => {
                write!(out, "no connection to {reason}; check the base URL, the network and the proxy")
            }
            Self::Lost(reason) => write!(out, "no complete answer: {reason}"),
            Self::TooLarge(limit) => {
                write!(out, "the answer is larger than {limit} bytes (http.max_body_mib)")
            }
            Self::Unsendable(reason) => write!(out, "the request cannot be sent: {reason}"),
        }
    }
}

impl Transport {
    /// Builds the client of a system.
    pub fn new(settings: &ClientSettings) -> Result<Self, ClientError> {
        check_base(settings)?;
        let mut builder = client_builder()
            .user_agent(concat!("sirank/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.request_timeout)
            .pool_idle_timeout(Duration::from_mins(1))
            .tcp_nodelay(true)
            .redirect(redirect::Policy::none());
        if is_loopback(&settings.base_url) {
            builder = builder.no_proxy();
        }
        builder = match &settings.ca_bundle {
            Some(path) => builder.tls_certs_only(read_bundle(path)?),
            // Plain http needs no authority, and must work on a host that has none.
            None if settings.base_url.scheme() == "http" => builder.tls_certs_only([]),
            None => builder,
        };
        let client = builder.build().map_err(|error| ClientError::Tls(chain(&error)))?;
        let max_body_bytes = settings.max_body_bytes;
        Ok(Self { client, base: settings.base_url.clone(), secret: None, max_body_bytes })
    }

    /// Builds the client of one address that is itself a secret, as a webhook's is. The settings' base URL is its origin,
    /// all of it that messages name; paths and queries of calls are not looked at.
    pub fn to_secret_address(settings: &ClientSettings, address: Url) -> Result<Self, ClientError> {
        Ok(Self { secret: Some(address), ..Self::new(settings)? })
    }

    /// Where the system is.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Sends a call once.
    pub async fn send(
        &self,
        call: &Call,
        credential: Option<Credential<'_>>,
    ) -> Result<Answer, TransportFault> {
        let parameter = credential.and_then(Credential::parameter);
        let in_query = parameter.filter(|_| !matches!(call.body, Body::Form(_)));
        let url = self.secret.clone().unwrap_or_else(|| self.url(call, in_query));
        self.send_to(url, call, credential).await
    }

    /// Sends a call without credentials once, below the base URL even where the address of all others is a secret.
    pub async fn send_to_base(&self, call: &Call) -> Result<Answer, TransportFault> {
        self.send_to(self.url(call, None), call, None).await
    }

    async fn send_to(
        &self,
        url: Url,
        call: &Call,
        credential: Option<Credential<'_>>,
    ) -> Result<Answer, TransportFault> {
        let parameter = credential.and_then(Credential::parameter);
        let headers = headers(call, credential.and_then(Credential::header))?;
        let mut request = self.client.request(call.method.clone(), url).headers(headers);
        request = match &call.body {
            Body::None => request,
            Body::Json(json) => {
                let body = credential.map_or_else(|| json.clone(), |credential| credential.within(json));
                request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body)
            }
            Body::Form(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                request.form(&fields.chain(parameter).collect::<Vec<_>>())
            }
        };
        let mut response = request.send().await.map_err(|error| fault(&error, &self.base))?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| fault(&error, &self.base))? {
            if body.len() + chunk.len() > self.max_body_bytes {
                return Err(TransportFault::TooLarge(self.max_body_bytes));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }

    fn url(&self, call: &Call, credential: Option<(&str, &str)>) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(call.path.split('/').filter(|segment| !segment.is_empty()));
        }
        if !call.query.is_empty() || credential.is_some() {
            url.query_pairs_mut().extend_pairs(&call.query).extend_pairs(credential);
        }
        url
    }
}

/// Whether a URL points to this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where clients are built")]
fn client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
}

fn check_base(settings: &ClientSettings) -> Result<(), ClientError> {
    let base = &settings.base_url;
    let wrong = |what| Err(ClientError::BaseUrl(without_password(base), what));
    match base.scheme() {
        "https" if base.has_host() => {}
        "http" if is_loopback(base) || settings.allow_plain_http => {}
        "http" => return wrong("plain http to another host; use https, or set allow_plain_http = true"),
        _ => return wrong("not an https URL"),
    }
    if base.query().is_some() || base.fragment().is_some() {
        return wrong("a base URL has no query and no fragment");
    }
    if !base.username().is_empty() || base.password().is_some() {
        return wrong("credentials do not belong into the URL; set the token");
    }
    Ok(())
}

fn without_password(url: &Url) -> String {
    let mut url = url.clone();
    let _ = url.set_password(None);
    url.to_string()
}

fn read_bundle(path: &PathBuf) -> Result<Vec<reqwest::Certificate>, ClientError> {
    let wrong = |reason: String| ClientError::CaBundle { path: path.clone(), reason };
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| wrong(chain(&error)))?;
    if certificates.is_empty() {
        return Err(wrong("holds no PEM certificate".to_owned()));
    }
    Ok(certificates)
}

fn headers(call: &Call, credential: Option<(&'static str, String)>) -> Result<HeaderMap, TransportFault> {
    let unsendable = |what: &str| TransportFault::Unsendable(what.to_owned());
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    for (name, value) in &call.headers {
        let name = HeaderName::try_from(*name).map_err(|_| unsendable("a header has no valid name"))?;
        let value = HeaderValue::from_str(value)
            .map_err(|_| unsendable("a header would hold a character that none may hold"))?;
        headers.insert(name, value);
    }
    if let Some((name, token)) = credential {
        let name = HeaderName::try_from(name).map_err(|_| unsendable("a header has no valid name"))?;
        let mut value = HeaderValue::from_str(&token)
            .map_err(|_| unsendable("the token holds a character that no token has"))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn fault(error: &reqwest::Error, base: &Url) -> TransportFault {
    let reason = if error.is_timeout() { "time-out".to_owned() } else { chain(error) };
    if error.is_connect() {
        TransportFault::Unreachable(format!("{}: {reason}", base.origin().ascii_serialization()))
    } else if error.is_builder() {
        TransportFault::Unsendable(reason)
    } else {
        TransportFault::Lost(reason)
    }
}

/// The innermost causes of an error; reqwest's own text repeats the URL, whose query may hold personal data.
fn chain(error: &reqwest::Error) -> String {
    let mut texts = Vec::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        texts.push(inner.to_string());
        cause = inner.source();
    }
    texts.dedup();
    if texts.is_empty() { "unknown failure".to_owned() } else { texts.join(": ") }
}
