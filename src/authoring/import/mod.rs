//! Policies from AWS: an Organizations tag policy, or the parameters of the AWS Config rule `required-tags`, printed as a
//! policy file.
//!
//! A comment names every part that can't be imported, at its place: users would believe that a rule omitted in silence is
//! checked. Text from the input reaches the file only through `write::string` and `write::shown`.

mod config;
mod draft;
mod error;
mod setting;
mod tag_policy;

use serde_json::{Map, Value};

use crate::base::encoding::text_without_bom;

pub use error::ImportError;

/// The maximum size of the input in bytes. Policies of AWS have at most 10,000 characters each.
const MAX_INPUT: usize = 1 << 20;
/// The maximum size of a policy file in bytes, as it is read.
const MAX_OUTPUT: usize = 4 << 20;

/// The policy file that corresponds to an AWS tag policy or to parameters of the AWS Config rule `required-tags`.
///
/// # Errors
/// [`ImportError`], if the input is neither of the two or no rule can be made from it.
pub fn import(json: &str) -> Result<String, ImportError> {
    if json.len() > MAX_INPUT {
        return Err(ImportError::TooLarge(json.len()));
    }
    let value: Value = serde_json::from_str(text_without_bom(json)).map_err(ImportError::Json)?;
    // `--query EffectivePolicy.PolicyContent` prints the policy as a string.
    let value = match value {
        Value::String(text) => serde_json::from_str(&text).map_err(ImportError::Json)?,
        other => other,
    };
    let map = into_object(value).ok_or(ImportError::Unknown)?;
    let out = match unwrap(map)? {
        DetectedPolicy::TagPolicy { policy, name, target } => {
            tag_policy::import(&policy, name.as_deref(), target.as_deref())?
        }
        DetectedPolicy::Config(rules) => config::import(&rules)?,
    };
    if out.len() > MAX_OUTPUT {
        return Err(ImportError::TooLarge(out.len()));
    }
    Ok(out)
}

/// The kind of the input.
enum DetectedPolicy {
    TagPolicy { policy: Map<String, Value>, name: Option<String>, target: Option<String> },
    Config(Vec<Map<String, Value>>),
}

/// Extracts the policy from the output of the AWS CLI.
fn unwrap(mut map: Map<String, Value>) -> Result<DetectedPolicy, ImportError> {
    let text = |map: &Map<String, Value>, name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
    if map.get("tags").is_some_and(Value::is_object) {
        return Ok(DetectedPolicy::TagPolicy { policy: map, name: None, target: None });
    }
    for (outer, inner) in [("EffectivePolicy", "PolicyContent"), ("Policy", "Content")] {
        if let Some(Value::Object(mut output)) = map.remove(outer) {
            let content = output.remove(inner).ok_or(ImportError::Unknown)?;
            let name = output.get("PolicySummary").and_then(Value::as_object).and_then(|summary| text(summary, "Name"));
            return tag_policy_in(content, name, text(&output, "TargetId"));
        }
    }
    if let Some(content) = map.remove("PolicyContent").or_else(|| map.remove("Content")) {
        return tag_policy_in(content, None, text(&map, "TargetId"));
    }
    if let Some(Value::Array(rules)) = map.remove("ConfigRules") {
        return Ok(DetectedPolicy::Config(rules.into_iter().filter_map(into_object).collect()));
    }
    if let Some(Value::Object(rule)) = map.remove("ConfigRule") {
        return Ok(DetectedPolicy::Config(vec![rule]));
    }
    if map.contains_key("InputParameters") {
        return Ok(DetectedPolicy::Config(vec![map]));
    }
    if map.keys().any(|name| config::is_parameter(name)) {
        let rule = Map::from_iter([("InputParameters".to_owned(), Value::Object(map))]);
        return Ok(DetectedPolicy::Config(vec![rule]));
    }
    Err(ImportError::Unknown)
}

/// The content of a policy: JSON in a string, or the object itself.
fn tag_policy_in(content: Value, name: Option<String>, target: Option<String>) -> Result<DetectedPolicy, ImportError> {
    let policy = match content {
        Value::String(text) => serde_json::from_str(&text).map_err(ImportError::Json)?,
        other => other,
    };
    match into_object(policy) {
        Some(policy) if policy.get("tags").is_some_and(Value::is_object) => {
            Ok(DetectedPolicy::TagPolicy { policy, name, target })
        }
        _ => Err(ImportError::Unknown),
    }
}

fn into_object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::must_load;
    use super::*;

    #[test]
    fn what_is_neither_is_refused_with_what_is_wanted() {
        for text in ["[]", "{}", "1", r#"{"tags":[]}"#, r#"{"services":{}}"#, r#"{"EffectivePolicy":{}}"#] {
            assert!(matches!(import(text), Err(ImportError::Unknown)), "{text}");
        }
        assert!(matches!(import("{"), Err(ImportError::Json(_))));
        assert!(matches!(import(r#"{"PolicyContent":"{"}"#), Err(ImportError::Json(_))));
        assert!(matches!(import(r#"{"tags":{}}"#), Err(ImportError::Nothing(_))));
        assert!(matches!(import(&" ".repeat(MAX_INPUT + 1)), Err(ImportError::TooLarge(_))));
        let deep = format!("{}1{}", r#"{"tags":"#.repeat(5000), "}".repeat(5000));
        assert!(matches!(import(&deep), Err(ImportError::Json(_))));
    }

    #[test]
    fn a_policy_is_found_in_every_output_that_has_one() {
        let policy = json!({ "tags": { "owner": { "tag_key": "Owner" } } });
        let text = policy.to_string();
        for input in [
            policy.clone(),
            json!(text),
            json!({ "EffectivePolicy": { "PolicyContent": text } }),
            json!({ "EffectivePolicy": { "PolicyContent": policy } }),
            json!({ "PolicyContent": text }),
            json!({ "Policy": { "Content": text, "PolicySummary": { "Name": "company" } } }),
        ] {
            let printed = import(&input.to_string()).expect("a policy");
            let loaded = must_load(&printed);
            assert_eq!(loaded.rules.len(), 1, "{input}");
            assert_eq!(loaded.name == "company", input.get("Policy").is_some(), "{input}");
        }
        assert!(matches!(import(&json!(json!(text).to_string()).to_string()), Err(ImportError::Unknown)));
    }

    #[test]
    fn hostile_keys_and_values_stay_in_their_strings() {
        for hostile in [
            "\"\n[[rule]]\nid = \"x\"\nforbid = [\"x\"]\n#",
            "'''\n'",
            "\"\"\"",
            "\\",
            "a\u{0}b\u{1b}[31m\u{7f}\u{85}\u{2028}\u{202e}",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
            "}}}]]]{{{",
            "# not a comment",
            "a = 1\r\nb = 2",
        ] {
            let policy = json!({ "tags": { hostile: {
                "tag_key": { "@@assign": hostile },
                "tag_value": { "@@assign": [hostile, "good"], hostile: 1 },
                "enforced_for": { "@@assign": [hostile, "iam:user"] },
                hostile: hostile,
            } }, hostile: 1 });
            let parameters = json!({ "tag1Key": hostile, "tag1Value": hostile, hostile: hostile, "tag2Key": "K" });
            for (input, most) in [(policy, 2), (parameters, 2)] {
                let loaded = must_load(&import(&input.to_string()).expect("a policy"));
                assert!(loaded.rules.len() <= most, "{hostile:?} made rules of its own");
                assert!(loaded.rules.iter().all(|rule| rule.kind.name() == "tag"));
            }
        }
    }

    /// JSON values of any shape, with names that the import looks for.
    fn any_json() -> impl Strategy<Value = Value> {
        let name = prop_oneof![
            "(tags|tag_key|tag_value|enforced_for|report_required_tag_for|@@assign|@@append|@@remove|iam:user|iam:ALL_SUPPORTED)",
            "(@@operators_allowed_for_child_policies|tag1Key|tag1Value|tag2Key|InputParameters|ConfigRules|Scope)",
            "\\PC{0,12}",
            "[\\[\\]{}\"'\\\\\n\r#=*?, ]{0,12}",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            name.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 64, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((name.clone(), inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_printed_loads(value in any_json(), key in "\\PC{0,20}") {
            for input in [
                value.clone(),
                json!({ "tags": value }),
                json!({ "tags": { key.clone(): value } }),
                json!({ "tags": { key.clone(): { "tag_value": value } } }),
                json!({ "tags": { key.clone(): { "tag_value": ["a"], "enforced_for": value } } }),
                json!({ "tags": { key: { "report_required_tag_for": { "@@assign": value } } } }),
                json!({ "tag1Key": "K", "tag1Value": value }),
                json!({ "InputParameters": { "tag1Key": "K" }, "Scope": value }),
            ] {
                if let Ok(text) = import(&input.to_string()) {
                    must_load(&text);
                }
            }
        }
    }
}
