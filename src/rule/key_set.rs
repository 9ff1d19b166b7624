//! A set of keys and globs over keys, for look-ups that take the same time however many keys a policy names.

use std::collections::HashSet;

use crate::aws::fold_key;
use crate::base::Glob;

/// Keys and globs over keys. `*` alone is left out: it names no key.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    literals: HashSet<Box<str>>,
    /// The keys as a service compares them that ignores letter case.
    folded: HashSet<Box<str>>,
    wild: HashSet<Glob>,
}

impl KeySet {
    /// Adds a key or glob.
    pub fn push(&mut self, glob: Glob) {
        if glob.is_literal() {
            self.folded.insert(fold_key(glob.as_str()).into());
            self.literals.insert(glob.as_str().into());
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
        self.literals.iter().map(AsRef::as_ref)
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
        self.literals.contains(key)
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
