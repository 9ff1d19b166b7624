//! The name of a bucket or function is one in source, plan, template and account.

use crate::common::{Scratch, inventory};

const POLICY: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nwhen.name = \"my-*\"\n";
const ENDS: [&str; 4] = ["main.tf", "plan.json", "template.json", "in.jsonl"];

/// The inputs with a bucket, a function and a queue of this name.
fn inputs(scratch: &Scratch, name: &str) {
    scratch.file("taglint.toml", POLICY);
    let source = format!(
        "resource \"aws_s3_bucket\" \"b\" {{\n  bucket = \"{name}\"\n}}\n\
         resource \"aws_lambda_function\" \"f\" {{\n  function_name = \"{name}\"\n}}\n\
         resource \"aws_sqs_queue\" \"q\" {{\n  name = \"{name}\"\n}}\n"
    );
    scratch.file("main.tf", source);
    let change = |kind: &str, attribute: &str| {
        serde_json::json!({
            "address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {
                "actions": ["create"], "before": null,
                "after": {attribute: name, "tags": {"Stage": "x"}, "tags_all": {"Stage": "x"}}, "after_unknown": {},
            },
        })
    };
    let changes = [
        change("aws_s3_bucket", "bucket"),
        change("aws_lambda_function", "function_name"),
        change("aws_sqs_queue", "name"),
    ];
    let configured: Vec<_> = changes
        .iter()
        .map(|change| {
            serde_json::json!({
                "address": change["address"], "mode": "managed", "type": change["type"], "name": "x",
                "provider_config_key": "aws", "expressions": {"tags": {"constant_value": {"Stage": "x"}}},
            })
        })
        .collect();
    let plan = serde_json::json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": changes,
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "full_name": "registry.terraform.io/hashicorp/aws"}},
            "root_module": {"resources": configured},
        },
    });
    scratch.file("plan.json", plan.to_string());
    let resource = |kind: &str, property: &str| serde_json::json!({"Type": kind, "Properties": {property: name}});
    let template = serde_json::json!({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {
        "B": resource("AWS::S3::Bucket", "BucketName"),
        "F": resource("AWS::Lambda::Function", "FunctionName"),
        "Q": resource("AWS::SQS::Queue", "QueueName"),
    }});
    scratch.file("template.json", template.to_string());
    let place = "eu-central-1:111122223333";
    let lines: Vec<String> = [
        ("s3:bucket", format!("arn:aws:s3:::{name}")),
        ("lambda:function", format!("arn:aws:lambda:{place}:function:{name}")),
        ("sqs:queue", format!("arn:aws:sqs:{place}:{name}")),
    ]
    .iter()
    .map(|(kind, arn)| serde_json::json!({"type": kind, "arn": arn, "tags": {}}).to_string())
    .collect();
    scratch.file("in.jsonl", inventory(&lines));
}

#[test]
fn a_condition_on_the_name_has_one_answer_everywhere() {
    for (name, findings) in [("my-logs", 3), ("your-logs", 0)] {
        let scratch = Scratch::new();
        inputs(&scratch, name);
        for input in ENDS {
            let run = scratch.run(["check", input, "--format", "json", "--fail-on", "never"]);
            let report: serde_json::Value = serde_json::from_str(&run.exits(0).stdout).unwrap();
            let found = report["findings"].as_array().unwrap();
            let in_conditions = run.stdout.contains("the rule applies is unknown");
            assert_eq!((found.len(), in_conditions), (findings, false), "{name} {input}: {}", run.stdout);
        }
    }
}
