//! Changes that Terraform ignores: `lifecycle { ignore_changes = [tags] }`.

use crate::model::UnlistedTags;
use crate::syntax::hcl::{Expression, ExpressionKind, HclBlock, TraversalStep};

/// The tags that Terraform leaves as they are on a resource that exists. Something else may set them.
pub(super) fn tags(block: &HclBlock) -> UnlistedTags {
    let mut out = UnlistedTags::None;
    for ignored in block.body.blocks("lifecycle").filter_map(|block| block.body.value("ignore_changes")) {
        let items = match &ignored.kind {
            ExpressionKind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(ignored),
        };
        for item in items {
            out = out.and(ignored_by(item));
        }
    }
    out
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
