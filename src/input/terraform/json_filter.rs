//! A pass over JSON that keeps the wanted parts only. A plan has every resource four times, and a reader needs a few fields
//! of one: the rest is checked and dropped while it is read.
//!
//! What is kept parses to the same as the whole text. At the first mistake the pass gives up, and the whole text is parsed
//! for its message.

use super::json_scan::{NESTING, Stop, ValueScan, is_space, string_length};
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

/// The part of a field that is kept, by its name in UTF-8.
pub(super) type KeepField = fn(&[u8]) -> Keep;

/// The bytes that are read at a time.
const WINDOW: usize = 256 << 10;

/// The wanted parts of a JSON text.
pub(super) struct Filtered {
    pub(super) text: Vec<u8>,
    /// True if a number of them is no short integer.
    pub(super) has_long_number: bool,
}

/// The wanted parts of a JSON text; `None` if it has a mistake or cannot be read.
pub(super) fn filter(source: &ByteSource, keep: Keep) -> Option<Filtered> {
    let (buffer, out) = (Vec::new(), Vec::new());
    let (offset, end, at, depth) = (0, 0, 0, 0);
    let mut filter =
        JsonFilter { source, offset, is_complete: false, buffer, end, at, out, depth, has_long_number: false };
    filter.skip_space();
    filter.value(keep)?;
    filter.skip_space();
    (filter.at == filter.end && filter.is_complete)
        .then_some(Filtered { text: filter.out, has_long_number: filter.has_long_number })
}

struct JsonFilter<'s> {
    source: &'s ByteSource,
    /// The offset after the window.
    offset: u64,
    /// True once the window has the rest of the source.
    is_complete: bool,
    /// The window and old bytes after it, which are overwritten and not cleared.
    buffer: Vec<u8>,
    /// The end of the window.
    end: usize,
    at: usize,
    out: Vec<u8>,
    depth: usize,
    has_long_number: bool,
}

impl JsonFilter<'_> {
    fn window(&self) -> &[u8] {
        &self.buffer[..self.end]
    }

    /// Drops what was read from the window and adds more, up to the end of a character. After `None`, nothing is added.
    #[cold]
    #[inline(never)]
    fn more(&mut self) -> Option<()> {
        self.buffer.copy_within(self.at..self.end, 0);
        self.end -= self.at;
        self.at = 0;
        if self.offset < self.source.len() {
            let added = self.read();
            if added.is_none() {
                self.end = 0;
                self.offset = u64::MAX;
            }
            return added;
        }
        if self.is_complete || self.offset > self.source.len() {
            return None;
        }
        self.is_complete = true;
        // White space ends a number.
        self.buffer.truncate(self.end);
        self.buffer.push(b' ');
        self.end += 1;
        Some(())
    }

    /// Adds to the window; `None` if the source cannot be read or is not UTF-8.
    fn read(&mut self) -> Option<()> {
        // A string that is longer than the window doubles it.
        let (before, left) = (self.end, self.source.len() - self.offset);
        let end = before + usize::try_from(left).unwrap_or(usize::MAX).min(WINDOW.max(before));
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        self.source.read_exact(self.offset, &mut self.buffer[before..end]).ok()?;
        (self.end, self.offset) = (end, self.offset + (end - before) as u64);
        if self.offset < self.source.len() {
            let cut = cut_character(&self.buffer[before..end]);
            self.end -= cut;
            self.offset -= cut as u64;
        }
        simdutf8::basic::from_utf8(&self.buffer[before..self.end]).is_ok().then_some(())
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        if let Some(byte) = self.window().get(self.at) {
            return Some(*byte);
        }
        self.more()?;
        self.window().first().copied()
    }

    #[inline]
    fn skip_space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// Takes a byte if it is next.
    #[inline]
    fn take(&mut self, wanted: u8) -> bool {
        let is_next = self.peek() == Some(wanted);
        self.at += usize::from(is_next);
        is_next
    }

    /// Reads a value of which a part is kept.
    fn value(&mut self, keep: Keep) -> Option<()> {
        match (keep, self.peek()?) {
            (Keep::Nothing, _) => self.any::<false>(),
            (Keep::Presence, b'n') => self.any::<true>(),
            (Keep::Presence, _) => {
                self.out.push(b'0');
                self.any::<false>()
            }
            (Keep::Fields(field), b'{') => self.collection(b'}', |filter| {
                let kept = filter.key(field)?;
                filter.value(kept)
            }),
            (Keep::Entries(field), b'{') => self.collection(b'}', |filter| {
                filter.key(|_| Keep::All)?;
                filter.value(Keep::Fields(field))
            }),
            (Keep::Items(field), b'[') => self.collection(b']', |filter| {
                filter.comma();
                filter.value(Keep::Fields(field))
            }),
            // All, or a value of another type than expected, which the parser judges.
            _ => self.any::<true>(),
        }
    }

    /// Reads any value, and keeps or drops it.
    fn any<const KEPT: bool>(&mut self) -> Option<()> {
        let mut scan = ValueScan::new(self.depth);
        loop {
            let (at, stop) = scan.run::<KEPT>(&self.buffer[..self.end], self.at, &mut self.out);
            self.at = at;
            match stop {
                Stop::Done => {
                    self.has_long_number |= KEPT && scan.has_long_number();
                    return Some(());
                }
                Stop::More => self.more()?,
                Stop::Mistake => return None,
            }
        }
    }

    /// Reads the elements of a collection, whose opening byte is next.
    #[inline]
    fn collection(&mut self, end: u8, mut element: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.depth += 1;
        if self.depth > NESTING {
            return None;
        }
        self.out.push(self.buffer[self.at]);
        self.at += 1;
        self.skip_space();
        if !self.take(end) {
            loop {
                element(self)?;
                self.skip_space();
                let next = self.peek()?;
                self.at += 1;
                match next {
                    b',' => self.skip_space(),
                    _ if next == end => break,
                    _ => return None,
                }
            }
        }
        self.out.push(end);
        self.depth -= 1;
        Some(())
    }

    /// Adds the comma before an element, unless it is the first.
    fn comma(&mut self) {
        if !matches!(self.out.last(), Some(b'{' | b'[')) {
            self.out.push(b',');
        }
    }

    /// Reads a key and its colon. They are kept if a part of the value is, which is returned.
    #[inline]
    fn key(&mut self, keep: impl Fn(&[u8]) -> Keep) -> Option<Keep> {
        (self.peek()? == b'"').then_some(())?;
        let length = loop {
            match string_length(&self.window()[self.at..]) {
                Ok(length) => break length,
                Err(Stop::More) => self.more()?,
                Err(_) => return None,
            }
        };
        let text = self.at..self.at + length;
        let kept = match &self.buffer[text.start + 1..text.end - 1] {
            // The parser decodes it.
            escaped if escaped.contains(&b'\\') => Keep::All,
            name => keep(name),
        };
        if !matches!(kept, Keep::Nothing) {
            self.comma();
            self.out.extend_from_slice(&self.buffer[text]);
            self.out.push(b':');
        }
        self.at += length;
        self.skip_space();
        self.take(b':').then_some(())?;
        self.skip_space();
        Some(kept)
    }
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
        filter(&ByteSource::Memory(text.to_vec().into()), keep).map(|kept| String::from_utf8(kept.text).expect("UTF-8"))
    }

    fn inner(name: &[u8]) -> Keep {
        if name == b"k" { Keep::All } else { Keep::Nothing }
    }

    fn outer(name: &[u8]) -> Keep {
        match name {
            b"all" => Keep::All,
            b"there" => Keep::Presence,
            b"fields" => Keep::Fields(inner),
            b"items" => Keep::Items(inner),
            b"entries" => Keep::Entries(inner),
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
    fn long_numbers_are_noted_where_they_are_kept() {
        for (text, want) in [
            (r#"{"all":[1,-12,123456789012345,0],"x":1.5}"#, false),
            (r#"{"all":[1234567890123456]}"#, true),
            (r#"{"all":{"a":1.5}}"#, true),
            (r#"{"all":1e3}"#, true),
            (r#"{"fields":{"k":-0.1}}"#, true),
            (r#"{"fields":{"k":-0}}"#, true),
        ] {
            let source = ByteSource::Memory(text.as_bytes().to_vec().into());
            assert_eq!(filter(&source, Keep::Fields(outer)).expect("JSON").has_long_number, want, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_left_to_the_parser() {
        for depth in [NESTING, NESTING + 1] {
            let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(filtered(text.as_bytes(), Keep::Nothing).is_some(), depth == NESTING);
        }
    }
}
