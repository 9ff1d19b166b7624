//! The end of a cost file: how to know that it was read whole.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use flate2::Crc;

/// A line that follows the text of a file. If the text ends inside quotes, it is a part of them and no line of its own.
const LAST_LINE: &[u8] = b"\n\x01end of the file\n";
/// The one field of that line.
pub(super) const LAST_FIELD: &str = "\u{1}end of the file";

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
        matches!(self.last.get(), b'\n' | b'\r')
    }
}

/// A text with a last line.
pub(super) struct WithEnding<R> {
    inner: R,
    facts: Rc<TextFacts>,
    crc: Crc,
    ending: Option<&'static [u8]>,
}

impl<R: Read> WithEnding<R> {
    pub(super) fn new(inner: R) -> (Self, Rc<TextFacts>) {
        let facts = Rc::new(TextFacts::default());
        (Self { inner, facts: Rc::clone(&facts), crc: Crc::new(), ending: None }, facts)
    }
}

impl<R: Read> Read for WithEnding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(ending) = &mut self.ending {
            return ending.read(buffer);
        }
        let length = self.inner.read(buffer)?;
        if length == 0 && !buffer.is_empty() {
            let mut ending = LAST_LINE;
            let length = ending.read(buffer)?;
            self.ending = Some(ending);
            return Ok(length);
        }
        self.crc.update(&buffer[..length]);
        let (all, _) = self.facts.print.get();
        self.facts.print.set((all + length as u64, self.crc.sum()));
        if let Some(last) = buffer[..length].last() {
            self.facts.last.set(*last);
        }
        Ok(length)
    }
}
