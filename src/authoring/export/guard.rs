//! Rules of AWS `CloudFormation` Guard 3.
//!
//! A template can make keys and values with functions, which Guard does not compute. Such a key or value is unknown, and
//! what is unknown passes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::demands::RuleDemand;
use super::document::{self, Document};
use super::format::ExportFormat;
use super::omission::{Effect, Omissions};
use super::pattern::between_slashes;
use super::value_tests::{NOT_BLANK, ValueTest, value_tests};
use crate::authoring::write::comment;
use crate::aws::resource_types::{Form, ResourceType, all};
use crate::base::{count, escape};
use crate::policy::{Policy, Rule};
use crate::rule::{Check as _, TagDemand};

/// The place of the tags of a type in a template.
type Place = (&'static str, bool);

/// The rules, if there are any.
pub(super) fn write(policy: &Policy, demands: &[RuleDemand<'_>], omissions: &mut Omissions) -> Vec<Document> {
    let mut rules = String::new();
    for demand in demands {
        if !omissions.refuses(demand.rule) {
            continue;
        }
        let Some(tag) = demand.tag(omissions) else { continue };
        if can_hold(demand, tag, omissions) {
            one_rule(&mut rules, demand, tag, omissions);
        }
    }
    if rules.is_empty() {
        return Vec::new();
    }
    let mut text = String::new();
    comment(&mut text, &format!("Written by `taglint policy export cloudformation-guard` from {}.", policy.name));
    comment(
        &mut text,
        "Guard does not see the tags of the stack: use these rules for stacks without tags of their own.",
    );
    for line in omissions.lines() {
        comment(&mut text, &line);
    }
    text += &rules;
    document::named(ExportFormat::CloudformationGuard, "guard", vec![text])
}

fn can_hold(demand: &RuleDemand<'_>, tag: &TagDemand<'_>, omissions: &mut Omissions) -> bool {
    if !demand.scope.is_every_account() {
        omissions.add(demand.rule, "account", Effect::NotExported, "a template names no account");
        return false;
    }
    let (tests, _) = value_tests(&tag.value);
    if !tag.required && tag.value.allow_empty && tests.is_empty() {
        omissions.values(demand.rule, &tag.value.fields());
        omissions.add(demand.rule, "key", Effect::NotExported, "a Guard rule can say nothing of this rule");
        return false;
    }
    true
}

fn one_rule(out: &mut String, demand: &RuleDemand<'_>, tag: &TagDemand<'_>, omissions: &mut Omissions) {
    let rule = demand.rule;
    let mut places: BTreeMap<Place, Vec<&'static str>> = BTreeMap::new();
    let mut missed = 0;
    for row in all().iter().filter(|row| demand.scope.covers(row)) {
        match place(row) {
            Some((place, name)) => places.entry(place).or_default().push(name),
            None => missed += 1,
        }
    }
    if places.is_empty() {
        omissions.add(rule, "resources", Effect::NotExported, "no template can write the tags of these types");
        return;
    }
    if missed > 0 && demand.scope.types.is_some() {
        let reason = format!("{} of the rule cannot be tagged in a template", count(missed, "type"));
        omissions.add(rule, "resources", Effect::Weaker, reason);
    }
    if !tag.required && !tag.ignore_key_case {
        omissions.add(rule, "key", Effect::Weaker, "a Guard rule accepts the key in another letter case");
    }
    let (tests, unsaid) = value_tests(&tag.value);
    omissions.values(rule, &unsaid);
    let name = format!("tag_{}", rule.id.replace('-', "_"));
    for (at, ((property, is_list), types)) in places.iter().enumerate() {
        // No id has a capital letter, so `owner` in two places cannot make the name of `owner-1`.
        let name = if places.len() > 1 { format!("{name}_P{}", at + 1) } else { name.clone() };
        let types: Vec<_> = types.iter().map(|name| format!("\"{name}\"")).collect();
        let _ = writeln!(out, "\nlet {name}_resources = Resources.*[ Type IN [{}] ]\n", types.join(", "));
        let _ = writeln!(out, "rule {name} when %{name}_resources !empty {{\n  %{name}_resources {{");
        let body = Body { property, is_list: *is_list, key: &key_regex(tag), rule, required: tag.required };
        body.write(out, &tests, tag.value.allow_empty);
        out.push_str("  }\n}\n");
    }
}

/// The property with the tags of a type, and the type's name in a template.
fn place(row: &ResourceType) -> Option<(Place, &'static str)> {
    let property = row.property?;
    let is_list = match property.form {
        Form::List => true,
        Form::Map => false,
        Form::Specifications => return None,
    };
    Some(((property.name, is_list), row.cloudformation?))
}

fn key_regex(tag: &TagDemand<'_>) -> String {
    // Only the letters of ASCII: two engines can differ on others.
    let flag = if tag.ignore_key_case { "(?i)" } else { "" };
    between_slashes(&format!(r"\A{flag}{}\z", regex::escape(tag.key)))
}

/// The checks on the properties of a resource.
struct Body<'a> {
    property: &'a str,
    is_list: bool,
    /// The key as a regular expression.
    key: &'a str,
    rule: &'a Rule,
    required: bool,
}

impl Body<'_> {
    fn write(&self, out: &mut String, tests: &[ValueTest], allow_empty: bool) {
        let (property, key, message) = (self.property, self.key, self.message());
        let message = &message;
        if self.required {
            let _ = writeln!(out, "    Properties exists {message}\n    Properties.{property} exists {message}");
        }
        let (kind, tag) = if self.is_list { ("is_list", "Key") } else { ("is_struct", "keys") };
        let _ = writeln!(out, "    when Properties.{property} {kind} {{");
        let tags = format!("Properties.{property}[ {tag} == {key} ]");
        if self.required {
            let made =
                if self.is_list { "Key !is_string".to_owned() } else { r"keys == /\A(?:Fn::.*|Ref)\z/".to_owned() };
            let _ = writeln!(out, "      when Properties.{property}[ {made} ] empty {{");
            let _ = writeln!(out, "        {tags} !empty {message}\n      }}");
        }
        let clauses = clauses(tests, allow_empty);
        if !clauses.is_empty() {
            let value = if self.is_list { "Value" } else { "this" };
            let _ = writeln!(out, "      when {tags} !empty {{\n        {tags} {{");
            let _ = writeln!(out, "          when {value} is_string {{");
            for clause in clauses {
                let clause = clause.iter().map(|clause| format!("{value} {clause}")).collect::<Vec<_>>().join(" or ");
                let _ = writeln!(out, "            {clause} {message}");
            }
            out.push_str("          }\n        }\n      }\n");
        }
        out.push_str("    }\n");
    }

    /// The message of a failure. `>>` would end it.
    fn message(&self) -> String {
        let text = format!("{}: {}", self.rule.id, self.rule.kind.describe());
        format!("<<{}>>", escape(&text).replace('>', "\u{203a}"))
    }
}

/// Clauses of which all must hold, each with alternatives.
fn clauses(tests: &[ValueTest], allow_empty: bool) -> Vec<Vec<String>> {
    let blank = format!("!= {}", between_slashes(NOT_BLANK));
    let mut out: Vec<Vec<String>> = Vec::new();
    if !allow_empty {
        out.push(vec![format!("== {}", between_slashes(NOT_BLANK))]);
    }
    for test in tests {
        let sign = if test.matches { "==" } else { "!=" };
        let clause = format!("{sign} {}", between_slashes(&test.regex));
        out.push(std::iter::once(clause).chain(allow_empty.then(|| blank.clone())).collect());
    }
    out
}
