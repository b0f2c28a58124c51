//! How tables of people's own, the results of queries, are understood.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::settings::problem::Report;
use crate::settings::reading::check_disjoint;

/// What the columns are called. The names here are looked for too where nothing is said; one that is said has to be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct TableColumns {
    /// The document's id in the ledger: optional if there is a number. No two documents may share it.
    pub document_id: String,
    /// The number printed on the document: optional if there is an id.
    pub number: String,
    /// The series that the number is counted in: optional.
    pub series: String,
    /// The date.
    pub date: String,
    /// The net amount, without VAT: optional if there are gross amount and tax.
    pub net_amount: String,
    /// The amount with VAT: optional.
    pub gross_amount: String,
    /// The VAT: optional.
    pub tax_amount: String,
    /// The kind of document: optional, without it every row is an invoice.
    pub kind: String,
    /// How far the document has come: optional.
    pub status: String,
    /// Whether the amount adds or takes away, such as D and A: optional.
    pub sign: String,
    /// The customer's id in the ledger: optional if there is another key.
    pub customer_id: String,
    /// The customer's VAT number: optional if there is another key.
    pub vat_number: String,
    /// The customer's tax code: optional.
    pub tax_code: String,
    /// The customer's name, for people to read: optional.
    pub customer_name: String,
    /// The customer's country, two letters: optional.
    pub country: String,
    /// The currency of the amounts: optional, without it the base currency.
    pub currency: String,
    /// Units of the document's currency for one unit of the base currency: optional.
    pub exchange_rate: String,
    /// When the row was changed, or a number that grows with every change: optional.
    pub updated_at: String,
    /// The VAT number of the company that issued the document: optional.
    pub seller: String,
}

impl Default for TableColumns {
    fn default() -> Self {
        let name = str::to_owned;
        Self {
            document_id: name("document_id"),
            number: name("number"),
            series: name("series"),
            date: name("date"),
            net_amount: name("net_amount"),
            gross_amount: name("gross_amount"),
            tax_amount: name("tax_amount"),
            kind: name("kind"),
            status: name("status"),
            sign: name("sign"),
            customer_id: name("customer_id"),
            vat_number: name("vat_number"),
            tax_code: name("tax_code"),
            customer_name: name("customer_name"),
            country: name("country"),
            currency: name("currency"),
            exchange_rate: name("exchange_rate"),
            updated_at: name("updated_at"),
            seller: name("seller"),
        }
    }
}

/// The texts that name each kind of document; trimmed, upper and lower case alike. Any other text is unreadable: the row is
/// rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct TableKinds {
    /// An invoice.
    pub invoice: Vec<String>,
    /// A credit note; its amount takes away, with or without a sign.
    pub credit_note: Vec<String>,
    /// Not issued yet: never counted.
    pub draft: Vec<String>,
    /// A pro-forma invoice, a quote, an order: never counted.
    pub pro_forma: Vec<String>,
    /// Cancelled: never counted.
    pub void: Vec<String>,
    /// Refused by the tax authority's exchange system: never counted.
    pub discarded: Vec<String>,
    /// No document of sales at all: the row is passed over.
    pub ignore: Vec<String>,
}

impl Default for TableKinds {
    fn default() -> Self {
        let one = |text: &str| vec![text.to_owned()];
        Self {
            invoice: one("invoice"),
            credit_note: one("credit_note"),
            draft: one("draft"),
            pro_forma: one("pro_forma"),
            void: one("void"),
            discarded: one("discarded"),
            ignore: Vec::new(),
        }
    }
}

impl TableKinds {
    /// That no text means two kinds.
    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        let lists = [
            ("invoice", &self.invoice),
            ("credit_note", &self.credit_note),
            ("draft", &self.draft),
            ("pro_forma", &self.pro_forma),
            ("void", &self.void),
            ("discarded", &self.discarded),
            ("ignore", &self.ignore),
        ];
        check_disjoint(&format!("{section}.kinds"), &lists, report);
    }
}

/// The texts that name each status; trimmed, upper and lower case alike. Without any the column is not looked at; else a
/// row with any other text is rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct TableStatuses {
    /// Issued: counted as its kind says.
    pub counted: Vec<String>,
    /// Not issued yet: never counted.
    pub draft: Vec<String>,
    /// Cancelled: never counted.
    pub void: Vec<String>,
    /// Refused by the tax authority's exchange system: never counted.
    pub discarded: Vec<String>,
    /// No document of sales at all: the row is passed over.
    pub ignore: Vec<String>,
}

impl TableStatuses {
    /// That no text means two statuses.
    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        let lists = [
            ("counted", &self.counted),
            ("draft", &self.draft),
            ("void", &self.void),
            ("discarded", &self.discarded),
            ("ignore", &self.ignore),
        ];
        check_disjoint(&format!("{section}.statuses"), &lists, report);
    }
}

/// The texts of a column that says whether an amount adds or takes away. Without any the column is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct TableSigns {
    /// It adds.
    pub plus: Vec<String>,
    /// It takes away.
    pub minus: Vec<String>,
}

impl TableSigns {
    /// That no text means both.
    pub(super) fn check(&self, section: &str, report: &mut Report<'_>) {
        let lists = [("plus", &self.plus), ("minus", &self.minus)];
        check_disjoint(&format!("{section}.signs"), &lists, report);
    }
}
