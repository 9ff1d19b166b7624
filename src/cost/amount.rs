//! Exact amounts of money.

use std::fmt;

/// The number of decimal places that are kept. AWS writes costs as doubles, of which the longest has 17 significant digits.
const PLACES: u32 = 24;
/// One unit of a currency.
const UNIT: i128 = 10_i128.pow(PLACES);
/// The largest number of whole units of one amount, and of a sum: 10^14 × 10^24 fits into 127 bits.
const LARGEST: i128 = 100_000_000_000_000 * UNIT;

/// An amount of money without its currency: a decimal number with 24 places. Sums are exact; the digits of an amount after
/// the 24th place are cut off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i128);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Parses a decimal number, with an exponent if it has one: `12.50`, `-3`, `6.0E-7`. `None` for another text, and for
    /// amounts of more than 10^14.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            None => (text, 0),
            Some((number, exponent)) => (number, parse_exponent(exponent)?),
        };
        let (negative, digits) = match number.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.len() + fraction.len() == 0 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        // The place of the first digit: 10^place units.
        let mut place = i32::try_from(whole.len()).ok()? - 1 + exponent;
        let mut sum = 0_i128;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let digit = i128::from(digit - b'0');
            let power = place + PLACES.cast_signed();
            if digit > 0 && power >= 0 {
                let worth = 10_i128.checked_pow(power.unsigned_abs())?.checked_mul(digit)?;
                sum = sum.checked_add(worth).filter(|sum| *sum <= LARGEST)?;
            }
            place -= 1;
        }
        Some(Self(if negative { -sum } else { sum }))
    }

    /// The sum; `None` if it is more than 10^14.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).filter(|sum| sum.abs() <= LARGEST).map(Self)
    }

    /// The sum, at most 10^14: sums of parts of a ledger whose total was checked.
    #[must_use]
    pub fn saturating_plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0).clamp(-LARGEST, LARGEST))
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.saturating_plus(Self(-other.0))
    }

    /// Returns `true` for nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The amount with two decimal places and without separators, rounded half away from zero: `18400.12`.
    #[must_use]
    pub fn rounded(self) -> String {
        let cent = UNIT / 100;
        let cents = (self.0.abs() + cent / 2) / cent;
        let sign = if self.0 < 0 && cents > 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    }

    /// The amount for people: `18,400.12`; one that rounds to nothing and is not nothing is `<0.01`.
    #[must_use]
    pub fn shown(self) -> String {
        let rounded = self.rounded();
        if rounded == "0.00" && !self.is_zero() {
            return if self.0 < 0 { "-<0.01" } else { "<0.01" }.to_owned();
        }
        let (sign, digits) = rounded.strip_prefix('-').map_or(("", rounded.as_str()), |digits| ("-", digits));
        let (whole, cents) = digits.split_once('.').expect("it has two places");
        format!("{sign}{}.{cents}", crate::base::thousands(whole.parse().unwrap_or(u64::MAX)))
    }
}

/// An exponent of at most three digits; others make no amount that is kept.
fn parse_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let known = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number: i32 = digits.parse().ok().filter(|_| known)?;
    Some(if text.starts_with('-') { -number } else { number })
}

/// All digits, without zeros at the end: `0.0000006`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = ((self.0 / UNIT).abs(), (self.0 % UNIT).abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{whole}")?;
        if fraction > 0 {
            let digits = format!("{fraction:024}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        for (text, want) in [
            ("0", "0"),
            ("12.50", "12.5"),
            ("-3", "-3"),
            ("+.5", "0.5"),
            ("7.", "7"),
            ("6.0E-7", "0.0000006"),
            ("1.2345678901234567E-7", "0.00000012345678901234567"),
            ("-1e2", "-100"),
            ("100000000000000", "100000000000000"),
            ("0.1000000000000000055511151231257827", "0.100000000000000005551115"),
            ("1E-30", "0"),
            ("0E999", "0"),
        ] {
            assert_eq!(Amount::parse(text).map(|amount| amount.to_string()).as_deref(), Some(want), "{text}");
        }
        for text in ["", "-", ".", "1.2.3", "1,000.00", "$1", " 1", "1 ", "NaN", "inf", "1e", "1e9999", "0x1", "１"] {
            assert_eq!(Amount::parse(text), None, "{text}");
        }
        for text in ["100000000000001", "1e15", "1e999", "99999999999999999999999999999999999999999"] {
            assert_eq!(Amount::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_sum_of_tenths_is_exact_and_a_sum_that_is_too_large_is_none() {
        let tenth = Amount::parse("0.1").unwrap();
        let sum = (0..1_000_000).try_fold(Amount::ZERO, |sum, _| sum.plus(tenth)).unwrap();
        assert_eq!((sum.to_string().as_str(), sum.rounded().as_str()), ("100000", "100000.00"));
        let most = Amount::parse("1e14").unwrap();
        assert_eq!((most.plus(tenth), most.saturating_plus(tenth)), (None, most));
    }

    #[test]
    fn people_see_two_places() {
        for (text, rounded, shown) in [
            ("18400.115", "18400.12", "18,400.12"),
            ("-18400.115", "-18400.12", "-18,400.12"),
            ("0.004", "0.00", "<0.01"),
            ("-0.004", "0.00", "-<0.01"),
            ("0", "0.00", "0.00"),
            ("0.995", "1.00", "1.00"),
        ] {
            let amount = Amount::parse(text).unwrap();
            assert_eq!((amount.rounded().as_str(), amount.shown().as_str()), (rounded, shown), "{text}");
        }
    }
}
