//! The comparison of a policy with the effective tag policy of an account.

use std::collections::BTreeSet;

use serde::Serialize;

use super::export::{
    AllowedValues, ExportFormat, ExportOptions, KeyPolicy, Omission, Omissions, RuleDemand, demands, keys,
};
use super::import::{AwsKey, ImportError, ImportInput, effective};
use crate::aws::TypeGlobs;
use crate::aws::resource_types::all;
use crate::base::{Globs, quote, thousands};
use crate::policy::{Policy, Severity};

/// The entries of a list that a line names.
const NAMED: usize = 10;

/// One difference: what only one side has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// The key.
    pub key: String,
    /// `key`, `spelling`, `values`, `required-for` or `enforced-for`.
    pub field: &'static str,
    /// The items that only the policy has.
    pub only_policy: Vec<String>,
    /// The items that only AWS has.
    pub only_aws: Vec<String>,
}

impl Difference {
    /// The difference on one line.
    #[must_use]
    pub fn line(&self) -> String {
        let sides = [("only the policy", &self.only_policy), ("only AWS", &self.only_aws)];
        let sides = sides.iter().filter(|(_, list)| !list.is_empty());
        let text: Vec<_> = sides.map(|(name, list)| format!("{name}: {}", some(list))).collect();
        format!("{}: {}: {}", quote(&self.key), self.field, text.join("; "))
    }
}

fn some(list: &[String]) -> String {
    let shown = list.iter().take(NAMED).map(|item| quote(item)).collect::<Vec<_>>().join(", ");
    let more = list.len().saturating_sub(NAMED);
    if more > 0 { format!("{shown} and {} more", thousands(more as u64)) } else { shown }
}

/// The result of a comparison.
#[derive(Debug)]
pub struct Comparison {
    /// The differences, by key.
    pub differences: Vec<Difference>,
    /// The parts of the policy that a tag policy cannot say.
    pub omissions: Vec<Omission>,
    /// The parts of the tag policy that could not be read.
    pub notes: Vec<String>,
}

/// Compares a policy with an effective tag policy, or with the output of `ListRequiredTags`.
///
/// # Errors
/// [`ImportError`], if the input is neither.
pub fn compare(policy: &Policy, input: &ImportInput) -> Result<Comparison, ImportError> {
    let aws = effective(input)?;
    let mut omissions = Omissions::new(ExportFormat::AwsTagPolicy);
    let options = ExportOptions::default();
    let demands = demands(policy, &options, &mut omissions);
    let own = keys(&demands, &options, &mut omissions);
    let mut omissions = omissions.finish();
    // Types are compared one by one, also those that a tag policy cannot list.
    omissions.retain(|omission| omission.field != "resources");
    let mut differences = Vec::new();
    for key in &own {
        let same = |other: &&AwsKey| other.key.to_lowercase() == key.key.to_lowercase();
        let required = required(&demands, &key.key);
        match aws.keys.iter().find(same) {
            Some(other) => {
                let has_values = aws.has_values && says_values(key, &demands, &omissions);
                one_key(key, other, &demands, has_values, &mut differences);
            }
            // `ListRequiredTags` has only keys that are required.
            None if aws.has_values || !required.is_empty() => {
                push(&mut differences, &key.key, "key", &[key.key.clone()].into(), &BTreeSet::new());
            }
            None => {}
        }
    }
    for other in &aws.keys {
        if !own.iter().any(|key| other.key.to_lowercase() == key.key.to_lowercase()) {
            push(&mut differences, &other.key, "key", &BTreeSet::new(), &[other.key.clone()].into());
        }
    }
    differences.sort_by(|a, b| (&a.key, a.field).cmp(&(&b.key, b.field)));
    Ok(Comparison { differences, omissions, notes: aws.notes })
}

/// Returns `false` if a rule for the key has constraints on its value that a tag policy cannot say.
fn says_values(key: &KeyPolicy, demands: &[RuleDemand<'_>], omissions: &[Omission]) -> bool {
    let mut rules = demands.iter().filter(|demand| demand.key() == Some(&key.key));
    // A list of values says all that is allowed, whatever else is refused.
    let is_listed = matches!(key.values, AllowedValues::Listed(_));
    let leaves_values = |field: &str| matches!(field, "allow-empty" | "grace") || field == "not-values" && is_listed;
    let is_unsaid = |id: &str| {
        omissions.iter().any(|omission| omission.rule.as_deref() == Some(id) && !leaves_values(&omission.field))
    };
    !rules.any(|demand| is_unsaid(&demand.rule.id))
}

fn one_key(own: &KeyPolicy, aws: &AwsKey, demands: &[RuleDemand<'_>], has_values: bool, out: &mut Vec<Difference>) {
    if own.key != aws.key {
        push(out, &own.key, "spelling", &[own.key.clone()].into(), &[aws.key.clone()].into());
    }
    if has_values {
        let values = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
        let any = || BTreeSet::from(["*".to_owned()]);
        let own_values = match &own.values {
            AllowedValues::Any => any(),
            AllowedValues::None => BTreeSet::new(),
            AllowedValues::Listed(list) => values(list),
        };
        push(out, &own.key, "values", &own_values, &aws.values.as_deref().map_or_else(any, values));
    }
    let (mut wanted, mut have) = (required(demands, &own.key), kinds(&aws.required_for));
    let requires_everywhere =
        |demand: &RuleDemand<'_>| demand.key() == Some(&own.key) && demand.requires() && demand.scope.types.is_none();
    // One entry says it, unless AWS lists every type that it can.
    if wanted != have && demands.iter().any(requires_everywhere) {
        (wanted, have) = (["*".to_owned()].into(), BTreeSet::new());
    }
    push(out, &own.key, "required-for", &wanted, &have);
    // A tag policy that only reports is no difference: how strict AWS is stays its own choice.
    let errors = covered(demands, &own.key, |demand| demand.rule.severity == Severity::Error);
    let enforced = kinds(&aws.enforced_for);
    let extra: BTreeSet<_> = enforced.difference(&errors).cloned().collect();
    push(out, &own.key, "enforced-for", &BTreeSet::new(), &extra);
}

fn push(out: &mut Vec<Difference>, key: &str, field: &'static str, own: &BTreeSet<String>, aws: &BTreeSet<String>) {
    let only_policy: Vec<_> = own.difference(aws).cloned().collect();
    let only_aws: Vec<_> = aws.difference(own).cloned().collect();
    if !only_policy.is_empty() || !only_aws.is_empty() {
        out.push(Difference { key: key.to_owned(), field, only_policy, only_aws });
    }
}

/// The types on which the policy requires a key.
#[allow(clippy::redundant_closure_for_method_calls)] // the method is not general enough in its lifetime
fn required(demands: &[RuleDemand<'_>], key: &str) -> BTreeSet<String> {
    covered(demands, key, |demand: &RuleDemand<'_>| -> bool { demand.requires() })
}

/// The types that the rules for a key cover, as far as tag policies have names for them.
fn covered(demands: &[RuleDemand<'_>], key: &str, also: impl Fn(&RuleDemand<'_>) -> bool) -> BTreeSet<String> {
    let rules: Vec<_> = demands.iter().filter(|demand| demand.key() == Some(key) && also(demand)).collect();
    let rows = all().iter().filter(|row| row.tagging.is_some());
    rows.filter(|row| rules.iter().any(|demand| demand.scope.covers(row))).map(|row| row.kind().to_owned()).collect()
}

/// The types that globs of a tag policy mean.
fn kinds(globs: &[String]) -> BTreeSet<String> {
    if globs.is_empty() {
        return BTreeSet::new();
    }
    let globs = TypeGlobs::new(Globs::new(globs));
    let rows = all().iter().filter(|row| row.tagging.is_some() && globs.matches(row.kind()));
    rows.map(|row| row.kind().to_owned()).collect()
}
