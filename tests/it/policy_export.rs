//! `taglint policy export` and `taglint policy diff`, as their users run them.

use std::process::Command;

use crate::common::{Run, Scratch};

const POLICY: &str = r##"version = 1
[policy]
name = "acme ${x} \"#"
[[rule]]
id = "environment"
key = "Environment"
required = true
values = ["Production", "Test*"]
[[rule]]
id = "cost-center"
key = "Cost ${Center}\""
required = true
pattern = '\d{5}'
[[rule]]
id = "owner"
key = "Owner"
required = true
resources = ["s3:bucket", "ec2:instance"]
[[rule]]
id = "stage"
key = "Stage"
values = ["a\"${b}", "prod"]
ignore-case = true
"##;

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    scratch
}

#[test]
fn every_format_names_what_it_cannot_say_also_when_quiet() {
    let scratch = scratch();
    for (format, words) in [
        ("aws-tag-policy", "cost-center: `pattern`: weaker"),
        ("config-rule", "stage: not exported: required-tags requires each of its keys"),
        ("cloudformation-guard", "stage: `key`: weaker"),
        ("terraform-variables", "owner: `resources`: not exported"),
    ] {
        let run = scratch.run(["policy", "export", format, "--quiet"]);
        run.exits(0);
        assert!(run.stderr.contains(words), "{format}: {}", run.stderr);
        assert_eq!(run.stdout.contains(words), format != "aws-tag-policy", "{format}: {}", run.stdout);
        let json = scratch.run(["policy", "export", format, "--format", "json"]);
        assert_eq!(json.stderr, "");
        let report = json.json();
        assert_eq!(report["documents"][0]["content"], run.stdout.as_str());
        let omissions = report["omissions"].as_array().expect("omissions");
        let fields = |name: &str| omissions.iter().all(|omission| omission[name].is_string());
        assert!(fields("field") && fields("effect") && fields("reason"), "{report}");
    }
}

#[test]
fn several_documents_need_a_folder() {
    let scratch = scratch();
    let args = ["policy", "export", "scp", "--resources", "ec2:*,s3:*,iam:*,lambda:*,sagemaker:*"];
    scratch.run(args).fails_with(2, &["documents", "--output"]);
    std::fs::create_dir(scratch.path().join("scps")).expect("a folder");
    scratch.run(args.into_iter().chain(["--output", "scps"])).exits(0);
    let first: serde_json::Value = serde_json::from_str(&scratch.read("scps/scp-1.json")).expect("JSON");
    assert_eq!(first["Statement"][0]["Effect"], "Deny");
    assert!(scratch.read("scps/scp-2.json").chars().count() <= 10_240);
    scratch.run(["policy", "export", "scp"]).fails_with(2, &["at most 9", "--resources"]);
}

/// The sizes that AWS takes: a larger template needs a bucket, and one with too many rules is refused.
#[test]
fn a_config_template_has_the_sizes_of_aws() {
    let scratch = Scratch::new();
    let policy = |rules: usize| {
        let rule = |n: usize| {
            let values: Vec<String> = (0..40).map(|value| format!("value-{value}-of-{n}")).collect();
            format!("[[rule]]\nid = \"r{n}\"\nkey = \"K{n}\"\nrequired = true\nvalues = {values:?}\n")
        };
        format!("version = 1\n{}", (0..rules).map(rule).collect::<String>())
    };
    for (rules, bucket, pack) in [(10, false, false), (100, true, false), (200, true, true)] {
        scratch.file("taglint.toml", policy(rules));
        let run = scratch.run(["policy", "export", "config-rule"]);
        let text = &run.exits(0).stdout;
        assert_eq!(text.len() > 51_200, bucket, "{rules} rules make {} bytes", text.len());
        assert_eq!(text.contains("from an S3 bucket"), bucket, "{rules}");
        assert_eq!(text.contains("at most 130 rules"), pack, "{rules}");
    }
    scratch.file("taglint.toml", policy(501));
    scratch.run(["policy", "export", "config-rule"]).fails_with(2, &["501 rules", "at most 500 resources"]);
}

#[test]
fn wrong_flags_are_refused() {
    let scratch = scratch();
    scratch.run(["policy", "export", "scp", "--enforce"]).fails_with(2, &["--enforce is for aws-tag-policy"]);
    scratch.run(["policy", "export", "scp", "--resources", "s3:bukket"]).fails_with(2, &["no such resource type"]);
    scratch.run(["policy", "export", "opa"]).fails_with(2, &["aws-tag-policy"]);
    scratch.run(["policy", "diff", "missing.json"]).fails_with(2, &["missing.json"]);
    scratch.file("other.json", "{\"a\":1}");
    scratch.run(["policy", "diff", "other.json"]).fails_with(2, &["describe-effective-policy"]);
}

/// The export on itself: a policy whose rules a tag policy can say has no difference.
#[test]
fn an_exported_tag_policy_does_not_differ() {
    let scratch = Scratch::new();
    let rule = "[[rule]]\nid = \"r\"\nkey = \"K\"\nrequired = true\nvalues = [\"a\", \"b*\"]\nresources = [\"s3:bucket\", \"sqs:*\"]\n";
    scratch.file("taglint.toml", format!("version = 1\n{rule}"));
    scratch.run(["policy", "export", "aws-tag-policy", "--enforce", "--output", "tags.json"]).exits(0);
    let run = scratch.run(["policy", "diff", "tags.json"]);
    run.exits(0);
    assert_eq!(run.stdout, "no differences\n");
    let aws = r#"{"tags":{"k":{"tag_key":"k","tag_value":["a","c"],"report_required_tag_for":["s3:bucket"],
        "enforced_for":["ec2:instance"]},"x":{"tag_key":"X"}}}"#;
    scratch.file("aws.json", aws);
    let run = scratch.run(["policy", "diff", "aws.json"]);
    run.exits(1);
    for line in [
        r#""K": spelling: only the policy: "K"; only AWS: "k""#,
        r#""K": values: only the policy: "b*"; only AWS: "c""#,
        r#""K": required-for: only the policy: "sqs:queue""#,
        r#""K": enforced-for: only AWS: "ec2:instance""#,
        r#""X": key: only AWS: "X""#,
    ] {
        assert!(run.stdout.lines().any(|own| own == line), "{line}\n{}", run.stdout);
    }
    let report = scratch.run(["policy", "diff", "aws.json", "--format", "json"]);
    assert_eq!(report.exits(1).json()["differences"].as_array().map(Vec::len), Some(5));
    let required = r#"{"RequiredTags":[{"ResourceType":"s3:bucket","ReportingTagKeys":["K"]},
        {"ResourceType":"sqs:queue","ReportingTagKeys":["K"]}]}"#;
    scratch.file("required.json", required);
    scratch.run(["policy", "diff", "required.json"]).exits(0);
}

/// A key that the policy requires on every type is one entry, unless AWS requires it on every type that it knows.
#[test]
fn a_key_that_is_required_everywhere_is_one_difference() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", "version = 1\n[[rule]]\nid = \"r\"\nkey = \"K\"\nrequired = true\n");
    let all = taglint::aws::resource_types::all().iter().filter(|row| row.tagging.is_some());
    let all: Vec<&str> = all.map(taglint::aws::resource_types::ResourceType::kind).collect();
    for (kinds, differs) in [(&["s3:bucket", "ec2:instance"][..], true), (&[], true), (&all[1..], true), (&all, false)]
    {
        let entry = |kind: &&str| serde_json::json!({"ResourceType": kind, "ReportingTagKeys": ["K"]});
        let entries: Vec<_> = kinds.iter().map(entry).collect();
        scratch.file("required.json", serde_json::json!({"RequiredTags": entries}).to_string());
        let run = scratch.run(["policy", "diff", "required.json"]);
        let want = match (kinds, differs) {
            ([], _) => "\"K\": key: only the policy: \"K\"\n",
            (_, true) => "\"K\": required-for: only the policy: \"*\"\n",
            (_, false) => "no differences\n",
        };
        assert_eq!(run.exits(i32::from(differs)).stdout, want, "{} types", kinds.len());
    }
}

/// Terraform itself accepts and refuses values as the policy does.
#[test]
fn terraform_reads_the_variable() {
    let scratch = scratch();
    let terraform = |args: &[&str]| {
        let mut command = Command::new("terraform");
        command.args(args).current_dir(scratch.path()).env("CHECKPOINT_DISABLE", "1");
        command.output()
    };
    if terraform(&["version"]).is_err() {
        eprintln!("skipped: there is no terraform");
        return;
    }
    scratch.run(["policy", "export", "terraform-variables", "--output", "variables.tf"]).exits(0);
    let good = r#"Environment = "Testing", "Cost $${Center}\"" = "12345""#;
    for (tags, failed) in [
        (good.to_owned(), &[][..]),
        (format!(r#"{good}, Stage = "A\"$${{B}}""#), &[]),
        (format!("{good}, Stage = null"), &[]),
        (String::new(), &["environment", "cost-center"]),
        (format!(r#"{good}, Stage = "other""#), &["stage"]),
        (r#"Environment = " ", "Cost $${Center}\"" = "1234x""#.to_owned(), &["environment", "cost-center"]),
    ] {
        scratch.file("terraform.tfvars", format!("tags = {{ {tags} }}\n"));
        let output = terraform(&["plan", "-no-color", "-input=false"]).expect("terraform runs");
        let run = Run::of(output);
        assert_eq!(run.code != 0, !failed.is_empty(), "{tags}\n{}{}", run.stdout, run.stderr);
        for rule in ["environment", "cost-center", "stage"] {
            assert_eq!(run.stderr.contains(&format!("{rule}: The ")), failed.contains(&rule), "{tags}\n{}", run.stderr);
        }
    }
}

/// A grace period or a refused value does not change which values are allowed.
#[test]
fn values_are_compared_beside_what_a_tag_policy_cannot_say() {
    let scratch = Scratch::new();
    scratch.file("e.json", r#"{"tags":{"stage":{"tag_key":"Stage","tag_value":["x"]}}}"#);
    for more in ["", "grace = \"7d\"\n", "not-values = [\"q\"]\n"] {
        let rule = "version = 1\n[[rule]]\nid = \"stage\"\nkey = \"Stage\"\nvalues = [\"a\"]\n";
        scratch.file("taglint.toml", format!("{rule}{more}"));
        let run = scratch.run(["policy", "diff", "e.json"]);
        assert!(
            run.exits(1).stdout.contains(r#""Stage": values: only the policy: "a"; only AWS: "x""#),
            "{}",
            run.stdout
        );
    }
}
