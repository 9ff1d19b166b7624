//! A memory of the tag objects that every rule passes. In a large organization most resources share a few hundred sets of
//! tags, and comparing the text of a set is faster than splitting and judging it.

use std::hash::BuildHasher as _;

use hashbrown::DefaultHashBuilder;

/// The number of slots. With [`LENGTH`] bytes in each, a full memory has 4 MiB.
const SLOTS: usize = 4096;
/// The length limit of an object in bytes.
const LENGTH: usize = 1024;
/// The number of lookups after which a memory with few hits rests.
const TRIAL: u32 = 1024;
/// The number of lookups that it rests for.
const REST: u32 = 64 * TRIAL;

/// A tag object and everything else that the prefilter's verdict depends on.
struct Slot {
    kind: Box<str>,
    /// `true` if AWS has not accepted the tags yet.
    unaccepted: bool,
    /// The text of the object. It is compared, so that objects with the same hash do not matter.
    object: Box<str>,
}

/// A direct-mapped memory: of the objects with the same slot the newest stays.
#[derive(Default)]
pub(in crate::engine) struct PassedTags {
    slots: Vec<Option<Slot>>,
    hasher: DefaultHashBuilder,
    /// The slot of the last object that was not found.
    missed: Option<usize>,
    lookups: u32,
    hits: u32,
    /// Lookups that are left until the next trial.
    rest: u32,
}

impl PassedTags {
    /// Returns `true` if every rule on the type passes the tags of an object, which is known from an earlier resource.
    pub(in crate::engine) fn contains(&mut self, kind: &str, unaccepted: bool, object: &str) -> bool {
        self.missed = None;
        if self.rest > 0 {
            self.rest -= 1;
            return false;
        }
        if object.len() > LENGTH {
            return false;
        }
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let at = usize::try_from(self.hasher.hash_one(object.as_bytes()) % SLOTS as u64).expect("smaller than SLOTS");
        let is_hit = self.slots[at]
            .as_ref()
            .is_some_and(|slot| *slot.object == *object && *slot.kind == *kind && slot.unaccepted == unaccepted);
        self.missed = (!is_hit).then_some(at);
        self.hits += u32::from(is_hit);
        self.lookups += 1;
        if self.lookups == TRIAL {
            if self.hits < TRIAL / 4 {
                // Most sets of tags are new. Others may come.
                (self.rest, self.slots) = (REST, Vec::new());
                self.missed = None;
            }
            (self.lookups, self.hits) = (0, 0);
        }
        is_hit
    }

    /// Adds the object of the last lookup, which was not found, after every rule has passed its tags.
    pub(super) fn insert(&mut self, kind: &str, unaccepted: bool, object: &str) {
        if let Some(slot) = self.missed.take().and_then(|at| self.slots.get_mut(at)) {
            *slot = Some(Slot { kind: kind.into(), unaccepted, object: object.into() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_object_of_the_same_type_is_known() {
        let mut passed = PassedTags::default();
        let (tags, long) = ("{\"a\":\"b\"}", "x".repeat(LENGTH + 1));
        for (kind, unaccepted, object) in [("iam:user", false, tags), ("iam:user", false, ""), ("iam:mfa", true, &long)]
        {
            assert!(!passed.contains(kind, unaccepted, object), "{object}");
            passed.insert(kind, unaccepted, object);
            assert_eq!(passed.contains(kind, unaccepted, object), object.len() <= LENGTH, "{object}");
        }
        for (kind, unaccepted, object) in
            [("iam:mfa", false, tags), ("iam:user", true, tags), ("iam:user", false, "{}")]
        {
            assert!(!passed.contains(kind, unaccepted, object), "{kind} {object}");
        }
        assert!(passed.contains("iam:user", false, tags));
    }

    #[test]
    fn a_memory_without_hits_rests_and_tries_again() {
        let mut passed = PassedTags::default();
        for i in 0..TRIAL {
            let object = i.to_string();
            assert!(!passed.contains("k", false, &object));
            passed.insert("k", false, &object);
        }
        assert!(passed.slots.is_empty());
        for _ in 0..REST {
            assert!(!passed.contains("k", false, "same"));
            passed.insert("k", false, "same");
        }
        for expected in [false, true, true] {
            assert_eq!(passed.contains("k", false, "same"), expected);
            passed.insert("k", false, "same");
        }
    }
}
