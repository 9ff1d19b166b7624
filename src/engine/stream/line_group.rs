//! Lines that are near each other in an input, read together: one read of some kilobytes costs less than two short ones.

use std::io;
use std::ops::Range;

use crate::engine::input::Input;
use crate::engine::report_entry::ReportEntry;

/// The most bytes between two lines of a group.
const GAP: u64 = 8 << 10;
/// The most bytes of a group of more than one line.
const LENGTH: u64 = 128 << 10;

/// The last group that was read.
pub(in crate::engine) struct LineGroup {
    /// `false` to read each line alone.
    groups: bool,
    input: u16,
    /// The bytes of the input that `bytes` holds.
    range: Range<u64>,
    bytes: Vec<u8>,
}

impl LineGroup {
    /// A reader without a group yet. `groups` allows more than one line in a group.
    pub(in crate::engine) fn new(groups: bool) -> Self {
        Self { groups, input: 0, range: 0..0, bytes: Vec::new() }
    }

    /// The line of the first entry. If it is not in the group, it is read with the lines of the next entries that follow
    /// closely.
    pub(in crate::engine) fn line(&mut self, inputs: &[Input], entries: &[ReportEntry]) -> io::Result<&[u8]> {
        let entry = &entries[0];
        let end = entry.offset + u64::from(entry.length);
        let is_held = self.input == entry.input && self.range.start <= entry.offset && end <= self.range.end;
        if !is_held {
            let end = if self.groups { group_end(entries) } else { end };
            let length = usize::try_from(end - entry.offset).map_err(io::Error::other)?;
            // Empty until the read has succeeded.
            self.range = 0..0;
            // The buffer only grows; old bytes are overwritten, not cleared.
            self.bytes.resize(self.bytes.len().max(length), 0);
            inputs[usize::from(entry.input)].bytes.read_exact(entry.offset, &mut self.bytes[..length])?;
            (self.input, self.range) = (entry.input, entry.offset..end);
        }
        let start = usize::try_from(entry.offset - self.range.start).map_err(io::Error::other)?;
        // An input may have become shorter.
        self.bytes.get(start..start + entry.length as usize).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// The end of the last line of the group that begins with the first entry.
fn group_end(entries: &[ReportEntry]) -> u64 {
    let first = &entries[0];
    let mut end = first.offset + u64::from(first.length);
    for next in &entries[1..] {
        let next_end = next.offset + u64::from(next.length);
        let is_near = next.input == first.input && next.offset >= end && next.offset - end <= GAP;
        if !is_near || next_end - first.offset > LENGTH {
            break;
        }
        end = next_end;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::input::InputKind;
    use crate::engine::report_entry::OutcomeFlags;
    use crate::engine::stream::ByteSource;

    #[test]
    fn every_line_is_the_same_as_one_that_is_read_alone() {
        let text: Vec<u8> = (0..400_000_u32).map(|at| at.to_le_bytes()[usize::from(at % 3 == 0)]).collect();
        let input = |text: &[u8]| Input::new("a", ByteSource::Memory(text.to_vec().into()), InputKind::Live);
        let inputs = [input(&text), input(&text[1..])];
        let entry =
            |input, offset, length| ReportEntry { offset, length, input, outcome: OutcomeFlags::UNKNOWN, rules: 0 };
        let entries = [
            entry(0, 0, 5),
            entry(0, 5, 0),
            entry(0, 6, 700),
            entry(1, 707, 9),
            entry(0, 8_000, 100),
            entry(0, 8_100 + GAP, 7),
            entry(0, 9_000, 200_000),
            entry(0, 209_001, 3),
            entry(0, 12, 8),
            entry(1, 399_990, 9),
        ];
        let mut group = LineGroup::new(false);
        for groups in [false, true] {
            group = LineGroup::new(groups);
            for (at, one) in entries.iter().enumerate() {
                let mut want = Vec::new();
                inputs[usize::from(one.input)].bytes.read_at(one.offset, one.length as usize, &mut want).unwrap();
                assert_eq!(group.line(&inputs, &entries[at..]).unwrap(), want, "{one:?}");
            }
        }
        assert_eq!(group_end(&entries), 706);
        assert_eq!(group_end(&entries[4..]), 8_107 + GAP);
        assert!(group.line(&inputs, &[entry(0, 399_999, 2)]).is_err());
        assert!(group.line(&inputs, &entries).is_ok());
    }
}
