//! Numbers as Terraform computes with them: binary floating-point numbers of 512 bits if they are written, of 64 bits if
//! they are counted.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::Arc;

use num_bigint::BigUint;

use super::big_float::BigFloat;

/// The bits of a number that is written in source or in a string.
const WRITTEN: u32 = 512;
/// The bits of a number that Terraform counts, such as a length or an index.
const COUNTED: u32 = 64;

/// The digits and the exponent that a written number may have.
const MAX_DIGITS: usize = 600;
const MAX_EXPONENT: i64 = 600;

/// The flags, the width and the precision of a verb of `format`.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of a verb")]
pub(super) struct NumberFormat {
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    pub(super) sharp: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// A number.
#[derive(Debug, Clone)]
pub(super) enum HclNumber {
    /// A whole number other than the negative zero, and the bits of its precision: 64 or more.
    Whole(i64, u32),
    Float(Arc<BigFloat>),
}

impl PartialEq for HclNumber {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other) == Some(Ordering::Equal)
    }
}

impl HclNumber {
    /// The cost of a number in steps: the digits of one that is not whole take long to compute.
    pub(super) fn cost(&self) -> usize {
        match self {
            Self::Whole(..) => 0,
            Self::Float(_) => 64,
        }
    }

    /// A number that Terraform counts.
    pub(super) fn counted(number: i64) -> Self {
        Self::Whole(number, COUNTED)
    }

    /// Parses a written number; `None` for one with too many digits, and for no number.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (digits, exponent) = match digits.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i64>().ok().filter(|it| it.abs() <= MAX_EXPONENT)?),
            None => (digits, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let length = whole.len() + fraction.len();
        if length == 0 || length > MAX_DIGITS || !format!("{whole}{fraction}").bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        let quick = if fraction.is_empty() && exponent == 0 { whole.parse::<i64>().ok() } else { None };
        if let Some(number) = quick.filter(|number| *number != 0 || !is_negative) {
            return Some(Self::Whole(if is_negative { -number } else { number }, WRITTEN));
        }
        let digits = BigUint::parse_bytes(format!("{whole}{fraction}").as_bytes(), 10)?;
        let exponent = exponent - i64::try_from(fraction.len()).ok()?;
        BigFloat::decimal(is_negative, digits, exponent, WRITTEN).map(Self::of)
    }

    /// Parses digits of a base up to 62 (`parseint`); `None` for other characters.
    pub(super) fn parse_base(text: &str, base: u32) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        // Up to base 36, letters of both cases are the same digits.
        let digit = |c: char| match c {
            '0'..='9' => c.to_digit(10),
            'A'..='Z' if base > 36 => Some(u32::from(c) - u32::from('A') + 36),
            'a'..='z' | 'A'..='Z' => c.to_digit(36),
            _ => None,
        };
        let digits = digits.chars().map(|c| digit(c).filter(|digit| *digit < base)).collect::<Option<Vec<_>>>()?;
        if digits.is_empty() || digits.len() > MAX_DIGITS {
            return None;
        }
        let size = digits.into_iter().fold(BigUint::ZERO, |so_far, digit| so_far * base + digit);
        BigFloat::of_digits(is_negative && size != BigUint::ZERO, size).map(Self::of)
    }

    /// A number in the quicker form, if it has one.
    fn of(number: BigFloat) -> Self {
        let is_negative_zero = number.is_zero() && number.is_negative;
        match number.to_i64() {
            Some(whole) if number.precision >= COUNTED && !is_negative_zero => Self::Whole(whole, number.precision),
            _ => Self::Float(Arc::new(number)),
        }
    }

    /// A number of 64 bits, as `pow` computes it; `None` for one that is not finite.
    pub(super) fn of_double(number: f64) -> Option<Self> {
        BigFloat::of_double(number).map(Self::of)
    }

    /// The nearest number of 64 bits.
    pub(super) fn to_double(&self) -> Option<f64> {
        self.float()?.to_double()
    }

    fn float(&self) -> Option<Arc<BigFloat>> {
        match self {
            Self::Whole(number, precision) => BigFloat::whole(*number, *precision).map(Arc::new),
            Self::Float(number) => Some(Arc::clone(number)),
        }
    }

    /// The number if it is whole and has at most 64 bits. The negative zero is zero.
    pub(super) fn to_i64(&self) -> Option<i64> {
        match self {
            Self::Whole(number, _) => Some(*number),
            Self::Float(number) => number.to_i64(),
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Whole(number, _) => *number == 0,
            Self::Float(number) => number.is_zero(),
        }
    }

    /// Returns whether the sign is negative, also that of a zero.
    pub(super) fn is_negative(&self) -> bool {
        match self {
            Self::Whole(number, _) => *number < 0,
            Self::Float(number) => number.is_negative,
        }
    }

    pub(super) fn add(&self, other: &Self) -> Option<Self> {
        if let (Self::Whole(a, p), Self::Whole(b, q)) = (self, other)
            && let Some(sum) = a.checked_add(*b)
        {
            return Some(Self::Whole(sum, *p.max(q)));
        }
        self.float()?.sum(&*other.float()?).map(Self::of)
    }

    pub(super) fn negated(&self) -> Option<Self> {
        Some(Self::of(self.float()?.negated()))
    }

    pub(super) fn times(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.float()?, other.float()?);
        // Terraform computes a product with 512 bits and keeps those that it needs.
        let exact = a.product(&b, WRITTEN)?;
        Some(Self::of(exact.with_needed_precision(a.precision.max(b.precision))))
    }

    /// The quotient by a number other than zero.
    pub(super) fn divided_by(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.float()?, other.float()?);
        a.quotient(&b, a.precision.max(b.precision)).map(Self::of)
    }

    /// The rest that the product of the divisor and the whole part of the quotient leaves.
    pub(super) fn modulo(&self, other: &Self) -> Option<Self> {
        let (a, b) = (self.float()?, other.float()?);
        let quotient = a.quotient(&b, a.precision.max(b.precision))?;
        let whole = quotient.to_whole(quotient.whole_part())?.with_precision(a.precision)?;
        let part = b.product(&whole, a.precision)?;
        // Terraform keeps the sign of a negative zero that nothing is taken from.
        if a.is_zero() && part.is_zero() {
            let is_negative = a.is_negative && !part.is_negative;
            return Some(Self::of(if is_negative == a.is_negative { (*a).clone() } else { a.negated() }));
        }
        a.sum(&part.negated())?.with_precision(a.precision).map(Self::of)
    }

    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        if let (Self::Whole(a, _), Self::Whole(b, _)) = (self, other) {
            return Some(a.cmp(b));
        }
        Some(self.float()?.compare(&*other.float()?))
    }

    /// The next whole number below (`false`) or above (`true`).
    pub(super) fn rounded(&self, up: bool) -> Option<Self> {
        let number = self.float()?;
        let mut size = number.whole_part();
        if !number.is_whole() && number.is_negative != up {
            size += 1_u32;
        }
        number.to_whole(size).map(Self::of)
    }

    /// The notation of a verb for whole numbers: `b`, `d`, `o`, `x` or `X`; `None` for another number.
    pub(super) fn integer(&self, verb: char, format: &NumberFormat) -> Option<String> {
        let number = self.float()?;
        if !number.is_whole() {
            return None;
        }
        let base = match verb {
            'b' => 2,
            'o' => 8,
            'x' | 'X' => 16,
            _ => 10,
        };
        let mut digits = number.whole_part().to_str_radix(base);
        let prefix = match verb {
            'b' if format.sharp => "0b",
            'o' if format.sharp => "0",
            'x' if format.sharp => "0x",
            'X' if format.sharp => "0X",
            _ => "",
        };
        if verb == 'X' {
            digits.make_ascii_uppercase();
        }
        if format.precision == Some(0) && number.is_zero() {
            return Some(String::new());
        }
        let sign = format.sign(number.is_negative && !number.is_zero());
        let mut zeros = format.precision.unwrap_or(0).saturating_sub(digits.len());
        let length = sign.len() + prefix.len() + zeros + digits.len();
        let missing = format.width.unwrap_or(0).saturating_sub(length);
        let (mut left, mut right) = (0, 0);
        match (format.minus, format.zero && format.precision.is_none()) {
            (true, _) => right = missing,
            (false, true) => zeros = missing,
            (false, false) => left = missing,
        }
        let spaces = |count| " ".repeat(count);
        Some(format!("{}{sign}{prefix}{}{digits}{}", spaces(left), "0".repeat(zeros), spaces(right)))
    }

    /// The notation of a verb for all numbers: `e`, `E`, `f`, `g` or `G`.
    pub(super) fn fraction(&self, verb: char, format: &NumberFormat) -> Option<String> {
        let number = self.float()?;
        let mut text = match verb {
            'e' | 'E' => number.digits().scientific(Some(format.precision.unwrap_or(6))),
            'f' => number.digits().fixed(format.precision.unwrap_or(6)),
            _ if format.precision.is_none() => number.shortest_digits().general(None),
            _ => number.digits().general(format.precision),
        };
        if verb.is_ascii_uppercase() {
            text.make_ascii_uppercase();
        }
        let sign = format.sign(number.is_negative);
        let missing = format.width.unwrap_or(0).saturating_sub(sign.len() + text.len());
        Some(match (format.minus, format.zero) {
            (true, _) => format!("{sign}{text}{}", " ".repeat(missing)),
            (false, true) => format!("{sign}{}{text}", "0".repeat(missing)),
            (false, false) => format!("{}{sign}{text}", " ".repeat(missing)),
        })
    }

    /// The shorter of the notations with and without an exponent.
    pub(super) fn general(&self) -> Option<String> {
        self.fraction('g', &NumberFormat::default())
    }
}

impl NumberFormat {
    fn sign(&self, is_negative: bool) -> &'static str {
        match (is_negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }
}

impl std::fmt::Display for HclNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(number, _) => write!(f, "{number}"),
            Self::Float(number) => {
                if number.is_negative {
                    f.write_char('-')?;
                }
                f.write_str(&number.shortest_digits().plain())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> HclNumber {
        HclNumber::parse(text).unwrap()
    }

    #[test]
    fn numbers_have_the_digits_that_terraform_prints() {
        for (number, want) in [
            (number("10").divided_by(&HclNumber::counted(4)), "2.5"),
            (number("0.1").add(&number("0.2")), "0.3"),
            (HclNumber::counted(1).divided_by(&HclNumber::counted(3)), "0.33333333333333333334"),
            (number("-0.5").rounded(true), "0"),
            (number("-1.5").rounded(false), "-2"),
            (number("0").negated(), "-0"),
            (number("10.5").modulo(&number("-3")), "1.5"),
            (HclNumber::of_double(2_f64.powi(60)), "1152921504606847000"),
            (HclNumber::parse("1e25"), "10000000000000000000000000"),
            (HclNumber::parse("-.5e-3"), "-0.0005"),
            (HclNumber::parse("-9223372036854775808"), "-9223372036854775808"),
            (HclNumber::parse_base("Zz", 62), "3817"),
            (HclNumber::parse_base("-zz", 36), "-1295"),
        ] {
            assert_eq!(number.unwrap().to_string(), want);
        }
        for text in ["", "-", ".", "1e", "1e5000", "0x1", "1_0", "--1", "1.2.3"] {
            assert!(HclNumber::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_third_has_512_bits() {
        let third = number("10").divided_by(&number("3")).unwrap();
        assert_eq!(third.to_string(), format!("3.{}2", "3".repeat(153)));
        assert_eq!(third.times(&number("3")).unwrap(), number("10"));
    }
}
