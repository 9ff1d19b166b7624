//! The policies of an account that read a tag key.

use crate::iam_policies::{AccountPolicies, IamPolicy, Statement, TagReference};

/// A policy with the statements that read a tag key.
pub(super) struct MatchingPolicy<'a> {
    pub(super) policy: &'a IamPolicy,
    pub(super) statements: Vec<(&'a Statement, Vec<&'a TagReference>)>,
}

/// The policies of an account that read the key, or (`tagging`) those that govern who may tag with it.
pub(super) fn matching_policies<'a>(account: &'a AccountPolicies, key: &str, tagging: bool) -> Vec<MatchingPolicy<'a>> {
    let wanted = |read: &&TagReference| read.condition_key.governs_tagging() == tagging && read.key.matches(key);
    let statements = |policy: &'a IamPolicy| -> Vec<_> {
        let of =
            |statement: &'a Statement| (statement, statement.tag_references.iter().filter(wanted).collect::<Vec<_>>());
        policy.statements.iter().map(of).filter(|(_, reads)| !reads.is_empty()).collect()
    };
    let all = account.policies.iter().map(|policy| MatchingPolicy { policy, statements: statements(policy) });
    all.filter(|matching| !matching.statements.is_empty()).collect()
}
