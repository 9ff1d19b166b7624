//! Session policies: the most that a session of an assumed role may do, whatever the role itself allows. They have at most
//! 2,048 characters (AWS STS API Reference, `AssumeRole`).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;

use super::fix::{TagWrites, uses_cloud_control, with_keys};
use crate::aws::resource_types;
use crate::aws::supported::{self, SupportedType};
use crate::aws::tag_actions::{self, TAG, UNTAG};
use crate::collect::accounts::enabled_regions::LIST_REGIONS;
use crate::collect::any_type::INDEX_ACTIONS;
use crate::collect::any_type::confirm::GET_RESOURCE;
use crate::collect::readers::registry::READERS;
use crate::collect::readers::tag_index::GET_RESOURCES;
use crate::iam_policies::OPERATION as READ_POLICIES;

/// The operation that reads the effective tag policy. Every account of an organization may call it for itself.
pub(crate) const DESCRIBE_EFFECTIVE_POLICY: &str = "organizations:DescribeEffectivePolicy";
/// The operation that lists the keys that the effective tag policy requires, by type.
pub(crate) const LIST_REQUIRED_TAGS: &str = "tag:ListRequiredTags";
/// The most characters of a session policy.
const MOST_CHARACTERS: usize = 2048;

/// The session policy of a scan of any type. What Cloud Control reads comes from a managed policy besides.
pub(crate) fn scan_any_type() -> String {
    let mut actions = scan_actions();
    actions.extend(INDEX_ACTIONS);
    allow(&actions)
}

/// The session policy of a scan.
pub(crate) fn scan() -> String {
    allow(&scan_actions())
}

fn scan_actions() -> BTreeSet<&'static str> {
    let mut actions = BTreeSet::from([LIST_REGIONS, GET_RESOURCES]);
    for reader in READERS {
        actions.extend(reader.list_actions());
        actions.extend(reader.fallback_actions());
        actions.insert(reader.resource_type().read_tags_action);
    }
    actions
}

/// The session policies of a fix, the narrowest first: read tags and the policies that depend on them, and write the plan's
/// keys on the plan's resources, on those of the same paths, or on all. The last one, with any key, always fits. What Cloud
/// Control reads comes from a managed policy besides.
pub(crate) fn fix(writes: &[(&'static str, TagWrites)]) -> Vec<FixSession> {
    let widened = |(kind, writes): &(&'static str, TagWrites)| (*kind, writes.widened());
    let everywhere = |(kind, writes): &(&'static str, TagWrites)| {
        (*kind, TagWrites { arns: vec!["*".to_owned()], ..writes.clone() })
    };
    let named = [
        (FixLimit::Resources, planned(writes)),
        (FixLimit::Paths, planned(&writes.iter().map(widened).collect::<Vec<_>>())),
        (FixLimit::Keys, planned(&writes.iter().map(everywhere).collect::<Vec<_>>())),
    ];
    let any_key = FixSession { limit: FixLimit::Actions, policy: any_key(writes) };
    // `${` would be a variable of the policy.
    let fits = |policy: &String| policy.len() <= MOST_CHARACTERS && !policy.contains("${");
    let named = named.into_iter().filter(|(_, policy)| !writes.is_empty() && fits(policy));
    named.map(|(limit, policy)| FixSession { limit, policy }).chain([any_key]).collect()
}

/// A session policy of a fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FixSession {
    /// The narrowness of the policy.
    pub(crate) limit: FixLimit,
    /// The policy.
    pub(crate) policy: String,
}

/// The limit of a fix session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FixLimit {
    /// The plan's keys on the plan's resources.
    Resources,
    /// The plan's keys on the resources with the paths, or in the regions, of the plan's resources.
    Paths,
    /// The plan's keys on all resources.
    Keys,
    /// All keys on all resources.
    Actions,
}

/// The session policy that allows these writes, in ASCII: STS takes no characters above U+00FF.
fn planned(writes: &[(&'static str, TagWrites)]) -> String {
    // Rules compare a resource with others, so reads are not limited to the plan's resources.
    let mut reads: BTreeSet<&str> =
        supported::ALL.iter().map(|kind| kind.read_tags_action).chain([READ_POLICIES]).collect();
    if uses_tagging_api(writes) {
        reads.extend([GET_RESOURCES, TAG, UNTAG]);
    }
    if uses_cloud_control(writes) {
        reads.insert(GET_RESOURCE);
    }
    let mut statements = vec![json!({"Effect": "Allow", "Action": reads, "Resource": "*"})];
    for (kind, writes) in writes {
        // A change may be repeated, or taken back key by key, so both writes may name all keys.
        let keys: BTreeSet<&String> = writes.set.iter().chain(&writes.removed).collect();
        let keys: Vec<String> = keys.into_iter().cloned().collect();
        let (actions, by_keys) = write_actions(kind);
        let write = json!({"Effect": "Allow", "Action": actions, "Resource": writes.arns});
        statements.push(if by_keys { with_keys(write, &keys) } else { write });
    }
    ascii(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

fn any_key(writes: &[(&'static str, TagWrites)]) -> String {
    let of_type =
        |each: &'static SupportedType| [each.read_tags_action, each.tagging.tag.action, each.tagging.untag.action];
    let native = supported::ALL.into_iter().flat_map(of_type).chain([READ_POLICIES]);
    let mut actions: BTreeSet<String> = native.map(str::to_owned).collect();
    if uses_tagging_api(writes) {
        actions.extend([GET_RESOURCES, TAG, UNTAG].map(str::to_owned));
        actions.extend(writes.iter().flat_map(|(kind, _)| write_actions(kind).0));
    }
    if uses_cloud_control(writes) {
        actions.insert(GET_RESOURCE.to_owned());
    }
    let narrow = allow(&actions.iter().map(String::as_str).collect());
    // Plans with very many types: the role's own policies are then the limit.
    if narrow.len() <= MOST_CHARACTERS { narrow } else { allow(&BTreeSet::from(["*"])) }
}

fn uses_tagging_api(writes: &[(&'static str, TagWrites)]) -> bool {
    writes.iter().any(|(kind, _)| supported::by_name(kind).is_none())
}

/// The actions of a type's service that set and remove tags, and whether they have the condition key `aws:TagKeys`. Where the
/// actions are not known, a pattern stands for them.
fn write_actions(kind: &str) -> (Vec<String>, bool) {
    if let Some(native) = supported::by_name(kind) {
        return ([native.tagging.tag.action, native.tagging.untag.action].map(str::to_owned).to_vec(), true);
    }
    if let Some(known) = tag_actions::of(kind) {
        let actions: BTreeSet<&str> = known.set.iter().chain(&known.remove).copied().collect();
        return (actions.into_iter().map(str::to_owned).collect(), known.by_keys);
    }
    let tagging = resource_types::named(kind).and_then(|row| row.tagging).unwrap_or(kind);
    (vec![format!("{}:*Tag*", tagging.split(':').next().unwrap_or_default())], false)
}

/// The session policy of `explain-access`.
pub(crate) fn read_policies() -> String {
    allow(&BTreeSet::from([READ_POLICIES]))
}

/// The session policy of `policy diff --live`.
pub(crate) fn read_tag_policy() -> String {
    allow(&BTreeSet::from([DESCRIBE_EFFECTIVE_POLICY, LIST_REQUIRED_TAGS]))
}

/// The session policy of an estimate.
pub(crate) fn estimate() -> String {
    allow(&BTreeSet::from(["iam:GetAccountSummary"]))
}

/// A session policy that allows actions on all resources: their ARNs would not fit into 2,048 characters.
fn allow(actions: &BTreeSet<&str>) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_policies_fit_the_limit() {
        for policy in [scan(), scan_any_type(), any_key(&[]), read_policies(), read_tag_policy(), estimate()] {
            assert!(policy.len() <= MOST_CHARACTERS, "{}", policy.len());
        }
    }

    #[test]
    fn a_fix_session_has_the_plans_keys_and_resources_as_far_as_they_fit() {
        use FixLimit::{Actions, Keys, Paths, Resources};
        let user = "iam:user";
        let limits = |users: usize, path: &str, key: &str| -> Vec<FixLimit> {
            let arns = (0..users)
                .map(|i| format!("arn:aws:iam::111122223333:user/{}{i:04}", path.replace('#', &i.to_string())));
            let writes = TagWrites { arns: arns.collect(), set: vec![key.to_owned()], removed: vec!["Old".to_owned()] };
            let sessions = fix(&[(user, writes)]);
            for session in &sessions {
                assert!(session.policy.len() <= MOST_CHARACTERS && session.policy.is_ascii(), "{}", session.policy);
                let policy: serde_json::Value = serde_json::from_str(&session.policy).unwrap();
                let keys = &policy["Statement"][1]["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"];
                assert!(session.limit == FixLimit::Actions || *keys == json!(["Old", key]), "{policy}");
            }
            sessions.iter().map(|session| session.limit).collect()
        };
        assert_eq!(limits(3, "", "Owner"), [Resources, Paths, Keys, Actions]);
        assert_eq!(limits(3, "", "所有者"), [Resources, Paths, Keys, Actions]);
        assert_eq!(limits(300, "", "Owner"), [Paths, Keys, Actions]);
        assert_eq!(limits(300, "#/", "Owner"), [Keys, Actions]);
        assert_eq!(limits(3, "${aws:username}/", "Owner"), [Keys, Actions], "a path can look like a variable");
        assert_eq!(limits(3, "", &"k".repeat(3000)), [Actions]);
    }
}
