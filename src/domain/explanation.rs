//! Why the score and the cluster are what they are, in one line for people.
//!
//! A function of the figures alone: it names dates and amounts, never the as-of day nor anything counted up to it, so
//! it changes only when a figure does. What is no figure (the potential, D&P, full months) shows only through them.

use super::catalogue::Language;
use super::cluster::{Cluster, RevenueBand};
use super::figures::Figures;
use super::money::Money;
use super::time::Day;

/// Explains figures in a language, with the code of the base currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explainer {
    language: Language,
    currency: Box<str>,
}

impl Explainer {
    /// An explainer for a language and the base currency's ISO 4217 code.
    pub fn new(language: Language, currency: &str) -> Self {
        Self { language, currency: currency.into() }
    }

    /// The language.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// One line, at most 250 characters for amounts below a billion.
    pub fn explain(&self, figures: &Figures) -> String {
        let (Some(score), Some(first), Some(last)) =
            (figures.score, figures.first_purchase, figures.last_purchase)
        else {
            return self
                .choose("No purchase yet: no SiRank, no cluster.", "Nessun acquisto: né SiRank né cluster.")
                .to_owned();
        };
        let score = self.decimal(&format!("{score:.1}"));
        let (year, days) = (self.amount(figures.revenue_12m), figures.purchase_days_12m);
        let (first, last) = (self.day(first), self.day(last));
        let basis = match self.language {
            Language::En => format!(
                "SiRank {score}: {year} in 12 months, purchase dates {days}, customer since {first}, last purchase {last}."
            ),
            Language::It => format!(
                "SiRank {score}: {year} in 12 mesi, date di acquisto {days}, cliente dal {first}, ultimo acquisto {last}."
            ),
        };
        format!("{basis} {}", self.cluster(figures))
    }

    /// An amount with the separators of the language and the currency's code: `EUR 1,234.50`, `1.234,50 EUR`.
    pub fn amount(&self, amount: Money) -> String {
        let text = self.decimal(&amount.to_string());
        match self.language {
            Language::En => format!("{} {text}", self.currency),
            Language::It => format!("{text} {}", self.currency),
        }
    }

    /// A date as the language writes it: `2013-07-20`, `20/07/2013`.
    pub fn day(&self, day: Day) -> String {
        match self.language {
            Language::En => day.to_string(),
            Language::It => day.date().format("%d/%m/%Y").to_string(),
        }
    }

    /// A plain decimal with the separators of the language.
    pub fn decimal(&self, plain: &str) -> String {
        let (thousands, point) = self.separators();
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
        let mut text = String::with_capacity(plain.len() + whole.len() / 3);
        text.push_str(sign);
        for (place, digit) in whole.char_indices() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                text.push(thousands);
            }
            text.push(digit);
        }
        if let Some(fraction) = fraction {
            text.push(point);
            text.push_str(fraction);
        }
        text
    }

    fn cluster(&self, figures: &Figures) -> String {
        let revenue = self.amount(figures.revenue_36m);
        let band = match (figures.revenue_band, self.language) {
            (RevenueBand::High, Language::En) => format!("high revenue ({revenue} in 36 months)"),
            (RevenueBand::High, Language::It) => format!("fatturato alto ({revenue} in 36 mesi)"),
            (RevenueBand::Low, Language::En) => format!("low revenue ({revenue} in 36 months)"),
            (RevenueBand::Low, Language::It) => format!("fatturato basso ({revenue} in 36 mesi)"),
            (RevenueBand::Dormant | RevenueBand::None, Language::En) => "no purchase in 36 months".to_owned(),
            (RevenueBand::Dormant | RevenueBand::None, Language::It) => {
                "nessun acquisto in 36 mesi".to_owned()
            }
        };
        let potential = match figures.cluster {
            Some(Cluster::A | Cluster::B | Cluster::C) => self.choose("high potential", "potenziale alto"),
            Some(Cluster::D | Cluster::E) => self.choose("low potential", "potenziale basso"),
            Some(Cluster::Z) => self.choose("lost potential", "potenziale perso"),
            None if figures.revenue_band == RevenueBand::Dormant => {
                self.choose("no potential that gives one", "nessun potenziale che lo determini")
            }
            None => self.choose("potential not set", "potenziale non indicato"),
        };
        match (figures.cluster, self.language) {
            (Some(cluster), _) => format!("Cluster {cluster}: {band}, {potential}."),
            (None, Language::En) => format!("No cluster: {band}, {potential}."),
            (None, Language::It) => format!("Nessun cluster: {band}, {potential}."),
        }
    }

    const fn separators(&self) -> (char, char) {
        match self.language {
            Language::En => (',', '.'),
            Language::It => ('.', ','),
        }
    }

    /// One of two texts, by the language.
    pub(super) const fn choose(&self, en: &'static str, it: &'static str) -> &'static str {
        match self.language {
            Language::En => en,
            Language::It => it,
        }
    }
}

#[cfg(test)]
mod tests;
