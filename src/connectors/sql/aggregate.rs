//! Aggregation in the database: sums by customer, from which every figure is what it is from the documents themselves.
//!
//! The documents of one customer (one set of keys) that count are added up, purchases, credits and zeros apart:
//! - by day, where they are later than 12 months before the customer's last purchase. That covers the 12 months up to the
//!   as-of day, with their purchase days, and the 12 months up to the last purchase, also of a company that is several
//!   customers: its last purchase is no earlier than that of any of them.
//! - by calendar year, and between the edges of the as-of day's windows, where they are older. No figure looks closer.
//!
//! A sum is dated on the first day in it, so first purchases stay where they are. What is not counted or cannot be used is
//! added up by reason and currency. The SQL uses what nearly every engine knows; where they differ is [`Dialect`].

use std::sync::Arc;

use rust_decimal::Decimal;

use super::columns::Columns;
use super::config::{Engine, SqlConfig};
use super::query::Query;
use super::stream::{Request, Rows, Texts, open};
use crate::domain::document::{DocumentDraft, DocumentKind, DraftKind, NotCounted, Party};
use crate::domain::table::NumberFormat;
use crate::domain::time::Day;
use crate::ports::Trouble;

mod sql;

/// What the columns of the sums are called, in the order in which they are read.
const OUTPUT: [&str; 17] = [
    "class",
    "currency",
    "customer_id",
    "vat_number",
    "tax_code",
    "country",
    "seller",
    "bucket",
    "first_day",
    "last_day",
    "documents",
    "own",
    "base",
    "name",
    "number",
    "sample",
    "has_amount",
];

/// The codes of what is not counted.
const NOT_COUNTED: [(&str, NotCounted); 7] = [
    ("draft", NotCounted::Draft),
    ("pro_forma", NotCounted::ProForma),
    ("void", NotCounted::Void),
    ("discarded", NotCounted::Discarded),
    ("after", NotCounted::AfterAsOf),
    ("no_sale", NotCounted::NoSale),
    ("duplicate", NotCounted::Duplicate),
];

/// Makes documents of sums.
pub(super) struct Sums {
    base: String,
}

/// Begins to read the sums for a day: all of them, or no more than so many.
pub(super) async fn open_sums(
    config: &Arc<SqlConfig>,
    query: &Query,
    as_of: Day,
    limit: Option<usize>,
) -> Result<(Rows, Sums), Trouble> {
    let query = sums(config, query, as_of).await?;
    let choose = Box::new(|names: &[String]| {
        let place = |name: &&str| names.iter().position(|other| other.eq_ignore_ascii_case(name));
        let places: Option<Vec<usize>> = OUTPUT.iter().map(place).collect();
        places.ok_or_else(|| Trouble::Malformed("the sums lack a column".to_owned()))
    });
    let since = config.since_start.clone();
    // Nothing comes before all was added up.
    let patience = config.limits.whole_query();
    let rows = open(config.clone(), Request { query, since, choose, limit, patience }).await?;
    Ok((rows, Sums { base: config.currency.base.clone() }))
}

/// How many ids are told that occur more than once.
const TOLD: usize = 3;

/// Ids of documents that the query delivers more than once, the first few: a sum counts each of them as often, where row by
/// row the later one counts.
pub(super) async fn repeated(config: &Arc<SqlConfig>, query: &Query) -> Result<Vec<String>, Trouble> {
    check(config)?;
    let columns = columns(config, query).await?;
    let (before, after) = sql::around_for_repeated(config, columns.known());
    let query = query.within(&before, &after);
    let choose = Box::new(|_: &[String]| Ok(vec![0]));
    let (since, patience) = (config.since_start.clone(), config.limits.whole_query());
    let request = Request { query, since, choose, limit: Some(TOLD), patience };
    let (rows, _) = open(config.clone(), request).await?.next().await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// The query of the sums.
async fn sums(config: &Arc<SqlConfig>, query: &Query, as_of: Day) -> Result<Query, Trouble> {
    check(config)?;
    let columns = columns(config, query).await?;
    let (before, after) = sql::around(config, columns.known(), as_of);
    Ok(query.within(&before, &after))
}

/// Which columns the user's query has.
async fn columns(config: &Arc<SqlConfig>, query: &Query) -> Result<Columns, Trouble> {
    let columns = Columns::default();
    let choose = columns.choose(config.clone(), false);
    let since = config.since_start.clone();
    let (query, patience) = (query.clone(), config.limits.next_row());
    open(config.clone(), Request { query, since, choose, limit: Some(1), patience }).await?;
    Ok(columns)
}

/// That the database can read what the rules would.
fn check(config: &SqlConfig) -> Result<(), Trouble> {
    let what = if config.engine == Engine::SqlServer {
        "adds up in PostgreSQL, MySQL and MariaDB alone: use mode = \"rows\" for SQL Server"
    } else if !config.rules.dates.is_iso() || config.rules.numbers != NumberFormat::default() {
        "needs columns that are dates and numbers, not texts of another form: convert them in the query"
    } else if config.rules.restore_zeros {
        "cannot restore leading zeros: do it in the query"
    } else {
        return Ok(());
    };
    Err(Trouble::Configuration(format!("mode = \"aggregated\" {what}")))
}

impl Sums {
    /// The document that stands for those of a sum.
    pub(super) fn draft(&self, texts: &Texts) -> DocumentDraft {
        let row = SumRow(texts);
        let class = row.text("class").unwrap_or_default();
        let documents = row.text("documents").and_then(|count| count.parse().ok()).unwrap_or(1);
        let currency = row.text("currency").unwrap_or(&self.base);
        let own = row.cents("own").filter(|_| row.text("has_amount") == Some("1"));
        let draft = DocumentDraft {
            id: row.id(class, currency),
            number: row.number(documents),
            party: Party {
                customer_id: row.owned("customer_id"),
                vat_number: row.owned("vat_number"),
                tax_code: row.owned("tax_code"),
                country: row.owned("country"),
                name: row.owned("name"),
            },
            date: row.day("first_day"),
            net: own.map(|own| own.to_string()),
            currency: Some(currency.to_owned()),
            seller: row.owned("seller"),
            stands_for: documents,
            place: format!("sum of {documents} documents ({})", row.id(class, currency)),
            ..DocumentDraft::default()
        };
        let sample = row.owned("sample").unwrap_or_default();
        match class {
            "purchase" | "credit" | "zero" => self.counted(draft, class, own, row.cents("base")),
            "kind" => DocumentDraft { kind: Err(sample), ..draft },
            "date" => DocumentDraft { date: Some(sample), ..draft },
            "nodate" => DocumentDraft { date: None, ..draft },
            "net" => DocumentDraft { net: Some(sample), ..dated(draft) },
            "noamount" => DocumentDraft { net: None, ..dated(draft) },
            "rate" => DocumentDraft { rate: Some(format!("\"{sample}\"")), ..dated(draft) },
            "norate" => self.without_rate(draft),
            "id" => DocumentDraft { id: String::new(), ..draft },
            "status" | "sign" | "gross" => DocumentDraft {
                fault: Some(format!("the {class} `{sample}` is not known or does not fit")),
                ..draft
            },
            code => {
                let why = NOT_COUNTED.iter().find(|(known, _)| *known == code).map(|(_, why)| *why);
                let kind = why.map_or_else(|| Err(code.to_owned()), |why| Ok(DraftKind::NotCounted(why)));
                DocumentDraft { kind, ..draft }
            }
        }
    }

    /// Documents in another currency whose rate nobody knows. A text that is only nearly the own currency is another one
    /// for the database.
    fn without_rate(&self, draft: DocumentDraft) -> DocumentDraft {
        let is_nearly_own = draft.currency.as_ref() == Some(&self.base);
        let fault = is_nearly_own.then(|| format!("the currency is not written as {}", self.base));
        DocumentDraft { fault, ..dated(draft) }
    }

    /// A sum that counts. Each of its documents was converted and rounded by itself, so the rate of the sum is whatever
    /// leads to their sum.
    fn counted(
        &self,
        draft: DocumentDraft,
        class: &str,
        own: Option<Decimal>,
        base: Option<Decimal>,
    ) -> DocumentDraft {
        let kind = if class == "credit" { DocumentKind::CreditNote } else { DocumentKind::Invoice };
        let kind = Ok(DraftKind::Issued(kind));
        let (own, base) = (own.unwrap_or_default(), base.unwrap_or_default());
        if draft.currency.as_ref() == Some(&self.base) {
            return DocumentDraft { kind, ..draft };
        }
        if own.is_zero() && !base.is_zero() {
            // Less than half a cent of its own currency each, and more of the base currency.
            let net = Decimal::new(if base.is_sign_negative() { -49 } else { 49 }, 4);
            let rate = net.checked_div(base).unwrap_or_default();
            return DocumentDraft { kind, net: Some(net.to_string()), rate: Some(rate.to_string()), ..draft };
        }
        // Beyond any amount, so that nothing is left of it.
        let nothing_left = Decimal::from(10_u64.pow(18));
        let rate = own.abs().checked_div(base.abs()).unwrap_or(nothing_left);
        DocumentDraft { kind, rate: Some(rate.to_string()), ..draft }
    }
}

/// What lacks something else has a date, whichever.
fn dated(draft: DocumentDraft) -> DocumentDraft {
    DocumentDraft { date: draft.date.or_else(|| Some("1970-01-01".to_owned())), ..draft }
}

struct SumRow<'a>(&'a Texts);

impl SumRow<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        let place = OUTPUT.iter().position(|known| *known == name)?;
        self.0.get(place)?.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// A sum of cents as an amount.
    fn cents(&self, name: &str) -> Option<Decimal> {
        let cents: Decimal = self.text(name)?.parse().ok()?;
        let mut amount = cents.checked_div(Decimal::ONE_HUNDRED)?;
        amount.rescale(2);
        Some(amount)
    }

    fn day(&self, name: &str) -> Option<String> {
        self.text(name)?.get(..10).map(str::to_owned)
    }

    /// The same for the same sum in every reading, and for no other.
    fn id(&self, class: &str, currency: &str) -> String {
        let keys = ["bucket", "has_amount", "customer_id", "vat_number", "tax_code", "country", "seller"];
        let mut id = format!("{class} {currency}");
        for key in keys {
            id.push('|');
            id.push_str(self.text(key).unwrap_or_default());
        }
        id
    }

    /// What people read in place of a number.
    fn number(&self, documents: u64) -> String {
        match (documents, self.text("number"), self.day("first_day"), self.day("last_day")) {
            (1, Some(number), ..) => number.to_owned(),
            (_, _, Some(first), Some(last)) if first == last => format!("{documents} documents, {first}"),
            (_, _, Some(first), Some(last)) => format!("{documents} documents, {first} to {last}"),
            _ => format!("{documents} documents"),
        }
    }
}
