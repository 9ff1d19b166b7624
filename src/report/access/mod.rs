//! The formats of `taglint explain-access`: the policies that read a tag key.

mod format;
mod json;
mod matching;
mod text;

pub use format::AccessFormat;

/// The registry of the formats. The first is the default.
pub const ACCESS_FORMATS: &[&AccessFormat] = &[&text::FORMAT, &json::FORMAT];
