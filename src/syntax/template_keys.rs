//! Duplicate keys in `CloudFormation` templates: the rule that readers and edits share.

use super::node::{DuplicateKey, Node};

/// Returns whether it may change tags which of two entries with one key `CloudFormation` uses. It does not in outputs and
/// metadata of the template, in the policies of a resource, and inside of a property that has no tags in it.
#[must_use]
pub fn may_touch_tags(duplicate: &DuplicateKey<'_>) -> bool {
    let path: Vec<&str> = duplicate.path.iter().map(String::as_str).collect();
    let key = duplicate.entries[0].key.as_str();
    match path.as_slice() {
        [] => !matches!(key, "Metadata" | "Outputs" | "Description"),
        ["Metadata" | "Outputs", ..] => false,
        ["Resources", _] => {
            !matches!(key, "DependsOn" | "DeletionPolicy" | "UpdateReplacePolicy" | "CreationPolicy" | "UpdatePolicy")
        }
        ["Resources", _, "Properties", property, inside @ ..] => {
            let decides = matches!(*property, "Parameters" | "Replicas" | "LaunchTemplate" | "LaunchTemplateData");
            decides
                || is_of_tags(property)
                || inside.iter().chain([&key]).any(|name| is_of_tags(name))
                || duplicate.entries.iter().any(|entry| has_tags(&entry.value))
        }
        _ => true,
    }
}

/// Returns whether the name of a property is one of tags, or may make others of the same resource, as a transform.
fn is_of_tags(name: &str) -> bool {
    name.to_ascii_lowercase().contains("tag") || name.starts_with("Fn::Transform")
}

fn has_tags(node: &Node) -> bool {
    node.items().iter().any(has_tags)
        || node.entries().iter().any(|entry| is_of_tags(&entry.key) || has_tags(&entry.value))
}
