//! The quotation marks of a line, one after the other. Strings of an inventory are too short for a search of each: a block
//! of bytes is compared as a whole, and its marks are then the bits of one number.

use wide::u8x16;

/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// Goes through the quotation marks of a text.
pub(super) struct QuoteScanner<'a> {
    /// What no block was made of yet.
    rest: &'a [u8],
    /// Where the block begins.
    start: usize,
    /// One bit for each mark of the block that is still to come.
    bits: u64,
    /// Where something is set, there was a byte that no plain text has.
    odd: u8x16,
}

impl<'a> QuoteScanner<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: text.as_bytes(), start: 0_usize.wrapping_sub(BLOCK), bits: 0, odd: u8x16::splat(0) }
    }

    /// The place of the next mark.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.load()?;
        }
        let place = self.start + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(place)
    }

    /// Whether the whole text, what is still to come included, has neither a backslash nor a control character.
    pub(super) fn all_plain(mut self) -> bool {
        while self.load().is_some() {}
        !self.odd.any()
    }

    /// Looks at the next block.
    fn load(&mut self) -> Option<()> {
        if let Some((block, rest)) = self.rest.split_first_chunk() {
            self.rest = rest;
            self.look(block);
            return Some(());
        }
        if self.rest.is_empty() {
            return None;
        }
        let mut block = [b' '; BLOCK];
        block[..self.rest.len()].copy_from_slice(self.rest);
        self.rest = &[];
        self.look(&block);
        Some(())
    }

    fn look(&mut self, block: &[u8; BLOCK]) {
        let (mark, backslash, control) = (u8x16::splat(b'"'), u8x16::splat(b'\\'), u8x16::splat(b' ' - 1));
        let mut bits = 0;
        for (i, bytes) in block.as_chunks().0.iter().enumerate() {
            let bytes = u8x16::new(*bytes);
            bits |= u64::from(bytes.simd_eq(mark).to_bitmask()) << (16 * i);
            self.odd |= bytes.simd_eq(backslash) | bytes.min(control).simd_eq(bytes);
        }
        self.bits = bits;
        self.start = self.start.wrapping_add(BLOCK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_found_and_every_odd_byte() {
        let long = "\"".repeat(300);
        let sparse = "é\"ab".repeat(500);
        for text in ["", "\"", "a", "!\"#\u{80}\u{a2}\"", " \u{7f}~", &long, &sparse] {
            let want: Vec<_> = text.bytes().enumerate().filter(|(_, byte)| *byte == b'"').map(|(at, _)| at).collect();
            let mut marks = QuoteScanner::of(text);
            let got: Vec<_> = std::iter::from_fn(|| marks.next()).collect();
            assert_eq!(got, want, "{text}");
            assert!(marks.all_plain(), "{text}");
            for odd in ["\0", "\u{1f}", "\n", "\\"] {
                assert!(!QuoteScanner::of(&format!("{text}{odd}")).all_plain(), "{text}{odd}");
                assert!(!QuoteScanner::of(&format!("{odd}{text}")).all_plain(), "{odd}{text}");
            }
        }
    }
}
