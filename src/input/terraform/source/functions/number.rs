//! Functions of numbers.

use std::cmp::Ordering;

use super::super::value::{HclNumber, HclValue, HclValueKind, UnknownReason};
use super::shared::{FunctionResult, failure, items};

/// The numbers that a 64-bit float holds exactly, which `pow` computes with.
const MAX_EXACT: i64 = 1 << 53;

pub(super) fn call(name: &str, args: &[HclValue]) -> Option<FunctionResult> {
    Some(match (name, args) {
        ("max", numbers) => extreme(numbers, Ordering::Greater),
        ("min", numbers) => extreme(numbers, Ordering::Less),
        ("abs", [value]) => {
            value.as_number().and_then(|it| if it.is_negative() { of(it.negated()) } else { of(Some(it)) })
        }
        ("ceil", [value]) => value.as_number().and_then(|it| of(it.rounded(true))),
        ("floor", [value]) => value.as_number().and_then(|it| of(it.rounded(false))),
        ("signum", [value]) => value.as_whole().map(|it| HclValue::whole(it.signum())),
        ("pow", [base, power]) => pow(base, power),
        ("parseint", [text, base]) => parseint(text, base),
        ("sum", [list]) => sum(list),
        _ => return None,
    })
}

fn of(number: Option<HclNumber>) -> FunctionResult {
    number
        .map(|number| HclValue::new(HclValueKind::Number(number)))
        .ok_or_else(|| "a number that taglint does not write out".into())
}

fn extreme(values: &[HclValue], wanted: Ordering) -> FunctionResult {
    let numbers = values.iter().map(HclValue::as_number).collect::<Result<Vec<_>, UnknownReason>>()?;
    let mut numbers = numbers.into_iter();
    let first = numbers.next().ok_or_else(|| failure("a function of no numbers"))?;
    of(numbers.try_fold(first, |best, other| Some(if other.compare(&best)? == wanted { other } else { best })))
}

fn pow(base: &HclValue, power: &HclValue) -> FunctionResult {
    let (base, power) = (signless(base)?, signless(power)?);
    let result = u32::try_from(power)
        .ok()
        .and_then(|power| base.checked_pow(power))
        .filter(|it| it.unsigned_abs() <= MAX_EXACT.unsigned_abs());
    result.map(HclValue::whole).ok_or_else(|| "a power that taglint does not compute".into())
}

/// A whole number other than the negative zero, whose sign a result may have.
pub(super) fn signless(value: &HclValue) -> Result<i64, UnknownReason> {
    if value.as_number()?.is_negative_zero() { Err("a negative zero".into()) } else { value.as_whole() }
}

fn parseint(text: &HclValue, base: &HclValue) -> FunctionResult {
    if matches!(text.kind, HclValueKind::Number(_) | HclValueKind::Bool(_)) {
        return Err(failure("parseint() of a value that is not a string"));
    }
    let (text, base) = (text.as_text()?, base.as_whole()?);
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base));
    let base = base.ok_or("parseint() with a base above 36")?;
    if text.contains('_') || text.starts_with('+') || text.len() > 12 {
        return Err("a number that taglint does not read".into());
    }
    i64::from_str_radix(&text, base).map(HclValue::whole).map_err(|_| failure("parseint() of a text that is no number"))
}

fn sum(list: &HclValue) -> FunctionResult {
    let numbers = items(list)?.items.iter().map(HclValue::as_number).collect::<Result<Vec<_>, UnknownReason>>()?;
    let Some((first, rest)) = numbers.split_first() else { return Err(failure("sum() of an empty list")) };
    of(rest.iter().try_fold(first.clone(), |total, number| total.add(number)))
}
