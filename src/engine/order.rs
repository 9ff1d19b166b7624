//! The order of resources: account, region, type, name, address.

use crate::model::Resource;

/// What stands behind each part of a key. It sorts before every character of the parts.
const END: char = '\0';

/// The order of resources as one text.
pub(super) fn sort_key(resource: &Resource<'_>, key: &mut String) {
    key.clear();
    let (account, region, kind, name, address) = resource.order();
    for part in [account, region, kind, name, address] {
        key.push_str(part);
        key.push(END);
    }
}

/// Whether resources come in order, one after the other. Most share all but the name with the one before.
#[derive(Default)]
pub(super) struct Order {
    disorder: bool,
    /// The sort keys of the first and the last resource; empty where there is none.
    first: Vec<u8>,
    last: Vec<u8>,
    /// Where the parts of the last key end.
    ends: [usize; 5],
}

impl Order {
    /// Takes note of the next resource, by the parts of its key.
    pub(super) fn next(&mut self, parts: [&str; 5]) {
        if self.last.is_empty() {
            self.replace(0, 0, &parts);
            self.first.clone_from(&self.last);
            return;
        }
        let mut start = 0;
        for (i, part) in parts.iter().enumerate() {
            let before = &self.last[start..self.ends[i]];
            if part.as_bytes() != before {
                self.disorder |= part.as_bytes() < before;
                return self.replace(i, start, &parts);
            }
            start = self.ends[i] + 1;
        }
    }

    /// The same of a resource that was read: only in such a one can a part hold what ends parts, and what is in order
    /// then is for sorting to say.
    pub(super) fn next_resource(&mut self, resource: &Resource<'_>) {
        let parts: [&str; 5] = resource.order().into();
        self.disorder |= parts.iter().any(|part| part.contains(END));
        self.next(parts);
    }

    /// The parts from `from` on, which begin at `start`, are new.
    fn replace(&mut self, from: usize, start: usize, parts: &[&str; 5]) {
        self.last.truncate(start);
        for (part, end) in parts.iter().zip(&mut self.ends).skip(from) {
            self.last.extend_from_slice(part.as_bytes());
            *end = self.last.len();
            self.last.push(END as u8);
        }
    }

    /// Whether the resources stand in order, all of them after `last`, which becomes the key of the last one.
    pub(super) fn goes_on(&self, last: &mut Vec<u8>) -> bool {
        if self.first.is_empty() {
            return true;
        }
        let sorted = !self.disorder && *last <= self.first;
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
                    let mut order = Order::default();
                    for parts in [one, two, three] {
                        order.next(parts);
                    }
                    let sorted = [one, two, three].map(text).is_sorted();
                    assert_eq!(order.goes_on(&mut Vec::new()), sorted, "{one:?} {two:?} {three:?}");
                    assert_eq!(order.last, text(three).as_bytes());
                    assert_eq!(order.first, text(one).as_bytes());
                }
            }
        }
    }
}
