//! The lines of invoices.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) parent: u64,
    /// A product or a service.
    pub(crate) product: u64,
    pub(crate) sequence: usize,
    pub(crate) quantity: Decimal,
    pub(crate) list_price: Decimal,
    /// None: saved in the web pages, which leave it NULL.
    pub(crate) discount_percent: Option<Decimal>,
    pub(crate) comment: String,
    /// VAT, sales, service.
    pub(crate) taxes: [Decimal; 3],
    /// Saved in the web pages: some columns stay NULL.
    pub(crate) by_person: bool,
    /// Whether deleting it puts the product back in stock.
    pub(crate) restocks: bool,
}

impl Line {
    /// Quantity times price less the line's discount.
    pub(crate) fn net(&self) -> Decimal {
        let gross = self.quantity * self.list_price;
        gross - gross * self.discount_percent.unwrap_or_default() / Decimal::ONE_HUNDRED
    }

    /// A column as text, as the database holds it.
    pub(crate) fn column(&self, name: &str) -> Option<String> {
        let fixed = |value: Decimal, decimals: u32| {
            let mut value = value;
            value.rescale(decimals);
            value.to_string()
        };
        Some(match name {
            "quantity" => fixed(self.quantity, 3),
            "listprice" => fixed(self.list_price, 8),
            "discount_percent" => fixed(self.discount_percent?, 3),
            "discount_amount" => {
                self.discount_percent?;
                fixed(Decimal::ZERO, 8)
            }
            "comment" => self.comment.clone(),
            "description" => String::new(),
            "image" => (!self.by_person).then(String::new)?,
            "tax1" => fixed(self.taxes[0], 3),
            "tax2" => fixed(self.taxes[1], 3),
            "tax3" => fixed(self.taxes[2], 3),
            "purchase_cost" | "margin" => fixed(Decimal::ZERO, 8),
            "incrementondel" => if self.restocks { "1" } else { "0" }.to_owned(),
            "sequence_no" => self.sequence.to_string(),
            _ => return None,
        })
    }
}

/// All lines, by number and by invoice.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines {
    by_id: BTreeMap<u64, Line>,
    by_parent: BTreeMap<u64, Vec<u64>>,
    last_id: u64,
}

impl Lines {
    pub(crate) fn get(&self, id: u64) -> Option<&Line> {
        self.by_id.get(&id)
    }

    pub(crate) fn all(&self) -> &BTreeMap<u64, Line> {
        &self.by_id
    }

    pub(crate) fn of(&self, parent: u64) -> &[u64] {
        self.by_parent.get(&parent).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn add(&mut self, line: Line) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        let siblings = self.by_parent.entry(line.parent).or_default();
        siblings.push(id);
        self.by_id.insert(id, Line { sequence: siblings.len(), ..line });
        id
    }

    /// Forgets the lines of an invoice.
    pub(crate) fn clear(&mut self, parent: u64) {
        for id in self.by_parent.remove(&parent).unwrap_or_default() {
            self.by_id.remove(&id);
        }
    }

    /// From which number the next lines are counted.
    pub(crate) fn number_from(&mut self, number: u64) {
        self.last_id = number.saturating_sub(1);
    }
}
