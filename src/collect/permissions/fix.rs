//! The policy that applies one fix plan.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::scan::{CONFIRM, read_handlers};
use super::statement::{PolicyHolder, account_access, policy, statement};
use crate::aws::cloud_control::{self, ReadableType};
use crate::aws::supported::{self, SupportedType};
use crate::aws::tag_actions::{self, READ, TAG, UNTAG};
use crate::collect::any_type::confirm::GET_RESOURCE;
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
    /// region; `…:*` for the queues of a region.
    #[must_use]
    pub fn widened(&self) -> Self {
        let wide = |arn: &String| match (arn.rsplit_once('/'), arn.rsplit_once(':')) {
            (Some((head, _)), _) => format!("{head}/*"),
            (None, Some((head, _))) => format!("{head}:*"),
            (None, None) => arn.clone(),
        };
        let arns: BTreeSet<String> = self.arns.iter().map(wide).collect();
        Self { arns: arns.into_iter().collect(), ..self.clone() }
    }
}

/// The IAM policy that allows a plan and nothing else, as JSON: each resource by its ARN, each key by its name.
///
/// The `Null` condition denies requests without keys: `ForAllValues` alone allows them (IAM User Guide, "Multivalued
/// context keys").
///
/// `handlers` adds the actions with which Cloud Control reads the types of the tagging API. Without them, the identity needs
/// the managed policy `ReadOnlyAccess` for resources that the tagging API does not list.
#[must_use]
pub fn fix_policy(
    writes: &[(&'static str, TagWrites)],
    options: &CollectOptions,
    holder: PolicyHolder,
    partition: &str,
    handlers: bool,
) -> String {
    let mut statements = account_access(options, holder, partition, false, true);
    if !holder.reads_accounts(options) {
        return policy(&statements);
    }
    if !writes.is_empty() {
        statements.push(statement("TaglintReadPolicies", &[READ_POLICIES], json!("*")));
    }
    let (native, others): (Vec<_>, Vec<_>) = writes.iter().partition(|(kind, _)| supported::by_name(kind).is_some());
    for (resource_type, writes) in native.iter().filter_map(|(kind, writes)| Some((supported::by_name(kind)?, writes)))
    {
        let SupportedType { label, read_tags_action, tagging, .. } = resource_type;
        statements.push(statement(&format!("TaglintRead{label}"), &[read_tags_action], json!(writes.arns)));
        for (verb, operation, keys) in [("Tag", tagging.tag, &writes.set), ("Untag", tagging.untag, &writes.removed)] {
            if !keys.is_empty() {
                let allowed = statement(&format!("Taglint{verb}{label}"), &[operation.action], json!(writes.arns));
                statements.push(with_keys(allowed, keys));
            }
        }
    }
    statements.extend(tagging_api(&others));
    let confirmed: Vec<_> = confirmed_types(writes).collect();
    if !confirmed.is_empty() {
        let mut reads = vec![GET_RESOURCE];
        if handlers {
            reads.extend(read_handlers(confirmed.into_iter()));
        }
        statements.push(statement(CONFIRM, &reads, json!("*")));
    }
    policy(&statements)
}

/// The types of the tagging API that Cloud Control reads where that does not list a resource.
fn confirmed_types(writes: &[(&'static str, TagWrites)]) -> impl Iterator<Item = &'static ReadableType> {
    let others = writes.iter().map(|(kind, _)| *kind).filter(|kind| supported::by_name(kind).is_none());
    others.filter_map(cloud_control::of_kind).filter(|readable| readable.is_identified_by_arn())
}

/// Returns `true` if Cloud Control may read resources of these writes.
#[must_use]
pub fn uses_cloud_control(writes: &[(&'static str, TagWrites)]) -> bool {
    confirmed_types(writes).next().is_some()
}

/// The statements for types that the tagging API writes: its own actions, which take no resource, and those of the services.
fn tagging_api(writes: &[&(&'static str, TagWrites)]) -> Vec<Value> {
    if writes.is_empty() {
        return Vec::new();
    }
    let sets = writes.iter().any(|(_, writes)| !writes.set.is_empty());
    let removes = writes.iter().any(|(_, writes)| !writes.removed.is_empty());
    let own: Vec<&str> = [(READ, true), (TAG, sets), (UNTAG, removes)]
        .into_iter()
        .filter_map(|(action, needed)| needed.then_some(action))
        .collect();
    let mut out = vec![statement("TaglintTaggingApi", &own, json!("*"))];
    for (kind, writes) in writes {
        let Some(actions) = tag_actions::of(kind) else { continue };
        for (verb, actions_of, keys) in
            [("Tag", &actions.set, &writes.set), ("Untag", &actions.remove, &writes.removed)]
        {
            if !keys.is_empty() {
                let allowed = statement(&format!("Taglint{verb}{}", label(kind)), actions_of, json!(writes.arns));
                out.push(if actions.by_keys { with_keys(allowed, keys) } else { allowed });
            }
        }
    }
    out
}

/// The name of a type as a part of a statement id, which has letters and digits only: `SqsQueue`.
fn label(kind: &str) -> String {
    let words = kind.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

/// The types among these whose service has tag actions that are not known. [`fix_policy`] lacks those.
#[must_use]
pub fn types_without_actions(writes: &[(&'static str, TagWrites)]) -> Vec<&'static str> {
    let unknown = |kind: &&str| supported::by_name(kind).is_none() && tag_actions::of(kind).is_none();
    writes.iter().map(|(kind, _)| *kind).filter(unknown).collect()
}

/// Limits a statement of writes to requests that name some of these keys and no others.
pub(super) fn with_keys(mut statement: Value, keys: &[String]) -> Value {
    statement["Condition"] = json!({
        "ForAllValues:StringEquals": {"aws:TagKeys": keys},
        "Null": {"aws:TagKeys": "false"},
    });
    statement
}
