//! Remarks on an import.

use crate::authoring::write::shown;

/// A remark: in a comment of the policy file, and, where something is lost, on standard error too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    /// The text. Untrusted parts of it come from `shown`.
    pub(super) text: String,
    /// `true` for a part of the input that the policy file lacks or weakens.
    pub(super) lost: bool,
}

impl Note {
    /// A remark on what stands below it.
    pub(super) fn info(text: impl Into<String>) -> Self {
        Self { text: text.into(), lost: false }
    }

    /// The resources of a source that are none of the policies that are looked for.
    pub(super) fn others(count: u64, source: &str) -> Option<Self> {
        let many = crate::base::count(count, "resource");
        let what = format!("{many} of {} not looked at: no rule of AWS Config and no tag policy", shown(source));
        (count > 0).then(|| Self::info(what))
    }

    /// A part of the input that is not in the policy file, or not as AWS reads it.
    pub(super) fn lost(text: impl Into<String>) -> Self {
        Self { text: text.into(), lost: true }
    }
}
