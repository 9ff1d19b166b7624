//! A cache of values that every rule on a key accepted. A key such as `Environment` has four of them in a million
//! resources.

use std::hash::BuildHasher as _;

use hashbrown::DefaultHashBuilder;

/// The length limit of cached values in bytes. Together with its length, a value takes 32 bytes.
const LENGTH: usize = 31;
/// The number of slots; a full cache has 8 KiB.
const SLOTS: usize = 256;
/// The number of lookups after which a cache with few hits is dropped.
const TRIAL: u32 = 1024;

#[derive(Clone, Copy)]
struct Slot {
    length: u8,
    bytes: [u8; LENGTH],
}

/// A direct-mapped cache: of the values with the same slot the newest stays.
#[derive(Default)]
pub(super) struct AcceptedValues {
    slots: Vec<Option<Slot>>,
    hasher: DefaultHashBuilder,
    lookups: u32,
    hits: u32,
}

impl AcceptedValues {
    /// Returns `true` if the value is cached.
    pub(super) fn contains(&mut self, value: &str) -> bool {
        if self.slots.is_empty() || value.len() > LENGTH {
            return false;
        }
        self.lookups += 1;
        let hit = self.slots[self.slot(value)]
            .is_some_and(|slot| &slot.bytes[..usize::from(slot.length)] == value.as_bytes());
        self.hits += u32::from(hit);
        if self.lookups == TRIAL {
            if self.hits < TRIAL / 2 {
                // Most values are new, so evaluating the rules is faster.
                self.slots = Vec::new();
                // A marker for `insert`: the cache stays empty.
                self.hits = u32::MAX;
            } else {
                (self.lookups, self.hits) = (0, 0);
            }
        }
        hit
    }

    /// Adds a value that every rule accepted.
    pub(super) fn insert(&mut self, value: &str) {
        if value.len() > LENGTH || self.hits == u32::MAX {
            return;
        }
        if self.slots.is_empty() {
            self.slots = vec![None; SLOTS];
        }
        let mut slot = Slot { length: 0, bytes: [0; LENGTH] };
        slot.bytes[..value.len()].copy_from_slice(value.as_bytes());
        slot.length = u8::try_from(value.len()).expect("no longer than a slot");
        let index = self.slot(value);
        self.slots[index] = Some(slot);
    }

    fn slot(&self, value: &str) -> usize {
        usize::try_from(self.hasher.hash_one(value) % SLOTS as u64).expect("smaller than SLOTS")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_accepted_values_are_cached() {
        let mut accepted = AcceptedValues::default();
        let long = "x".repeat(32);
        for value in ["", "Production", "x", &long] {
            assert!(!accepted.contains(value), "{value}");
            accepted.insert(value);
        }
        assert!(accepted.contains("Production") && accepted.contains("x") && accepted.contains(""));
        assert!(!accepted.contains("Productio") && !accepted.contains("Production ") && !accepted.contains(&long));
    }

    #[test]
    fn a_cache_without_hits_is_dropped() {
        let mut accepted = AcceptedValues::default();
        for i in 0..3 * TRIAL {
            let value = i.to_string();
            assert!(!accepted.contains(&value));
            accepted.insert(&value);
        }
        assert!(accepted.slots.is_empty());
    }
}
