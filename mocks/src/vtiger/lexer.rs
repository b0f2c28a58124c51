//! The words of the query language. What a word is depends on where the query stands, as in the real one.

/// What a word is to the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Select,
    From,
    Column,
    Asterisk,
    Count,
    Open,
    Close,
    Comma,
    Table,
    Where,
    And,
    Or,
    Value,
    Equal,
    Less,
    Greater,
    LessEqual,
    GreaterEqual,
    NotEqual,
    In,
    Like,
    OrderBy,
    Asc,
    Desc,
    Limit,
    Semicolon,
    End,
}

impl Kind {
    /// The name in messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::From => "FRM",
            Self::Column => "COLUMNNAME",
            Self::Asterisk => "ASTERISK",
            Self::Count => "COUNT",
            Self::Open => "PARENOPEN",
            Self::Close => "PARENCLOSE",
            Self::Comma => "COMMA",
            Self::Table => "TABLENAME",
            Self::Where => "WHERE",
            Self::And => "LOGICAL_AND",
            Self::Or => "LOGICAL_OR",
            Self::Value => "VALUE",
            Self::Equal => "EQ",
            Self::Less => "LT",
            Self::Greater => "GT",
            Self::LessEqual => "LTE",
            Self::GreaterEqual => "GTE",
            Self::NotEqual => "NE",
            Self::In => "IN",
            Self::Like => "LIKE",
            Self::OrderBy => "ORDERBY",
            Self::Asc => "ASC",
            Self::Desc => "DESC",
            Self::Limit => "LIMIT",
            Self::Semicolon => "SEMICOLON",
            Self::End => "End of Input",
        }
    }
}

/// One word; literals keep their quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) kind: Kind,
    pub(crate) text: String,
}

/// A character that begins no word: a dot, a double quote, an empty literal, a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choked;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Select,
    Columns,
    Table,
    Where,
    Order,
    Limit,
}

/// What a condition still lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lacks {
    Column,
    Value,
    /// Values until the bracket closes.
    Values,
}

/// Reads one word after the other.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'a> {
    rest: &'a str,
    part: Part,
    order_seen: bool,
    ordering: bool,
    lacks: Lacks,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(query: &'a str) -> Self {
        Self { rest: query, part: Part::Select, order_seen: false, ordering: false, lacks: Lacks::Column }
    }

    pub(crate) fn next(&mut self) -> Result<Word, Choked> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
            if self.rest.is_empty() {
                return Ok(Word { kind: Kind::End, text: "0".into() });
            }
            let length = word_length(self.rest).ok_or(Choked)?;
            let (text, rest) = self.rest.split_at(length);
            self.rest = rest;
            if let Some(kind) = self.classify(text) {
                return Ok(Word { kind, text: text.to_owned() });
            }
        }
    }

    /// None: the word only moves the lexer on.
    fn classify(&mut self, text: &str) -> Option<Kind> {
        match self.part {
            Part::Select => {
                if text.eq_ignore_ascii_case("select") {
                    self.part = Part::Columns;
                    return Some(Kind::Select);
                }
                Some(Kind::End)
            }
            Part::Columns => Some(self.in_columns(text)),
            Part::Table => {
                self.part = Part::Where;
                Some(Kind::Table)
            }
            Part::Where | Part::Order | Part::Limit => self.after_table(text),
        }
    }

    fn in_columns(&mut self, text: &str) -> Kind {
        if text.eq_ignore_ascii_case("from") {
            self.part = Part::Table;
            return Kind::From;
        }
        match text {
            "*" => Kind::Asterisk,
            "(" => Kind::Open,
            ")" => Kind::Close,
            "," => Kind::Comma,
            _ if text.eq_ignore_ascii_case("count") => Kind::Count,
            _ => Kind::Column,
        }
    }

    fn after_table(&mut self, text: &str) -> Option<Kind> {
        if text == ";" {
            return Some(Kind::Semicolon);
        }
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if is("order") {
            self.order_seen = true;
            return None;
        }
        if is("by") && self.order_seen {
            self.order_seen = false;
            self.part = Part::Order;
        } else if is("where") {
            self.part = Part::Where;
        } else if is("orderby") {
            self.part = Part::Order;
        } else if is("limit") {
            self.part = Part::Limit;
        }
        Some(match self.part {
            Part::Order => self.in_order(text),
            Part::Limit => in_limit(text),
            _ => self.in_where(text),
        })
    }

    fn in_where(&mut self, text: &str) -> Kind {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        match text {
            "=" => return Kind::Equal,
            "<" => return Kind::Less,
            ">" => return Kind::Greater,
            "<=" => return Kind::LessEqual,
            ">=" => return Kind::GreaterEqual,
            "!=" => return Kind::NotEqual,
            "(" => return Kind::Open,
            ")" => {
                if self.lacks == Lacks::Values {
                    self.lacks = Lacks::Column;
                }
                return Kind::Close;
            }
            _ => {}
        }
        if is("where") {
            Kind::Where
        } else if is("and") {
            Kind::And
        } else if is("or") {
            Kind::Or
        } else if self.lacks == Lacks::Column {
            self.lacks = Lacks::Value;
            Kind::Column
        } else if is("in") {
            self.lacks = Lacks::Values;
            Kind::In
        } else if text == "," {
            Kind::Comma
        } else if is("like") {
            Kind::Like
        } else {
            if self.lacks == Lacks::Value {
                self.lacks = Lacks::Column;
            }
            Kind::Value
        }
    }

    fn in_order(&mut self, text: &str) -> Kind {
        if !self.ordering {
            self.ordering = true;
            return Kind::OrderBy;
        }
        match text {
            "," => Kind::Comma,
            _ if text.eq_ignore_ascii_case("asc") => Kind::Asc,
            _ if text.eq_ignore_ascii_case("desc") => Kind::Desc,
            _ => Kind::Column,
        }
    }
}

fn in_limit(text: &str) -> Kind {
    match text {
        "(" => Kind::Open,
        ")" => Kind::Close,
        "," => Kind::Comma,
        _ if text.eq_ignore_ascii_case("limit") => Kind::Limit,
        _ => Kind::Value,
    }
}

/// How many bytes the next word has; none where no word begins.
fn word_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let digits_from = |at: usize| {
        bytes.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let first = *bytes.first()?;
    match first {
        b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
            Some(bytes.iter().take_while(|byte| **byte == b'_' || byte.is_ascii_alphanumeric()).count())
        }
        b'\'' => literal_length(bytes),
        b'+' | b'-' => match digits_from(1) {
            0 => None,
            digits => Some(1 + digits),
        },
        b'<' | b'>' => Some(if bytes.get(1) == Some(&b'=') { 2 } else { 1 }),
        b'!' => (bytes.get(1) == Some(&b'=')).then_some(2),
        b'(' | b')' | b',' | b'*' | b'=' | b';' => Some(1),
        _ => None,
    }
}

/// Apostrophes are doubled; a literal of nothing is no literal.
fn literal_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (Some(b'\''), Some(b'\'')) => at += 2,
            (Some(b'\''), _) => return (at > 1).then_some(at + 1),
            (Some(_), _) => at += 1,
            (None, _) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind::{
        Close, Column, Comma, From, In, Limit, Open, OrderBy, Select, Semicolon, Table, Value, Where,
    };
    use super::*;

    fn words(query: &str) -> Result<Vec<(Kind, String)>, Choked> {
        let mut lexer = Lexer::new(query);
        let mut words = Vec::new();
        loop {
            let word = lexer.next()?;
            if word.kind == Kind::End {
                return Ok(words);
            }
            words.push((word.kind, word.text));
        }
    }

    #[test]
    fn a_word_means_what_its_place_says() {
        let found = words("select id from Accounts where x in ('and',2) order by id limit 1;").unwrap();
        let kinds: Vec<Kind> = found.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(
            kinds,
            [
                Select, Column, From, Table, Where, Column, In, Open, Value, Comma, Value, Close, OrderBy,
                Column, Limit, Value, Semicolon
            ]
        );
        assert_eq!(found[8].1, "'and'");
    }

    #[test]
    fn chokes_on_what_begins_no_word() {
        for query in [
            "select id from A where x=\"y\"",
            "select id from A where x='' limit 1;",
            "select id from A where x=1.5;",
        ] {
            assert_eq!(words(query), Err(Choked), "{query}");
        }
        assert!(words("select id from A where x='L''Aquila; and \"more\"';").is_ok());
    }
}
