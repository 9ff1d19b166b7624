//! Mistakes in files that people wrote, with their place.

use std::sync::Arc;

use super::source::{SourceFile, Span};

/// The severity of a [`Diagnostic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiagnosticLevel {
    /// The input can't be used.
    Error,
    /// The input is used, but its author should check it.
    Warning,
}

/// One mistake in a file that a person wrote.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// Error or warning.
    pub level: DiagnosticLevel,
    /// The file.
    pub file: Arc<SourceFile>,
    /// The bytes to underline.
    pub span: Span,
    /// The problem.
    pub message: String,
    /// The suggested next step.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place.
    pub fn error(file: &Arc<SourceFile>, span: Span, message: impl Into<String>) -> Self {
        Self { level: DiagnosticLevel::Error, file: Arc::clone(file), span, message: message.into(), help: None }
    }

    /// A warning at a place.
    pub fn warning(file: &Arc<SourceFile>, span: Span, message: impl Into<String>) -> Self {
        Self { level: DiagnosticLevel::Warning, ..Self::error(file, span, message) }
    }

    /// The diagnostic on one line, if there is no room to show the place: `file:line:column: message`.
    #[must_use]
    pub fn brief(&self) -> String {
        let (line, column) = self.file.line_column(self.span.start);
        format!("{}:{line}:{column}: {}", self.file.path.display(), self.message)
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
