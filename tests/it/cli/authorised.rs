//! OAuth from outside: the real binary, a browser played by the test, mocks that give out tokens.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use sirank_mocks::Person;
use sirank_mocks::fattureincloud::{FattureInCloud, OAuthClient};
use sirank_mocks::faults::{Action, Fault};
use sirank_mocks::hubspot::{HubSpot, OAuthApp};
use sirank_mocks::seed;
use tempfile::TempDir;

use super::desk::{AS_OF, Told, documents, portal_with_properties, sirank, told};

const SECRET: &str = "PLANTED-client-secret";

/// A desk where both systems are authorised by OAuth.
struct Office {
    hub: HubSpot,
    books: FattureInCloud,
    folder: TempDir,
    port: u16,
}

/// What a browser was shown.
struct Shown {
    status: u16,
    head: String,
    body: String,
}

impl Office {
    async fn new() -> Self {
        let port = free_port();
        let app =
            OAuthApp::unauthorised("app", SECRET).redirect(&format!("http://localhost:{port}/callback"));
        let client =
            OAuthClient::unauthorised("app", SECRET).redirect(&format!("http://127.0.0.1:{port}/callback"));
        let portal = portal_with_properties().await;
        let hub = HubSpot::builder().seed(portal).oauth(app).start().await.unwrap();
        let books = FattureInCloud::builder().oauth(client).company(documents(120)).start().await.unwrap();
        let office = Self { hub, books, folder: TempDir::new().unwrap(), port };
        std::fs::write(office.path("sirank.toml"), office.configuration()).unwrap();
        std::fs::write(office.path("secret"), SECRET).unwrap();
        office
    }

    fn configuration(&self) -> String {
        let Self { hub, books, port, .. } = self;
        let (hub, books, company) = (hub.base_url(), books.base_url(), seed::COMPANY_ID);
        format!(
            r#"language = "it"
[hubspot]
base_url = "{hub}"
[hubspot.oauth]
client_id = "app"
client_secret_file = "secret"
authorize_url = "{hub}/oauth/authorize"
redirect_port = {port}
[[accounting]]
name = "fatture"
kind = "fattureincloud"
base_url = "{books}"
company_id = "{company}"
[accounting.oauth]
client_id = "app"
client_secret = "{SECRET}"
redirect_port = {port}
[company]
potential = "potential"
d_and_p = "d_and_p"
category = "customer_category"
vat_number = "vat_number"
[cold]
excluded_categories = ["PA", "UTILIZZATORE FINALE"]
watched_pipelines = ["sales", "ecommerce"]
[store]
path = "state.sqlite3"
[http]
max_attempts = 2
[log]
format = "text"
"#
        )
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = sirank(self.folder.path());
        command.args(["--config", "sirank.toml", "--as-of", AS_OF]).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Told {
        told(self.command(arguments))
    }

    /// Starts `sirank auth`, and waits for the link that it shows.
    fn asks(&self, arguments: &[&str]) -> Asking {
        let mut command = self.command(&["auth"]);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut shown = String::new();
        let link = loop {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "no link in:\n{shown}");
            shown.push_str(&line);
            if line.starts_with("http") {
                break line.trim().to_owned();
            }
        };
        Asking { child, out, shown, link }
    }

    /// The whole of it: a person opens the link, allows, and the browser goes back.
    fn authorise(&self, system: &str) -> Told {
        let asking = self.asks(&[system]);
        let page = open(&consented(&asking.link));
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("sirank è autorizzato"), "{}", page.body);
        asking.ends()
    }

    async fn authorised() -> Self {
        let office = Self::new().await;
        for system in ["hubspot", "fatture"] {
            office.authorise(system).exits(0);
        }
        office
    }

    fn tokens(&self, system: &str) -> Value {
        let text = std::fs::read_to_string(self.path(&format!("state.sqlite3.oauth-{system}.json"))).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// How many requests for tokens a mock has had.
    fn asked_for_tokens(&self) -> (u64, u64) {
        let of = |stats: sirank_mocks::journal::Stats| stats.by_kind.get("oauth").copied().unwrap_or(0);
        (of(self.hub.stats()), of(self.books.stats()))
    }
}

/// A `sirank auth` that waits for its answer.
struct Asking {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    shown: String,
    link: String,
}

impl Asking {
    fn paste(&mut self, text: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{text}").unwrap();
    }

    fn ends(mut self) -> Told {
        drop(self.child.stdin.take());
        self.out.read_to_string(&mut self.shown).unwrap();
        let mut err = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        Told { code: self.child.wait().unwrap().code(), out: self.shown, err }
    }
}

/// A page that a browser opens. It follows nothing by itself.
fn open(url: &str) -> Shown {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, target) = rest.split_at(rest.find('/').unwrap());
    let address = host.replace("localhost", "127.0.0.1");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Shown { status, head: head.to_owned(), body: body.to_owned() }
}

/// The address that the consent page sends the browser to.
fn consented(link: &str) -> String {
    let page = open(link);
    assert_eq!(page.status, 302, "{}", page.body);
    let location = page.head.lines().find_map(|line| line.strip_prefix("location: ")).unwrap();
    location.to_owned()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_authorises_both_systems_and_a_run_goes_through() {
    let office = Office::new().await;
    office
        .run(&["backfill"])
        .exits(4)
        .says("nobody has authorised sirank for HubSpot yet: run `sirank auth hubspot`");
    office.run(&["auth"]).exits(0).shows("never authorised").shows("Run `sirank auth fatture`");
    office.run(&["check", "--offline"]).exits(0).shows("never authorised");
    let told = office.authorise("hubspot").exits(0);
    let scopes = "Scopes: crm.objects.companies.read, crm.objects.companies.write, crm.objects.deals.read, \
                  crm.objects.owners.read, crm.schemas.companies.read, crm.schemas.companies.write, oauth";
    let told = told.shows("sirank is authorised for HubSpot: account ").shows(scopes);
    assert!(!told.out.contains("Not granted"), "{}", told.out);
    let scopes = "Scopes: issued_documents.invoices:r, issued_documents.credit_notes:r";
    office.authorise("fatture").exits(0).shows("(company 12345)").shows(scopes);
    office.run(&["auth"]).exits(0).shows("valid until");
    office.run(&["check"]).exits(0).shows("authorised on ").shows("A run is possible.");
    office.run(&["backfill"]).exits(0);
    assert_eq!(office.asked_for_tokens(), (1, 1), "a token is asked for once while it is good");
    let sent = office.hub.requests();
    let asked = sent.iter().find(|request| request.kind == "oauth").unwrap();
    assert_eq!(asked.target, "/oauth/2026-03/token", "nothing in the query");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_can_be_pasted_where_the_browser_cannot_reach_this_machine() {
    let office = Office::new().await;
    let in_use = TcpListener::bind(("127.0.0.1", office.port)).unwrap();
    office.run(&["auth", "hubspot"]).exits(1).says("--no-browser").says("redirect_port");
    let mut asking = office.asks(&["hubspot", "--no-browser"]);
    asking.paste("http://localhost/callback?code=stolen&state=of-somebody-else");
    asking.paste("what is this?");
    let address = consented(&asking.link);
    asking.paste(&format!("  {address}  "));
    asking
        .ends()
        .exits(0)
        .shows("authorised for HubSpot")
        .says("answer to another question")
        .says("no answer in this");
    office.run(&["auth", "fatture", "--no-browser"]).exits(2).says("no address was pasted");
    drop(in_use);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_another_question_is_not_taken() {
    let office = Office::new().await;
    let asking = office.asks(&["hubspot"]);
    let address = consented(&asking.link);
    let (front, _) = address.split_once("state=").unwrap();
    for wrong in
        [format!("{front}state=guessed"), front.to_owned(), format!("{front}error=access_denied&state=x")]
    {
        let page = open(&wrong);
        assert_eq!(page.status, 400);
        assert!(page.body.contains("Non è la risposta che sirank attende"), "{}", page.body);
    }
    let page = open(&format!("http://127.0.0.1:{}/", office.port));
    assert_eq!(page.status, 404);
    assert_eq!(office.asked_for_tokens(), (0, 0), "no code was spent");
    assert_eq!(open(&address).status, 200);
    asking.ends().exits(0).says("answer to another question");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_and_silence_are_said_as_they_are() {
    let office = Office::new().await;
    office.hub.oauth(|app| app.person = Person::Denies).unwrap();
    let asking = office.asks(&["hubspot"]);
    let page = open(&consented(&asking.link));
    assert!(page.status == 400 && page.body.contains("è stata negata"), "{}", page.body);
    asking.ends().exits(4).says("the authorisation was refused (access_denied: The user denied the request)");
    let told = office.asks(&["hubspot", "--timeout-seconds", "1"]).ends();
    told.exits(5).says("nobody answered within 1 seconds");
    office.books.oauth(|client| client.client_secret = "another".to_owned()).unwrap();
    let asking = office.asks(&["fatture"]);
    let page = open(&consented(&asking.link));
    assert!(page.status == 400 && page.body.contains("Il terminale dice perché"), "{}", page.body);
    asking.ends().exits(4).says("does not accept the OAuth app (401: invalid_client").says("client_secret");
    assert!(!office.path("state.sqlite3.oauth-fatture.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_authorised_says_so() {
    let office = Office::new().await;
    office.run(&["auth", "vtiger"]).exits(2).says("vTiger has no OAuth").says("vtiger.token_file");
    office
        .run(&["auth", "hubspotty"])
        .exits(2)
        .says("names no system `hubspotty`: it names hubspot, fatture");
    let text = office.configuration();
    let with_token = format!(
        "{}token = \"pat\"\n{}",
        "[hubspot]\n",
        text.split_once("[[accounting]]").map(|(_, rest)| format!("[[accounting]]{rest}")).unwrap()
    );
    std::fs::write(office.path("sirank.toml"), with_token).unwrap();
    office.run(&["auth", "hubspot"]).exits(2).says("[hubspot.oauth]");
    office.run(&["auth"]).exits(0).shows("a token that a person made");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_end_are_renewed_and_a_renewal_survives_a_kill_and_a_lost_answer() {
    let office = Office::authorised().await;
    let first = office.tokens("fatture");
    office.hub.options(|options| options.rotate_refresh_tokens = true);
    office.hub.expire_authorised();
    office.books.expire_authorised();
    // The first call after the renewal gets no answer: the process fails, its renewed tokens are on disk.
    office.books.faults(|faults| {
        faults.add(Fault::new(Action::Reset).kind("documents_list").skip(1).always());
    });
    office.run(&["backfill"]).exits(5);
    let second = office.tokens("fatture");
    assert_ne!(first["refresh_token"], second["refresh_token"], "Fatture in Cloud always rotates");
    office.books.faults(sirank_mocks::faults::Faults::clear);
    office.run(&["backfill", "--resume"]).exits(0);
    assert_eq!(office.tokens("fatture")["refresh_token"], second["refresh_token"]);
    // An answer of the token endpoint that is lost: HubSpot without rotation takes the old token again.
    office.hub.options(|options| options.rotate_refresh_tokens = false);
    office.hub.expire_authorised();
    office.hub.faults(|faults| {
        faults.add(Fault::new(Action::Reset).kind("oauth").times(1).after_effect());
    });
    office.run(&["check"]).exits(0);
    // With rotation it does not, and that is said; the authorisation is asked for anew.
    office.books.expire_authorised();
    office.books.faults(|faults| {
        faults.add(Fault::new(Action::Reset).kind("oauth").times(2).after_effect());
    });
    office.run(&["check"]).exits(5);
    let told = office.run(&["check"]).exits(4).shows("sirank auth fatture").shows("answer to a renewal");
    assert!(told.out.contains("invalid_grant"), "{}", told.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorisation_that_is_gone_ends_with_4_and_the_command_that_brings_it_back() {
    let office = Office::authorised().await;
    office.hub.revoke_authorisations();
    let told = office.run(&["backfill"]).exits(4);
    told.says("HubSpot does not accept sirank's authorisation any more").says("Run `sirank auth hubspot`");
    office.run(&["auth"]).exits(0).shows("lost on ").shows("Run `sirank auth hubspot`");
    office.run(&["check"]).exits(4).shows("Run `sirank auth hubspot`");
    let rows = office.run(&["auth", "--format", "json"]).exits(0).json();
    assert_eq!((&rows[0]["state"], &rows[1]["state"]), (&"lost".into(), &"valid".into()));
    office.authorise("hubspot").exits(0);
    office.run(&["backfill", "--resume"]).exits(0);
    office.books.faults(|faults| {
        faults.add(Fault::status(503).kind("oauth").times(2));
    });
    office.books.expire_authorised();
    let told = office.run(&["backfill"]).exits(5);
    assert_eq!(office.tokens("fatture")["lost_at"], Value::Null, "{}", told.err);
    office.run(&["backfill"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_that_are_missing_are_told_by_check() {
    let office = Office::authorised().await;
    let more = "[hubspot.oauth]\nscopes = [\"crm.objects.companies.read\", \"crm.lists.read\"]\n";
    std::fs::write(office.path("more.toml"), more).unwrap();
    office
        .run(&["--config", "more.toml", "check"])
        .exits(0)
        .shows("missing scopes: crm.lists.read")
        .shows("then run `sirank auth hubspot`");
    let other = "[hubspot.oauth]\nclient_id = \"other\"\n";
    std::fs::write(office.path("more.toml"), other).unwrap();
    office.run(&["--config", "more.toml", "backfill"]).exits(4).says("given to another OAuth app");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_renew_once() {
    let office = Office::authorised().await;
    office.run(&["check"]).exits(0);
    office.hub.options(|options| options.rotate_refresh_tokens = true);
    office.hub.expire_authorised();
    office.books.expire_authorised();
    let before = office.asked_for_tokens();
    let start = || {
        let mut command = office.command(&["check"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let mut running = [start(), start(), start()];
    for child in &mut running {
        assert!(child.wait().unwrap().success());
    }
    let after = office.asked_for_tokens();
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokens_are_the_owners_alone_also_where_root_writes_them() {
    let office = Office::new().await;
    let service = 61_234;
    let folder = office.folder.path();
    let root = std::os::unix::fs::chown(folder, Some(service), Some(service)).is_ok();
    office.authorise("hubspot").exits(0);
    office.hub.expire_authorised();
    office.run(&["check"]);
    for name in ["state.sqlite3.oauth-hubspot.json", "state.sqlite3.oauth-hubspot.json.lock"] {
        let data = std::fs::metadata(office.path(name)).unwrap();
        assert_eq!(data.permissions().mode() & 0o777, 0o600, "{name}");
        if root {
            assert_eq!((data.uid(), data.gid()), (service, service), "{name}");
        } else {
            println!("skipped: only root can give a folder away");
        }
    }
    assert!(!office.path("state.sqlite3.oauth-hubspot.json.new").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_and_no_secret_is_in_any_output_or_in_the_state() {
    let office = Office::authorised().await;
    let mut planted = vec![SECRET.to_owned()];
    let mut collect = || {
        for system in ["hubspot", "fatture"] {
            for key in ["access_token", "refresh_token"] {
                planted.push(office.tokens(system)[key].as_str().unwrap().to_owned());
            }
        }
    };
    collect();
    office.hub.expire_authorised();
    office.books.expire_authorised();
    let mut said = Vec::new();
    for command in [&["check"][..], &["backfill"], &["auth"], &["config"], &["check", "--offline"], &["runs"]]
    {
        for more in [["-vv", "--format", "json"], ["-vv", "--format", "table"]] {
            let told = office.run(&[command, &more].concat()).exits(0);
            said.extend([told.out, told.err]);
        }
    }
    collect();
    let asking = office.asks(&["hubspot", "-vv"]);
    let address = consented(&asking.link);
    let code = address.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    said.push(open(&address).body);
    let told = asking.ends().exits(0);
    said.extend([told.out, told.err]);
    collect();
    office.hub.revoke_authorisations();
    let told = office.run(&["-vv", "backfill"]).exits(4);
    said.extend([told.out, told.err]);
    planted.push(code);
    for secret in &planted {
        assert!(said.iter().all(|text| !text.contains(secret)), "{secret} was said");
        for name in ["state.sqlite3", "state.sqlite3-wal"] {
            let bytes = std::fs::read(office.path(name)).unwrap_or_default();
            assert!(
                !bytes.windows(secret.len()).any(|window| window == secret.as_bytes()),
                "{secret} in {name}"
            );
        }
    }
}
