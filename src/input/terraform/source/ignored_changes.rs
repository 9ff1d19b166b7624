//! Changes that Terraform ignores: `lifecycle { ignore_changes = [tags] }`.

use super::value::UnknownReason;
use crate::model::UnlistedTags;
use crate::syntax::hcl::{Expression, ExpressionKind, HclBlock, TraversalStep};

/// The tags that Terraform leaves as they are on a resource that exists, because something else may set them, and the
/// reason.
pub(super) fn tags(block: &HclBlock) -> impl Iterator<Item = (UnlistedTags, UnknownReason)> {
    items(block).map(|item| {
        let mut why = UnknownReason::from("`ignore_changes` leaves the tag to something else");
        why.place(item.at);
        (ignored_by(item), why)
    })
}

/// Returns whether Terraform ignores changes of an attribute or of a part of it.
pub(super) fn ignores(block: &HclBlock, name: &str) -> bool {
    items(block).any(|item| {
        let base = match &item.kind {
            ExpressionKind::Select(base, _) => base,
            _ => item,
        };
        base.dotted().is_some_and(|ignored| ignored == name || ignored == "all")
    })
}

/// The attributes whose changes Terraform ignores.
fn items(block: &HclBlock) -> impl Iterator<Item = &Expression> {
    let ignored = block.body.blocks("lifecycle").filter_map(|block| block.body.value("ignore_changes"));
    ignored.flat_map(|ignored| match &ignored.kind {
        ExpressionKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(ignored),
    })
}

fn ignored_by(ignored: &Expression) -> UnlistedTags {
    const ATTRIBUTES: [&str; 4] = ["tags", "tags_all", "tag", "all"];
    let (base, steps) = match &ignored.kind {
        ExpressionKind::Select(base, steps) => (base.as_ref(), steps.as_slice()),
        _ => (ignored, &[][..]),
    };
    if !base.dotted().is_some_and(|name| ATTRIBUTES.contains(&name.as_str())) {
        return UnlistedTags::None;
    }
    match steps {
        [TraversalStep::Index(Expression { kind: ExpressionKind::Text(key), .. }) | TraversalStep::Attribute(key)] => {
            UnlistedTags::keys([key.clone()])
        }
        _ => UnlistedTags::Any,
    }
}
