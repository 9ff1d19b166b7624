//! A condition on the name has one answer for source, a plan, a template and a scan, whatever the argument is called.

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Scratch, inventory, line};

const POLICY: &str =
    "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n[rule.when]\nname = \"my-*\"\n";

/// Types: in Terraform, its argument with the name, in `CloudFormation`, its property, in inventories, and the ARN.
const TYPES: [(&str, &str, &str, &str, &str, &str); 5] = [
    ("aws_s3_bucket", "bucket", "AWS::S3::Bucket", "BucketName", "s3:bucket", "s3:::"),
    (
        "aws_lambda_function",
        "function_name",
        "AWS::Lambda::Function",
        "FunctionName",
        "lambda:function",
        "lambda:eu-west-1:123456789012:function:",
    ),
    ("aws_sqs_queue", "name", "AWS::SQS::Queue", "QueueName", "sqs:queue", "sqs:eu-west-1:123456789012:"),
    ("aws_sns_topic", "name", "AWS::SNS::Topic", "TopicName", "sns:topic", "sns:eu-west-1:123456789012:"),
    (
        "aws_dynamodb_table",
        "name",
        "AWS::DynamoDB::Table",
        "TableName",
        "dynamodb:table",
        "dynamodb:eu-west-1:123456789012:table/",
    ),
];

/// The findings and the unknown results of an input in each of the four forms.
fn answers(scratch: &Scratch) -> Vec<(u64, u64)> {
    let answer = |input: &str| {
        let report = scratch.run(["check", input, "--format", "json"]).json();
        let found = report["findings"].as_array().expect("a list").len() as u64;
        (found, report["summary"]["unknown"].as_u64().expect("a number"))
    };
    ["source/main.tf", "plan.json", "template.json", "in.jsonl"].map(answer).to_vec()
}

#[test]
fn the_name_of_a_bucket_or_function_is_known_in_source_plans_templates_and_scans() {
    for (terraform, argument, template, property, kind, arn) in TYPES {
        for (name, found) in [("my-logs", 1), ("other", 0)] {
            let scratch = Scratch::new();
            scratch.file("taglint.toml", POLICY);
            scratch.file(
                "source/main.tf",
                format!("resource \"{terraform}\" \"x\" {{\n  {argument} = \"{name}\"\n  tags = {{}}\n}}\n"),
            );
            scratch
                .file("plan.json", plan(terraform, &json!({argument: name, "tags": {}, "tags_all": {}}), &json!({})));
            let resources = json!({"X": {"Type": template, "Properties": {property: name, "Tags": []}}});
            scratch.file(
                "template.json",
                json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}).to_string(),
            );
            let line = line(kind, &format!("arn:aws:{arn}{name}"), name, &[]);
            scratch.file("in.jsonl", inventory(&[line.replace("123456789012", ACCOUNT)]));
            assert_eq!(answers(&scratch), [(found, 0); 4], "{terraform} {name}");
        }
    }
}

fn plan(kind: &str, after: &Value, sensitive: &Value) -> String {
    let address = format!("{kind}.x");
    let name = "registry.terraform.io/hashicorp/aws";
    let configuration = json!({"provider_config": {"aws": {"name": "aws", "full_name": name}}, "root_module": {"resources": [{
        "address": address, "mode": "managed", "type": kind, "name": "x", "provider_config_key": "aws"}]}});
    json!({"format_version": "1.2", "planned_values": {}, "configuration": configuration, "resource_changes": [{
        "address": address, "mode": "managed", "type": kind, "name": "x",
        "provider_name": name,
        "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {}, "after_sensitive": sensitive}}]})
    .to_string()
}

#[test]
fn a_sensitive_name_of_a_bucket_is_shown_nowhere() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n");
    let after = json!({"bucket": "geheim-4711", "tags": {}, "tags_all": {}});
    scratch.file("plan.json", plan("aws_s3_bucket", &after, &json!({"bucket": true})));
    let run = scratch.run(["check", "plan.json", "--format", "json"]);
    assert!(run.exits(1).stdout.contains("aws_s3_bucket.x") && !run.stdout.contains("geheim"), "{}", run.stdout);
}
