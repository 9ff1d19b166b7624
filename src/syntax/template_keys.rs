//! Duplicate keys in `CloudFormation` templates: the rule that readers and edits share.
//!
//! The YAML and JSON readers of AWS's tools take the later of two entries, but neither they nor `CloudFormation` document
//! that. So the later one counts where it touches no tag; elsewhere it is unknown which one counts.

use super::node::{DuplicateKey, DuplicateReading, MapEntry, Node};

/// The properties whose entries decide other resources, or the tags of others.
const DECISIVE: [&str; 4] = ["Parameters", "Replicas", "LaunchTemplate", "LaunchTemplateData"];

/// Decides how two entries with one key are read.
#[must_use]
pub fn reading(duplicate: &DuplicateKey<'_>) -> DuplicateReading {
    use DuplicateReading::{Common, Later, Refused};
    let path: Vec<&str> = duplicate.path.iter().map(String::as_str).collect();
    let key = duplicate.entries[0].key.as_str();
    if duplicate.entries[0].value.is_same(&duplicate.entries[1].value) {
        return Later;
    }
    match path.as_slice() {
        ["Metadata" | "Outputs", ..] => Later,
        [] if matches!(key, "Metadata" | "Outputs" | "Description") => Later,
        ["Conditions" | "Resources"] | ["Mappings", _, ..] => Common,
        ["Parameters", _] if key == "Default" => Common,
        ["Parameters", _] if matches!(key, "Description" | "ConstraintDescription") => Later,
        ["Resources", _] => match key {
            "DependsOn" | "DeletionPolicy" | "UpdateReplacePolicy" | "CreationPolicy" | "UpdatePolicy" => Later,
            _ => Common,
        },
        ["Resources", _, "Properties"] => of_property(key, &[], duplicate.entries),
        ["Resources", _, "Properties", property, inside @ ..] => {
            let inside: Vec<&str> = inside.iter().copied().chain([key]).collect();
            of_property(property, &inside, duplicate.entries)
        }
        _ => Refused,
    }
}

/// Decides it for two values of a property, or of something inside of it.
fn of_property(property: &str, inside: &[&str], entries: [&MapEntry; 2]) -> DuplicateReading {
    if DECISIVE.contains(&property) {
        return DuplicateReading::Refused;
    }
    let touches = is_of_tags(property)
        || inside.iter().any(|name| is_of_tags(name))
        || entries.iter().any(|one| has_tags(&one.value));
    if touches { DuplicateReading::Common } else { DuplicateReading::Later }
}

/// Returns whether the name of a property is one of tags, or may make others of the same resource, as a transform.
fn is_of_tags(name: &str) -> bool {
    name.to_ascii_lowercase().contains("tag") || name.starts_with("Fn::Transform")
}

fn has_tags(node: &Node) -> bool {
    node.items().iter().any(has_tags)
        || node.entries().iter().any(|entry| is_of_tags(&entry.key) || has_tags(&entry.value))
}
