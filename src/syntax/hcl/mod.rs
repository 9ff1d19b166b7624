//! HCL, the language of Terraform, in its two syntaxes: the native one (`.tf`, `.tfvars`) and JSON (`.tf.json`,
//! `.tfvars.json`). Both give the same tree.

mod json;
mod json_schema;
mod native;
mod tree;

use std::ops::Range;

pub use json::{parse_json, parse_json_values};
pub use json_schema::{COMMENT_KEY, IsBlock};
pub use native::{expression as parse_expression, parse, template as parse_template};
pub use tree::{
    BinaryOp, Expression, ExpressionKind, ForExpression, HclAttribute, HclBlock, HclBody, Position, TemplateFor,
    TemplatePart, TraversalStep,
};

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The bytes to underline.
    pub span: Range<usize>,
    /// The message of the parser.
    pub message: String,
}

/// The tree of a file.
#[derive(Debug)]
pub struct ParsedFile {
    /// The attributes and blocks of the file.
    pub body: HclBody,
    /// The spans of all strings and heredocs. What looks like a comment inside one is none.
    pub strings: Vec<Range<usize>>,
}
