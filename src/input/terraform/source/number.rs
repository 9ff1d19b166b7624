//! Exact numbers. Terraform computes with 512 bits; taglint with decimals, and only where both give the same digits.

use std::cmp::Ordering;
use std::sync::Arc;

/// An exact number.
#[derive(Debug, Clone)]
pub(super) enum HclNumber {
    Whole(i64),
    /// With a fraction, larger than 64 bits, or the negative zero, as Terraform writes it.
    Decimal(Arc<str>),
}

impl PartialEq for HclNumber {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a == b,
            (Self::Decimal(a), Self::Decimal(b)) => a == b,
            (Self::Whole(whole), it) | (it, Self::Whole(whole)) => *whole == 0 && it.is_negative_zero(),
        }
    }
}

/// The digits that a written number may have.
const MAX_DIGITS: usize = 100;
/// The digits after the point of a result.
const MAX_SCALE: u32 = 30;

/// Returns whether a binary fraction of 512 bits holds a number: its denominator is a power of two.
fn is_binary(parts: Parts) -> bool {
    5_i128.checked_pow(parts.scale).is_some_and(|unit| parts.mantissa % unit == 0)
}

/// A number as `mantissa / 10^scale`.
#[derive(Clone, Copy)]
struct Parts {
    mantissa: i128,
    scale: u32,
}

impl HclNumber {
    /// Parses a written number; `None` for one that Terraform may format differently, and for no number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest.trim_start()),
            None => ("", text),
        };
        let (digits, exponent) = match digits.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok().filter(|it| it.abs() <= 60)?),
            None => (digits, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_plain(whole) || !is_plain(fraction) || whole.len() + fraction.len() > MAX_DIGITS {
            return None;
        }
        Some(Self::canonical(sign, whole, fraction, exponent))
    }

    fn canonical(sign: &str, whole: &str, fraction: &str, exponent: i32) -> Self {
        let mut digits = format!("{whole}{fraction}");
        let point = i64::try_from(whole.len()).unwrap_or(0) + i64::from(exponent);
        let point = if point < 0 {
            digits.insert_str(0, &"0".repeat(usize::try_from(-point).unwrap_or(0)));
            0
        } else {
            usize::try_from(point).unwrap_or(0)
        };
        while digits.len() < point {
            digits.push('0');
        }
        let (whole, fraction) = digits.split_at(point);
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let whole = if whole.is_empty() { "0" } else { whole };
        if whole == "0" && fraction.is_empty() {
            return Self::zero(!sign.is_empty());
        }
        if fraction.is_empty() {
            let text = format!("{sign}{whole}");
            return text.parse().map_or_else(|_| Self::Decimal(text.into()), Self::Whole);
        }
        Self::Decimal(format!("{sign}{whole}.{fraction}").into())
    }

    /// Zero, which has a sign as in every binary fraction.
    fn zero(is_negative: bool) -> Self {
        if is_negative { Self::Decimal("-0".into()) } else { Self::Whole(0) }
    }

    pub(super) fn is_negative_zero(&self) -> bool {
        matches!(self, Self::Decimal(text) if &**text == "-0")
    }

    pub(super) fn is_negative(&self) -> bool {
        match self {
            Self::Whole(number) => *number < 0,
            Self::Decimal(text) => text.starts_with('-'),
        }
    }

    /// The product or quotient, with the sign of a zero.
    fn with_sign_of_zero(self, a: &Self, b: &Self) -> Self {
        if self == Self::Whole(0) { Self::zero(a.is_negative() != b.is_negative()) } else { self }
    }

    fn parts(&self) -> Option<Parts> {
        match self {
            Self::Whole(number) => Some(Parts { mantissa: i128::from(*number), scale: 0 }),
            Self::Decimal(text) => {
                let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
                let mantissa = format!("{whole}{fraction}").parse().ok()?;
                Some(Parts { mantissa, scale: u32::try_from(fraction.len()).ok().filter(|it| *it <= MAX_SCALE)? })
            }
        }
    }

    /// The result of an operation. Terraform rounds the parts of 0.1 and prints what comes of it, so only those that it does
    /// not round are computed.
    fn computed(a: Parts, b: Parts, result: Parts) -> Option<Self> {
        if is_binary(a) && is_binary(b) && is_binary(result) { Self::of(result) } else { None }
    }

    fn of(parts: Parts) -> Option<Self> {
        let Parts { mut mantissa, mut scale } = parts;
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        if scale > MAX_SCALE {
            return None;
        }
        Self::parse(&format!("{mantissa}e-{scale}"))
    }

    pub(super) fn add(&self, other: &Self) -> Option<Self> {
        if self.is_negative_zero() && other.is_negative_zero() {
            return Some(Self::zero(true));
        }
        let (x, y) = (self.parts()?, other.parts()?);
        let (a, b, scale) = aligned(x, y)?;
        Self::computed(x, y, Parts { mantissa: a.checked_add(b)?, scale })
    }

    pub(super) fn negated(&self) -> Option<Self> {
        let Parts { mantissa, scale } = self.parts()?;
        if mantissa == 0 {
            return Some(Self::zero(!self.is_negative()));
        }
        Self::of(Parts { mantissa: mantissa.checked_neg()?, scale })
    }

    pub(super) fn times(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.parts()?, other.parts()?);
        let product = Parts { mantissa: a.mantissa.checked_mul(b.mantissa)?, scale: a.scale + b.scale };
        Some(Self::computed(a, b, product)?.with_sign_of_zero(self, other))
    }

    /// The quotient if its digits end.
    pub(super) fn divided_by(&self, other: &Self) -> Option<Self> {
        let (x, y) = (self.parts()?, other.parts()?);
        let (mut a, b, _) = aligned(x, y)?;
        let mut scale = 0;
        while a.checked_rem(b)? != 0 && scale < MAX_SCALE {
            a = a.checked_mul(10)?;
            scale += 1;
        }
        // 1 / 10 is the number that 0.1 is.
        let is_exact = a % b == 0 && (is_binary(x) && is_binary(y));
        if !is_exact {
            return None;
        }
        Some(Self::of(Parts { mantissa: a / b, scale })?.with_sign_of_zero(self, other))
    }

    pub(super) fn modulo(&self, other: &Self) -> Option<Self> {
        if self.is_negative_zero() && other != &Self::Whole(0) {
            return Some(Self::zero(!other.is_negative()));
        }
        let (x, y) = (self.parts()?, other.parts()?);
        let (a, b, scale) = aligned(x, y)?;
        Self::computed(x, y, Parts { mantissa: a.checked_rem(b)?, scale })
    }

    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        let (a, b, _) = aligned(self.parts()?, other.parts()?)?;
        Some(a.cmp(&b))
    }

    /// The next whole number below (`false`) or above (`true`).
    pub(super) fn rounded(&self, up: bool) -> Option<Self> {
        let Parts { mantissa, scale } = self.parts()?;
        let unit = 10_i128.checked_pow(scale)?;
        let below = mantissa.div_euclid(unit);
        let rounded = if up && mantissa.rem_euclid(unit) != 0 { below + 1 } else { below };
        Self::of(Parts { mantissa: rounded, scale: 0 })
    }

    /// The digits with so many after the point; `None` where the last one depends on the bits of Terraform.
    pub(super) fn fixed(&self, digits: u32) -> Option<String> {
        let Parts { mantissa, scale } = self.parts()?;
        let shift = 10_i128.checked_pow(scale.abs_diff(digits))?;
        let mantissa = if digits >= scale {
            mantissa.checked_mul(shift)?
        } else {
            let (quotient, rest) = (mantissa.checked_abs()? / shift, mantissa.checked_abs()? % shift);
            if rest * 2 == shift {
                return None;
            }
            (quotient + i128::from(rest * 2 > shift)) * mantissa.signum()
        };
        let places = usize::try_from(digits).ok()?;
        let text = format!("{:0>width$}", mantissa.unsigned_abs(), width = places + 1);
        let (whole, fraction) = text.split_at(text.len() - places);
        let sign = if self.is_negative() { "-" } else { "" };
        Some(if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
    }
}

fn aligned(a: Parts, b: Parts) -> Option<(i128, i128, u32)> {
    let scale = a.scale.max(b.scale);
    let shifted = |it: Parts| it.mantissa.checked_mul(10_i128.checked_pow(scale - it.scale)?);
    Some((shifted(a)?, shifted(b)?, scale))
}

impl std::fmt::Display for HclNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Decimal(text) => f.write_str(text),
        }
    }
}
