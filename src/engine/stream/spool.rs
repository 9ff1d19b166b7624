//! Findings that the first pass has rendered. They wait until the whole input is known to be valid: some MiB in memory,
//! then in temporary files without a name.

use std::io::{self, Read, Seek, Write};
use std::sync::{Mutex, PoisonError};

use tempfile::SpooledTempFile;

use crate::policy::Severity;

/// The bytes of each severity in memory.
const IN_MEMORY: usize = 4 << 20;
/// The most bytes of each severity. The findings of further resources are rendered by the second pass.
const LIMIT: u64 = 4 << 30;
/// Bytes that are read at a time, more for a longer line.
const STEP: usize = 128 << 10;

/// Lines by severity.
pub(in crate::engine) type LinesBySeverity = [Vec<u8>; 3];

/// The rendered findings of the first entries of a report, one on each line.
pub(in crate::engine) struct FindingSpool {
    spools: [Spool; 3],
    /// The number of entries whose findings it holds.
    entries: usize,
    is_open: bool,
}

impl Default for FindingSpool {
    /// An empty, closed spool.
    fn default() -> Self {
        Self { spools: [IN_MEMORY; 3].map(Spool::new), entries: 0, is_open: false }
    }
}

impl FindingSpool {
    /// An empty spool; a closed one if nothing is to be kept.
    pub(in crate::engine) fn new(is_open: bool) -> Self {
        Self { is_open, ..Self::default() }
    }

    /// Returns `true` until something could not be added.
    pub(in crate::engine) fn is_open(&self) -> bool {
        self.is_open
    }

    /// The number of entries whose findings it holds.
    pub(in crate::engine) fn entries(&self) -> usize {
        self.entries
    }

    /// Adds the lines of the next entries. `None` if they were not rendered: then the spool ends before them, as it does
    /// where there is no place for temporary files.
    pub(in crate::engine) fn add(&mut self, lines: Option<&LinesBySeverity>, entries: usize) {
        if !self.is_open || entries == 0 {
            return;
        }
        let lengths = self.spools.each_ref().map(|spool| spool.length);
        let written = lines
            .is_some_and(|lines| self.spools.iter_mut().zip(lines).all(|(spool, bytes)| spool.append(bytes).is_ok()));
        if written {
            self.entries += entries;
        } else {
            self.is_open = false;
            self.spools.iter_mut().zip(lengths).for_each(|(spool, length)| spool.length = length);
        }
    }

    /// Forgets everything.
    pub(in crate::engine) fn discard(&mut self) {
        *self = Self::default();
    }

    /// Passes the lines of a severity to `sink`, whole and in order.
    ///
    /// # Errors
    /// Those of reading a temporary file and of `sink`.
    pub(in crate::engine) fn copy(
        &self,
        severity: Severity,
        sink: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        self.spools[severity as usize].copy(sink)
    }
}

/// Lines that need not fit into memory.
struct Spool {
    /// Locked, because a report is read through a shared reference.
    file: Mutex<SpooledTempFile>,
    length: u64,
}

impl Spool {
    fn new(in_memory: usize) -> Self {
        Self { file: Mutex::new(tempfile::spooled_tempfile(in_memory)), length: 0 }
    }

    /// Adds lines. After an error the bytes after `length` are not defined.
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let length = self.length + lines.len() as u64;
        if length > LIMIT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.file.get_mut().unwrap_or_else(PoisonError::into_inner).write_all(lines)?;
        self.length = length;
        Ok(())
    }

    fn copy(&self, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.rewind()?;
        let (mut left, mut buffer) = (self.length, Vec::new());
        while left > 0 {
            let before = buffer.len();
            let step = usize::try_from(left).map_or(STEP, |left| left.min(STEP));
            buffer.resize(before + step, 0);
            file.read_exact(&mut buffer[before..])?;
            left -= step as u64;
            // The rest of a line is kept for the next step.
            if let Some(at) = memchr::memrchr(b'\n', &buffer[before..]) {
                sink(&buffer[..=before + at])?;
                buffer.drain(..=before + at);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(spool: &FindingSpool, severity: Severity) -> Vec<u8> {
        let mut out = Vec::new();
        let sink = &mut |lines: &[u8]| {
            assert_eq!(lines.last(), Some(&b'\n'));
            out.extend_from_slice(lines);
            Ok(())
        };
        spool.copy(severity, sink).unwrap();
        out
    }

    #[test]
    fn lines_come_back_whole_from_memory_and_from_a_file() {
        let line = |length: usize| [vec![b'x'; length], vec![b'\n']].concat();
        for in_memory in [0, 100, IN_MEMORY] {
            let mut spool = FindingSpool { spools: [in_memory; 3].map(Spool::new), entries: 0, is_open: true };
            let lengths = [0, 5, 3 * STEP, STEP - 1, STEP, 17, 600_000];
            for length in lengths {
                spool.add(Some(&[line(length), Vec::new(), line(1)]), 2);
            }
            assert_eq!(spool.entries(), 2 * lengths.len());
            for _ in 0..2 {
                assert!(text(&spool, Severity::ALL[0]) == lengths.map(line).concat());
                assert!(text(&spool, Severity::ALL[1]).is_empty());
                assert_eq!(text(&spool, Severity::ALL[2]), b"x\n".repeat(lengths.len()));
            }
        }
    }

    #[test]
    fn a_spool_ends_before_the_first_entries_that_were_not_rendered() {
        let lines = |text: &str| [text.as_bytes().to_vec(), Vec::new(), Vec::new()];
        let mut spool = FindingSpool::new(true);
        spool.add(Some(&lines("a\n")), 1);
        spool.add(None, 0);
        assert!(spool.is_open());
        spool.add(None, 1);
        spool.add(Some(&lines("b\n")), 1);
        assert!(!spool.is_open() && spool.entries() == 1);
        assert_eq!(text(&spool, Severity::ALL[0]), b"a\n");
        spool.discard();
        assert!(spool.entries() == 0 && text(&spool, Severity::ALL[0]).is_empty());
    }
}
