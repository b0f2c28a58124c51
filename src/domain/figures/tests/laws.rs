use proptest::prelude::*;
use rust_decimal::dec;

use super::*;
use crate::domain::rules::ScoreRules;
use crate::domain::time::Window;

fn any_day() -> impl Strategy<Value = Day> {
    // 2007-01-01 to some day of 2026.
    (0_u64..7_000).prop_map(|days| day("2007-01-01").plus_days(days))
}

fn any_entries() -> impl Strategy<Value = Vec<Entry>> {
    proptest::collection::vec((any_day(), -500_000_i64..2_000_000), 0..40).prop_map(|documents| {
        let mut entries: Vec<_> = documents
            .into_iter()
            .map(|(day, cents)| Entry { day, signed: Cents::new(cents).unwrap() })
            .collect();
        entries.sort_by_key(|entry| entry.day);
        entries
    })
}

fn any_inputs() -> impl Strategy<Value = ScoreInputs> {
    (-1_000_000_i128..100_000_000_000, 0_u32..400, 0_u32..600, any::<bool>()).prop_map(
        |(cents, purchase_days_12m, full_months, d_and_p)| ScoreInputs {
            revenue_12m: Money::from_cents(cents),
            purchase_days_12m,
            full_months,
            d_and_p,
        },
    )
}

proptest! {
    #[test]
    fn the_score_stays_in_its_range_and_grows_with_every_input(inputs in any_inputs(), more in 1_i128..1_000_000) {
        let rules = ScoreRules::default();
        let here = score(&rules, inputs);
        prop_assert!((dec!(0)..=dec!(100)).contains(&here));
        let richer = ScoreInputs { revenue_12m: inputs.revenue_12m + Money::from_cents(more), ..inputs };
        prop_assert!(score(&rules, richer) >= here);
        let keener = ScoreInputs { purchase_days_12m: inputs.purchase_days_12m + 1, ..inputs };
        prop_assert!(score(&rules, keener) >= here);
        let older = ScoreInputs { full_months: inputs.full_months + 1, ..inputs };
        prop_assert!(score(&rules, older) >= here);
        prop_assert_eq!(trace(&rules, inputs).score, here);
    }

    #[test]
    fn full_months_are_the_largest_that_fit(from in any_day(), to in any_day()) {
        let months = from.full_months_until(to);
        if from <= to {
            prop_assert!(from.plus_months(months) <= to);
            prop_assert!(from.plus_months(months + 1) > to);
        } else {
            prop_assert_eq!(months, 0);
        }
        prop_assert!(from.plus_months(months).minus_months(months) <= from);
    }

    /// The one walk against the definitions, each by itself.
    #[test]
    fn the_walk_agrees_with_the_definitions(entries in any_entries(), as_of in any_day()) {
        let (rules, horizon) = (Rules::default(), Horizon::new(as_of));
        let known = up_to(&entries, as_of);
        let figures = compute(&rules, &horizon, &facts(), known);

        let revenue = |window: Window| {
            let cents = known.iter().filter(|e| window.contains(e.day)).map(|e| i128::from(e.signed.get())).sum();
            Money::from_cents(cents)
        };
        let purchases = || known.iter().filter(|entry| entry.is_purchase()).map(|entry| entry.day);
        let last_year = Window::months_to(as_of, 12);
        prop_assert_eq!(figures.revenue_12m, revenue(last_year));
        prop_assert_eq!(figures.revenue_36m, revenue(Window::months_to(as_of, 36)));
        prop_assert_eq!(
            figures.portfolio.revenue_12m_before_36m,
            revenue(Window::between_months_back(as_of, 48, 36))
        );
        let earlier = Window::between_months_back(as_of, 24, 12);
        prop_assert_eq!(figures.portfolio.revenue_earlier, revenue(earlier));
        prop_assert_eq!(figures.portfolio.purchase_earlier, purchases().any(|day| earlier.contains(day)));
        prop_assert_eq!(figures.first_purchase, purchases().min());
        prop_assert_eq!(figures.last_purchase, purchases().max());
        prop_assert_eq!(
            figures.portfolio.new_customer,
            purchases().min().is_some_and(|day| last_year.contains(day))
        );
        let days: std::collections::BTreeSet<_> = purchases().filter(|day| last_year.contains(*day)).collect();
        prop_assert_eq!(figures.purchase_days_12m as usize, days.len());
        let active = purchases().max().map(|last| revenue(Window::months_to(last, 12)));
        prop_assert_eq!(figures.revenue_last_active, active);
        prop_assert_eq!(figures.ltv, figures.revenue_total);
        prop_assert_eq!(figures.score.is_some(), figures.first_purchase.is_some());
        prop_assert_eq!(figures.cold_customer, figures.inactive && figures.cold_exclusion.is_none());
    }
}
