//! The order of resources in inventories and reports: account, region, type, name, address.

use std::cmp::Ordering;

use crate::model::Resource;

/// The terminator of each part of a sort key. It sorts before every other character.
const END: char = '\0';

/// Writes the sort key of a resource to `key`.
pub(in crate::engine) fn sort_key(resource: &Resource<'_>, key: &mut String) {
    key.clear();
    let (account, region, kind, name, address) = resource.order();
    for part in [account, region, kind, name, address] {
        key.push_str(part);
        key.push(END);
    }
}

/// A check that resources are sorted. Most resources share all parts but the name with the one before, so only the parts
/// that differ are copied.
#[derive(Default)]
pub(in crate::engine) struct OrderCheck {
    unsorted: bool,
    /// The sort key of the first resource; empty if there is none.
    first: Vec<u8>,
    /// The sort key of the last resource; empty if there is none.
    last: Vec<u8>,
    /// The ends of the parts of `last`.
    ends: [usize; 5],
}

impl OrderCheck {
    /// Adds the next resource by the parts of its sort key.
    pub(super) fn push(&mut self, parts: [&str; 5]) {
        if self.last.is_empty() {
            self.replace(0, 0, &parts);
            self.first.clone_from(&self.last);
            return;
        }
        let mut start = 0;
        for (i, part) in parts.iter().enumerate() {
            let before = &self.last[start..self.ends[i]];
            let order = part.as_bytes().cmp(before);
            if order != Ordering::Equal {
                self.unsorted |= order == Ordering::Less;
                return self.replace(i, start, &parts);
            }
            start = self.ends[i] + 1;
        }
    }

    /// Adds the next resource. A part that contains the terminator makes the input count as unsorted, because then the
    /// comparison of parts and the comparison of whole keys may differ. Fast lines have no control characters.
    pub(super) fn push_resource(&mut self, resource: &Resource<'_>) {
        let parts: [&str; 5] = resource.order().into();
        self.unsorted |= parts.iter().any(|part| part.contains(END));
        self.push(parts);
    }

    /// Returns `true` if a resource came after one with a greater key.
    pub(in crate::engine) fn is_unsorted(&self) -> bool {
        self.unsorted
    }

    /// The sort key of the last resource, as [`sort_key`] writes it; empty if there is none.
    pub(in crate::engine) fn last_key(&self) -> &[u8] {
        &self.last
    }

    /// Replaces the parts of `last` from index `from`, which begins at byte `start`.
    fn replace(&mut self, from: usize, start: usize, parts: &[&str; 5]) {
        self.last.truncate(start);
        for (part, end) in parts.iter().zip(&mut self.ends).skip(from) {
            self.last.extend_from_slice(part.as_bytes());
            *end = self.last.len();
            self.last.push(END as u8);
        }
    }

    /// Returns `true` if the resources are sorted and follow `last`, which is set to the key of the last resource.
    pub(in crate::engine) fn continues(&self, last: &mut Vec<u8>) -> bool {
        if self.first.is_empty() {
            return true;
        }
        let sorted = !self.unsorted && *last <= self.first;
        last.clone_from(&self.last);
        sorted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_in_order_as_their_keys_are() {
        let keys = [
            ["1", "", "a", "x", ""],
            ["1", "", "a", "x", ""],
            ["1", "", "a", "x", "y"],
            ["1", "", "b", "", ""],
            ["1", "e", "", "", ""],
            ["12", "", "a", "x", ""],
            ["12", "", "a", "xx", ""],
        ];
        let text = |parts: [&str; 5]| parts.map(|part| format!("{part}{END}")).concat();
        for one in keys {
            for two in keys {
                for three in keys {
                    let mut order = OrderCheck::default();
                    for parts in [one, two, three] {
                        order.push(parts);
                    }
                    let sorted = [one, two, three].map(text).is_sorted();
                    assert_eq!(order.continues(&mut Vec::new()), sorted, "{one:?} {two:?} {three:?}");
                    assert_eq!(order.last, text(three).as_bytes());
                    assert_eq!(order.first, text(one).as_bytes());
                }
            }
        }
    }
}
