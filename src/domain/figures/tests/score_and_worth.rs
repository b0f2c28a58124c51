use rust_decimal::dec;

use super::*;
use crate::domain::rules::{InvalidScoreRules, LtvRules, ScoreHalves, ScoreRules, ScoreTerms};

fn revenue_only(half: Decimal) -> ScoreRules {
    let weights = ScoreTerms { revenue: dec!(1), frequency: dec!(0), seniority: dec!(0), d_and_p: dec!(0) };
    ScoreRules::new(weights, ScoreHalves { revenue: half, ..ScoreRules::default().halves() }).unwrap()
}

fn inputs(revenue: &str) -> ScoreInputs {
    ScoreInputs { revenue_12m: money(revenue), purchase_days_12m: 0, full_months: 0, d_and_p: false }
}

#[test]
fn the_score_by_hand() {
    // 50 · 2836.63/27836.63 + 25 · 5/11 + 15 · 47/83 = 5.0952 + 11.3636 + 8.4940 = 24.9528
    let with = |d_and_p| ScoreInputs {
        revenue_12m: money("2836.63"),
        purchase_days_12m: 5,
        full_months: 47,
        d_and_p,
    };
    let rules = ScoreRules::default();
    assert_eq!(score(&rules, with(false)).to_string(), "25.0");
    assert_eq!(score(&rules, with(true)).to_string(), "35.0");

    // Half of the points of every term at its half-point: 25 + 12.5 + 7.5.
    let halves =
        ScoreInputs { revenue_12m: money("25000"), purchase_days_12m: 6, full_months: 36, d_and_p: false };
    assert_eq!(score(&rules, halves).to_string(), "45.0");
}

#[test]
fn it_is_rounded_half_away_from_zero_at_the_very_end() {
    // 100 · 1/2000 = 0.05, 100 · 5/2000 = 0.25: half to even would give 0.0 and 0.2.
    assert_eq!(score(&revenue_only(dec!(1999)), inputs("1")).to_string(), "0.1");
    assert_eq!(score(&revenue_only(dec!(1995)), inputs("5")).to_string(), "0.3");
    assert_eq!(score(&revenue_only(dec!(1999.01)), inputs("0.99")).to_string(), "0.0");
}

#[test]
fn nothing_below_zero_counts_and_nothing_reaches_the_end_of_the_range() {
    assert_eq!(score(&ScoreRules::default(), inputs("-5000")).to_string(), "0.0");
    let huge = ScoreInputs { revenue_12m: Money::rounded(Decimal::MAX), ..inputs("0") };
    assert_eq!(score(&revenue_only(dec!(1)), huge).to_string(), "100.0");
    assert_eq!(figures("2013-12-31", &facts(), &[]).score, None, "empty, not 0");
    let credited = figures("2013-12-31", &facts(), &[("2013-01-01", "-5")]);
    assert_eq!(credited.score, None, "a credit note is no purchase");
}

#[test]
fn the_trace_shows_every_term_and_adds_up() {
    let as_of = day("2013-12-31");
    let entries = entries(&[("2010-01-06", "500"), ("2013-06-01", "2836.63")]);
    let facts = CompanyFacts { d_and_p: true, ..facts() };
    let trace = score_trace(&Rules::default(), &Horizon::new(as_of), &facts, &entries).unwrap();
    assert_eq!(trace.revenue.input, dec!(2836.63));
    assert_eq!(
        (trace.frequency.input, trace.seniority.input, trace.d_and_p.input),
        (dec!(1), dec!(47), dec!(1))
    );
    assert_eq!((trace.revenue.half, trace.d_and_p.half), (Some(dec!(25000)), None));
    assert_eq!(trace.d_and_p.points, dec!(10));
    let sum = [trace.revenue, trace.frequency, trace.seniority, trace.d_and_p]
        .map(|t| t.points)
        .iter()
        .sum::<Decimal>();
    assert_eq!(
        sum.round_dp(20).round_dp_with_strategy(1, rust_decimal::RoundingStrategy::MidpointAwayFromZero),
        trace.score
    );
}

#[test]
fn score_rules_that_no_score_can_be_computed_with_are_refused() {
    let (weights, halves) = (ScoreRules::default().weights(), ScoreRules::default().halves());
    let negative = ScoreRules::new(ScoreTerms { d_and_p: dec!(-0.1), ..weights }, halves).unwrap_err();
    assert!(matches!(negative, InvalidScoreRules::NegativeWeight { term: "d_and_p", .. }));
    let zero = ScoreTerms { revenue: dec!(0), frequency: dec!(0), seniority: dec!(0), d_and_p: dec!(0) };
    assert_eq!(ScoreRules::new(zero, halves).unwrap_err(), InvalidScoreRules::NoWeight);
    let flat = ScoreRules::new(weights, ScoreHalves { frequency: dec!(0), ..halves }).unwrap_err();
    assert!(matches!(flat, InvalidScoreRules::HalfNotPositive { term: "frequency", .. }));
}

#[test]
fn revenue_while_active_is_that_of_the_year_up_to_the_last_purchase() {
    let documents = [
        ("2012-03-10", "1000"), // exactly 12 months before the last purchase: outside
        ("2012-03-11", "200"),
        ("2012-09-01", "-30"),
        ("2013-03-10", "4"),
        ("2013-03-10", "-1"),
        ("2013-04-01", "-50"), // after the last purchase
    ];
    let last_active = |documents| figures("2013-12-31", &facts(), documents).revenue_last_active;
    assert_eq!(last_active(&documents), Some(money("173")));
    assert_eq!(last_active(&[]), None);
    assert_eq!(last_active(&[("2013-01-01", "-5")]), None);
    let leap = [("2023-02-28", "1"), ("2023-03-01", "2"), ("2024-02-29", "4")];
    assert_eq!(figures("2024-06-30", &facts(), &leap).revenue_last_active, Some(money("6")));
}

#[test]
fn lifetime_value_is_revenue_without_settings() {
    let documents = [("2001-01-01", "100.10"), ("2013-12-31", "-0.20"), ("2014-01-01", "9")];
    assert_eq!(figures("2013-12-31", &facts(), &documents).ltv, money("99.90"));
    assert_eq!(figures("2013-12-31", &facts(), &[]).ltv.to_string(), "0.00");
}

#[test]
fn lifetime_value_revalues_by_the_index_and_takes_the_margin() {
    let ltv = LtvRules {
        price_index: [(2010, dec!(50)), (2012, dec!(100)), (2013, dec!(120))].into(),
        gross_margin: dec!(0.5),
    };
    let rules = Rules { ltv, ..Rules::default() };
    let of = |as_of, documents| figures_by(&rules, as_of, &facts(), documents).ltv;
    assert_eq!(of("2013-12-31", &[("2010-06-01", "10")]), money("12")); // 10 · 120/50 · 0.5
    assert_eq!(of("2013-12-31", &[("2005-06-01", "10")]), money("12"), "the nearest year is 2010");
    assert_eq!(of("2019-12-31", &[("2018-06-01", "10")]), money("5"), "both nearest to 2013");
    assert_eq!(of("2013-12-31", &[("2011-06-01", "10")]), money("12"), "of two equally near the earlier");
    let mixed = [("2010-06-01", "10"), ("2012-06-01", "-10"), ("2013-06-01", "0.01")];
    assert_eq!(of("2013-12-31", &mixed), money("6.01")); // 24 − 12 + 0.01 = 12.01, halved: 6.005
}
