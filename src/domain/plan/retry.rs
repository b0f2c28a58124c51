//! When a write that the CRM refused is tried again: soon at first, then at growing distances.

use std::time::Duration;

use super::CompanyChange;

const HOUR: Duration = Duration::from_hours(1);

/// How long to wait after the first refusals; none after the very first: the next run tries again.
const FIRST: [Duration; 3] = [Duration::ZERO, HOUR, Duration::from_hours(4)];
/// After those it is a day, then a day more each time, up to this.
const LONGEST_DAYS: u32 = 7;

/// How long a write that was refused so many times in a row is not tried again.
pub fn distance(refusals: u32) -> Duration {
    let place = usize::try_from(refusals.saturating_sub(1)).unwrap_or(usize::MAX);
    FIRST.get(place).copied().unwrap_or_else(|| {
        let days = refusals.saturating_sub(3).min(LONGEST_DAYS);
        Duration::from_hours(24) * days
    })
}

/// Whether a change would send only values that were refused already. A part of them counts too: some CRMs keep what
/// they can of a write that they refuse.
pub fn repeats(refused: &CompanyChange, change: &CompanyChange) -> bool {
    change.fields.iter().all(|field| {
        refused.fields.iter().any(|other| other.figure == field.figure && other.intended == field.intended)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ChangeReason, FieldChange};
    use super::*;
    use crate::domain::catalogue::Figure;
    use crate::domain::value::Value;

    #[test]
    fn distances_grow_to_a_week() {
        let hours: Vec<u64> = (1..=12).map(|refusals| distance(refusals).as_secs() / 3600).collect();
        assert_eq!(hours, [0, 1, 4, 24, 48, 72, 96, 120, 144, 168, 168, 168]);
        assert_eq!(distance(u32::MAX), Duration::from_hours(24 * 7));
    }

    #[test]
    fn another_value_or_another_figure_is_no_repetition() {
        let change = |values: &[(Figure, &str)]| CompanyChange {
            company: "1".into(),
            name: String::new(),
            fields: values
                .iter()
                .map(|(figure, value)| FieldChange {
                    figure: *figure,
                    observed: None,
                    intended: Some(Value::choice(value)),
                    reason: ChangeReason::FigureMoved,
                })
                .collect(),
        };
        let refused = change(&[(Figure::Cluster, "A"), (Figure::Phase, "expansion")]);
        assert!(repeats(&refused, &refused));
        assert!(repeats(&refused, &change(&[(Figure::Phase, "expansion")])));
        assert!(!repeats(&refused, &change(&[(Figure::Cluster, "B")])));
        assert!(!repeats(&refused, &change(&[(Figure::Cluster, "A"), (Figure::Action, "wait")])));
    }
}
