//! The grammar of the query language: one condition list without parentheses, one direction, one limit.

use super::lexer::{Choked, Kind, Lexer, Word};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Columns {
    All,
    Count,
    Named(Vec<String>),
}

/// A value as written, its quotes removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) text: String,
    pub(crate) quoted: bool,
}

/// A comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    pub(crate) column: String,
    pub(crate) operator: Kind,
    pub(crate) values: Vec<Literal>,
}

/// A query that the grammar accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) columns: Columns,
    pub(crate) module: String,
    /// Comparisons joined by and; the groups are joined by or.
    pub(crate) any_of: Vec<Vec<Comparison>>,
    pub(crate) order_by: Vec<String>,
    pub(crate) descending: bool,
    pub(crate) limit: Option<(u64, u64)>,
}

/// Why a query is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// The lexer gave up.
    Choked,
    /// The grammar does.
    Syntax(String),
}

impl From<Choked> for Mistake {
    fn from(_: Choked) -> Self {
        Self::Choked
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    word: Word,
    last: String,
}

const OPERATORS: [Kind; 8] = [
    Kind::Equal,
    Kind::Less,
    Kind::Greater,
    Kind::LessEqual,
    Kind::GreaterEqual,
    Kind::NotEqual,
    Kind::In,
    Kind::Like,
];

/// Reads a query.
pub(crate) fn parse(query: &str) -> Result<Statement, Mistake> {
    let mut lexer = Lexer::new(query);
    let word = lexer.next()?;
    let mut parser = Parser { lexer, last: word.text.clone(), word };
    parser.statement()
}

impl Parser<'_> {
    fn statement(&mut self) -> Result<Statement, Mistake> {
        self.expect(Kind::Select)?;
        let columns = self.columns()?;
        let module = self.expect(Kind::Table)?;
        let any_of = if self.take(Kind::Where)? { self.conditions()? } else { Vec::new() };
        let order_by = if self.take(Kind::OrderBy)? { self.column_list()? } else { Vec::new() };
        let descending = self.direction(!order_by.is_empty())?;
        let limit = if self.take(Kind::Limit)? { Some(self.limit()?) } else { None };
        self.expect(Kind::Semicolon)?;
        if self.word.kind != Kind::End {
            return Err(self.unexpected(&[]));
        }
        Ok(Statement { columns, module, any_of, order_by, descending, limit })
    }

    fn columns(&mut self) -> Result<Columns, Mistake> {
        let columns = if self.take(Kind::Asterisk)? {
            Columns::All
        } else if self.take(Kind::Count)? {
            self.expect(Kind::Open)?;
            self.expect(Kind::Asterisk)?;
            self.expect(Kind::Close)?;
            Columns::Count
        } else {
            Columns::Named(self.column_list()?)
        };
        if !self.take(Kind::From)? {
            return Err(self.unexpected(&[Kind::From, Kind::Comma]));
        }
        Ok(columns)
    }

    fn column_list(&mut self) -> Result<Vec<String>, Mistake> {
        let mut names = vec![self.expect(Kind::Column)?];
        while self.take(Kind::Comma)? {
            names.push(self.expect(Kind::Column)?);
        }
        Ok(names)
    }

    fn conditions(&mut self) -> Result<Vec<Vec<Comparison>>, Mistake> {
        let mut any_of = vec![vec![self.comparison()?]];
        loop {
            if self.take(Kind::And)? {
                let next = self.comparison()?;
                if let Some(all_of) = any_of.last_mut() {
                    all_of.push(next);
                }
            } else if self.take(Kind::Or)? {
                any_of.push(vec![self.comparison()?]);
            } else {
                return Ok(any_of);
            }
        }
    }

    fn comparison(&mut self) -> Result<Comparison, Mistake> {
        let column = self.expect(Kind::Column)?;
        let operator = self.word.kind;
        if !OPERATORS.contains(&operator) {
            // In the order of the real message.
            return Err(self.unexpected(&[
                Kind::Equal,
                Kind::Less,
                Kind::Greater,
                Kind::LessEqual,
                Kind::GreaterEqual,
                Kind::NotEqual,
                Kind::In,
                Kind::Like,
            ]));
        }
        self.advance()?;
        let listed = self.take(Kind::Open)?;
        let mut values = vec![self.value()?];
        while self.take(Kind::Comma)? {
            values.push(self.value()?);
        }
        if listed && !self.take(Kind::Close)? {
            return Err(self.unexpected(&[Kind::Close, Kind::Comma]));
        }
        Ok(Comparison { column, operator, values })
    }

    fn value(&mut self) -> Result<Literal, Mistake> {
        let text = self.expect(Kind::Value)?;
        let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        Ok(match inner {
            Some(inner) => Literal { text: inner.replace("''", "'"), quoted: true },
            None => Literal { text, quoted: false },
        })
    }

    fn direction(&mut self, ordered: bool) -> Result<bool, Mistake> {
        if !ordered {
            return Ok(false);
        }
        let descending = self.take(Kind::Desc)?;
        if !descending {
            self.take(Kind::Asc)?;
        }
        Ok(descending)
    }

    /// Offset and number.
    fn limit(&mut self) -> Result<(u64, u64), Mistake> {
        let first = self.expect(Kind::Value)?;
        let number = |text: &str| text.parse::<u64>().unwrap_or(0);
        if self.take(Kind::Comma)? {
            let second = self.expect(Kind::Value)?;
            return Ok((number(&first), number(&second)));
        }
        Ok((0, number(&first)))
    }

    fn take(&mut self, kind: Kind) -> Result<bool, Mistake> {
        let matches = self.word.kind == kind;
        if matches {
            self.advance()?;
        }
        Ok(matches)
    }

    fn expect(&mut self, kind: Kind) -> Result<String, Mistake> {
        if self.word.kind != kind {
            return Err(self.unexpected(&[kind]));
        }
        let text = self.word.text.clone();
        self.advance()?;
        Ok(text)
    }

    fn advance(&mut self) -> Result<(), Mistake> {
        self.word = self.lexer.next()?;
        if self.word.kind != Kind::End {
            self.last.clone_from(&self.word.text);
        }
        Ok(())
    }

    /// The message of the real parser; at the end of the input it names the last word that there was.
    fn unexpected(&self, expected: &[Kind]) -> Mistake {
        let names: Vec<&str> = expected.iter().map(|kind| kind.name()).collect();
        Mistake::Syntax(format!(
            "Syntax Error on line 1: token '{}' Unexpected {}({}), expected one of: {}",
            self.last,
            self.word.kind.name(),
            self.word.text,
            names.join(",")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(query: &str) -> String {
        match parse(query) {
            Err(Mistake::Syntax(message)) => message,
            Err(Mistake::Choked) => "choked".into(),
            Ok(statement) => format!("{statement:?}"),
        }
    }

    #[test]
    fn reads_a_whole_query() {
        let parsed = parse(
            "SELECT id, accountname FROM Accounts WHERE a='x''y' and b in (1,'2') or c like 'z%' \
             order by modifiedtime, id desc limit 20,100;",
        )
        .unwrap();
        assert_eq!(parsed.columns, Columns::Named(vec!["id".into(), "accountname".into()]));
        assert_eq!(parsed.any_of.len(), 2);
        assert_eq!(parsed.any_of[0][0].values[0].text, "x'y");
        assert_eq!(parsed.any_of[0][1].values.len(), 2);
        assert_eq!(parsed.any_of[1][0].operator, Kind::Like);
        assert_eq!(parsed.order_by, ["modifiedtime", "id"]);
        assert!(parsed.descending);
        assert_eq!(parsed.limit, Some((20, 100)));
    }

    #[test]
    fn complains_as_the_real_parser_does() {
        let table = [
            ("select id from A", "token 'A' Unexpected End of Input(0), expected one of: SEMICOLON"),
            (
                "select id from A where (a='1');",
                "token '(' Unexpected PARENOPEN((), expected one of: COLUMNNAME",
            ),
            ("select id from A where a<>'1';", "token '>' Unexpected GT(>), expected one of: VALUE"),
            (
                "select id from A where a is null;",
                "token 'is' Unexpected VALUE(is), expected one of: EQ,LT,GT,LTE,GTE,NE,IN,LIKE",
            ),
            (
                "select id from A where a='L\\'x' limit 2;",
                "token 'x' Unexpected COLUMNNAME(x), expected one of: SEMICOLON",
            ),
            (
                "select id from A order by a desc, b asc;",
                "token ',' Unexpected COMMA(,), expected one of: SEMICOLON",
            ),
            (
                "select id from A limit 1 offset 5;",
                "token 'offset' Unexpected VALUE(offset), expected one of: SEMICOLON",
            ),
            (
                "select id from A limit 1; select id from B;",
                "token 'select' Unexpected VALUE(select), expected one of: ",
            ),
            (
                "select distinct id from A;",
                "token 'id' Unexpected COLUMNNAME(id), expected one of: FRM,COMMA",
            ),
            (
                "select id from A where a between 1 and 2;",
                "token 'between' Unexpected VALUE(between), expected one of: EQ,LT,GT,LTE,GTE,NE,IN,LIKE",
            ),
        ];
        for (query, message) in table {
            assert_eq!(mistake(query), format!("Syntax Error on line 1: {message}"), "{query}");
        }
    }
}
