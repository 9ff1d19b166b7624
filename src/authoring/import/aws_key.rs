//! One key of an effective tag policy, for a comparison.

/// One key of the effective tag policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::authoring) struct AwsKey {
    /// The key in its letter case.
    pub(in crate::authoring) key: String,
    /// The values; `None` for any value.
    pub(in crate::authoring) values: Option<Vec<String>>,
    /// Globs over the types on which it is required.
    pub(in crate::authoring) required_for: Vec<String>,
    /// Globs over the types on which AWS refuses other values.
    pub(in crate::authoring) enforced_for: Vec<String>,
}
