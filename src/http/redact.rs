//! Keeps credentials out of what is said: servers repeat addresses, headers and bodies in their error pages.

use secrecy::{ExposeSecret, SecretString};

/// What stands in place of a credential.
const HIDDEN: &str = "***";
/// A shorter secret is a word like others, and only known by the name of its parameter.
const SHORTEST: usize = 8;

/// The text without the secret itself and without any value of the parameter that carries it.
pub(super) fn redacted(text: &str, parameter: Option<&str>, secret: Option<&SecretString>) -> String {
    let text = match secret.map(SecretString::expose_secret) {
        Some(secret) if secret.len() >= SHORTEST => text.replace(secret, HIDDEN),
        _ => text.to_owned(),
    };
    parameter.map_or_else(|| text.clone(), |parameter| without_values(&text, parameter))
}

/// `name=value` becomes `name=***`, whatever the case of the name, also where the `=` is encoded.
fn without_values(text: &str, parameter: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let name = parameter.to_ascii_lowercase();
    let mut clean = String::with_capacity(text.len());
    let mut done = 0;
    for (place, _) in lower.match_indices(&name) {
        let behind = place + name.len();
        let Some(sign) = ["=", "%3d"].into_iter().find(|sign| lower[behind..].starts_with(sign)) else {
            continue;
        };
        let value = behind + sign.len();
        if value < done {
            continue;
        }
        clean.push_str(&text[done..value]);
        clean.push_str(HIDDEN);
        done = value + text[value..].find(|c| !is_of_token(c)).unwrap_or(text.len() - value);
    }
    clean.push_str(&text[done..]);
    clean
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.~+%*".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_and_every_value_of_its_parameter_are_hidden() {
        let secret = SecretString::from("5e55101dea77");
        let table = [
            ("no session at all", "no session at all"),
            ("see /x?sessionName=5e55101dea77&id=1 now", "see /x?sessionName=***&id=1 now"),
            ("/x?a=1&sessionName=older-one", "/x?a=1&sessionName=***"),
            ("back=%3FsessionName%3Dolder\" SESSIONNAME=b", "back=%3FsessionName%3D***\" SESSIONNAME=***"),
            ("the session 5e55101dea77 è scaduta", "the session *** è scaduta"),
            ("sessionName=", "sessionName=***"),
            ("sessionName is lacking", "sessionName is lacking"),
            ("sessionName=5e551…", "sessionName=***…"),
        ];
        for (text, expected) in table {
            assert_eq!(redacted(text, Some("sessionName"), Some(&secret)), expected);
        }
        assert_eq!(
            redacted("the key 5e55101dea77 is no good", None, Some(&secret)),
            "the key *** is no good"
        );
        let short = SecretString::from("s");
        assert_eq!(redacted("as said", Some("sessionName"), Some(&short)), "as said");
        assert_eq!(redacted("x?sessionName=s", Some("sessionName"), None), "x?sessionName=***");
    }
}
