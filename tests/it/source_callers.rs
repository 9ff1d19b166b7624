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
        (
            "an included file of Terragrunt",
            vec![("_envcommon/users.hcl", terragrunt("\"${dirname(find_in_parent_folders())}/../modules/users\""))],
        ),
        ("an expression of Terragrunt", vec![("live/terragrunt.hcl", terragrunt("include.common.locals.source"))]),
        (
            "a component of Atmos",
            vec![("atmos.yaml", "components:\n  terraform:\n    base_path: modules\n".to_owned())],
        ),
        (
            "a folder that Atmos does not read",
            vec![("atmos.yaml", "components:\n  terraform:\n    base_path: components/terraform\n".to_owned())],
        ),
        ("aliases that a caller configures", vec![("modules/users/versions.tf", aliases.to_owned())]),
        ("Terragrunt of another module", vec![("live/terragrunt.hcl", terragrunt("\"../modules/pools\""))]),
    ];
    for (name, mut files) in cases {
        let others = ["no caller", "Terragrunt of another module", "a folder that Atmos does not read"];
        let is_unknown = !others.contains(&name);
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

/// In JSON a block may be a list, and its body a list of objects.
#[test]
fn lists_of_json_are_blocks_and_bodies() {
    let json = r#"{
        "variable": {"n": [[{"default": 2}]]},
        "resource": {"aws_iam_user": {
            "body": [[{"name": "h"}, {"tags": {"A": "1"}}]],
            "two": [{"name": "a", "tags": {"N": "${var.n}"}}]
        }, "aws_instance": {"i": {"root_block_device": [[{"tags": {"V": "1"}}]]}}}
    }"#;
    let over = r#"{"resource": {"aws_iam_user": {"two": [[{"tags": {"Over": "o"}}]]}}}"#;
    let want = [
        "aws_iam_user.body: A=1",
        "aws_iam_user.two: Over=o",
        "aws_instance.i: ",
        "aws_instance.i.root_block_device: V=1",
    ];
    assert_eq!(lines(&[("main.tf.json", json), ("a_override.tf.json", over)]), want);
}

#[test]
fn an_instance_of_a_module_that_is_not_there_has_no_value() {
    let source = r#"
        variable "unset" {}
        module "off" {
          source = "./m"
          count  = 0
        }
        module "on" {
          source = "./m"
          count  = 2
        }
        module "each" {
          source   = "./m"
          for_each = { a = "x" }
        }
        module "open" {
          source = "./m"
          count  = var.unset
        }
        module "one" { source = "./m" }
        resource "aws_iam_user" "u" {
          tags = {
            A = try(module.off[0].id, "none")
            B = try(module.on[1].id, "none")
            C = try(module.on[2].id, "none")
            D = try(module.on["1"].id, "none")
            E = try(module.each["a"].id, "none")
            F = try(module.each["z"].id, "none")
            G = try(module.each.z.id, "none")
            H = try(module.one[0].id, "none")
            I = try(module.open[0].id, "none")
            J = try(module.on.id, "none")
            K = module.one.id
          }
        }
    "#;
    let module = "output \"id\" {\n  value = \"id\"\n}\n";
    let want = "aws_iam_user.u: A=none B=id C=none D=id E=id F=none G=none H=none I=? J=none K=id";
    assert_eq!(lines(&[("main.tf", source), ("m/main.tf", module)]), [want]);
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

#[test]
fn a_module_that_is_named_without_its_caller_is_unknown() {
    let policy = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";
    let caller = "module \"users\" {\n  source = \"../../modules/users\"\n}\n";
    for (caller, named, want) in [
        (caller, "modules/users", [0, 1]),
        (caller, "modules/users/main.tf", [0, 1]),
        ("locals {\n  none = 1\n}\n", "modules/users", [1, 0]),
        (&caller.replace("users\"\n", "pools\"\n"), "modules/users", [1, 0]),
    ] {
        let scratch = Scratch::new();
        for (path, text) in [(".git/HEAD", ""), ("envs/prod/main.tf", caller), ("taglint.toml", policy)] {
            scratch.file(path, text);
        }
        scratch.file("modules/users/main.tf", USER);
        scratch.file("modules/pools/main.tf", "locals {\n  none = 1\n}\n");
        let run = scratch.run(["check", named, "--format", "json"]);
        let summary = &run.json()["summary"];
        let counts = [&summary["violating"], &summary["unknown"]].map(|count| count.as_u64().unwrap());
        assert_eq!(counts, want, "{named} {caller}: {}", run.stdout);
    }
}

/// A file that may call modules and cannot be read is a gap, and what it may set is unknown.
#[test]
fn callers_that_cannot_be_read_are_gaps_and_may_call_any_module() {
    let policy = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";
    let large = "# x\n".repeat(1_100_000);
    for (name, text, gap) in [
        ("live/terragrunt.hcl", large.as_str(), Some("live/terragrunt.hcl: ")),
        ("live/common.hcl", large.as_str(), Some("live/common.hcl: ")),
        ("live/terragrunt.hcl", "terraform {\n  source = \n", Some("live/terragrunt.hcl:2:")),
        ("live/x.tfcomponent.hcl", "component \"a\" {\n  source = \n", Some("live/x.tfcomponent.hcl:2:")),
        ("live/common.hcl", "terraform {\n  source = \n", None),
        ("live/job.hcl", "job \"a\" {\n  b = \n", None),
    ] {
        let scratch = Scratch::new();
        scratch.file("p.toml", policy);
        scratch.file("modules/users/main.tf", USER);
        scratch.file(name, text);
        let is_other_tool = name.ends_with("job.hcl");
        let exit = if gap.is_some() { 3 } else { i32::from(is_other_tool) };
        let report = scratch.run(["check", ".", "--policy", "p.toml", "--format", "json"]).exits(exit).json();
        let gaps: Vec<&str> =
            report["incomplete"].as_array().into_iter().flatten().filter_map(|gap| gap["error"].as_str()).collect();
        match gap {
            Some(gap) => assert!(gaps.len() == 1 && gaps[0].starts_with(gap), "{name}: {gaps:?}"),
            None => assert!(gaps.is_empty(), "{name}: {gaps:?}"),
        }
        let is_unknown = report["unknown"].as_array().is_some_and(|unknown| unknown.len() == 1);
        assert_eq!(is_unknown, !name.ends_with("job.hcl"), "{name}: {report}");
    }
}

#[test]
fn callers_elsewhere_in_the_repository_that_cannot_be_read_may_call_a_checked_module() {
    let policy = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";
    let large = "# x\n".repeat(1_100_000);
    for (text, exit, unknown) in [
        (large.as_str(), 3, 1),
        ("module \"a\" {\n  source = \n", 0, 1),
        ("module \"a\" {\n  source = \"./b\"\n}\n", 1, 0),
    ] {
        let scratch = Scratch::new();
        scratch.file(".git/HEAD", "");
        scratch.file("p.toml", policy);
        scratch.file("modules/users/main.tf", USER);
        scratch.file("live/main.tf", text);
        let report = scratch.run(["check", "modules", "--policy", "p.toml", "--format", "json"]).exits(exit).json();
        assert_eq!(report["unknown"].as_array().map_or(0, Vec::len), unknown, "{report}");
    }
}

#[test]
fn dynamic_blocks_of_a_provider_are_expanded() {
    let dynamic = |name: &str, each: &str, content: &str| {
        format!(
            "provider \"aws\" {{\n  dynamic \"{name}\" {{\n    for_each = {each}\n    content {{\n      {content}\n    }}\n  }}\n}}\n"
        )
    };
    let rest = "variable \"on\" { type = bool }\nvariable \"keys\" { type = set(string) }\nresource \"aws_sqs_queue\" \"q\" {\n  tags = { Own = \"o\", Team = null }\n}\n";
    for (provider, want) in [
        (dynamic("default_tags", "[\"blue\"]", "tags = { Color = default_tags.value }"), "Color=blue Own=o"),
        (dynamic("default_tags", "[]", "tags = { Color = \"c\" }"), "Own=o"),
        (dynamic("default_tags", "var.on ? [1] : []", "tags = { Color = \"c\" }"), "Own=o …Color"),
        (dynamic("default_tags", "var.keys", "tags = { (default_tags.key) = \"c\" }"), "Own=o …"),
        (dynamic("ignore_tags", "[\"Own\"]", "keys = [ignore_tags.value]"), "…Own"),
        (dynamic("ignore_tags", "[]", "keys = [\"Own\"]"), "Own=o"),
        (dynamic("ignore_tags", "var.on ? [1] : []", "keys = [\"Own\"]"), "…Own"),
        (dynamic("ignore_tags", "var.keys", "key_prefixes = [ignore_tags.value]"), "…"),
    ] {
        assert_eq!(
            lines(&[("main.tf", &(provider.clone() + rest))]),
            [format!("aws_sqs_queue.q: {want}")],
            "{provider}"
        );
    }
}

#[test]
fn a_provider_that_is_not_known_may_ignore_what_others_ignore() {
    let queue =
        "resource \"aws_sqs_queue\" \"q\" {\n  provider = aws.elsewhere\n  tags = { Own = \"o\", Other = \"x\" }\n}\n";
    for (provider, want) in [
        ("provider \"aws\" {}\n", "Other=x Own=o …"),
        ("provider \"aws\" {\n  ignore_tags {\n    keys = [\"Own\"]\n  }\n}\n", "Other=x …"),
        ("provider \"aws\" {\n  ignore_tags {\n    keys = var.keys\n  }\n}\n", "…"),
    ] {
        assert_eq!(lines(&[("main.tf", &(provider.to_owned() + queue))]), [format!("aws_sqs_queue.q: {want}")]);
    }
}

#[test]
fn a_group_has_the_tags_of_its_launch_template_in_its_newest_version() {
    let template = |update: &str| {
        format!(
            "resource \"aws_launch_template\" \"t\" {{\n  {update}\n  tag_specifications {{\n    resource_type = \"instance\"\n    tags = {{ A = \"t\" }}\n  }}\n}}\n"
        )
    };
    let group = |id: &str, version: &str| {
        format!(
            "locals {{\n  id = aws_launch_template.t.id\n}}\nresource \"aws_autoscaling_group\" \"g\" {{\n  tag {{\n    key = \"B\"\n    value = \"g\"\n    propagate_at_launch = true\n  }}\n  launch_template {{\n    id = {id}\n    {version}\n  }}\n}}\n"
        )
    };
    let (own, latest) = ("aws_launch_template.t.id", "version = \"$Latest\"");
    for (update, id, version, want) in [
        ("", own, latest, "A=t B=g"),
        ("", own, "version = aws_launch_template.t.latest_version", "A=t B=g"),
        ("", "local.id", latest, "A=t B=g"),
        ("", own, "version = \"$Default\"", "B=g …"),
        ("", own, "version = \"$Other\"", "B=g …"),
        ("", own, "version = aws_launch_template.t.default_version", "B=g …"),
        ("", own, "", "B=g …"),
        ("update_default_version = true", own, "version = \"$Default\"", "A=t B=g"),
        ("update_default_version = true", own, "", "A=t B=g"),
    ] {
        let text = template(update) + &group(id, version);
        let all = lines(&[("main.tf", &text)]);
        assert!(all.contains(&format!("aws_autoscaling_group.g.tag: {want}")), "{text}{all:#?}");
        let of_template = "aws_launch_template.t.tag_specifications[\"instance\"]: A=t …".to_owned();
        assert!(all.contains(&of_template), "{text}{all:#?}");
    }
    // A group of another module may use the template that an output names.
    let output = "output \"id\" {\n  value = local.id\n}\nlocals {\n  id = aws_launch_template.t.id\n}\n";
    let of_module = template("") + output;
    let root = "module \"m\" {\n  source = \"./m\"\n}\n".to_owned();
    let with_group = root.clone() + &group("module.m.id", latest);
    for (root, want) in [(root, "A=t"), (with_group, "A=t …")] {
        let all = lines(&[("main.tf", &root), ("m/main.tf", &of_module)]);
        let line = format!("module.m.aws_launch_template.t.tag_specifications[\"instance\"]: {want}");
        assert!(all.contains(&line), "{root}{all:#?}");
    }
}

#[test]
fn the_command_line_sets_a_variable_whatever_the_files_are() {
    let scratch = Scratch::new();
    scratch.file("main.tf", USER);
    scratch.file("terraform.tfvars", "team = [\n");
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"team\"\nkey = \"Team\"\nvalues = [\"blue\"]\n");
    let unknown = |args: &[&str]| {
        let run = scratch.run(["check", ".", "--format", "json"].iter().chain(args));
        run.exits(3).json()["summary"]["unknown"].as_u64().unwrap()
    };
    assert_eq!([unknown(&[]), unknown(&["--var", "team=blue"])], [1, 0]);
    let run = scratch.run(["check", ".", "--var", "taem=blue"]);
    assert!(run.exits(2).stderr.contains("did you mean \"team\"?"), "{}", run.stderr);
}
