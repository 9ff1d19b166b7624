//! The operators of HCL on known values.

use std::cmp::Ordering;

use super::types::type_of;
use super::value::{HclNumber, HclValue, HclValueKind, TOO_LARGE, UnknownReason};
use crate::syntax::hcl::BinaryOp;

/// Compares two values. Values of different types are not equal: nothing is converted.
pub(super) fn equal(left: &HclValue, right: &HclValue) -> Result<bool, UnknownReason> {
    match (&left.kind, &right.kind) {
        (HclValueKind::Unknown(why), _) | (_, HclValueKind::Unknown(why)) => Err(why.clone()),
        (HclValueKind::Null, HclValueKind::Null) => Ok(true),
        (HclValueKind::Bool(a), HclValueKind::Bool(b)) => Ok(a == b),
        (HclValueKind::Number(a), HclValueKind::Number(b)) => Ok(a == b),
        (HclValueKind::Text(a), HclValueKind::Text(b)) => Ok(a == b),
        (HclValueKind::List(a), HclValueKind::List(b)) if (a.set, a.typed) == (b.set, b.typed) => {
            if a.typed && (a.items.is_empty() || b.items.is_empty()) {
                return only_if_typed(a.items.len() == b.items.len());
            }
            if a.items.len() != b.items.len() {
                return Ok(false);
            }
            same_types(left, right)?;
            all_equal(a.items.iter().zip(&b.items))
        }
        (HclValueKind::Map(a), HclValueKind::Map(b)) if a.typed == b.typed => {
            if let Some(why) = a.incomplete_reason().or(b.incomplete_reason()) {
                return Err(why.clone());
            }
            if a.typed && (a.entries.is_empty() || b.entries.is_empty()) {
                return only_if_typed(a.entries.len() == b.entries.len());
            }
            if !a.entries.keys().eq(b.entries.keys()) {
                return Ok(false);
            }
            same_types(left, right)?;
            all_equal(a.entries.values().zip(b.entries.values()))
        }
        // A part of an unknown list may be a list or a tuple.
        (HclValueKind::List(_), HclValueKind::List(_)) => {
            same_types(left, right)?;
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// Two empty collections are equal only if the types of their items are, which taglint does not follow.
fn only_if_typed(both_empty: bool) -> Result<bool, UnknownReason> {
    if both_empty { Err("a comparison of empty collections".into()) } else { Ok(false) }
}

/// A null or an unknown value inside a collection hides its type.
fn same_types(left: &HclValue, right: &HclValue) -> Result<(), UnknownReason> {
    if let Some(why) = left.unknown_part().or_else(|| right.unknown_part()) {
        return Err(why);
    }
    match (type_of(left), type_of(right)) {
        (Some(_), Some(_)) => Ok(()),
        _ => Err("a comparison of collections of several types".into()),
    }
}

fn all_equal<'v>(mut pairs: impl Iterator<Item = (&'v HclValue, &'v HclValue)>) -> Result<bool, UnknownReason> {
    pairs.try_fold(true, |so_far, (a, b)| Ok(so_far && equal(a, b)?))
}

/// The result of an arithmetic operator or of a comparison of numbers.
pub(super) fn arithmetic(op: BinaryOp, a: &HclNumber, b: &HclNumber) -> Result<HclValueKind, UnknownReason> {
    let number = |value: Option<HclNumber>| value.map(HclValueKind::Number).ok_or_else(|| TOO_LARGE.into());
    let compared = |wanted: fn(Ordering) -> bool| {
        a.compare(b).map(|order| HclValueKind::Bool(wanted(order))).ok_or_else(|| "a large number".into())
    };
    match op {
        BinaryOp::Less => compared(Ordering::is_lt),
        BinaryOp::LessOrEqual => compared(Ordering::is_le),
        BinaryOp::Greater => compared(Ordering::is_gt),
        BinaryOp::GreaterOrEqual => compared(Ordering::is_ge),
        BinaryOp::Plus => number(a.add(b)),
        BinaryOp::Minus => number(b.negated().and_then(|b| a.add(&b))),
        BinaryOp::Times => number(a.times(b)),
        BinaryOp::Modulo if b.is_zero() => Ok(HclValueKind::Number(a.clone())),
        BinaryOp::Divide if a.is_zero() && b.is_zero() => Err(UnknownReason::failure("a division of zero by zero")),
        BinaryOp::Divide if b.is_zero() => Err("a division by zero".into()),
        BinaryOp::Divide => number(a.divided_by(b)),
        BinaryOp::Modulo => number(a.modulo(b)),
        BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::And | BinaryOp::Or => Err("not arithmetic".into()),
    }
}
