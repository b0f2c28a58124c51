//! The configuration as a whole.

use super::Settings;
use crate::domain::rules::Rules;

#[test]
fn the_defaults_are_the_rules_of_the_domain() {
    assert_eq!(Settings::default().rules(), Ok(Rules::default()));
}
