//! Comparisons as the database makes them.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::collate::{folded, like};
use super::crm::seconds;
use super::failure::{Failure, Outcome};
use super::field::{Field, Role, Type};
use super::lexer::Kind;
use super::parser::{Comparison, Literal};
use super::show::Raw;
use super::values::leading_number;

/// What a column is compared with, prepared once per query.
#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Text(String),
    Number(Decimal),
    Id(u64),
    /// None: no date, nothing compares with it.
    Seconds(Option<i64>),
    Day(Option<i64>),
}

/// A comparison ready to be made.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) field: usize,
    pub(crate) operator: Kind,
    operands: Vec<Operand>,
}

impl Condition {
    pub(crate) fn new(field: usize, definition: &Field, comparison: &Comparison) -> Outcome<Self> {
        let operator = comparison.operator;
        if comparison.values.len() > 1 && operator != Kind::In {
            return Err(Failure::database());
        }
        let prepare = |literal: &Literal| operand(definition, operator, literal);
        let operands = comparison.values.iter().map(prepare).collect::<Outcome<Vec<Operand>>>()?;
        Ok(Self { field, operator, operands })
    }

    /// The ids that this condition on the id leaves: inclusive bounds.
    pub(crate) fn id_bounds(&self) -> Option<(u64, u64)> {
        let ids = self.operands.iter().map(|operand| match operand {
            Operand::Id(id) => Some(*id),
            _ => None,
        });
        let ids: Vec<u64> = ids.collect::<Option<_>>()?;
        let (first, last) = (*ids.iter().min()?, *ids.iter().max()?);
        match self.operator {
            Kind::Equal | Kind::In => Some((first, last)),
            Kind::Greater => Some((first.saturating_add(1), u64::MAX)),
            Kind::GreaterEqual => Some((first, u64::MAX)),
            Kind::Less => Some((0, first.checked_sub(1)?)),
            Kind::LessEqual => Some((0, first)),
            _ => None,
        }
    }

    pub(crate) fn holds(&self, raw: &Raw<'_>) -> bool {
        if *raw == Raw::Null {
            return false;
        }
        match self.operator {
            Kind::In => self.operands.iter().any(|operand| compare(raw, operand) == Some(Ordering::Equal)),
            Kind::Like => match (raw, self.operands.first()) {
                (Raw::Text(text), Some(Operand::Text(pattern))) => like(&folded(text), pattern),
                (_, Some(operand)) => compare(raw, operand) == Some(Ordering::Equal),
                (_, None) => false,
            },
            operator => {
                let ordering = self.operands.first().and_then(|operand| compare(raw, operand));
                ordering.is_some_and(|ordering| match operator {
                    Kind::Equal => ordering.is_eq(),
                    Kind::NotEqual => ordering.is_ne(),
                    Kind::Less => ordering.is_lt(),
                    Kind::LessEqual => ordering.is_le(),
                    Kind::Greater => ordering.is_gt(),
                    _ => ordering.is_ge(),
                })
            }
        }
    }
}

fn operand(field: &Field, operator: Kind, literal: &Literal) -> Outcome<Operand> {
    let text = literal.text.as_str();
    let number_behind_x = || text.split_once('x').map(|(_, number)| number.parse().unwrap_or(0));
    match (field.role, field.kind) {
        (Role::Id | Role::ModifiedBy, _) | (_, Type::Reference) => {
            return number_behind_x().map(Operand::Id).ok_or_else(Failure::invalid_id);
        }
        // The owner's number is cut out of the id without a look at whether there is one.
        (_, Type::Owner) => return number_behind_x().map(Operand::Id).ok_or_else(Failure::database),
        _ => {}
    }
    let digits = text.trim_start_matches(['-', '+']);
    if !literal.quoted && (digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit())) {
        // Taken for the name of a column.
        return Err(Failure::database());
    }
    Ok(match field.kind {
        Type::Integer | Type::Double | Type::Currency | Type::Boolean if operator != Kind::Like => {
            Operand::Number(leading_number(text))
        }
        Type::Datetime if operator != Kind::Like => Operand::Seconds(seconds(text)),
        Type::Date if operator != Kind::Like => Operand::Day(seconds(text)),
        _ => Operand::Text(folded(text)),
    })
}

fn compare(raw: &Raw<'_>, operand: &Operand) -> Option<Ordering> {
    match (raw, operand) {
        (Raw::Id(id), Operand::Id(wanted)) => Some(id.cmp(wanted)),
        (Raw::Seconds(at), Operand::Seconds(wanted)) => Some(at.cmp(wanted.as_ref()?)),
        (Raw::Text(day), Operand::Day(wanted)) => Some(seconds(day)?.cmp(wanted.as_ref()?)),
        (Raw::Text(text), Operand::Number(wanted)) => Some(leading_number(text).cmp(wanted)),
        (Raw::Text(text), Operand::Text(wanted)) => Some(folded(text).as_str().cmp(wanted.as_str())),
        _ => None,
    }
}

/// What rows are ordered by; NULL comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Null,
    Id(u64),
    Seconds(i64),
    Number(Decimal),
    Text(String),
}

impl Key {
    pub(crate) fn of(field: &Field, raw: &Raw<'_>) -> Self {
        match raw {
            Raw::Null => Self::Null,
            Raw::Id(id) => Self::Id(*id),
            Raw::Seconds(seconds) => Self::Seconds(*seconds),
            Raw::Text(text) if field.kind.is_number() => Self::Number(leading_number(text)),
            Raw::Text(text) => Self::Text(folded(text)),
        }
    }
}
