//! A sort of report entries by keys that need not fit into memory: parts are sorted in memory, kept in temporary files,
//! and merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use crate::engine::report_entry::ReportEntry;

/// The bytes of keys in memory.
const PART: usize = 4 << 20;

/// Report entries with their sort keys, in memory.
#[derive(Default)]
pub(in crate::engine) struct KeyedEntries {
    /// The keys of `entries`, one after the other.
    keys: Vec<u8>,
    /// Each entry with the start and the end of its key.
    entries: Vec<(ReportEntry, usize, usize)>,
}

impl KeyedEntries {
    /// Adds an entry.
    pub(in crate::engine) fn push(&mut self, key: &[u8], entry: ReportEntry) {
        let start = self.keys.len();
        self.keys.extend_from_slice(key);
        self.entries.push((entry, start, self.keys.len()));
    }

    /// Sorts the entries by key; those with the same key by their place, so that every run gives the same report.
    fn sort(&mut self) {
        let Self { keys, entries } = self;
        entries.sort_unstable_by(|(a, a_start, a_end), (b, b_start, b_end)| {
            keys[*a_start..*a_end].cmp(&keys[*b_start..*b_end]).then_with(|| a.place().cmp(&b.place()))
        });
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], ReportEntry)> {
        self.entries.iter().map(|(entry, start, end)| (&self.keys[*start..*end], *entry))
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.entries.clear();
    }
}

/// A sort of entries that need not fit into memory.
pub(in crate::engine) struct EntrySort {
    /// The bytes of keys in memory.
    part: usize,
    held: KeyedEntries,
    written: Vec<SortedPart>,
}

impl Default for EntrySort {
    fn default() -> Self {
        Self::with_part(PART)
    }
}

impl EntrySort {
    /// A sort with at most `part` bytes of keys in memory, unless there is no place for temporary files.
    fn with_part(part: usize) -> Self {
        Self { part, held: KeyedEntries::default(), written: Vec::new() }
    }

    /// Adds an entry.
    pub(in crate::engine) fn push(&mut self, key: &[u8], entry: ReportEntry) {
        self.held.push(key, entry);
        if self.held.keys.len() >= self.part {
            self.held.sort();
            match SortedPart::write(self.held.iter()) {
                Ok(part) => {
                    self.written.push(part);
                    self.held.clear();
                }
                // The rest stays in memory.
                Err(_) => self.part = usize::MAX,
            }
        }
    }

    /// Adds entries.
    pub(in crate::engine) fn append(&mut self, entries: &KeyedEntries) {
        entries.iter().for_each(|(key, entry)| self.push(key, entry));
    }

    /// The entries in order.
    ///
    /// # Errors
    /// Those of reading a temporary file.
    pub(in crate::engine) fn finish(mut self) -> io::Result<Vec<ReportEntry>> {
        self.held.sort();
        let in_memory = self.written.len();
        let mut out =
            Vec::with_capacity(self.held.entries.len() + self.written.iter().map(|part| part.left).sum::<usize>());
        let mut held = self.held.iter();
        let mut next_of = |source: usize| -> io::Result<Option<Reverse<_>>> {
            let next = match self.written.get_mut(source) {
                Some(part) => part.next()?,
                None => held.next().map(|(key, entry)| (key.to_vec(), entry)),
            };
            Ok(next.map(|(key, entry)| Reverse((key, entry.place(), source, Held(entry)))))
        };
        let mut next = BinaryHeap::new();
        for source in 0..=in_memory {
            next.extend(next_of(source)?);
        }
        while let Some(Reverse((_, _, source, Held(entry)))) = next.pop() {
            out.push(entry);
            next.extend(next_of(source)?);
        }
        Ok(out)
    }
}

/// An entry that a heap does not compare: key and place are different for each.
struct Held(ReportEntry);

impl PartialEq for Held {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Held {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

/// A sorted part in a temporary file, which is gone when the process ends.
struct SortedPart {
    file: BufReader<File>,
    left: usize,
}

impl SortedPart {
    fn write<'k>(sorted: impl ExactSizeIterator<Item = (&'k [u8], ReportEntry)>) -> io::Result<Self> {
        let left = sorted.len();
        let mut out = BufWriter::new(tempfile::tempfile()?);
        for (key, entry) in sorted {
            out.write_all(&(key.len() as u64).to_le_bytes())?;
            out.write_all(&entry.to_bytes())?;
            out.write_all(key)?;
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Self { file: BufReader::new(file), left })
    }

    fn next(&mut self) -> io::Result<Option<(Vec<u8>, ReportEntry)>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let (mut length, mut entry) = ([0; 8], [0; ReportEntry::BYTES]);
        self.file.read_exact(&mut length)?;
        self.file.read_exact(&mut entry)?;
        let mut key = vec![0; usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)?];
        self.file.read_exact(&mut key)?;
        Ok(Some((key, ReportEntry::from_bytes(entry))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::report_entry::OutcomeFlags;

    #[test]
    fn parts_on_disk_give_the_order_of_a_sort_in_memory() {
        for items in [0, 1, 7, 50] {
            let key = |item: u64| format!("{}\0é{}", item * 7 % 5, "x".repeat(usize::try_from(item % 3).unwrap()));
            let entry = |item: u64| ReportEntry {
                offset: 1 << 40 | item,
                length: 7,
                input: u16::try_from(item / 20).unwrap(),
                outcome: OutcomeFlags::UNKNOWN,
                rules: u64::MAX - item,
            };
            let mut want: Vec<u64> = (0..items).collect();
            want.sort_by_key(|item| key(*item));
            for part in [1, 20, 400, PART] {
                let (mut sort, mut late) = (EntrySort::with_part(part), KeyedEntries::default());
                // The order of adding does not matter.
                for item in (0..items).rev() {
                    if item % 4 == 0 {
                        late.push(key(item).as_bytes(), entry(item));
                    } else {
                        sort.push(key(item).as_bytes(), entry(item));
                    }
                }
                sort.append(&late);
                let parts = sort.written.len() as u64;
                assert!(if part == 1 { parts == items } else { part < PART || parts == 0 }, "{items}, {part}: {parts}");
                let got = sort.finish().unwrap();
                let want: Vec<_> = want.iter().map(|item| entry(*item).to_bytes()).collect();
                assert_eq!(got.into_iter().map(ReportEntry::to_bytes).collect::<Vec<_>>(), want, "{items}, {part}");
            }
        }
    }
}
