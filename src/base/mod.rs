//! The lowest layer: source files and places in them, diagnostics, globs, text made safe to show, and the encoders.

mod diagnostic;
pub mod digest;
mod display;
pub mod encode;
pub mod encoding;
mod files;
mod glob;
pub mod limits;
mod lines;
mod paragraph;
mod percent;
mod quick;
mod read_progress;
mod runner_commands;
mod source;
mod template;
pub mod utf16;

pub use diagnostic::{Diagnostic, DiagnosticLevel};
pub use display::{all_of, any_of, count, escape, is_hostile, nearest, quote, thousands};
pub use files::{
    open_named, open_regular, parse_size, read_named, read_regular, read_start, read_whole, size, too_large,
};
pub use glob::{Glob, Globs};
pub use lines::LineIndex;
pub use paragraph::{Paragraph, display_width, wrap_lines};
pub use percent::{parse_percent, percent_of, percent_text};
pub use quick::quick_paths_enabled;
pub use read_progress::{ReadProgress, ReadStage, ReadUnit};
pub use runner_commands::{CommandGuard, LogSpelling, print_stderr, without_commands, without_inner_commands};
pub use source::{SourceFile, Span};
pub use template::{TemplatePart, parse_template};
