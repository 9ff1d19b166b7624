//! Exports of a plan for other tools: an AWS CLI script, HCL for Terraform, and a table for Tag Editor.

mod aws_cli;
mod tag_editor;
mod terraform;

use std::io::{self, Write};

use super::plan::{Change, Plan};
use crate::base::LogSpelling;

/// An export format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// A shell script of AWS CLI calls.
    AwsCli,
    /// HCL with all tags of each resource after the change.
    Terraform,
    /// CSV with one row for each changed tag.
    TagEditor,
}

impl ExportFormat {
    /// The formats with name and description.
    pub const ALL: [(&'static str, &'static str, Self); 3] = [
        ("aws-cli", "A shell script of AWS CLI calls", Self::AwsCli),
        ("terraform", "HCL with all tags of each resource after the change", Self::Terraform),
        ("tag-editor", "CSV with one row for each changed tag", Self::TagEditor),
    ];

    /// The spelling of characters that a CI runner would take for a command.
    #[must_use]
    pub fn log_spelling(self) -> LogSpelling {
        match self {
            // The encoder of the shell leaves no such characters.
            Self::AwsCli => LogSpelling::Commands,
            // A string of HCL has the same escape as one of JSON.
            Self::Terraform => LogSpelling::Json,
            Self::TagEditor => LogSpelling::Text,
        }
    }
}

/// Writes a plan in another format. Formats that change AWS leave out managed resources unless `include_managed` is set;
/// Terraform's format is meant for them.
///
/// # Errors
/// Errors of the writer.
pub fn export(plan: &Plan, format: ExportFormat, include_managed: bool, out: &mut dyn Write) -> io::Result<()> {
    let all = include_managed || format == ExportFormat::Terraform;
    let included: Vec<&Change> = plan.changes.iter().filter(|change| all || !change.owner.is_managed()).collect();
    match format {
        ExportFormat::AwsCli => aws_cli::write(&included, plan.changes.len() - included.len(), out),
        ExportFormat::Terraform => terraform::write(&included, out),
        ExportFormat::TagEditor => tag_editor::write(&included, out),
    }
}
