//! Binary floating-point numbers of any precision, rounded to the nearest and to even, as Terraform computes with them (Go,
//! package `math/big`).

use std::cmp::Ordering;

use num_bigint::BigUint;

use super::decimal_digits::DecimalDigits;

/// The largest distance of a bit from the point. Larger and smaller numbers are not computed, which bounds the work.
const MAX_EXPONENT: i64 = 2_048;
/// The bits of a number of 64 bits.
const DOUBLE_BITS: u32 = 53;

/// A number: `mantissa * 2^exponent`, negative or not.
#[derive(Debug, Clone)]
pub(super) struct BigFloat {
    pub(super) is_negative: bool,
    /// Zero or odd.
    mantissa: BigUint,
    exponent: i64,
    /// The bits that the mantissa may have.
    pub(super) precision: u32,
}

/// A number before it is rounded. `is_longer` says that bits other than zero follow those of the mantissa.
struct Unrounded {
    mantissa: BigUint,
    exponent: i64,
    is_longer: bool,
}

impl Unrounded {
    fn exact(mantissa: BigUint, exponent: i64) -> Self {
        Self { mantissa, exponent, is_longer: false }
    }

    /// The nearest number with so many bits; `None` for one that is too large or too small.
    fn rounded(self, is_negative: bool, precision: u32) -> Option<BigFloat> {
        let Self { mut mantissa, mut exponent, is_longer } = self;
        let bits = mantissa.bits();
        if bits > u64::from(precision) {
            let cut = bits - u64::from(precision);
            let is_above_half = is_longer || mantissa.trailing_zeros().is_some_and(|zeros| zeros < cut - 1);
            let is_half = mantissa.bit(cut - 1);
            mantissa >>= cut;
            if is_half && (is_above_half || mantissa.bit(0)) {
                mantissa += 1_u32;
            }
            exponent += i64::try_from(cut).ok()?;
        }
        let zeros = mantissa.trailing_zeros().unwrap_or(0);
        mantissa >>= zeros;
        exponent += i64::try_from(zeros).ok()?;
        let highest = exponent + i64::try_from(mantissa.bits()).ok()?;
        if mantissa == BigUint::ZERO {
            exponent = 0;
        } else if exponent < -MAX_EXPONENT || highest > MAX_EXPONENT {
            return None;
        }
        Some(BigFloat { is_negative, mantissa, exponent, precision })
    }
}

impl BigFloat {
    /// A whole number with so many bits.
    pub(super) fn whole(number: i64, precision: u32) -> Option<Self> {
        Unrounded::exact(number.unsigned_abs().into(), 0).rounded(number < 0, precision)
    }

    /// A whole number with as many bits as it needs, at least 64.
    pub(super) fn of_digits(is_negative: bool, digits: BigUint) -> Option<Self> {
        let precision = u32::try_from(digits.bits()).ok()?.max(64);
        Unrounded::exact(digits, 0).rounded(is_negative, precision)
    }

    /// The number `digits * 10^exponent`. The power of five has 64 bits more than the number.
    pub(super) fn decimal(is_negative: bool, digits: BigUint, exponent: i64, precision: u32) -> Option<Self> {
        let number = Self { is_negative, mantissa: digits, exponent, precision };
        if number.mantissa == BigUint::ZERO || exponent == 0 {
            return number.with_precision(precision);
        }
        let five = Self::power_of_five(u32::try_from(exponent.unsigned_abs()).ok()?, precision + 64)?;
        if exponent < 0 { number.quotient(&five, precision) } else { number.product(&five, precision) }
    }

    /// A power of five, of the products of rounded squares.
    fn power_of_five(power: u32, precision: u32) -> Option<Self> {
        const TABLE: u32 = 27;
        let first = power.min(TABLE);
        let mut out = Unrounded::exact(BigUint::from(5_u32).pow(first), 0).rounded(false, precision)?;
        let (mut rest, mut square) = (power - first, Self::whole(5, precision + 64)?);
        while rest > 0 {
            if rest & 1 == 1 {
                out = out.product(&square, precision)?;
            }
            rest >>= 1;
            if rest > 0 {
                square = square.product(&square, precision + 64)?;
            }
        }
        Some(out)
    }

    /// A number of 64 bits; `None` for one that is not finite.
    pub(super) fn of_double(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        let bits = number.to_bits();
        let (power, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
        let (mantissa, power) = if power == 0 { (fraction, 1) } else { (fraction | 1 << 52, power) };
        let exponent = i64::try_from(power).ok()? - 1_075;
        Unrounded::exact(mantissa.into(), exponent).rounded(number.is_sign_negative(), DOUBLE_BITS)
    }

    /// The nearest number of 64 bits; `None` for one that is too large or too small.
    pub(super) fn to_double(&self) -> Option<f64> {
        let nearest = self.with_precision(DOUBLE_BITS)?;
        let highest = nearest.exponent + i64::try_from(nearest.mantissa.bits()).ok()?;
        if !nearest.is_zero() && !(-900..=900).contains(&highest) {
            return None;
        }
        let mantissa = u64::try_from(&nearest.mantissa).ok()?;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let size = mantissa as f64 * 2_f64.powi(i32::try_from(nearest.exponent).ok()?);
        Some(if self.is_negative { -size } else { size })
    }

    pub(super) fn is_zero(&self) -> bool {
        self.mantissa == BigUint::ZERO
    }

    /// The number if it is whole and has at most 64 bits.
    pub(super) fn to_i64(&self) -> Option<i64> {
        let size = u64::try_from(&self.whole_part()).ok().filter(|_| self.is_whole())?;
        if self.is_negative { 0_i64.checked_sub_unsigned(size) } else { i64::try_from(size).ok() }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    /// The number without its sign and fraction.
    pub(super) fn whole_part(&self) -> BigUint {
        let shift = self.exponent.unsigned_abs();
        if self.exponent < 0 { &self.mantissa >> shift } else { &self.mantissa << shift }
    }

    /// The digits of the number without its sign.
    pub(super) fn digits(&self) -> DecimalDigits {
        DecimalDigits::of(&self.mantissa, self.exponent)
    }

    /// The fewest digits that no other number of this precision is nearer to.
    pub(super) fn shortest_digits(&self) -> DecimalDigits {
        if self.is_zero() {
            return self.digits();
        }
        // The lowest bit is half of the last one that the precision has.
        let shift = i64::from(self.precision) + 1 - i64::try_from(self.mantissa.bits()).unwrap_or(i64::MAX);
        let (mantissa, exponent) = (&self.mantissa << shift.unsigned_abs(), self.exponent - shift);
        let (below, above) = (&mantissa - 1_u32, &mantissa + 1_u32);
        let is_even = !mantissa.bit(1);
        self.digits().shortest(&DecimalDigits::of(&below, exponent), &DecimalDigits::of(&above, exponent), is_even)
    }

    pub(super) fn with_precision(&self, precision: u32) -> Option<Self> {
        Unrounded::exact(self.mantissa.clone(), self.exponent).rounded(self.is_negative, precision)
    }

    /// The same number with this precision, or with the one that its bits need.
    pub(super) fn with_needed_precision(self, precision: u32) -> Self {
        let needed = u32::try_from(self.mantissa.bits()).unwrap_or(u32::MAX);
        Self { precision: precision.max(needed), ..self }
    }

    pub(super) fn negated(&self) -> Self {
        Self { is_negative: !self.is_negative, ..self.clone() }
    }

    /// The whole number of a mantissa, with the sign; zero has none.
    pub(super) fn to_whole(&self, whole: BigUint) -> Option<Self> {
        let is_negative = self.is_negative && whole != BigUint::ZERO;
        Unrounded::exact(whole, 0).rounded(is_negative, self.precision)
    }

    pub(super) fn sum(&self, other: &Self) -> Option<Self> {
        let precision = self.precision.max(other.precision);
        let (a, b, exponent) = aligned(self, other);
        let (is_negative, size) = if self.is_negative == other.is_negative {
            (self.is_negative, a + b)
        } else {
            match a.cmp(&b) {
                Ordering::Less => (other.is_negative, b - a),
                Ordering::Equal => (false, BigUint::ZERO),
                Ordering::Greater => (self.is_negative, a - b),
            }
        };
        Unrounded::exact(size, exponent).rounded(is_negative, precision)
    }

    pub(super) fn product(&self, other: &Self, precision: u32) -> Option<Self> {
        let product = Unrounded::exact(&self.mantissa * &other.mantissa, self.exponent + other.exponent);
        product.rounded(self.is_negative != other.is_negative, precision)
    }

    /// The quotient by a number other than zero.
    pub(super) fn quotient(&self, other: &Self, precision: u32) -> Option<Self> {
        let wanted = u64::from(precision) + 2 + other.mantissa.bits();
        let shift = wanted.saturating_sub(self.mantissa.bits());
        let dividend = &self.mantissa << shift;
        let mantissa = &dividend / &other.mantissa;
        let is_longer = &mantissa * &other.mantissa != dividend;
        let exponent = self.exponent - other.exponent - i64::try_from(shift).ok()?;
        Unrounded { mantissa, exponent, is_longer }.rounded(self.is_negative != other.is_negative, precision)
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let (a, b, _) = aligned(self, other);
        match (self.is_negative && !self.is_zero(), other.is_negative && !other.is_zero()) {
            (false, false) => a.cmp(&b),
            (true, true) => b.cmp(&a),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

/// The mantissas with one exponent.
fn aligned(a: &BigFloat, b: &BigFloat) -> (BigUint, BigUint, i64) {
    let exponent = a.exponent.min(b.exponent);
    let shifted = |it: &BigFloat| &it.mantissa << (it.exponent - exponent).unsigned_abs();
    (shifted(a), shifted(b), exponent)
}
