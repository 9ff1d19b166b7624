//! The values of template expressions.

use std::collections::{BTreeMap, BTreeSet};

use crate::syntax::{Node, NodeKind};

/// The longest text that functions build, in bytes. A tag value has at most 256 characters; the limit bounds memory.
pub(super) const MAX_TEXT: usize = 64 << 10;

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TemplateValue {
    Text(String),
    List(Vec<Self>),
    Map(Vec<(String, Self)>),
    /// `AWS::NoValue`: the property or list element that holds it does not exist.
    NoValue,
    /// Known only to a deployment.
    Unknown,
}

impl TemplateValue {
    /// A text; unknown if it is too long, or contains a dynamic reference (`{{resolve:…}}`), which `CloudFormation` looks
    /// up during the deployment.
    pub(super) fn text(text: String) -> Self {
        if text.len() > MAX_TEXT || text.contains("{{resolve:") { Self::Unknown } else { Self::Text(text) }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A result, and whether it is made of a `NoEcho` parameter. Such a text must not appear in any output.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Traced<T> {
    pub(super) value: T,
    pub(super) secret: bool,
}

impl<T> Traced<T> {
    /// A value that no `NoEcho` parameter is part of.
    pub(super) fn open(value: T) -> Self {
        Self { value, secret: false }
    }
}

/// The account, region and name of a stack, as far as they are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct StackEnvironment {
    pub(super) account: Option<String>,
    pub(super) region: Option<String>,
    pub(super) stack: Option<String>,
}

/// The values that a deployment gives to the parameters of a stack.
#[derive(Debug, Clone, Default)]
pub(super) struct GivenValues {
    pub(super) values: BTreeMap<String, Traced<TemplateValue>>,
    /// Those that a parent makes of the defaults of its own parameters.
    pub(super) by_default: BTreeSet<String>,
    /// True if a parameter without a value has its default, as in a nested stack.
    pub(super) are_all: bool,
    /// True if the deployment may give values that are not known to be given.
    pub(super) may_be_more: bool,
}

impl From<BTreeMap<String, Traced<TemplateValue>>> for GivenValues {
    fn from(values: BTreeMap<String, Traced<TemplateValue>>) -> Self {
        Self { values, ..Self::default() }
    }
}

/// A value without functions: defaults of parameters and mappings can have no others.
pub(super) fn literal(node: &Node) -> TemplateValue {
    match &node.kind {
        NodeKind::Null => TemplateValue::Text(String::new()),
        NodeKind::Bool(value) => TemplateValue::Text(value.to_string()),
        NodeKind::Number(text) | NodeKind::Text(text) => TemplateValue::text(text.clone()),
        NodeKind::List(items) => TemplateValue::List(items.iter().map(literal).collect()),
        NodeKind::AmbiguousNumber(_) | NodeKind::Map(_) => TemplateValue::Unknown,
    }
}
