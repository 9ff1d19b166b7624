//! The decimal digits of binary numbers, and their notations in Go.

use num_bigint::BigUint;

/// The number `0.d1d2d3… * 10^point`. Zero has no digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DecimalDigits {
    /// Each from 0 to 9; the last one is not 0.
    digits: Vec<u8>,
    point: i64,
}

impl DecimalDigits {
    /// The digits of `mantissa * 2^exponent`, all of them.
    pub(super) fn of(mantissa: &BigUint, exponent: i64) -> Self {
        let power = u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX);
        let (whole, scale) = if exponent < 0 {
            (mantissa * BigUint::from(5_u32).pow(power), i64::from(power))
        } else {
            (mantissa << power, 0)
        };
        let digits = whole.to_radix_be(10);
        let point = i64::try_from(digits.len()).unwrap_or(i64::MAX) - scale;
        Self { digits, point }.trimmed()
    }

    fn trimmed(mut self) -> Self {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
        self
    }

    fn at(&self, place: usize) -> u8 {
        self.digits.get(place).copied().unwrap_or(0)
    }

    fn len(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX)
    }

    /// The fewest digits between two bounds, which are themselves allowed if `is_inclusive` (Go, `roundShortest`).
    pub(super) fn shortest(self, below: &Self, above: &Self, is_inclusive: bool) -> Self {
        for place in 0..self.digits.len().saturating_sub(1) {
            let (low, digit, high) = (below.at(place), self.digits[place], above.at(place));
            let can_go_down = low != digit || is_inclusive && place + 1 == below.digits.len();
            let can_go_up = digit != high && (is_inclusive || digit + 1 < high || place + 1 < above.digits.len());
            match (can_go_down, can_go_up) {
                (true, true) => return self.rounded(place + 1),
                (true, false) => return self.cut(place + 1),
                (false, true) => return self.raised(place + 1),
                (false, false) => {}
            }
        }
        self
    }

    /// The number with so many digits, the nearest; of two that are as near, the even one.
    pub(super) fn rounded(self, length: usize) -> Self {
        if length >= self.digits.len() {
            return self;
        }
        let is_half = self.digits[length] == 5 && length + 1 == self.digits.len();
        let goes_up = if is_half { length > 0 && self.digits[length - 1] % 2 == 1 } else { self.digits[length] >= 5 };
        if goes_up { self.raised(length) } else { self.cut(length) }
    }

    fn cut(mut self, length: usize) -> Self {
        self.digits.truncate(length);
        self.trimmed()
    }

    fn raised(mut self, length: usize) -> Self {
        self.digits.truncate(length);
        while self.digits.last() == Some(&9) {
            self.digits.pop();
        }
        if let Some(digit) = self.digits.last_mut() {
            *digit += 1;
        } else {
            self.digits.push(1);
            self.point += 1;
        }
        self
    }

    /// The notation without an exponent, with all digits.
    pub(super) fn plain(&self) -> String {
        self.with_fraction(usize::try_from(self.len() - self.point).unwrap_or(0))
    }

    /// The notation without an exponent, rounded to so many digits after the point.
    pub(super) fn fixed(self, fraction: usize) -> String {
        match usize::try_from(self.point + i64::try_from(fraction).unwrap_or(i64::MAX)) {
            Ok(length) => self.rounded(length).with_fraction(fraction),
            Err(_) => Self { digits: Vec::new(), point: 0 }.with_fraction(fraction),
        }
    }

    fn with_fraction(&self, fraction: usize) -> String {
        let digit = |place: i64| char::from(b'0' + usize::try_from(place).map_or(0, |place| self.at(place)));
        let mut out: String = (0..self.point).map(digit).collect();
        if out.is_empty() {
            out.push('0');
        }
        if fraction > 0 {
            out.push('.');
            out.extend((0..i64::try_from(fraction).unwrap_or(0)).map(|place| digit(self.point + place)));
        }
        out
    }

    /// The notation with an exponent, rounded to so many digits after the point; with all digits for `None`.
    pub(super) fn scientific(self, fraction: Option<usize>) -> String {
        let digits = match fraction {
            Some(fraction) => self.rounded(fraction + 1),
            None => self,
        };
        let fraction = fraction.unwrap_or_else(|| digits.digits.len().saturating_sub(1));
        let mut out = char::from(b'0' + digits.at(0)).to_string();
        if fraction > 0 {
            out.push('.');
            out.extend((1..=fraction).map(|place| char::from(b'0' + digits.at(place))));
        }
        let exponent = if digits.digits.is_empty() { 0 } else { digits.point - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        out + &format!("e{sign}{:02}", exponent.abs())
    }

    /// The shorter of both notations (`%g`): with so many digits, or with all of them for `None`.
    pub(super) fn general(self, digits: Option<usize>) -> String {
        let wanted = digits.map(|digits| digits.max(1));
        let number = match wanted {
            Some(wanted) => self.rounded(wanted),
            None => self,
        };
        let limit = match wanted.and_then(|wanted| i64::try_from(wanted).ok()) {
            None => 6,
            Some(wanted) if wanted > number.len() && number.len() >= number.point => number.len(),
            Some(wanted) => wanted,
        };
        let exponent = number.point - 1;
        if exponent < -4 || exponent >= limit { number.scientific(None) } else { number.plain() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_rounded_to_even_and_written_as_go_writes_them() {
        let of = |mantissa: u64, exponent| DecimalDigits::of(&mantissa.into(), exponent);
        assert_eq!(of(5, -1).fixed(0), "2");
        assert_eq!(of(7, -1).fixed(0), "4");
        assert_eq!(of(1, -1).fixed(0), "0");
        assert_eq!(of(999, 0).rounded(2).plain(), "1000");
        assert_eq!(of(1, -10).fixed(2), "0.00");
        assert_eq!(of(1, -10).scientific(Some(2)), "9.77e-04");
        assert_eq!(of(0, 0).scientific(Some(2)), "0.00e+00");
        assert_eq!(of(1_000_000, 0).general(None), "1e+06");
        assert_eq!(of(999_999, 0).general(None), "999999");
        assert_eq!(of(123_456, 0).general(Some(3)), "1.23e+05");
        assert_eq!(of(1, -3).general(Some(10)), "0.125");
    }
}
