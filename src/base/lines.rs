//! The lines of a text, and the columns of its bytes.

/// The number of bytes between two counts of characters: columns count characters, and a minified file is one long line.
const BLOCK: usize = 1024;

/// The lines of a text. A place is found in a time that does not grow with the text.
#[derive(Debug)]
pub struct LineIndex {
    /// The byte at which each line starts.
    starts: Vec<usize>,
    /// The number of characters before each block of the text.
    blocks: Vec<usize>,
}

impl LineIndex {
    /// The lines of a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let mut blocks = vec![0];
        for block in text.as_bytes().chunks(BLOCK) {
            blocks.push(blocks[blocks.len() - 1] + characters(block));
        }
        Self { starts: std::iter::once(0).chain(breaks).collect(), blocks }
    }

    /// The byte at which each line starts.
    #[must_use]
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// The number of the line of a byte, from 0.
    #[must_use]
    pub fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The line and the column of a byte of this text, both from 1; the column counts characters.
    #[must_use]
    pub fn place(&self, text: &str, at: usize) -> (u32, u32) {
        let line = self.line(at);
        let before = |at: usize| {
            let at = at.min(text.len());
            self.blocks[at / BLOCK] + characters(&text.as_bytes()[at / BLOCK * BLOCK..at])
        };
        let column = before(at) - before(self.starts[line]);
        let number = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
        (number(line), number(column))
    }
}

/// The number of characters that begin in these bytes.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}
