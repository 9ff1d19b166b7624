//! The styles of text reports.

use anstyle::{AnsiColor, Style};

use crate::policy::Severity;

/// The styles of a report; all plain without color.
#[derive(Clone, Copy)]
pub(super) struct Paint {
    pub(super) error: Style,
    pub(super) warning: Style,
    pub(super) note: Style,
    pub(super) unknown: Style,
    pub(super) good: Style,
    pub(super) bold: Style,
    pub(super) dim: Style,
}

impl Paint {
    /// The styles with or without color.
    pub(super) fn new(color: bool) -> Self {
        let of = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
        let none = Style::new();
        if !color {
            return Self { error: none, warning: none, note: none, unknown: none, good: none, bold: none, dim: none };
        }
        Self {
            error: of(AnsiColor::Red).bold(),
            warning: of(AnsiColor::Yellow).bold(),
            note: of(AnsiColor::Cyan).bold(),
            unknown: of(AnsiColor::Magenta).bold(),
            good: of(AnsiColor::Green).bold(),
            bold: none.bold(),
            dim: none.dimmed(),
        }
    }

    /// The style of a severity.
    pub(super) fn severity(self, severity: Severity) -> Style {
        match severity {
            Severity::Error => self.error,
            Severity::Warning => self.warning,
            Severity::Note => self.note,
        }
    }
}

/// `text` in a style.
pub(super) fn paint(style: Style, text: &str) -> String {
    if style.is_plain() { text.to_owned() } else { format!("{style}{text}{style:#}") }
}
