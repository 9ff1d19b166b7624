//! The SHA-256 of a journal, by which its owner recognizes it.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::base::digest::hex;

/// A SHA-256 in hex, as `sha256sum` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// The SHA-256 of a file's content.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(hex(&Sha256::digest(bytes)))
    }
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Sha256Hex {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err("a SHA-256 has 64 hexadecimal digits".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_sha256sum() {
        let known = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
        assert_eq!(known.parse(), Ok(Sha256Hex::of(b"abc")));
        for text in ["", "abc", &known[1..], &format!("{known}0"), &known.replace('B', "x")] {
            assert!(text.parse::<Sha256Hex>().is_err(), "{text}");
        }
    }
}
