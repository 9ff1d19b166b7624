//! Decoding of text files.

/// The byte order mark of UTF-8. Editors on Windows write it first; it is not part of the text.
pub const UTF8_BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// The reason why bytes are not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// The text begins with a byte order mark of UTF-16.
    #[error("the text is UTF-16; write it as UTF-8 (in PowerShell: `Out-File -Encoding utf8`)")]
    Utf16,
    /// A byte is not UTF-8. It counts from 1 and includes a byte order mark.
    #[error("not UTF-8 (byte {0})")]
    Utf8(usize),
}

/// The bytes without a UTF-8 byte order mark.
#[must_use]
pub fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(UTF8_BOM).unwrap_or(bytes)
}

/// The text without a byte order mark.
#[must_use]
pub fn text_without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Returns `true` if the text begins with a byte order mark of UTF-16.
#[must_use]
pub fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff])
}

/// The text of a whole file, without a byte order mark.
///
/// # Errors
/// [`EncodingError`], with the place of the first byte that is not UTF-8.
pub fn decode(bytes: Vec<u8>) -> Result<String, EncodingError> {
    if is_utf16(&bytes) {
        return Err(EncodingError::Utf16);
    }
    let bom = if bytes.starts_with(UTF8_BOM) { UTF8_BOM.len() } else { 0 };
    let mut text = String::from_utf8(bytes).map_err(|e| EncodingError::Utf8(e.utf8_error().valid_up_to() + 1))?;
    text.drain(..bom);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_text() {
        for (bytes, want) in [
            (&b"a = 1"[..], Ok("a = 1")),
            (b"\xef\xbb\xbfa = 1", Ok("a = 1")),
            (b"\xef\xbb\xbf\xef\xbb\xbfa", Ok("\u{feff}a")),
            (b"", Ok("")),
            (b"ab\xff", Err(EncodingError::Utf8(3))),
            (b"\xff\xfea\0", Err(EncodingError::Utf16)),
            (b"\xfe\xff\0a", Err(EncodingError::Utf16)),
        ] {
            assert_eq!(decode(bytes.to_vec()), want.map(str::to_owned), "{bytes:?}");
        }
        assert_eq!((without_bom(b"\xef\xbb\xbfx"), text_without_bom("\u{feff}x")), (&b"x"[..], "x"));
    }
}
