//! The digest in words.

use super::plain::short;
use super::{Block, Message, Words};
use crate::notify::digest::{Digest, Named, Names};

/// The longest name that is told whole.
const LONGEST_NAME: usize = 80;

impl Words {
    pub(super) fn digest(&self, digest: &Digest) -> Message {
        let Digest { from, to, cold, active, moved, .. } = digest;
        let (from, to) = (self.moment(*from), self.moment(*to));
        let mut blocks =
            vec![Block::Line(self.choose(format!("From {from} to {to}."), format!("Dal {from} al {to}.")))];
        if digest.is_empty() {
            blocks.push(Block::Line(self.text(
                "No customer has become cold, none is active again, none has changed cluster.",
                "Nessun cliente è diventato freddo, nessuno è tornato attivo, nessuno ha cambiato cluster.",
            )));
        }
        let lists = [
            (cold, "New cold customers (revenue while active)", "Nuovi clienti freddi (fatturato da attivo)"),
            (active, "Active again (revenue of 12 months)", "Tornati attivi (fatturato di 12 mesi)"),
            (moved, "Cluster moves (revenue of 36 months)", "Cambi di cluster (fatturato di 36 mesi)"),
        ];
        for (names, en, it) in lists {
            if names.count > 0 {
                let heading = format!("{}: {}", self.text(en, it), self.number(names.count));
                blocks.push(Block::List { heading, items: self.named(names) });
            }
        }
        let companies = self.number(digest.companies);
        blocks.push(Block::Line(self.choose(
            format!("Companies in the CRM: {companies}."),
            format!("Aziende nel CRM: {companies}."),
        )));
        let subject = self.choose(
            format!(
                "sirank: {} newly cold, {} active again, {} in another cluster",
                self.number(cold.count),
                self.number(active.count),
                self.number(moved.count)
            ),
            format!(
                "sirank: freddi {}, tornati attivi {}, cambi di cluster {}",
                self.number(cold.count),
                self.number(active.count),
                self.number(moved.count)
            ),
        );
        Message { subject, blocks }
    }

    fn named(&self, names: &Names) -> Vec<String> {
        let mut items: Vec<String> = names.first.iter().map(|named| self.name(named)).collect();
        let more = names.count - names.first.len() as u64;
        if more > 0 {
            let more = self.number(more);
            items.push(self.choose(format!("and {more} more"), format!("e altri {more}")));
        }
        items
    }

    fn name(&self, named: &Named) -> String {
        let mut text = short(&named.name, LONGEST_NAME);
        if let Some(moved) = &named.moved {
            text = format!("{text}: {} → {}", short(&moved.from, 3), short(&moved.to, 3));
        }
        match named.revenue {
            Some(revenue) => format!("{text} ({})", self.figures.amount(revenue)),
            None => text,
        }
    }

    fn number(&self, number: u64) -> String {
        self.figures.decimal(&number.to_string())
    }
}
