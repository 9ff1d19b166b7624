//! The part of a run that a report is narrowed to.

/// The name of the part whose property is not known.
pub const UNKNOWN_PART: &str = "(unknown)";
/// The name of the part of resources without a region.
pub const NO_REGION: &str = "(no region)";
/// The name of the part with the resources of all parts beyond [`super::MAX_PARTS`].
pub const OTHER_PARTS: &str = "(others)";
/// The name of the part of what belongs to no resource.
pub const WHOLE_RUN: &str = "(whole run)";

/// The part of a run that a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPart {
    /// The word for the property, such as `tags.Owner`.
    pub property: String,
    /// The name of the part; `None` for what belongs to no resource: missed targets, and paths that were not judged.
    pub name: Option<String>,
}

impl ReportPart {
    /// The name of the part for people.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(WHOLE_RUN)
    }
}
