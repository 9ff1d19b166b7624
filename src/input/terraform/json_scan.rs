//! The tokens of a JSON text that is read in windows, judged as a parser judges them.

use wide::u8x16;

/// The deepest nesting. The parser of the whole text goes a little deeper.
pub(super) const NESTING: usize = 100;

/// The length of an integer that every parser reads without rounding.
const SHORT: usize = 15;

/// The reason why a scan stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The value has ended.
    Done,
    /// The rest of the value, or of a token, is not in the window.
    More,
    /// No JSON, or nested too deeply.
    Mistake,
}

/// The tokens that may follow in a value, as a set of bits.
mod expected {
    pub(super) const VALUE: u8 = 1;
    pub(super) const KEY: u8 = 2;
    pub(super) const COLON: u8 = 4;
    pub(super) const COMMA: u8 = 8;
    pub(super) const END: u8 = 16;
}

/// The place in one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct ValueScan {
    expected: u8,
    /// The nesting of the value, and of the place in it.
    outer: usize,
    depth: usize,
    /// A bit for each collection around the place, the innermost first: set for an object.
    objects: u128,
    /// True after a number that is no short integer: parsers may round it in different ways.
    has_long_number: bool,
}

impl ValueScan {
    /// The start of a value inside of `depth` collections.
    pub(super) fn new(depth: usize) -> Self {
        Self { expected: expected::VALUE, outer: depth, depth, objects: 0, has_long_number: false }
    }

    /// Returns whether the value has a number that is no short integer.
    pub(super) fn has_long_number(&self) -> bool {
        self.has_long_number
    }

    /// Reads on, from `at` in the window. Returns the place after the last token.
    #[inline]
    pub(super) fn run<const KEPT: bool>(&mut self, window: &[u8], mut at: usize, out: &mut Vec<u8>) -> (usize, Stop) {
        // A copy stays in registers.
        let (mut scan, mut kept) = (*self, at);
        let stop = loop {
            let Some(byte) = window.get(at).copied() else { break Stop::More };
            if is_space(byte) {
                if KEPT {
                    out.extend_from_slice(&window[kept..at]);
                    kept = at + 1;
                }
                at += 1;
                continue;
            }
            match scan.token(&window[at..], byte) {
                Ok(length) => at += length,
                Err(stop) => break stop,
            }
            if scan.depth == scan.outer && scan.expected & expected::COMMA != 0 {
                break Stop::Done;
            }
        };
        if KEPT {
            out.extend_from_slice(&window[kept..at]);
        }
        *self = scan;
        (at, stop)
    }

    /// The length of the next token, which begins with `byte`. The colon after a key is part of it if it follows at once.
    #[allow(clippy::inline_always)] // a call for each token would keep the place in memory
    #[inline(always)]
    fn token(&mut self, text: &[u8], byte: u8) -> Result<usize, Stop> {
        let (before, is_in_object) = (self.expected, self.objects & 1 == 1);
        let is_expected = |token: u8| if before & token != 0 { Ok(()) } else { Err(Stop::Mistake) };
        match byte {
            b'"' if before & expected::KEY != 0 => {
                let length = string_length(text)?;
                let has_colon = text.get(length) == Some(&b':');
                self.expected = if has_colon { expected::VALUE } else { expected::COLON };
                Ok(length + usize::from(has_colon))
            }
            b',' => {
                is_expected(expected::COMMA)?;
                self.expected = if is_in_object { expected::KEY } else { expected::VALUE };
                Ok(1)
            }
            b':' => {
                is_expected(expected::COLON)?;
                self.expected = expected::VALUE;
                Ok(1)
            }
            b'}' | b']' if is_in_object == (byte == b'}') => {
                is_expected(expected::END)?;
                self.depth -= 1;
                self.objects >>= 1;
                self.expected = expected::COMMA | expected::END;
                Ok(1)
            }
            b'{' | b'[' => {
                is_expected(expected::VALUE)?;
                let is_object = byte == b'{';
                self.depth += 1;
                self.objects = self.objects << 1 | u128::from(is_object);
                self.expected = expected::END | if is_object { expected::KEY } else { expected::VALUE };
                if self.depth > NESTING { Err(Stop::Mistake) } else { Ok(1) }
            }
            _ => {
                is_expected(expected::VALUE)?;
                let length = match byte {
                    b'"' => string_length(text)?,
                    b'-' | b'0'..=b'9' => {
                        let length = number_length(text)?;
                        // A reader of whole numbers makes 0 of -0, which is a fraction for others.
                        self.has_long_number |= length > SHORT
                            || !text[1..length].iter().all(u8::is_ascii_digit)
                            || text.starts_with(b"-0");
                        length
                    }
                    _ => word_length(text, byte)?,
                };
                self.expected = expected::COMMA | expected::END;
                Ok(length)
            }
        }
    }
}

#[inline]
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// The length of the string at the start of a text, with its quotation marks.
#[inline]
pub(super) fn string_length(text: &[u8]) -> Result<usize, Stop> {
    let mut at = 1;
    while let Some(block) = text[at..].first_chunk() {
        let found = special(block);
        at += found.trailing_zeros().min(16) as usize;
        if found != 0 {
            return if text[at] == b'"' { Ok(at + 1) } else { rest_of_string(text, at) };
        }
    }
    rest_of_string(text, at)
}

/// The length of a string that is read from `at`.
#[inline(never)]
fn rest_of_string(text: &[u8], mut at: usize) -> Result<usize, Stop> {
    loop {
        at += plain_length(&text[at..]);
        match text.get(at) {
            None => return Err(Stop::More),
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at += escape_length(&text[at..])?,
            // A control character.
            Some(_) => return Err(Stop::Mistake),
        }
    }
}

fn escape_length(text: &[u8]) -> Result<usize, Stop> {
    let length = match text.get(1) {
        None => return Err(Stop::More),
        Some(b'u') => 6,
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
        Some(_) => return Err(Stop::Mistake),
    };
    let digits = text.get(2..length).ok_or(Stop::More)?;
    if digits.iter().all(u8::is_ascii_hexdigit) { Ok(length) } else { Err(Stop::Mistake) }
}

/// The length of a number. The byte after it must be in the text too.
fn number_length(text: &[u8]) -> Result<usize, Stop> {
    let digits = |at: usize| match text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count() {
        0 if at < text.len() => Err(Stop::Mistake),
        digits => Ok(digits),
    };
    let mut at = usize::from(text[0] == b'-');
    at += if text.get(at) == Some(&b'0') { 1 } else { digits(at)? };
    if text.get(at) == Some(&b'.') {
        at += 1;
        at += digits(at)?;
    }
    if matches!(text.get(at), Some(b'e' | b'E')) {
        at += 1;
        at += usize::from(matches!(text.get(at), Some(b'+' | b'-')));
        at += digits(at)?;
    }
    if at < text.len() { Ok(at) } else { Err(Stop::More) }
}

#[inline]
fn word_length(text: &[u8], first: u8) -> Result<usize, Stop> {
    let word: &[u8] = match first {
        b't' => b"true",
        b'f' => b"false",
        b'n' => b"null",
        _ => return Err(Stop::Mistake),
    };
    if text.starts_with(word) {
        return Ok(word.len());
    }
    if word.starts_with(text) { Err(Stop::More) } else { Err(Stop::Mistake) }
}

/// The quotation marks, backslashes and control characters of a block as bits.
#[inline]
fn special(block: &[u8; 16]) -> u32 {
    let bytes = u8x16::new(*block);
    let control = bytes.min(u8x16::splat(b' ' - 1)).simd_eq(bytes);
    let found = control | bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\\'));
    found.to_bitmask()
}

/// The number of bytes before the first quotation mark, backslash or control character.
fn plain_length(text: &[u8]) -> usize {
    let (mut at, mut rest) = (0, text);
    while let Some((block, after)) = rest.split_first_chunk() {
        let found = special(block);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        (at, rest) = (at + block.len(), after);
    }
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_plain_text_is_found_in_every_block() {
        for length in 0..50 {
            for special in [b'"', b'\\', 0, 0x1f] {
                for at in 0..=length {
                    let mut text = vec![b'\x7f'; length];
                    text.extend([0xff, b' ', b'!', b'#', b'[', b']']);
                    let want = if at < length { at } else { text.len() };
                    if at < length {
                        text[at] = special;
                    }
                    assert_eq!(plain_length(&text), want, "{length} {at}");
                }
            }
        }
    }

    #[test]
    fn a_token_that_is_cut_needs_more() {
        for (text, tokens) in [
            (r#""a \"quoted\" text that is longer than a block \u00e9""#, string_length as fn(&[u8]) -> _),
            (r#""short""#, string_length),
            ("-12.5e+30 ", number_length),
            ("0 ", number_length),
        ] {
            let whole = text.trim_end().len();
            for end in 1..text.len() {
                assert_eq!(tokens(&text.as_bytes()[..end]), Err(Stop::More), "{}", &text[..end]);
            }
            assert_eq!(tokens(text.as_bytes()), Ok(whole), "{text}");
        }
        for text in ["t", "nul", "fals"] {
            assert_eq!(word_length(text.as_bytes(), text.as_bytes()[0]), Err(Stop::More), "{text}");
        }
    }
}
