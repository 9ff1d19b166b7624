//! Locations in source files.

/// A location in a source file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Location {
    /// The path relative to the repository root, with `/`.
    pub path: String,
    /// The line number, from 1.
    pub line: u32,
    /// The column in characters, from 1; absent for the whole line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}
