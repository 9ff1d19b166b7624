//! Values of variables that the command line gives to Terraform source.

use crate::common::Scratch;

const SOURCE: &str = r#"
variable "owner" {}
variable "stage" {
  type    = string
  default = "dev"
}
variable "tags" {
  type    = map(string)
  default = {}
}
variable "any" {
  type    = any
  default = null
}
resource "aws_iam_user" "u" {
  tags = merge(var.tags, { Owner = var.owner, Stage = var.stage, Any = var.any })
}
"#;

/// A scratch folder with the source, some files of values, and rules that show the values.
fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("main.tf", SOURCE);
    scratch.file("prod.tfvars", "owner = \"file\"\nstage = \"prod\"\ntags = { Team = \"red\" }\nunused = 1\n");
    scratch.file("values.json", "{\"owner\": \"${json}\"}");
    let rule = |key: &str| {
        format!("[[rule]]\nid = \"{}\"\nkey = \"{key}\"\nvalues = [\"never\"]\n", key.to_lowercase(), key = key)
    };
    let rules: Vec<String> = ["Owner", "Stage", "Team", "Any"].map(rule).to_vec();
    scratch.file("taglint.toml", format!("version = 1\n{}", rules.concat()));
    scratch
}

/// The known values, `key=value`.
fn values(scratch: &Scratch, flags: &[&str]) -> String {
    let run = scratch.run(["check", "main.tf", "--format", "json"].iter().chain(flags));
    let report = run.json();
    let findings = report["findings"].as_array().unwrap_or_else(|| panic!("{}", run.stderr)).iter();
    let mut out: Vec<String> = findings
        .map(|finding| format!("{}={}", finding["key"].as_str().unwrap(), finding["value"].as_str().unwrap()))
        .collect();
    out.sort();
    out.join(" ")
}

#[test]
fn the_command_line_sets_variables_as_it_does_for_terraform() {
    let scratch = scratch();
    for (flags, want) in [
        (&[][..], ""),
        (&["--var", "owner=a=b"], "Owner=a=b"),
        (&["--var", "owner=${x}", "--var", "owner=last"], "Owner=last"),
        (&["--var-file", "prod.tfvars"], "Owner=file Stage=prod Team=red"),
        (&["--var-file", "prod.tfvars", "--var", "stage=test"], "Owner=file Stage=test Team=red"),
        (&["--var-file", "prod.tfvars", "--var-file", "values.json"], "Owner=${json} Stage=prod Team=red"),
        (&["--var-file", "prod.tfvars", "--var", "tags={ Team = \"blue\" }"], "Owner=file Stage=prod Team=blue"),
        (&["--var-file", "prod.tfvars", "--var", "any=\"text\""], "Any=text Owner=file Stage=prod Team=red"),
    ] {
        assert_eq!(values(&scratch, flags), want, "{flags:?}");
    }
    // A value that stands in no file has no location, and the finding points at the tags.
    let run = scratch.run(["check", "main.tf", "--format", "json", "--var", "tags={ Team = \"blue\" }"]);
    let report = run.json();
    let team = report["findings"].as_array().unwrap().iter().find(|finding| finding["key"] == "Team").unwrap();
    assert_eq!((&team["location"]["path"], &team["location"]["line"]), (&"main.tf".into(), &16.into()), "{team}");
}

#[test]
fn wrong_values_of_variables_are_errors_that_say_where() {
    let scratch = scratch();
    scratch.file("broken.tfvars", "owner = \n");
    for (flags, want) in [
        (&["--var", "ownr=a"][..], "--var ownr: no root module declares this variable"),
        (&["--var", "tags={"], "--var tags: its value is not an HCL expression"),
        (&["--var", "owner"], "write a variable as NAME=VALUE"),
        (&["--var-file", "missing.tfvars"], "--var-file "),
        (&["--var-file", "broken.tfvars"], "broken.tfvars:1:"),
    ] {
        let run = scratch.run(["check", "main.tf"].iter().chain(flags));
        run.fails_with(2, &[want]);
    }
}

#[test]
fn unknown_results_say_why_and_where_and_are_counted_by_reason() {
    let scratch = Scratch::new();
    let user = |name: &str, tags: &str| format!("resource \"aws_iam_user\" \"{name}\" {{\n  tags = {tags}\n}}\n");
    let source = [
        "variable \"owner\" {}\nvariable \"tags\" {}\n".to_owned(),
        user("a", "{ Owner = var.owner }"),
        user("b", "{ Owner = upper(var.owner) }"),
        user("c", "{ Owner = timestamp() }"),
        user("d", "var.tags"),
        user("e", "{ Owner = true ? aws_iam_user.a.arn : \"x\" }"),
    ]
    .concat();
    scratch.file("main.tf", source);
    let policy = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nvalues = [\"x\"]\n";
    scratch.file("taglint.toml", policy);
    let report = scratch.run(["check", "main.tf", "--format", "json"]).json();
    let mut unknown: Vec<String> = report["unknown"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            let address = it["resource"]["address"].as_str().unwrap();
            format!("{address} {} {}", it["reason"].as_str().unwrap(), it["location"]["line"])
        })
        .collect();
    unknown.sort();
    let want = [
        "aws_iam_user.a `var.owner` has no value in source 1",
        "aws_iam_user.b `var.owner` has no value in source 1",
        "aws_iam_user.c `timestamp()` is known only after apply 10",
        "aws_iam_user.d `var.tags` has no value in source 2",
        "aws_iam_user.e `aws_iam_user.a` is a resource, whose attributes a plan knows 16",
    ];
    assert_eq!(unknown, want);
    let text = scratch.run(["check", "main.tf"]).stdout;
    for line in [
        "unknown results by reason (--show unknown lists them):",
        "      2  `var.owner` has no value in source (main.tf:1)",
        "      1  `var.tags` has no value in source (main.tf:2)",
        "  --var, --var-file or a default gives a variable its value; a plan has all values",
        "  a plan (`terraform show -json`) has the values of data sources, of other resources and of all functions",
        "  nothing settles before an apply what is known only after it; `taglint scan` checks the resources then",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    let listed = |text: &str| text.contains("unknown owner");
    let all = scratch.run(["check", "main.tf", "--show", "unknown"]).stdout;
    assert!(!listed(&text) && listed(&all), "{text}{all}");
}

#[test]
fn every_reason_that_can_be_settled_says_how() {
    let policy = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nvalues = [\"x\"]\n";
    for (files, remedy) in [
        (vec![("main.tf", "data.aws_caller_identity.me.id")], "a plan (`terraform show -json`)"),
        (vec![("main.tf", "terraform.workspace")], "--workspace selects the workspace"),
        (vec![("main.tf", "var.owner"), ("prod.tfvars", "owner = \"x\"\n")], "--var, --var-file or a default"),
        (vec![("main.tf", "module.far.owner")], "`terraform init` fetches the modules"),
        (vec![("main.tf", "local.nowhere")], "the reason is settled once the files"),
        (vec![("main.tf", "uuid()")], "nothing settles before an apply"),
        (vec![("main.tf", "var.owner"), ("terragrunt.hcl", "")], "a plan of the caller"),
        (vec![("main.tf", "var.owner"), ("terraform.tfvars", "owner = [")], "the values of variables are known once"),
    ] {
        let scratch = Scratch::new();
        scratch.file("p.toml", policy);
        for (name, text) in &files {
            let text = if *name == "main.tf" {
                format!(
                    "variable \"owner\" {{\n  default = \"y\"\n}}\nmodule \"far\" {{\n  source = \"example.com/far/aws\"\n}}\nresource \"aws_iam_user\" \"u\" {{\n  tags = {{ Owner = {text} }}\n}}\n"
                )
            } else {
                (*text).to_owned()
            };
            scratch.file(name, text);
        }
        let text = scratch.run(["check", ".", "--policy", "p.toml"]).stdout;
        let lines = text.lines().filter(|line| line.starts_with("  ") && line.contains(remedy));
        assert_eq!(lines.count(), 1, "{files:?}\n{text}");
    }
}

#[test]
fn a_type_that_terraform_refuses_has_no_value() {
    let values = |of: &str| {
        let scratch = Scratch::new();
        let text = format!(
            "variable \"v\" {{\n  type    = {of}\n  default = [\"b\", \"a\", \"b\"]\n}}\nresource \"aws_iam_user\" \"u\" {{\n  tags = {{ V = join(\"-\", var.v) }}\n}}\n"
        );
        scratch.file("main.tf", text);
        let read = crate::source::read(scratch.path());
        crate::source::tags(read.values().next().expect("a user"))
    };
    for (of, want) in [
        ("set(string)", "V=a-b"),
        ("list(string)", "V=b-a-b"),
        ("list", "V=b-a-b"),
        ("any", "V=b-a-b"),
        ("set", "V=?"),
        ("list(set)", "V=?"),
        ("tuple", "V=?"),
        ("strings", "V=?"),
        ("string", "V=?"),
        ("map", "V=?"),
    ] {
        assert_eq!(values(of), want, "{of}");
    }
}

#[test]
fn files_of_values_that_terraform_does_not_load_are_named() {
    let scratch = scratch();
    let note = "Terraform does not load prod.tfvars by itself: --var-file names the file to use";
    let run = scratch.run(["check", "main.tf"]);
    assert!(run.stderr.contains(note), "{}", run.stderr);
    let run = scratch.run(["check", "main.tf", "--var-file", "prod.tfvars"]);
    assert!(!run.stderr.contains("does not load"), "{}", run.stderr);
}

#[test]
fn what_another_resource_writes_is_known() {
    let scratch = Scratch::new();
    let text = r#"
        variable "open" {}
        provider "aws" {
          default_tags { tags = { Team = "t" } }
        }
        resource "aws_sqs_queue" "base" {
          name = "queue"
          tags = { Owner = "o", Size = 3, Open = var.open }
        }
        resource "aws_sqs_queue" "each" {
          for_each = { a = "x" }
          name     = "n-${each.key}"
          tags     = { Owner = each.value }
        }
        resource "aws_sqs_queue" "counted" {
          count = 2
          name  = "Capital"
          tags  = { Owner = "c${count.index}" }
          lifecycle { ignore_changes = [name] }
        }
        resource "aws_sqs_queue" "ignored" {
          tags = { Owner = "i" }
          lifecycle { ignore_changes = [tags["Owner"]] }
        }
        resource "aws_sqs_queue" "circle" {
          tags = { Owner = aws_sqs_queue.circle.tags["Owner"] }
        }
        resource "aws_iam_user" "u" {
          tags = {
            Arn     = aws_sqs_queue.base.arn
            All     = aws_sqs_queue.base.tags_all["Team"]
            Capital = aws_sqs_queue.counted[0].name
            Count   = aws_sqs_queue.counted[1].tags.Owner
            Each    = aws_sqs_queue.each["a"].tags["Owner"]
            Ignored = aws_sqs_queue.ignored.tags["Owner"]
            Key     = aws_sqs_queue.each["a"].name
            Name    = aws_sqs_queue.base.name
            None    = aws_sqs_queue.each["b"].name
            Open    = aws_sqs_queue.base.tags["Open"]
            Owner   = aws_sqs_queue.base.tags.Owner
            Size    = "${aws_sqs_queue.base.tags["Size"]}"
          }
        }
        resource "aws_iam_user" "merged" {
          tags = merge(aws_sqs_queue.base.tags, { Own = "m" })
        }
    "#;
    scratch.file("main.tf", text);
    let all = crate::source::read(scratch.path());
    let got = |address: &str| crate::source::tags(&all[address]);
    let want = "All=t Arn=? Capital=? Count=c1 Each=x Ignored=? Key=n-a Name=queue None=? Open=? Owner=o Size=3 Team=t";
    assert_eq!(got("aws_iam_user.u"), want);
    assert_eq!(got("aws_iam_user.merged"), "Open=? Own=m Owner=o Size=3 Team=t");
    assert_eq!(got("aws_sqs_queue.circle"), "Owner=? Team=t");
}

#[test]
fn the_workspace_is_known_if_it_is_selected() {
    let scratch = scratch();
    scratch.file("main.tf", "resource \"aws_iam_user\" \"u\" {\n  tags = { Stage = terraform.workspace }\n}\n");
    assert_eq!(values(&scratch, &[]), "", "a pipeline may select any workspace");
    assert_eq!(values(&scratch, &["--workspace", "prod"]), "Stage=prod");
    std::fs::create_dir(scratch.path().join(".terraform")).expect("a folder");
    scratch.file(".terraform/environment", "test\n");
    assert_eq!(values(&scratch, &[]), "Stage=test");
    assert_eq!(values(&scratch, &["--workspace", "prod"]), "Stage=prod");
    let run = scratch.run(["check", "main.tf", "--workspace", "a/b"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("a workspace has letters"), "{}", run.stderr);
}
