//! The AWS Config rule `required-tags`: at most six keys, each with a comma-separated list of values.

use serde_json::{Map, Value};

use super::draft::{RuleDraft, good_key, good_values};
use super::error::ImportError;
use crate::authoring::write::{Ids, comment, shown};

/// AWS Config's name for the rule.
const IDENTIFIER: &str = "REQUIRED_TAGS";
/// The numbers of the pairs of parameters.
const PAIRS: std::ops::RangeInclusive<u8> = 1..=6;
/// Types that taglint reads, by `CloudFormation`'s names, which Config uses too.
const TYPES: &[(&str, &str)] = &[
    ("AWS::IAM::User", "iam:user"),
    ("AWS::IAM::VirtualMFADevice", "iam:mfa"),
    ("AWS::Cognito::UserPool", "cognito-idp:userpool"),
];

/// Returns `true` if a field is a parameter of the Config rule.
pub(super) fn is_parameter(name: &str) -> bool {
    PAIRS.into_iter().any(|n| name == format!("tag{n}Key") || name == format!("tag{n}Value"))
}

pub(super) fn import(rules: &[Map<String, Value>]) -> Result<String, ImportError> {
    let mut out = String::new();
    comment(&mut out, "Imported by `taglint policy import` from the AWS Config rule required-tags.");
    out.push_str("version = 1\n\n[policy]\nname = \"aws-config-required-tags\"\n");
    let (mut ids, mut left_out, mut count) = (Ids::default(), Vec::new(), 0);
    for rule in rules {
        let mut notes = Vec::new();
        let drafts = config_rule(rule, &mut notes);
        if !notes.is_empty() {
            out.push('\n');
        }
        for note in &notes {
            comment(&mut out, note);
        }
        count += drafts.len();
        for draft in &drafts {
            draft.write(&mut ids, &mut out);
        }
        left_out.append(&mut notes);
    }
    if count == 0 { Err(ImportError::Nothing(left_out)) } else { Ok(out) }
}

/// The rules of one Config rule; adds notes on other parts of it.
fn config_rule(rule: &Map<String, Value>, notes: &mut Vec<String>) -> Vec<RuleDraft> {
    let name = rule.get("ConfigRuleName").and_then(Value::as_str).unwrap_or("required-tags");
    let said = shown(name);
    let identifier = rule.get("Source").and_then(|source| source.get("SourceIdentifier")).and_then(Value::as_str);
    if let Some(other) = identifier.filter(|identifier| *identifier != IDENTIFIER) {
        notes.push(format!("the Config rule {said} is omitted: it is {}, not {IDENTIFIER}", shown(other)));
        return Vec::new();
    }
    let Some(parameters) = parameters(rule) else {
        notes.push(format!("the Config rule {said} is omitted: its InputParameters are not a JSON object"));
        return Vec::new();
    };
    notes.push(format!("The Config rule {said}."));
    let Some(scope) = ConfigScope::read(rule.get("Scope"), notes) else {
        notes.push("It is omitted: taglint reads none of the types in its scope.".to_owned());
        return Vec::new();
    };
    for other in parameters.keys().filter(|name| !is_parameter(name)) {
        notes.push(format!("the parameter {} is omitted: required-tags has no such parameter", shown(other)));
    }
    PAIRS.filter_map(|n| pair(n, &parameters, &scope, notes)).collect()
}

/// The parameters: JSON in a string, as Config returns them, or an object.
fn parameters(rule: &Map<String, Value>) -> Option<Map<String, Value>> {
    match rule.get("InputParameters")? {
        Value::String(text) => serde_json::from_str(text).ok(),
        Value::Object(map) => Some(map.clone()),
        _ => None,
    }
}

/// One key with its values.
fn pair(n: u8, parameters: &Map<String, Value>, scope: &ConfigScope, notes: &mut Vec<String>) -> Option<RuleDraft> {
    let (key, values) = (format!("tag{n}Key"), format!("tag{n}Value"));
    let Some(written) = parameters.get(&key) else {
        if parameters.contains_key(&values) {
            notes.push(format!("`{values}` is omitted: there is no `{key}`"));
        }
        return None;
    };
    let Some(tag) = written.as_str() else {
        notes.push(format!("`{key}` is omitted: expected a string"));
        return None;
    };
    if let Err(note) = good_key(tag) {
        notes.push(note);
        return None;
    }
    let mut draft = RuleDraft {
        key: tag.to_owned(),
        description: format!("The resource has the tag {tag}"),
        required: true,
        resources: scope.types.clone(),
        when: scope.tag.clone(),
        ..RuleDraft::default()
    };
    match parameters.get(&values) {
        None => {}
        Some(Value::String(list)) => draft.values = split(list, &mut draft.notes),
        Some(_) => draft.notes.push(format!("`{values}` is omitted: expected a string")),
    }
    if draft.values.is_empty() {
        draft
            .notes
            .push("Config allows any value, also an empty one; remove `allow-empty` to require a value".to_owned());
        draft.allow_empty = true;
    }
    Some(draft)
}

fn split(list: &str, notes: &mut Vec<String>) -> Vec<String> {
    let items: Vec<String> =
        list.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect();
    if list.split(',').any(|item| item != item.trim()) {
        notes.push("spaces next to the commas of its values are omitted".to_owned());
    }
    let values = good_values(&items, notes);
    if values.iter().any(|value| value.contains(['*', '?'])) {
        notes.push("Config reads `*` and `?` in a value literally; here they make a glob".to_owned());
    }
    values
}

/// The scope of a Config rule.
#[derive(Default)]
struct ConfigScope {
    types: Vec<String>,
    tag: Option<(String, Option<String>)>,
}

impl ConfigScope {
    /// The scope; `None` if taglint reads none of its types.
    fn read(scope: Option<&Value>, notes: &mut Vec<String>) -> Option<Self> {
        let mut out = Self::default();
        let Some(scope) = scope.and_then(Value::as_object) else { return Some(out) };
        for field in
            scope.keys().filter(|name| !matches!(name.as_str(), "ComplianceResourceTypes" | "TagKey" | "TagValue"))
        {
            notes.push(format!("{} of its scope is omitted: use a condition of the rule instead", shown(field)));
        }
        if let Some(key) = scope.get("TagKey").and_then(Value::as_str).filter(|key| !key.is_empty()) {
            let value = scope.get("TagValue").and_then(Value::as_str);
            if key.contains(['*', '?']) || value.is_some_and(|value| value.contains(['*', '?'])) {
                notes.push(
                    "Config reads `*` and `?` in TagKey and TagValue of its scope literally; here they make a glob."
                        .to_owned(),
                );
            }
            out.tag = Some((key.to_owned(), value.map(str::to_owned)));
        }
        let Some(types) =
            scope.get("ComplianceResourceTypes").and_then(Value::as_array).filter(|list| !list.is_empty())
        else {
            return Some(out);
        };
        for kind in types {
            let name = kind.as_str().unwrap_or_default();
            match TYPES.iter().find(|(config, _)| *config == name) {
                Some((_, ours)) => out.types.push((*ours).to_owned()),
                None => notes.push(format!("{} of its scope is omitted: taglint does not read this type", shown(name))),
            }
        }
        out.types.sort();
        out.types.dedup();
        (!out.types.is_empty()).then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{ImportError, import};
    use crate::authoring::must_load;

    #[test]
    fn plain_parameters() {
        let text = import(
            r#"{"tag1Key":"CostCenter","tag1Value":"111, 222,","tag6Key":"Owner","tag7Key":"no","tag2Value":"x"}"#,
        )
        .expect("a policy");
        let policy = must_load(&text);
        assert_eq!(policy.rules.iter().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), ["cost-center", "owner"]);
        assert!(text.contains("key = \"CostCenter\"\nrequired = true\nvalues = [\"111\", \"222\"]\n"), "{text}");
        assert!(text.contains("key = \"Owner\"\nrequired = true\nallow-empty = true\n"), "{text}");
        for named in ["\"tag7Key\" is omitted", "`tag2Value` is omitted", "spaces next to the commas"] {
            assert!(text.contains(named), "{named}\n{text}");
        }
    }

    #[test]
    fn the_whole_answer_with_its_scope() {
        let parameters = r#"{"tag1Key":"Owner"}"#;
        let answer = json!({ "ConfigRules": [
            { "ConfigRuleName": "users", "Source": { "SourceIdentifier": "REQUIRED_TAGS" }, "InputParameters": parameters,
              "Scope": { "ComplianceResourceTypes": ["AWS::IAM::User", "AWS::EC2::Instance"], "TagKey": "Stage", "TagValue": "prod" } },
            { "ConfigRuleName": "machines", "Source": { "SourceIdentifier": "REQUIRED_TAGS" }, "InputParameters": parameters,
              "Scope": { "ComplianceResourceTypes": ["AWS::EC2::Instance"] } },
            { "ConfigRuleName": "other", "Source": { "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED" }, "InputParameters": "{}" },
        ] });
        let text = import(&answer.to_string()).expect("a policy");
        let policy = must_load(&text);
        let [rule] = &policy.rules[..] else { panic!("{text}") };
        assert!(rule.concerns("iam:user") && !rule.concerns("iam:mfa"));
        assert_eq!(rule.when.as_ref().map(|when| when.tags.len()), Some(1));
        for named in [
            "\"AWS::EC2::Instance\" of its scope",
            "It is omitted: taglint reads none of the types",
            "\"other\" is omitted",
        ] {
            assert!(text.contains(named), "{named}\n{text}");
        }
    }

    #[test]
    fn a_scope_without_a_type_that_is_read_makes_no_rule_for_all_types() {
        let rule = json!({ "InputParameters": { "tag1Key": "Owner" }, "Scope": { "ComplianceResourceTypes": ["AWS::EC2::Instance"] } });
        assert!(matches!(import(&rule.to_string()), Err(ImportError::Nothing(_))));
    }
}
