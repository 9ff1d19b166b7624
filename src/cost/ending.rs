//! The quotes and the end of a cost file: how to know that it was read whole.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use flate2::Crc;
use memchr::memchr_iter;

/// The length and checksum of a text, by which a copy of it is known.
pub(super) type TextPrint = (u64, u32);

/// Facts of a text that was read.
#[derive(Default)]
pub(super) struct TextFacts {
    print: Cell<TextPrint>,
    last: Cell<u8>,
}

impl TextFacts {
    /// The length and checksum.
    pub(super) fn print(&self) -> TextPrint {
        self.print.get()
    }

    /// Returns `true` if the last line has an end.
    pub(super) fn ends_a_line(&self) -> bool {
        ends_line(self.last.get())
    }
}

fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The text of a CSV file. Reading it ends with an error where the quotes of a cell are wrong: a CSV reader would take the lines
/// that follow an open quote for a part of its cell.
pub(super) struct CheckedText<R> {
    inner: R,
    facts: Rc<TextFacts>,
    crc: Crc,
    lines: u64,
    quotes: Quotes,
}

/// The place in the quotes of a text.
#[derive(Clone, Copy, PartialEq)]
enum Quotes {
    Outside,
    Inside,
    /// The last byte is a quote inside: it closes the cell, or is the first of two that are one.
    Closing,
}

impl<R: Read> CheckedText<R> {
    pub(super) fn new(inner: R) -> (Self, Rc<TextFacts>) {
        let facts = Rc::new(TextFacts::default());
        (Self { inner, facts: Rc::clone(&facts), crc: Crc::new(), lines: 0, quotes: Quotes::Outside }, facts)
    }

    /// Follows the quotes of a part of the text; returns the place of text after a closing quote.
    fn follow(&mut self, bytes: &[u8]) -> Result<(), usize> {
        let closed = |quotes: &mut Quotes, at: usize| match bytes.get(at) {
            Some(b',' | b'\n' | b'\r') => {
                *quotes = Quotes::Outside;
                Ok(())
            }
            Some(b'"') | None => Ok(()),
            Some(_) => Err(at),
        };
        if self.quotes == Quotes::Closing {
            closed(&mut self.quotes, 0)?;
        }
        let start = self.facts.print().0;
        for at in memchr_iter(b'"', bytes) {
            match self.quotes {
                Quotes::Closing => self.quotes = Quotes::Inside,
                Quotes::Inside => {
                    self.quotes = Quotes::Closing;
                    closed(&mut self.quotes, at + 1)?;
                }
                Quotes::Outside => {
                    let before = at.checked_sub(1).map_or(self.facts.last.get(), |before| bytes[before]);
                    // A text may begin with a byte order mark. A quote inside a cell without quotes is a character of it.
                    let is_start = matches!(start + at as u64, 0 | 3) && !(before.is_ascii() && before > 0);
                    if before == b',' || ends_line(before) || is_start {
                        self.quotes = Quotes::Inside;
                    }
                }
            }
        }
        Ok(())
    }

    fn wrong(&self, bytes: &[u8], why: &str) -> io::Error {
        let line = self.lines + memchr_iter(b'\n', bytes).count() as u64 + 1;
        io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: {why}"))
    }
}

impl<R: Read> Read for CheckedText<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let bytes = &buffer[..length];
        let Some(last) = bytes.last() else {
            return match self.quotes {
                Quotes::Inside if !buffer.is_empty() => Err(self.wrong(bytes, "the file ends inside quotes")),
                _ => Ok(0),
            };
        };
        if let Err(at) = self.follow(bytes) {
            return Err(self.wrong(&bytes[..at], "text follows a closing quote, so an earlier quote was not closed"));
        }
        self.lines += memchr_iter(b'\n', bytes).count() as u64;
        self.crc.update(bytes);
        let (all, _) = self.facts.print.get();
        self.facts.print.set((all + length as u64, self.crc.sum()));
        self.facts.last.set(*last);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader of a few bytes at a time.
    struct Slow<'b>(&'b [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len());
            self.0.read(&mut buffer[..length])
        }
    }

    #[test]
    fn wrong_quotes_are_found_wherever_the_text_is_divided() {
        for (text, want) in [
            ("a,b\n1,2\n", None),
            ("\"a\",\"b\"\r\n\"x\"\"y\",\"\"\n\"p\nq\",2", None),
            ("\u{feff}\"a,\"\"b\",c\n\"\"\"\",\"\"\"x\"\"\"", None),
            ("a,b\nin 3\" of,x\"y\"\n", None),
            ("a,b\n1,\"x\n2,\"y\"\n3,z\n", Some("line 3: text follows")),
            ("a,b\n1,\"x\n2,y\n", Some("line 4: the file ends inside quotes")),
            ("a,\"b\n", Some("the file ends inside quotes")),
            ("a,\"b\"\"", Some("the file ends inside quotes")),
            ("\"a\"b,c\n", Some("line 1: text follows")),
            ("\u{feff}\"a,b\nc,d\n", Some("the file ends inside quotes")),
        ] {
            for length in 1..=text.len() {
                let mut out = String::new();
                let (mut checked, facts) = CheckedText::new(Slow(text.as_bytes(), length));
                let result = checked.read_to_string(&mut out).map_err(|error| error.to_string());
                match want {
                    None => {
                        assert_eq!((result, out.as_str()), (Ok(text.len()), text));
                        let mut crc = Crc::new();
                        crc.update(text.as_bytes());
                        assert_eq!(facts.print(), (text.len() as u64, crc.sum()));
                    }
                    Some(words) => {
                        let error = result.unwrap_err();
                        assert!(error.contains(words), "{text:?} by {length}: {error}");
                    }
                }
            }
        }
    }
}
