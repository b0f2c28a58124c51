use super::*;

#[test]
fn windows_are_open_at_their_start_and_closed_at_the_as_of_day() {
    let each = [
        ("2009-12-31", "1"), // 48 months back: before every window
        ("2010-01-01", "2"),
        ("2010-12-31", "4"), // 36 months back: still the year before the window
        ("2011-01-01", "8"),
        ("2011-12-31", "16"),
        ("2012-01-01", "32"),
        ("2012-12-31", "64"),
        ("2013-01-01", "128"),
        ("2013-12-31", "256"),
        ("2014-01-01", "512"), // after the as-of day
    ];
    let figures = figures("2013-12-31", &facts(), &each);
    assert_eq!(figures.revenue_12m, money("384"));
    assert_eq!(figures.revenue_36m, money("504"));
    assert_eq!(figures.portfolio.revenue_12m_before_36m, money("6"));
    assert_eq!(figures.portfolio.revenue_earlier, money("96"));
    assert_eq!(figures.revenue_total, money("511"));
    assert_eq!(figures.purchase_days_12m, 2);
    assert_eq!(
        (figures.first_purchase, figures.last_purchase),
        (Some(day("2009-12-31")), Some(day("2013-12-31")))
    );
}

#[test]
fn a_day_that_the_month_lacks_is_its_last_day() {
    // (as-of, the last day before the window of 12 months, of 36, of 48)
    let table = [
        ("2024-02-29", "2023-02-28", "2021-02-28", "2020-02-29"),
        ("2023-02-28", "2022-02-28", "2020-02-28", "2019-02-28"),
        ("2013-12-31", "2012-12-31", "2010-12-31", "2009-12-31"),
        ("2024-03-01", "2023-03-01", "2021-03-01", "2020-03-01"),
    ];
    for (as_of, twelve, thirty_six, forty_eight) in table {
        let in_12m = |date: &str| figures(as_of, &facts(), &[(date, "1")]).purchase_days_12m == 1;
        assert!(!in_12m(twelve), "{as_of}");
        assert!(in_12m(&day(twelve).plus_days(1).to_string()), "{as_of}");
        let revenue_36m = |date: Day| figures(as_of, &facts(), &[(&date.to_string(), "1")]).revenue_36m;
        assert_eq!(revenue_36m(day(thirty_six)), Money::ZERO, "{as_of}");
        assert_eq!(revenue_36m(day(thirty_six).plus_days(1)), money("1"), "{as_of}");
        let before = |date: Day| {
            figures(as_of, &facts(), &[(&date.to_string(), "1")]).portfolio.revenue_12m_before_36m
        };
        assert_eq!(before(day(thirty_six)), money("1"), "{as_of}");
        assert_eq!(before(day(forty_eight).plus_days(1)), money("1"), "{as_of}");
        assert_eq!(before(day(forty_eight)), Money::ZERO, "{as_of}");
    }
}

#[test]
fn several_invoices_of_one_day_are_one_purchase_day_and_credit_notes_are_none() {
    let documents = [
        ("2013-05-02", "10.10"),
        ("2013-05-02", "20.20"),
        ("2013-05-02", "-5"),
        ("2013-05-02", "1"),
        ("2013-05-03", "-1"),
        ("2013-05-04", "0"),
        ("2013-05-05", "0.01"),
    ];
    let figures = figures("2013-12-31", &facts(), &documents);
    assert_eq!(figures.purchase_days_12m, 2);
    assert_eq!(figures.revenue_12m, money("25.31"));
    assert_eq!(figures.first_purchase, Some(day("2013-05-02")));
    assert_eq!(figures.last_purchase, Some(day("2013-05-05")));
}

#[test]
fn full_months_are_the_most_that_fit() {
    let table = [
        ("2010-01-06", "2013-12-31", 47),
        ("2013-01-31", "2013-02-27", 0),
        ("2013-01-31", "2013-02-28", 1), // a month later is the last day of February
        ("2024-02-29", "2025-02-27", 11),
        ("2024-02-29", "2025-02-28", 12),
        ("2024-02-28", "2024-02-28", 0),
        ("2024-03-01", "2024-02-28", 0),
        ("2010-12-31", "2013-12-31", 36),
        ("2011-01-01", "2013-12-31", 35),
    ];
    for (first, as_of, months) in table {
        assert_eq!(day(first).full_months_until(day(as_of)), months, "{first} to {as_of}");
    }
}
