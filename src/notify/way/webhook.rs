//! Incoming webhooks of Teams and Slack.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use url::Url;

use super::{Way, discreet};
use crate::clock::now;
use crate::http::{Answer, Call, Class, ClientError, ClientSettings, Dialect, Stack, Transport, Verdict};
use crate::notify::notice::Channel;
use crate::notify::text::{Block, Message};
use crate::settings::notify::{Notifications, WebhookConnection};

/// The largest answer that is read: a word or two are expected.
const LARGEST_ANSWER: usize = 64 << 10;
/// How long to wait after a 429 that does not say.
const PAUSE: Duration = Duration::from_mins(1);

/// A webhook.
pub(in crate::notify) struct Hook {
    channel: Channel,
    stack: Stack,
    /// The parts of its address by which somebody could write there.
    secrets: Vec<String>,
}

impl Hook {
    pub(super) fn new(
        channel: Channel,
        connection: &WebhookConnection,
        notifications: &Notifications,
    ) -> Result<Self, ClientError> {
        let text = connection.url.expose_secret();
        // The settings have read it as a URL before.
        let address = Url::parse(text).map_err(|_| ClientError::BaseUrl("***".to_owned(), "no URL"))?;
        let mut origin = address.clone();
        origin.set_path("/");
        origin.set_query(None);
        origin.set_fragment(None);
        let mut settings = ClientSettings::new(origin);
        settings.connect_timeout = notifications.connect_timeout;
        settings.request_timeout = notifications.timeout;
        settings.max_body_bytes = LARGEST_ANSWER;
        let secrets = parts(&address, text);
        let transport = Transport::to_secret_address(&settings, address)?;
        let stack = Stack::builder(name(channel), transport, HookDialect, std::sync::Arc::new(now)).build();
        Ok(Self { channel, stack, secrets })
    }

    fn discreet(&self, text: &str) -> String {
        discreet(text, self.secrets.iter().map(String::as_str))
    }
}

#[async_trait]
impl Way for Hook {
    fn channel(&self) -> Channel {
        self.channel
    }

    fn leads_to(&self) -> String {
        let base = self.stack.transport().base();
        format!("a webhook of {} at {}", name(self.channel), base.host_str().unwrap_or_default())
    }

    async fn send(&self, message: &Message, _at: DateTime<Utc>) -> Result<(), String> {
        let body = match self.channel {
            Channel::Teams => card(message),
            Channel::Slack | Channel::Email => text(message),
        };
        // Once: whether a message arrived is not known after a time-out, and what was refused is tried after the next run.
        let call = Call::write("webhook.send", Method::POST, "").once();
        let call = call.with_json(&body).map_err(|error| error.to_string())?;
        let sent = self.stack.send(&call).await;
        sent.map(drop).map_err(|failure| self.discreet(&failure.to_string()))
    }

    async fn reach(&self) -> Result<String, String> {
        // Any answer will do: a webhook answers messages alone, and would show whatever it is sent.
        let call = Call::get("webhook.reach", "").once();
        match self.stack.transport().send_to_base(&call).await {
            Ok(_) => Ok("the host answers; whether it takes messages shows when one is sent".to_owned()),
            Err(fault) => Err(self.discreet(&fault.to_string())),
        }
    }
}

const fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Teams => "Teams",
        Channel::Slack => "Slack",
        Channel::Email => "e-mail",
    }
}

/// The address, and every part of it that may be its secret, as it is written and as it is meant.
fn parts(address: &Url, text: &str) -> Vec<String> {
    let mut parts = vec![text.to_owned(), address.to_string(), address.path().to_owned()];
    parts.extend(address.query().map(str::to_owned));
    parts.extend(address.path_segments().into_iter().flatten().map(str::to_owned));
    parts.extend(address.query_pairs().map(|(_, value)| value.into_owned()));
    parts.extend(address.query().into_iter().flat_map(|query| {
        query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.to_owned())
    }));
    parts
}

/// How webhooks talk: a status, and a word for people.
struct HookDialect;

impl Dialect for HookDialect {
    fn classify(&self, _call: &Call, answer: &Answer, now: DateTime<Utc>) -> Verdict {
        let after = answer.retry_after(now);
        let class = match answer.status {
            200..=299 => Class::Ok,
            429 => Class::Throttled { after: after.unwrap_or(PAUSE), limiter: None },
            408 | 500.. => Class::Overloaded { after },
            status => Class::Refused { code: format!("HTTP_{status}") },
        };
        let advice = match answer.status {
            401 | 403 | 404 | 410 => "; the webhook was removed or its address is another: make a new one",
            _ => "",
        };
        let message = match class {
            Class::Ok => String::new(),
            _ => format!("status {}: {}{advice}", answer.status, answer.excerpt()),
        };
        Verdict { class, message, correlation: None }
    }
}

/// Slack's message: plain text, so that no name of a company is read as markup, a mention or a link.
fn text(message: &Message) -> Value {
    let mut lines = vec![message.subject.clone(), String::new()];
    for block in &message.blocks {
        match block {
            Block::Line(line) => lines.push(line.clone()),
            Block::Command(command) => lines.push(format!("    {command}")),
            Block::List { heading, items } => {
                lines.push(format!("{heading}:"));
                lines.extend(items.iter().map(|item| format!("• {item}")));
            }
        }
    }
    json!({
        "text": escaped(&lines.join("\n")),
        "mrkdwn": false,
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// The three characters that mean something to Slack even in plain text.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Teams' message: an Adaptive Card. Its texts are runs of rich text, which unlike text blocks are never read as Markdown,
/// so that no name of a company becomes a link.
fn card(message: &Message) -> Value {
    let mut body = vec![run(&json!({
        "type": "TextRun", "text": message.subject, "weight": "Bolder", "size": "Medium",
    }))];
    for block in &message.blocks {
        match block {
            Block::Line(line) => body.push(run(&json!({ "type": "TextRun", "text": line }))),
            Block::Command(command) => {
                body.push(run(&json!({ "type": "TextRun", "text": command, "fontType": "Monospace" })));
            }
            Block::List { heading, items } => {
                body.push(run(&json!({ "type": "TextRun", "text": heading, "weight": "Bolder" })));
                body.extend(items.iter().map(|item| {
                    let mut item = run(&json!({ "type": "TextRun", "text": format!("• {item}") }));
                    item["spacing"] = "Small".into();
                    item
                }));
            }
        }
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "fallbackText": message.subject,
                "body": body,
            },
        }],
    })
}

fn run(inline: &Value) -> Value {
    json!({ "type": "RichTextBlock", "inlines": [inline] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_address_is_hidden_whatever_part_of_it_is_repeated() {
        let text =
            "https://hooks.example.com/services/T0PLANTED/B0%20PLANTED?sp=%2Ftriggers&sig=S1G%2FPLANTED";
        let parts = parts(&Url::parse(text).unwrap(), text);
        for said in [
            format!("see {text} now"),
            "moved to /services/T0PLANTED/B0%20PLANTED".to_owned(),
            "no such T0PLANTED".to_owned(),
            "wrong signature S1G/PLANTED".to_owned(),
            "sig=S1G%2FPLANTED".to_owned(),
        ] {
            let shown = discreet(&said, parts.iter().map(String::as_str));
            assert!(!shown.contains("PLANTED") && shown.contains("***"), "{shown}");
        }
    }

    #[test]
    fn what_others_wrote_is_no_markup() {
        let name = "<!channel> & *Evil* [here](https://evil.example)";
        let list = Block::List { heading: "Cold".to_owned(), items: vec![name.to_owned()] };
        let message = Message { subject: "s".to_owned(), blocks: vec![list] };
        assert_eq!(
            text(&message)["text"],
            "s\n\nCold:\n• &lt;!channel&gt; &amp; *Evil* [here](https://evil.example)"
        );
        assert_eq!(text(&message)["mrkdwn"], false);
        let card = card(&message);
        let body = &card["attachments"][0]["content"]["body"];
        assert_eq!(body[2]["inlines"][0]["text"], format!("• {name}"));
        assert!(!card.to_string().contains("TextBlock\",\"text"), "{card}");
        assert!(body.as_array().unwrap().iter().all(|element| element["type"] == "RichTextBlock"));
    }
}
