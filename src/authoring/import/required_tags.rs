//! The output of `aws resourcegroupstaggingapi list-required-tags`: the keys that the effective tag policy of an account
//! requires (`report_required_tag_for`), by resource type.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::draft::{RuleDraft, good_key};
use super::file::PolicyDraft;
use super::note::Note;
use super::types;
use crate::authoring::write::shown;

/// Writes a rule for each key. `more` is true if another page is missing.
pub(super) fn write(entries: &[Value], more: bool, file: &mut PolicyDraft) {
    let mut notes = vec![Note::info(
        "Imported by `taglint policy import` from the output of ListRequiredTags, which has no values.",
    )];
    if more {
        notes.push(Note::lost(
            "a further page of required tags is missing (`NextToken`): repeat the command without `--max-items` and `--no-paginate`",
        ));
    }
    let mut keys: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for entry in entries {
        let types = entry_types(entry, &mut notes);
        let Some(list) = entry.get("ReportingTagKeys").and_then(Value::as_array) else {
            notes.push(Note::lost(format!("{} is omitted: it has no ReportingTagKeys", entry_name(entry))));
            continue;
        };
        for key in list {
            match key.as_str() {
                Some(key) => keys.entry(key).or_default().extend(types.iter().cloned()),
                None => notes.push(Note::lost(format!("a key of {} is omitted: expected a string", entry_name(entry)))),
            }
        }
    }
    file.head("aws-required-tags", &notes);
    for (key, types) in keys {
        match good_key(key) {
            // Without a type, the rule would apply to every type.
            Ok(()) if types.is_empty() => {
                let what = format!("the tag {} is omitted: none of its types is known", shown(key));
                file.remarks(None, &[Note::lost(what)]);
            }
            Ok(()) => file.rule(&RuleDraft {
                key: key.to_owned(),
                description: format!("The resource has the tag {key}"),
                required: true,
                resources: types.into_iter().collect(),
                ..RuleDraft::default()
            }),
            Err(note) => file.remarks(None, &[note]),
        }
    }
}

fn entry_name(entry: &Value) -> String {
    shown(entry.get("ResourceType").and_then(Value::as_str).unwrap_or("an entry without ResourceType"))
}

/// The types of an entry: the tagging name, and where that is not known, the types of `CloudFormation`.
pub(super) fn entry_types(entry: &Value, notes: &mut Vec<Note>) -> Vec<String> {
    let written: Vec<String> =
        entry.get("ResourceType").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    let mut unknown = Vec::new();
    let mut out = types::tagging("ResourceType", &written, &mut unknown);
    if out.is_empty() {
        let templates = entry.get("CloudFormationResourceTypes").and_then(Value::as_array);
        out = types::config(templates.into_iter().flatten().filter_map(Value::as_str), &mut unknown);
    }
    if out.is_empty() {
        notes.append(&mut unknown);
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ImportError;
    use super::super::testing::{import_json, policy_of};

    #[test]
    fn a_rule_for_each_key() {
        let output = json!({ "RequiredTags": [
            { "ResourceType": "ec2:instance", "CloudFormationResourceTypes": ["AWS::EC2::Instance"], "ReportingTagKeys": ["Owner", "CostCenter"] },
            { "ResourceType": "s3:bucket", "CloudFormationResourceTypes": ["AWS::S3::Bucket"], "ReportingTagKeys": ["Owner"] },
            { "ResourceType": "new:name", "CloudFormationResourceTypes": ["AWS::SQS::Queue"], "ReportingTagKeys": ["Owner"] },
            { "ResourceType": "new:thing", "CloudFormationResourceTypes": ["AWS::New::Thing"], "ReportingTagKeys": ["Lonely"] },
        ], "NextToken": "x" });
        let imported = import_json(&output).expect("a policy");
        let policy = policy_of(&imported);
        let rules: Vec<_> = policy.rules.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(rules, ["cost-center", "owner"]);
        let owner = policy.rule("owner").unwrap();
        assert!(["ec2:instance", "s3:bucket", "sqs:queue", "aws_s3_bucket"].iter().all(|kind| owner.concerns(kind)));
        assert!(!owner.concerns("iam:user"));
        for omitted in ["NextToken", "new:thing", "AWS::New::Thing", "Lonely"] {
            assert!(imported.omitted.iter().any(|text| text.contains(omitted)), "{omitted}: {:?}", imported.omitted);
            assert!(imported.policy.contains(omitted), "{omitted}");
        }
        assert!(matches!(import_json(&json!({ "RequiredTags": [] })), Err(ImportError::Nothing(_))));
    }
}
