use proptest::prelude::*;

use super::*;
use crate::domain::document::Party;

/// id, created, customer id, VAT number, tax code; empty: none.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

struct World {
    companies: Vec<(CompanyId, Option<Day>, CompanyKeysText)>,
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

impl World {
    fn new(rows: &[Row]) -> Self {
        let company = |&(id, created, customer_id, vat_number, tax_code): &Row| {
            let keys = CompanyKeysText {
                own_id: None,
                customer_id: some(customer_id),
                vat_number: some(vat_number),
                tax_code: some(tax_code),
                country: None,
            };
            (CompanyId::from(id), created.parse().ok(), keys)
        };
        Self { companies: rows.iter().map(company).collect() }
    }

    fn matcher(&self, policy: AmbiguousKeys) -> Matcher {
        Matcher::new(self.candidates(), policy)
    }

    fn candidates(&self) -> impl Iterator<Item = Candidate<'_>> {
        self.companies.iter().enumerate().map(|(place, (id, created, keys))| Candidate {
            index: CompanyIndex(u32::try_from(place).unwrap()),
            keys,
            created: *created,
            id,
        })
    }

    /// What a document finds, as text: the ids of the companies, or the reason.
    fn find(&self, policy: AmbiguousKeys, party: (&str, &str, &str)) -> String {
        let matcher = self.matcher(policy);
        let (customer_id, vat_number, tax_code) = party;
        let keys = PartyKeys::of_party(&Party {
            customer_id: some(customer_id),
            vat_number: some(vat_number),
            tax_code: some(tax_code),
            ..Party::default()
        });
        match matcher.find(&keys) {
            Match::Company(company) => self.id(company),
            Match::NoKey => "no key".to_owned(),
            Match::NoCompany => "no company".to_owned(),
            Match::Ambiguous { key, companies } => format!("{}: {}", key.text, self.ids(&companies)),
        }
    }

    /// The standing of every company, as text.
    fn standings(&self, policy: AmbiguousKeys) -> Vec<String> {
        let matcher = self.matcher(policy);
        let standing = |candidate: Candidate<'_>| match matcher.standing(candidate.index) {
            CompanyStanding::Keyed => "keyed".to_owned(),
            CompanyStanding::NoKey => "no key".to_owned(),
            CompanyStanding::Ambiguous { key, companies } => format!("{}: {}", key.text, self.ids(companies)),
        };
        self.candidates().map(standing).collect()
    }

    fn id(&self, company: CompanyIndex) -> String {
        self.companies[company.get()].0.to_string()
    }

    fn ids(&self, companies: &[CompanyIndex]) -> String {
        companies.iter().map(|company| self.id(*company)).collect::<Vec<_>>().join(" ")
    }
}

const VAT_X: &str = "IT01111111115";
const VAT_Y: &str = "IT02222222220";

#[test]
fn the_first_key_that_a_company_holds_decides() {
    let world = World::new(&[
        ("one", "", "c1", VAT_X, "CODE1"),
        ("two", "", "", VAT_Y, ""),
        ("three", "", "c3", "", "CODE3"),
        ("four", "", "", "", "CODE4"),
    ]);
    let table = [
        (("c1", "", ""), "one"),
        ((" c1 ", VAT_Y, "CODE3"), "one"),    // the customer id comes first
        (("unknown", VAT_Y, "CODE3"), "two"), // a value that no company holds is passed over
        (("unknown", "IT09", "CODE3"), "three"),
        (("", "it 022.222.222-20", ""), "two"),
        (("", VAT_X, "CODE4"), "one"), // one holder needs no tax code to decide
        (("", "", "code4"), "four"),
        (("", "IT09", "CODE9"), "no company"),
        (("c9", "", ""), "no company"),
        (("", "", ""), "no key"),
        (("  ", "OO99999999999", "00000000000"), "no key"),
        (("", "IT99999999999", "CODE4"), "four"), // a placeholder is no key
    ];
    for (party, found) in table {
        assert_eq!(world.find(AmbiguousKeys::Skip, party), found, "{party:?}");
    }
    assert_eq!(world.standings(AmbiguousKeys::Skip), ["keyed", "keyed", "keyed", "keyed"]);
}

#[test]
fn an_ambiguous_key_is_skipped_or_goes_to_the_oldest() {
    let world = World::new(&[
        ("9", "2012-01-01", "", VAT_X, ""),
        ("b", "2011-01-01", "", VAT_X, ""),
        ("a", "2011-01-01", "", VAT_X, ""), // as old as b: the id decides
        ("0", "", "", VAT_X, ""),           // unknown age: youngest
        ("other", "2000-01-01", "", VAT_Y, ""),
        ("none", "2000-01-01", "", "", ""),
    ]);
    let all = format!("{VAT_X}: a b 9 0");
    assert_eq!(world.find(AmbiguousKeys::Skip, ("", VAT_X, "")), all);
    assert_eq!(world.find(AmbiguousKeys::Oldest, ("", VAT_X, "")), "a");
    let standings = world.standings(AmbiguousKeys::Skip);
    assert_eq!(standings, [all.as_str(), &all, &all, &all, "keyed", "no key"]);
    let standings = world.standings(AmbiguousKeys::Oldest);
    assert_eq!(standings, ["keyed", "keyed", "keyed", "keyed", "keyed", "no key"]);
}

#[test]
fn every_kind_of_key_can_be_ambiguous() {
    let world = World::new(&[
        ("1", "", "c", VAT_X, ""),
        ("2", "", "c", VAT_Y, ""),
        ("3", "", "", "", "CODE"),
        ("4", "", "", "", "CODE"),
    ]);
    assert_eq!(world.find(AmbiguousKeys::Skip, ("c", VAT_X, "")), "c: 1 2", "the first key decides");
    assert_eq!(world.find(AmbiguousKeys::Skip, ("", VAT_X, "")), "1");
    assert_eq!(world.find(AmbiguousKeys::Skip, ("", "", "CODE")), "CODE: 3 4");
    assert_eq!(world.standings(AmbiguousKeys::Skip), ["c: 1 2", "c: 1 2", "CODE: 3 4", "CODE: 3 4"]);
    assert_eq!(world.find(AmbiguousKeys::Oldest, ("", "", "CODE")), "3");
}

#[test]
fn a_shared_vat_number_is_told_apart_by_the_tax_code() {
    // A VAT group (gruppo IVA): one VAT number, several tax codes.
    let world = World::new(&[
        ("one", "2010-01-01", "", VAT_X, "CODE1"),
        ("two", "2011-01-01", "", VAT_X, "CODE2"),
        ("elsewhere", "2012-01-01", "", "", "CODE3"),
    ]);
    let both = format!("{VAT_X}: one two");
    let table = [
        (("", VAT_X, "CODE1"), "one"),
        (("", VAT_X, "code2"), "two"),
        (("", VAT_X, ""), both.as_str()), // nothing to tell them apart by
        (("", VAT_X, "00000000000"), &both),
        (("", VAT_X, "CODE9"), "no company"), // a member that the CRM does not have
        (("", VAT_X, "CODE3"), "elsewhere"),  // by its tax code alone
    ];
    for (party, found) in table {
        assert_eq!(world.find(AmbiguousKeys::Skip, party), found, "{party:?}");
    }
    assert_eq!(world.find(AmbiguousKeys::Oldest, ("", VAT_X, "")), "one");
    assert_eq!(world.find(AmbiguousKeys::Oldest, ("", VAT_X, "CODE2")), "two");
    assert_eq!(world.standings(AmbiguousKeys::Skip), ["keyed", "keyed", "keyed"]);
}

#[test]
fn the_tax_code_tells_apart_only_where_both_sides_have_it() {
    let world =
        World::new(&[("one", "2010-01-01", "", VAT_X, "CODE1"), ("two", "2011-01-01", "", VAT_X, "")]);
    let both = format!("{VAT_X}: one two");
    assert_eq!(world.find(AmbiguousKeys::Skip, ("", VAT_X, "CODE1")), "one", "its own code");
    assert_eq!(world.find(AmbiguousKeys::Skip, ("", VAT_X, "CODE9")), both, "it may be that of two");
    assert_eq!(world.standings(AmbiguousKeys::Skip), ["keyed".to_owned(), both], "one has a code of its own");

    let world = World::new(&[
        ("one", "2010-01-01", "", VAT_X, "CODE1"),
        ("two", "2011-01-01", "", VAT_X, "CODE1"),
        ("three", "2012-01-01", "", VAT_X, "CODE3"),
    ]);
    assert_eq!(world.find(AmbiguousKeys::Skip, ("", VAT_X, "CODE1")), format!("{VAT_X}: one two"));
    assert_eq!(world.find(AmbiguousKeys::Oldest, ("", VAT_X, "CODE1")), "one");
    assert_eq!(world.find(AmbiguousKeys::Skip, ("", VAT_X, "CODE3")), "three");
    let standings = world.standings(AmbiguousKeys::Skip);
    let all = format!("{VAT_X}: one two three");
    assert_eq!(standings, [all.as_str(), &all, "keyed"]);
}

#[test]
fn a_company_is_judged_by_the_first_of_its_keys() {
    let world = World::new(&[
        ("one", "", "c1", VAT_X, ""),
        ("two", "", "", VAT_X, ""),
        ("three", "", "", VAT_Y, "CODE"),
        ("four", "", "", "", "CODE"),
    ]);
    let (vat, code) = (format!("{VAT_X}: one two"), "CODE: four three".to_owned());
    assert_eq!(world.standings(AmbiguousKeys::Skip), ["keyed".to_owned(), vat, "keyed".to_owned(), code]);
}

#[test]
fn companies_that_a_document_cannot_decide_between_are_noted() {
    let world = World::new(&[
        ("one", "", "c1", VAT_X, ""),
        ("two", "", "c2", VAT_X, ""),
        ("three", "", "", VAT_Y, ""),
    ]);
    let matcher = world.matcher(AmbiguousKeys::Skip);
    let keys = |vat: &str| PartyKeys::of_party(&Party { vat_number: some(vat), ..Party::default() });
    let mut ambiguous = AmbiguousCompanies::default();
    ambiguous.note(&matcher.find(&keys(VAT_Y)));
    assert!(ambiguous.is_empty());
    for _ in 0..2 {
        ambiguous.note(&matcher.find(&keys(VAT_X)));
    }
    assert_eq!(ambiguous.len(), 2);
    let noted = [0, 1, 2].map(|place| ambiguous.contains(CompanyIndex(place)));
    assert_eq!(noted, [true, true, false]);
}

#[test]
fn the_two_file_form_has_one_key() {
    let world = World::new(&[("one", "", "c1", "00000000000", "CODE"), ("two", "", "", " it1 ", "")]);
    let matcher = Matcher::as_it_stands(world.candidates(), AmbiguousKeys::Skip);
    assert_eq!(matcher.find(&PartyKeys::as_it_stands("00000000000")), Match::Company(CompanyIndex(0)));
    assert_eq!(matcher.find(&PartyKeys::as_it_stands("IT1 ")), Match::Company(CompanyIndex(1)));
    assert_eq!(matcher.find(&PartyKeys::as_it_stands("1")), Match::NoCompany);
    assert_eq!(matcher.find(&PartyKeys::as_it_stands(" ")), Match::NoKey);
}

#[test]
fn a_company_that_was_never_given_has_no_key() {
    let matcher = World::new(&[]).matcher(AmbiguousKeys::Skip);
    assert_eq!(matcher.standing(CompanyIndex(5)), CompanyStanding::NoKey);
}

fn any_key() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec!["", "", "K1", "K2", "K3", "00"])
}

fn any_row() -> impl Strategy<Value = Row> {
    let created = proptest::sample::select(vec!["", "2010-01-01", "2011-01-01"]);
    (created, any_key(), any_key(), any_key())
        .prop_map(|(created, id, vat, code)| ("", created, id, vat, code))
}

proptest! {
    #[test]
    fn matching_is_total_and_consistent(
        rows in proptest::collection::vec(any_row(), 0..12), party in (any_key(), any_key(), any_key())
    ) {
        let mut world = World::new(&rows);
        for (place, company) in world.companies.iter_mut().enumerate() {
            company.0 = CompanyId::new(format!("{place:02}"));
        }
        let (skip, oldest) = (world.matcher(AmbiguousKeys::Skip), world.matcher(AmbiguousKeys::Oldest));
        let keys = PartyKeys::of_party(&Party {
            customer_id: some(party.0),
            vat_number: some(party.1),
            tax_code: some(party.2),
            ..Party::default()
        });
        match (skip.find(&keys), oldest.find(&keys)) {
            (Match::Company(one), Match::Company(other)) => prop_assert_eq!(one, other),
            (Match::Ambiguous { companies, .. }, Match::Company(taker)) => {
                prop_assert!(companies.len() > 1);
                prop_assert_eq!(companies[0], taker);
                let age = |company: CompanyIndex| {
                    let (id, created, _) = &world.companies[company.get()];
                    (created.is_none(), *created, id.clone())
                };
                prop_assert!(companies.is_sorted_by_key(|company| age(*company)));
            }
            (Match::NoKey, Match::NoKey) => prop_assert!(keys.is_empty()),
            (Match::NoCompany, Match::NoCompany) => prop_assert!(!keys.is_empty()),
            (one, other) => prop_assert!(false, "{:?} and {:?}", one, other),
        }
        for candidate in world.candidates() {
            if let CompanyStanding::Ambiguous { companies, .. } = skip.standing(candidate.index) {
                prop_assert!(companies.len() > 1 && companies.contains(&candidate.index));
            }
            let never = matches!(oldest.standing(candidate.index), CompanyStanding::Ambiguous { .. });
            prop_assert!(!never);
        }
    }
}

#[test]
fn invoices_of_the_crm_itself_find_their_customer_by_its_own_id() {
    let mut world = World::new(&[
        ("11x1", "2010-01-01", "", "IT01234567890", ""),
        ("11x2", "2011-01-01", "C7", "IT01234567890", ""),
        ("11x3", "2012-01-01", "", "", ""),
    ]);
    for (id, _, keys) in &mut world.companies {
        keys.own_id = Some(id.to_string());
    }
    for (party, found) in [
        (("11x3", "", ""), "11x3"),
        (("11x2", "", ""), "11x2"),
        (("C7", "", ""), "11x2"),
        (("11x9", "", ""), "no company"),
    ] {
        assert_eq!(world.find(AmbiguousKeys::Skip, party), found, "{party:?}");
    }
    let matcher = world.matcher(AmbiguousKeys::Skip);
    assert_eq!(matcher.standing(CompanyIndex(0)), CompanyStanding::Keyed, "its own id is nobody else's");
    assert_eq!(matcher.standing(CompanyIndex(2)), CompanyStanding::Keyed, "it needs no other key");
}
