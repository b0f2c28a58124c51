//! Every recorded request of a real vTiger 8.4.0, sent to the mock: the same answer has to come back.
//!
//! The requests were made one after the other; so are they here, from the state that they were made in.

mod base;
mod compare;
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Client, Response};
use serde_json::Value;
use sirank_mocks::clock::Clock;
use sirank_mocks::vtiger::{VTiger, login_proof};

use self::compare::Rows;
use self::script::Step;
use crate::http::client;

/// How many recordings there are.
const ALL: usize = 231;

/// One recorded exchange.
pub(crate) struct Recording {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    form: Option<Vec<(String, String)>>,
    raw: Option<String>,
    status: u16,
    headers: BTreeMap<String, String>,
    pub(crate) body: Value,
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let entries = value.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

impl Recording {
    fn read(path: &Path) -> Self {
        let whole: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let (request, response) = (&whole["request"], &whole["response"]);
        Self {
            method: request["method"].as_str().unwrap().to_owned(),
            path: request["path"].as_str().unwrap().to_owned(),
            query: pairs(&request["query"]),
            form: request.get("form").map(pairs),
            raw: request["body"].as_str().map(str::to_owned),
            status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
            headers: pairs(&response["headers"]).into_iter().collect(),
            body: response["body"].clone(),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/recorded/vtiger")
}

fn recordings() -> BTreeMap<String, Recording> {
    let files = std::fs::read_dir(folder()).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), Recording::read(&path)))
        .collect()
}

/// The mock and what has been replayed on it.
pub(crate) struct Stage {
    pub(crate) crm: VTiger,
    client: Client,
    recordings: BTreeMap<String, Recording>,
    token: String,
    replayed: BTreeSet<String>,
    failures: Vec<String>,
}

impl Stage {
    async fn send(&self, recording: &Recording, name: &str) -> Response {
        let url = format!("{}{}", self.crm.base_url(), recording.path);
        let method = recording.method.parse().unwrap();
        let proven = |pairs: &[(String, String)]| -> Vec<(String, String)> {
            let replace = |(key, value): &(String, String)| {
                let value =
                    if value == "MD5_OF_TOKEN_PLUS_ACCESSKEY" { self.proof(name) } else { value.clone() };
                (key.clone(), value)
            };
            pairs.iter().map(replace).collect()
        };
        let mut request = self.client.request(method, url).query(&proven(&recording.query));
        if let Some(form) = &recording.form {
            request = request.form(&proven(form));
        }
        if let Some(raw) = &recording.raw {
            request = request.header("content-type", "application/json").body(raw.clone());
        }
        if name == "extendsession_with_php_cookie" {
            request = request.header("cookie", "PHPSESSID=SESSION_ADMIN_DUMMY");
        }
        request.send().await.unwrap()
    }

    fn proof(&self, name: &str) -> String {
        match name {
            "login_bad_key" => login_proof(&self.token, "another-key"),
            "login_uppercase_md5" => login_proof(&self.token, "admin-key").to_uppercase(),
            _ => login_proof(&self.token, "admin-key"),
        }
    }

    async fn replay(&mut self, name: &str, rows: Rows, free: &[&str]) {
        let recording = self.recordings.get(name).unwrap_or_else(|| panic!("no recording {name}"));
        let response = self.send(recording, name).await;
        let mut found = Vec::new();
        let status = response.status().as_u16();
        if status != recording.status {
            found.push(format!("status: recorded {}, answered {status}", recording.status));
        }
        for header in ["Content-type", "Expires", "Cache-Control", "Pragma"] {
            let answered = response.headers().get(header).map(|value| value.to_str().unwrap());
            let recorded = recording.headers.get(header).map(String::as_str);
            if answered != recorded {
                found.push(format!("{header}: recorded {recorded:?}, answered {answered:?}"));
            }
        }
        let text = response.text().await.unwrap();
        let answered = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.trim().to_owned()));
        found.extend(compare::differences(&recording.body, &answered, rows, free));
        if let Some(token) = answered["result"]["token"].as_str() {
            token.clone_into(&mut self.token);
        }
        self.failures.extend(found.into_iter().map(|difference| format!("{name}{difference}")));
        assert!(self.replayed.insert(name.to_owned()), "{name} twice");
    }

    fn until(&self, time: &str) {
        let ahead = base::at_ms(time) - self.crm.clock().now_ms();
        self.crm.clock().advance(Duration::from_millis(u64::try_from(ahead).unwrap()));
    }
}

#[tokio::test]
async fn every_recording_is_answered_as_it_was() {
    if !folder().exists() {
        eprintln!("skipped: there are no recordings at {}", folder().display());
        return;
    }
    let recordings = recordings();
    assert_eq!(recordings.len(), ALL);
    let start = chrono::DateTime::from_timestamp_millis(base::at_ms("05:13:16")).unwrap();
    let crm =
        VTiger::builder().crm(base::crm(&recordings)).clock(Clock::frozen_at(start)).start().await.unwrap();
    crm.open_session("SESSION_ADMIN_DUMMY", 1);
    crm.open_session("SESSION_AGENTE1_DUMMY", 10);
    let mut stage = Stage {
        crm,
        client: client(),
        recordings,
        token: String::new(),
        replayed: BTreeSet::new(),
        failures: Vec::new(),
    };
    for step in script::steps() {
        match step {
            Step::At(time) => stage.until(time),
            Step::Do(change) => change(&stage),
            Step::Replay(name) => stage.replay(name, Rows::All, &[]).await,
            Step::AnyRows(name) => stage.replay(name, Rows::Any, &[]).await,
            Step::Free(name, free) => stage.replay(name, Rows::All, free).await,
        }
    }
    assert!(
        stage.failures.is_empty(),
        "{} differences:\n{}",
        stage.failures.len(),
        stage.failures.join("\n")
    );
    let left: Vec<&String> = stage.recordings.keys().filter(|name| !stage.replayed.contains(*name)).collect();
    assert_eq!(left, Vec::<&String>::new(), "never replayed");
    assert_eq!(stage.replayed.len(), ALL);
}
