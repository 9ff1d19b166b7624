//! Errors of cost files.

use std::path::Path;

/// The reason why a cost file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {message}")]
pub struct CostError {
    /// The file, with the line if the error is about one.
    pub place: String,
    /// The mistake.
    pub message: String,
    /// The next step.
    pub help: String,
}

impl CostError {
    pub(super) fn of_file(path: &Path, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { place: path.display().to_string(), message: message.into(), help: help.into() }
    }

    pub(super) fn of_line(path: &Path, line: u64, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { place: format!("{}:{line}", path.display()), message: message.into(), help: help.into() }
    }

    /// The error of two versions of one bill.
    pub(super) fn twice(period: &str, first: &Path, second: &Path) -> Self {
        let message = format!("the bill of {period} is in {} too: its costs would count twice", first.display());
        Self::of_file(second, message, "name the folder of one version of one export")
    }
}
