//! Lists of keys and values in a sentence.

use crate::base::{Glob, Globs, any_of, quote};

/// The number of names that a sentence lists.
const NAMED: usize = 20;

/// Globs, quoted.
pub(super) fn globs(globs: &Globs) -> String {
    some_of(&globs.0.iter().map(Glob::as_str).collect::<Vec<_>>())
}

/// Names, quoted; a long list is cut.
pub(super) fn some_of(names: &[impl AsRef<str>]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let rest = (more > 0).then(|| format!("one of {more} more"));
    any_of(names.iter().take(NAMED).map(|name| quote(name.as_ref())).chain(rest))
}
