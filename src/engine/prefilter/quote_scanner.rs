//! An iterator over the quotation marks of a line. The strings of an inventory are too short for one `memchr` call each,
//! so a block of bytes is compared with SIMD, and its quotation marks become the bits of one integer.

use wide::u8x16;

/// Bytes per block.
const BLOCK: usize = 64;

/// An iterator over the quotation marks of a text.
pub(super) struct QuoteScanner<'a> {
    /// The bytes after the block.
    rest: &'a [u8],
    /// Offset of the block.
    start: usize,
    /// One bit for each remaining quotation mark of the block.
    bits: u64,
    /// Nonzero after a backslash or a control character.
    special: u8x16,
}

impl<'a> QuoteScanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        // The first load adds one block, so that the first block starts at 0.
        Self { rest: text.as_bytes(), start: 0_usize.wrapping_sub(BLOCK), bits: 0, special: u8x16::splat(0) }
    }

    /// The offset of the next quotation mark.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.load()?;
        }
        let offset = self.start + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(offset)
    }

    /// Returns `true` if the whole text, including the rest, has neither a backslash nor a control character.
    pub(super) fn no_special(mut self) -> bool {
        while self.load().is_some() {}
        !self.special.any()
    }

    /// Loads the next block.
    fn load(&mut self) -> Option<()> {
        if let Some((block, rest)) = self.rest.split_first_chunk() {
            self.rest = rest;
            self.compare(block);
            return Some(());
        }
        if self.rest.is_empty() {
            return None;
        }
        // Padded with spaces, which are neither quotation marks nor special.
        let mut block = [b' '; BLOCK];
        block[..self.rest.len()].copy_from_slice(self.rest);
        self.rest = &[];
        self.compare(&block);
        Some(())
    }

    fn compare(&mut self, block: &[u8; BLOCK]) {
        let (quote, backslash, control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(b' ' - 1));
        let mut bits = 0;
        for (i, bytes) in block.as_chunks().0.iter().enumerate() {
            let bytes = u8x16::new(*bytes);
            bits |= u64::from(bytes.simd_eq(quote).to_bitmask()) << (16 * i);
            // `min` gives an unsigned comparison: a byte is a control character if it is its minimum with 0x1f.
            self.special |= bytes.simd_eq(backslash) | bytes.min(control).simd_eq(bytes);
        }
        self.bits = bits;
        self.start = self.start.wrapping_add(BLOCK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quotation_mark_and_special_byte_is_found() {
        let long = "\"".repeat(300);
        let sparse = "é\"ab".repeat(500);
        for text in ["", "\"", "a", "!\"#\u{80}\u{a2}\"", " \u{7f}~", &long, &sparse] {
            let want: Vec<_> = text.bytes().enumerate().filter(|(_, byte)| *byte == b'"').map(|(at, _)| at).collect();
            let mut quotes = QuoteScanner::new(text);
            let got: Vec<_> = std::iter::from_fn(|| quotes.next()).collect();
            assert_eq!(got, want, "{text}");
            assert!(quotes.no_special(), "{text}");
            for special in ["\0", "\u{1f}", "\n", "\\"] {
                assert!(!QuoteScanner::new(&format!("{text}{special}")).no_special(), "{text}{special}");
                assert!(!QuoteScanner::new(&format!("{special}{text}")).no_special(), "{special}{text}");
            }
        }
    }
}
