//! The native syntax, read as the parser of Terraform reads it: where newlines end an expression and where they do not, and
//! repeated keys of an object.
//!
//! * [`cursor`]: characters, white space, comments and names.
//! * [`body`]: attributes and blocks.
//! * [`mod@expression`], [`collection`]: expressions.
//! * [`mod@template`], [`pieces`]: strings and heredocs, and the directives inside them.

mod body;
mod collection;
mod cursor;
mod expression;
mod pieces;
mod template;

use super::tree::{Expression, ExpressionKind, Position};
use super::{ParsedFile, SyntaxError};
use cursor::Cursor;

/// Parses a `.tf` or `.tfvars` file. `file` becomes the file of every position.
///
/// # Errors
/// The first mistake and its place.
pub fn parse(text: &str, file: u32) -> Result<ParsedFile, SyntaxError> {
    let mut cursor = Cursor::new(text, file, None);
    let body = cursor.file()?;
    Ok(ParsedFile { body, strings: cursor.strings })
}

/// Parses a template that stands alone: a JSON string, or a file. All its nodes have the given position. `None` if it is
/// not one.
#[must_use]
pub fn template(text: &str, at: Position) -> Option<ExpressionKind> {
    Cursor::new(text, at.file, Some(at)).whole_template().ok()
}

/// Parses an expression that stands alone: a type in JSON, a value on the command line. All its nodes have the given
/// position. `None` if it is not one.
#[must_use]
pub fn expression(text: &str, at: Position) -> Option<Expression> {
    Cursor::new(text, at.file, Some(at)).whole_expression().ok()
}

#[cfg(test)]
mod tests;
