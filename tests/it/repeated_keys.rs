//! A key that stands twice in a list of tags: no reader takes one of the two values.

use serde_json::json;

use crate::common::Scratch;

const POLICY: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nvalues = [\"right\"]\n";

/// Inputs with a list that has a key with these two values.
fn inputs(values: [&str; 2]) -> Vec<(&'static str, String)> {
    let [a, b] = values;
    let pairs = json!([{"Key": "Owner", "Value": a}, {"Key": "Owner", "Value": b}]);
    let lower = json!([{"key": "Owner", "value": a}, {"key": "Owner", "value": b}]);
    let launched: Vec<_> =
        values.map(|value| json!({"key": "Owner", "value": value, "propagate_at_launch": true})).into();
    let bucket = "arn:aws:s3:::b";
    let row = json!({"arn": bucket, "resourceType": "AWS::S3::Bucket", "tags": lower}).to_string();
    let pool = format!(
        "{{\"UserPool\": {{\"Id\": \"p\", \"Arn\": \"arn:aws:cognito-idp:eu-west-1:111122223333:userpool/p\", \
         \"UserPoolTags\": {{\"Owner\": \"{a}\", \"Owner\": \"{b}\"}}}}}}"
    );
    let change = |address: &str, kind: &str, after| {
        json!({"address": address, "mode": "managed", "type": kind, "name": "b", "change": {"actions": ["create"],
            "before": null, "after": after, "after_unknown": {}, "before_sensitive": false, "after_sensitive": {}}})
    };
    let plan = json!({"format_version": "1.2", "planned_values": {"root_module": {}}, "configuration": {}, "resource_changes": [
        change("aws_autoscaling_group.b", "aws_autoscaling_group", json!({"tag": launched})),
        change("awscc_s3_bucket.b", "awscc_s3_bucket", json!({"tags": lower})),
    ]});
    let block = |value: &str| {
        format!("  tag {{\n    key = \"Owner\"\n    value = \"{value}\"\n    propagate_at_launch = true\n  }}\n")
    };
    let source = format!(
        "provider \"aws\" {{}}\nresource \"aws_autoscaling_group\" \"b\" {{\n{}{}}}\n\
         resource \"awscc_s3_bucket\" \"b\" {{\n  tags = [{{ key = \"Owner\", value = \"{a}\" }}, {{ key = \"Owner\", value = \"{b}\" }}]\n}}\n",
        block(a),
        block(b)
    );
    let template = json!({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": pairs}}}});
    vec![
        ("index.json", json!({"ResourceTagMappingList": [{"ResourceARN": bucket, "Tags": pairs}]}).to_string()),
        (
            "user.json",
            json!({"User": {"Arn": "arn:aws:iam::111122223333:user/u", "UserName": "u", "Tags": pairs}}).to_string(),
        ),
        ("config.json", json!({"Results": [row]}).to_string()),
        ("pool.json", pool),
        ("plan.json", plan.to_string()),
        ("main.tf", source),
        ("template.json", template.to_string()),
    ]
}

/// The findings, the unknown resources, and all resources.
fn counts(name: &str, text: &str) -> [u64; 3] {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(name, text);
    let report = scratch.run(["check", name, "--format", "json"]).json();
    let summary = &report["summary"];
    [&summary["findings"]["error"], &summary["unknown"], &summary["resources"]].map(|count| count.as_u64().unwrap())
}

#[test]
fn no_reader_takes_one_of_two_values() {
    for values in [["right", "wrong"], ["wrong", "right"]] {
        for (name, text) in inputs(values) {
            let [errors, unknown, resources] = counts(name, &text);
            assert!(errors == 0 && unknown > 0 && unknown == resources, "{name}: {errors} {unknown} {resources}");
        }
    }
}

/// No apply settles it: the reason says so in a plan as in source.
#[test]
fn the_reason_is_that_the_key_stands_twice() {
    for (name, text) in
        inputs(["right", "wrong"]).into_iter().filter(|(name, _)| ["plan.json", "main.tf"].contains(name))
    {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", POLICY);
        scratch.file(name, text);
        let report = scratch.run(["check", name, "--format", "json", "--show", "unknown"]).json();
        let unknown = report["unknown"].as_array().unwrap();
        assert!(!unknown.is_empty(), "{report}");
        for one in unknown {
            let reason = one["reason"].as_str().unwrap();
            assert!(reason.contains("the key \"Owner\" stands twice, with different values"), "{name}: {reason}");
        }
    }
}

#[test]
fn a_value_that_stands_twice_is_known() {
    for (name, text) in inputs(["right"; 2]) {
        let [errors, unknown, resources] = counts(name, &text);
        assert!(errors == 0 && unknown == 0 && resources > 0, "{name}: {errors} {unknown} {resources}");
    }
}
