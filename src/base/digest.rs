//! SHA-256 over lists of fields.

use sha2::{Digest as _, Sha256};

/// The SHA-256 of length-prefixed fields (64-bit little endian), so that different lists of fields are different
/// inputs.
pub fn sha256<'f>(fields: impl IntoIterator<Item = &'f [u8]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for field in fields {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

/// The SHA-256 of bytes alone, as `sha256sum` prints it.
#[must_use]
pub fn plain_sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lowercase hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_apart() {
        assert_ne!(sha256([&b"ab"[..], b"c"]), sha256([&b"a"[..], b"bc"]));
        assert_ne!(sha256([&b""[..]]), sha256([]));
        assert_eq!(hex(&sha256([])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
