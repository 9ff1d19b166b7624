//! Expressions that Terraform accepts whatever their values are, and those with marks that are certain.

use crate::syntax::hcl::{Expression, ExpressionKind, TemplatePart, TraversalStep};

/// Functions of text, whose result is sensitive if any part of an argument is.
const OF_TEXT: [&str; 9] =
    ["format", "join", "jsonencode", "lower", "replace", "templatefile", "tostring", "trimspace", "upper"];

/// Returns whether the answer of `issensitive` to an expression is certain. Terraform moves marks between the parts of
/// collections, and from conditions and branches to results, function by function. taglint hides values by simpler rules.
/// `is_certain` says which variables have certain marks.
pub(super) fn has_certain_marks(node: &Expression, is_certain: &dyn Fn(&str) -> bool) -> bool {
    let all = |nodes: &[Expression]| nodes.iter().all(|node| has_certain_marks(node, is_certain));
    match &node.kind {
        ExpressionKind::Null | ExpressionKind::Bool(_) | ExpressionKind::Number(_) | ExpressionKind::Text(_) => true,
        ExpressionKind::Template(parts) => parts.iter().all(|part| match part {
            TemplatePart::Text(_) => true,
            TemplatePart::Value(node) => has_certain_marks(node, is_certain),
            TemplatePart::If(..) | TemplatePart::For(_) => false,
        }),
        ExpressionKind::List(items) => all(items),
        ExpressionKind::Object(entries) => entries.iter().all(|(key, value)| {
            matches!(key.kind, ExpressionKind::Name(_) | ExpressionKind::Text(_))
                && has_certain_marks(value, is_certain)
        }),
        ExpressionKind::Binary(_, sides) => {
            let is_collection =
                |it: &Expression| matches!(it.kind, ExpressionKind::List(_) | ExpressionKind::Object(_));
            all(&sides[..]) && !sides.iter().any(is_collection)
        }
        ExpressionKind::Call { name, .. } if name == "sensitive" || name == "nonsensitive" => true,
        ExpressionKind::Call { name, args, expand: false } => OF_TEXT.contains(&name.as_str()) && all(args),
        ExpressionKind::Select(base, steps) => {
            matches!(&base.kind, ExpressionKind::Name(name) if name == "var")
                && matches!(steps.as_slice(), [TraversalStep::Attribute(name)] if is_certain(name))
        }
        _ => false,
    }
}

/// Returns whether Terraform accepts an expression whatever its value is: a name alone.
pub(super) fn cannot_fail(node: &Expression) -> bool {
    match &node.kind {
        ExpressionKind::Select(base, steps) => {
            let is_name = |name: &str| matches!(name, "var" | "local" | "each" | "count");
            matches!(&base.kind, ExpressionKind::Name(name) if is_name(name))
                && matches!(steps.as_slice(), [TraversalStep::Attribute(_)])
        }
        _ => false,
    }
}
