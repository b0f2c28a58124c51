//! CSV files as a source of documents.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::path::PathText;
use crate::settings::problem::Report;
use crate::settings::reading::check_disjoint;

/// CSV files (plain or .gz) with one document a row.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct CsvSource {
    /// What the source is called, here and in reports; no other source may have the name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The files, read in this order.
    #[schemars(with = "Vec<PathText>", length(min = 1))]
    pub files: Vec<PathBuf>,
    /// The character between two fields.
    #[serde(default = "comma")]
    #[schemars(length(min = 1, max = 1))]
    pub separator: String,
    /// Which column holds what, by the names in the header.
    #[serde(default)]
    pub columns: Box<CsvColumns>,
    /// Which texts of the column of kinds mean what. Any other text is unreadable: the row is rejected.
    #[serde(default)]
    pub kinds: CsvKinds,
}

/// The names of the columns in the header. A file may lack those that are marked optional.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct CsvColumns {
    /// The document's id in the ledger.
    pub document_id: String,
    /// The date, YYYY-MM-DD.
    pub date: String,
    /// The net amount, without VAT: digits with a decimal point.
    pub net_amount: String,
    /// The kind of document: optional, without it every row is an invoice.
    pub kind: String,
    /// The number printed on the document: optional.
    pub number: String,
    /// The customer's VAT number: optional if there is another key.
    pub vat_number: String,
    /// The customer's tax code: optional.
    pub tax_code: String,
    /// The customer's id in the ledger: optional.
    pub customer_id: String,
    /// The customer's name, for people to read: optional.
    pub customer_name: String,
    /// The customer's country, two letters: optional.
    pub country: String,
    /// The currency of the amount: optional, without it the base currency.
    pub currency: String,
    /// Units of the document's currency for one unit of the base currency: optional.
    pub exchange_rate: String,
}

/// The texts that name each kind of document; trimmed, upper and lower case alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct CsvKinds {
    /// An invoice.
    pub invoice: Vec<String>,
    /// A credit note.
    pub credit_note: Vec<String>,
    /// Not issued yet: never counted.
    pub draft: Vec<String>,
    /// A pro-forma invoice, a quote, an order: never counted.
    pub pro_forma: Vec<String>,
    /// Cancelled: never counted.
    pub void: Vec<String>,
}

fn comma() -> String {
    ",".into()
}

impl Default for CsvColumns {
    fn default() -> Self {
        let name = str::to_owned;
        Self {
            document_id: name("document_id"),
            date: name("date"),
            net_amount: name("net_amount"),
            kind: name("kind"),
            number: name("number"),
            vat_number: name("vat_number"),
            tax_code: name("tax_code"),
            customer_id: name("customer_id"),
            customer_name: name("customer_name"),
            country: name("country"),
            currency: name("currency"),
            exchange_rate: name("exchange_rate"),
        }
    }
}

impl Default for CsvKinds {
    fn default() -> Self {
        let one = |text: &str| vec![text.to_owned()];
        Self {
            invoice: one("invoice"),
            credit_note: one("credit_note"),
            draft: one("draft"),
            pro_forma: one("pro_forma"),
            void: one("void"),
        }
    }
}

impl CsvSource {
    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        if !self.separator.bytes().all(|byte| byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r')) {
            report.add(
                &format!("{section}.separator"),
                format!("`{}` cannot separate fields", self.separator.escape_default()),
                "Use a comma, a semicolon, a tab (\"\\t\") or another single ASCII character",
            );
        }
        self.kinds.check(section, report);
    }
}

impl CsvKinds {
    /// That no text means two kinds.
    fn check(&self, section: &str, report: &mut Report<'_>) {
        let lists = [
            ("invoice", &self.invoice),
            ("credit_note", &self.credit_note),
            ("draft", &self.draft),
            ("pro_forma", &self.pro_forma),
            ("void", &self.void),
        ];
        check_disjoint(&format!("{section}.kinds"), &lists, report);
    }
}
