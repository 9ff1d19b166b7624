//! AWS account ids.

use std::fmt;
use std::str::FromStr;

/// An AWS account id: twelve digits (AWS Account Management, "View AWS account identifiers").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("twelve ASCII digits")
    }

    /// Returns `true` if a text is an account id.
    #[must_use]
    pub fn is_valid(text: &str) -> bool {
        text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
    }
}

/// The error for a text that is not an account id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an account id has twelve digits, such as 123456789012")]
pub struct InvalidAccountId;

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, InvalidAccountId> {
        let digits = Self::is_valid(text).then(|| text.as_bytes().try_into().ok()).flatten();
        digits.map(Self).ok_or(InvalidAccountId)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_has_twelve_ascii_digits() {
        for (text, good) in [
            ("123456789012", true),
            ("000000000000", true),
            ("12345678901", false),
            ("1234567890123", false),
            ("12345678901a", false),
            ("１２３４", false), // twelve bytes, no ASCII digit
            ("", false),
        ] {
            assert_eq!(
                text.parse::<AccountId>().map(|id| id.to_string()),
                if good { Ok(text.to_owned()) } else { Err(InvalidAccountId) },
                "{text}"
            );
        }
    }
}
