//! Expressions that Terraform accepts whatever their values are.

use crate::syntax::hcl::{Expression, ExpressionKind, TraversalStep};

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
