use super::*;
use crate::domain::catalogue::Language;
use crate::domain::cluster::Potential;
use crate::domain::figures::compute;
use crate::domain::money::Cents;
use crate::domain::rules::MissingPotential;

fn explained(language: Language, rules: &Rules, documents: &[(&str, i64)]) -> Explained {
    let horizon = Horizon::new("2013-12-31".parse().unwrap());
    let facts = CompanyFacts {
        created: Some("2009-08-12".parse().unwrap()),
        potential: None,
        excluded_category: false,
        d_and_p: true,
        active_owner: false,
        last_contact: None,
        open_deal: true,
    };
    let entry =
        |(day, cents): &(&str, i64)| Entry { day: day.parse().unwrap(), signed: Cents::new(*cents).unwrap() };
    let entries: Vec<_> = documents.iter().map(entry).collect();
    let figures = compute(rules, &horizon, &facts, &entries);
    let explainer = Explainer::new(language, "EUR");
    explain(&Subject {
        rules,
        horizon: &horizon,
        facts: &facts,
        entries: &entries,
        figures: &figures,
        explainer: &explainer,
    })
}

fn lines(explained: &Explained, figure: Figure) -> Vec<String> {
    let one = explained.figures.iter().find(|one| one.figure == figure).unwrap();
    one.inputs.iter().map(|input| format!("{}: {}", input.name, input.value)).collect()
}

const DOCUMENTS: &[(&str, i64)] =
    &[("2010-01-06", 50_000), ("2012-12-31", 700), ("2013-06-01", 300_000), ("2013-06-02", -16_337)];

#[test]
fn every_figure_is_explained_with_its_inputs() {
    let rules = Rules { missing_potential: MissingPotential::Low, ..Rules::default() };
    let explained = explained(Language::En, &rules, DOCUMENTS);
    assert_eq!(explained.figures.iter().map(|one| one.figure).collect::<Vec<_>>(), Figure::ALL);
    assert_eq!(
        lines(&explained, Figure::Score),
        [
            "revenue of 12 months: 2,836.63, half of the points at 25,000, weight 50: 5.10 points",
            "purchase days of 12 months: 1, half of the points at 6, weight 25: 3.57 points",
            "full months since the first purchase: 47, half of the points at 36, weight 15: 8.49 points",
            "D&P: 1, weight 10: 10.00 points",
        ]
    );
    assert_eq!(explained.score.unwrap().score.to_string(), "27.2");
    assert_eq!(
        lines(&explained, Figure::Revenue12m),
        [
            "from – to: 2013-01-01 – 2013-12-31",
            "documents: 2",
            "invoices: EUR 3,000.00",
            "credit notes: EUR -163.37"
        ]
    );
    assert_eq!(lines(&explained, Figure::Cluster), ["Revenue band: Low", "potential: not set, taken as low"]);
    assert_eq!(
        lines(&explained, Figure::Inactive180d),
        ["last purchase: 2013-06-01", "as of: 2013-12-31", "days since: 213", "inactive after: 180"]
    );
    let exclusion = lines(&explained, Figure::ColdExclusion);
    assert!(exclusion.contains(&"open deal: yes".to_owned()), "{exclusion:?}");
    assert_eq!(lines(&explained, Figure::Ltv).last().unwrap(), "gross margin: 1");
}

#[test]
fn it_speaks_italian_and_explains_a_prospect() {
    let explained = explained(Language::It, &Rules::default(), &[]);
    assert!(explained.score.is_none());
    assert_eq!(lines(&explained, Figure::Score), ["primo acquisto: –"]);
    assert_eq!(
        lines(&explained, Figure::Cluster),
        ["Fascia di fatturato: Nessun acquisto", "potenziale: non indicato"]
    );
    assert!(lines(&explained, Figure::NextContactDue).contains(&"creata il: 12/08/2009".to_owned()));
    assert!(explained.figures.iter().all(|one| !one.rule.is_empty() && !one.label.is_empty()));
}

#[test]
fn the_documents_behind_a_figure_are_told_by_their_day() {
    let explained = explained(Language::En, &Rules::default(), DOCUMENTS);
    let behind = |figure: Figure| {
        let one = explained.figures.iter().find(|one| one.figure == figure).unwrap();
        DOCUMENTS
            .iter()
            .map(|(day, _)| u8::from(one.documents.include(day.parse().unwrap())))
            .collect::<Vec<_>>()
    };
    assert_eq!(behind(Figure::Revenue12m), [0, 0, 1, 1]);
    assert_eq!(behind(Figure::Revenue36m), [0, 1, 1, 1]);
    assert_eq!(behind(Figure::FirstPurchase), [1, 0, 0, 0]);
    assert_eq!(behind(Figure::LastPurchase), [0, 0, 1, 0]);
    assert_eq!(behind(Figure::RevenueLastActive), [0, 1, 1, 0]);
    assert_eq!(behind(Figure::Ltv), [1, 1, 1, 1]);
    assert_eq!(behind(Figure::Action), [0, 0, 0, 0]);
}

#[test]
fn a_high_potential_is_named() {
    let rules = Rules::default();
    let horizon = Horizon::new("2013-12-31".parse().unwrap());
    let facts = CompanyFacts {
        created: None,
        potential: Some(Potential::High),
        excluded_category: false,
        d_and_p: false,
        active_owner: true,
        last_contact: None,
        open_deal: false,
    };
    let figures = compute(&rules, &horizon, &facts, &[]);
    let explainer = Explainer::new(Language::En, "EUR");
    let subject = Subject {
        rules: &rules,
        horizon: &horizon,
        facts: &facts,
        entries: &[],
        figures: &figures,
        explainer: &explainer,
    };
    assert_eq!(lines(&explain(&subject), Figure::Cluster)[1], "potential: high");
}
