//! A pass over JSON that keeps the wanted parts only. A plan has every resource four times, and a reader needs a few fields
//! of one: the rest is checked and dropped while it is read.
//!
//! What is kept parses to the same as the whole text. At the first mistake the pass gives up, and the whole text is parsed
//! for its message.

use wide::u8x16;

use crate::engine::ByteSource;

/// The part of a value that is kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keep {
    All,
    Nothing,
    /// No more than whether the value is null.
    Presence,
    /// The fields of an object.
    Fields(KeepField),
    /// The fields of each object in a list.
    Items(KeepField),
    /// The fields of each object in an object.
    Entries(KeepField),
}

/// The part of a field that is kept, by its name.
pub(super) type KeepField = fn(&str) -> Keep;

/// The bytes that are read at a time.
const WINDOW: usize = 256 << 10;
/// The deepest nesting. The parser of the whole text goes a little deeper.
const NESTING: usize = 100;

/// The wanted parts of a JSON text; `None` if it has a mistake or cannot be read.
pub(super) fn filter(source: &ByteSource, keep: Keep) -> Option<Vec<u8>> {
    let mut filter = JsonFilter { source, offset: 0, window: Vec::new(), at: 0, out: Vec::new(), depth: 0 };
    filter.skip_space();
    filter.value(keep)?;
    filter.skip_space();
    (filter.at == filter.window.len() && filter.offset == source.len()).then_some(filter.out)
}

struct JsonFilter<'s> {
    source: &'s ByteSource,
    /// The offset after the window.
    offset: u64,
    window: Vec<u8>,
    at: usize,
    out: Vec<u8>,
    depth: usize,
}

impl JsonFilter<'_> {
    /// Reads the next window, up to the end of its last character.
    #[cold]
    #[inline(never)]
    fn refill(&mut self) -> Option<()> {
        self.window.clear();
        self.at = 0;
        if self.offset >= self.source.len() {
            return None;
        }
        if self.source.read_at(self.offset, WINDOW, &mut self.window).is_err() {
            self.window.clear();
            self.offset = u64::MAX;
            return None;
        }
        self.offset += self.window.len() as u64;
        if self.offset < self.source.len() {
            let cut = cut_character(&self.window);
            self.window.truncate(self.window.len() - cut);
            self.offset -= cut as u64;
        }
        if simdutf8::basic::from_utf8(&self.window).is_err() {
            // Nothing after this is read, and the end is never reached.
            self.window.clear();
            self.offset = u64::MAX;
        }
        (!self.window.is_empty()).then_some(())
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        if let Some(byte) = self.window.get(self.at) {
            return Some(*byte);
        }
        self.refill()?;
        self.window.first().copied()
    }

    #[inline]
    fn advance(&mut self, bytes: usize, is_kept: bool) {
        if is_kept {
            self.out.extend_from_slice(&self.window[self.at..self.at + bytes]);
        }
        self.at += bytes;
    }

    #[inline]
    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Takes a byte that is wanted.
    #[inline]
    fn take_if(&mut self, is_wanted: impl Fn(u8) -> bool, is_kept: bool) -> bool {
        let Some(byte) = self.peek().filter(|byte| is_wanted(*byte)) else { return false };
        if is_kept {
            self.out.push(byte);
        }
        self.at += 1;
        true
    }

    #[inline]
    fn take(&mut self, wanted: u8, is_kept: bool) -> bool {
        self.take_if(|byte| byte == wanted, is_kept)
    }

    /// Reads a value of which a part is kept.
    fn value(&mut self, keep: Keep) -> Option<()> {
        match (keep, self.peek()?) {
            (Keep::Nothing, _) => self.any(false),
            (Keep::Presence, b'n') => self.any(true),
            (Keep::Presence, _) => {
                self.out.push(b'0');
                self.any(false)
            }
            (Keep::Fields(field), b'{') => self.fields(field),
            (Keep::Entries(field), b'{') => self.collection(b'}', true, |filter| {
                filter.key(true)?;
                filter.value(Keep::Fields(field))
            }),
            (Keep::Items(field), b'[') => self.collection(b']', true, |filter| filter.value(Keep::Fields(field))),
            // All, or a value of another type than expected, which the parser judges.
            _ => self.any(true),
        }
    }

    /// Reads any value.
    fn any(&mut self, is_kept: bool) -> Option<()> {
        match self.peek()? {
            b'{' => self.collection(b'}', is_kept, |filter| {
                filter.key(is_kept)?;
                filter.any(is_kept)
            }),
            b'[' => self.collection(b']', is_kept, |filter| filter.any(is_kept)),
            b'"' => self.string(is_kept),
            b'-' | b'0'..=b'9' => self.number(is_kept),
            _ => self.word(is_kept),
        }
    }

    /// Reads the elements of a collection, whose opening byte is next.
    fn collection(&mut self, end: u8, is_kept: bool, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.depth += 1;
        if self.depth > NESTING {
            return None;
        }
        self.advance(1, is_kept);
        self.skip_space();
        if !self.take(end, is_kept) {
            loop {
                element(self)?;
                self.skip_space();
                if self.take(end, is_kept) {
                    break;
                }
                self.take(b',', is_kept).then_some(())?;
                self.skip_space();
            }
        }
        self.depth -= 1;
        Some(())
    }

    /// Reads an object and keeps some of its fields.
    fn fields(&mut self, keep: KeepField) -> Option<()> {
        self.out.push(b'{');
        let mut is_first = true;
        self.collection(b'}', false, |filter| {
            let start = filter.out.len();
            if !is_first {
                filter.out.push(b',');
            }
            let name = filter.out.len();
            filter.key(true)?;
            let kept = match &filter.out[name + 1..filter.out.len() - 2] {
                // The parser decodes it.
                escaped if escaped.contains(&b'\\') => Keep::All,
                name => std::str::from_utf8(name).map_or(Keep::All, keep),
            };
            if matches!(kept, Keep::Nothing) {
                filter.out.truncate(start);
            } else {
                is_first = false;
            }
            filter.value(kept)
        })?;
        self.out.push(b'}');
        Some(())
    }

    /// Reads a key and its colon.
    fn key(&mut self, is_kept: bool) -> Option<()> {
        (self.peek()? == b'"').then_some(())?;
        self.string(is_kept)?;
        self.skip_space();
        self.take(b':', is_kept).then_some(())?;
        self.skip_space();
        Some(())
    }

    fn string(&mut self, is_kept: bool) -> Option<()> {
        self.advance(1, is_kept);
        loop {
            self.peek()?;
            let length = plain_length(&self.window[self.at..]);
            self.advance(length, is_kept);
            match self.window.get(self.at) {
                None => {}
                Some(b'"') => {
                    self.advance(1, is_kept);
                    return Some(());
                }
                Some(b'\\') => self.escape(is_kept)?,
                // A control character.
                Some(_) => return None,
            }
        }
    }

    fn escape(&mut self, is_kept: bool) -> Option<()> {
        self.advance(1, is_kept);
        if self.take(b'u', is_kept) {
            return (0..4).all(|_| self.take_if(|byte| byte.is_ascii_hexdigit(), is_kept)).then_some(());
        }
        self.take_if(|byte| b"\"\\/bfnrt".contains(&byte), is_kept).then_some(())
    }

    fn digits(&mut self, is_kept: bool) -> Option<()> {
        let mut digits = 0;
        while self.take_if(|byte| byte.is_ascii_digit(), is_kept) {
            digits += 1;
        }
        (digits > 0).then_some(())
    }

    fn number(&mut self, is_kept: bool) -> Option<()> {
        self.take(b'-', is_kept);
        if !self.take(b'0', is_kept) {
            self.digits(is_kept)?;
        }
        if self.take(b'.', is_kept) {
            self.digits(is_kept)?;
        }
        if self.take_if(|byte| matches!(byte, b'e' | b'E'), is_kept) {
            self.take_if(|byte| matches!(byte, b'+' | b'-'), is_kept);
            self.digits(is_kept)?;
        }
        Some(())
    }

    fn word(&mut self, is_kept: bool) -> Option<()> {
        let word: &[u8] = match self.peek()? {
            b't' => b"true",
            b'f' => b"false",
            _ => b"null",
        };
        word.iter().all(|byte| self.take(*byte, is_kept)).then_some(())
    }
}

/// The number of bytes before the first quotation mark, backslash or control character.
#[inline]
fn plain_length(text: &[u8]) -> usize {
    let (mut at, mut rest) = (0, text);
    while let Some((block, after)) = rest.split_first_chunk::<16>() {
        let bytes = u8x16::new(*block);
        let control = bytes.min(u8x16::splat(b' ' - 1)).simd_eq(bytes);
        let found = control | bytes.simd_eq(u8x16::splat(b'"')) | bytes.simd_eq(u8x16::splat(b'\\'));
        let bits = found.to_bitmask();
        if bits != 0 {
            return at + bits.trailing_zeros() as usize;
        }
        (at, rest) = (at + 16, after);
    }
    at + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')).unwrap_or(rest.len())
}

/// The number of bytes at the end of a text that begin a character and do not end it.
fn cut_character(bytes: &[u8]) -> usize {
    let last = bytes.len().saturating_sub(4);
    let start = bytes[last..].iter().rposition(|byte| *byte & 0xc0 != 0x80);
    let Some(start) = start.map(|at| last + at) else { return 0 };
    let length = match bytes[start] {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
        _ => 1,
    };
    let found = bytes.len() - start;
    if found < length { found } else { 0 }
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;
    use serde_json::Value;

    use super::*;

    fn filtered(text: &[u8], keep: Keep) -> Option<String> {
        filter(&ByteSource::Memory(text.to_vec().into()), keep).map(|kept| String::from_utf8(kept).expect("UTF-8"))
    }

    fn inner(name: &str) -> Keep {
        if name == "k" { Keep::All } else { Keep::Nothing }
    }

    fn outer(name: &str) -> Keep {
        match name {
            "all" => Keep::All,
            "there" => Keep::Presence,
            "fields" => Keep::Fields(inner),
            "items" => Keep::Items(inner),
            "entries" => Keep::Entries(inner),
            _ => Keep::Nothing,
        }
    }

    #[test]
    fn the_wanted_parts_are_kept() {
        for (text, want) in [
            (r#" { "x" : [1, {"y": "\u00e9\""}], "all": [ 1.5e3 , "é\n" ] } "#, r#"{"all":[1.5e3,"é\n"]}"#),
            (r#"{"there":{"a":1},"a":2,"there":null}"#, r#"{"there":0,"there":null}"#),
            (r#"{"fields":{"a":1,"k":2,"b":3}}"#, r#"{"fields":{"k":2}}"#),
            (r#"{"fields":[{"a":1}],"items":[{"a":1},2,{"k":[]}]}"#, r#"{"fields":[{"a":1}],"items":[{},2,{"k":[]}]}"#),
            (r#"{"entries":{"a":{"a":1,"k":2},"k":0},"\u0061":1}"#, r#"{"entries":{"a":{"k":2},"k":0},"\u0061":1}"#),
            ("{}", "{}"),
            ("[1]", "[1]"),
        ] {
            assert_eq!(filtered(text.as_bytes(), Keep::Fields(outer)).as_deref(), Some(want), "{text}");
        }
    }

    #[test]
    fn texts_with_mistakes_are_refused_as_the_parser_refuses_them() {
        let pieces: [&[u8]; 26] = [
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b"\"all\"",
            b"\"x\"",
            b"\"\\u12aF\"",
            b"\"\\u12\"",
            b"\"\\x\"",
            b"\"\x01\"",
            "\"é\"".as_bytes(),
            b"\"\xff\"",
            b"0",
            b"01",
            b"-",
            b"1.",
            b"-2.5E+3",
            b"true",
            b"nul",
            b"null",
            b" ",
            b"\"",
            b"\n",
            b"\\",
        ];
        let mut state = 5_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        let mut valid = 0;
        for _ in 0..50_000 {
            let text: Vec<u8> = (0..next(8)).flat_map(|_| pieces[next(pieces.len())]).copied().collect();
            let is_valid =
                std::str::from_utf8(&text).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
            for keep in [Keep::All, Keep::Nothing, Keep::Fields(outer)] {
                let kept = filtered(&text, keep);
                assert_eq!(kept.is_some(), is_valid, "{keep:?} {}", String::from_utf8_lossy(&text));
                if let (Keep::All, Some(kept), Ok(want)) = (keep, kept, serde_json::from_slice::<Value>(&text)) {
                    assert_eq!(serde_json::from_str::<Value>(&kept).ok(), Some(want));
                }
            }
            valid += usize::from(is_valid);
        }
        assert!(valid > 500, "{valid}");
    }

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
    fn windows_may_end_anywhere() {
        let long = format!("[\"{}\",{{\"a\":\"é\\n😀\\u00e9\"}},-12.5e+7,true]", "ü".repeat(40));
        for pad in WINDOW - long.len() - 8..WINDOW {
            let text = format!("{}{long}", " ".repeat(pad));
            assert_eq!(filtered(text.as_bytes(), Keep::All).as_deref(), Some(long.as_str()), "{pad}");
        }
        let mut broken = format!("{}1{}", " ".repeat(2 * WINDOW), " ".repeat(2 * WINDOW)).into_bytes();
        assert_eq!(filtered(&broken, Keep::All).as_deref(), Some("1"));
        for at in [0, WINDOW, WINDOW + 9, 3 * WINDOW, 4 * WINDOW] {
            let before = std::mem::replace(&mut broken[at], 0xff);
            assert_eq!(filtered(&broken, Keep::All), None, "{at}");
            broken[at] = before;
        }
        assert_eq!(cut_character("aé".as_bytes()), 0);
        assert_eq!(cut_character(&"a😀".as_bytes()[..4]), 3);
    }

    #[test]
    fn deep_nesting_is_left_to_the_parser() {
        for depth in [NESTING, NESTING + 1] {
            let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(filtered(text.as_bytes(), Keep::Nothing).is_some(), depth == NESTING);
        }
    }
}
