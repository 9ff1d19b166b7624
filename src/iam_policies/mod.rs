//! The IAM policies of accounts, as far as they depend on tags.
//!
//! Policies come from the output of the AWS CLI ([`read_file`]) or from the collector; documents are not kept. A policy can
//! depend on a tag of the caller (`aws:PrincipalTag/…`) or of the resource (`aws:ResourceTag/…`).
//! [`KnownPolicies::readers`] gives the statements that read a key. If policies could not be read, it assumes that some
//! statement reads every key.

mod account;
mod condition_key;
mod document;
mod file;
mod meaning;
mod node;

pub use account::{
    AccountPolicies, AccountPoliciesBuilder, AttachedTo, IamPolicy, IdentityDetail, IdentityKind, ManagedPolicy,
    OPERATION, PolicyKind,
};
pub use condition_key::{ReferencedKey, TagConditionKey};
pub use document::{DocumentError, ReferenceElement, Statement, TagReference, statements};
pub use file::{FileError, read as read_file};
pub use meaning::meaning;
pub use node::PolicyJson;

use crate::aws::supported;
use crate::model::Gap;

/// The kinds of policies that the operation does not return. Every report names them.
pub const NOT_LOOKED_AT: [&str; 5] = [
    "policies of buckets, keys, queues and other resources",
    "service control policies of the organization",
    "resource control policies of the organization",
    "session policies",
    "trust policies and other policies of other accounts",
];

/// The policies of several accounts that read tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownPolicies {
    /// The accounts, sorted by id.
    pub accounts: Vec<AccountPolicies>,
    /// The gaps in the list of accounts itself.
    pub unread: Vec<Gap>,
}

/// A statement that reads a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DependentStatement {
    /// The title of the policy; see [`IamPolicy::title`].
    pub policy: String,
    /// The statement: its `Sid`, or its number from 1. None if the policy is unknown.
    pub statement: Option<String>,
    /// The condition key by which it reads the tag: `aws:PrincipalTag/Team`.
    pub reads: String,
}

impl KnownPolicies {
    /// Returns `true` if everything that the operation returns was read.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty() && self.accounts.iter().all(|account| account.unread.is_empty())
    }

    /// The statements that read a tag of a resource of this type and account, sorted, each once. If not all policies of
    /// the account are known, one more entry represents the unknown ones, because they may read the key.
    #[must_use]
    pub fn readers(&self, account: &str, kind: &str, key: &str) -> Vec<DependentStatement> {
        // An account may be in several files. It is known only if each of them is complete.
        let (mut out, mut known) = (Vec::new(), false);
        for account in self.accounts.iter().filter(|known| known.id == account) {
            known = account.unread.is_empty();
            for (policy, statement, read) in account.reads() {
                if read.whose.concerns(kind) && read.key.reads(key) {
                    out.push(DependentStatement {
                        policy: policy.title(),
                        statement: Some(statement.title()),
                        reads: read.written(),
                    });
                }
            }
            if !known {
                break;
            }
        }
        if !known {
            out.push(unknown(kind, key));
        }
        out.sort();
        out.dedup();
        out
    }
}

/// The entry for policies that were not read.
fn unknown(kind: &str, key: &str) -> DependentStatement {
    let reads = match supported::by_name(kind) {
        Some(supported) if supported.is_principal => format!("aws:PrincipalTag/{key} or aws:ResourceTag/{key}"),
        Some(_) | None => format!("aws:ResourceTag/{key}"),
    };
    DependentStatement {
        policy: "policies that were not read".to_owned(),
        statement: None,
        reads: format!("perhaps {reads}"),
    }
}

impl AccountPolicies {
    /// All references to tags, with their policy and statement.
    pub fn reads(&self) -> impl Iterator<Item = (&IamPolicy, &Statement, &TagReference)> {
        self.policies.iter().flat_map(|policy| {
            policy
                .statements
                .iter()
                .flat_map(move |statement| statement.reads.iter().map(move |read| (policy, statement, read)))
        })
    }
}

impl Statement {
    /// The `Sid`, or the number from 1.
    #[must_use]
    pub fn title(&self) -> String {
        self.sid.clone().unwrap_or_else(|| self.number.to_string())
    }
}

impl TagReference {
    /// The reference in the form of a condition key: `aws:PrincipalTag/Team`, with `*` if it may be any key.
    #[must_use]
    pub fn written(&self) -> String {
        let key = match &self.key {
            ReferencedKey::Named(key) => key.as_str(),
            ReferencedKey::Any => "*",
        };
        match &self.whose {
            TagConditionKey::Principal => format!("aws:PrincipalTag/{key}"),
            TagConditionKey::Resource(service) => format!("{service}:ResourceTag/{key}"),
            TagConditionKey::Request => format!("aws:RequestTag/{key}"),
            TagConditionKey::Keys => "aws:TagKeys".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
