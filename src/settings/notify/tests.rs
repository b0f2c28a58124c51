//! Notifications: what is asked for and how it is sent, and what is wrong with it.

use secrecy::ExposeSecret;

use super::super::tests::World;
use super::{Mailbox, Security};

const MAIL: &str = "[notify.email]\nhost = \"smtp.example.com\"\nfrom = \"sirank@example.com\"\n\
                    to = [\"Operations <ops@example.com>\"]\n";

fn messages(text: &str) -> String {
    let world = World::new().file(text);
    match world.load() {
        Err(_) => world.messages(),
        Ok(loaded) => match loaded.notifications() {
            Ok(_) => "nothing is wrong".to_owned(),
            Err(error) => world.without_directory(&error),
        },
    }
}

#[test]
fn nothing_is_sent_unless_a_way_is_configured() {
    assert!(World::new().loaded().notifications().unwrap().is_none());
    let mail = World::new().file(MAIL).loaded().notifications().unwrap().unwrap();
    let email = mail.email.unwrap();
    assert_eq!((email.port, email.security, email.login.is_none()), (587, Security::Starttls, true));
    assert!(mail.run_failed && mail.plan_held && mail.authorization_lost && mail.digest.is_none());
}

#[test]
fn secrets_come_in_three_ways_and_are_never_shown() {
    let hook = "https://hooks.example.com/services/PLANTED?sig=PLANTED";
    let text = format!(
        "{MAIL}username = \"sirank\"\npassword_env = \"MAIL\"\n[notify.slack]\nurl_file = \"hook\"\n\
         [notify.teams]\nurl = \"{hook}\""
    );
    let world =
        World::new().file(&text).beside("hook", &format!("{hook}\n")).variable("MAIL", "PLANTED ü word");
    let loaded = world.loaded();
    let told = loaded.notifications().unwrap().unwrap();
    let (user, password) = told.email.as_ref().unwrap().login.as_ref().unwrap();
    assert_eq!((user.as_str(), password.expose_secret()), ("sirank", "PLANTED ü word"));
    assert_eq!(told.slack.as_ref().unwrap().url.expose_secret(), hook);
    assert_eq!(told.teams.as_ref().unwrap().url.expose_secret(), hook);
    for shown in [format!("{told:?}"), format!("{loaded:?}"), loaded.effective_text()] {
        assert!(!shown.contains("PLANTED"), "{shown}");
    }
}

#[test]
fn what_is_wrong_is_said_without_the_secret() {
    let cases = [
        (
            "[notify]\ndigest = \"0 8 * * 1\"",
            "1.toml:2: `notify.digest`: a digest is asked for, but nothing says how it is sent. Configure [notify.email], \
             [notify.teams] or [notify.slack], or remove the key",
        ),
        (
            "[notify.email]\nhost = \"smtp.example.com\"\nsecurity = \"none\"",
            "1.toml:3: `notify.email.security`: smtp.example.com is not this machine: names of customers would cross \
             the network in clear. Write \"starttls\" or \"tls\"\n\
             `notify.email.from`: no sender is given. Write the address that messages come from\n\
             `notify.email.to`: nobody is to get the messages. Write at least one address",
        ),
        (
            "[notify.email]\nto = [\"ops@example.com\\r\\nBcc: all@example.com\"]",
            "1.toml:2: `notify.email.to`: `ops@example.com\\r\\nBcc: all@example.com` is no e-mail address: write one \
             such as \"ops@example.com\" or \"Operations <ops@example.com>\"",
        ),
        (
            "[notify.slack]\nurl = \"http://hooks.example.com/PLANTED\"",
            "1.toml:2: `notify.slack.url`: the URL has no TLS: names of customers would cross the network in clear. \
             Write https://",
        ),
        (
            "[notify.teams]\nurl = \"PLANTED\"",
            "1.toml:2: `notify.teams.url`: this is no URL. Copy the whole address again, from https:// to its end",
        ),
        (
            "[notify.teams]\nurl = \"https://a.example/PLANTED\"\nurl_env = \"X\"",
            "1.toml:3: `notify.teams.url_env`: the secret is given in 2 ways: url, url_env. Keep one of them",
        ),
        ("[notify.slack]\nurl = \"http://127.0.0.1:9/hook\"", "nothing is wrong"),
    ];
    for (text, expected) in cases {
        assert_eq!(messages(text), expected, "{text}");
    }
    let without = format!("{MAIL}username = \"sirank\"");
    assert!(
        messages(&without).contains("no password for the mail server is given"),
        "{}",
        messages(&without)
    );
}

#[test]
fn a_check_of_the_configuration_alone_finds_it_too() {
    let findings = World::new().file("[notify.slack]\nurl_env = \"UNSET\"").loaded().findings();
    assert!(findings.iter().any(|finding| finding.place.starts_with("notify.slack.url_env")), "{findings:?}");
}

#[test]
fn addresses_are_read_as_mail_programs_write_them() {
    for (text, name, address) in [
        ("ops@example.com", None, "ops@example.com"),
        (" Operations <ops@example.com>", Some("Operations"), "Operations <ops@example.com>"),
        (
            "\"Rossi, Ada\" <a.rossi+x@mail.example.com>",
            Some("Rossi, Ada"),
            "Rossi, Ada <a.rossi+x@mail.example.com>",
        ),
        ("root@localhost", None, "root@localhost"),
    ] {
        let mailbox: Mailbox = text.parse().unwrap();
        assert_eq!((mailbox.name.as_deref(), mailbox.to_string().as_str()), (name, address));
    }
    for text in [
        "",
        "ops",
        "@example.com",
        "ops@",
        "a b@example.com",
        "ops@-x.com",
        "a@b@c",
        "x <ops@example.com",
        "a\nb <b@c>",
    ] {
        assert!(text.parse::<Mailbox>().is_err(), "{text}");
    }
}
