//! Globs over resource types.

use super::lookup::{all, with_name};
use super::row::ResourceType;
use crate::base::{Glob, Globs};

/// Globs over resource types. One that matches any name of a type matches the type, whichever name a resource has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypeGlobs {
    globs: Globs,
    /// The other names of the types that are matched, in order.
    also: Vec<&'static str>,
}

impl TypeGlobs {
    /// Looks up the names that the globs match besides.
    #[must_use]
    pub fn new(globs: Globs) -> Self {
        if globs.0.iter().any(Glob::is_everything) {
            return Self { globs, also: Vec::new() };
        }
        let matched = globs.0.iter().flat_map(types);
        // A type that shares its tagging name is matched by that, and does not stand for the others that have it.
        let mut also: Vec<_> = matched.flat_map(ResourceType::own_names).filter(|name| !globs.matches(name)).collect();
        also.sort_unstable();
        also.dedup();
        Self { globs, also }
    }

    /// Whether a type, by any of its names, is meant.
    #[must_use]
    pub fn matches(&self, kind: &str) -> bool {
        self.globs.matches(kind) || self.also.binary_search(&kind).is_ok()
    }

    /// Returns whether one of the globs is a name of the type, without wildcards.
    #[must_use]
    pub fn name(&self, kind: &str) -> bool {
        let is_name = |glob: &&Glob| with_name(glob.as_str()).any(|row| row.kind() == kind);
        self.globs.0.iter().filter(|glob| glob.is_literal()).any(|glob| is_name(&glob))
    }

    /// Whether there is no glob at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// The globs as they were written.
    pub fn written(&self) -> impl Iterator<Item = &str> {
        self.globs.0.iter().map(Glob::as_str)
    }
}

impl From<Globs> for TypeGlobs {
    fn from(globs: Globs) -> Self {
        Self::new(globs)
    }
}

/// The types that a glob matches by any of their names.
fn types(glob: &Glob) -> Vec<&'static ResourceType> {
    if glob.is_literal() {
        return with_name(glob.as_str()).collect();
    }
    all().iter().filter(|row| row.names().any(|name| glob.matches(name))).collect()
}
