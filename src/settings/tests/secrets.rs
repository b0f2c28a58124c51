//! Secrets: found in three ways, shown in none.

use secrecy::ExposeSecret;

use super::super::{CrmConnection, SourceConnection};
use super::World;
use crate::ports::Severity;

const SOURCE: &str = "[[accounting]]\nkind = \"csv\"\nname = \"erp\"\nfiles = [\"a.csv\"]\n";

fn token(world: &World) -> String {
    match world.loaded().connections().unwrap().crm {
        CrmConnection::Hubspot { token, .. } => token.expose_secret().to_owned(),
        CrmConnection::Vtiger | CrmConnection::Csv { .. } => panic!("no HubSpot"),
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
    let SourceConnection::FattureInCloud { token, .. } = &connections.sources[0] else { panic!() };
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
