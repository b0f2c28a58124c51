//! The inputs of each figure, in words.

use rust_decimal::{Decimal, RoundingStrategy};

use super::super::catalogue::{Figure, Label};
use super::super::cluster::Potential;
use super::super::figures::{ScoreTerm, ltv_trace, score_trace};
use super::super::money::Money;
use super::super::time::{Day, Window};
use super::{Input, Subject};

pub(super) fn inputs(subject: &Subject<'_>, figure: Figure) -> Vec<Input> {
    let Subject { horizon, figures, .. } = subject;
    match figure {
        Figure::Score => score(subject),
        Figure::Cluster => vec![subject.band(), subject.potential()],
        Figure::RevenueBand => band(subject),
        Figure::Revenue36m => revenue(subject, horizon.thirty_six_months()),
        Figure::Revenue12m | Figure::PurchaseDays12m => revenue(subject, horizon.twelve_months()),
        Figure::FirstPurchase | Figure::LastPurchase | Figure::Explanation => Vec::new(),
        Figure::Inactive180d => inactive(subject),
        Figure::ColdCustomer => vec![subject.inactive(), subject.option(Figure::ColdExclusion)],
        Figure::ColdExclusion => exclusion(subject),
        Figure::Action => vec![subject.option(Figure::Cluster)],
        Figure::NextContactDue => next_contact(subject),
        Figure::ContactOverdue => vec![
            subject.input(
                "next contact due",
                "prossimo contatto entro il",
                subject.day(figures.next_contact_due),
            ),
            subject.as_of(),
        ],
        Figure::KeyAccountMissing => vec![
            subject.option(Figure::Cluster),
            subject.yes_no("active owner", "responsabile attivo", subject.facts.active_owner),
        ],
        Figure::Phase => phase(subject),
        Figure::RevenueLastActive => {
            figures.last_purchase.map_or_else(Vec::new, |last| revenue(subject, Window::months_to(last, 12)))
        }
        Figure::Ltv => ltv(subject),
    }
}

fn score(subject: &Subject<'_>) -> Vec<Input> {
    let Subject { rules, horizon, facts, entries, .. } = *subject;
    let Some(trace) = score_trace(rules, horizon, facts, entries) else {
        return vec![subject.day_input("first purchase", "primo acquisto", None)];
    };
    let term = |en, it, term: ScoreTerm| {
        let number = |number: Decimal| subject.explainer.decimal(&number.normalize().to_string());
        // Formatting a decimal with a precision cuts digits off, so it is rounded first.
        let points = term.points.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        let points = subject.explainer.decimal(&format!("{points:.2}"));
        let (input, weight) = (number(term.input), number(term.weight));
        let half = term.half.map(number).map_or_else(String::new, |half| {
            format!(", {} {half}", subject.explainer.choose("half of the points at", "metà dei punti a"))
        });
        let [weight_is, makes] =
            [subject.explainer.choose("weight", "peso"), subject.explainer.choose("points", "punti")];
        subject.input(en, it, format!("{input}{half}, {weight_is} {weight}: {points} {makes}"))
    };
    vec![
        term("revenue of 12 months", "fatturato 12 mesi", trace.revenue),
        term("purchase days of 12 months", "giorni di acquisto 12 mesi", trace.frequency),
        term("full months since the first purchase", "mesi interi dal primo acquisto", trace.seniority),
        term("D&P", "D&P", trace.d_and_p),
    ]
}

fn band(subject: &Subject<'_>) -> Vec<Input> {
    let Subject { rules, horizon, figures, .. } = subject;
    let purchase_in_36m =
        figures.last_purchase.is_some_and(|last| horizon.thirty_six_months().contains(last));
    vec![
        subject.money_input("revenue of 36 months", "fatturato 36 mesi", figures.revenue_36m),
        subject.money_input("threshold", "soglia", rules.high_revenue_above),
        subject.yes_no("purchase in 36 months", "acquisto in 36 mesi", purchase_in_36m),
        subject.day_input("first purchase", "primo acquisto", figures.first_purchase),
    ]
}

fn revenue(subject: &Subject<'_>, window: Window) -> Vec<Input> {
    let entries = || subject.entries.iter().filter(|entry| window.contains(entry.day));
    let sum = |negative: bool| {
        let cents = entries().map(|entry| i128::from(entry.signed.get())).filter(|c| (*c < 0) == negative);
        Money::from_cents(cents.sum())
    };
    let days = format!(
        "{} – {}",
        subject.explainer.day(window.after.plus_days(1)),
        subject.explainer.day(window.through)
    );
    vec![
        subject.input("from – to", "dal – al", days),
        subject.input("documents", "documenti", entries().count().to_string()),
        subject.money_input("invoices", "fatture", sum(false)),
        subject.money_input("credit notes", "note di credito", sum(true)),
    ]
}

fn inactive(subject: &Subject<'_>) -> Vec<Input> {
    let last = subject.figures.last_purchase;
    let days =
        last.map_or_else(|| "–".to_owned(), |last| subject.horizon.as_of().days_since(last).to_string());
    vec![
        subject.day_input("last purchase", "ultimo acquisto", last),
        subject.as_of(),
        subject.input("days since", "giorni trascorsi", days),
        subject.input("inactive after", "inattivo dopo", subject.rules.inactive_after_days.to_string()),
    ]
}

fn exclusion(subject: &Subject<'_>) -> Vec<Input> {
    vec![
        subject.inactive(),
        subject.yes_no("excluded category", "categoria esclusa", subject.facts.excluded_category),
        subject.yes_no("open deal", "trattativa aperta", subject.facts.open_deal),
        subject.potential(),
        subject.yes_no("lost excludes", "il potenziale perso esclude", subject.rules.cold.exclude_lost),
    ]
}

fn next_contact(subject: &Subject<'_>) -> Vec<Input> {
    let Subject { rules, facts, figures, .. } = subject;
    let months = figures.cluster.and_then(|cluster| rules.contact_months.get(&cluster));
    vec![
        subject.option(Figure::Cluster),
        subject.day_input("last direct contact", "ultimo contatto diretto", facts.last_contact),
        subject.day_input("created", "creata il", facts.created),
        subject.input("months", "mesi", months.map_or_else(|| "–".to_owned(), u32::to_string)),
    ]
}

fn phase(subject: &Subject<'_>) -> Vec<Input> {
    let Subject { horizon, figures, .. } = subject;
    let first = figures.first_purchase;
    let months =
        first.map_or_else(|| "–".to_owned(), |first| first.full_months_until(horizon.as_of()).to_string());
    let bought = |from, to| {
        let window = Window::between_months_back(horizon.as_of(), from, to);
        subject.entries.iter().any(|entry| entry.is_purchase() && window.contains(entry.day))
    };
    vec![
        subject.day_input("first purchase", "primo acquisto", first),
        subject.day_input("last purchase", "ultimo acquisto", figures.last_purchase),
        subject.input("full months since the first", "mesi interi dal primo", months),
        subject.yes_no("purchase in the last 12 months", "acquisto negli ultimi 12 mesi", bought(12, 0)),
        subject.yes_no("in the 12 months before", "nei 12 mesi precedenti", bought(24, 12)),
        subject.yes_no("in the 12 months before those", "nei 12 mesi prima ancora", bought(36, 24)),
        subject.inactive(),
        subject.potential(),
    ]
}

fn ltv(subject: &Subject<'_>) -> Vec<Input> {
    let Subject { rules, horizon, entries, explainer, .. } = *subject;
    let mut inputs: Vec<_> = ltv_trace(rules, horizon.as_of(), entries)
        .into_iter()
        .map(|year| {
            let net = explainer.amount(year.net);
            let factor = year.index.map_or_else(String::new, |(then, now)| {
                let [now, then] = [now, then].map(|index| explainer.decimal(&index.normalize().to_string()));
                format!(" × {now} / {then}")
            });
            subject.input("net of the year", "netto dell'anno", format!("{}: {net}{factor}", year.year))
        })
        .collect();
    let margin = explainer.decimal(&rules.ltv.gross_margin.normalize().to_string());
    inputs.push(subject.input("gross margin", "margine lordo", margin));
    inputs
}

/// Words that several figures share.
impl Subject<'_> {
    fn input(&self, en: &'static str, it: &'static str, value: String) -> Input {
        Input { name: self.explainer.choose(en, it), value }
    }

    fn day(&self, day: Option<Day>) -> String {
        day.map_or_else(|| "–".to_owned(), |day| self.explainer.day(day))
    }

    fn day_input(&self, en: &'static str, it: &'static str, day: Option<Day>) -> Input {
        self.input(en, it, self.day(day))
    }

    fn money_input(&self, en: &'static str, it: &'static str, money: Money) -> Input {
        self.input(en, it, self.explainer.amount(money))
    }

    fn yes_no(&self, en: &'static str, it: &'static str, yes: bool) -> Input {
        let text = if yes { self.explainer.choose("yes", "sì") } else { "no" };
        self.input(en, it, text.to_owned())
    }

    fn as_of(&self) -> Input {
        self.day_input("as of", "alla data del", Some(self.horizon.as_of()))
    }

    fn inactive(&self) -> Input {
        self.yes_no("inactive", "inattivo", self.figures.inactive)
    }

    fn band(&self) -> Input {
        self.option(Figure::RevenueBand)
    }

    /// The label of another figure's option.
    fn option(&self, figure: Figure) -> Input {
        let value = self.figures.value(figure, self.explainer);
        let text = |label: Label| label.in_language(self.explainer.language());
        let label = value
            .as_ref()
            .and_then(|value| figure.describe().options.iter().find(|option| option.name == value.as_str()));
        Input {
            name: text(figure.describe().label),
            value: label.map_or("–", |option| text(option.label)).to_owned(),
        }
    }

    fn potential(&self) -> Input {
        let name = |potential| match potential {
            Some(Potential::High) => self.explainer.choose("high", "alto"),
            Some(Potential::Low) => self.explainer.choose("low", "basso"),
            Some(Potential::Lost) => self.explainer.choose("lost", "perso"),
            None => self.explainer.choose("not set", "non indicato"),
        };
        let (set, counts) = (self.facts.potential, self.facts.effective_potential(self.rules));
        let text = if set == counts {
            name(set).to_owned()
        } else {
            format!("{}, {} {}", name(set), self.explainer.choose("taken as", "considerato"), name(counts))
        };
        self.input("potential", "potenziale", text)
    }
}
