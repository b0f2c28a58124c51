//! The query that adds documents up, written around the user's.

use std::fmt::Write as _;

use super::super::columns::Known;
use super::super::config::{Engine, SqlConfig};
use super::NOT_COUNTED;
use crate::domain::document::{DocumentKind, DraftKind, NotCounted};
use crate::domain::money::Cents;
use crate::domain::table::{Column, KindMeaning, StatusMeaning};
use crate::domain::time::Day;

/// A plain decimal, as the intake reads one.
const DECIMAL: &str = "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)$";
/// A day that the calendar has, and perhaps a time of day or a zone: a text that is none must not end the whole query.
const DATE: &str = "^(([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)-\
                    ((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|\
                    ([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-02-29)\
                    ([Tt Zz+-][-0-9TtZz:.,+ ]*)?$";
/// The keys of a customer.
const KEYS: [&str; 4] = ["customer_id", "vat_number", "tax_code", "country"];

/// What one engine writes in another way than others.
struct Dialect {
    /// A value as text, compared byte by byte.
    text: fn(&str) -> String,
    /// A text without the blanks, tabs and line ends around it.
    trimmed: fn(&str) -> String,
    /// Whether a text has a form.
    matches: &'static str,
    /// The exact decimal type.
    decimal: &'static str,
    /// What ends a step, so that it is computed once and not where it is named, again and again.
    fence: &'static str,
    /// The day 12 months before one; a day that the month lacks is its last day.
    year_before: fn(&str) -> String,
}

const POSTGRESQL: Dialect = Dialect {
    text: |value| format!("CAST({value} AS text)"),
    trimmed: |text| format!("BTRIM({text}, E' \\t\\r\\n')"),
    matches: "~",
    decimal: "numeric",
    fence: " OFFSET 0",
    year_before: |day| format!("CAST({day} - INTERVAL '12 months' AS date)"),
};

const MYSQL: Dialect = Dialect {
    text: |value| format!("CAST({value} AS CHAR CHARACTER SET utf8mb4) COLLATE utf8mb4_bin"),
    // Its TRIM takes one text away, so the others become blanks; within a text nothing of it matters.
    trimmed: |text| {
        let blanks = [9, 10, 13]
            .iter()
            .fold(text.to_owned(), |text, code| format!("REPLACE({text}, CHAR({code} USING utf8mb4), ' ')"));
        format!("TRIM({blanks})")
    },
    matches: "REGEXP",
    decimal: "decimal(60,20)",
    fence: " LIMIT 18446744073709551615",
    year_before: |day| format!("DATE_SUB({day}, INTERVAL 12 MONTH)"),
};

/// What stands before the user's query and after it.
pub(super) fn around(config: &SqlConfig, columns: &[Known], as_of: Day) -> (String, String) {
    let sums = Sums::of(config, columns, as_of);
    let (before, meant) = sums.understood();
    let fence = sums.dialect.fence;
    let after = format!(
        "{meant}, judged AS (SELECT meant.*, {} FROM meant WHERE {NOT_IGNORED}{fence}), \
         classed AS (SELECT {} FROM judged{fence}), lasted AS ({}), placed AS ({}{fence}) {}",
        sums.judged(),
        sums.classed(),
        lasted(),
        sums.placed(),
        totals(),
    );
    (before, after)
}

/// What stands before the user's query and after it to find the ids of documents that it delivers more than once.
pub(super) fn around_for_repeated(config: &SqlConfig, columns: &[Known]) -> (String, String) {
    // No day matters for what is asked.
    let sums = Sums::of(config, columns, Day::from(chrono::NaiveDate::default()));
    let (before, meant) = sums.understood();
    // Row by row, what has no id of its own is known by these.
    let year = (sums.dialect.text)("EXTRACT(YEAR FROM day)");
    let register =
        "CASE WHEN kind = 'credit_note' OR sign = 'minus' OR written < 0 THEN '/credit note' ELSE '' END";
    let after = format!(
        "{meant}, identified AS (SELECT CASE WHEN own_id <> '' THEN own_id \
         ELSE CONCAT(seller, '/', {year}, '/', series, '/', number, {register}) END AS identity \
         FROM meant WHERE id_text <> '' AND day IS NOT NULL AND {NOT_IGNORED} AND {}) \
         SELECT identity FROM identified GROUP BY identity HAVING COUNT(*) > 1",
        is_issued()
    );
    (before, after)
}

/// Which rows are part of the revenue, unless they are at fault.
fn is_issued() -> String {
    let codes: Vec<String> = NOT_COUNTED.iter().map(|(code, _)| format!("'{code}'")).collect();
    format!("status NOT IN ({0}) AND kind NOT IN ({0})", codes.join(", "))
}

/// Which rows are documents.
const NOT_IGNORED: &str = "kind <> 'ignored' AND status <> 'ignored'";

struct Sums<'a> {
    config: &'a SqlConfig,
    columns: &'a [Known],
    as_of: Day,
    dialect: Dialect,
}

impl<'a> Sums<'a> {
    fn of(config: &'a SqlConfig, columns: &'a [Known], as_of: Day) -> Self {
        let dialect = if config.engine == Engine::MySql { MYSQL } else { POSTGRESQL };
        Self { config, columns, as_of, dialect }
    }

    /// What stands before the user's query and after it to have `meant`, its rows as they are understood.
    fn understood(&self) -> (String, String) {
        let fence = self.dialect.fence;
        let before = format!("WITH texts AS (SELECT {} FROM (", self.texts());
        (before, format!(") AS q{fence}), meant AS (SELECT texts.*, {} FROM texts{fence})", self.meant()))
    }

    fn constant(&self, text: &str) -> String {
        self.config.engine.constant(text)
    }

    fn name(&self, column: Column) -> Option<&str> {
        self.columns.iter().find(|(known, _)| *known == column).map(|(_, name)| name.as_str())
    }

    fn has(&self, column: Column) -> bool {
        self.name(column).is_some()
    }

    /// A column's text, trimmed; nothing where there is none.
    fn text(&self, column: Column) -> String {
        let Some(name) = self.name(column) else {
            // Of the same collation as all others.
            return (self.dialect.text)("''");
        };
        let quoted = self.config.engine.quoted(name);
        let text = (self.dialect.text)(&format!("q.{quoted}"));
        format!("COALESCE({}, '')", (self.dialect.trimmed)(&text))
    }

    /// The user's columns as texts.
    fn texts(&self) -> String {
        let base = self.constant(&self.config.currency.base);
        let id =
            [Column::DocumentId, Column::Number].map(|column| format!("NULLIF({}, '')", self.text(column)));
        let columns = [
            ("kind_text", self.text(Column::Kind)),
            ("status_text", self.text(Column::Status)),
            ("sign_text", self.text(Column::Sign)),
            ("own_id", self.text(Column::DocumentId)),
            ("id_text", format!("COALESCE({}, {}, '')", id[0], id[1])),
            ("number", format!("COALESCE({}, {}, '')", id[1], id[0])),
            ("series", self.text(Column::Series)),
            ("date_text", self.text(Column::Date)),
            ("net_text", self.text(Column::NetAmount)),
            ("gross_text", self.text(Column::GrossAmount)),
            ("tax_text", self.text(Column::TaxAmount)),
            ("rate_text", self.text(Column::ExchangeRate)),
            ("currency", format!("COALESCE(NULLIF(UPPER({}), ''), {base})", self.text(Column::Currency))),
            ("customer_id", self.text(Column::CustomerId)),
            ("vat_number", self.text(Column::VatNumber)),
            ("tax_code", self.text(Column::TaxCode)),
            ("country", self.text(Column::Country)),
            ("name", self.text(Column::CustomerName)),
            ("seller", self.text(Column::Seller)),
        ];
        columns.map(|(name, value)| format!("{value} AS {name}")).join(", ")
    }

    fn is_decimal(&self, text: &str) -> String {
        format!("{text} {} '{DECIMAL}'", self.dialect.matches)
    }

    fn decimal(&self, text: &str) -> String {
        format!("CAST({text} AS {})", self.dialect.decimal)
    }

    /// What the texts mean: kind, status, sign, day, amount and rate.
    fn meant(&self) -> String {
        let rules = &self.config.rules;
        let kinds: Vec<_> =
            rules.kinds.sorted().into_iter().map(|(text, meaning)| (text, kind_code(meaning))).collect();
        let statuses: Vec<_> =
            rules.statuses.sorted().into_iter().map(|(text, meaning)| (text, status_code(meaning))).collect();
        let signs: Vec<_> = rules
            .signs
            .sorted()
            .into_iter()
            .map(|(text, minus)| (text, if minus { "minus" } else { "plus" }))
            .collect();
        let kind = if self.has(Column::Kind) { self.cases("kind_text", &kinds) } else { "'invoice'".into() };
        let judged = self.has(Column::Status) && !statuses.is_empty();
        let status = if judged { self.cases("status_text", &statuses) } else { "'counted'".into() };
        let signed = self.has(Column::Sign) && !signs.is_empty();
        let sign = if signed { self.cases("sign_text", &signs) } else { "'plus'".into() };
        let day = format!(
            "CASE WHEN date_text {} '{DATE}' THEN CAST(SUBSTRING(date_text, 1, 10) AS date) END",
            self.dialect.matches
        );
        let (net, gross, tax) =
            (self.decimal("net_text"), self.decimal("gross_text"), self.decimal("tax_text"));
        let both = format!("{} AND {}", self.is_decimal("gross_text"), self.is_decimal("tax_text"));
        let amount = format!(
            "CASE WHEN net_text <> '' THEN CASE WHEN {} THEN {net} END \
             WHEN gross_text <> '' AND tax_text <> '' THEN CASE WHEN {both} THEN {gross} - {tax} END END",
            self.is_decimal("net_text")
        );
        let gross_fault = format!(
            "CASE WHEN net_text = '' AND gross_text <> '' AND tax_text <> '' THEN \
             CASE WHEN {both} THEN CASE WHEN {gross} > 0 AND {tax} < 0 OR {gross} < 0 AND {tax} > 0 THEN 1 ELSE 0 END \
             ELSE 1 END ELSE 0 END"
        );
        let rate = format!(
            "CASE WHEN rate_text <> '' THEN CASE WHEN {} THEN {} END{} END",
            self.is_decimal("rate_text"),
            self.decimal("rate_text"),
            self.rates()
        );
        format!(
            "{kind} AS kind, {status} AS status, {sign} AS sign, {day} AS day, {amount} AS written, \
             {gross_fault} AS gross_fault, {rate} AS rate"
        )
    }

    fn rates(&self) -> String {
        self.config.currency.rates.iter().fold(String::new(), |mut cases, (code, rate)| {
            let rate = self.decimal(&format!("'{rate}'"));
            let _ = write!(cases, " WHEN currency = {} THEN {rate}", self.constant(code));
            cases
        })
    }

    /// Which code a text stands for.
    fn cases(&self, text: &str, meanings: &[(&str, &str)]) -> String {
        let mut cases = format!("CASE LOWER({text})");
        for (known, code) in meanings {
            let _ = write!(cases, " WHEN {} THEN '{code}'", self.constant(known));
            // A database of the plainest collation knows small letters of ASCII alone.
            let half_lowered = known.to_uppercase().to_ascii_lowercase();
            if half_lowered != *known {
                let _ = write!(cases, " WHEN {} THEN '{code}'", self.constant(&half_lowered));
            }
        }
        cases + " ELSE 'unknown' END"
    }

    /// Why a document is not counted or cannot be used, in the order in which the intake finds it; the signed amount.
    fn judged(&self) -> String {
        let codes: Vec<String> = NOT_COUNTED.iter().map(|(code, _)| format!("'{code}'")).collect();
        let codes = codes.join(", ");
        let base = self.constant(&self.config.currency.base);
        let most = Cents::MAX_ABS / 100;
        let as_of = date(self.as_of);
        format!(
            "CASE WHEN status IN ({codes}) THEN status WHEN kind IN ({codes}) THEN kind \
             WHEN status = 'unknown' THEN 'status' WHEN gross_fault = 1 THEN 'gross' \
             WHEN (net_text <> '' OR gross_text <> '' AND tax_text <> '') AND (sign = 'unknown' \
             OR sign = 'minus' AND written < 0) THEN 'sign' \
             WHEN id_text = '' THEN 'id' WHEN kind = 'unknown' THEN 'kind' \
             WHEN date_text = '' THEN 'nodate' WHEN day IS NULL THEN 'date' \
             WHEN net_text = '' AND (gross_text = '' OR tax_text = '') THEN 'noamount' \
             WHEN written IS NULL OR ABS(written) > {most} THEN 'net' \
             WHEN currency <> {base} AND rate_text <> '' AND (rate IS NULL OR rate <= 0) THEN 'rate' \
             WHEN currency <> {base} AND rate IS NULL THEN 'norate' \
             WHEN day > {as_of} THEN 'after' ELSE 'count' END AS reason, \
             CASE WHEN gross_fault = 1 OR sign = 'unknown' OR sign = 'minus' AND written < 0 \
             OR ABS(written) > {most} THEN NULL WHEN sign = 'minus' THEN -written ELSE written END AS net"
        )
    }

    /// Cents of the own currency and of the base currency, and the class; keys only where they are needed.
    fn classed(&self) -> String {
        let base = self.constant(&self.config.currency.base);
        let magnitude = format!(
            "CASE WHEN currency = {base} THEN ROUND(ABS(net) * 100, 0) \
             ELSE FLOOR((200 * ABS(net) + rate) / (2 * rate)) END"
        );
        let is_issued = is_issued();
        let counted = |value: &str| format!("CASE WHEN reason = 'count' THEN {value} ELSE '' END AS {value}");
        let keys = [KEYS.map(counted).join(", "), counted("seller"), counted("name")].join(", ");
        format!(
            "CASE WHEN reason <> 'count' THEN reason WHEN {magnitude} = 0 THEN 'zero' \
             WHEN kind = 'credit_note' OR net < 0 THEN 'credit' ELSE 'purchase' END AS class, currency, {keys}, day, \
             number, CASE WHEN net IS NULL OR reason IN ('status', 'sign', 'gross') THEN NULL \
             WHEN kind = 'credit_note' AND {is_issued} THEN -ROUND(ABS(net) * 100, 0) \
             WHEN net < 0 THEN -ROUND(ABS(net) * 100, 0) ELSE ROUND(net * 100, 0) END AS own, \
             CASE WHEN reason <> 'count' THEN 0 WHEN kind = 'credit_note' OR net < 0 THEN -({magnitude}) \
             ELSE {magnitude} END AS base, \
             CASE reason WHEN 'kind' THEN kind_text WHEN 'status' THEN status_text WHEN 'sign' THEN sign_text \
             WHEN 'date' THEN date_text WHEN 'net' THEN CASE WHEN net_text = '' THEN gross_text ELSE net_text END \
             WHEN 'gross' THEN gross_text WHEN 'rate' THEN rate_text ELSE '' END AS sample"
        )
    }

    /// Where in time a document goes: by its day, or into its year and window.
    fn placed(&self) -> String {
        let year_before = (self.dialect.year_before)("last");
        let text = self.dialect.text;
        let (year, on_day) = (text("EXTRACT(YEAR FROM day)"), text("day"));
        let edges = [6, 12, 24, 36, 48].map(|months| (months, date(self.as_of.minus_months(months))));
        let windows = edges.map(|(months, edge)| format!("WHEN day > {edge} THEN '-{months}'"));
        let window = format!("CASE {} ELSE '-' END", windows.join(" "));
        format!(
            "SELECT lasted.*, CASE WHEN own IS NULL THEN 0 ELSE 1 END AS has_amount, \
             CASE WHEN class NOT IN ('purchase', 'credit', 'zero') THEN '' \
             WHEN last IS NULL OR day > {year_before} THEN {on_day} \
             ELSE CONCAT({year}, {window}) END AS bucket FROM lasted"
        )
    }
}

fn date(day: Day) -> String {
    format!("CAST('{day}' AS date)")
}

/// Every document with the last purchase of its customer.
fn lasted() -> String {
    let keys = KEYS.join(", ");
    format!(
        "SELECT classed.*, MAX(CASE WHEN class = 'purchase' THEN day END) OVER (PARTITION BY {keys}) AS last FROM classed"
    )
}

fn totals() -> String {
    let keys = KEYS.join(", ");
    format!(
        "SELECT class, currency, {keys}, seller, bucket, MIN(day) AS first_day, MAX(day) AS last_day, \
         COUNT(*) AS documents, SUM(own) AS own, SUM(base) AS base, MAX(name) AS name, MIN(number) AS number, \
         MIN(sample) AS sample, has_amount FROM placed \
         GROUP BY class, currency, {keys}, seller, bucket, has_amount"
    )
}

fn kind_code(meaning: KindMeaning) -> &'static str {
    match meaning {
        KindMeaning::Document(DraftKind::Issued(DocumentKind::Invoice)) => "invoice",
        KindMeaning::Document(DraftKind::Issued(DocumentKind::CreditNote)) => "credit_note",
        KindMeaning::Document(DraftKind::NotCounted(why)) => code(why),
        KindMeaning::Ignored => "ignored",
    }
}

fn status_code(meaning: StatusMeaning) -> &'static str {
    match meaning {
        StatusMeaning::Counted => "counted",
        StatusMeaning::NotCounted(why) => code(why),
        StatusMeaning::Ignored => "ignored",
    }
}

fn code(why: NotCounted) -> &'static str {
    NOT_COUNTED.iter().find(|(_, known)| *known == why).map_or("void", |(code, _)| code)
}
