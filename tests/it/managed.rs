//! From live to source: findings on resources that a Terraform state or a stack manages.

use serde_json::{Value, json};

use crate::common::{Run, Scratch, inventory, repository};

/// An inventory of what the project `changes` manages, and of a user that nobody does.
fn live(scratch: &Scratch) -> String {
    let user = |arn: &str, name: &str| {
        json!({"type": "iam:user", "arn": format!("arn:aws:iam::123456789012:user/{arn}"), "name": name,
               "account": "123456789012", "path": "/", "tags": {"Environment": "Production"}})
    };
    let pool = json!({"type": "cognito-idp:userpool", "id": "eu-central-1_cfe3ac0f7f4d49e2bc77b0e3a94898e4",
        "arn": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_cfe3ac0f7f4d49e2bc77b0e3a94898e4",
        "account": "123456789012", "region": "eu-central-1", "tags": {"Environment": "nowhere"}});
    let device = json!({"type": "iam:mfa", "arn": "arn:aws:iam::123456789012:mfa/given", "name": "given",
        "account": "123456789012", "user": null, "tags": {}});
    let lines = [pool, device, user("old/kept", "kept"), user("stray", "stray")];
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    scratch.file("live.jsonl", inventory(&lines)).display().to_string()
}

fn project(scratch: &Scratch) {
    for file in ["main.tf", "terraform.tfstate"] {
        let text = std::fs::read(repository(&format!("tests/terraform/changes/{file}"))).unwrap();
        scratch.file(&format!("infra/{file}"), text);
    }
    // What Terraform keeps there of its backend is no state of resources.
    scratch.file("infra/.terraform/terraform.tfstate", "{\"version\":3}");
    scratch.file(
        "taglint.toml",
        "version = 1\n[[rule]]\nid = \"center\"\nkey = \"Cost Center\"\nrequired = true\n\
         [[rule]]\nid = \"stage\"\nkey = \"Environment\"\nvalues = [\"Production\"]\n",
    );
}

/// `name: address line` of each finding.
fn places(run: &Run) -> Vec<String> {
    let text = std::fs::read_to_string(repository("tests/terraform/changes/main.tf")).unwrap();
    let report = run.json();
    let findings = report["findings"].as_array().unwrap().iter().map(|finding| {
        let (resource, at) = (&finding["resource"], &finding["location"]);
        let number = at["line"].as_u64().and_then(|line| usize::try_from(line).ok());
        let line = number.map_or("", |line| text.lines().nth(line - 1).unwrap().trim());
        assert!(at.is_null() || at["path"] == "infra/main.tf", "{at}");
        let handle = resource["arn"].as_str().unwrap().rsplit([':', '/']).next().unwrap();
        let address = resource["address"].as_str().unwrap_or("-");
        format!("{handle} {} {address} | {line}", finding["rule"].as_str().unwrap())
    });
    findings.collect()
}

#[test]
fn findings_on_live_resources_point_at_the_source_that_manages_them() {
    let scratch = Scratch::new();
    let inventory = live(&scratch);
    project(&scratch);
    for state in ["infra", "infra/terraform.tfstate", "."] {
        let run = scratch.run(["check", &inventory, "--terraform-state", state, "--format", "json"]);
        run.exits(1);
        assert_eq!(
            places(&run),
            [
                "given center aws_iam_virtual_mfa_device.given | tags                    = { \"Cost Center\" = local.after ? \"54321\" : \"bad\" }",
                "kept center aws_iam_user.kept | tags = { \"Cost Center\" = \"bad\" }",
                "stray center - | ",
                "eu-central-1_cfe3ac0f7f4d49e2bc77b0e3a94898e4 center aws_cognito_user_pool.kept | tags = { \"Cost Center\" = \"12345\" }",
                "eu-central-1_cfe3ac0f7f4d49e2bc77b0e3a94898e4 stage aws_cognito_user_pool.kept | tags = { Environment = local.after ? \"Production\" : \"Production\" }",
            ],
            "{state}"
        );
        let report = run.json();
        assert_eq!(report["unmanaged"], json!(["arn:aws:iam::123456789012:user/stray"]));
        let notices = report["notices"].to_string();
        assert!(notices.contains("1 of 4 resources managed by nothing"), "{notices}");
    }
    // The fingerprint of a problem is the same with and without.
    let prints = |run: &Run| -> Vec<Value> {
        run.json()["findings"].as_array().unwrap().iter().map(|finding| finding["fingerprint"].clone()).collect()
    };
    let with = scratch.run(["check", &inventory, "--terraform-state", "infra", "--format", "json"]);
    let without = scratch.run(["check", &inventory, "--format", "json"]);
    assert_eq!(prints(&with), prints(&without));
    assert!(without.json()["unmanaged"].is_null());
    // Redacted, no name is said.
    let run = scratch.run(["check", &inventory, "--terraform-state", "infra", "--format", "json", "--redact"]);
    assert!(!run.stdout.contains("user/stray") && run.json()["unmanaged"][0].is_string(), "{}", run.stdout);
}

#[test]
fn a_stack_tells_what_it_manages_by_physical_ids() {
    let scratch = Scratch::new();
    let inventory = live(&scratch);
    project(&scratch);
    let stack = json!({"StackResourceSummaries": [
        {"LogicalResourceId": "Kept", "PhysicalResourceId": "kept", "ResourceType": "AWS::IAM::User"},
        {"LogicalResourceId": "Pool", "PhysicalResourceId": "eu-central-1_cfe3ac0f7f4d49e2bc77b0e3a94898e4", "ResourceType": "AWS::Cognito::UserPool"},
        {"LogicalResourceId": "Device", "PhysicalResourceId": "arn:aws:iam::123456789012:mfa/given", "ResourceType": "AWS::IAM::VirtualMFADevice"},
        {"LogicalResourceId": "Failed", "ResourceType": "AWS::IAM::User"},
        {"LogicalResourceId": "Wait", "PhysicalResourceId": "stray", "ResourceType": "AWS::CloudFormation::WaitCondition"},
    ]});
    let file = scratch.file("stack.json", stack.to_string()).display().to_string();
    let run = scratch.run(["check", &inventory, "--stack-resources", &file, "--format", "json", "--select", "center"]);
    run.exits(1);
    let addresses: Vec<Value> = run.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["resource"]["address"].clone())
        .collect();
    assert_eq!(addresses, [json!("Device"), json!("Kept"), Value::Null, json!("Pool")]);
    assert_eq!(run.json()["unmanaged"], json!(["arn:aws:iam::123456789012:user/stray"]));
    // In another account the same name is another user.
    let other = "--account=444455556666";
    let run = scratch.run(["check", &inventory, "--stack-resources", &file, "--format", "json", other]);
    assert_eq!(run.json()["unmanaged"].as_array().unwrap().len(), 4);
}

#[test]
fn a_file_that_is_no_state_is_refused() {
    let scratch = Scratch::new();
    let inventory = live(&scratch);
    project(&scratch);
    let empty = scratch.file("empty/x.json", "{}").parent().unwrap().display().to_string();
    let v3 = scratch.file("v3.tfstate", "{\"version\":3}").display().to_string();
    let page = scratch.file("page.json", "{\"StackResourceSummaries\":[],\"NextToken\":\"x\"}").display().to_string();
    for (flag, path, words) in [
        ("--terraform-state", empty.as_str(), "no Terraform state in this folder"),
        ("--terraform-state", v3.as_str(), "version 3"),
        ("--terraform-state", "nowhere", "nowhere"),
        ("--stack-resources", page.as_str(), "one page of several"),
        ("--stack-resources", v3.as_str(), "neither"),
    ] {
        scratch.run(["check", &inventory, flag, path]).fails_with(2, &[words]);
    }
}
