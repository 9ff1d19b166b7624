//! Secrets that an input marks: no command prints one, or a text from which it can be computed, wherever it stands.

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::common::{ACCOUNT, Run, Scratch, inventory};

/// The secret. It has the shape of a key and of a name, so that it may stand everywhere.
const SECRET: &str = "Zq7hunter2Zq7";

/// A policy with every kind of rule that quotes keys, values, names or paths.
const POLICY: &str = r#"
version = 1
[[rule]]
id = "environment"
key = "Environment"
required = true
values = ["Production", "Test"]
message = "{key} of {name} is {value}"
[[rule]]
id = "any-value"
key = "*"
pattern = '[a-z]+'
[[rule]]
id = "only"
only = "declared"
[[rule]]
id = "style"
key-style = "kebab-case"
[[rule]]
id = "unique"
unique = "Token"
within = "all"
[[rule]]
id = "same"
same-as-user = ["Token"]
[[rule]]
id = "few"
max-tags = 1
[[rule]]
id = "named"
key = "Owner"
required = true
[rule.when]
name = "*Zq7hunter2*"
[[rule]]
id = "placed"
key = "Team"
required = true
[rule.when]
path = "/*Zq7hunter2*"
"#;

/// Every report format.
pub(crate) const FORMATS: &[&str] = &[
    "text",
    "json",
    "jsonl",
    "sarif",
    "github",
    "markdown",
    "csv",
    "junit",
    "html",
    "gitlab-codequality",
    "ocsf",
    "asff",
    "openmetrics",
    "slack",
    "teams",
    "sns",
    "jira",
];

/// The texts that must not occur: the secret, what only the use of another letter case hides, and what gives it back.
fn forbidden() -> Vec<String> {
    let hash: String = Sha256::digest(SECRET).iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    });
    let base64 = BASE64_STANDARD.encode(SECRET);
    vec![SECRET.to_owned(), base64[..16].to_owned(), hash[..16].to_owned()]
}

#[track_caller]
fn assert_hidden(text: &str, from: &str) {
    for secret in forbidden() {
        let at = text.to_lowercase().find(&secret.to_lowercase());
        if let Some(at) = at {
            let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
            panic!("{from} shows {secret}: {}", &text[start..(at + 200).min(text.len())].lines().next().unwrap_or(""));
        }
    }
}

/// Runs every command that prints something of an input, and writes its files.
#[track_caller]
fn assert_nothing_shows(scratch: &Scratch, input: &str, flags: &[&str]) {
    let check = |run: &Run, what: &str| {
        assert!(run.code != 2 || what.starts_with("fix"), "{what}: {}", run.stderr);
        assert_hidden(&format!("{}{}", run.stdout, run.stderr), what);
    };
    for format in FORMATS {
        for verbose in [&[][..], &["-v", "--show", "waived,unknown,passed"]] {
            let run = scratch.run([&["check", input, "--format", format][..], verbose, flags].concat());
            check(&run, &format!("{input} as {format}"));
        }
    }
    // A baseline with the same findings, and one that has findings of other resources.
    for name in ["base.json", "base.jsonl", "base.sarif"] {
        scratch.run([&["check", input, "--output", name, "-q"][..], flags].concat());
        assert_hidden(&scratch.read(name), name);
        let run = scratch.run([&["check", input, "--baseline", name, "--format", "json"][..], flags].concat());
        check(&run, &format!("{input} with {name}"));
        assert_eq!(run.json()["summary"]["new"]["error"], 0, "hidden texts have stable fingerprints: {name}");
    }
    for export in [
        &[][..],
        &["--patch", "tags.diff"],
        &["--emit", "aws-cli"],
        &["--emit", "terraform"],
        &["--output", "fix.json"],
    ] {
        check(&scratch.run([&["fix", input][..], export].concat()), &format!("fix {input} {export:?}"));
    }
    let _ = std::fs::remove_file(scratch.path().join("draft.toml"));
    check(
        &scratch.run(["init", "--from", input, "--output", "draft.toml", "--force"]),
        &format!("init --from {input}"),
    );
    assert_hidden(&scratch.read("draft.toml"), "the draft");
}

fn resources(scratch: &Scratch, input: &str, flags: &[&str]) -> Vec<String> {
    let run = scratch.run([&["check", input, "--format", "json", "--show", "unknown,passed"][..], flags].concat());
    let report = run.json();
    let lists = ["findings", "unknown", "passed"].map(|list| report[list].as_array().cloned().unwrap_or_default());
    let mut out: Vec<String> = lists
        .concat()
        .iter()
        .map(|item| item.get("resource").unwrap_or(item)["address"].as_str().unwrap_or("").to_owned())
        .collect();
    out.sort();
    out.dedup();
    out
}

#[track_caller]
fn assert_explained(scratch: &Scratch, input: &str, addresses: &[String]) {
    for address in addresses {
        let run = scratch.run(["policy", "explain", "--resource", address, input]);
        assert_hidden(&format!("{}{}", run.stdout, run.stderr), &format!("explain {address}"));
    }
}

#[test]
fn a_secret_of_a_template_is_shown_nowhere() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(
        "template.yaml",
        format!(
            r#"
Transform: AWS::LanguageExtensions
Description: a stack
Parameters:
  Secret: {{Type: String, NoEcho: true, Default: {SECRET}}}
  Names: {{Type: CommaDelimitedList, NoEcho: "True", Default: "{SECRET},x{SECRET}"}}
Mappings:
  Map: {{{SECRET}: {{V: from-the-map}}}}
Conditions:
  Is: !Equals [!Ref Secret, {SECRET}]
Resources:
  Plain:
    Type: AWS::IAM::User
    Properties:
      UserName: !Sub "u-${{Secret}}"
      Path: !Join ["", ["/", !Ref Secret, "/"]]
      Tags:
        - {{Key: Environment, Value: !Ref Secret}}
        - {{Key: !Ref Secret, Value: x}}
        - {{Key: !Sub "k-${{Secret}}", Value: x}}
        - {{Key: Encoded, Value: !Base64 {{Ref: Secret}}}}
        - {{Key: Mapped, Value: !FindInMap [Map, !Ref Secret, V]}}
        - {{Key: Json, Value: !ToJsonString {{a: !Ref Secret}}}}
        - {{Key: Split, Value: !Select [0, !Split ["-", !Sub "${{Secret}}-x"]]}}
        - !If [Is, {{Key: Chosen, Value: !Ref Secret}}, !Ref AWS::NoValue]
  Selected:
    Type: AWS::IAM::User
    Properties:
      Tags: !Select [0, [[{{Key: !Ref Secret, Value: !Ref Secret}}]]]
  Fn::ForEach::Loop:
    - Name
    - !Ref Names
    - "User&{{Name}}":
        Type: AWS::IAM::User
        Properties:
          UserName: !Sub "${{Name}}"
          Tags: [{{Key: "${{Name}}", Value: "${{Name}}"}}]
  Phone:
    Type: AWS::IAM::VirtualMFADevice
    Properties:
      VirtualMfaDeviceName: !Ref Secret
      Users: [!Sub "u-${{Secret}}"]
  Pool:
    Type: AWS::Cognito::UserPool
    Properties:
      UserPoolName: !Ref Secret
      UserPoolTags: {{Environment: !Ref Secret}}
  Table:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      Replicas: [{{Region: !Ref Secret, Tags: [{{Key: Environment, Value: x}}]}}]
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        TagSpecifications: [{{ResourceType: !Ref Secret, Tags: [{{Key: Environment, Value: x}}]}}]
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: nested.yaml
      Parameters: {{Given: !Ref Secret}}
      Tags: [{{Key: Inherited, Value: !Ref Secret}}, {{Key: !Ref Secret, Value: x}}]
  Elsewhere:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Sub "${{Secret}}.yaml"
  Online:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: !Sub "https://example.com/${{Secret}}"
Outputs:
  Out: {{Description: !Ref Secret, Value: !Ref Secret}}
"#
        ),
    );
    scratch.file(
        "nested.yaml",
        "Parameters:\n  Given: {Type: String}\nResources:\n  Inner:\n    Type: AWS::IAM::User\n    Properties:\n      \
         UserName: !Ref Given\n      Tags: [{Key: Environment, Value: !Ref Given}, {Key: !Ref Given, Value: x}]\n",
    );
    let flags = ["--account", ACCOUNT, "--region", "eu-west-1"];
    assert_nothing_shows(&scratch, "template.yaml", &flags);
    let addresses = resources(&scratch, "template.yaml", &flags);
    // The two resources of a loop over secrets are apart.
    for address in ["Plain", "User(sensitive 1)", "User(sensitive 2)", "Nested/Inner"] {
        assert!(addresses.iter().any(|known| known == address), "{address} in {addresses:?}");
    }
    assert_explained(&scratch, "template.yaml", &addresses);
    // A key that may be any one makes no required key missing.
    let report = scratch.run([&["check", "template.yaml", "--format", "json"][..], &flags].concat()).json();
    let missing =
        |finding: &&serde_json::Value| finding["kind"] == "missing" && finding["resource"]["address"] == "Selected";
    assert_eq!(report["findings"].as_array().unwrap().iter().filter(missing).count(), 0, "{report:#}");
    let value = |finding: &&serde_json::Value| finding["rule"] == "environment" && finding["kind"] == "value";
    assert!(report["findings"].as_array().unwrap().iter().filter(value).count() >= 3, "values are still checked");
}

#[test]
fn a_secret_of_terraform_source_is_shown_nowhere() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file(
        "infra/main.tf",
        format!(
            r#"
variable "secret" {{
  sensitive = true
  default   = "{SECRET}"
}}
variable "tags" {{
  sensitive = true
  default   = {{ "{SECRET}" = "x", "Environment" = "y" }}
}}
provider "aws" {{
  region = var.secret
  default_tags {{ tags = {{ (var.secret) = "x", Provided = var.secret }} }}
  ignore_tags {{ keys = [var.secret] }}
}}
locals {{
  joined = join("-", ["a", var.secret])
  listed = [var.secret]
}}
resource "aws_iam_user" "plain" {{
  name = "u-${{var.secret}}"
  path = "/${{var.secret}}/"
  tags = {{
    Environment    = var.secret
    Joined         = local.joined
    Formatted      = format("%s", local.listed[0])
    Listed         = join(",", local.listed)
    Upper          = upper(var.secret)
    (var.secret)   = "x"
    "k${{var.secret}}" = "x"
    Literal        = sensitive("{SECRET}")
  }}
}}
resource "aws_iam_user" "whole" {{
  name = "whole"
  tags = var.tags
}}
resource "aws_iam_user" "merged" {{
  name = "merged"
  tags = merge(var.tags, {{ Shown = "x" }})
}}
resource "aws_iam_user" "looped" {{
  for_each = toset([var.secret])
  name     = each.key
  tags     = {{ Environment = each.value }}
}}
resource "aws_iam_user" "made" {{
  name = "made"
  tags = {{ for k in [var.secret] : k => k }}
}}
resource "aws_autoscaling_group" "group" {{
  name = var.secret
  tag {{
    key                 = var.secret
    value               = var.secret
    propagate_at_launch = true
  }}
}}
resource "aws_iam_policy_attachment" "other" {{
  for_each = toset([var.secret])
  name     = each.key
}}
module "inner" {{
  source   = "./inner"
  for_each = toset([var.secret])
  name     = each.key
}}
module "open" {{
  source = "./inner"
  name   = var.secret
}}
output "out" {{
  value       = var.secret
  description = "made of a secret"
  sensitive   = true
}}
"#
        ),
    );
    scratch.file(
        "infra/inner/main.tf",
        "variable \"name\" {}\nresource \"aws_iam_user\" \"u\" {\n  name = var.name\n  tags = { Environment = var.name, \
         (var.name) = \"x\" }\n}\n",
    );
    let flags = ["--account", ACCOUNT];
    assert_nothing_shows(&scratch, "infra", &flags);
    let addresses = resources(&scratch, "infra", &flags);
    assert!(addresses.iter().any(|address| address == "module.open.aws_iam_user.u"), "{addresses:?}");
    assert_explained(&scratch, "infra", &addresses);
}

/// A plan whose secret the provider moved to where Terraform does not mark it.
fn plan() -> serde_json::Value {
    let change = |address: &str, after: serde_json::Value, sensitive: serde_json::Value| {
        json!({"address": address, "mode": "managed", "type": "aws_iam_user", "name": "u", "change": {
            "actions": ["update"], "before": {"arn": format!("arn:aws:iam::{ACCOUNT}:user/{SECRET}"), "tags": {}},
            "after": after, "after_unknown": {}, "before_sensitive": {"arn": true}, "after_sensitive": sensitive}})
    };
    json!({"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {},
    "variables": {"known": {"value": format!("v{SECRET}")}},
    "configuration": {"root_module": {"variables": {"known": {"sensitive": true}}}},
    "resource_changes": [
        change("aws_iam_user.named", json!({"name": SECRET, "path": format!("/{SECRET}/"), "arn":
            format!("arn:aws:iam::{ACCOUNT}:user/{SECRET}/{SECRET}"), "id": SECRET, "unique_id": SECRET,
            "tags": {"Environment": SECRET}, "tags_all": {"Environment": SECRET}}),
            json!({"name": true, "path": true, "tags": {"Environment": true}})),
        change(&format!("module.m[\"{SECRET}\"].aws_iam_user.u[\"x{SECRET}\"]"), json!({"name": SECRET, "tags": null}),
            json!({"name": true})),
        change(&format!("module.m[\"y{SECRET}\"].aws_iam_user.u[\"x{SECRET}\"]"), json!({"name": SECRET, "tags": null}),
            json!({"name": true})),
        change("aws_iam_user.whole", json!({"name": "w", "tags": {(SECRET): "x", "Environment": SECRET}, "tags_all":
            {(SECRET): "x", "Environment": SECRET}}), json!({"tags": true, "tags_all": true})),
        change("aws_iam_user.variable", json!({"name": format!("n-v{SECRET}"), "tags": {(format!("v{SECRET}")): "x",
            "Environment": format!("v{SECRET}")}, "tags_all": {(format!("v{SECRET}")): "x"}}), json!({})),
        change(&format!("aws_iam_user.key[\"v{SECRET}\"]"), json!({"name": "k", "tags": {}}), json!({})),
        json!({"address": format!("aws_iam_policy.p[\"v{SECRET}\"]"), "mode": "managed", "type": "aws_iam_policy_attachment",
            "name": "p", "change": {"actions": ["create"], "before": null, "after": {}, "after_unknown": {},
            "after_sensitive": {}}}),
        json!({"address": "aws_autoscaling_group.g", "mode": "managed", "type": "aws_autoscaling_group", "name": "g",
            "change": {"actions": ["create"], "before": null, "after": {"name": SECRET, "tag": [{"key": SECRET,
            "value": SECRET}]}, "after_unknown": {}, "after_sensitive": {"name": true, "tag": [{"key": true,
            "value": true}]}}}),
        json!({"address": format!("aws_iam_user.fresh[\"x{SECRET}\"]"), "mode": "managed", "type": "aws_iam_user",
            "name": "fresh", "change": {"actions": ["create"], "before": null, "after": {"name": SECRET},
            "after_unknown": {"tags": true, "tags_all": true}, "after_sensitive": {"name": true}}}),
        json!({"address": "aws_dynamodb_table.t", "mode": "managed", "type": "aws_dynamodb_table", "name": "t",
            "change": {"actions": ["create"], "before": null, "after": {"replica": [{"region_name": SECRET,
            "propagate_tags": false}]}, "after_unknown": {}, "after_sensitive": {"replica": [{"region_name": true}]}}}),
        json!({"address": "aws_launch_template.t", "mode": "managed", "type": "aws_launch_template", "name": "t",
            "change": {"actions": ["create"], "before": null, "after": {"tag_specifications": [{"resource_type": SECRET,
            "tags": {"a": "b"}}, {"resource_type": format!("v{SECRET}"), "tags": {"a": "b"}}]}, "after_unknown": {},
            "after_sensitive": {"tag_specifications": [{"resource_type": true}]}}}),
        json!({"address": format!("aws_iam_user.odd[\"v{SECRET}\"]"), "mode": "managed", "type": "aws_iam_user",
            "name": "odd", "change": {"actions": ["strange"], "after": {}}}),
    ]})
}

#[test]
fn a_secret_of_a_plan_is_shown_nowhere() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("plan.json", plan().to_string());
    // The source beside the plan has no mark for the key of the instance.
    scratch.file(
        "main.tf",
        "resource \"aws_iam_user\" \"fresh\" {\n  for_each = var.names\n  name     = each.key\n  tags     = { Environment = \
         each.key, (each.key) = \"x\" }\n}\n",
    );
    assert_nothing_shows(&scratch, "plan.json", &["--account", ACCOUNT]);
    let addresses = resources(&scratch, "plan.json", &[]);
    for address in [
        "module.m[\"(sensitive)\"].aws_iam_user.u[\"(sensitive)\"]",
        "module.m[\"(sensitive)\"].aws_iam_user.u[\"(sensitive 2)\"]",
        "aws_iam_user.key[\"(sensitive)\"]",
    ] {
        assert!(addresses.iter().any(|known| known == address), "{address} in {addresses:?}");
    }
    assert_explained(&scratch, "plan.json", &addresses);
    let report = scratch.run(["check", "plan.json", "--format", "json"]).json();
    let found = |address: &str, key: &str, kind: &str| {
        let mut findings = report["findings"].as_array().unwrap().iter();
        findings.any(|finding| {
            finding["resource"]["address"] == address && finding["key"] == key && finding["kind"] == kind
        })
    };
    assert!(found("aws_iam_user.named", "Environment", "value"), "a hidden value is still checked: {report:#}");
    assert!(found("aws_iam_user.whole", "(hidden key 1)", "undeclared"), "a hidden key is still checked: {report:#}");
    assert!(!found("aws_iam_user.variable", "Owner", "missing"), "{report:#}");
}

/// An input that is not understood is quoted nowhere: its marks are not known.
#[test]
fn an_error_quotes_no_secret() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch.file("infra/main.tf", "resource {\n");
    scratch.file("infra/terraform.tfvars", format!("s = \"{SECRET}\n"));
    scratch.file("infra/x.auto.tfvars.json", format!("{{\"s\": \"{SECRET}\", bad"));
    let actions = json!({"address": "a", "mode": "managed", "type": "aws_iam_user", "change": {"actions": SECRET}});
    scratch.file(
        "plan.json",
        json!({"format_version": "1.2", "planned_values": {}, "resource_changes": [actions]}).to_string(),
    );
    let instances = json!({"mode": "managed", "type": "aws_iam_user", "name": "u", "instances": SECRET});
    scratch.file("x.tfstate", json!({"version": 4, "lineage": "x", "resources": [instances]}).to_string());
    scratch.file("in.jsonl", inventory(&[]));
    for args in [&["infra"][..], &["plan.json"], &["in.jsonl", "--terraform-state", "x.tfstate"]] {
        let run = scratch.run([&["check"][..], args].concat());
        assert_hidden(&format!("{}{}", run.exits(2).stdout, run.stderr), &format!("{args:?}"));
    }
}

/// State files of both kinds mark attributes of a resource that is checked as AWS lists it.
#[test]
fn a_secret_of_a_state_is_shown_nowhere() {
    let arn = format!("arn:aws:iam::{ACCOUNT}:user/anika");
    let tags = json!({"Environment": SECRET, (SECRET): "x", "Token": SECRET});
    let file = json!({"version": 4, "lineage": "x", "resources": [{"mode": "managed", "type": "aws_iam_user", "name": "u",
        "instances": [{"index_key": SECRET, "attributes": {"arn": arn, "name": SECRET, "tags": tags},
            "sensitive_attributes": [[{"type": "get_attr", "value": "tags"}], [{"type": "get_attr", "value": "name"}]]}]}]});
    let shown = json!({"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {"resources": [
        {"address": format!("aws_iam_user.u[\"{SECRET}\"]"), "mode": "managed", "type": "aws_iam_user",
         "values": {"arn": arn, "name": SECRET, "tags": tags}, "sensitive_values": {"name": true, "tags": true}}]}}});
    for state in [file, shown] {
        let scratch = Scratch::new();
        scratch.file("taglint.toml", POLICY);
        scratch.file("state/terraform.tfstate", state.to_string());
        let live =
            json!({"type": "iam:user", "arn": arn, "name": "anika", "account": ACCOUNT, "path": "/", "tags": tags});
        scratch.file("live.jsonl", inventory(&[live.to_string()]));
        for format in FORMATS {
            let run = scratch.run(["check", "live.jsonl", "--terraform-state", "state", "--format", format, "-v"]);
            assert_hidden(&format!("{}{}", run.exits(1).stdout, run.stderr), format);
        }
        let run = scratch.run(["check", "live.jsonl", "--terraform-state", "state", "--format", "json"]);
        assert!(run.stdout.contains("aws_iam_user.u[\\\"(sensitive)\\\"]"), "{}", run.stdout);
        for export in [
            &[][..],
            &["--patch", "tags.diff"],
            &["--emit", "aws-cli"],
            &["--emit", "terraform"],
            &["--emit", "tag-editor"],
        ] {
            let run = scratch.run([&["fix", "live.jsonl", "--terraform-state", "state"][..], export].concat());
            assert_hidden(&format!("{}{}", run.stdout, run.stderr), &format!("fix {export:?}"));
        }
    }
}
