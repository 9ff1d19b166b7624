//! The tokens of YAML.

use std::borrow::Cow;

use crate::base::Span;

/// The style of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScalarStyle {
    Plain,
    Quoted,
    /// A literal or folded block.
    Block,
}

/// A token and its bytes.
#[derive(Debug)]
pub(super) struct Token<'t> {
    pub(super) kind: TokenKind<'t>,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum TokenKind<'t> {
    End,
    /// `%TAG`: a handle and its prefix.
    TagDirective {
        handle: &'t str,
        prefix: String,
    },
    /// Another directive.
    Directive,
    DocumentStart,
    DocumentEnd,
    ListStart,
    MapStart,
    /// The end of a list or map in block style.
    BlockEnd,
    FlowListStart,
    FlowListEnd,
    FlowMapStart,
    FlowMapEnd,
    /// The dash of a list.
    Dash,
    Comma,
    Key,
    Value,
    Alias(&'t str),
    Anchor(&'t str),
    /// A handle, `None` for a tag that is written in full, and the rest.
    Tag {
        handle: Option<&'t str>,
        suffix: String,
    },
    Scalar {
        text: Cow<'t, str>,
        style: ScalarStyle,
    },
}

impl TokenKind<'_> {
    /// The token as a message names it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::End => "the end of the file",
            Self::TagDirective { .. } | Self::Directive => "a directive",
            Self::DocumentStart => "`---`",
            Self::DocumentEnd => "`...`",
            Self::ListStart => "a list",
            Self::MapStart => "a map",
            Self::BlockEnd => "a line that is indented less",
            Self::FlowListStart => "`[`",
            Self::FlowListEnd => "`]`",
            Self::FlowMapStart => "`{`",
            Self::FlowMapEnd => "`}`",
            Self::Dash => "`-`",
            Self::Comma => "`,`",
            Self::Key => "a key",
            Self::Value => "`:`",
            Self::Alias(_) => "an alias",
            Self::Anchor(_) => "an anchor",
            Self::Tag { .. } => "a tag",
            Self::Scalar { .. } => "a value",
        }
    }
}
