//! The common format of values, and whether they are personal data.

use crate::rule::Format;

/// The formats that are counted. `hostname` accepts any word; `integer` and `number` are counted by their digits.
const FORMATS: &[Format] =
    &[Format::Boolean, Format::AccountId, Format::Date, Format::Uuid, Format::Arn, Format::Url, Format::Email];
/// The maximum number of digits that is counted separately.
const MAX_DIGITS: usize = 31;
/// The percentage of values that must have the format. The rule reports the others.
const MIN_PERCENT: u64 = 95;
/// Words in keys whose values name people.
const PERSONAL: &[&str] = &[
    "mail",
    "phone",
    "owner",
    "contact",
    "person",
    "manager",
    "user",
    "name",
    "author",
    "creator",
    "createdby",
    "ownedby",
    "assignee",
    "approver",
    "requester",
    "customer",
    "employee",
];

/// The common format of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CommonFormat {
    /// A named format.
    Format(&'static str),
    /// A number of digits.
    Digits(usize),
}

/// The number of values of each format.
#[derive(Debug, Clone, Default)]
pub(super) struct FormatCounts {
    values: u64,
    formats: [u64; FORMATS.len()],
    digits: [u64; MAX_DIGITS + 1],
    personal: u64,
}

impl FormatCounts {
    pub(super) fn add(&mut self, value: &str) {
        self.values += 1;
        for (count, format) in self.formats.iter_mut().zip(FORMATS) {
            *count += u64::from(format.accepts(value));
        }
        if value.bytes().all(|b| b.is_ascii_digit()) {
            self.digits[value.len().min(MAX_DIGITS)] += 1;
        }
        self.personal += u64::from(Format::Email.accepts(value) || is_phone(value));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.values += other.values;
        self.personal += other.personal;
        let counts = self.formats.iter_mut().zip(&other.formats).chain(self.digits.iter_mut().zip(&other.digits));
        counts.for_each(|(count, more)| *count += more);
    }

    /// The number of values.
    pub(super) fn values(&self) -> u64 {
        self.values
    }

    /// Returns `true` if any value is an email address or a telephone number.
    pub(super) fn personal(&self) -> bool {
        self.personal > 0
    }

    /// The format of nearly all values, with the number of the others.
    pub(super) fn common(&self) -> Option<(CommonFormat, u64)> {
        let most = |count: u64| self.values > 0 && count * 100 >= self.values * MIN_PERCENT;
        for (count, format) in self.formats.iter().zip(FORMATS) {
            if most(*count) {
                return Some((CommonFormat::Format(format.name()), self.values - count));
            }
        }
        // The last entry counts all longer numbers together, so it is no common length.
        if let Some(length) = (1..MAX_DIGITS).find(|length| most(self.digits[*length])) {
            return Some((CommonFormat::Digits(length), self.values - self.digits[length]));
        }
        let all: u64 = self.digits.iter().sum();
        most(all).then(|| (CommonFormat::Format("integer"), self.values - all))
    }
}

/// Returns `true` if a value looks like a telephone number: seven to fifteen digits that are written as one.
fn is_phone(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let marks = value.chars().any(|c| "+() ".contains(c));
    (7..=15).contains(&digits) && marks && value.chars().all(|c| c.is_ascii_digit() || "+()-./ ".contains(c))
}

/// Returns `true` if a key's values name people.
pub(super) fn names_people(key: &str) -> bool {
    let key: String = key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    PERSONAL.iter().any(|word| key.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(values: &[&str]) -> Option<(CommonFormat, u64)> {
        let mut shapes = FormatCounts::default();
        for value in values {
            shapes.add(value);
        }
        shapes.common()
    }

    #[test]
    fn shapes_of_values() {
        for (values, want) in [
            (vec!["12345", "67890"], Some(CommonFormat::Digits(5))),
            (vec!["1", "234"], Some(CommonFormat::Format("integer"))),
            (vec!["111122223333", "444455556666"], Some(CommonFormat::Format("account-id"))),
            (vec!["2026-01-01"], Some(CommonFormat::Format("date"))),
            (vec!["true", "false"], Some(CommonFormat::Format("boolean"))),
            (vec!["a@example.com"], Some(CommonFormat::Format("email"))),
            (vec!["https://example.com/a"], Some(CommonFormat::Format("url"))),
            (vec!["arn:aws:iam::123456789012:user/a"], Some(CommonFormat::Format("arn"))),
            (vec!["123e4567-e89b-12d3-a456-426614174000"], Some(CommonFormat::Format("uuid"))),
            (vec!["payments", "12345"], None),
            (vec![], None),
        ] {
            assert_eq!(shape(&values).map(|(shape, _)| shape), want, "{values:?}");
        }
    }

    #[test]
    fn one_in_twenty_may_differ() {
        let mut values = vec!["12345"; 19];
        values.push("1234");
        assert_eq!(shape(&values), Some((CommonFormat::Digits(5), 1)));
        values.push("123456");
        assert_eq!(shape(&values), Some((CommonFormat::Format("integer"), 0)));
    }

    #[test]
    fn addresses_and_numbers_of_people_are_told() {
        for (value, want) in [
            ("a@example.com", true),
            ("+49 30 1234567", true),
            ("(030) 123 45 67", true),
            ("12345", false),
            ("2026-01-01", false),
            ("payments", false),
            ("111122223333", false),
        ] {
            let mut shapes = FormatCounts::default();
            shapes.add(value);
            assert_eq!(shapes.personal(), want, "{value}");
        }
        assert!(
            names_people("Owner")
                && names_people("E-Mail")
                && names_people("Created_By")
                && !names_people("Cost Center")
        );
    }
}
