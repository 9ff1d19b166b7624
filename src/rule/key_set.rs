//! A set of keys and globs over keys, for look-ups that take the same time however many keys a policy names.

use std::collections::{HashMap, HashSet};

use crate::aws::fold_key;
use crate::base::Glob;
use crate::rule::key_distance::{Letters, near_with_letters};

/// The largest number of keys that are compared with another, for the key that may be meant.
const MAX_COMPARED: usize = 10_000;

/// Keys and globs over keys. `*` alone is left out: it names no key.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    literals: HashMap<Box<str>, Letters>,
    /// The keys as a service compares them that ignores letter case.
    folded: HashSet<Box<str>>,
    wild: HashSet<Glob>,
}

impl KeySet {
    /// Adds a key or glob.
    pub fn push(&mut self, glob: Glob) {
        if glob.is_literal() {
            self.folded.insert(fold_key(glob.as_str()).into());
            self.literals.insert(glob.as_str().into(), Letters::of(glob.as_str()));
        } else if !glob.is_everything() {
            self.wild.insert(glob);
        }
    }

    /// Returns `true` if a key matches one of the set: exactly, or (with `fold`) ignoring letter case.
    #[must_use]
    pub fn matches(&self, key: &str, fold: bool) -> bool {
        if fold {
            self.has_folded(key) || self.wild.iter().any(|glob| glob.matches_any_case(key))
        } else {
            self.has_literal(key) || self.wild.iter().any(|glob| glob.matches(key))
        }
    }

    /// The keys of the set, without its globs, in any order.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.literals.keys().map(AsRef::as_ref)
    }

    /// The key of the set that is most similar to another, if it may be meant instead of it; `None` for a large set, because
    /// a hint is not worth the comparison with all of it.
    #[must_use]
    pub fn nearest(&self, other: &str) -> Option<&str> {
        if self.literals.len() > MAX_COMPARED {
            return None;
        }
        let letters = Letters::of(other);
        let all = self.literals.iter().filter_map(|(key, own)| {
            let relation = near_with_letters((key, own), (other, &letters))?;
            Some((relation, &**key))
        });
        all.min().map(|(_, key)| key)
    }

    /// The keys and globs of the set, as they are written, in the order of their letters.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = self.literals().chain(self.wild.iter().map(Glob::as_str)).collect();
        texts.sort_unstable();
        texts
    }

    /// Returns `true` if the set has this key itself, in this letter case.
    #[must_use]
    pub fn has_literal(&self, key: &str) -> bool {
        self.literals.contains_key(key)
    }

    /// Returns `true` if the set has this key itself, in any letter case.
    #[must_use]
    pub fn has_folded(&self, key: &str) -> bool {
        !self.folded.is_empty() && self.folded.contains(&*fold_key(key))
    }
}

impl Extend<Glob> for KeySet {
    fn extend<T: IntoIterator<Item = Glob>>(&mut self, globs: T) {
        globs.into_iter().for_each(|glob| self.push(glob));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::context::key_matches;
    use crate::rule::key_distance::near;

    #[test]
    fn the_nearest_key_is_that_of_every_pair() {
        let words =
            ["Owner", "owner", "Ownr", "Cost Center", "cost-centre", "Team", "Tearn", "Tier", "Tier2", "\u{41e}wner"];
        let (mut state, mut found) = (3_u64, 0);
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        for _ in 0..2_000 {
            let mut key = || {
                let mut key: Vec<char> = words[next(words.len())].chars().collect();
                for _ in 0..next(3) {
                    let at = next(key.len());
                    key[at] = ['e', 'm', '0', 'O', ' ', '|', 'é'][next(7)];
                }
                key.into_iter().collect::<String>()
            };
            let other = key();
            let keys: Vec<String> = (0..6).map(|_| key()).collect();
            let mut set = KeySet::default();
            set.extend(keys.iter().map(|key| Glob::new(key)));
            let pairs = keys.iter().filter_map(|key| Some((near(key, &other)?, key.as_str())));
            let want = pairs.min().map(|(_, key)| key);
            assert_eq!(set.nearest(&other), want, "{other:?} {keys:?}");
            found += usize::from(want.is_some());
        }
        assert!((200..1_800).contains(&found), "{found}");
    }

    #[test]
    fn a_large_set_has_no_nearest_key() {
        let mut set = KeySet::default();
        set.extend((0..MAX_COMPARED).map(|at| Glob::new(&format!("key-{at}"))));
        set.push(Glob::new("key-1"));
        assert_eq!(set.nearest("Key_1"), Some("key-1"));
        set.push(Glob::new("Owner"));
        assert_eq!(set.nearest("Key_1"), None);
    }

    #[test]
    fn a_set_says_what_its_globs_say() {
        let globs = ["Owner", "owner", "Größe", "\u{212a}ey", "ΣΑΣ", "team:*", "*-id", "A?", "", "*"];
        let keys = [
            "Owner", "OWNER", "größe", "GRÖSSE", "key", "Key", "σας", "σασ", "team:x", "Team:x", "x-ID", "a1", "", "x",
            "*",
        ];
        for size in 0..=globs.len() {
            let chosen: Vec<Glob> = globs[..size].iter().map(|text| Glob::new(text)).collect();
            let mut set = KeySet::default();
            set.extend(chosen.iter().cloned());
            for key in keys {
                for fold in [false, true] {
                    let named = |glob: &Glob| !glob.is_everything() && key_matches(glob, key, fold);
                    assert_eq!(set.matches(key, fold), chosen.iter().any(named), "{key} {fold} of {size}");
                }
            }
        }
    }
}
