//! Functions of numbers.

use std::cmp::Ordering;

use super::super::value::{HclNumber, HclValue, HclValueKind, UnknownReason};
use super::shared::{FunctionResult, TOO_LARGE, failure, items};

/// The powers and results that are computed.
const MAX_POWER: f64 = 1_000_000.0;
const MAX_SCALE: i32 = 1_000;
/// The digits of a number in a string.
const MAX_INTEGER: usize = 300;

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
        ("log", [number, base]) => log(number, base),
        ("parseint", [text, base]) => parseint(text, base),
        ("sum", [list]) => sum(list),
        _ => return None,
    })
}

fn of(number: Option<HclNumber>) -> FunctionResult {
    number.map(|number| HclValue::new(HclValueKind::Number(number))).ok_or_else(|| TOO_LARGE.into())
}

fn extreme(values: &[HclValue], wanted: Ordering) -> FunctionResult {
    let numbers = values.iter().map(HclValue::as_number).collect::<Result<Vec<_>, UnknownReason>>()?;
    let mut numbers = numbers.into_iter();
    let first = numbers.next().ok_or_else(|| failure("a function of no numbers"))?;
    of(numbers.try_fold(first, |best, other| Some(if other.compare(&best)? == wanted { other } else { best })))
}

/// A power as Go computes it with numbers of 64 bits: by squares of a fraction and an exponent of two.
fn pow(base: &HclValue, power: &HclValue) -> FunctionResult {
    let (base, power) = (base.as_number()?, power.as_number()?);
    let (base, power) = (base.to_double().ok_or(TOO_LARGE)?, power.to_double().ok_or(TOO_LARGE)?);
    if base < 0.0 && power.fract() != 0.0 {
        return Err(failure("pow() of a negative number"));
    }
    let halves = power * 2.0;
    if halves.fract() != 0.0 || halves.abs() > MAX_POWER {
        return Err("a power that taglint does not compute".into());
    }
    #[expect(clippy::cast_possible_truncation, reason = "the number is whole and small")]
    let result = match halves as i32 {
        1 => base.sqrt(),
        -1 => 1.0 / base.sqrt(),
        halves if halves % 2 == 0 => whole_power(base, halves / 2),
        _ => return Err("a power that taglint does not compute".into()),
    };
    of(HclNumber::of_double(result))
}

/// A logarithm, which Go computes as a quotient with instructions of the processor: its last digit is not certain. Terraform
/// refuses one that is no number.
fn log(number: &HclValue, base: &HclValue) -> FunctionResult {
    let (number, base) = (number.as_number()?, base.as_number()?);
    let one = HclNumber::counted(1);
    let is_below_zero = |it: &HclNumber| it.is_negative() && !it.is_zero();
    let is_quotient_undefined = (number == one && base == one) || (number.is_zero() && base.is_zero());
    if is_below_zero(&number) || is_below_zero(&base) || is_quotient_undefined {
        return Err(failure("log() of a negative number, or of no defined result"));
    }
    Err("`log()` is rounded as the processor of Terraform does".into())
}

fn whole_power(base: f64, power: i32) -> f64 {
    if base == 0.0 || matches!(power, 0 | 1) {
        return base.powi(power);
    }
    let (mut fraction, mut exponent) = parts(base);
    let (mut result, mut scale, mut rest) = (1.0, 0_i32, power.unsigned_abs());
    while rest != 0 {
        if rest & 1 == 1 {
            result *= fraction;
            scale += exponent;
        }
        fraction *= fraction;
        exponent *= 2;
        if fraction < 0.5 {
            fraction += fraction;
            exponent -= 1;
        }
        rest >>= 1;
    }
    if power < 0 {
        (result, scale) = (1.0 / result, -scale);
    }
    if scale.abs() > MAX_SCALE { f64::INFINITY } else { result * 2_f64.powi(scale) }
}

/// A number as a fraction from 0.5 to 1 and an exponent of two.
fn parts(number: f64) -> (f64, i32) {
    let mut exponent = 0;
    let mut fraction = number;
    while fraction.abs() >= 1.0 {
        fraction /= 2.0;
        exponent += 1;
    }
    while fraction.abs() < 0.5 {
        fraction *= 2.0;
        exponent -= 1;
    }
    (fraction, exponent)
}

fn parseint(text: &HclValue, base: &HclValue) -> FunctionResult {
    if matches!(text.kind, HclValueKind::Number(_) | HclValueKind::Bool(_)) {
        return Err(failure("parseint() of a value that is not a string"));
    }
    let (text, base) = (text.as_text()?, base.as_whole()?);
    let base = u32::try_from(base).ok().filter(|base| (2..=62).contains(base));
    let base = base.ok_or_else(|| failure("parseint() with a base that is not from 2 to 62"))?;
    if text.len() > MAX_INTEGER {
        return Err(TOO_LARGE.into());
    }
    let number = HclNumber::parse_base(&text, base);
    number
        .map(|it| HclValue::new(HclValueKind::Number(it)))
        .ok_or_else(|| failure("parseint() of a text that is no number"))
}

fn sum(list: &HclValue) -> FunctionResult {
    let numbers = items(list)?.items.iter().map(HclValue::as_number).collect::<Result<Vec<_>, UnknownReason>>()?;
    let Some((first, rest)) = numbers.split_first() else { return Err(failure("sum() of an empty list")) };
    of(rest.iter().try_fold(first.clone(), |total, number| total.add(number)))
}
