//! The shape of one command's output.

use super::documents::Document;
use super::dump::Dump;
use super::top_level::{Key, ValueKind};
use crate::engine::InputError;

/// The shape of the output of one or more commands.
pub(super) struct Shape {
    /// The commands without `aws`, the usual one first.
    pub(super) commands: &'static [&'static str],
    /// `false` if the output is refused with an explanation.
    pub(super) is_read: bool,
    /// The keys that begin it, each with the kind of its value. One of them is enough.
    pub(super) keys: &'static [(&'static str, ValueKind)],
    /// Words that a document of this shape contains, because the keys alone could be those of another program.
    pub(super) words: &'static [&'static str],
    /// Reads a document.
    pub(super) read: for<'a> fn(&Document<'a>, &mut Dump<'a>) -> Result<(), InputError>,
}

impl Shape {
    /// Whether one of the keys of a document begins this shape.
    pub(super) fn has_key(&self, keys: &[Key]) -> bool {
        let is_own = |(key, value): &Key| self.keys.iter().any(|(name, kind)| key == name && value == kind);
        keys.iter().any(is_own)
    }
}
