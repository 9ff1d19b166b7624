//! The lowest layer: source files and places in them, diagnostics, globs, text made safe to show, and the encoders.

mod diagnostic;
pub mod digest;
mod display;
pub mod encode;
pub mod encoding;
mod glob;
pub mod limits;
mod regular_file;
mod runner_commands;
mod source;
pub mod utf16;

pub use diagnostic::{Diagnostic, DiagnosticLevel};
pub use display::{all_of, any_of, count, escape, is_hostile, nearest, quote, thousands};
pub use glob::{Glob, Globs};
pub use regular_file::open_regular;
pub use runner_commands::{CommandGuard, LogSpelling, print_stderr, without_commands, without_inner_commands};
pub use source::{SourceFile, Span};
