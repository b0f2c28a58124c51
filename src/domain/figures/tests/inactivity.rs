use super::*;

#[test]
fn a_hundred_and_eighty_days_are_not_inactive_one_more_is() {
    // 2011-12-09 less 180 days is 2011-06-12.
    let table = [("2011-06-12", false), ("2011-06-11", true), ("2011-12-09", false)];
    for (last, inactive) in table {
        assert_eq!(figures("2011-12-09", &facts(), &[(last, "1")]).inactive, inactive, "{last}");
    }
    assert!(!figures("2011-12-09", &facts(), &[]).inactive, "a prospect is not inactive");
    let credited = [("2011-06-11", "5"), ("2011-12-01", "-5")];
    assert!(figures("2011-12-09", &facts(), &credited).inactive, "a credit note is no purchase");

    let rules = Rules { inactive_after_days: 30, ..Rules::default() };
    assert!(figures_by(&rules, "2011-12-09", &facts(), &[("2011-11-08", "1")]).inactive);
    assert!(!figures_by(&rules, "2011-12-09", &facts(), &[("2011-11-09", "1")]).inactive);
}

#[test]
fn the_first_exclusion_that_applies_is_named() {
    use ColdExclusion::{Category, Lost, OpenDeal};
    let inactive = [("2010-01-01", "100")];
    // (excluded category, open deal, lost) → exclusion
    let table = [
        ((false, false, false), None),
        ((true, true, true), Some(Category)),
        ((true, false, false), Some(Category)),
        ((false, true, true), Some(OpenDeal)),
        ((false, true, false), Some(OpenDeal)),
        ((false, false, true), Some(Lost)),
    ];
    for ((excluded_category, open_deal, lost), exclusion) in table {
        let potential = Some(if lost { Potential::Lost } else { Potential::High });
        let facts = CompanyFacts { potential, excluded_category, open_deal, ..facts() };
        let cold = figures("2011-12-09", &facts, &inactive);
        assert_eq!(cold.cold_exclusion, exclusion);
        assert_eq!(cold.cold_customer, exclusion.is_none());

        let active = figures("2011-12-09", &facts, &[("2011-12-01", "100")]);
        assert_eq!((active.cold_exclusion, active.cold_customer), (None, false), "empty for all others");
    }
}

#[test]
fn lost_excludes_only_where_the_rules_say_so() {
    let mut rules = Rules::default();
    rules.cold.exclude_lost = false;
    let lost = CompanyFacts { potential: Some(Potential::Lost), ..facts() };
    let cold = figures_by(&rules, "2011-12-09", &lost, &[("2010-01-01", "100")]);
    assert_eq!((cold.cold_exclusion, cold.cold_customer), (None, true));
}
