//! The switches of the optimizations.

use crate::base::quick_paths_enabled;

/// The optimizations of a check. None of them changes a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // independent switches
pub struct QuickPaths {
    /// Lines in taglint's own format are split at their quotation marks, without a JSON parser.
    pub fast_lines: bool,
    /// Only the rules that a resource may violate are evaluated.
    pub prefilter: bool,
    /// The prefilter remembers values that every rule on a key accepts.
    pub accepted_values: bool,
    /// Lines that are near each other are read together for the report.
    pub grouped_lines: bool,
    /// Small patterns are matched with a transition table instead of the regex engine.
    pub pattern_tables: bool,
    /// Findings are rendered by the first pass, if the input is sorted and the format has one on each line.
    pub first_pass_lines: bool,
    /// The rules on one key share a test of the value where one test can tell that all of them accept it.
    pub shared_tests: bool,
}

impl QuickPaths {
    /// All optimizations.
    pub const ALL: Self = Self {
        fast_lines: true,
        prefilter: true,
        accepted_values: true,
        grouped_lines: true,
        pattern_tables: true,
        first_pass_lines: true,
        shared_tests: true,
    };

    /// No optimization.
    pub const NONE: Self = Self {
        fast_lines: false,
        prefilter: false,
        accepted_values: false,
        grouped_lines: false,
        pattern_tables: false,
        first_pass_lines: false,
        shared_tests: false,
    };

    /// All optimizations, or none with `TAGLINT_SLOW=1`.
    #[must_use]
    pub fn of_environment() -> Self {
        if quick_paths_enabled() { Self::ALL } else { Self::NONE }
    }
}
