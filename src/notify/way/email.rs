//! E-mail over SMTP.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message as Letter, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::{Way, discreet};
use crate::notify::notice::Channel;
use crate::notify::text::{Block, Message};
use crate::settings::notify::{EmailConnection, Mailbox as Configured, Security};

/// Codes by which a server refuses a login (RFC 4954).
const LOGIN_REFUSED: [u16; 5] = [454, 530, 534, 535, 538];

/// A mail server.
pub(in crate::notify) struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    security: Security,
    from: Mailbox,
    to: Vec<Mailbox>,
    /// For people: `smtp.example.com:587`.
    server: String,
    password: Option<SecretString>,
    /// How long all of a message may take: the transport's own limit is one for connecting.
    timeout: Duration,
}

impl Mail {
    pub(super) fn new(connection: &EmailConnection, timeout: Duration) -> Result<Self, String> {
        let EmailConnection { host, port, security, .. } = connection;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(*port)
            .timeout(Some(timeout))
            .tls(tls(connection)?);
        let password = connection.login.as_ref().map(|(_, password)| password.clone());
        if let Some((user, password)) = &connection.login {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self {
            transport: builder.build(),
            security: *security,
            from: mailbox(&connection.from)?,
            to: connection.to.iter().map(mailbox).collect::<Result<_, _>>()?,
            server: format!("{host}:{port}"),
            password,
            timeout,
        })
    }

    /// Does something with the server, unless it takes too long.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, Error>> + Send) -> Result<T, String> {
        match tokio::time::timeout(self.timeout, work).await {
            Ok(done) => done.map_err(|error| self.said(&error)),
            Err(_) => {
                Err("the mail server does not answer in time: check host, port and firewall".to_owned())
            }
        }
    }

    /// Texts are encoded, and headers take no line breaks: the builder sees to both.
    fn letter(&self, message: &Message, at: DateTime<Utc>) -> Result<Letter, String> {
        let automatic =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        let begun =
            Letter::builder().from(self.from.clone()).subject(&message.subject).date(SystemTime::from(at));
        let addressed = self.to.iter().fold(begun, |letter, to| letter.to(to.clone()));
        addressed
            .message_id(None)
            .raw_header(automatic)
            .singlepart(SinglePart::plain(body(message)))
            .map_err(|error| format!("the message cannot be put together: {error}"))
    }

    /// What went wrong, for people, without the password.
    fn said(&self, error: &Error) -> String {
        let code = error.status().map(u16::from);
        if let Some(code) = code.filter(|code| LOGIN_REFUSED.contains(code)) {
            return format!(
                "the mail server refuses the login ({code}): check notify.email.username and password"
            );
        }
        let told = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let advice = match self.security {
            _ if error.is_timeout() => "; no answer in time: check host, port and firewall",
            Security::Starttls if told.contains("STARTTLS") => {
                ", and without it nothing is sent: check host and port, or set notify.email.security = \"tls\""
            }
            Security::Tls if error.is_tls() || !error.is_permanent() && code.is_none() => {
                "; with security = \"tls\" the port has to speak TLS at once (465); 587 takes \"starttls\""
            }
            _ if error.is_tls() => "; check notify.email.ca_bundle and the server's certificate",
            _ => "",
        };
        let code = code.map_or_else(String::new, |code| format!(" ({code})"));
        let text = format!("the mail server cannot be used{code}: {told}{advice}");
        discreet(&text, self.password.iter().map(ExposeSecret::expose_secret))
    }
}

#[async_trait]
impl Way for Mail {
    fn channel(&self) -> Channel {
        Channel::Email
    }

    fn leads_to(&self) -> String {
        let to: Vec<String> = self.to.iter().map(|to| to.email.to_string()).collect();
        format!("e-mail to {} over {}", to.join(", "), self.server)
    }

    async fn send(&self, message: &Message, at: DateTime<Utc>) -> Result<(), String> {
        let letter = self.letter(message, at)?;
        self.in_time(self.transport.send(letter)).await.map(drop)
    }

    async fn reach(&self) -> Result<String, String> {
        match self.in_time(self.transport.test_connection()).await? {
            true if self.password.is_some() => Ok("the mail server accepts the login".to_owned()),
            true => Ok("the mail server answers".to_owned()),
            false => Err("the mail server closes the connection".to_owned()),
        }
    }
}

fn tls(connection: &EmailConnection) -> Result<Tls, String> {
    let parameters = || -> Result<TlsParameters, String> {
        let mut builder = TlsParameters::builder(connection.host.clone());
        if let Some(path) = &connection.ca_bundle {
            let wrong = |error: String| format!("ca_bundle {}: {error}", path.display());
            let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
            let authorities = Certificate::from_pem(&pem).map_err(|error| wrong(error.to_string()))?;
            builder = builder.certificate_store(CertificateStore::None).add_root_certificate(authorities);
        }
        builder.build().map_err(|error| {
            format!("no TLS: {error}. Install the system's CA certificates or set notify.email.ca_bundle")
        })
    };
    Ok(match connection.security {
        Security::Starttls => Tls::Required(parameters()?),
        Security::Tls => Tls::Wrapper(parameters()?),
        Security::None => Tls::None,
    })
}

fn mailbox(configured: &Configured) -> Result<Mailbox, String> {
    let address = Address::new(&configured.local, &configured.domain);
    let address = address.map_err(|error| format!("{configured} is no e-mail address: {error}"))?;
    Ok(Mailbox::new(configured.name.clone(), address))
}

fn body(message: &Message) -> String {
    let mut lines = Vec::new();
    for block in &message.blocks {
        match block {
            Block::Line(line) => lines.push(line.clone()),
            Block::Command(command) => lines.push(format!("    {command}")),
            Block::List { heading, items } => {
                lines.push(format!("{heading}:"));
                lines.extend(items.iter().map(|item| format!("  - {item}")));
            }
        }
        lines.push(String::new());
    }
    lines.join("\n")
}
