//! Which fields are found, by what.

use std::collections::BTreeMap;

use super::{config, module, organizations, set};
use crate::connectors::vtiger::deals::pipelines;
use crate::connectors::vtiger::findings::{self, User};
use crate::connectors::vtiger::labels::{for_label, for_picklist, same};
use crate::domain::catalogue::{Figure, Language};
use crate::domain::value::ValueKind;
use crate::ports::{InputProperty, Severity};

#[test]
fn people_read_letters_and_digits() {
    for (one, other) in [
        ("D&P", "D&amp;P"),
        ("D&P", " d-p "),
        ("Revenue, 12 months", "Revenue 12 months"),
        ("A – high revenue, high potential", "A - High revenue; high potential"),
        ("Attività", "ATTIVITÀ"),
    ] {
        assert!(same(one, other), "{one} / {other}");
    }
    for (one, other) in [("", ""), ("&", "-"), ("Cluster", "Clusters"), ("Citta", "Città")] {
        assert!(!same(one, other), "{one} / {other}");
    }
    assert_eq!(
        (for_label("D&P"), for_label("Revenue, 12 months")),
        ("D-P".into(), "Revenue 12 months".into())
    );
    assert_eq!(for_picklist("A – high, high"), "A – high; high");
}

#[test]
fn fields_are_found_by_label_in_either_language_or_as_configured() {
    let mut config = config();
    config.language = Language::It;
    config.mapping.figures = BTreeMap::from([
        (Figure::Ltv, "Valore cliente".to_owned()),
        (Figure::Phase, "cf_99".to_owned()),
        (Figure::Action, "siccode".to_owned()),
    ]);
    config.mapping.inputs = BTreeMap::from([(InputProperty::Category, "Type".to_owned())]);
    let organizations = organizations(
        &config,
        &[
            ("accounttype", "Type", "picklist", &["Customer"]),
            ("siccode", "SIC Code", "string", &[]),
            ("cf_1", "SiRank", "double", &[]),
            ("cf_2", "revenue, 12 months", "currency", &[]),
            ("cf_3", "Fatturato 36 mesi", "currency", &[]),
            ("cf_4", "Valore cliente", "currency", &[]),
            ("cf_5", "Partita IVA", "string", &[]),
            ("phone", "Cluster", "phone", &[]),
        ],
    );
    let place = |figure: Figure| organizations.figure(figure).unwrap().place.name().to_owned();
    let table = [
        (Figure::Score, "cf_1"),
        (Figure::Revenue12m, "cf_2"),
        (Figure::Revenue36m, "cf_3"),
        (Figure::Ltv, "cf_4"),
        (Figure::Action, "siccode"),
        // Not there: what was looked for. A stock field is nobody's idea of a figure.
        (Figure::Phase, "cf_99"),
        (Figure::Cluster, "Cluster"),
        (Figure::LastPurchase, "Ultimo acquisto"),
    ];
    for (figure, name) in table {
        assert_eq!(place(figure), name, "{figure}");
    }
    let input = |input| organizations.inputs[&input].name().to_owned();
    assert_eq!(input(InputProperty::VatNumber), "cf_5");
    assert_eq!(input(InputProperty::Category), "accounttype");
    assert_eq!(input(InputProperty::TaxCode), "Codice fiscale");
    let [finding] = organizations.findings.as_slice() else { panic!("{:?}", organizations.findings) };
    assert_eq!((finding.severity, finding.place.as_str()), (Severity::Error, "vtiger.fields.action"));
    assert!(findings::of_country(&organizations).is_some(), "there is no bill_country");
}

#[test]
fn a_figure_is_written_to_a_custom_field_of_its_own_and_to_no_other() {
    let fields: [(&str, &str, &str, &[&str]); 4] = [
        ("accountname", "Organization Name", "string", &[]),
        ("cf_1", "SiRank", "double", &[]),
        ("cf_2", "VAT number", "string", &[]),
        ("cf_3", "Last purchase", "date", &[]),
    ];
    // Figure, the field that it is mapped to, and whether that is refused.
    for (figure, name, refused) in [
        (Figure::Explanation, "Organization Name", true),
        (Figure::Explanation, "VAT number", true),
        (Figure::FirstPurchase, "Last purchase", true),
        (Figure::LastPurchase, "cf_3", false),
    ] {
        let mut config = config();
        config.mapping.figures = BTreeMap::from([(figure, name.to_owned())]);
        let findings = organizations(&config, &fields).findings;
        assert_eq!(findings.len(), usize::from(refused), "{figure} in {name}: {findings:?}");
        assert!(findings.iter().all(|finding| finding.severity == Severity::Error));
    }
}

#[test]
fn two_fields_with_the_label_are_told() {
    let fields: [(&str, &str, &str, &[&str]); 2] =
        [("cf_1", "Last purchase", "date", &[]), ("cf_2", "Ultimo acquisto", "date", &[])];
    let organizations = organizations(&config(), &fields);
    let [finding] = organizations.findings.as_slice() else { panic!("{:?}", organizations.findings) };
    assert_eq!((finding.severity, finding.place.as_str()), (Severity::Error, "vtiger.fields.last_purchase"));
    assert!(finding.what.contains("cf_1 (Last purchase), cf_2 (Ultimo acquisto)"), "{}", finding.what);
}

#[test]
fn types_are_told_as_what_they_can_hold() {
    let organizations = organizations(
        &config(),
        &[
            ("cf_1", "SiRank", "integer", &[]),
            ("cf_2", "Purchase days 12 months", "integer", &[]),
            ("cf_3", "Cluster", "picklist", &["A", "B", "Z – lost", "Q"]),
            ("cf_4", "Explanation", "text", &[]),
            ("cf_5", "Canali", "multipicklist", &["Email"]),
            ("cf_9", "Last purchase", "date", &[]),
        ],
    );
    let properties = organizations.properties();
    let kind = |name: &str| properties[name].kind.clone();
    assert_eq!(kind("cf_1"), Err("integer".to_owned()), "a score has a decimal");
    assert_eq!(kind("cf_2"), Ok(ValueKind::Number));
    assert_eq!(kind("cf_4"), Ok(ValueKind::Text));
    assert_eq!(kind("cf_5"), Err("multipicklist".to_owned()));
    assert_eq!(properties["cf_3"].options, ["A", "B", "Z"]);
    assert_eq!(properties["cf_5"].options, ["Email"]);
    assert!(properties["cf_9"].read_only && !properties["cf_1"].read_only);
}

#[test]
fn configured_picklist_values_are_the_only_ones() {
    let mut config = config();
    config.mapping.options =
        BTreeMap::from([(Figure::RevenueBand, BTreeMap::from([("high".to_owned(), "Oro".to_owned())]))]);
    let values: &[&str] = &["oro", "high", "Low", "Never a purchase"];
    let organizations = organizations(&config, &[("cf_1", "Revenue band", "picklist", values)]);
    let options = &organizations.figure(Figure::RevenueBand).unwrap().options;
    let found: Vec<_> = options.iter().map(|option| (option.name, option.value.as_deref())).collect();
    let expected =
        [("high", Some("oro")), ("low", Some("Low")), ("dormant", None), ("none", Some("Never a purchase"))];
    assert_eq!(found, expected);
    assert_eq!(options[2].wanted, "Dormant");
}

#[test]
fn pipelines_are_the_values_of_a_picklist_and_the_rest() {
    let mut config = config();
    config.closed_stages = set(&["closed won", "Persa"]);
    let potentials = module(&[
        ("sales_stage", "Sales Stage", "picklist", &["Prospecting", "Closed Won", "Persa"]),
        ("cf_7", "Pipeline", "picklist", &["Nuovi clienti", "Rinnovi"]),
    ]);
    let ids = |config: &_| -> Vec<String> {
        pipelines(config, &potentials).iter().map(|pipeline| pipeline.id.to_string()).collect()
    };
    assert_eq!(ids(&config), ["opportunities"]);
    config.pipeline_field = Some("pipeline".to_owned());
    assert_eq!(ids(&config), ["Nuovi clienti", "Rinnovi", "opportunities"]);
    let closed: Vec<bool> =
        pipelines(&config, &potentials)[0].stages.iter().map(|stage| stage.closed).collect();
    assert_eq!(closed, [false, true, true]);
    assert_eq!(findings::of_stages(&config, &potentials), []);

    config.pipeline_field = Some("Canale".to_owned());
    config.closed_stages = set(&["Vinta"]);
    let found: Vec<_> = findings::of_stages(&config, &potentials)
        .into_iter()
        .map(|finding| (finding.severity, finding.place))
        .collect();
    let error = |key: &str| (Severity::Error, key.to_owned());
    assert_eq!(found, [error("vtiger.closed_stages"), error("vtiger.pipeline_field")]);
}

#[test]
fn a_user_whose_decimals_round_what_is_written_is_told() {
    let fields = organizations(&config(), &[("cf_1", "SiRank", "double", &[])]);
    let user = |decimals, language: &str| User {
        is_admin: Some(true),
        currency_decimals: decimals,
        language: Some(language.to_owned()),
    };
    let found = |config: &_, user: &User| -> Vec<Severity> {
        findings::of_user(config, &fields, user).into_iter().map(|finding| finding.severity).collect()
    };
    let config = config();
    assert_eq!(found(&config, &user(None, "en_us")), []);
    assert_eq!(found(&config, &user(Some(5), "en_us")), []);
    assert_eq!(found(&config, &user(Some(1), "en_us")), [Severity::Error]);
    assert_eq!(found(&config, &user(Some(2), "it_it")), [Severity::Warning], "labels may be translated");
    let mut score_only = config.clone();
    score_only.figures = vec![Figure::Score];
    assert_eq!(found(&score_only, &user(Some(1), "en_us")), []);
    assert_eq!(found(&score_only, &user(Some(0), "en_us")), [Severity::Error]);
    assert!(findings::of_release(Some("6.5.0")).is_some());
    assert!(findings::of_release(Some("8.4.0")).is_none() && findings::of_release(None).is_none());
}
