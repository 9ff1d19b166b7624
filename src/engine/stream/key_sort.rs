//! A sort by keys that need not fit into memory: parts are sorted in memory, kept in temporary files, and merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::ops::Range;

/// The number of keys in memory, a few megabytes.
pub(in crate::engine) const PART: usize = 1 << 16;

/// Computes the keys of a range of items.
type Keys<'k> = &'k dyn Fn(Range<usize>) -> io::Result<Vec<String>>;

/// The items in the order of their keys; those with the same key stay in their order. At most `part` keys are in memory,
/// unless there is no place for temporary files.
///
/// # Errors
/// Those of computing a key.
pub(in crate::engine) fn order_by_key(items: usize, part: usize, keys: Keys<'_>) -> io::Result<Vec<usize>> {
    if items > part
        && let Ok(order) = merged(items, part, keys)
    {
        return Ok(order);
    }
    Ok(sorted(0..items, keys)?.into_iter().map(|(_, item)| item).collect())
}

fn sorted(items: Range<usize>, keys: Keys<'_>) -> io::Result<Vec<(String, usize)>> {
    let mut keyed: Vec<_> = keys(items.clone())?.into_iter().zip(items).collect();
    keyed.sort_unstable();
    Ok(keyed)
}

fn merged(items: usize, part: usize, keys: Keys<'_>) -> io::Result<Vec<usize>> {
    let starts = (0..items).step_by(part);
    let mut parts: Vec<SortedPart> = starts
        .map(|start| SortedPart::write(&sorted(start..items.min(start + part), keys)?))
        .collect::<io::Result<_>>()?;
    let mut next = BinaryHeap::new();
    for (at, part) in parts.iter_mut().enumerate() {
        next.extend(part.next()?.map(|(key, item)| Reverse((key, item, at))));
    }
    let mut order = Vec::with_capacity(items);
    while let Some(Reverse((_, item, at))) = next.pop() {
        order.push(item);
        next.extend(parts[at].next()?.map(|(key, item)| Reverse((key, item, at))));
    }
    Ok(order)
}

/// A sorted part in a temporary file, which is gone when the process ends.
struct SortedPart {
    file: BufReader<File>,
    left: usize,
}

impl SortedPart {
    fn write(keyed: &[(String, usize)]) -> io::Result<Self> {
        let mut out = BufWriter::new(tempfile::tempfile()?);
        for (key, item) in keyed {
            out.write_all(&(key.len() as u64).to_le_bytes())?;
            out.write_all(&(*item as u64).to_le_bytes())?;
            out.write_all(key.as_bytes())?;
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(Self { file: BufReader::new(file), left: keyed.len() })
    }

    fn next(&mut self) -> io::Result<Option<(Vec<u8>, usize)>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let (length, item) = (self.number()?, self.number()?);
        let mut key = vec![0; length];
        self.file.read_exact(&mut key)?;
        Ok(Some((key, item)))
    }

    fn number(&mut self) -> io::Result<usize> {
        let mut bytes = [0; 8];
        self.file.read_exact(&mut bytes)?;
        usize::try_from(u64::from_le_bytes(bytes)).map_err(io::Error::other)
    }
}

/// Moves items to their places in an order, without a copy of all of them.
pub(in crate::engine) fn permute<T>(items: &mut [T], mut order: Vec<usize>) {
    for start in 0..order.len() {
        let mut at = start;
        loop {
            let from = std::mem::replace(&mut order[at], at);
            if from == start {
                break;
            }
            items.swap(at, from);
            at = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_on_disk_give_the_order_of_a_sort_in_memory() {
        for items in [0, 1, 7, 50] {
            let key = |item: usize| format!("{}\0é{}", item * 7 % 5, "x".repeat(item % 3));
            let keys = |range: Range<usize>| Ok(range.map(key).collect());
            let mut want: Vec<usize> = (0..items).collect();
            want.sort_by_key(|item| key(*item));
            for part in [1, 3, 49, 50, 100] {
                let order = order_by_key(items, part, &keys).unwrap();
                assert_eq!(order, want, "{items} in parts of {part}");
                let mut moved: Vec<usize> = (0..items).collect();
                permute(&mut moved, order);
                assert_eq!(moved, want);
            }
        }
    }

    #[test]
    fn an_error_of_a_key_is_returned() {
        let keys = |_: Range<usize>| Err(io::Error::other("no key"));
        assert!(order_by_key(5, 2, &keys).is_err() && order_by_key(5, 9, &keys).is_err());
    }
}
