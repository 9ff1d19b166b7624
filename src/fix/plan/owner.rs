//! Who keeps a resource: what its address, its marks and the given states and stacks say.

use super::model::{Owner, OwnerKind};
use crate::model::Resource;

/// The tag that AWS puts on what a stack made.
const MARK: &str = "aws:cloudformation:";

/// Who keeps a resource. `told` says whether states or stacks were given, so that what none of them has is kept by none
/// of them.
pub(super) fn owner(resource: &Resource<'_>, told: bool) -> Owner {
    let tags = resource.tags.known();
    if let Some(address) = &resource.address {
        let source = resource.origin.as_ref().and_then(|origin| origin.kind.as_deref()).unwrap_or_default();
        let by = if source.starts_with("AWS::") { OwnerKind::CloudFormation } else { OwnerKind::Terraform };
        return Owner { by, address: Some(address.to_string()), location: resource.location.clone() };
    }
    if tags.iter().any(|tag| tag.key.starts_with(MARK)) {
        let part = |name: &str| {
            let tag = tags.iter().find(|tag| tag.key.strip_prefix(MARK) == Some(name));
            tag.and_then(|tag| tag.value.as_deref())
        };
        let parts: Vec<&str> = [part("stack-name"), part("logical-id")].into_iter().flatten().collect();
        let address = (!parts.is_empty()).then(|| parts.join("/"));
        return Owner { by: OwnerKind::CloudFormation, address, location: None };
    }
    // CloudFormation marks user pools, no users, and whether it marks devices is not known.
    let marked = resource.kind.as_str() == "cognito-idp:userpool";
    let by = if told || marked { OwnerKind::None } else { OwnerKind::Unknown };
    Owner { by, address: None, location: None }
}
