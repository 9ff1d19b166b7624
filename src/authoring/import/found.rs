//! Policies in the JSON that AWS and its command line print.

use serde_json::{Map, Value, json};

/// A tag policy of AWS Organizations.
#[derive(Debug, Clone)]
pub(super) struct TagPolicy {
    /// The name of its input.
    pub(super) source: String,
    /// Its content.
    pub(super) policy: Map<String, Value>,
    /// Its name in the organization.
    pub(super) name: Option<String>,
    /// The account that it applies to.
    pub(super) target: Option<String>,
    /// `true` if AWS calls it an effective policy.
    pub(super) effective: bool,
}

/// A policy that was found in an input.
#[derive(Debug, Clone)]
pub(super) enum Found {
    /// A tag policy.
    TagPolicy(TagPolicy),
    /// A rule of AWS Config, in the shape of `describe-config-rules`. A value that is not known is null.
    ConfigRule(Map<String, Value>),
    /// A page of `list-required-tags`.
    RequiredTags {
        /// `ResourceType`, `CloudFormationResourceTypes` and `ReportingTagKeys` of each type.
        entries: Vec<Value>,
        /// `true` if there is another page.
        more: bool,
    },
}

/// The reason why JSON is no policy.
#[derive(Debug)]
pub(super) enum NotFound {
    /// It is of another kind.
    Unknown,
    /// A policy in a string is not JSON.
    Json(serde_json::Error),
}

/// The numbers of the pairs of parameters of `required-tags`.
pub(super) const PAIRS: std::ops::RangeInclusive<u8> = 1..=6;

/// Returns `true` if a field is a parameter of the Config rule.
pub(super) fn is_parameter(name: &str) -> bool {
    PAIRS.into_iter().any(|n| name == format!("tag{n}Key") || name == format!("tag{n}Value"))
}

/// The policies in an answer of AWS or in the policy itself.
///
/// # Errors
/// [`NotFound`].
pub(super) fn from_json(source: &str, mut map: Map<String, Value>) -> Result<Vec<Found>, NotFound> {
    let tag_policy = |content, name, target, effective| {
        tag_policy(source, content, name, target, effective).map(|found| vec![found])
    };
    if map.get("tags").is_some_and(Value::is_object) {
        return tag_policy(Value::Object(map), None, None, false);
    }
    for (outer, inner) in [("EffectivePolicy", "PolicyContent"), ("Policy", "Content")] {
        if let Some(Value::Object(mut output)) = map.remove(outer) {
            let content = output.remove(inner).ok_or(NotFound::Unknown)?;
            let name = output.get("PolicySummary").and_then(|summary| text(summary.as_object()?, "Name"));
            return tag_policy(content, name, text(&output, "TargetId"), outer == "EffectivePolicy");
        }
    }
    for inner in ["PolicyContent", "Content"] {
        if let Some(content) = map.remove(inner) {
            return tag_policy(content, None, text(&map, "TargetId"), inner == "PolicyContent");
        }
    }
    if let Some(Value::Array(entries)) = map.remove("RequiredTags") {
        let more = map.get("NextToken").and_then(Value::as_str).is_some_and(|token| !token.is_empty());
        return Ok(vec![Found::RequiredTags { entries, more }]);
    }
    config_rules(map).ok_or(NotFound::Unknown)
}

fn text(map: &Map<String, Value>, name: &str) -> Option<String> {
    map.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The content of a tag policy: JSON in a string, or the object itself.
///
/// # Errors
/// [`NotFound`].
pub(super) fn tag_policy(
    source: &str,
    content: Value,
    name: Option<String>,
    target: Option<String>,
    effective: bool,
) -> Result<Found, NotFound> {
    let policy = match content {
        Value::String(text) => serde_json::from_str(&text).map_err(NotFound::Json)?,
        other => other,
    };
    match policy {
        Value::Object(policy) if policy.get("tags").is_some_and(Value::is_object) => {
            Ok(Found::TagPolicy(TagPolicy { source: source.to_owned(), policy, name, target, effective }))
        }
        _ => Err(NotFound::Unknown),
    }
}

fn config_rules(mut map: Map<String, Value>) -> Option<Vec<Found>> {
    for list in ["ConfigRules", "OrganizationConfigRules"] {
        if let Some(Value::Array(rules)) = map.remove(list) {
            return Some(rules.into_iter().filter_map(into_object).map(config_rule).collect());
        }
    }
    for one in ["ConfigRule", "OrganizationConfigRule"] {
        if let Some(Value::Object(rule)) = map.remove(one) {
            return Some(vec![config_rule(rule)]);
        }
    }
    if map.contains_key("InputParameters") || map.keys().any(|name| name.starts_with("OrganizationConfigRule")) {
        return Some(vec![config_rule(map)]);
    }
    let has_parameters = map.keys().any(|name| is_parameter(name));
    let rule = || Map::from_iter([("InputParameters".to_owned(), Value::Object(map))]);
    has_parameters.then(|| vec![Found::ConfigRule(rule())])
}

fn into_object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

/// A rule of one account as it is, and one of an organization in the shape of the former.
pub(super) fn config_rule(mut rule: Map<String, Value>) -> Found {
    let Some(Value::Object(metadata)) = rule.remove("OrganizationManagedRuleMetadata") else {
        return Found::ConfigRule(rule);
    };
    let mut out = Map::new();
    for (from, to) in [("OrganizationConfigRuleName", "ConfigRuleName"), ("ExcludedAccounts", "ExcludedAccounts")] {
        out.extend(rule.remove(from).map(|value| (to.to_owned(), value)));
    }
    out.extend(metadata.get("InputParameters").map(|value| ("InputParameters".to_owned(), value.clone())));
    out.insert("Source".to_owned(), json!({ "SourceIdentifier": metadata.get("RuleIdentifier") }));
    let scope = [
        ("ResourceTypesScope", "ComplianceResourceTypes"),
        ("ResourceIdScope", "ComplianceResourceId"),
        ("TagKeyScope", "TagKey"),
        ("TagValueScope", "TagValue"),
    ];
    let scope = scope.iter().filter_map(|(from, to)| Some(((*to).to_owned(), metadata.get(*from)?.clone())));
    out.insert("Scope".to_owned(), Value::Object(scope.collect()));
    Found::ConfigRule(out)
}
