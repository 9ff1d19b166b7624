//! The operators of HCL on known values.

use std::sync::Arc;

use super::value::{HclNumber, HclValue, HclValueKind, UnknownReason};
use crate::syntax::hcl::BinaryOp;

/// Compares two values. Only values of one primitive type are compared: the conversions of Terraform are not
/// reproduced.
pub(super) fn equal(left: &HclValue, right: &HclValue) -> Result<bool, UnknownReason> {
    match (&left.kind, &right.kind) {
        (HclValueKind::Unknown(why), _) | (_, HclValueKind::Unknown(why)) => Err(Arc::clone(why)),
        (HclValueKind::Null, HclValueKind::Null) => Ok(true),
        (HclValueKind::Null, _) | (_, HclValueKind::Null) => Ok(false),
        (HclValueKind::Bool(a), HclValueKind::Bool(b)) => Ok(a == b),
        (HclValueKind::Number(a), HclValueKind::Number(b)) => Ok(a == b),
        (HclValueKind::Text(a), HclValueKind::Text(b)) => Ok(a == b),
        _ => Err("a comparison of collections or of different types".into()),
    }
}

pub(super) fn arithmetic(op: BinaryOp, a: i64, b: i64) -> Result<HclValueKind, UnknownReason> {
    let number = |value: Option<i64>| {
        value
            .map(|value| HclValueKind::Number(HclNumber::Whole(value)))
            .ok_or_else(|| "a number that is not whole".into())
    };
    match op {
        BinaryOp::Less => Ok(HclValueKind::Bool(a < b)),
        BinaryOp::LessOrEqual => Ok(HclValueKind::Bool(a <= b)),
        BinaryOp::Greater => Ok(HclValueKind::Bool(a > b)),
        BinaryOp::GreaterOrEqual => Ok(HclValueKind::Bool(a >= b)),
        BinaryOp::Plus => number(a.checked_add(b)),
        BinaryOp::Minus => number(a.checked_sub(b)),
        BinaryOp::Times => number(a.checked_mul(b)),
        BinaryOp::Divide => number(a.checked_rem(b).filter(|rest| *rest == 0).and_then(|_| a.checked_div(b))),
        BinaryOp::Modulo => number(a.checked_rem(b)),
        BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::And | BinaryOp::Or => Err("not arithmetic".into()),
    }
}
