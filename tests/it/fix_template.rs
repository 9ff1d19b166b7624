//! The change of literal tags in a CloudFormation template: what is written stays as it is written, but for the tags.

use serde_json::json;

use crate::common::{Scratch, inventory, line, user};

const POLICY: &str = r#"version = 1
[[rule]]
id = "center"
key = "Cost Center"
aliases = ["KST"]
[[rule]]
id = "stage"
key = "Environment"
values = ["Production", "Test"]
required = true
default = "Test"
[[rule]]
id = "old"
forbid = ["tmp*"]
"#;

const POOL: &str = "eu-west-1_AbCdEfGhI";

/// The diff of one template, and what was said.
fn patched(name: &str, template: &str, tags: &[(&str, &str)], pool: bool) -> (String, String) {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(name, template);
    let stack = json!({"StackResourceSummaries": [
        {"LogicalResourceId": "Ana", "PhysicalResourceId": "ana", "ResourceType": "AWS::IAM::User"},
        {"LogicalResourceId": "Pool", "PhysicalResourceId": POOL, "ResourceType": "AWS::Cognito::UserPool"},
    ]});
    scratch.file("stack.json", stack.to_string());
    let arn = format!("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/{POOL}");
    let one = if pool { line("cognito-idp:userpool", &arn, POOL, tags) } else { user("ana", tags) };
    scratch.file("in.jsonl", inventory(&[one]));
    let flags = ["--stack-resources", "stack.json", "--source", name, "--patch", "out.diff", "--allow-remove"];
    let run = scratch.run([&["fix", "in.jsonl", "--account", "123456789012"], &flags[..]].concat());
    run.exits(0);
    let git = |args: &[&str]| {
        let done = std::process::Command::new("git").current_dir(scratch.path()).args(args).output().unwrap();
        assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    };
    if !scratch.read("out.diff").is_empty() {
        std::fs::remove_dir_all(scratch.path().join(".git")).unwrap();
        git(&["init", "-q"]);
        git(&["apply", "out.diff"]);
    }
    (scratch.read(name), run.stderr.clone())
}

#[test]
fn a_patch_of_a_template_keeps_comments_and_form() {
    let tags = [("KST", "12345"), ("tmp1", "x"), ("Environment", "production")];
    let block = "# who\nResources:\n  Ana:\n    Type: AWS::IAM::User\n    Properties:\n      Tags:  # paid by\n        - Key: KST # finance\n          Value: \"12345\"\n        - Key: tmp1\n          Value: x\n        - Key: Environment\n          Value: production\n      UserName: ana\n";
    let want = "# who\nResources:\n  Ana:\n    Type: AWS::IAM::User\n    Properties:\n      Tags:  # paid by\n        - Key: Cost Center # finance\n          Value: \"12345\"\n        - Key: Environment\n          Value: Production\n      UserName: ana\n";
    assert_eq!(patched("t.yaml", block, &tags, false).0, want);
    let flow = "Resources:\n  Ana: {Type: \"AWS::IAM::User\", Properties: {Tags: [{Key: KST, Value: \"12345\"}, {Key: tmp1, Value: x}, {Key: Environment, Value: production}]}}\n";
    let want = "Resources:\n  Ana: {Type: \"AWS::IAM::User\", Properties: {Tags: [{Key: Cost Center, Value: \"12345\"}, {Key: Environment, Value: Production}]}}\n";
    assert_eq!(patched("t.yaml", flow, &tags, false).0, want);
    let json = "{\n  \"Resources\": {\n    \"Ana\": {\n      \"Type\": \"AWS::IAM::User\",\n      \"Properties\": {\n        \"Tags\": [\n          { \"Key\": \"KST\", \"Value\": \"12345\" },\n          { \"Key\": \"tmp1\", \"Value\": \"x\" },\n          { \"Key\": \"Environment\", \"Value\": \"production\" }\n        ]\n      }\n    }\n  }\n}\n";
    let want = json
        .replace("\"KST\"", "\"Cost Center\"")
        .replace("          { \"Key\": \"tmp1\", \"Value\": \"x\" },\n", "")
        .replace("production", "Production");
    assert_eq!(patched("t.json", json, &tags, false).0, want);
}

#[test]
fn a_missing_tag_is_added_in_the_manner_of_the_others() {
    let tags = [("KST", "a: b")];
    for (name, template, want, pool) in [
        (
            "t.yaml",
            "Resources:\n  Ana:\n    Type: AWS::IAM::User\n    Properties:\n      Tags:\n      -   Key: KST\n          Value: 'a: b'\n      Path: /\n",
            "Resources:\n  Ana:\n    Type: AWS::IAM::User\n    Properties:\n      Tags:\n      -   Key: Cost Center\n          Value: 'a: b'\n      -   Key: Environment\n          Value: \"Test\"\n      Path: /\n",
            false,
        ),
        (
            "t.yml",
            "Resources:\n  Pool:\n    Type: AWS::Cognito::UserPool\n    Properties:\n      UserPoolTags:\n        KST: 'a: b'",
            "Resources:\n  Pool:\n    Type: AWS::Cognito::UserPool\n    Properties:\n      UserPoolTags:\n        Cost Center: 'a: b'\n        Environment: \"Test\"",
            true,
        ),
        (
            "t.json",
            "{\"Resources\": {\"Pool\": {\"Type\": \"AWS::Cognito::UserPool\", \"Properties\": {\"UserPoolTags\": {\n  \"KST\": \"a: b\"\n}}}}}",
            "{\"Resources\": {\"Pool\": {\"Type\": \"AWS::Cognito::UserPool\", \"Properties\": {\"UserPoolTags\": {\n  \"Cost Center\": \"a: b\",\n  \"Environment\": \"Test\"\n}}}}}",
            true,
        ),
    ] {
        assert_eq!(patched(name, template, &tags, pool).0, want, "{name}");
    }
}

#[test]
fn what_is_no_literal_is_left_to_a_person_and_said() {
    for (tags, words) in [
        ("[{Key: KST, Value: !Ref Center}]", "not literals"),
        ("!If [A, [{Key: KST, Value: x}], []]", "not literals"),
        ("[{Key: KST, Value: \"12345\"}, {\"Fn::Transform\": {Name: X}}]", "not literals"),
        ("&tags [{Key: KST, Value: x}]", "not literals"),
        ("[&tag {Key: KST, Value: x}]", "not literals"),
        ("[{Key: KST, Value: &value x}]", "not literals"),
        ("[{<<: {Value: x}, Key: KST}]", "not literals"),
        ("[{Key: Other, Value: x}]", "not among the literal tags"),
    ] {
        let template = format!("Resources:\n  Ana:\n    Type: AWS::IAM::User\n    Properties:\n      Tags: {tags}\n");
        let (text, said) = patched("t.yaml", &template, &[("KST", "12345"), ("Environment", "Test")], false);
        assert_eq!(text, template);
        assert!(said.contains("note: --patch: Ana: ") && said.contains(words), "{said}");
    }
}

#[test]
fn a_duplicate_key_that_changes_no_tag_does_not_stop_a_patch() {
    let template = |key: &str| {
        format!(
            "Metadata: {{Note: a, Note: b}}\nResources:\n  Ana:\n    Type: AWS::IAM::User\n    Properties:\n      \
             Policies: [{{PolicyName: a, PolicyName: b}}]\n      Tags:\n        - Key: {key}\n          Value: x\n        \
             - Key: Environment\n          Value: Test\n"
        )
    };
    let tags = [("KST", "x"), ("Environment", "Test")];
    assert_eq!(patched("t.yaml", &template("KST"), &tags, false).0, template("Cost Center"));
    let json = "{\"Metadata\": {\"a\": 1, \"a\": 2}, \"Resources\": {\"Ana\": {\"Type\": \"AWS::IAM::User\", \"Properties\": {\"Tags\": [{\"Key\": \"KST\", \"Value\": \"x\"}, {\"Key\": \"Environment\", \"Value\": \"Test\"}]}}}}";
    assert_eq!(patched("t.json", json, &tags, false).0, json.replace("KST", "Cost Center"));
}
