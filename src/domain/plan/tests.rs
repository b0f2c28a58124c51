use proptest::prelude::*;
use rust_decimal::{Decimal, dec};

use super::*;
use crate::domain::cluster::Cluster;
use crate::domain::money::Money;
use crate::domain::time::Day;

fn value(text: &str) -> Value {
    Value::choice(text)
}

fn record(observed: &[(Figure, &str)]) -> CompanyRecord {
    CompanyRecord {
        observed: observed.iter().map(|(figure, text)| (*figure, value(text))).collect(),
        ..CompanyRecord::named("17", "Esempio S.r.l.")
    }
}

fn intended(values: &[(Figure, Option<&str>)]) -> Intended {
    Intended::Figures(values.iter().map(|(figure, text)| (*figure, text.map(value))).collect())
}

fn reasons(change: Option<CompanyChange>) -> Vec<(Figure, ChangeReason)> {
    change.map_or_else(Vec::new, |change| change.fields.iter().map(|f| (f.figure, f.reason)).collect())
}

#[test]
fn only_differences_are_changes() {
    let record = record(&[(Figure::Score, "25"), (Figure::Cluster, "A"), (Figure::Ltv, "10")]);
    let same = intended(&[(Figure::Cluster, Some("A")), (Figure::Score, Some("25")), (Figure::Phase, None)]);
    assert_eq!(diff(&record, &same, None, Blanks::Empty), None);

    let moved =
        intended(&[(Figure::Score, Some("26")), (Figure::Cluster, None), (Figure::Phase, Some("expansion"))]);
    let change = diff(&record, &moved, None, Blanks::Empty).unwrap();
    assert_eq!((change.company.as_str(), change.name.as_str()), ("17", "Esempio S.r.l."));
    assert_eq!(change.fields.len(), 3, "a figure that is not selected is left alone");
    assert_eq!(change.fields[0].observed, Some(value("25")));
    assert_eq!(change.fields[0].intended, Some(value("26")));
    assert!(change.fields[1].is_clear() && !change.fields[2].is_clear());
}

#[test]
fn equal_numbers_and_amounts_are_equal_values_however_they_are_written() {
    use crate::domain::value::ValueKind::{Currency, Number};
    let written = |kind, text| Value::observed(kind, text).unwrap();
    for text in ["10827.33", "10827.330", "10827.33000", "1.082733E4"] {
        assert_eq!(written(Currency, text), Value::money(Money::rounded(dec!(10827.33))), "{text}");
    }
    for text in ["0", "0.0", "-0", "-0.00"] {
        assert_eq!(written(Number, text), Value::number(Decimal::ZERO), "{text}");
    }
    assert_eq!(Value::number(dec!(25.0)), written(Number, "25"));
}

#[test]
fn the_reason_tells_first_values_moves_and_edits_apart() {
    use ChangeReason::{EditedInCrm, FigureMoved, FirstValue};
    type Text = Option<&'static str>;
    // (observed, last written) → reason for writing B
    let table: [(Text, Option<Text>, ChangeReason); 7] = [
        (None, None, FirstValue),
        (None, Some(None), FirstValue),
        (Some("A"), Some(Some("A")), FigureMoved),
        (Some("C"), Some(Some("A")), EditedInCrm),
        (None, Some(Some("A")), EditedInCrm), // somebody emptied it
        (Some("A"), None, FigureMoved),       // the store was lost
        (Some("A"), Some(None), FigureMoved), // written before the store was lost
    ];
    for (observed, written, reason) in table {
        let observed: Vec<_> = observed.map(|text| (Figure::Cluster, text)).into_iter().collect();
        let written: Option<Vec<_>> =
            written.map(|text| text.map(|text| (Figure::Cluster, value(text))).into_iter().collect());
        let change = diff(
            &record(&observed),
            &intended(&[(Figure::Cluster, Some("B"))]),
            written.as_deref(),
            Blanks::Empty,
        );
        assert_eq!(reasons(change), [(Figure::Cluster, reason)], "{observed:?} {written:?}");
    }
}

#[test]
fn an_edit_to_what_is_intended_is_no_change() {
    let written = [(Figure::Cluster, value("A"))];
    let change = diff(
        &record(&[(Figure::Cluster, "B")]),
        &intended(&[(Figure::Cluster, Some("B"))]),
        Some(&written),
        Blanks::Empty,
    );
    assert_eq!(change, None);
}

#[test]
fn a_company_without_figures_is_cleared_of_what_it_holds() {
    let record = record(&[(Figure::Score, "25"), (Figure::Ltv, "10")]);
    let figures = vec![Figure::Score, Figure::Cluster];
    let cleared =
        diff(&record, &Intended::Cleared(ClearReason::NoKey, figures.clone()), None, Blanks::Empty).unwrap();
    assert_eq!(cleared.fields.len(), 1, "only what is selected and held");
    assert!(cleared.fields[0].is_clear());
    assert_eq!(cleared.fields[0].reason, ChangeReason::ClearedNoKey);
    let ambiguous =
        diff(&record, &Intended::Cleared(ClearReason::Ambiguous, figures.clone()), None, Blanks::Empty);
    assert_eq!(reasons(ambiguous), [(Figure::Score, ChangeReason::ClearedAmbiguous)]);
    assert_eq!(
        diff(&self::record(&[]), &Intended::Cleared(ClearReason::NoKey, figures), None, Blanks::Empty),
        None
    );
}

#[test]
fn where_empty_numbers_read_back_as_zero_neither_is_rewritten_as_the_other() {
    let held = [
        (Figure::Score, "0"),
        (Figure::Revenue12m, "0"),
        (Figure::ColdCustomer, "false"),
        (Figure::Ltv, "7"),
        (Figure::Cluster, "0"),
    ];
    let record = record(&held);
    let figures: Vec<Figure> = held.iter().map(|(figure, _)| *figure).collect();
    let cleared = Intended::Cleared(ClearReason::NoKey, figures.clone());
    let changed = |blanks| {
        let change = diff(&record, &cleared, None, blanks).unwrap();
        change.fields.iter().map(|field| field.figure).collect::<Vec<_>>()
    };
    assert_eq!(changed(Blanks::Empty), figures);
    assert_eq!(changed(Blanks::Zero), [Figure::Ltv, Figure::Cluster], "neither is blank");

    let intended = intended(&[(Figure::Score, Some("3")), (Figure::Revenue12m, Some("0"))]);
    let change = diff(&record, &intended, None, Blanks::Zero).unwrap();
    assert_eq!(change.fields.len(), 1);
    assert_eq!(
        change.fields[0].reason,
        ChangeReason::FirstValue,
        "zero is all that an untouched field holds"
    );
    let written = [(Figure::Score, value("5"))];
    let change = diff(&record, &intended, Some(&written), Blanks::Zero).unwrap();
    assert_eq!(change.fields[0].reason, ChangeReason::EditedInCrm);

    let mut summary = PlanSummary::default();
    summary.add(&record, None, Blanks::Zero);
    assert_eq!(summary.observed_values, 2, "blanks are no values that could be lost");
}

#[test]
fn a_change_is_stored_compactly_and_read_back() {
    let change = diff(
        &record(&[(Figure::Score, "25")]),
        &intended(&[(Figure::Score, Some("26")), (Figure::Cluster, Some("A"))]),
        None,
        Blanks::Empty,
    )
    .unwrap();
    let text = serde_json::to_string(&change).unwrap();
    assert_eq!(
        text,
        r#"{"company":"17","name":"Esempio S.r.l.","fields":[["score","25","26","figure_moved"],["cluster",null,"A","first_value"]]}"#
    );
    assert_eq!(serde_json::from_str::<CompanyChange>(&text).unwrap(), change);
}

/// A summary of companies given as (observed cluster, intended cluster).
fn summary(companies: &[(Option<&str>, Option<&str>)]) -> PlanSummary {
    let mut summary = PlanSummary::default();
    for (observed, intended_cluster) in companies {
        let observed: Vec<_> = observed.map(|text| (Figure::Cluster, text)).into_iter().collect();
        let record = record(&observed);
        summary.add(
            &record,
            diff(&record, &intended(&[(Figure::Cluster, *intended_cluster)]), None, Blanks::Empty).as_ref(),
            Blanks::Empty,
        );
    }
    summary
}

#[test]
fn the_summary_counts_what_a_plan_comes_to() {
    let mut summary = summary(&[
        (None, Some("A")),
        (Some("A"), Some("A")),
        (Some("A"), Some("B")),
        (Some("A"), Some("B")),
        (Some("E"), None),
        (None, None),
    ]);
    let cleared = record(&[(Figure::Cluster, "A"), (Figure::Score, "1")]);
    let intended = Intended::Cleared(ClearReason::Ambiguous, Figure::ALL.to_vec());
    summary.add(&cleared, diff(&cleared, &intended, None, Blanks::Empty).as_ref(), Blanks::Empty);

    assert_eq!((summary.companies, summary.with_cluster, summary.changed), (7, 5, 5));
    assert_eq!((summary.observed_values, summary.values()), (6, 6));
    assert_eq!((summary.cleared_values, summary.cleared_companies), (3, 1));
    assert_eq!(summary.fields[&Figure::Cluster], 5);
    assert_eq!(summary.reasons[&ChangeReason::FirstValue], 1);
    assert_eq!(summary.reasons[&ChangeReason::ClearedAmbiguous], 2);
    assert_eq!(summary.cluster_changes, 4, "a first cluster is no change");
    let moves: Vec<_> = summary.cluster_moves.iter().map(|(m, n)| format!("{m} {n}")).collect();
    assert_eq!(moves, ["none>A 1", "A>none 1", "A>B 2", "E>none 1"]);

    let text = serde_json::to_string(&summary).unwrap();
    assert_eq!(serde_json::from_str::<PlanSummary>(&text).unwrap(), summary);
    assert!(ClusterMove::try_from("A>Q".to_owned()).is_err());
    assert_eq!(
        ClusterMove::try_from("none>Z".to_owned()).unwrap(),
        ClusterMove { from: None, to: Some(Cluster::Z) }
    );
}

const AS_OF: &str = "2013-12-31";

fn same_day() -> RunDates {
    let day: Day = AS_OF.parse().unwrap();
    RunDates { as_of: day, today: day, loopback: false }
}

fn objections(summary: &PlanSummary, feeds: &[Feed], dates: RunDates) -> Vec<String> {
    judge(summary, &GuardRules::default(), feeds, dates).iter().map(ToString::to_string).collect()
}

#[test]
fn more_than_the_share_of_cluster_changes_is_held_the_share_itself_is_not() {
    let companies = |moved: usize| {
        let mut all = vec![(Some("A"), Some("A")); 10 - moved];
        all.extend(vec![(Some("A"), Some("B")); moved]);
        all.extend([(None, Some("A")); 50]);
        summary(&all)
    };
    assert!(objections(&companies(2), &[], same_day()).is_empty());
    let held = objections(&companies(3), &[], same_day());
    assert_eq!(held.len(), 1);
    assert!(
        held[0].starts_with("the cluster of 3 of 10 companies that have one would change, more than 20 %")
    );
}

#[test]
fn more_than_the_share_of_emptied_values_is_held() {
    let emptied =
        |count: u64| PlanSummary { observed_values: 100, cleared_values: count, ..PlanSummary::default() };
    assert!(objections(&emptied(10), &[], same_day()).is_empty());
    let held = objections(&emptied(11), &[], same_day());
    assert!(held[0].starts_with("11 of 100 values would be emptied, more than 10 %"), "{held:?}");
}

#[test]
fn a_plan_that_closes_many_cards_is_held() {
    let closing = |closing, open| {
        let cards = CardCounts { closing, open, ..CardCounts::default() };
        objections(&PlanSummary { cards, ..PlanSummary::default() }, &[], same_day()).len()
    };
    let table = [((0, 0), 0), ((10, 10), 0), ((11, 22), 0), ((11, 21), 1), ((200, 200), 1)];
    for ((closes, open), expected) in table {
        assert_eq!(closing(closes, open), expected, "{closes} of {open}");
    }
}

#[test]
fn an_empty_or_much_shorter_feed_is_held() {
    let feed = |records, last_good| Feed {
        name: "documents of csv".to_owned(),
        records,
        usable: records,
        last_good,
    };
    let held = |feed: Feed| objections(&PlanSummary::default(), &[feed], same_day());
    for (records, last_good) in [(80, Some(100)), (1, None), (500, Some(100)), (1, Some(0))] {
        assert!(held(feed(records, last_good)).is_empty(), "{records} after {last_good:?}");
    }
    assert!(
        held(feed(79, Some(100)))[0]
            .contains("79 came that can be used, 100 in the last good run, less than 80 %")
    );
    let useless = Feed { usable: 0, ..feed(100, Some(100)) };
    assert!(held(useless.clone())[0].contains("sirank rejected"), "all came, and none can be used");
    assert!(held(Feed { last_good: None, ..useless }).is_empty());
    for last_good in [None, Some(0), Some(5)] {
        assert!(held(feed(0, last_good))[0].contains("nothing came"), "{last_good:?}");
    }
}

#[test]
fn another_day_than_today_is_held_except_on_loopback() {
    let other = RunDates { today: "2014-01-01".parse().unwrap(), ..same_day() };
    let held = objections(&PlanSummary::default(), &[], other);
    assert!(held[0].contains("2013-12-31") && held[0].contains("2014-01-01"));
    assert!(objections(&PlanSummary::default(), &[], RunDates { loopback: true, ..other }).is_empty());
    assert!(objections(&PlanSummary::default(), &[], same_day()).is_empty());
}

#[test]
fn values_that_were_taken_back_are_held_by_run_and_kinds_do_not_depend_on_numbers() {
    let undone = |values: &[(&str, u64)]| PlanSummary {
        undone: values.iter().map(|(run, count)| ((*run).into(), *count)).collect(),
        ..PlanSummary::default()
    };
    assert!(objections(&undone(&[]), &[], same_day()).is_empty());
    let held = objections(&undone(&[("r1", 3), ("r2", 1)]), &[], same_day());
    assert!(
        held[0].starts_with("run r1 was undone; this plan would write 3 of its values again"),
        "{held:?}"
    );
    assert_eq!(held.len(), 2);
    let kinds = |values| {
        let objections = judge(&undone(values), &GuardRules::default(), &[], same_day());
        objections.iter().map(Objection::kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&[("r1", 3)]), kinds(&[("r1", 700)]));
    assert_ne!(kinds(&[("r1", 3)]), kinds(&[("r2", 3)]));
}

fn any_values() -> impl Strategy<Value = Vec<(Figure, Option<Value>)>> {
    let text = proptest::option::of(proptest::sample::select(vec!["a", "b", "c"]));
    proptest::collection::vec(text, Figure::ALL.len()).prop_map(|texts| {
        Figure::ALL.into_iter().zip(texts.into_iter().map(|text| text.map(value))).collect()
    })
}

fn present(values: &[(Figure, Option<Value>)]) -> Vec<(Figure, Value)> {
    values.iter().filter_map(|(figure, value)| Some((*figure, value.clone()?))).collect()
}

proptest! {
    #[test]
    fn what_was_applied_is_no_change(observed in any_values(), intended in any_values(), written in any_values()) {
        let mut record = record(&[]);
        record.observed = present(&observed);
        let written = present(&written);
        let target = Intended::Figures(intended.clone());
        let change = diff(&record, &target, Some(&written), Blanks::Empty);
        prop_assert_eq!(change.is_none(), observed == intended);

        for field in change.iter().flat_map(|change| &change.fields) {
            prop_assert_ne!(&field.observed, &field.intended);
            record.observed.retain(|(figure, _)| *figure != field.figure);
            record.observed.extend(field.intended.clone().map(|value| (field.figure, value)));
        }
        prop_assert_eq!(diff(&record, &target, Some(&present(&intended)), Blanks::Empty), None);
        prop_assert_eq!(diff(&record, &target, None, Blanks::Empty), None);

        let cleared = Intended::Cleared(ClearReason::NoKey, Figure::ALL.to_vec());
        let fields = diff(&record, &cleared, None, Blanks::Empty).map_or(0, |change| change.fields.len());
        prop_assert_eq!(fields, record.observed.len());
    }
}
