//! Values that every rule on a key has accepted. A key such as `Environment` has four of them in a million resources.

use std::hash::BuildHasher as _;

use hashbrown::DefaultHashBuilder;

/// Bytes of a value that is remembered, at most.
const LENGTH: usize = 31;
/// So many values are remembered: 8 KiB.
const SLOTS: usize = 256;
/// After so many tries it shows whether remembering is worth it.
const TRIAL: u32 = 1024;

#[derive(Clone, Copy)]
struct Slot {
    length: u8,
    bytes: [u8; LENGTH],
}

/// A memory of values; the newest of those that share a place stays.
#[derive(Default)]
pub(super) struct Accepted {
    slots: Vec<Option<Slot>>,
    hasher: DefaultHashBuilder,
    tries: u32,
    hits: u32,
}

impl Accepted {
    /// Whether the value was accepted before.
    pub(super) fn has(&mut self, value: &str) -> bool {
        if self.slots.is_empty() || value.len() > LENGTH {
            return false;
        }
        self.tries += 1;
        let hit = self.slots[self.place(value)]
            .is_some_and(|slot| &slot.bytes[..usize::from(slot.length)] == value.as_bytes());
        self.hits += u32::from(hit);
        if self.tries == TRIAL {
            if self.hits < TRIAL / 2 {
                // As good as every value is new: it is quicker to ask.
                self.slots = Vec::new();
                self.hits = u32::MAX;
            } else {
                (self.tries, self.hits) = (0, 0);
            }
        }
        hit
    }

    /// Remembers a value that every rule accepted.
    pub(super) fn remember(&mut self, value: &str) {
        if value.len() > LENGTH || self.hits == u32::MAX {
            return;
        }
        if self.slots.is_empty() {
            self.slots = vec![None; SLOTS];
        }
        let mut slot = Slot { length: 0, bytes: [0; LENGTH] };
        slot.bytes[..value.len()].copy_from_slice(value.as_bytes());
        slot.length = u8::try_from(value.len()).expect("no longer than a slot");
        let place = self.place(value);
        self.slots[place] = Some(slot);
    }

    fn place(&self, value: &str) -> usize {
        usize::try_from(self.hasher.hash_one(value) % SLOTS as u64).expect("smaller than SLOTS")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_accepted_is_known() {
        let mut accepted = Accepted::default();
        let long = "x".repeat(32);
        for value in ["", "Production", "x", &long] {
            assert!(!accepted.has(value), "{value}");
            accepted.remember(value);
        }
        assert!(accepted.has("Production") && accepted.has("x") && accepted.has(""));
        assert!(!accepted.has("Productio") && !accepted.has("Production ") && !accepted.has(&long));
    }

    #[test]
    fn it_gives_up_where_every_value_is_new() {
        let mut accepted = Accepted::default();
        for i in 0..3 * TRIAL {
            let value = i.to_string();
            assert!(!accepted.has(&value));
            accepted.remember(&value);
        }
        assert!(accepted.slots.is_empty());
    }
}
