//! The accounts of an organization as resources. Their list and their tags are read for the run itself, so they have no
//! [`TypeReader`](super::reader::TypeReader).

use super::fields::{read_tags, some};
use crate::collect::accounts::target_account::TargetAccount;
use crate::model::{Resource, Tags};

/// The type.
pub const TYPE: &str = "organizations:account";

/// An account with its own tags.
pub(crate) fn resource(target: &TargetAccount) -> Resource<'static> {
    let account = &target.identity.account;
    let name = || target.name.clone().and_then(some);
    let pair = |(key, value): &(String, String)| (key.clone().into(), value.clone().into());
    Resource {
        kind: TYPE.into(),
        arn: target.arn.clone().and_then(some),
        id: some(account),
        account: some(account),
        name: name(),
        account_name: name(),
        account_ou: target.ou.clone().and_then(some),
        account_tags: target.tags.as_ref().map(|tags| tags.iter().map(pair).collect()),
        tags: match &target.tags {
            Some(tags) => read_tags(tags.iter().cloned()),
            None => Tags::Unread {
                reason: target.tags_error.clone().unwrap_or_else(|| "the tags were not read".to_owned()).into(),
            },
        },
        ..Resource::default()
    }
}
