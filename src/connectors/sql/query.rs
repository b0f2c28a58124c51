//! The user's query made ready to be sent: one SELECT, without comments, with the place of `:since` known.
//!
//! This is no parser of SQL. It tells text, quoted names and comments from the rest, which is enough to find a parameter,
//! a second statement and a word that writes. What keeps a query from writing is the database: a transaction that only
//! reads, and a derived table around the query, in which nothing can write.

use super::config::Engine;

/// A query that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// What stands between the places of `:since`: one more than there are places.
    parts: Vec<String>,
    /// The same of the user's own, where something is around it.
    own: Option<Vec<String>>,
}

/// Words that begin a statement, or a part of one, that writes, locks or runs something else.
const WRITES: [&str; 14] = [
    "ALTER", "CALL", "CREATE", "DELETE", "DROP", "EXEC", "EXECUTE", "GRANT", "INSERT", "INTO", "MERGE",
    "REVOKE", "TRUNCATE", "UPDATE",
];

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// What keeps it from being one query that only reads, for people.
    pub(super) fn read(text: &str, engine: Engine) -> Result<Self, String> {
        let mut reader =
            Reader { engine, rest: text, code: String::new(), parts: Vec::new(), words: Vec::new() };
        reader.all()?;
        let Reader { code, mut parts, words, .. } = reader;
        parts.push(code);
        let first = words.first().map(String::as_str);
        if !matches!(first, Some("SELECT" | "WITH")) {
            let found = first.map_or_else(|| "is empty".to_owned(), |word| format!("begins with `{word}`"));
            return Err(format!("it {found}: give one query that begins with SELECT, or WITH"));
        }
        if let Some(word) = words.iter().find(|word| WRITES.contains(&word.as_str())) {
            return Err(format!(
                "it holds the word `{word}`, which reads nothing; if it is the name of a column, put it in quotes"
            ));
        }
        Ok(Self { parts, own: None })
    }

    /// Whether it asks for what has changed since a moment.
    pub(super) fn has_since(&self) -> bool {
        self.parts.len() > 1
    }

    /// How often `:since` stands in it.
    pub(super) fn places(&self) -> usize {
        self.parts.len() - 1
    }

    /// The query with the engine's own parameter in place of `:since`.
    pub(super) fn sql(&self, engine: Engine) -> String {
        self.parts.join(engine.parameter())
    }

    /// The query with something before and after it.
    pub(super) fn within(&self, before: &str, after: &str) -> Self {
        let mut parts = self.parts.clone();
        let own = self.own.clone().unwrap_or_else(|| self.parts.clone());
        if let Some(first) = parts.first_mut() {
            first.insert_str(0, before);
        }
        if let Some(last) = parts.last_mut() {
            last.push_str(after);
        }
        Self { parts, own: Some(own) }
    }

    /// The user's own query, without what is around it.
    pub(super) fn without_surroundings(&self) -> Self {
        Self { parts: self.own.clone().unwrap_or_else(|| self.parts.clone()), own: None }
    }
}

struct Reader<'a> {
    engine: Engine,
    rest: &'a str,
    code: String,
    parts: Vec<String>,
    words: Vec<String>,
}

impl Reader<'_> {
    fn all(&mut self) -> Result<(), String> {
        while let Some(next) = self.rest.chars().next() {
            match next {
                '\'' => self.quoted('\'', "text")?,
                '"' => self.quoted('"', "name")?,
                '`' if self.engine == Engine::MySql => self.quoted('`', "name")?,
                '[' if self.engine == Engine::SqlServer => self.bracketed()?,
                '$' if self.engine == Engine::PostgreSql && self.dollar_tag().is_some() => {
                    self.dollar_quoted()?;
                }
                '-' if self.is_line_comment() => self.skip_line(),
                '#' if self.engine == Engine::MySql => self.skip_line(),
                '/' if self.rest.starts_with("/*") => self.comment()?,
                ':' if self.rest.starts_with("::") => self.take(2),
                ':' if self.is_since() => {
                    self.rest = &self.rest[":since".len()..];
                    self.parts.push(std::mem::take(&mut self.code));
                }
                ';' if self.is_last() => self.rest = "",
                ';' => return Err("it holds more than one statement: give one query alone".to_owned()),
                '?' if self.engine == Engine::MySql => {
                    return Err("it holds `?`: the one parameter there is, is written `:since`".to_owned());
                }
                first if first.is_alphabetic() || first == '_' => self.word(),
                other => self.take(other.len_utf8()),
            }
        }
        Ok(())
    }

    fn take(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at(bytes);
        self.code.push_str(taken);
        self.rest = rest;
    }

    fn word(&mut self) {
        let end = self.rest.find(|c: char| !is_word(c)).unwrap_or(self.rest.len());
        let word = self.rest[..end].to_uppercase();
        // Functions of MySQL; no statement has a bracket behind these words.
        let is_function = matches!(word.as_str(), "INSERT" | "TRUNCATE") && self.rest[end..].starts_with('(');
        if !(is_function && self.engine == Engine::MySql) {
            self.words.push(word);
        }
        self.take(end);
    }

    fn is_since(&self) -> bool {
        let name = self.rest.get(1..).and_then(|rest| rest.split_at_checked("since".len()));
        name.is_some_and(|(name, after)| {
            name.eq_ignore_ascii_case("since") && !after.chars().next().is_some_and(is_word)
        })
    }

    /// Whether nothing but blanks, comments and semicolons follows.
    fn is_last(&self) -> bool {
        let mut rest = Reader {
            engine: self.engine,
            rest: self.rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace()),
            code: String::new(),
            parts: Vec::new(),
            words: Vec::new(),
        };
        rest.all().is_ok() && rest.code.trim().is_empty() && rest.parts.is_empty()
    }

    /// Text or a name in quotes; the quote is doubled in it, or, in MySQL's texts, follows a backslash.
    fn quoted(&mut self, quote: char, what: &str) -> Result<(), String> {
        // PostgreSQL's E'…' knows backslashes too, and its word stands right before.
        let escapes = match self.engine {
            Engine::MySql => quote != '`',
            Engine::PostgreSql => quote == '\'' && ends_with_word_e(&self.code),
            Engine::SqlServer => false,
        };
        let mut passed = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            if passed {
                passed = false;
            } else if escapes && c == '\\' {
                passed = true;
            } else if c == quote {
                // A doubled quote is the end of one text and the beginning of the next: nothing else is between them.
                self.take(at + c.len_utf8());
                return Ok(());
            }
        }
        Err(format!("a {what} in quotes ({quote}) has no end"))
    }

    fn bracketed(&mut self) -> Result<(), String> {
        let end = self.rest.find(']').ok_or("a name in brackets has no end")?;
        self.take(end + 1);
        Ok(())
    }

    /// The `$tag$` that begins here.
    fn dollar_tag(&self) -> Option<&str> {
        let end = self.rest[1..].find('$')? + 2;
        let tag = &self.rest[..end];
        let name = &tag[1..end - 1];
        let is_tag = name.chars().all(is_word) && !name.starts_with(|c: char| c.is_ascii_digit());
        (is_tag && !self.code.ends_with(is_word)).then_some(tag)
    }

    fn dollar_quoted(&mut self) -> Result<(), String> {
        let Some(tag) = self.dollar_tag() else { return Ok(()) };
        let length = tag.len();
        let end = self.rest[length..].find(tag).ok_or("a text in dollar quotes has no end")?;
        self.take(length + end + length);
        Ok(())
    }

    /// MySQL takes `--` for a comment only where a blank follows; else it is a minus before a negative number.
    fn is_line_comment(&self) -> bool {
        let Some(rest) = self.rest.strip_prefix("--") else { return false };
        self.engine != Engine::MySql || !rest.starts_with(|c: char| !c.is_whitespace() && !c.is_control())
    }

    fn skip_line(&mut self) {
        self.rest = self.rest.find('\n').map_or("", |end| &self.rest[end..]);
        self.code.push(' ');
    }

    /// A comment between `/*` and `*/`, which may hold others.
    fn comment(&mut self) -> Result<(), String> {
        let nests = self.engine != Engine::MySql;
        let mut depth = 0_usize;
        let mut at = 0;
        while at < self.rest.len() {
            let here = &self.rest.as_bytes()[at..];
            if here.starts_with(b"/*") && (nests || depth == 0) {
                depth += 1;
                at += 2;
            } else if here.starts_with(b"*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    self.rest = &self.rest[at..];
                    self.code.push(' ');
                    return Ok(());
                }
            } else {
                at += 1;
            }
        }
        Err("a comment has no end".to_owned())
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn ends_with_word_e(code: &str) -> bool {
    let mut back = code.chars().rev();
    back.next().is_some_and(|c| c.eq_ignore_ascii_case(&'e')) && !back.next().is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Engine::{MySql, PostgreSql, SqlServer};

    fn sql(text: &str, engine: Engine) -> Result<String, String> {
        Query::read(text, engine).map(|query| query.sql(engine).trim().to_owned())
    }

    #[test]
    fn the_parameter_is_found_in_code_alone() {
        let check = |text: &str, engine: Engine, expected: &str| {
            assert_eq!(sql(text, engine).as_deref(), Ok(expected), "{text}");
        };
        check("SELECT a FROM t WHERE u > :since", PostgreSql, "SELECT a FROM t WHERE u > $1");
        check("SELECT a FROM t WHERE u > :since", MySql, "SELECT a FROM t WHERE u > ?");
        check("SELECT a FROM t WHERE u > :SINCE", SqlServer, "SELECT a FROM t WHERE u > @P1");
        check(
            "SELECT u::date FROM t WHERE u>:since::timestamp",
            PostgreSql,
            "SELECT u::date FROM t WHERE u>$1::timestamp",
        );
        check(
            "SELECT ':since', \":since\", :sincerely",
            PostgreSql,
            "SELECT ':since', \":since\", :sincerely",
        );
        check("SELECT 'it''s :since' -- :since\n, 1", PostgreSql, "SELECT 'it''s :since'  \n, 1");
        check("SELECT 'a\\' :since' FROM t # :since", MySql, "SELECT 'a\\' :since' FROM t");
        check("SELECT 5--3 AS a --\n, :since", MySql, "SELECT 5--3 AS a  \n, ?");
        check("SELECT 5--3 AS a\n, :since", PostgreSql, "SELECT 5 \n, $1");
        check("SELECT E'a\\' :since', 'a\\', :since", PostgreSql, "SELECT E'a\\' :since', 'a\\', $1");
        check(
            "SELECT $x$ ; :since $x$, /* a /* b */ ; */ :since;",
            PostgreSql,
            "SELECT $x$ ; :since $x$,   $1",
        );
        check("SELECT [Update], [a;b] FROM t ; -- end", SqlServer, "SELECT [Update], [a;b] FROM t");
        check("WITH è AS (SELECT 1) SELECT * FROM è;;\n", MySql, "WITH è AS (SELECT 1) SELECT * FROM è");
    }

    #[test]
    fn what_is_no_query_alone_is_refused() {
        let refused = |text: &str, word: &str| {
            for engine in [PostgreSql, MySql, SqlServer] {
                let error = sql(text, engine).unwrap_err();
                assert!(error.contains(word), "{text}: {error}");
            }
        };
        refused("", "is empty");
        refused("-- nothing", "is empty");
        refused("DELETE FROM t", "DELETE");
        refused("SELECT 1; DROP TABLE t", "more than one");
        refused("SELECT 1; SELECT 2", "more than one");
        refused("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "DELETE");
        refused("SELECT * INTO copy FROM t", "INTO");
        refused("SELECT a FROM t FOR update", "UPDATE");
        refused("SELECT 'open", "no end");
        refused("SELECT 1 /* open", "no end");
        refused("EXEC sp_who", "EXEC");
        // Functions of MySQL; elsewhere these words are no functions.
        let functions = "SELECT TRUNCATE(a, 1), INSERT(b, 1, 1, 'x') FROM t";
        assert_eq!(sql(functions, MySql).as_deref(), Ok(functions));
        assert!(sql(functions, PostgreSql).unwrap_err().contains("TRUNCATE"));
        assert!(sql("SELECT 1 FROM t; TRUNCATE t", MySql).is_err());
        assert!(sql("SELECT a FROM t WHERE b > ?", Engine::MySql).unwrap_err().contains(":since"));
    }

    #[test]
    fn no_text_makes_it_panic_or_grow() {
        use proptest::prelude::*;
        proptest!(|(text in "(?s)[-a'\"`$\\[\\];:/*#?\\\\ èE\n]{0,40}")| {
            for engine in [PostgreSql, MySql, SqlServer] {
                let _ = Query::read(&text, engine);
                let query = Query::read(&format!("SELECT {text}"), engine);
                if let Ok(query) = query {
                    prop_assert!(query.sql(engine).len() <= text.len() * 2 + 10);
                }
            }
        });
    }
}
