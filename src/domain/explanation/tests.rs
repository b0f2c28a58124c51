use proptest::prelude::*;

use super::*;
use crate::domain::catalogue::Figure;
use crate::domain::cluster::Potential;
use crate::domain::document::{DocumentKind, Entry};
use crate::domain::figures::{CompanyFacts, Figures, Horizon, compute, up_to};
use crate::domain::money::Cents;
use crate::domain::rules::Rules;

fn facts(potential: Option<Potential>) -> CompanyFacts {
    CompanyFacts {
        created: None,
        potential,
        excluded_category: false,
        d_and_p: false,
        active_owner: true,
        last_contact: None,
        open_deal: false,
    }
}

fn figures(as_of: &str, potential: Option<Potential>, documents: &[(&str, i64)]) -> Figures {
    let entries: Vec<_> = documents
        .iter()
        .map(|(date, cents)| {
            Entry::new(date.parse().unwrap(), DocumentKind::Invoice, Cents::new(*cents).unwrap())
        })
        .collect();
    let as_of = as_of.parse().unwrap();
    compute(&Rules::default(), &Horizon::new(as_of), &facts(potential), up_to(&entries, as_of))
}

fn both(figures: &Figures) -> [String; 2] {
    [Language::En, Language::It].map(|language| Explainer::new(language, "EUR").explain(figures))
}

const HIGH: Option<Potential> = Some(Potential::High);

#[test]
fn score_and_cluster_are_explained_in_both_languages() {
    let customer =
        figures("2013-12-31", HIGH, &[("2010-01-06", 1), ("2011-03-01", 799_070), ("2013-07-20", 283_663)]);
    assert_eq!(
        both(&customer),
        [
            "SiRank 17.2: EUR 2,836.63 in 12 months, purchase dates 1, customer since 2010-01-06, last purchase \
             2013-07-20. Cluster A: high revenue (EUR 10,827.33 in 36 months), high potential.",
            "SiRank 17,2: 2.836,63 EUR in 12 mesi, date di acquisto 1, cliente dal 06/01/2010, ultimo acquisto \
             20/07/2013. Cluster A: fatturato alto (10.827,33 EUR in 36 mesi), potenziale alto.",
        ]
    );
}

#[test]
fn every_cell_says_its_band_and_potential() {
    let (high, low, dormant) = (("2013-07-20", 2_000_000), ("2013-07-20", 100), ("2010-07-20", 100));
    let table = [
        (Some(Potential::High), low, "Cluster B: low revenue (EUR 1.00 in 36 months), high potential."),
        (Some(Potential::High), dormant, "Cluster C: no purchase in 36 months, high potential."),
        (Some(Potential::Low), high, "Cluster D: high revenue (EUR 20,000.00 in 36 months), low potential."),
        (Some(Potential::Low), dormant, "Cluster E: no purchase in 36 months, low potential."),
        (Some(Potential::Lost), low, "Cluster Z: low revenue (EUR 1.00 in 36 months), lost potential."),
        (None, low, "No cluster: low revenue (EUR 1.00 in 36 months), potential not set."),
        (None, dormant, "No cluster: no purchase in 36 months, no potential that gives one."),
    ];
    for (potential, document, ending) in table {
        let [text, _] = both(&figures("2013-12-31", potential, &[document]));
        assert!(text.ends_with(ending), "{text}");
    }
    let prospect = both(&figures("2013-12-31", HIGH, &[]));
    assert_eq!(
        prospect,
        ["No purchase yet: no SiRank, no cluster.", "Nessun acquisto: né SiRank né cluster."]
    );
}

#[test]
fn numbers_are_grouped_as_the_language_does() {
    let (en, it) = (Explainer::new(Language::En, "EUR"), Explainer::new(Language::It, "CHF"));
    let table = [
        ("0.00", "0.00", "0,00"),
        ("-12.50", "-12.50", "-12,50"),
        ("999.99", "999.99", "999,99"),
        ("1000.00", "1,000.00", "1.000,00"),
        ("-1234567.89", "-1,234,567.89", "-1.234.567,89"),
        ("25", "25", "25"),
    ];
    for (plain, english, italian) in table {
        assert_eq!((en.decimal(plain), it.decimal(plain)), (english.to_owned(), italian.to_owned()));
    }
    let amount = Money::from_cents(-123_456);
    assert_eq!(
        (en.amount(amount), it.amount(amount)),
        ("EUR -1,234.56".to_owned(), "-1.234,56 CHF".to_owned())
    );
}

#[test]
fn a_line_stays_below_250_characters() {
    let cents = 99_999_999_999;
    let big =
        figures("2013-12-31", None, &[("2010-01-01", cents), ("2013-12-30", cents), ("2013-12-31", cents)]);
    for text in both(&big) {
        assert!(text.chars().count() <= 250 && !text.contains('\n'), "{} {text}", text.chars().count());
    }
}

/// The values of all figures but the explanation.
fn others(figures: &Figures) -> Vec<Option<crate::domain::value::Value>> {
    let explainer = Explainer::new(Language::En, "EUR");
    let all = Figure::ALL.into_iter().filter(|figure| *figure != Figure::Explanation);
    all.map(|figure| figures.value(figure, &explainer)).collect()
}

proptest! {
    /// From one day to the next, and whatever people fill in: it changes only when another figure does.
    #[test]
    fn it_changes_only_when_a_figure_does(
        documents in proptest::collection::vec((0_u64..2_500, 1_i64..3_000_000), 0..6),
        days in 0_u64..2_600,
        later in 0_u64..40,
        potentials in (0..4_usize, 0..4_usize),
        d_and_p in any::<(bool, bool)>(),
    ) {
        let start: Day = "2007-01-01".parse().unwrap();
        let mut entries: Vec<_> = documents
            .into_iter()
            .map(|(day, cents)| Entry { day: start.plus_days(day), signed: Cents::new(cents).unwrap() })
            .collect();
        entries.sort_by_key(|entry| entry.day);
        let potential = |choice| [None, HIGH, Some(Potential::Low), Some(Potential::Lost)][choice];
        let on = |days, potential_choice, d_and_p| {
            let as_of = start.plus_days(days);
            let facts = CompanyFacts { d_and_p, ..facts(potential(potential_choice)) };
            compute(&Rules::default(), &Horizon::new(as_of), &facts, up_to(&entries, as_of))
        };
        let before = on(days, potentials.0, d_and_p.0);
        let after = on(days + later, potentials.1, d_and_p.1);
        if others(&before) == others(&after) {
            prop_assert_eq!(both(&before), both(&after));
        }
    }
}
