//! How an invoice reads: its header, its lines, and the bulk that comes with them.

use std::borrow::Cow;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};

use super::access::Found;
use super::crm::Crm;
use super::json::Json;
use super::lines::Line;
use super::show::{Mode, Part, Row};
use super::user::User;
use super::write::Written;

type Entries<'a> = Vec<(Cow<'a, str>, Json<'a>)>;

/// The taxes of the installation: name, label, percent where a line says nothing.
const TAXES: [(&str, &str, &str); 3] =
    [("tax1", "VAT", "22.000"), ("tax2", "Sales", "10.000"), ("tax3", "Service", "12.500")];

/// The columns of a line in an answer.
const COLUMNS: [&str; 13] = [
    "sequence_no",
    "quantity",
    "listprice",
    "discount_percent",
    "discount_amount",
    "comment",
    "description",
    "incrementondel",
    "tax1",
    "tax2",
    "tax3",
    "image",
    "purchase_cost",
];

fn fixed(value: Decimal, decimals: u32) -> String {
    let mut value = value.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    value.rescale(decimals);
    value.to_string()
}

fn maybe<'a>(text: Option<String>) -> Json<'a> {
    text.map_or(Json::Null, Json::text)
}

impl Crm {
    /// What `retrieve` adds to the header.
    pub(crate) fn invoice_details(&self, id: u64, user: &User) -> Entries<'_> {
        let mut entries = self.charge_entries(id);
        entries.push(("LineItems".into(), self.line_items(id)));
        let first = self.lines.of(id).first().and_then(|line| self.lines.get(*line));
        let product = first.map_or_else(String::new, |line| self.product_id(line));
        entries.push(("productid".into(), Json::text(product)));
        entries.push(("LineItems_FinalDetails".into(), self.final_details(id, user)));
        entries
    }

    fn charge_entries(&self, id: u64) -> Entries<'_> {
        let name = "shipping_&_handling";
        match self.charges.get(&id) {
            None => Vec::new(),
            Some(Some(charge)) => vec![(name.into(), Json::text(charge.as_str()))],
            Some(None) => {
                let mut entries: Entries<'_> = vec![(name.into(), Json::Null)];
                for tax in 1..=3 {
                    entries.push((format!("{name}_shtax{tax}").into(), Json::Int(0)));
                }
                entries
            }
        }
    }

    fn product_module(&self, line: &Line) -> &'static str {
        if self.exists("Services", line.product) { "Services" } else { "Products" }
    }

    fn product_id(&self, line: &Line) -> String {
        format!("{}x{}", self.schema.prefix(self.product_module(line)), line.product)
    }

    fn product_value(&self, line: &Line, product: &str, service: &str) -> Option<String> {
        match self.product_module(line) {
            "Services" => self.value("Services", line.product, service),
            _ => self.value("Products", line.product, product),
        }
    }

    fn line_items(&self, id: u64) -> Json<'_> {
        let prefix = self.schema.prefix("LineItem");
        let parent = format!("{}x{id}", self.schema.prefix("Invoice"));
        let numbered =
            self.lines.of(id).iter().filter_map(|number| Some((*number, self.lines.get(*number)?)));
        let items = numbered.map(|(number, line)| {
            let mut entries: Entries<'_> = vec![
                ("parent_id".into(), Json::text(parent.clone())),
                ("productid".into(), Json::text(self.product_id(line))),
            ];
            entries.extend(COLUMNS.iter().map(|name| ((*name).into(), maybe(line.column(name)))));
            entries.push(("margin".into(), maybe(line.column("margin"))));
            entries.push(("id".into(), Json::text(format!("{prefix}x{number}"))));
            let name = self.product_value(line, "productname", "servicename");
            entries.push(("product_name".into(), maybe(name)));
            entries.push(("entity_type".into(), Json::text(self.product_module(line))));
            entries.push(("deleted".into(), Json::text("0")));
            Json::Object(entries)
        });
        Json::List(items.collect())
    }

    /// The answer to a change: after a create some totals are numbers, and the balance is stale.
    pub(crate) fn written_invoice(&self, user: &User, written: &Written) -> Json<'_> {
        let found = written.found;
        let mut entries: Entries<'_> = self.entries(user, found);
        let id = entries.pop();
        if written.action == "create" {
            entries = entries.into_iter().map(|(name, value)| self.fresh(found, name, value)).collect();
            entries.push(("label".into(), self.label(found)));
            entries.extend(self.charge_entries(found.id));
            entries.push(("LineItems".into(), self.line_items(found.id)));
            entries.push(("productid".into(), Json::text("")));
            let header = self.header_details(found.id, user, None);
            let first = Json::object([("final_details", header)]);
            entries.push(("LineItems_FinalDetails".into(), Json::object([("1", first)])));
            entries.push(("new".into(), Json::Bool(true)));
        } else {
            entries.extend(self.first_line(found));
            entries.push(("label".into(), self.label(found)));
            entries.push(("LineItems".into(), self.line_items(found.id)));
        }
        Json::Object(id.into_iter().chain(entries).collect())
    }

    fn fresh<'a>(&'a self, found: Found, name: Cow<'a, str>, value: Json<'a>) -> (Cow<'a, str>, Json<'a>) {
        let value = match name.as_ref() {
            "hdnSubTotal" | "hdnGrandTotal" | "pre_tax_total" => {
                Json::Number(self.total(found.id, &name).normalize().to_string())
            }
            "balance" => Json::text("0.00000000"),
            _ => value,
        };
        (name, value)
    }

    /// The first line's columns, which an answer to a change mixes with the header's.
    fn first_line(&self, found: Found) -> Entries<'_> {
        let line = self.lines.of(found.id).first().copied();
        let row = Row { id: found.id, part: Part::Line(line) };
        let fields = self.schema.modules[found.module].fields.iter().enumerate();
        let columns = fields.filter(|(_, field)| field.line).map(|(at, field)| {
            let value = match field.name.as_str() {
                "image" | "purchase_cost" | "margin" => Json::Null,
                _ => self.read(found.module, row, at, Mode::Retrieve),
            };
            (field.name.as_str().into(), value)
        });
        columns.collect()
    }

    fn total(&self, id: u64, field: &str) -> Decimal {
        let text = self.value("Invoice", id, field).unwrap_or_default();
        Decimal::from_str(&text).unwrap_or_default()
    }

    fn final_details(&self, id: u64, user: &User) -> Json<'_> {
        let lines = self.lines.of(id).iter().filter_map(|number| self.lines.get(*number));
        let mut shown: Entries<'_> = lines
            .enumerate()
            .map(|(index, line)| {
                let mut entries = self.line_details(index + 1, line, user);
                if index == 0 {
                    let header = self.header_details(id, user, Some(line));
                    entries.push(("final_details".into(), header));
                }
                ((index + 1).to_string().into(), Json::Object(entries))
            })
            .collect();
        if shown.is_empty() {
            let header = self.header_details(id, user, None);
            shown.push(("1".into(), Json::object([("final_details", header)])));
        }
        Json::Object(shown)
    }

    fn line_details(&self, index: usize, line: &Line, user: &User) -> Entries<'_> {
        let decimals = user.rounds_to();
        let money = |value: Decimal| Json::text(fixed(value, decimals));
        let gross = line.quantity * line.list_price;
        let percent = line.discount_percent.unwrap_or_default();
        let service = self.product_module(line) == "Services";
        let price = self.product_value(line, "unit_price", "unit_price").unwrap_or_default();
        let mut entries: Vec<(&str, Json<'_>)> = vec![
            ("purchaseCost", money(Decimal::ZERO)),
            ("margin", money(Decimal::ZERO)),
            ("productDeleted", Json::Bool(false)),
            ("entityType", Json::text(self.product_module(line))),
        ];
        if index > 1 {
            entries.push(("delRow", Json::text("Del")));
        }
        let stock = self.value("Products", line.product, "qtyinstock");
        let stock = stock.and_then(|text| Decimal::from_str(&text).ok());
        entries.extend([
            ("hdnProductId", Json::text(line.product.to_string())),
            ("productName", maybe(self.product_value(line, "productname", "servicename"))),
            ("hdnProductcode", maybe(self.product_value(line, "product_no", "service_no"))),
            ("productDescription", Json::text("")),
            ("comment", Json::text(line.comment.clone())),
            ("qtyInStock", Json::text(stock.map_or("NA".to_owned(), |stock| stock.normalize().to_string()))),
            ("qty", Json::text(line.quantity.normalize().to_string())),
            ("listPrice", money(line.list_price)),
            ("unitPrice", money(Decimal::from_str(&price).unwrap_or_default())),
            ("productTotal", money(gross)),
            ("subproduct_ids", Json::text("")),
        ]);
        if !service {
            entries.push(("subprod_qty_list", Json::List(Vec::new())));
            entries.push(("subprod_names", Json::text("")));
        }
        if percent.is_zero() {
            entries.extend([
                ("discount_percent", Json::Int(0)),
                ("discount_amount", Json::Int(0)),
                ("checked_discount_zero", Json::text(" checked")),
            ]);
        } else {
            entries.extend([
                ("discount_percent", Json::text(percent.normalize().to_string())),
                ("discount_amount", Json::Int(0)),
                ("discount_type", Json::text("percentage")),
                ("checked_discount_percent", Json::text(" checked")),
                ("style_discount_percent", Json::text(" style=\"visibility:visible\"")),
                ("style_discount_amount", Json::text(" style=\"visibility:hidden\"")),
            ]);
        }
        entries.extend([
            ("discountTotal", money(gross - line.net())),
            ("totalAfterDiscount", money(line.net())),
            ("taxTotal", money(Decimal::ZERO)),
            ("netPrice", money(line.net())),
        ]);
        entries.into_iter().map(|(name, value)| (format!("{name}{index}").into(), value)).collect()
    }

    /// `line`: the first one, whose taxes count for all; none: the header was stored and nothing else yet.
    fn header_details(&self, id: u64, user: &User, line: Option<&Line>) -> Json<'_> {
        let decimals = user.rounds_to();
        let money = |value: Decimal| Json::text(fixed(value, decimals));
        let stored = |name: &str| if line.is_some() { self.total(id, name) } else { Decimal::ZERO };
        let charges = self.total(id, "hdnS_H_Amount");
        let adjustment = self.total(id, "txtAdjustment");
        let subtotal = stored("hdnSubTotal");
        let percent = self.total(id, "hdnDiscountPercent");
        let discount = subtotal * percent / Decimal::ONE_HUNDRED;
        let net = subtotal - discount;
        let kind = self.value("Invoice", id, "hdnTaxType").filter(|kind| !kind.is_empty());
        let (taxes, tax_total) = taxes(net, line, kind.is_some(), decimals);
        let mut entries: Entries<'_> = vec![("taxtype".into(), maybe(kind))];
        let discounted = !percent.is_zero();
        let word = if discounted { "percentage" } else { "zero" };
        entries.push(("discount_type_final".into(), Json::text(word)));
        entries.push(("hdnSubTotal".into(), money(subtotal)));
        let shown = if discounted { Json::text(fixed(percent, 3)) } else { Json::Int(0) };
        entries.push(("discount_percentage_final".into(), shown));
        entries.push(("discount_amount_final".into(), money(Decimal::ZERO)));
        if discounted {
            entries.extend([
                ("checked_discount_percentage_final".into(), Json::text(" checked")),
                ("style_discount_percentage_final".into(), Json::text(" style=\"visibility:visible\"")),
                ("style_discount_amount_final".into(), Json::text(" style=\"visibility:hidden\"")),
            ]);
        }
        let shipping = TAXES.iter().zip(1..).map(|((_, label, _), number)| {
            tax(&format!("shtax{number}"), label, number, Json::Int(0), Json::Int(0))
        });
        entries.extend([
            ("discountTotal_final".into(), money(discount)),
            ("taxes".into(), taxes),
            ("tax_totalamount".into(), money(tax_total)),
            ("shipping_handling_charge".into(), money(charges)),
            ("sh_taxes".into(), Json::List(shipping.collect())),
            ("shtax_totalamount".into(), money(Decimal::ZERO)),
            ("adjustment".into(), money(adjustment)),
            ("grandTotal".into(), money(stored("hdnGrandTotal"))),
            ("preTaxTotal".into(), money(net + charges)),
            ("totalAfterDiscount".into(), money(net)),
            ("chargesAndItsTaxes".into(), self.charges_of(id)),
            ("deductTaxes".into(), Json::List(Vec::new())),
            ("deductTaxesTotalAmount".into(), money(Decimal::ZERO)),
        ]);
        Json::Object(entries)
    }

    fn charges_of(&self, id: u64) -> Json<'_> {
        match self.charges.get(&id) {
            None => Json::List(Vec::new()),
            Some(Some(charge)) => {
                Json::object([("1", Json::object([("value", Json::text(charge.as_str()))]))])
            }
            Some(None) => {
                let none = Json::object([("1", Json::Int(0)), ("2", Json::Int(0)), ("3", Json::Int(0))]);
                Json::object([("1", Json::object([("value", Json::Null), ("taxes", none)]))])
            }
        }
    }
}

/// The header's taxes and their sum. Without a tax type the installation's own percentages show.
fn taxes<'a>(net: Decimal, line: Option<&Line>, typed: bool, decimals: u32) -> (Json<'a>, Decimal) {
    let mut shown: Entries<'a> = Vec::new();
    let mut total = Decimal::ZERO;
    for (index, (name, label, standard)) in TAXES.iter().enumerate() {
        let (percentage, amount) = match line {
            None => (Json::Int(0), Decimal::ZERO),
            Some(line) if typed || index == 0 => {
                (Json::text(fixed(line.taxes[index], 3)), net * line.taxes[index] / Decimal::ONE_HUNDRED)
            }
            Some(_) => (Json::text(*standard), Decimal::ZERO),
        };
        let rounded = amount.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
        total += rounded;
        // What had to be rounded comes as a number, what had not as text.
        let written = if rounded == amount {
            Json::text(fixed(amount, decimals))
        } else {
            Json::Number(rounded.normalize().to_string())
        };
        let entry = tax(name, label, index + 1, percentage, written);
        shown.push(((index + 1).to_string().into(), entry));
    }
    (Json::Object(shown), total)
}

fn tax<'a>(name: &str, label: &'a str, number: usize, percentage: Json<'a>, amount: Json<'a>) -> Json<'a> {
    Json::object([
        ("taxname", Json::text(name.to_owned())),
        ("taxlabel", Json::text(label)),
        ("percentage", percentage),
        ("amount", amount),
        ("taxid", Json::text(number.to_string())),
        ("type", Json::text("Fixed")),
        ("method", Json::text("Simple")),
        ("regions", Json::List(Vec::new())),
        ("compoundon", Json::List(Vec::new())),
    ])
}
