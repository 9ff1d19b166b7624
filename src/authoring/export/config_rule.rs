//! The rule `required-tags` of AWS Config, in a template that is a conformance pack too.
//!
//! It takes six keys, each with literal values, and checks that every resource of its scope has them. The parameters have
//! 1,024 characters, and a scope 100 types (AWS Config API reference, "`ConfigRule`" and "Scope").

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::demands::RuleDemand;
use super::document;
use super::document::{Document, ExportError};
use super::format::ExportFormat;
use super::omission::{Effect, Omissions};
use crate::authoring::import::config_name;
use crate::authoring::write::comment;
use crate::base::count;
use crate::base::encode::{json, yaml};
use crate::policy::{Policy, Rule};
use crate::rule::{TagDemand, ValueDemand};

const KEYS: usize = 6;
const PARAMETERS: usize = 1024;
const TYPES: usize = 100;
/// The bytes of a template that an API takes without an S3 bucket (AWS `CloudFormation` API Reference, `CreateStack`; AWS
/// Config API Reference, `PutConformancePack` and `PutOrganizationConformancePack`: `TemplateBody`).
const DIRECT: usize = 51_200;
/// The bytes of a template in a bucket ("1 MB"), and its resources (AWS `CloudFormation` User Guide, "Understand
/// `CloudFormation` quotas").
const TEMPLATE: usize = 1_000_000;
const RESOURCES: usize = 500;
/// The bytes of a conformance pack in a bucket ("300 KB"; AWS Config API Reference, `PutConformancePack`: `TemplateS3Uri`).
const PACK_TEMPLATE: usize = 300_000;
/// The rules of a conformance pack, of an account or of an organization (AWS Config Developer Guide, "Service Limits").
const PACK_RULES: usize = 130;

/// One key of a rule, with its values.
type Pair = (String, Option<String>);

/// The template, if there is a rule for it.
///
/// # Errors
/// [`ExportError`], if it is larger than AWS allows.
pub(super) fn write(
    policy: &Policy,
    demands: &[RuleDemand<'_>],
    omissions: &mut Omissions,
) -> Result<Vec<Document>, ExportError> {
    // Keys with one scope share rules; `None` is every type that Config records.
    let mut scopes: BTreeMap<Option<Vec<&str>>, Vec<Pair>> = BTreeMap::new();
    for demand in demands {
        let Some(tag) = demand.tag(omissions) else { continue };
        let Some(types) = scope(demand, tag, omissions) else { continue };
        if demand.rule.grace.is_some() {
            omissions.add(demand.rule, "grace", Effect::Wider, "AWS reports a resource in its grace period too");
        }
        let pair = pair(demand.rule, tag, omissions);
        let pairs = scopes.entry(types).or_default();
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let mut rules = Vec::new();
    for (types, pairs) in scopes {
        let types = types.map_or_else(|| vec![Vec::new()], |types| types.chunks(TYPES).map(<[_]>::to_vec).collect());
        for types in types {
            rules.extend(groups(&pairs).map(|pairs| (types.clone(), pairs)));
        }
    }
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    if rules.len() > RESOURCES {
        return Err(ExportError::TooManyRules { count: rules.len(), limit: RESOURCES });
    }
    let mut body = String::new();
    for (at, (types, pairs)) in rules.iter().enumerate() {
        rule(&mut body, at + 1, types, pairs);
    }
    let mut text = String::new();
    comment(&mut text, &format!("Written by `taglint policy export config-rule` from {}.", policy.name));
    comment(&mut text, "A template of AWS CloudFormation, and a conformance pack of AWS Config.");
    if rules.len() > PACK_RULES {
        comment(&mut text, &format!("A conformance pack has at most {PACK_RULES} rules: deploy it as a template."));
    }
    for line in omissions.lines() {
        comment(&mut text, &line);
    }
    if text.len() + body.len() > PACK_TEMPLATE {
        comment(&mut text, "It has more than 300 KB: deploy it from an S3 bucket, and not as a conformance pack.");
    } else if text.len() + body.len() > DIRECT {
        comment(&mut text, "It has more than 51,200 bytes: deploy it from an S3 bucket.");
    }
    text += "Resources:\n";
    text += &body;
    if text.len() > TEMPLATE {
        let (format, what) = (ExportFormat::ConfigRule, "the template".to_owned());
        return Err(ExportError::TooLarge { format, what, size: text.len(), limit: TEMPLATE });
    }
    Ok(document::named(ExportFormat::ConfigRule, "yaml", vec![text]))
}

/// The scope of a rule; `None`, with an omission, if Config could only be stricter.
#[allow(clippy::option_option)] // no rule, a rule without a scope, a rule with one
fn scope(demand: &RuleDemand<'_>, tag: &TagDemand<'_>, omissions: &mut Omissions) -> Option<Option<Vec<&'static str>>> {
    let rule = demand.rule;
    let mut not = |field: &str, reason: &str| omissions.add(rule, field, Effect::NotExported, reason);
    if !tag.required {
        not("required", "required-tags requires each of its keys, and the rule does not");
        return None;
    }
    if tag.ignore_key_case {
        not("ignore-key-case", "required-tags compares the key with its letter case");
        return None;
    }
    if !demand.scope.is_every_account() {
        not("account", "a Config rule holds in the account that has it: deploy one with this rule to those accounts");
        return None;
    }
    let Some(rows) = &demand.scope.types else { return Some(None) };
    let mut names: Vec<_> = rows.iter().filter_map(|row| config_name(row)).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        not("resources", "AWS Config has no name for these types");
        return None;
    }
    if names.len() < rows.len() {
        let many = count((rows.len() - names.len()) as u64, "type");
        omissions.add(rule, "resources", Effect::Weaker, format!("AWS Config has no name for {many} of the rule"));
    }
    Some(Some(names))
}

fn pair(rule: &Rule, tag: &TagDemand<'_>, omissions: &mut Omissions) -> Pair {
    let values = values(&tag.value);
    let unsaid: Vec<_> =
        tag.value.fields().into_iter().filter(|field| *field != "values" || values.is_none()).collect();
    omissions.values(rule, &unsaid);
    if values.is_none() && !tag.value.allow_empty {
        omissions.add(rule, "allow-empty", Effect::Weaker, "AWS accepts an empty value too");
    }
    (tag.key.to_owned(), values)
}

/// The values with commas between them; `None` if Config would not read them as taglint does.
fn values(value: &ValueDemand<'_>) -> Option<String> {
    let values = value.values.as_ref().filter(|_| !value.ignore_case && !value.allow_empty)?;
    let plain = |value: &&str| !value.contains(['*', '?', ',']) && !value.is_empty() && value.trim() == *value;
    let list = values.join(",");
    let fits = parameters(&[(String::new(), Some(list.clone()))]) + 128 <= PARAMETERS;
    (values.iter().all(plain) && fits).then_some(list)
}

/// The size of the parameters as JSON.
fn parameters(pairs: &[Pair]) -> usize {
    let own = |(key, values): &Pair| {
        let size = |text: &str| json::to_string(text).chars().count() + "\"tag1Value\":,".len();
        size(key) + values.as_deref().map_or(0, size)
    };
    2 + pairs.iter().map(own).sum::<usize>()
}

/// Keys in groups for one rule each.
fn groups(pairs: &[Pair]) -> std::vec::IntoIter<Vec<Pair>> {
    let mut out: Vec<Vec<Pair>> = Vec::new();
    for pair in pairs {
        let fits = |group: &&mut Vec<Pair>| {
            let same_key = group.iter().any(|(key, _)| *key == pair.0);
            let size = parameters(group) + parameters(std::slice::from_ref(pair));
            group.len() < KEYS && size <= PARAMETERS && !same_key
        };
        match out.last_mut().filter(fits) {
            Some(group) => group.push(pair.clone()),
            None => out.push(vec![pair.clone()]),
        }
    }
    out.into_iter()
}

fn rule(out: &mut String, number: usize, types: &[&str], pairs: &[Pair]) {
    let _ = writeln!(out, "  RequiredTags{number}:\n    Type: AWS::Config::ConfigRule\n    Properties:");
    let _ = writeln!(out, "      ConfigRuleName: taglint-required-tags-{number}\n      InputParameters:");
    for (at, (key, values)) in pairs.iter().enumerate() {
        let n = at + 1;
        let _ = writeln!(out, "        tag{n}Key: {}", yaml::string(key));
        if let Some(values) = values {
            let _ = writeln!(out, "        tag{n}Value: {}", yaml::string(values));
        }
    }
    if !types.is_empty() {
        out.push_str("      Scope:\n        ComplianceResourceTypes:\n");
        for name in types {
            let _ = writeln!(out, "          - {}", yaml::string(name));
        }
    }
    out.push_str("      Source:\n        Owner: AWS\n        SourceIdentifier: REQUIRED_TAGS\n");
}
