//! The authorisation server of a system: the link that a person opens, and the endpoint that gives out tokens.

use std::pin::Pin;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use super::answers::{Client, Granted, Refusal};
use super::held::Grant;
use crate::http::answer::Answer;
use crate::http::client::{ClientError, ClientSettings, Transport, TransportFault};
use crate::http::request::{Body, Call};
use crate::http::retry::Class;

/// In what form a token endpoint takes its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenBody {
    /// As RFC 6749 has it.
    Form,
    /// As a JSON object.
    Json,
}

/// What is the vendor's own in an authorisation: data of its connector.
#[derive(Clone, Copy, Debug)]
pub struct OAuthVendor {
    /// The name of the system for people.
    pub system: &'static str,
    /// In what form the token endpoint takes its fields.
    pub body: TokenBody,
    /// The name by which the vendor lets a browser be sent back to its own machine.
    pub redirect_host: &'static str,
    /// The least scopes that sirank needs.
    pub scopes: &'static [&'static str],
    /// Codes beside RFC 6749's `invalid_grant` by which it says that an authorisation is good no more.
    pub gone: &'static [&'static str],
}

/// An app at an authorisation server.
#[derive(Clone, Debug)]
pub struct OAuthSettings {
    /// What is the vendor's own.
    pub vendor: OAuthVendor,
    /// The command that asks for an authorisation: `sirank auth hubspot`.
    pub command: String,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret.
    pub client_secret: SecretString,
    /// The page that asks for consent.
    pub authorize_url: Url,
    /// The port that the browser is sent back to.
    pub redirect_port: u16,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
    /// How the token endpoint, its base URL, is reached.
    pub client: ClientSettings,
}

impl OAuthSettings {
    /// The address that the browser is sent back to. It has to stand in the app's settings.
    pub fn redirect_url(&self) -> String {
        format!("http://{}:{}/callback", self.vendor.redirect_host, self.redirect_port)
    }
}

/// The authorisation server of a system.
pub struct Authority {
    settings: OAuthSettings,
    transport: Transport,
    client: Client,
}

/// A question to a person: good for one answer.
pub struct Challenge {
    /// The address to open in a browser.
    pub link: Url,
    state: CsrfToken,
    verifier: PkceCodeVerifier,
}

impl Challenge {
    /// Whether an answer that carries this state answers this question.
    pub fn is_answered_by(&self, state: &str) -> bool {
        self.state.secret() == state
    }
}

/// Why there are no tokens.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// The server takes the code or the refresh token no more.
    Gone(String),
    /// The server does not take the app's id or secret.
    App(String),
    /// Anything else, and whether asking again may help.
    Other(Class, String),
}

impl Authority {
    /// The server of these settings. Nothing is sent yet.
    ///
    /// # Errors
    /// Where no client can be built: plain http to another host, certificate authorities.
    pub fn new(settings: OAuthSettings) -> Result<Self, ClientError> {
        let transport = Transport::new(&settings.client)?;
        let invalid = |url: &str| ClientError::BaseUrl(url.to_owned(), "no address of a web server");
        let redirect = settings.redirect_url();
        let client = Client::<EndpointNotSet, EndpointNotSet>::new(ClientId::new(settings.client_id.clone()))
            .set_client_secret(ClientSecret::new(settings.client_secret.expose_secret().to_owned()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::from_url(settings.authorize_url.clone()))
            .set_token_uri(TokenUrl::from_url(settings.client.base_url.clone()))
            .set_redirect_uri(RedirectUrl::new(redirect.clone()).map_err(|_| invalid(&redirect))?);
        Ok(Self { settings, transport, client })
    }

    /// What it was built from.
    pub fn settings(&self) -> &OAuthSettings {
        &self.settings
    }

    /// A new question, with a state and a PKCE challenge of its own.
    pub fn challenge(&self) -> Challenge {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let request = self.client.authorize_url(CsrfToken::new_random).add_scopes(scopes);
        let (link, state) = request.set_pkce_challenge(challenge).url();
        Challenge { link, state, verifier }
    }

    /// The tokens of an answer's code. A code is good once, so this is sent once.
    pub(super) async fn redeem(
        &self,
        challenge: Challenge,
        code: &str,
        now: DateTime<Utc>,
    ) -> Result<Grant, Failure> {
        let secrets = [code, challenge.verifier.secret().as_str()].map(str::to_owned);
        let exchange = Exchange::new(self, now);
        let granted = self
            .client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(challenge.verifier)
            .request_async(&exchange)
            .await;
        exchange.outcome(granted, &secrets.each_ref().map(String::as_str))
    }

    /// New tokens for a refresh token. Sent once.
    ///
    /// Boxed: the compiler cannot see through the crate's future that a task may hold it.
    pub(super) fn renew<'a>(
        &'a self,
        refresh: &'a SecretString,
        now: DateTime<Utc>,
    ) -> Pin<Box<dyn Future<Output = Result<Grant, Failure>> + Send + 'a>> {
        Box::pin(async move {
            let token = RefreshToken::new(refresh.expose_secret().to_owned());
            let exchange = Exchange::new(self, now);
            let granted = self.client.exchange_refresh_token(&token).request_async(&exchange).await;
            exchange.outcome(granted, &[refresh.expose_secret()])
        })
    }
}

/// One request to the token endpoint, over the transport that every system has: no redirects, an answer of limited
/// size, time-outs.
struct Exchange<'a> {
    authority: &'a Authority,
    now: DateTime<Utc>,
    /// The status of the answer, which the crate does not hand on.
    status: AtomicU16,
}

impl<'c> AsyncHttpClient<'c> for Exchange<'_> {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

impl Exchange<'_> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let call = call(&request, self.authority.settings.vendor.body)?;
        let answer = self.authority.transport.send(&call, None).await.map_err(NoAnswer::from)?;
        if let Some(failed) = failed(&answer, self.now) {
            return Err(failed);
        }
        self.status.store(answer.status, Ordering::Relaxed);
        let mut response = HttpResponse::new(answer.body);
        *response.status_mut() = oauth2::http::StatusCode::from_u16(answer.status).unwrap_or_default();
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

/// That a request had no answer that could be one of a token endpoint.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct NoAnswer {
    class: Class,
    message: String,
}

impl<'a> Exchange<'a> {
    fn new(authority: &'a Authority, now: DateTime<Utc>) -> Self {
        Self { authority, now, status: AtomicU16::new(0) }
    }

    /// What an exchange came to; no message holds any of the secrets that were sent.
    fn outcome(
        self,
        granted: Result<Granted, RequestTokenError<NoAnswer, Refusal>>,
        secrets: &[&str],
    ) -> Result<Grant, Failure> {
        let vendor = &self.authority.settings.vendor;
        let status = self.status.load(Ordering::Relaxed);
        let own = self.authority.settings.client_secret.expose_secret();
        let hidden = |text: String| {
            secrets
                .iter()
                .chain([&own])
                .filter(|secret| secret.len() >= 4)
                .fold(text, |text, secret| text.replace(secret, "***"))
        };
        match granted {
            Ok(granted) => Ok(Grant {
                access: granted.access_token().secret().clone().into(),
                refresh: granted.refresh_token().map(|token| token.secret().clone().into()),
                lasts: granted.expires_in(),
                scopes: granted.granted(),
            }),
            Err(RequestTokenError::ServerResponse(refusal)) => {
                let is = |words: &[&str]| refusal.codes().any(|code| words.contains(&code));
                let said = hidden(format!("{status}: {refusal}"));
                Err(if is(&["invalid_grant"]) || is(vendor.gone) {
                    Failure::Gone(said)
                } else if is(&["invalid_client", "unauthorized_client"]) {
                    Failure::App(said)
                } else {
                    let code = refusal.codes().next().unwrap_or("UNKNOWN").to_owned();
                    Failure::Other(Class::Refused { code }, format!("{} refuses ({said})", vendor.system))
                })
            }
            Err(RequestTokenError::Request(NoAnswer { class, message })) => {
                Err(Failure::Other(class, hidden(message)))
            }
            // Neither the body nor what the parser says of it: both may hold tokens.
            Err(RequestTokenError::Parse(error, _)) => Err(Failure::Other(
                Class::Malformed,
                format!("the answer (status {status}) is none of a token endpoint, at `{}`", error.path()),
            )),
            Err(RequestTokenError::Other(_)) => Err(Failure::Other(
                Class::Malformed,
                format!("the answer (status {status}) is none of a token endpoint"),
            )),
        }
    }
}

/// The crate makes forms; some vendors want the same fields as JSON.
fn call(request: &HttpRequest, body: TokenBody) -> Result<Call, NoAnswer> {
    let fields: Vec<(String, String)> = form_urlencoded::parse(request.body()).into_owned().collect();
    let call = Call::write("oauth.token", Method::POST, "");
    match body {
        TokenBody::Form => Ok(Call { body: Body::Form(fields), ..call }),
        TokenBody::Json => {
            let object: serde_json::Map<String, serde_json::Value> =
                fields.into_iter().map(|(name, value)| (name, value.into())).collect();
            call.with_json(&object).map_err(|_| NoAnswer {
                class: Class::Refused { code: "UNSENDABLE".to_owned() },
                message: "the request cannot be put together".to_owned(),
            })
        }
    }
}

impl From<TransportFault> for NoAnswer {
    fn from(fault: TransportFault) -> Self {
        let class = match fault {
            TransportFault::Unreachable(_) => Class::Unreachable,
            TransportFault::Lost(_) => Class::Lost,
            TransportFault::TooLarge(_) => Class::TooLarge,
            TransportFault::Unsendable(_) => Class::Refused { code: "UNSENDABLE".to_owned() },
        };
        Self { class, message: fault.to_string() }
    }
}

/// Answers that say nothing about the authorisation: an overloaded server, a proxy, a redirect.
fn failed(answer: &Answer, now: DateTime<Utc>) -> Option<NoAnswer> {
    let after = answer.retry_after(now);
    let status = answer.status;
    let class = match status {
        429 => Class::Throttled { after: after.unwrap_or(Duration::from_secs(10)), limiter: None },
        408 | 500.. => Class::Overloaded { after },
        300..400 => Class::Malformed,
        _ if answer.is_html() => Class::Malformed,
        _ => return None,
    };
    let message = match class {
        Class::Malformed => format!(
            "a redirect or a web page in place of tokens (status {status}); check token_url and what stands between"
        ),
        _ => format!("the token endpoint failed or is overloaded (status {status})"),
    };
    Some(NoAnswer { class, message })
}
