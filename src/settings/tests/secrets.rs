//! Secrets: found in three ways, shown in none.

use secrecy::ExposeSecret;

use super::super::{Credential, CrmConnection, SourceConnection};
use super::World;
use crate::ports::Severity;

const SOURCE: &str = "[[accounting]]\nkind = \"csv\"\nname = \"erp\"\nfiles = [\"a.csv\"]\n";

fn token(world: &World) -> String {
    match world.loaded().connections().unwrap().crm {
        CrmConnection::Hubspot { credential: Credential::Token(token), .. } => {
            token.expose_secret().to_owned()
        }
        _ => panic!("no HubSpot with a token"),
    }
}

#[test]
fn a_secret_is_found_in_each_of_three_ways() {
    let inline = World::new().file(&format!("{SOURCE}[hubspot]\ntoken = \"s3cret\""));
    assert_eq!(token(&inline), "s3cret");
    let file = World::new()
        .file(&format!("{SOURCE}[hubspot]\ntoken_file = \"token\""))
        .beside("token", "s3cret\r\n");
    assert_eq!(token(&file), "s3cret");
    let variable = World::new()
        .file(&format!("{SOURCE}[hubspot]\ntoken_env = \"MY_TOKEN\""))
        .variable("MY_TOKEN", "s3cret");
    assert_eq!(token(&variable), "s3cret");
    let directly = World::new().file(SOURCE).variable("SIRANK__HUBSPOT__TOKEN", "s3cret");
    assert_eq!(token(&directly), "s3cret");
}

#[test]
fn a_secret_is_never_shown() {
    let world = World::new()
        .file(
            "[hubspot]\ntoken = \"s3cret\"\n[[accounting]]\nkind = \"fattureincloud\"\nname = \"a\"\n\
             company_id = \"1\"\ntoken = \"s3cret\"",
        )
        .variable("SIRANK__HUBSPOT__TOKEN", "s3cret");
    let loaded = world.loaded();
    let connections = loaded.connections().unwrap();
    let shown = [
        format!("{loaded:?}"),
        format!("{loaded:#?}"),
        format!("{connections:?}"),
        loaded.effective_text(),
        loaded.effective_json().to_string(),
        serde_json::to_string(&loaded.settings).unwrap(),
        toml::to_string(&loaded.settings).unwrap(),
    ];
    for text in shown {
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert!(loaded.effective_text().contains("hubspot.token = \"***\""));
    let SourceConnection::FattureInCloud { credential: Credential::Token(token), .. } =
        &connections.sources[0]
    else {
        panic!()
    };
    assert_eq!(token.expose_secret(), "s3cret");
}

#[test]
fn no_message_quotes_a_secret() {
    for wrong in
        ["token = 53423", "token = [\"53423\"]", "token = 534.23", "token = \"53423", "token = \"53423\\x\""]
    {
        let messages = World::new().file(&format!("[hubspot]\n{wrong}")).messages();
        assert!(!messages.contains("534") && messages.contains("1.toml:2"), "{messages}");
    }
    let twice = World::new().file("[hubspot]\ntoken = \"s3cret\"\ntoken_env = \"X\"").messages();
    assert_eq!(
        twice,
        "1.toml:3: `hubspot.token_env`: the secret is given in 2 ways: token, token_env. Keep one of them"
    );
}

#[test]
fn a_secret_that_cannot_be_had_says_why() {
    let cases = [
        (
            "",
            "`hubspot.token`: no token for HubSpot is given. Give it as `token_file` (a path), `token_env` (the name of \
             a variable) or `token`",
        ),
        (
            "token_file = \"gone\"",
            "1.toml:6: `hubspot.token_file`: cannot read gone: No such file or directory (os error 2). Check the path, \
             and that the user that sirank runs as may read it",
        ),
        (
            "token_file = \"empty\"",
            "1.toml:6: `hubspot.token_file`: the file empty is empty. Put the token for HubSpot into it",
        ),
        (
            "token_file = \"two-lines\"",
            "1.toml:6: `hubspot.token_file`: the file two-lines holds a blank or a character that no HTTP header can \
             carry. Copy the token again: letters, digits and punctuation, on one line",
        ),
        (
            "token_env = \"UNSET\"",
            "1.toml:6: `hubspot.token_env`: the variable UNSET is empty. Put the token for HubSpot into it",
        ),
        (
            "token = \"perché\"",
            "1.toml:6: `hubspot.token`: the token holds a blank or a character that no HTTP header can carry. Copy the \
             token again: letters, digits and punctuation, on one line",
        ),
    ];
    for (line, expected) in cases {
        let world = World::new()
            .file(&format!("{SOURCE}[hubspot]\n{line}"))
            .beside("empty", " \n")
            .beside("two-lines", "one\ntwo\n");
        assert_eq!(world.connection_messages(), expected, "{line}");
    }
}

#[test]
fn what_keeps_from_reaching_the_systems_is_said_at_once() {
    let world = World::new().file("[crm]\nkind = \"csv\"");
    assert_eq!(
        world.connection_messages(),
        "`csv.companies`: no file of companies is given for `crm.kind = \"csv\"`. Write its path\n\
         `csv.figures`: no file for the figures is given for `crm.kind = \"csv\"`. Write its path; the file need not \
         exist\n\
         `accounting`: no source of invoices is given. Add one: [[accounting]] with name and kind, as in \
         config/examples"
    );
}

#[test]
fn findings_warn_of_what_is_allowed_but_risky() {
    let world = World::new().file(&format!(
        "{SOURCE}[hubspot]\ntoken = \"x\"\nbase_url = \"http://crm.example.com\"\nallow_plain_http = true"
    ));
    let findings = world.loaded().findings();
    let severities: Vec<Severity> = findings.iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::Warning, Severity::Ok]);
    assert!(findings[0].what.contains("no TLS"), "{:?}", findings[0]);
    let findings = World::new().loaded().findings();
    assert!(findings.iter().all(|finding| finding.severity == Severity::Error), "{findings:?}");
    let mock = format!("{SOURCE}[hubspot]\ntoken = \"x\"\nbase_url = \"http://127.0.0.1:8080\"");
    let findings = World::new().file(&mock).loaded().findings();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].severity, Severity::Ok);
}

#[test]
fn vtiger_is_one_connection_whether_it_is_the_crm_or_a_source_or_both() {
    const VTIGER: &str = "[vtiger]\nbase_url = \"https://crm.example.test/vtiger\"\nusername = \"sirank\"\ntoken = \"s3cret\"\n";
    let invoices = "[[accounting]]\nkind = \"vtiger\"\nname = \"crm\"\n";
    for text in [
        format!("{VTIGER}{SOURCE}[crm]\nkind = \"vtiger\""),
        format!("{VTIGER}{invoices}[crm]\nkind = \"vtiger\""),
        format!("{VTIGER}{invoices}[hubspot]\ntoken = \"pat\""),
    ] {
        let vtiger = World::new().file(&text).loaded().connections().unwrap().vtiger.unwrap();
        assert_eq!(vtiger.access_key.expose_secret(), "s3cret");
        assert_eq!(
            (vtiger.base_url.to_string().as_str(), vtiger.username.as_str()),
            ("https://crm.example.test/vtiger", "sirank")
        );
        assert!(!format!("{vtiger:?}").contains("s3cret"));
    }
    let unused = World::new().file(&format!("{VTIGER}{SOURCE}[hubspot]\ntoken = \"pat\""));
    assert!(unused.loaded().connections().unwrap().vtiger.is_none());
    let missing = World::new().file(&format!("{SOURCE}[crm]\nkind = \"vtiger\"")).connection_messages();
    for key in ["vtiger.base_url", "vtiger.username", "vtiger.token"] {
        assert!(missing.contains(key), "{missing}");
    }
}

const APP: &str = "[hubspot.oauth]\nclient_id = \"id\"\n";

#[test]
fn an_oauth_app_stands_in_place_of_a_token_and_its_secret_is_never_shown() {
    let world = World::new().file(&format!(
        "{SOURCE}[hubspot]\nbase_url = \"http://127.0.0.1:9\"\n{APP}client_secret = \"s3cret\"\n"
    ));
    let loaded = world.loaded();
    let CrmConnection::Hubspot { credential: Credential::OAuth(app), .. } = loaded.connections().unwrap().crm
    else {
        panic!("no app")
    };
    assert_eq!(app.client_secret.expose_secret(), "s3cret");
    assert_eq!(app.authorize_url.to_string(), "https://app.hubspot.com/oauth/authorize");
    assert_eq!(app.token_url.to_string(), "http://127.0.0.1:9/oauth/2026-03/token");
    for text in [format!("{loaded:?} {app:?}"), loaded.effective_text(), loaded.effective_json().to_string()]
    {
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert!(loaded.effective_text().contains("hubspot.oauth.client_secret = \"***\""));
    let by_variable = World::new()
        .file(SOURCE)
        .variable("SIRANK__HUBSPOT__OAUTH__CLIENT_ID", "id")
        .variable("SIRANK__HUBSPOT__OAUTH__CLIENT_SECRET", "s3cret");
    assert_eq!(by_variable.connection_messages(), "nothing is wrong");
}

#[test]
fn what_is_wrong_with_an_oauth_app_is_said() {
    let cases = [
        (
            "[hubspot]\ntoken_env = \"T\"\n[hubspot.oauth]\nclient_id = \"id\"",
            "1.toml:2: `hubspot.token_env`: a token and an OAuth app are given: `token_env` and [hubspot.oauth]. Keep one \
             of them: the token, or the app",
        ),
        (
            "[hubspot.oauth]\nclient_secret = \"a\"\nclient_secret_file = \"b\"",
            "1.toml:3: `hubspot.oauth.client_secret_file`: the secret is given in 2 ways: client_secret, \
             client_secret_file. Keep one of them",
        ),
        (
            "[hubspot.oauth]\ntoken_url = \"http://crm.example.com/token\"",
            "1.toml:2: `hubspot.oauth.token_url`: http://crm.example.com/token has no TLS: the token and the data would \
             cross the network in clear. Write https://, or set `hubspot.allow_plain_http = true` if you accept that",
        ),
        (
            "[hubspot.oauth]\nscopes = [\"a b\"]",
            "1.toml:2: `hubspot.oauth.scopes`: `a b` is no scope. Write every scope as a text of its own, without blanks",
        ),
        (
            "[[accounting]]\nkind = \"fattureincloud\"\nname = \"hubspot\"\ncompany_id = \"1\"",
            "1.toml:3: `accounting[0].name`: `hubspot` is the name of a CRM. Give the source another name: `sirank auth` \
             tells systems apart by it",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(World::new().file(text).messages(), expected, "{text}");
    }
    let lacking = World::new().file(&format!("{SOURCE}[hubspot.oauth]\nredirect_port = 4000"));
    assert_eq!(
        lacking.connection_messages(),
        "`hubspot.oauth.client_id`: no client id of the OAuth app for HubSpot is given. Copy it from the app's settings\n\
         `hubspot.oauth.client_secret`: no client secret for HubSpot is given. Give it as `client_secret_file` (a path), \
         `client_secret_env` (the name of a variable) or `client_secret`"
    );
}
