use super::*;

const AS_OF: &str = "2013-12-31";

#[test]
fn the_first_phase_that_holds() {
    let lost = CompanyFacts { potential: Some(Potential::Lost), ..facts() };
    let every_year: Documents =
        &[("2010-12-31", "1"), ("2011-06-01", "1"), ("2012-06-01", "1"), ("2013-12-01", "1")];
    let table: [(&str, CompanyFacts, Documents, Phase); 14] = [
        ("never a purchase", facts(), &[], Phase::Awareness),
        ("never a purchase, though lost", lost, &[("2013-12-01", "-1")], Phase::Awareness),
        ("lost", lost, &[("2013-12-01", "1")], Phase::Dissolution),
        ("inactive", facts(), &[("2013-07-03", "1")], Phase::Dissolution),
        ("one purchase day", facts(), &[("2013-07-04", "1"), ("2013-07-04", "2")], Phase::Exploration),
        (
            "first purchase in the last 6 months",
            facts(),
            &[("2013-07-01", "1"), ("2013-12-01", "1")],
            Phase::Exploration,
        ),
        (
            "first purchase exactly 6 months ago",
            facts(),
            &[("2013-06-30", "1"), ("2013-12-01", "1")],
            Phase::Expansion,
        ),
        ("36 full months and every year", facts(), every_year, Phase::Commitment),
        (
            "a day short of 36 full months",
            facts(),
            &[("2011-01-01", "1"), ("2011-06-01", "1"), ("2012-06-01", "1"), ("2013-12-01", "1")],
            Phase::Expansion,
        ),
        (
            "no purchase in the third year back",
            facts(),
            &[("2010-12-31", "1"), ("2012-06-01", "1"), ("2013-12-01", "1")],
            Phase::Expansion,
        ),
        (
            "no purchase in the second year back",
            facts(),
            &[("2010-12-31", "1"), ("2011-06-01", "1"), ("2013-12-01", "1")],
            Phase::Expansion,
        ),
        (
            "a credit note is no purchase of a year",
            facts(),
            &[("2010-12-31", "9"), ("2011-06-01", "1"), ("2012-06-01", "-1"), ("2013-12-01", "1")],
            Phase::Expansion,
        ),
        (
            "the years' edges",
            facts(),
            &[("2010-12-31", "1"), ("2011-01-01", "1"), ("2012-12-31", "1"), ("2013-12-31", "1")],
            Phase::Commitment,
        ),
        (
            "two purchase days, the first long ago",
            facts(),
            &[("2012-01-01", "1"), ("2013-12-01", "1")],
            Phase::Expansion,
        ),
    ];
    for (case, facts, documents, phase) in table {
        assert_eq!(figures(AS_OF, &facts, documents).phase, phase, "{case}");
    }
}

#[test]
fn the_next_contact_follows_the_last_one_or_the_creation() {
    let high: Documents = &[("2013-12-01", "20000")];
    let low: Documents = &[("2013-12-01", "20")];
    let dormant: Documents = &[("2010-12-01", "20")];
    let contact = |date: &str| CompanyFacts { last_contact: Some(day(date)), ..facts() };
    let created = CompanyFacts { created: Some(day("2013-09-30")), ..facts() };
    let both = CompanyFacts { last_contact: Some(day("2013-11-30")), ..created };
    let of = |facts: CompanyFacts, potential| CompanyFacts { potential: Some(potential), ..facts };
    let table: [(&str, CompanyFacts, Documents, Option<&str>, bool); 11] = [
        (
            "A: 3 months, to the day before the as-of day",
            contact("2013-09-30"),
            high,
            Some("2013-12-30"),
            true,
        ),
        ("A: 3 months, to the day after it", contact("2013-10-01"), high, Some("2014-01-01"), false),
        ("A: the last day of a shorter month", contact("2013-11-30"), high, Some("2014-02-28"), false),
        ("B: 6 months", contact("2013-06-30"), low, Some("2013-12-30"), true),
        (
            "C: 12 months, to the as-of day, which is not overdue",
            contact("2012-12-31"),
            dormant,
            Some("2013-12-31"),
            false,
        ),
        ("D: 12 months", of(contact("2012-12-30"), Potential::Low), high, Some("2013-12-30"), true),
        ("E: none", of(contact("2000-01-01"), Potential::Low), low, None, false),
        ("Z: none", of(contact("2000-01-01"), Potential::Lost), high, None, false),
        ("never contacted: from the creation", created, high, Some("2013-12-30"), true),
        ("contacted after the creation", both, high, Some("2014-02-28"), false),
        ("neither is known", facts(), high, None, false),
    ];
    for (case, facts, documents, due, overdue) in table {
        let figures = figures(AS_OF, &facts, documents);
        assert_eq!(figures.next_contact_due, due.map(day), "{case}");
        assert_eq!(figures.contact_overdue, overdue, "{case}");
    }
    let later = figures(AS_OF, &contact("2026-05-01"), high);
    assert_eq!(later.next_contact_due, Some(day("2026-08-01")), "the CRM is taken as it is now");
    let prospect = figures(AS_OF, &created, &[]);
    assert_eq!(prospect.next_contact_due, None, "a prospect has no cluster");
}

#[test]
fn the_months_between_contacts_are_a_rule() {
    let mut rules = Rules::default();
    rules.contact_months.insert(Cluster::E, 24);
    rules.contact_months.remove(&Cluster::A);
    let facts = CompanyFacts { last_contact: Some(day("2012-02-29")), ..facts() };
    assert_eq!(figures_by(&rules, AS_OF, &facts, &[("2013-12-01", "20000")]).next_contact_due, None);
    let low = CompanyFacts { potential: Some(Potential::Low), ..facts };
    let due = figures_by(&rules, AS_OF, &low, &[("2013-12-01", "2")]).next_contact_due;
    assert_eq!(due, Some(day("2014-02-28")));
}
