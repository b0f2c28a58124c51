use super::*;

const AS_OF: &str = "2013-12-31";

#[test]
fn the_band_follows_revenue_and_purchases() {
    let table: [(&str, Documents, RevenueBand); 10] = [
        ("exactly the threshold is not above it", &[("2013-01-01", "10000.00")], RevenueBand::Low),
        ("a cent above it", &[("2013-01-01", "10000.01")], RevenueBand::High),
        (
            "a credit note takes it below",
            &[("2013-01-01", "10000.01"), ("2013-02-01", "-0.01")],
            RevenueBand::Low,
        ),
        ("negative revenue with a purchase", &[("2013-01-01", "5"), ("2013-02-01", "-50")], RevenueBand::Low),
        ("a purchase before the window", &[("2010-12-31", "50000")], RevenueBand::Dormant),
        (
            "only a credit note in the window",
            &[("2010-01-01", "50"), ("2013-01-01", "-50")],
            RevenueBand::Dormant,
        ),
        (
            "only an invoice of zero in the window",
            &[("2010-01-01", "50"), ("2013-01-01", "0")],
            RevenueBand::Dormant,
        ),
        ("no document", &[], RevenueBand::None),
        ("only credit notes", &[("2013-01-01", "-50")], RevenueBand::None),
        ("only an invoice of zero", &[("2013-01-01", "0.00")], RevenueBand::None),
    ];
    for (case, documents, band) in table {
        assert_eq!(figures(AS_OF, &facts(), documents).revenue_band, band, "{case}");
    }
}

#[test]
fn the_matrix_is_the_one_of_the_source() {
    use Potential::{High, Lost, Low};
    let rules = Rules::default();
    let table = [
        (RevenueBand::High, [Some(Cluster::A), Some(Cluster::D), Some(Cluster::Z)]),
        (RevenueBand::Low, [Some(Cluster::B), Some(Cluster::E), Some(Cluster::Z)]),
        (RevenueBand::Dormant, [Some(Cluster::C), Some(Cluster::E), Some(Cluster::Z)]),
        (RevenueBand::None, [None, None, None]),
    ];
    for (band, row) in table {
        let computed = [High, Low, Lost].map(|potential| Cluster::of(band, Some(potential), &rules));
        assert_eq!(computed, row, "{band}");
        assert_eq!(Cluster::of(band, None, &rules), None, "{band}");
    }
    let rules = Rules { dormant_low_is_e: false, ..Rules::default() };
    assert_eq!(Cluster::of(RevenueBand::Dormant, Some(Low), &rules), None);
    assert_eq!(Cluster::of(RevenueBand::Low, Some(Low), &rules), Some(Cluster::E));
    assert_eq!(Cluster::of(RevenueBand::Dormant, Some(Lost), &rules), Some(Cluster::Z));
}

#[test]
fn a_missing_potential_is_no_cluster_or_low() {
    let facts = CompanyFacts { potential: None, ..facts() };
    let documents = [("2013-06-01", "20000")];
    let skipped = figures(AS_OF, &facts, &documents);
    assert_eq!((skipped.cluster, skipped.action(), skipped.next_contact_due), (None, None, None));
    assert!(!skipped.contact_overdue && !skipped.key_account_missing);

    let rules = Rules { missing_potential: MissingPotential::Low, ..Rules::default() };
    assert_eq!(figures_by(&rules, AS_OF, &facts, &documents).cluster, Some(Cluster::D));
    assert_eq!(facts.potential, None, "it still counts as missing");
}

#[test]
fn every_cluster_asks_for_its_action_and_three_for_a_key_account() {
    let table = [
        (Cluster::A, "quarterly_contact", true),
        (Cluster::B, "half_yearly_contact", true),
        (Cluster::C, "open_contact", true),
        (Cluster::D, "extend_service", false),
        (Cluster::E, "wait", false),
        (Cluster::Z, "no_action", false),
    ];
    for (cluster, action, key_account) in table {
        assert_eq!(cluster.action().as_str(), action);
        assert_eq!(cluster.needs_key_account(), key_account, "{cluster}");
        assert_eq!(Cluster::from_letter(cluster.as_str()), Some(cluster));
    }
    assert_eq!(Cluster::from_letter("a"), None);
}

#[test]
fn a_key_account_is_missing_without_an_active_owner() {
    let without = CompanyFacts { active_owner: false, ..facts() };
    let documents = [("2013-06-01", "20000")];
    assert!(figures(AS_OF, &without, &documents).key_account_missing);
    assert!(!figures(AS_OF, &facts(), &documents).key_account_missing);
    let low = CompanyFacts { potential: Some(Potential::Low), ..without };
    assert!(!figures(AS_OF, &low, &documents).key_account_missing, "D needs none");
}
