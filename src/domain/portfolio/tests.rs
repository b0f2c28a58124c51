use rust_decimal::dec;

use super::*;
use crate::domain::cluster::Potential;
use crate::domain::document::Entry;
use crate::domain::figures::{Horizon, compute};
use crate::domain::money::Cents;
use crate::domain::rules::Rules;
use crate::domain::time::Day;

/// A potential and documents.
type Company<'a> = (Option<Potential>, &'a [(&'a str, i64)]);

/// The key figures on 2013-12-31 of companies given by their potential and documents, amounts in units.
fn key_figures(companies: &[Company<'_>]) -> KeyFigures {
    let horizon = Horizon::new("2013-12-31".parse().unwrap());
    let mut portfolio = Portfolio::default();
    for (potential, documents) in companies {
        let facts = CompanyFacts {
            created: None,
            potential: *potential,
            excluded_category: false,
            d_and_p: false,
            active_owner: true,
            last_contact: None,
            open_deal: false,
        };
        let entry = |(date, units): &(&str, i64)| Entry {
            day: date.parse::<Day>().unwrap(),
            signed: Cents::new(units * 100).unwrap(),
        };
        let mut entries: Vec<_> = documents.iter().map(entry).collect();
        entries.sort_by_key(|entry| entry.day);
        portfolio.add(&facts, &compute(&Rules::default(), &horizon, &facts, &entries));
    }
    portfolio.key_figures()
}

const HIGH: Option<Potential> = Some(Potential::High);

#[test]
fn retention_compares_the_two_last_years() {
    let kpis = key_figures(&[
        (HIGH, &[("2012-06-01", 100), ("2013-06-01", 150)]), // retained, grew
        (HIGH, &[("2012-12-31", 100), ("2013-01-01", 50)]),  // retained, on both edges
        (HIGH, &[("2012-06-01", 100)]),                      // lost
        (HIGH, &[("2012-06-01", 100), ("2013-06-01", -10)]), // a credit note does not retain
        (HIGH, &[("2011-12-31", 70), ("2013-06-01", 30)]),   // neither earlier nor new
        (HIGH, &[("2013-03-01", 80)]),                       // new
    ]);
    assert_eq!((kpis.customers_earlier, kpis.retained), (4, 2));
    assert_eq!(kpis.retention_rate.unwrap().to_string(), "0.5000");
    assert_eq!(kpis.churn_rate.unwrap().to_string(), "0.5000");
    assert_eq!(kpis.net_revenue_retention.unwrap().to_string(), "0.4750"); // 190 of 400
    assert_eq!(kpis.new_revenue_share.unwrap().to_string(), "0.2667"); // 80 of 300
}

#[test]
fn rates_are_rounded_half_away_from_zero_and_empty_over_zero() {
    assert_eq!(rate(dec!(3), dec!(32)).unwrap().to_string(), "0.0938"); // 0.09375
    assert_eq!(rate(dec!(-3), dec!(32)).unwrap().to_string(), "-0.0938");
    assert_eq!(rate(dec!(2), dec!(3)).unwrap().to_string(), "0.6667");
    assert_eq!(rate(dec!(5), dec!(0.00)), None);
    let empty = key_figures(&[]);
    assert_eq!((empty.retention_rate, empty.churn_rate), (None, None));
    assert_eq!((empty.net_revenue_retention, empty.new_revenue_share), (None, None));
    assert_eq!(empty.customer_equity.to_string(), "0.00");
    assert_eq!(serde_json::to_value(&empty.matrix).unwrap(), serde_json::json!({}));
}

#[test]
fn the_matrix_has_a_cell_per_cluster_and_one_for_none() {
    let kpis = key_figures(&[
        (HIGH, &[("2010-06-01", 40), ("2013-06-01", 20_000)]),
        (HIGH, &[("2013-06-01", 10_001)]),
        (HIGH, &[("2013-06-01", 10_001)]),
        (None, &[("2013-06-01", 7)]),
        (Some(Potential::Low), &[]), // a prospect
    ]);
    let matrix = serde_json::to_value(&kpis.matrix).unwrap();
    assert_eq!(
        matrix["A"],
        serde_json::json!({
            "companies": 3, "revenue_36m": "40002.00", "average": "13334.00", "revenue_12m_before": "40.00"
        })
    );
    assert_eq!(matrix["none"]["companies"], 2);
    assert_eq!(matrix["none"]["average"], "3.50");
    assert_eq!(matrix.as_object().unwrap().len(), 2);
    assert_eq!((kpis.companies, kpis.potential_missing), (5, 1));
}

#[test]
fn fully_credited_customers_are_counted_prospects_are_not() {
    let kpis = key_figures(&[
        (HIGH, &[("2012-06-01", 100), ("2012-07-01", -100)]),
        (HIGH, &[("2012-06-01", 100), ("2012-07-01", -150)]),
        (HIGH, &[("2012-06-01", 100), ("2012-07-01", -99)]),
        (HIGH, &[("2012-07-01", -5)]), // never a purchase
        (HIGH, &[]),
    ]);
    assert_eq!(kpis.fully_credited, 2);
    assert_eq!(kpis.customer_equity.to_string(), "-54.00");
}

#[test]
fn cold_customers_count_with_what_they_used_to_bring() {
    let kpis = key_figures(&[
        (HIGH, &[("2011-01-01", 500), ("2011-12-01", 100), ("2012-02-01", 30)]),
        (Some(Potential::Lost), &[("2011-01-01", 1000)]),
        (HIGH, &[("2013-12-01", 1000)]),
    ]);
    assert_eq!(kpis.cold_customers, 1);
    assert_eq!(kpis.cold_revenue_last_active.to_string(), "130.00");
}
