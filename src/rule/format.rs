//! The named formats of values.

use std::cmp::Ordering;

use crate::model::Day;

/// A named format.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::EnumString, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
#[allow(missing_docs)] // `label` says what each is
pub enum Format {
    Email,
    Date,
    Integer,
    Number,
    Boolean,
    Uuid,
    Url,
    Hostname,
    Arn,
    AccountId,
}

impl Format {
    /// The name in a policy.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// A value of this format in a sentence.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Email => "an email address",
            Self::Date => "a date written YYYY-MM-DD",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Uuid => "a UUID",
            Self::Url => "an http or https URL",
            Self::Hostname => "a host name",
            Self::Arn => "an ARN",
            Self::AccountId => "an AWS account ID of 12 digits",
        }
    }

    /// Returns `true` if the value has this format.
    #[must_use]
    pub fn accepts(self, value: &str) -> bool {
        match self {
            Self::Email => is_email(value),
            Self::Date => Day::parse(value).is_some(),
            Self::Integer => is_integer(value),
            Self::Number => is_number(value),
            Self::Boolean => matches!(value, "true" | "false"),
            Self::Uuid => is_uuid(value),
            Self::Url => is_url(value),
            Self::Hostname => is_hostname(value),
            Self::Arn => is_arn(value),
            Self::AccountId => value.len() == 12 && all_digits(value),
        }
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_integer(value: &str) -> bool {
    all_digits(value.strip_prefix('-').unwrap_or(value))
}

/// An integer with an optional fraction: `-?[0-9]+(\.[0-9]+)?`.
#[must_use]
pub fn is_number(value: &str) -> bool {
    match value.split_once('.') {
        Some((whole, fraction)) => is_integer(whole) && all_digits(fraction),
        None => is_integer(value),
    }
}

/// Compares two numbers of any size, both in the form of [`is_number`].
#[must_use]
pub fn compare_numbers(a: &str, b: &str) -> Ordering {
    fn parts(text: &str) -> (bool, &str, &str) {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        (negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction)
    }
    let ((a_negative, a_whole, a_fraction), (b_negative, b_whole, b_fraction)) = (parts(a), parts(b));
    let size =
        a_whole.len().cmp(&b_whole.len()).then_with(|| a_whole.cmp(b_whole)).then_with(|| a_fraction.cmp(b_fraction));
    match (a_negative, b_negative) {
        (false, false) => size,
        (true, true) => size.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

/// One `@`, a local part of RFC 5322 atoms, and a host name with a dot.
fn is_email(value: &str) -> bool {
    let Some((local, host)) = value.rsplit_once('@') else { return false };
    let atom = |c: char| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~-.".contains(c);
    let dots = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    !local.is_empty() && local.len() <= 64 && dots && local.chars().all(atom) && host.contains('.') && is_hostname(host)
}

fn is_hostname(value: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    value.len() <= 253 && value.split('.').all(label)
}

fn is_uuid(value: &str) -> bool {
    value.len() == 36
        && value
            .bytes()
            .enumerate()
            .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}

/// `http` or `https`, and a host (a name or an address, with an optional port).
fn is_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            ("v6", port.strip_prefix(':'))
        }
        None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
        && is_hostname(host)
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
        && !value.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// `arn:partition:service:region:account:resource`; region and account may be empty.
fn is_arn(value: &str) -> bool {
    let mut parts = value.splitn(6, ':');
    let mut next = || parts.next().unwrap_or("");
    let word = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    next() == "arn"
        && word(next())
        && word(next())
        && {
            let region = next();
            region.is_empty() || word(region)
        }
        && {
            let account = next();
            account.is_empty() || account == "aws" || (account.len() == 12 && all_digits(account))
        }
        && !next().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        use Format::*;
        for (format, good, bad) in [
            (
                Email,
                vec!["a.b+c@example.com"],
                vec!["a@b", "a b@example.com", "@example.com", ".a@example.com", "a@-x.com"],
            ),
            (Date, vec!["2026-11-22"], vec!["22.11.2026", "2026-02-30"]),
            (Integer, vec!["0", "-1", "123456789012345678901234567890"], vec!["", "-", "1.0", "+1", "１"]),
            (Number, vec!["0", "-1.50", "3.0"], vec![".5", "1.", "1e3", "1.2.3"]),
            (Boolean, vec!["true", "false"], vec!["True", "yes", "1"]),
            (
                Uuid,
                vec!["123e4567-e89b-12d3-a456-426614174000"],
                vec!["123e4567e89b12d3a456426614174000", "g23e4567-e89b-12d3-a456-426614174000"],
            ),
            (
                Url,
                vec!["https://example.com/a?b=c", "http://[::1]:80/", "http://localhost:8080"],
                vec!["ftp://example.com", "https://", "example.com", "https://exa mple.com", "http://a:99999"],
            ),
            (Hostname, vec!["a", "db-1.example.com"], vec!["", "-a", "a..b", "a_b"]),
            (
                Arn,
                vec!["arn:aws:iam::123456789012:user/a", "arn:aws-cn:s3:::bucket"],
                vec!["arn:aws:iam", "arn:AWS:iam::1:user/a", "x:aws:iam::123456789012:u"],
            ),
            (AccountId, vec!["123456789012"], vec!["12345678901", "1234-5678-9012"]),
        ] {
            for value in good {
                assert!(format.accepts(value), "{format:?} should accept {value:?}");
            }
            for value in bad {
                assert!(!format.accepts(value), "{format:?} should refuse {value:?}");
            }
        }
    }

    #[test]
    fn numbers_of_any_size_compare() {
        for (a, b, want) in [
            ("1", "2", Ordering::Less),
            ("10", "9", Ordering::Greater),
            ("-10", "-9", Ordering::Less),
            ("007", "7", Ordering::Equal),
            ("-0", "0.00", Ordering::Equal),
            ("1.5", "1.45", Ordering::Greater),
            ("99999999999999999999999", "9223372036854775807", Ordering::Greater),
        ] {
            assert_eq!(compare_numbers(a, b), want, "{a} {b}");
        }
    }
}
