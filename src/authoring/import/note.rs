//! Remarks on an import.

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

    /// A part of the input that is not in the policy file, or not as AWS reads it.
    pub(super) fn lost(text: impl Into<String>) -> Self {
        Self { text: text.into(), lost: true }
    }
}
