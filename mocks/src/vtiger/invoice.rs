//! Invoices: their lines, their totals, and what the stock release does to them.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::crm::Crm;
use super::failure::{Failure, Outcome};
use super::lines::Line;
use super::values::{leading_number, plain, record_number};

/// A line as a seed makes it.
#[derive(Clone, Debug, Default)]
pub struct InvoiceLine {
    /// The number of a product or service.
    pub product: u64,
    /// How many.
    pub quantity: Decimal,
    /// Price of one, without tax.
    pub list_price: Decimal,
    /// Discount on this line; lines made in the web pages have none here.
    pub discount_percent: Decimal,
    /// VAT.
    pub vat_percent: Decimal,
    /// What stands below it.
    pub comment: String,
    /// Made in the web pages, which leave some columns NULL.
    pub by_person: bool,
}

/// One line as a request names it.
type Sent<'a> = &'a Map<String, Value>;

fn sent_lines(element: &Map<String, Value>) -> Vec<Sent<'_>> {
    let lines = element.get("LineItems").and_then(Value::as_array);
    lines.into_iter().flatten().filter_map(Value::as_object).collect()
}

/// Lines are not declared mandatory, and are; a stock server then trips over the id that the invoice has not yet.
pub(crate) fn check_new(element: &Map<String, Value>, guarded: bool) -> Outcome<()> {
    if sent_lines(element).is_empty() {
        return Err(Failure::new("MANDATORY_FIELDS_MISSING", "Mandatory Fields Missing.."));
    }
    if guarded { Ok(()) } else { Err(Failure::invalid_id()) }
}

fn number(sent: Sent<'_>, name: &str) -> Decimal {
    sent.get(name).map(|value| leading_number(&plain(value))).unwrap_or_default()
}

fn line(parent: u64, sent: Sent<'_>) -> Line {
    Line {
        parent,
        product: sent.get("productid").and_then(|id| record_number(&plain(id))).unwrap_or(0),
        sequence: 0,
        quantity: number(sent, "quantity"),
        list_price: number(sent, "listprice"),
        discount_percent: Some(number(sent, "discount_percent")),
        comment: sent.get("comment").map(plain).unwrap_or_default(),
        taxes: [number(sent, "tax1"), number(sent, "tax2"), number(sent, "tax3")],
        by_person: false,
        restocks: true,
    }
}

impl Crm {
    /// Adds a line to an invoice; totals and stock are the caller's.
    pub fn add_line(&mut self, invoice: u64, line: &InvoiceLine) -> u64 {
        self.lines.add(Line {
            parent: invoice,
            product: line.product,
            sequence: 0,
            quantity: line.quantity,
            list_price: line.list_price,
            discount_percent: (!line.by_person).then_some(line.discount_percent),
            comment: line.comment.clone(),
            taxes: [line.vat_percent, Decimal::ZERO, Decimal::ZERO],
            by_person: line.by_person,
            restocks: true,
        })
    }

    /// Shipping and handling of an invoice that the webservice made; invoices of the web pages have no such entry.
    pub fn set_invoice_charges(&mut self, invoice: u64, charge: Option<&str>) {
        self.charges.insert(invoice, charge.map(str::to_owned));
    }

    /// From which number the next lines are counted.
    pub fn number_lines_from(&mut self, number: u64) {
        self.lines.number_from(number);
    }

    /// Whether a line's product exists.
    fn knows_product(&self, sent: Sent<'_>) -> bool {
        let id = sent.get("productid").map(plain).unwrap_or_default();
        self.split(&id).is_some_and(|found| self.exists(&self.schema.modules[found.module].name, found.id))
    }

    /// Lines and totals of a new invoice. Taxes per line kill the server when the header is stored already; an unknown
    /// product is refused as late.
    pub(crate) fn save_new_lines(&mut self, id: u64, element: &Map<String, Value>) -> Outcome<()> {
        let known = sent_lines(element).into_iter().all(|sent| self.knows_product(sent));
        if element.get("hdnTaxType").map(plain).as_deref() == Some("individual") {
            return Err(Failure::Fatal);
        }
        let charge = element.get("shipping_&_handling").map(plain).filter(|text| !text.is_empty());
        let mut subtotal = Decimal::ZERO;
        let mut rate = None;
        for sent in sent_lines(element) {
            let line = line(id, sent);
            subtotal += line.net();
            rate.get_or_insert_with(|| line.taxes.iter().sum::<Decimal>());
            self.take_from_stock(line.product, line.quantity);
            self.lines.add(line);
        }
        if !known {
            return Err(Failure::invalid_id());
        }
        let header = |name: &str| number(element, name);
        let discount =
            subtotal * header("hdnDiscountPercent") / Decimal::ONE_HUNDRED + header("hdnDiscountAmount");
        let charges = charge.as_deref().map(leading_number).unwrap_or_default();
        let net = subtotal - discount;
        let tax = net * rate.unwrap_or_default() / Decimal::ONE_HUNDRED;
        let total = net + tax + charges + header("txtAdjustment");
        let values = [
            ("hdnSubTotal", subtotal),
            ("pre_tax_total", net + charges),
            ("hdnGrandTotal", total),
            ("balance", total),
            ("hdnS_H_Amount", charges),
            ("hdnS_H_Percent", charges),
        ];
        let texts = values.map(|(name, value)| (name, value.to_string()));
        self.put("Invoice", id, &texts.each_ref().map(|(name, value)| (*name, value.as_str())));
        self.charges.insert(id, charge);
        Ok(())
    }

    /// Lines that are sent with a change replace the old ones, the totals are lost, and the server dies.
    pub(crate) fn damage_invoice(&mut self, id: u64, element: &Map<String, Value>) {
        self.lines.clear(id);
        for sent in sent_lines(element) {
            self.lines.add(Line { restocks: false, ..line(id, sent) });
        }
        let lost = [("hdnSubTotal", ""), ("pre_tax_total", ""), ("hdnGrandTotal", ""), ("hdnTaxType", "")];
        self.put("Invoice", id, &lost);
    }

    fn take_from_stock(&mut self, product: u64, quantity: Decimal) {
        let Some(held) = self.value("Products", product, "qtyinstock") else { return };
        let left = Decimal::from_str(&held).unwrap_or_default() - quantity;
        self.put("Products", product, &[("qtyinstock", &left.to_string())]);
    }
}
