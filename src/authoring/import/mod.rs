//! Policies from AWS, printed as a policy file: tag policies of AWS Organizations, the AWS Config rule `required-tags`, and
//! the output of `ListRequiredTags`.
//!
//! A comment names every part that can't be imported, at its place, and so does standard error: users would believe that
//! a rule omitted in silence is checked. Text from the input reaches the file only through `write::string` and
//! `write::shown`.

mod aws_key;
mod config;
mod draft;
mod effective;
mod error;
mod file;
mod found;
mod input;
mod note;
mod read;
mod required_tags;
mod steps;
mod tag_policy;
mod template;
mod terraform;
mod types;

use file::PolicyDraft;
use found::Found;
use note::Note;

pub(super) use aws_key::AwsKey;
pub(super) use effective::effective;
pub(super) use types::config_name;

pub use error::ImportError;
pub use file::Imported;
pub use input::ImportInput;

/// The maximum size of an input in bytes. Policies of AWS have at most 10,000 characters each, templates a megabyte.
const MAX_INPUT: usize = 1 << 20;
/// The maximum size of a policy file in bytes, as it is read.
const MAX_OUTPUT: usize = 4 << 20;

/// The policy file that corresponds to the inputs: tag policies from the root of an organization down, rules of AWS Config,
/// or pages of `ListRequiredTags`.
///
/// # Errors
/// [`ImportError`], if an input is none of them or no rule can be made from them.
pub fn import(inputs: &[ImportInput]) -> Result<Imported, ImportError> {
    let mut notes = Vec::new();
    let mut found = Vec::new();
    for input in inputs {
        if input.text.len() > MAX_INPUT {
            return Err(ImportError::TooLarge(input.name.clone(), input.text.len()));
        }
        found.append(&mut read::read(input, &mut notes)?);
    }
    let out = import_found(found, &notes)?;
    if out.policy.len() > MAX_OUTPUT {
        let name = inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(ImportError::TooLarge(name, out.policy.len()));
    }
    Ok(out)
}

fn import_found(found: Vec<Found>, notes: &[Note]) -> Result<Imported, ImportError> {
    let (mut policies, mut rules, mut required, mut has_more) = (Vec::new(), Vec::new(), Vec::new(), None);
    for one in found {
        match one {
            Found::TagPolicy(policy) => policies.push(policy),
            Found::ConfigRule(rule) => rules.push(rule),
            Found::RequiredTags { entries, more } => {
                required.extend(entries);
                // The last page has no token.
                has_more = Some(more);
            }
        }
    }
    if policies.is_empty() && rules.is_empty() && has_more.is_none() {
        return Err(ImportError::Nothing(notes.iter().map(|note| note.text.clone()).collect()));
    }
    let mut file = PolicyDraft::default();
    if !policies.is_empty() {
        tag_policy::write(&policies, &mut file)?;
    }
    if !rules.is_empty() {
        config::write(&rules, &mut file);
    }
    if let Some(more) = has_more {
        required_tags::write(&required, more, &mut file);
    }
    file.remarks(None, notes);
    file.finish()
}

#[cfg(test)]
mod testing;
#[cfg(test)]
pub(super) use testing::findings;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::testing::{import_json, import_texts, policy_of};
    use super::*;

    fn import_text(text: &str) -> Result<Imported, ImportError> {
        import_texts(&[("-", text)])
    }

    #[test]
    fn what_is_no_policy_is_refused_with_what_is_wanted() {
        for text in ["[]", "{}", "1", r#"{"tags":[]}"#, r#"{"services":{}}"#, r#"{"EffectivePolicy":{}}"#, "a: 1", "x"]
        {
            assert!(matches!(import_text(text), Err(ImportError::Unknown(_))), "{text}");
        }
        assert!(matches!(import_text("{"), Err(ImportError::Json { .. })));
        assert!(matches!(import_text(""), Err(ImportError::Json { .. })));
        assert!(matches!(import_text(r#"{"PolicyContent":"{"}"#), Err(ImportError::Json { .. })));
        assert!(matches!(import_text(r#"{"tags":{}}"#), Err(ImportError::Nothing(_))));
        assert!(matches!(import_text(&" ".repeat(MAX_INPUT + 1)), Err(ImportError::TooLarge(..))));
        let deep = format!("{}1{}", r#"{"tags":"#.repeat(5000), "}".repeat(5000));
        assert!(matches!(import_text(&deep), Err(ImportError::Json { .. })));
        let several = [("a", r#"{"tags":{"k":{"tag_key":{"@@assign":"k"}}}}"#), ("b", r#"{"tag1Key":"k"}"#)];
        assert_eq!(policy_of(&import_texts(&several).expect("both kinds")).rules.len(), 2);
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
            let loaded = policy_of(&import_json(&input).expect("a policy"));
            assert_eq!(loaded.rules.len(), 1, "{input}");
            assert_eq!(loaded.name == "company", input.get("Policy").is_some(), "{input}");
        }
        assert!(matches!(import_json(&json!(json!(text).to_string())), Err(ImportError::Unknown(_))));
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
            "(?s:.*)?",
        ] {
            let policy = json!({ "tags": { "key": {
                "tag_key": { "@@assign": "key" },
                "tag_value": { "@@assign": [hostile, "good"], hostile: 1 },
                "enforced_for": { "@@assign": [hostile, "iam:user"] },
                hostile: hostile,
            } }, hostile: 1 });
            let keyed = json!({ "tags": { hostile: {}, "k": {} } });
            let parameters = json!({ "tag1Key": hostile, "tag1Value": hostile, hostile: hostile, "tag2Key": "K" });
            for input in [policy, keyed, parameters] {
                let loaded = policy_of(&import_json(&input).expect("a policy"));
                assert!(loaded.rules.len() <= 2, "{hostile:?} made rules of its own");
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
                json!({ "RequiredTags": [{ "ResourceType": "s3:bucket", "ReportingTagKeys": value }, value] }),
                json!({ "Resources": { "R": { "Type": "AWS::Config::ConfigRule", "Properties": value } } }),
                json!({ "resource": { "aws_config_config_rule": { "r": value } } }),
            ] {
                if let Ok(imported) = import_json(&input) {
                    policy_of(&imported);
                }
            }
        }
    }
}
