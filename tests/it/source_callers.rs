//! Roots of Terraform source, the providers that their resources have, and callers that are not in the source.

use crate::common::Scratch;
use crate::source::{read, tags};

/// The tags of each resource of some files, a line each.
fn lines(files: &[(&str, &str)]) -> Vec<String> {
    let scratch = Scratch::new();
    for (name, text) in files {
        scratch.file(name, text);
    }
    read(scratch.path()).iter().map(|(address, resource)| format!("{address}: {}", tags(resource))).collect()
}

const USER: &str =
    "variable \"team\" {\n  default = \"red\"\n}\nresource \"aws_iam_user\" \"u\" {\n  tags = { Team = var.team }\n}\n";

#[test]
fn an_instance_of_a_provider_has_its_own_default_tags() {
    let providers = r#"
        locals { regions = { "eu-west-1" = "blue", "us-east-1" = "red" } }
        variable "region" {}
        provider "aws" {
          default_tags { tags = { Owner = "default" } }
        }
        provider "aws" {
          alias    = "by_region"
          for_each = local.regions
          region   = each.key
          default_tags { tags = { Team = each.value, Fixed = "f" } }
        }
        resource "aws_sqs_queue" "literal" {
          provider = aws.by_region["eu-west-1"]
        }
        resource "aws_sqs_queue" "each" {
          for_each = local.regions
          provider = aws.by_region[each.key]
        }
        resource "aws_sqs_queue" "open" {
          provider = aws.by_region[var.region]
        }
        module "m" {
          source    = "./m"
          for_each  = local.regions
          providers = { aws = aws.by_region[each.key] }
        }
        module "one" {
          source    = "./m"
          providers = { aws = aws.by_region["us-east-1"] }
        }
    "#;
    let module = "resource \"aws_sqs_queue\" \"q\" {\n  tags = { Own = \"o\" }\n}\n";
    let got = lines(&[("main.tf", providers), ("m/main.tf", module)]);
    let want = [
        "aws_sqs_queue.each[\"eu-west-1\"]: Fixed=f Team=blue",
        "aws_sqs_queue.each[\"us-east-1\"]: Fixed=f Team=red",
        "aws_sqs_queue.literal: Fixed=f Team=blue",
        "aws_sqs_queue.open: Fixed=f Team=?",
        "module.m[\"eu-west-1\"].aws_sqs_queue.q: Fixed=f Own=o Team=blue",
        "module.m[\"us-east-1\"].aws_sqs_queue.q: Fixed=f Own=o Team=red",
        "module.one.aws_sqs_queue.q: Fixed=f Own=o Team=red",
    ];
    assert_eq!(got, want);
}

#[test]
fn what_a_caller_elsewhere_sets_is_unknown() {
    let terragrunt = |source: &str| format!("terraform {{\n  source = {source}\n}}\ninputs = {{ team = \"blue\" }}\n");
    let aliases = "terraform {\n  required_providers {\n    aws = {\n      source = \"hashicorp/aws\"\n      configuration_aliases = [aws.main]\n    }\n  }\n}\n";
    let git = "module \"users\" {\n  source = \"git::https://example.com/infra.git//modules/users?ref=v1\"\n}\n";
    let cases: Vec<(&str, Vec<(&str, String)>)> = vec![
        ("no caller", vec![]),
        ("Terragrunt in the folder", vec![("modules/users/terragrunt.hcl", "inputs = {}\n".to_owned())]),
        ("a local source of Terragrunt", vec![("live/terragrunt.hcl", terragrunt("\"../modules/users\""))]),
        ("a local source with a root", vec![("live/dev/terragrunt.hcl", terragrunt("\"../../modules//users\""))]),
        ("a function of Terragrunt", vec![("live/terragrunt.hcl", terragrunt("\"${get_repo_root()}/modules/users\""))]),
        (
            "an address that Terragrunt reads",
            vec![("live/terragrunt.hcl", terragrunt("\"git::https://example.com/infra.git//modules/users?ref=v1\""))],
        ),
        (
            "a component of a stack",
            vec![(
                "stack/main.tfcomponent.hcl",
                "component \"users\" {\n  source = \"../modules/users\"\n}\n".to_owned(),
            )],
        ),
        ("an address of the same repository", vec![("prod/main.tf", git.to_owned())]),
        ("aliases that a caller configures", vec![("modules/users/versions.tf", aliases.to_owned())]),
        ("Terragrunt of another module", vec![("live/terragrunt.hcl", terragrunt("\"../modules/pools\""))]),
    ];
    for (name, mut files) in cases {
        let is_unknown = !["no caller", "Terragrunt of another module"].contains(&name);
        files.push(("modules/users/main.tf", USER.to_owned()));
        files.push(("modules/pools/main.tf", "locals {\n  none = 1\n}\n".to_owned()));
        let scratch = Scratch::new();
        for (path, text) in &files {
            scratch.file(path, text);
        }
        scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n");
        let run = scratch.run(["check", ".", "--format", "json"]);
        let summary = &run.json()["summary"];
        let counts = [&summary["violating"], &summary["unknown"]].map(|count| count.as_u64().unwrap());
        assert_eq!(counts, if is_unknown { [0, 1] } else { [1, 0] }, "{name}: {}", run.stdout);
    }
}

#[test]
fn a_folder_with_the_marks_of_a_root_is_one_whoever_calls_it() {
    let caller = ("test/setup/main.tf", "module \"infra\" {\n  source = \"../..\"\n  team = \"test\"\n}\n");
    let stand_in = "module.infra.aws_iam_user.u: Team=test";
    assert_eq!(lines(&[("main.tf", USER), caller]), [stand_in]);
    for (mark, text, team) in [
        ("terraform.tfvars", "team = \"blue\"\n", "blue"),
        ("team.auto.tfvars.json", "{\"team\": \"blue\"}", "blue"),
        (".terraform.lock.hcl", "", "red"),
        ("backend.tf", "terraform {\n  backend \"s3\" {}\n}\n", "red"),
        ("cloud.tf", "terraform {\n  cloud {}\n}\n", "red"),
        ("provider.tf", "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n", "red"),
    ] {
        let root = format!("aws_iam_user.u: Team={team}");
        assert_eq!(lines(&[("main.tf", USER), caller, (mark, text)]), [root.as_str(), stand_in], "{mark}");
    }
    // What a called module may have too.
    for (mark, text) in
        [("other.tfvars", "team = \"blue\"\n"), ("provider.tf", "provider \"aws\" {\n  alias = \"west\"\n}\n")]
    {
        assert_eq!(lines(&[("main.tf", USER), caller, (mark, text)]).len(), 1, "{mark}");
    }
}

#[test]
fn dynamic_tag_blocks_are_expanded() {
    let source = r#"
        variable "unset" {}
        locals { tags = { Owner = "platform", Team = "red" } }
        resource "aws_autoscaling_group" "map" {
          dynamic "tag" {
            for_each = merge(local.tags, { Stage = var.unset })
            content {
              key                 = tag.key
              value               = tag.value
              propagate_at_launch = false
            }
          }
        }
        resource "aws_autoscaling_group" "set" {
          tag {
            key                 = "Own"
            value               = "o"
            propagate_at_launch = false
          }
          dynamic "tag" {
            for_each = toset(["a", "b"])
            iterator = it
            content {
              key                 = "key-${it.key}"
              value               = upper(it.value)
              propagate_at_launch = false
            }
          }
        }
        resource "aws_autoscaling_group" "unset" {
          dynamic "tag" {
            for_each = var.unset
            content {
              key                 = tag.key
              value               = tag.value
              propagate_at_launch = false
            }
          }
        }
    "#;
    let json = r#"{"resource": {"aws_autoscaling_group": {"json": {"dynamic": {"tag": {
        "for_each": "${local.tags}",
        "content": {"key": "${tag.key}", "value": "${tag.value}", "propagate_at_launch": false}}}}}}}"#;
    let want = [
        "aws_autoscaling_group.json: Owner=platform Team=red",
        "aws_autoscaling_group.map: Owner=platform Stage=? Team=red",
        "aws_autoscaling_group.set: Own=o key-a=A key-b=B",
        "aws_autoscaling_group.unset: …",
    ];
    let got = lines(&[("main.tf", source), ("json.tf.json", json)]);
    let groups: Vec<&String> = got.iter().filter(|line| !line.contains(".tag:")).collect();
    assert_eq!(groups, want);
}

#[test]
fn tags_that_terraform_leaves_alone_may_be_there() {
    let user = |name: &str, lifecycle: &str| {
        format!(
            "resource \"aws_iam_user\" \"{name}\" {{\n  tags = {{ Team = \"red\" }}\n  lifecycle {{\n    {lifecycle}\n  }}\n}}\n"
        )
    };
    let source = [
        user("all", "ignore_changes = all"),
        user("key", "ignore_changes = [tags[\"Owner\"], tags.Stage, name]"),
        user("map", "ignore_changes = [tags]"),
        user("name", "ignore_changes = [name]"),
        user("none", "prevent_destroy = true"),
    ]
    .concat();
    let want = [
        "aws_iam_user.all: Team=red …",
        "aws_iam_user.key: Team=red …Owner,Stage",
        "aws_iam_user.map: Team=red …",
        "aws_iam_user.name: Team=red",
        "aws_iam_user.none: Team=red",
    ];
    assert_eq!(lines(&[("main.tf", &source)]), want);
}
