//! Resources as lines of an inventory in memory.

use std::ops::Range;

use crate::engine::{ByteSource, Input, InputKind};
use crate::model::{Gap, Resource, append_resource};

/// Resources on their way to an inventory in memory. Each is written as its line at once: a line takes a fraction of the
/// memory of a resource.
#[derive(Debug, Default)]
pub(super) struct ResourceLines {
    lines: Vec<u8>,
    /// The sort key of each line, one after the other.
    keys: Vec<u8>,
    /// The ends of each key and line.
    ends: Vec<(usize, usize)>,
    is_unsorted: bool,
}

impl ResourceLines {
    /// The number of resources.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds a resource.
    pub(super) fn push(&mut self, resource: &Resource<'_>) {
        let (account, region, kind, name, address) = resource.order();
        for part in [account, region, kind, name, address] {
            self.keys.extend_from_slice(part.as_bytes());
            self.keys.push(0);
        }
        append_resource(&mut self.lines, resource);
        self.ends.push((self.keys.len(), self.lines.len()));
        let last = self.len() - 1;
        self.is_unsorted |= last > 0 && self.key(last - 1) > self.key(last);
    }

    /// An inventory of the resources, in the order of reports. Resources with the same key stay in their order.
    pub(super) fn into_input(self, name: &str, gaps: Vec<Gap>) -> Input {
        let lines = if self.is_unsorted { self.sorted() } else { self.lines };
        Input { gaps, ..Input::new(name, ByteSource::Memory(lines.into()), InputKind::Live) }
    }

    fn sorted(&self) -> Vec<u8> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_by(|a, b| self.key(*a).cmp(self.key(*b)));
        let mut lines = Vec::with_capacity(self.lines.len());
        for at in order {
            lines.extend_from_slice(&self.lines[self.start(at).1..self.ends[at].1]);
        }
        lines
    }

    fn key(&self, at: usize) -> &[u8] {
        let range: Range<usize> = self.start(at).0..self.ends[at].0;
        &self.keys[range]
    }

    fn start(&self, at: usize) -> (usize, usize) {
        at.checked_sub(1).map_or((0, 0), |before| self.ends[before])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::in_memory;
    use crate::model::Text;

    #[test]
    fn a_line_in_memory_reads_as_the_line_of_an_inventory() {
        for text in ["plain", "a\"b\\c/", "\n\t\r\u{8}\u{c}\u{1b}\u{7f}", "é\u{2028}\u{202e}😀", ""] {
            let resource =
                Resource { kind: Text::from("iam:user"), name: Some(Text::from(text)), ..Resource::default() };
            let (mut quick, mut careful) = (Vec::new(), Vec::new());
            append_resource(&mut quick, &resource);
            crate::model::write_resource(&mut careful, &resource).expect("memory takes every byte");
            assert_eq!(String::from_utf8_lossy(&quick), String::from_utf8_lossy(&careful));
        }
    }

    #[test]
    fn lines_are_those_of_sorted_resources() {
        let names = ["b", "a", "ab", "", "a", "\u{e9}", "a\u{1}"];
        for count in 0..=names.len() {
            let resource = |(at, name): (usize, &&'static str)| Resource {
                kind: Text::from(if at % 3 == 0 { "iam:user" } else { "iam:mfa" }),
                name: Some(Text::from(*name)),
                address: Some(Text::from(["x", "y"][at % 2])),
                ..Resource::default()
            };
            let resources: Vec<Resource<'_>> = names.iter().enumerate().take(count).map(resource).collect();
            let mut lines = ResourceLines::default();
            for resource in &resources {
                lines.push(resource);
            }
            let (ByteSource::Memory(got), ByteSource::Memory(want)) =
                (lines.into_input("x", Vec::new()).bytes, in_memory("x", resources, Vec::new()).bytes)
            else {
                unreachable!()
            };
            assert_eq!(String::from_utf8_lossy(&got), String::from_utf8_lossy(&want));
        }
    }
}
