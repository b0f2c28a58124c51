//! What a database refused, and what follows from it.

use super::stream::unavailable;
use crate::ports::Trouble;

/// What PostgreSQL's code of an error means.
pub(super) fn of_state(state: &str, message: &str) -> Trouble {
    match state {
        "28P01" | "28000" => wrong_password(message),
        "42501" => forbidden(message),
        "42P01" => no_such_table(message, state),
        "3D000" => Trouble::Configuration(format!("{message}: check `database`")),
        "25006" | "0A000" => writes(message),
        "55P03" => locked(message),
        "57014" => too_long(message),
        _ => match state.get(..2).unwrap_or_default() {
            // Connections, resources, and what an operator or the system did.
            "08" | "53" | "57" | "58" | "40" | "XX" => unavailable(format!("{message} ({state})")),
            // Names, syntax, and values that a function or a comparison of the query cannot take.
            "42" | "22" | "21" => Trouble::Input(format!("the query: {message} ({state})")),
            _ => Trouble::Refused { code: state.to_owned(), message: message.to_owned() },
        },
    }
}

/// What MySQL's or MariaDB's code of an error means.
pub(super) fn of_mysql(code: u16, message: &str) -> Trouble {
    match code {
        1045 | 1698 | 1862 => wrong_password(message),
        1044 | 1142 | 1143 | 1227 | 1370 => forbidden(message),
        1049 => Trouble::Configuration(format!("{message}: check `database`")),
        1792 => writes(message),
        1205 => locked(message),
        1969 | 3024 | 1317 => too_long(message),
        1040 | 1053 | 1077 | 1129 | 1158..=1161 | 1203 | 1213 | 1226 | 1927 | 2002..=2013 | 3169 | 4031 => {
            unavailable(format!("{message} ({code})"))
        }
        1146 => no_such_table(message, &code.to_string()),
        1060 => Trouble::Input(format!(
            "the query: {message} ({code}): give one of the two another name, with AS"
        )),
        1048..=1149 | 1166 | 1176 | 1191 | 1222..=1305 | 1365 | 1525 | 1582..=1584 | 3572..=3600 => {
            Trouble::Input(format!("the query: {message} ({code})"))
        }
        _ => Trouble::Refused { code: code.to_string(), message: message.to_owned() },
    }
}

/// What SQL Server's code of an error means.
pub(super) fn of_sqlserver(code: u32, message: &str) -> Trouble {
    match code {
        18_450..=18_488 => wrong_password(message),
        229 | 230 | 262 | 297 | 300 | 916 => forbidden(message),
        4060 => Trouble::Configuration(format!("{message}: check `database`")),
        3906 => writes(message),
        1222 => locked(message),
        1205
        | 3960
        | 3961
        | 701
        | 802
        | 945
        | 6005
        | 8645
        | 8651
        | 10_928
        | 10_929
        | 40_197
        | 40_501
        | 40_613
        | 49_918..=49_920 => unavailable(format!("{message} ({code})")),
        208 => no_such_table(message, &code.to_string()),
        102..=214 | 241..=248 | 402 | 1033 | 8114 | 8115 | 8120 | 8134 | 8155 | 8156 => {
            Trouble::Input(format!("the query: {message} ({code})"))
        }
        _ => Trouble::Refused { code: code.to_string(), message: message.to_owned() },
    }
}

fn wrong_password(message: &str) -> Trouble {
    Trouble::Unauthorized(format!("{message}: check `user` and the password"))
}

fn forbidden(message: &str) -> Trouble {
    Trouble::Forbidden {
        missing: Vec::new(),
        message: format!("{message}: the user needs the right to SELECT from what the query names"),
    }
}

fn no_such_table(message: &str, code: &str) -> Trouble {
    Trouble::Input(format!(
        "the query: {message} ({code}): check `database` and the table's name, with its schema before it"
    ))
}

fn writes(message: &str) -> Trouble {
    Trouble::Input(format!("the query is refused, since it does more than read: {message}"))
}

fn locked(message: &str) -> Trouble {
    unavailable(format!(
        "a table of the query is locked by somebody else, and was waited for in vain: {message}"
    ))
}

fn too_long(message: &str) -> Trouble {
    unavailable(format!(
        "the database gave the query up: {message}. If it needs longer, raise `query_timeout_seconds`"
    ))
}

/// What to do about a server whose TLS sirank does not take; none where the trouble is another.
pub(super) fn certificate_advice(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if lower.contains("certificate") {
        let advice = "give the certificate of its authority as `ca_bundle`, or, where there is none, set \
                      `trust_server_certificate`";
        return Some(format!(
            "the server's certificate is not trusted: {text}. If it is the right server, {advice}"
        ));
    }
    let without = ["does not support tls", "does not have this capability", "client_ssl", "ssl is not"];
    let lacks = without.iter().any(|words| lower.contains(words));
    lacks.then(|| {
        format!("the server does not encrypt: {text}. Switch TLS on there, or set `allow_plain` in a network you trust")
    })
}
