//! A variable of Terraform for the tags of a module, with a validation for each rule.

use std::fmt::Write as _;

use super::demands::RuleDemand;
use super::document::{self, Document};
use super::format::ExportFormat;
use super::omission::{Effect, Omissions};
use super::pattern::re2;
use super::value_tests::{NOT_BLANK, value_tests};
use crate::authoring::write::comment;
use crate::base::encode::hcl;
use crate::policy::{Policy, Rule};
use crate::rule::{Check as _, Demand, TagDemand};

/// The file, if there is a validation for it.
pub(super) fn write(policy: &Policy, demands: &[RuleDemand<'_>], omissions: &mut Omissions) -> Vec<Document> {
    let mut validations = String::new();
    for demand in demands {
        if !omissions.refuses(demand.rule) {
            continue;
        }
        if !is_for_all(demand, omissions) {
            continue;
        }
        let condition = match &demand.demand {
            Demand::AnyOf(keys) => any_of(keys),
            Demand::Tag(tag) => tag_condition(demand.rule, tag, omissions),
        };
        if let Some(condition) = condition {
            validation(&mut validations, demand.rule, &condition);
        }
    }
    if validations.is_empty() {
        return Vec::new();
    }
    let mut text = String::new();
    comment(&mut text, &format!("Written by `taglint policy export terraform-variables` from {}.", policy.name));
    comment(&mut text, "The variable must hold all tags of the resources: Terraform sees no others.");
    for line in omissions.lines() {
        comment(&mut text, &line);
    }
    let description = hcl::string(&format!("The tags of the resources, as the policy {} wants them.", policy.name));
    let _ = writeln!(text, "variable \"tags\" {{\n  description = {description}\n  type        = map(string)");
    text += &validations;
    text += "}\n";
    document::named(ExportFormat::TerraformVariables, "tf", vec![text])
}

/// Returns `false`, with an omission, for a rule of some resources only: the variable is for all.
fn is_for_all(demand: &RuleDemand<'_>, omissions: &mut Omissions) -> bool {
    let mut not = |field: &str| {
        let reason = "the variable is for resources of every type in every account";
        omissions.add(demand.rule, field, Effect::NotExported, reason);
    };
    if demand.scope.types.is_some() {
        not("resources");
    } else if !demand.scope.is_every_account() {
        not("account");
    } else {
        return true;
    }
    false
}

/// The value of a tag: null if it is missing.
fn value(key: &str) -> String {
    format!("try(var.tags[{}], null)", hcl::string(key))
}

/// The call that is true if a regular expression of RE2 matches.
fn matches(regex: &str, key: &str) -> String {
    format!("can(regex({}, {}))", hcl::string(regex), value(key))
}

fn any_of(keys: &[String]) -> Option<String> {
    let regex = re2(NOT_BLANK)?;
    Some(keys.iter().map(|key| matches(&regex, key)).collect::<Vec<_>>().join(" || "))
}

/// The condition for a tag; `None`, with an omission, if nothing of the rule can be said.
fn tag_condition(rule: &Rule, tag: &TagDemand<'_>, omissions: &mut Omissions) -> Option<String> {
    if tag.ignore_key_case {
        omissions.add(rule, "ignore-key-case", Effect::NotExported, "a Terraform variable has one spelling of a key");
        return None;
    }
    let (tests, mut unsaid) = value_tests(&tag.value);
    let not_blank = matches(&re2(NOT_BLANK)?, tag.key);
    let mut all = Vec::new();
    if !tag.value.allow_empty {
        all.push(not_blank.clone());
    }
    for test in tests {
        let Some(regex) = re2(&test.regex) else {
            unsaid.push(test.field);
            continue;
        };
        let sign = if test.matches { "" } else { "!" };
        let clause = format!("{sign}{}", matches(&regex, tag.key));
        all.push(if tag.value.allow_empty { format!("(!{not_blank} || {clause})") } else { clause });
    }
    omissions.values(rule, &unsaid);
    let value = value(tag.key);
    match (tag.required, all.is_empty()) {
        (true, true) => Some(format!("{value} != null")),
        (true, false) => Some(std::iter::once(format!("{value} != null")).chain(all).collect::<Vec<_>>().join(" && ")),
        (false, true) => {
            omissions.add(rule, "key", Effect::NotExported, "a Terraform variable can say nothing of this rule");
            None
        }
        (false, false) => {
            omissions.add(rule, "key", Effect::Weaker, "a Terraform variable accepts the key in another letter case");
            Some(format!("{value} == null || ({})", all.join(" && ")))
        }
    }
}

fn validation(out: &mut String, rule: &Rule, condition: &str) {
    let message = hcl::string(&format!("{}: {}.", rule.id, rule.kind.describe()));
    let _ = writeln!(out, "\n  validation {{\n    condition     = {condition}\n    error_message = {message}\n  }}");
}
