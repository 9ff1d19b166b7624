//! Tag policies of AWS Organizations ("Tag policy syntax and examples", "Quotas for AWS Organizations").
//!
//! AWS reports the letter case and the values of a key on every type, and a missing key only on the types of
//! `report_required_tag_for`. Requests are refused only on the types of `enforced_for`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::demands::RuleDemand;
use super::document::{Document, ExportError, Limits, Part, pack};
use super::format::{ExportFormat, ExportOptions};
use super::omission::{Effect, Omissions};
use super::scope::Scope;
use crate::aws::resource_types::{ResourceType, all};
use crate::base::{quote, thousands};
use crate::policy::{Rule, Severity};
use crate::rule::{TagDemand, ValueDemand};

const LIMITS: Limits = Limits { format: ExportFormat::AwsTagPolicy, size: 10_000, documents: 10 };
/// The pattern of a rule that no value passes, as an import writes it.
const NO_VALUE: &str = r"[^\s\S]";
/// The types that a message names.
const NAMED: usize = 5;

/// The values of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::authoring) enum AllowedValues {
    /// Any value, also an empty one.
    Any,
    /// No value: the tag must not exist.
    None,
    /// These values, each with at most one `*`.
    Listed(Vec<String>),
}

/// One key of a tag policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::authoring) struct KeyPolicy {
    pub(in crate::authoring) key: String,
    pub(in crate::authoring) values: AllowedValues,
    pub(in crate::authoring) required_for: Vec<String>,
    pub(in crate::authoring) enforced_for: Vec<String>,
}

/// The tag policies that say what the rules say.
pub(super) fn write(
    demands: &[RuleDemand<'_>],
    options: &ExportOptions,
    omissions: &mut Omissions,
) -> Result<Vec<Document>, ExportError> {
    let parts = keys(demands, options, omissions).into_iter().map(part).collect();
    pack(parts, &LIMITS, |keys| {
        let entries = keys.iter().filter_map(Value::as_object).flatten();
        let tags: Map<_, _> = entries.map(|(key, value)| (key.clone(), value.clone())).collect();
        json!({ "tags": tags })
    })
}

fn part(key: KeyPolicy) -> Part {
    let mut settings = Map::new();
    let mut assign = |name: &str, value: Value| drop(settings.insert(name.to_owned(), json!({ "@@assign": value })));
    assign("tag_key", json!(key.key));
    match key.values {
        AllowedValues::Any => {}
        AllowedValues::None => assign("tag_value", json!([])),
        AllowedValues::Listed(values) => assign("tag_value", json!(values)),
    }
    for (name, types) in [("report_required_tag_for", key.required_for), ("enforced_for", key.enforced_for)] {
        if !types.is_empty() {
            assign(name, json!(types));
        }
    }
    Part { what: format!("the tag {}", quote(&key.key)), value: json!({ key.key: settings }) }
}

/// The keys of the policy, each once.
pub(in crate::authoring) fn keys(
    demands: &[RuleDemand<'_>],
    options: &ExportOptions,
    omissions: &mut Omissions,
) -> Vec<KeyPolicy> {
    let mut groups: BTreeMap<String, Vec<(&RuleDemand<'_>, &TagDemand<'_>)>> = BTreeMap::new();
    for demand in demands {
        let Some(tag) = demand.tag(omissions) else { continue };
        if !can_hold(demand, tag, omissions) {
            continue;
        }
        let group = groups.entry(tag.key.to_lowercase()).or_default();
        match group.first() {
            Some((_, first)) if first.key != tag.key => {
                let reason = format!("a tag policy has one spelling of a key, and {} is another", quote(first.key));
                omissions.add(demand.rule, "key", Effect::NotExported, reason);
            }
            _ => group.push((demand, tag)),
        }
    }
    groups.into_values().map(|group| one_key(&group, options, omissions)).collect()
}

/// Returns `false`, with an omission, for a rule that a tag policy could only make stricter.
fn can_hold(demand: &RuleDemand<'_>, tag: &TagDemand<'_>, omissions: &mut Omissions) -> bool {
    if tag.key.starts_with("@@") {
        omissions.add(demand.rule, "key", Effect::NotExported, "AWS reads a name that begins with @@ as an operator");
        return false;
    }
    if tag.ignore_key_case {
        omissions.add(demand.rule, "ignore-key-case", Effect::NotExported, "AWS reports every other letter case");
        return false;
    }
    if demand.rule.grace.is_some() {
        omissions.add(demand.rule, "grace", Effect::Wider, "AWS reports a resource in its grace period too");
    }
    if !demand.scope.is_every_account() {
        let field = if demand.scope.accounts.is_some() { "when" } else { "unless" };
        let reason = "a tag policy holds where it is attached: attach one with this rule to those accounts";
        omissions.add(demand.rule, field, Effect::NotExported, reason);
        return false;
    }
    true
}

fn one_key(
    group: &[(&RuleDemand<'_>, &TagDemand<'_>)],
    options: &ExportOptions,
    omissions: &mut Omissions,
) -> KeyPolicy {
    let lists: Vec<_> = group.iter().map(|(demand, tag)| (demand.rule, values(demand.rule, tag, omissions))).collect();
    let mut out = KeyPolicy {
        key: group[0].1.key.to_owned(),
        values: common_values(&lists, omissions),
        required_for: Vec::new(),
        enforced_for: Vec::new(),
    };
    for (demand, tag) in group {
        if tag.required {
            add(&mut out.required_for, types(demand, "report_required_tag_for", omissions));
        }
        let is_enforced = demand.rule.severity == Severity::Error && demand.rule.grace.is_none();
        match (options.enforce, is_enforced) {
            (true, true) => add(&mut out.enforced_for, types(demand, "enforced_for", omissions)),
            (true, false) => omissions.not_enforced(demand.rule),
            (false, _) => {}
        }
    }
    if !all().iter().all(|row| group.iter().any(|(demand, _)| demand.scope.covers(row))) {
        for (demand, _) in group {
            let reason = "AWS reports other values and another letter case of this tag on every type";
            omissions.add(demand.rule, "resources", Effect::Wider, reason);
        }
    }
    out
}

fn add(list: &mut Vec<String>, more: Vec<String>) {
    list.extend(more);
    list.sort();
    list.dedup();
}

/// The values that a rule allows, as far as a tag policy can say it.
fn values(rule: &Rule, tag: &TagDemand<'_>, omissions: &mut Omissions) -> AllowedValues {
    let value = &tag.value;
    if value.pattern == Some(NO_VALUE) && value.fields() == ["pattern"] {
        return AllowedValues::None;
    }
    let listed = listed(value);
    let unsaid: Vec<_> = value.fields().into_iter().filter(|field| *field != "values" || listed.is_none()).collect();
    omissions.values(rule, &unsaid);
    let takes_empty = listed.as_ref().is_none_or(|list| list.iter().any(|value| value == "*"));
    if takes_empty && !value.allow_empty {
        omissions.add(rule, "allow-empty", Effect::Weaker, "AWS accepts an empty value too");
    }
    listed.map_or(AllowedValues::Any, AllowedValues::Listed)
}

/// The list of values, if AWS reads it as taglint does: by letter case, and with one `*` in a value.
fn listed(value: &ValueDemand<'_>) -> Option<Vec<String>> {
    let values = value.values.as_ref().filter(|_| !value.ignore_case)?;
    let can_say = |value: &&str| value.matches('*').count() <= 1 && !value.contains('?');
    let mut out: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
    if value.allow_empty && !out.iter().any(|value| value.is_empty() || value == "*") {
        out.push(String::new());
    }
    values.iter().all(can_say).then_some(out)
}

/// The values of all rules for a key: what each of them allows is allowed.
fn common_values(lists: &[(&Rule, AllowedValues)], omissions: &mut Omissions) -> AllowedValues {
    let (_, first) = &lists[0];
    if lists.iter().all(|(_, other)| other == first) {
        return first.clone();
    }
    let mut union = Vec::new();
    let mut all_listed = true;
    for (_, values) in lists {
        match values {
            AllowedValues::Listed(list) => add_new(&mut union, list),
            AllowedValues::None => {}
            AllowedValues::Any => all_listed = false,
        }
    }
    let common = if all_listed { AllowedValues::Listed(union) } else { AllowedValues::Any };
    for (rule, values) in lists {
        if *values != AllowedValues::Any && *values != common {
            let reason = "a tag policy has one list for a key, and other rules allow other values";
            omissions.add(rule, "values", Effect::Weaker, reason);
        }
    }
    common
}

fn add_new(list: &mut Vec<String>, more: &[String]) {
    for item in more {
        if !list.contains(item) {
            list.push(item.clone());
        }
    }
}

/// The types of a rule as tag policies name them; an omission for types without such a name.
fn types(demand: &RuleDemand<'_>, setting: &str, omissions: &mut Omissions) -> Vec<String> {
    let Some(rows) = demand.scope.types.as_ref().filter(|_| demand.scope.is_named) else {
        let reason = format!("`{setting}` wants a list of types: add `resources` to the rule, or give --resources");
        omissions.add(demand.rule, "resources", Effect::Weaker, reason);
        return Vec::new();
    };
    let (names, unnamed) = tagging_names(rows, &demand.scope);
    if !unnamed.is_empty() {
        let shown = unnamed.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let more = unnamed.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {} more", thousands(more as u64)) } else { String::new() };
        let reason = format!("tag policies have no name for these types alone: {shown}{more}");
        omissions.add(demand.rule, "resources", Effect::Weaker, reason);
    }
    names
}

/// The names of types, and the types without one. A service that is meant as a whole has one name.
fn tagging_names(rows: &[&'static ResourceType], scope: &Scope<'_>) -> (Vec<String>, Vec<&'static str>) {
    let (mut names, mut unnamed) = (Vec::new(), Vec::new());
    for row in rows {
        let Some(name) = row.tagging.filter(|name| all().iter().all(|o| o.tagging != Some(*name) || scope.covers(o)))
        else {
            unnamed.push(row.kind());
            continue;
        };
        let service = name.split(':').next().unwrap_or(name);
        let whole = scope.services.iter().any(|own| own == service) && covers_service(scope, service);
        names.push(if whole { format!("{service}:ALL_SUPPORTED") } else { name.to_owned() });
    }
    names.sort();
    names.dedup();
    (names, unnamed)
}

fn covers_service(scope: &Scope<'_>, service: &str) -> bool {
    let is_of = |row: &&ResourceType| row.tagging.is_some_and(|name| name.split(':').next() == Some(service));
    all().iter().filter(is_of).all(|row| scope.covers(row))
}
