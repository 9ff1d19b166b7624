//! The schema of blocks in the JSON syntax of Terraform. It decides whether an object is a block, and whether a string is
//! a template, literal text or an expression (Terraform, "JSON Configuration Syntax").

use super::native;
use super::tree::{Expression, ExpressionKind, Position};

/// The key whose value is a comment, by the JSON syntax of HCL.
pub const COMMENT_KEY: &str = "//";

/// The test whether an attribute of a resource of a type, or of a block in it, is a block.
pub type IsBlock = fn(resource_type: &str, name: &str) -> bool;

/// The schema of a block, as far as taglint looks at it. A block has attributes, and the blocks that
/// [`BlockSchema::block`] knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockSchema<'o> {
    File,
    /// `locals`, and other blocks without inner blocks and with attributes that are all evaluated.
    Attributes,
    Module,
    Variable,
    Provider,
    Terraform,
    /// A resource, or a block inside of one, with the type of the resource.
    Resource(&'o str),
    Dynamic,
    Lifecycle,
    OverrideProvider,
}

/// The meaning of the strings in a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StringMeaning {
    Template,
    Literal,
    /// An expression of the native syntax: a reference or a type.
    Expression,
}

impl<'o> BlockSchema<'o> {
    /// The number of labels and the schema of an inner block with this name; `None` for an attribute. `is_block` knows the
    /// blocks of resources.
    pub(super) fn block(self, name: &str, is_block: IsBlock) -> Option<(usize, Self)> {
        Some(match (self, name) {
            (Self::File, "resource") => (2, Self::Resource("")),
            (Self::File, "data") => (2, Self::Attributes),
            (Self::File, "output" | "component") | (Self::Terraform, "backend") => (1, Self::Attributes),
            (Self::File, "locals")
            | (Self::Provider, "default_tags" | "ignore_tags")
            | (Self::OverrideProvider, "default_tags")
            | (Self::Dynamic, "content")
            | (Self::Resource(_), "tag")
            | (Self::Terraform, "cloud" | "required_providers") => (0, Self::Attributes),
            (Self::File, "module") => (1, Self::Module),
            (Self::File, "provider") => (1, Self::Provider),
            (Self::File, "variable") => (1, Self::Variable),
            (Self::File, "terraform") => (0, Self::Terraform),
            (Self::Provider | Self::Resource(_), "dynamic") => (1, Self::Dynamic),
            (Self::Resource(_) | Self::Module, "lifecycle") => (0, Self::Lifecycle),
            (Self::Resource(_), "override_provider") => (0, Self::OverrideProvider),
            (Self::Resource(kind), _) if is_block(kind, name) => (0, self),
            _ => return None,
        })
    }

    /// The schema of a block with these labels: a resource has its type in them.
    pub(super) fn of_labels(self, labels: &[&'o str]) -> Self {
        match (self, labels) {
            (Self::Resource(""), [kind, ..]) => Self::Resource(kind),
            (schema, _) => schema,
        }
    }

    /// The meaning of the strings of an attribute.
    pub(super) fn strings_of(self, attribute: &str) -> StringMeaning {
        match (self, attribute) {
            (Self::Variable, "type")
            | (Self::Resource(_), "provider")
            | (Self::Module, "providers")
            | (Self::Dynamic, "iterator")
            | (Self::Lifecycle, "ignore_changes") => StringMeaning::Expression,
            // The default of a variable is evaluated without any context, where a string is literal.
            (Self::Variable | Self::Terraform, _)
            | (Self::Module, "version")
            | (Self::Provider, "alias" | "version")
            | (_, COMMENT_KEY) => StringMeaning::Literal,
            _ => StringMeaning::Template,
        }
    }
}

impl StringMeaning {
    /// The meaning of the keys of objects: those of references are names.
    pub(super) fn of_keys(self) -> Self {
        if self == Self::Expression { Self::Literal } else { self }
    }

    pub(super) fn read(self, text: &str, at: Position) -> Expression {
        let literal = || ExpressionKind::Text(text.to_owned());
        let kind = match self {
            Self::Expression => match native::expression(text, at) {
                Some(expression) => return expression,
                None => literal(),
            },
            Self::Template if text.contains("${") || text.contains("%{") => {
                native::template(text, at).unwrap_or(ExpressionKind::Opaque("a template that can't be read"))
            }
            Self::Literal | Self::Template => literal(),
        };
        Expression { at, kind }
    }
}
