//! What of a request is read: the query string for some operations, the form for the others, whatever the verb.

use crate::http::Call;

/// Where an operation looks for its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Query,
    Form,
}

/// Every operation that there is.
pub(crate) const OPERATIONS: [(&str, Source); 25] = [
    ("getchallenge", Source::Query),
    ("listtypes", Source::Query),
    ("describe", Source::Query),
    ("retrieve", Source::Query),
    ("query", Source::Query),
    ("sync", Source::Query),
    ("relatedtypes", Source::Query),
    ("retrieve_related", Source::Query),
    ("query_related", Source::Query),
    ("retrieve_inventory", Source::Query),
    ("files_retrieve", Source::Query),
    ("login", Source::Form),
    ("logout", Source::Form),
    ("extendsession", Source::Form),
    ("create", Source::Form),
    ("update", Source::Form),
    ("revise", Source::Form),
    ("delete", Source::Form),
    ("add_related", Source::Form),
    ("convertlead", Source::Form),
    ("wsapp_register", Source::Form),
    ("wsapp_deregister", Source::Form),
    ("wsapp_get", Source::Form),
    ("changePassword", Source::Form),
    ("deleteUser", Source::Form),
];

/// The parameters of one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    operation: Option<(&'static str, Source)>,
}

impl Input {
    pub(crate) fn of(call: &Call) -> Self {
        let form = match call.header("content-type").unwrap_or_default() {
            _ if call.method != "POST" => Vec::new(),
            kind if kind.starts_with("application/x-www-form-urlencoded") => call.form(),
            kind if kind.starts_with("multipart/form-data") => multipart(kind, &call.body),
            _ => Vec::new(),
        };
        let mut input = Self { query: call.query.clone(), form, operation: None };
        input.operation = input
            .anywhere("operation")
            .and_then(|name| OPERATIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).copied());
        input
    }

    /// The operation, if it is known.
    pub(crate) fn operation(&self) -> Option<&'static str> {
        self.operation.map(|(name, _)| name)
    }

    /// The session that was named, wherever.
    pub(crate) fn session(&self) -> Option<&str> {
        self.anywhere("sessionName").filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("null"))
    }

    /// A parameter, where this operation looks for it.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        match self.operation?.1 {
            Source::Query => last(&self.query, name),
            Source::Form => last(&self.form, name),
        }
    }

    fn anywhere(&self, name: &str) -> Option<&str> {
        last(&self.form, name).or_else(|| last(&self.query, name))
    }
}

fn last<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The text fields of a multipart form.
fn multipart(content_type: &str, body: &[u8]) -> Vec<(String, String)> {
    let Some((_, boundary)) = content_type.split_once("boundary=") else { return Vec::new() };
    let boundary = format!("--{}", boundary.split(';').next().unwrap_or_default().trim_matches('"'));
    let body = String::from_utf8_lossy(body);
    let parts = body.split(boundary.as_str()).skip(1);
    let pairs = parts.filter_map(|part| {
        let (head, value) = part.split_once("\r\n\r\n")?;
        let (_, name) = head.split_once("name=\"")?;
        let (name, _) = name.split_once('"')?;
        Some((name.to_owned(), value.strip_suffix("\r\n").unwrap_or(value).to_owned()))
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::HeaderMap;

    use super::*;

    fn call(method: &str, target: &str, content_type: &str, body: &str) -> Input {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().unwrap());
        Input::of(&Call::new(method, target, headers, Bytes::from(body.to_owned())))
    }

    #[test]
    fn the_operation_decides_what_is_read() {
        let form = "application/x-www-form-urlencoded";
        let posted = call("POST", "/webservice.php", form, "operation=query&query=x&sessionName=s");
        assert_eq!((posted.operation(), posted.get("query")), (Some("query"), None));
        assert_eq!(posted.session(), Some("s"));
        let mixed = call("POST", "/webservice.php?operation=query&query=y", form, "query=x");
        assert_eq!(mixed.get("query"), Some("y"));
        let parts = "--b\r\nContent-Disposition: form-data; name=\"operation\"\r\n\r\ncreate\r\n--b\r\n\
             Content-Disposition: form-data; name=\"element\"\r\n\r\n{\"a\":\"\u{e8}\"}\r\n--b--\r\n";
        let multi = call("POST", "/webservice.php", "multipart/form-data; boundary=b", parts);
        assert_eq!((multi.operation(), multi.get("element")), (Some("create"), Some("{\"a\":\"\u{e8}\"}")));
        let json = call("POST", "/webservice.php", "application/json", "{\"operation\":\"query\"}");
        assert_eq!(json.operation(), None);
    }
}
