//! Service control policies: requests that create a resource without its tags are denied.
//!
//! IAM reads the key after `aws:RequestTag/` in any letter case ("Global condition keys"). Its `StringLike` has the wildcards
//! of taglint's globs, in the right letter case. A negated operator is true where the key is missing ("Condition operators").

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::demands::RuleDemand;
use super::document::{Document, ExportError, Limits, Part, pack};
use super::format::ExportFormat;
use super::omission::{Effect, Omissions};
use crate::aws::create_actions::{self, CreateAction};
use crate::aws::same_key;
use crate::base::{Glob, Globs, count};
use crate::policy::Policy;
use crate::rule::{Demand, TagDemand, ValueDemand};

/// "Quotas for AWS Organizations", since May 2026; one of the ten policies of an account is `FullAWSAccess`.
const LIMITS: Limits = Limits { format: ExportFormat::Scp, size: 10_240, documents: 9 };
/// The characters of the actions in one statement, so that statements pack well.
const ACTIONS: usize = 3_000;

/// The operators of a condition, each with its keys and values. All of them must be true.
type Test = BTreeMap<&'static str, Map<String, Value>>;

/// The policies that deny requests without the tags of the rules.
pub(super) fn write(
    policy: &Policy,
    demands: &[RuleDemand<'_>],
    omissions: &mut Omissions,
) -> Result<Vec<Document>, ExportError> {
    let mut parts = Vec::new();
    for demand in demands {
        if !omissions.refuses(demand.rule) {
            continue;
        }
        let test = match &demand.demand {
            Demand::AnyOf(keys) => Some(no_key(keys, omissions, demand)),
            Demand::Tag(tag) => tag_test(policy, demand, tag, omissions),
        };
        let Some(mut test) = test else { continue };
        limit_accounts(demand, &mut test);
        let before = parts.len();
        for (resource, actions) in actions(demand, omissions) {
            for chunk in chunks(&actions) {
                parts.push(statement(&demand.rule.id, &resource, &chunk, &test));
            }
        }
        if parts.len() == before {
            let reason = "no action that creates these types alone has a condition for the tags of the request";
            omissions.add(demand.rule, "resources", Effect::NotExported, reason);
        }
    }
    pack(parts, &LIMITS, |statements| json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// The condition key of a tag in the request.
fn request_tag(key: &str) -> String {
    format!("aws:RequestTag/{key}")
}

fn add(test: &mut Test, operator: &'static str, key: String, value: Value) {
    test.entry(operator).or_default().insert(key, value);
}

/// True if a request has none of the keys.
fn no_key(keys: &[String], omissions: &mut Omissions, demand: &RuleDemand<'_>) -> Test {
    omissions.add(demand.rule, "any-of", Effect::Weaker, "a tag without a value passes");
    let mut test = Test::new();
    for key in keys {
        add(&mut test, "Null", request_tag(key), json!("true"));
    }
    test
}

/// True if the tag of a request violates the rule; `None` if nothing of the rule can be said.
fn tag_test(policy: &Policy, demand: &RuleDemand<'_>, tag: &TagDemand<'_>, omissions: &mut Omissions) -> Option<Test> {
    let rule = demand.rule;
    if !tag.ignore_key_case {
        omissions.add(rule, "key", Effect::Weaker, "IAM accepts the key in every letter case");
    }
    let key = request_tag(tag.key);
    let mut test = Test::new();
    let mut said = said(&tag.value);
    if said.is_some() && has_other_spelling(policy, tag.key) {
        omissions.add(rule, "values", Effect::Weaker, "the policy has this key in another letter case too");
        said = None;
    }
    let says_values = said.is_some();
    let unsaid: Vec<_> = tag.value.fields().into_iter().filter(|field| *field != "values" || !says_values).collect();
    omissions.values(rule, &unsaid);
    let (operator, values) = match said {
        Some((operator, values)) => (operator, Some(values)),
        None if tag.value.allow_empty => ("Null", None),
        None => ("StringNotLike", Some(vec!["?*".to_owned()])),
    };
    if !tag.value.allow_empty {
        omissions.add(rule, "allow-empty", Effect::Weaker, "a value of white space alone passes");
    }
    if let Some(values) = values {
        add(&mut test, operator, key.clone(), json!(values));
        if !tag.required {
            add(&mut test, "Null", key, json!("false"));
        }
    } else if tag.required {
        add(&mut test, "Null", key, json!("true"));
    } else {
        omissions.add(rule, "key", Effect::NotExported, "a service control policy can say nothing of this rule");
        return None;
    }
    Some(test)
}

/// The operator that is true for other values, with the values.
fn said(value: &ValueDemand<'_>) -> Option<(&'static str, Vec<String>)> {
    let values = value.values.as_ref()?;
    let empty = value.allow_empty.then(String::new);
    if value.ignore_case {
        let plain = values.iter().all(|value| value.is_ascii() && Glob::new(value).is_literal());
        let values = values.iter().map(|value| literal(value)).chain(empty).collect();
        return plain.then_some(("StringNotEqualsIgnoreCase", values));
    }
    // `*` alone would let an empty value pass.
    let glob = |value: &&str| if *value == "*" && empty.is_none() { "?*".to_owned() } else { literal(value) };
    let values = values.iter().map(glob).chain(empty.clone()).collect();
    Some(("StringNotLike", values))
}

/// A value in which `${` begins no variable ("IAM policy elements: Variables and tags").
fn literal(value: &str) -> String {
    value.replace("${", "${$}{")
}

/// Returns `true` if the policy names the key in another letter case, too, where IAM sees one key.
fn has_other_spelling(policy: &Policy, key: &str) -> bool {
    let keys = policy.declared.keys.texts().into_iter();
    keys.into_iter().any(|other| other != key && (same_key(other, key) || Glob::new(other).matches_any_case(key)))
}

fn limit_accounts(demand: &RuleDemand<'_>, test: &mut Test) {
    let texts = |globs: &Globs| json!(globs.0.iter().map(|glob| literal(glob.as_str())).collect::<Vec<_>>());
    for (operator, globs) in [("StringLike", demand.scope.accounts), ("StringNotLike", demand.scope.not_accounts)] {
        if let Some(globs) = globs {
            add(test, operator, "aws:PrincipalAccount".to_owned(), texts(globs));
        }
    }
}

/// The actions that create the types of a rule, by the resource on which they have the condition key.
fn actions(demand: &RuleDemand<'_>, omissions: &mut Omissions) -> BTreeMap<String, Vec<&'static str>> {
    let mut out: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let mut reached = std::collections::BTreeSet::new();
    let covered = |action: &&CreateAction| action.types.iter().all(|row| demand.scope.covers(row));
    for action in create_actions::all().iter().filter(covered) {
        out.entry(action.resource.to_owned()).or_default().push(action.name);
        reached.extend(action.types.iter().map(|row| row.kind()));
    }
    let missed = match &demand.scope.types {
        Some(types) => types.iter().filter(|row| !reached.contains(row.kind())).count(),
        None => crate::aws::resource_types::all().len() - reached.len(),
    };
    if missed > 0 && !reached.is_empty() {
        let many = count(missed as u64, "type");
        let reason = format!("{many} of the rule cannot be tagged with an action that creates it alone");
        omissions.add(demand.rule, "resources", Effect::Weaker, reason);
    }
    out
}

/// Parts of a list that are short enough for one statement.
fn chunks(actions: &[&'static str]) -> Vec<Vec<&'static str>> {
    let mut out: Vec<Vec<&'static str>> = vec![Vec::new()];
    let mut used = 0;
    for action in actions {
        if used + action.len() + 3 > ACTIONS {
            out.push(Vec::new());
            used = 0;
        }
        used += action.len() + 3;
        out.last_mut().expect("one chunk at least").push(action);
    }
    out
}

fn statement(id: &str, resource: &str, actions: &[&'static str], test: &Test) -> Part {
    let value = json!({ "Effect": "Deny", "Action": actions, "Resource": resource, "Condition": test });
    Part { what: format!("a statement of the rule {id}"), value }
}
