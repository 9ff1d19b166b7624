//! The accounts to read.

use crate::model::Gap;

/// An account and its partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccountIdentity {
    /// The account id.
    pub(crate) account: String,
    /// The partition that all ARNs of the account share, such as `aws-cn`.
    pub(crate) partition: String,
}

/// An account to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TargetAccount {
    pub(crate) identity: AccountIdentity,
    /// The role to assume; none for the credentials' own account.
    pub(crate) role: Option<String>,
    /// The name in the organization.
    pub(crate) name: Option<String>,
    /// The root and the units that the account is in, from the root down: `r-ab12/ou-ab12-cd34ef56`.
    pub(crate) ou: Option<String>,
    /// The tags of the account itself, sorted by key, if they were requested and could be read.
    pub(crate) tags: Option<Vec<(String, String)>>,
    /// The reason why the tags were requested and could not be read.
    pub(crate) tags_error: Option<String>,
    /// The ARN in the organization.
    pub(crate) arn: Option<String>,
}

impl TargetAccount {
    /// An account of which no more is known.
    pub(crate) fn new(identity: AccountIdentity, role: Option<String>) -> Self {
        Self { identity, role, name: None, ou: None, tags: None, tags_error: None, arn: None }
    }
}

/// The accounts to read, and what is missing from the list.
#[derive(Debug, Default)]
pub(crate) struct AccountList {
    /// The accounts, sorted by id.
    pub(crate) targets: Vec<TargetAccount>,
    pub(crate) organization: Option<String>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) notes: Vec<String>,
}
