//! Detection of the tool that manages a resource, from its address, its tags, and the given states and stacks.

use super::model::{Change, Owner, OwnerKind};
use crate::aws::supported;
use crate::model::Resource;

/// The prefix of the tags that CloudFormation puts on resources it creates.
pub(in crate::fix) const STACK_TAG_PREFIX: &str = "aws:cloudformation:";

/// The reason why `--require-owner-known` rejects a change.
pub(in crate::fix) const UNKNOWN: &str = "its owner is unknown; give --terraform-state or --stack-resources";

/// Returns the owner of a resource. `sources_given` is `true` if Terraform states or stacks were given, so that a
/// resource in none of them is unmanaged.
pub(super) fn owner(resource: &Resource<'_>, sources_given: bool) -> Owner {
    let tags = resource.tags.known();
    if let Some(address) = &resource.address {
        let source = resource.origin.as_ref().and_then(|origin| origin.kind.as_deref()).unwrap_or_default();
        let by = if source.starts_with("AWS::") { OwnerKind::CloudFormation } else { OwnerKind::Terraform };
        return Owner { by, address: Some(address.to_string()), location: resource.location.clone() };
    }
    if tags.iter().any(|tag| tag.key.starts_with(STACK_TAG_PREFIX)) {
        let part = |name: &str| {
            let tag = tags.iter().find(|tag| tag.key.strip_prefix(STACK_TAG_PREFIX) == Some(name));
            tag.and_then(|tag| tag.value.as_deref())
        };
        let parts: Vec<&str> = [part("stack-name"), part("logical-id")].into_iter().flatten().collect();
        let address = (!parts.is_empty()).then(|| parts.join("/"));
        return Owner { by: OwnerKind::CloudFormation, address, location: None };
    }
    // A resource without stack tags is in no stack only if CloudFormation tags this type.
    let has_stack_tags = supported::by_name(&resource.kind).is_some_and(|kind| kind.has_stack_tags);
    let by = if sources_given || has_stack_tags { OwnerKind::None } else { OwnerKind::Unknown };
    Owner { by, address: None, location: None }
}

/// Replaces the owner that a plan file states by the one known now. Without states or stacks the file's statement stays
/// if it says that the resource is managed, because that only makes the checks stricter.
pub fn update_owner(change: &mut Change, resource: &Resource<'_>, sources_given: bool) {
    let now = owner(resource, sources_given);
    if sources_given || now.is_managed() || !change.owner.is_managed() {
        change.owner = now;
    }
}
