//! Notices of a report.

/// A remark for the reader of a report that is neither a finding nor a gap.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Notice {
    /// `note` or `warning`.
    pub level: &'static str,
    /// The text.
    pub message: String,
}

impl Notice {
    /// A notice of level `note`.
    pub(super) fn note(message: String) -> Self {
        Self { level: "note", message }
    }

    /// A notice of level `warning`.
    pub(super) fn warning(message: String) -> Self {
        Self { level: "warning", message }
    }
}
