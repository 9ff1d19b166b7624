//! The policy that applies one fix plan.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::statement::{PolicyHolder, account_access, policy, statement};
use crate::aws::SupportedType;
use crate::collect::options::CollectOptions;
use crate::iam_policies::OPERATION as READ_POLICIES;

/// The tags that a plan writes on resources of one type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagWrites {
    /// The ARNs of the resources, sorted.
    pub arns: Vec<String>,
    /// The keys that are set, sorted.
    pub set: Vec<String>,
    /// The keys that are removed, sorted.
    pub removed: Vec<String>,
}

impl TagWrites {
    /// The same writes with patterns for ARNs: `…:user/team/*` for the users of a path, `…:userpool/*` for the pools of a
    /// region.
    #[must_use]
    pub fn widened(&self) -> Self {
        let wide = |arn: &String| arn.rsplit_once('/').map_or(arn.clone(), |(head, _)| format!("{head}/*"));
        let arns: BTreeSet<String> = self.arns.iter().map(wide).collect();
        Self { arns: arns.into_iter().collect(), ..self.clone() }
    }
}

/// The IAM policy that allows a plan and nothing else, as JSON: each resource by its ARN, each key by its name.
///
/// The `Null` condition denies requests without keys: `ForAllValues` alone allows them (IAM User Guide, "Multivalued
/// context keys").
#[must_use]
pub fn fix_policy(
    writes: &[(&'static SupportedType, TagWrites)],
    options: &CollectOptions,
    holder: PolicyHolder,
    partition: &str,
) -> String {
    let mut statements = account_access(options, holder, partition, false, true);
    if !holder.reads_accounts(options) {
        return policy(&statements);
    }
    if !writes.is_empty() {
        statements.push(statement("TaglintReadPolicies", &[READ_POLICIES], json!("*")));
    }
    for (resource_type, writes) in writes {
        let SupportedType { label, read_tags_action, tagging, .. } = resource_type;
        statements.push(statement(&format!("TaglintRead{label}"), &[read_tags_action], json!(writes.arns)));
        for (verb, operation, keys) in [("Tag", tagging.tag, &writes.set), ("Untag", tagging.untag, &writes.removed)] {
            if !keys.is_empty() {
                let allowed = statement(&format!("Taglint{verb}{label}"), &[operation.action], json!(writes.arns));
                statements.push(with_keys(allowed, keys));
            }
        }
    }
    policy(&statements)
}

/// Limits a statement of writes to requests that name some of these keys and no others.
pub(super) fn with_keys(mut statement: Value, keys: &[String]) -> Value {
    statement["Condition"] = json!({
        "ForAllValues:StringEquals": {"aws:TagKeys": keys},
        "Null": {"aws:TagKeys": "false"},
    });
    statement
}
