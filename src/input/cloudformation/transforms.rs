//! The transforms of a template: those of AWS, and macros, whose results are unknown.

use super::sam;
use crate::base::quote;
use crate::syntax::{Node, NodeKind};

/// The first transform of a template that may change tags: a macro of the account, whose result is unknown.
pub(super) fn unknown_macro(root: &Node) -> Option<String> {
    transforms(root).find_map(|one| {
        let name = transform_name(one).unwrap_or("(without a name)");
        let known = name == sam::TRANSFORM || HARMLESS_TRANSFORMS.iter().any(|known| name.starts_with(known));
        (!known).then(|| quote(name))
    })
}

/// The transforms of a template.
fn transforms(root: &Node) -> impl Iterator<Item = &Node> {
    let all = root.get("Transform").map_or(&[][..], |transform| match transform.kind {
        NodeKind::List(_) => transform.items(),
        _ => std::slice::from_ref(transform),
    });
    all.iter()
}

/// Returns whether the template is one of the Serverless Application Model.
pub(super) fn is_sam(root: &Node) -> bool {
    transforms(root).any(|one| transform_name(one) == Some(sam::TRANSFORM))
}

fn transform_name(transform: &Node) -> Option<&str> {
    transform.text().or_else(|| transform.get("Name").and_then(Node::text))
}

/// The transform that adds a file in S3 to the template.
pub(super) const INCLUDE: &str = "AWS::Include";

/// Transforms of AWS that do not change the tags of the resources in the template.
const HARMLESS_TRANSFORMS: &[&str] =
    &["AWS::LanguageExtensions", INCLUDE, "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-", "AWS::ServiceCatalog"];

/// The first `AWS::Include` of a template as a whole.
pub(super) fn include(root: &Node) -> Option<&Node> {
    transforms(root).find(|one| transform_name(one) == Some(INCLUDE))
}
