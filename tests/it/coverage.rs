//! Every input is accounted for: what is not judged is found or named, in every run.

use std::process::Command;

use serde_json::{Value, json};

use crate::common::{Run, Scratch};

const POLICY: &str = "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\n";
const USER: &str = "resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n}\n";
const TAGGED: &str = "resource \"aws_iam_user\" \"tagged\" {\n  name = \"t\"\n  tags = { Owner = \"a\" }\n}\n";
const TEMPLATE: &str = "Resources:\n  U:\n    Type: AWS::IAM::User\n";

/// A folder with a policy outside of what is checked, and these files in `src`.
fn scratch(files: &[(&str, &str)]) -> Scratch {
    let scratch = Scratch::new();
    scratch.file("policy.toml", POLICY);
    std::fs::create_dir_all(scratch.path().join("src")).unwrap();
    for (name, text) in files {
        scratch.file(&format!("src/{name}"), text);
    }
    scratch
}

fn check(scratch: &Scratch, what: &str) -> Run {
    scratch.run(["check", what, "--policy", "policy.toml", "--format", "json", "-q"])
}

/// The groups of the coverage: `reason type count examples`.
fn not_judged(report: &Value) -> Vec<String> {
    let groups = report["coverage"]["not-judged"].as_array().expect("a report has its coverage");
    let line = |group: &Value| {
        let examples: Vec<&str> =
            group["examples"].as_array().unwrap().iter().map(|example| example.as_str().unwrap()).collect();
        let text = |name: &str| group[name].as_str().unwrap().to_owned();
        format!("{} {} {} {}", text("reason"), text("type"), group["count"], examples.join(" "))
    };
    groups.iter().map(line).collect()
}

fn git(scratch: &Scratch, args: &[&str]) {
    let output = Command::new("git").current_dir(scratch.path()).args(args).output().expect("git is installed");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The address of the finding.
fn found(run: &Run) -> Vec<String> {
    let report = run.json();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["resource"]["address"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_a_pull_request_can_hide_from_a_walk_is_found() {
    for path in [".hidden/main.tf", ".github/x/main.tf", "main.tofu", "a.tofu.json", ".hidden/t.yaml", ".t.yaml"] {
        let text = match path {
            "a.tofu.json" => r#"{"resource": {"aws_iam_user": {"u": {"name": "u"}}}}"#,
            ".hidden/t.yaml" | ".t.yaml" => TEMPLATE,
            _ => USER,
        };
        let run = check(&scratch(&[("ok.tf", TAGGED), (path, text)]), "src");
        run.exits(1);
        assert_eq!(found(&run).len(), 1, "{path}: {}", run.stdout);
    }
}

#[test]
fn what_a_walk_passes_over_is_named() {
    let deep = format!("{}main.tf", "d/".repeat(70));
    for (path, text, want) in [
        (".hidden.tf", USER, "hidden Terraform file 1 src/.hidden.tf"),
        ("node_modules/x/main.tf", USER, "other-tool folder 1 src/node_modules"),
        (".terraform/x/main.tf", USER, "other-tool folder 1 src/.terraform"),
        (".aws-sam/build/template.yaml", TEMPLATE, "other-tool folder 1 src/.aws-sam"),
        ("terragrunt.hcl", "", "other-tool Terragrunt file 1 src/terragrunt.hcl"),
        ("a.tftest.hcl", "", "other-tool Terraform test 1 src/a.tftest.hcl"),
        ("serverless.yml", "service: x\n", "other-tool Serverless Framework file 1 src/serverless.yml"),
        ("broken.yaml", "a: {{ b }}\nc: [\n", "broken-document document 1 src/broken.yaml"),
        (
            "plan.json",
            r#"{"format_version":"1.2","planned_values":{},"resource_changes":[]}"#,
            "other-input Terraform plan 1 src/plan.json",
        ),
        (&deep, USER, "too-deep folder 1 src/d/d"),
    ] {
        let run = check(&scratch(&[("ok.tf", TAGGED), (path, text)]), "src");
        let groups = not_judged(&run.exits(0).json());
        assert_eq!(groups.len(), 1, "{path}: {groups:?}");
        assert!(groups[0].starts_with(want), "{path}: {groups:?}");
        assert_eq!(run.stderr, "", "{path}");
    }
}

#[test]
fn folders_without_inputs_are_not_worth_a_word() {
    let files = [
        ("ok.tf", TAGGED),
        ("node_modules/x/package.json", "{}"),
        (".terraform/providers/x/readme.md", "x"),
        ("build/out.json", "{\"a\": 1}"),
        (".gitignore", "build\n"),
        (".git/main.tf", USER),
    ];
    assert_eq!(not_judged(&check(&scratch(&files), "src").exits(0).json()), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn a_link_is_named() {
    let scratch = scratch(&[("ok.tf", TAGGED)]);
    scratch.file("elsewhere/main.tf", USER);
    for (target, link) in [("../elsewhere", "src/folder"), ("../elsewhere/main.tf", "src/t.yaml")] {
        std::os::unix::fs::symlink(target, scratch.path().join(link)).unwrap();
    }
    let report = check(&scratch, "src").exits(0).json();
    assert_eq!(not_judged(&report), ["link document 1 src/t.yaml", "link folder 1 src/folder"]);
}

#[test]
fn a_tracked_file_counts_although_git_ignores_it() {
    let scratch = scratch(&[
        ("ok.tf", TAGGED),
        (".gitignore", "evil\nsecret.yaml\n"),
        ("evil/main.tf", USER),
        ("evil/more/main.tf", USER),
        ("secret.yaml", TEMPLATE),
    ]);
    std::fs::remove_dir(scratch.path().join(".git")).unwrap();
    git(&scratch, &["init", "-q"]);
    git(&scratch, &["add", "."]);
    let run = check(&scratch, "src");
    assert_eq!(
        not_judged(&run.exits(0).json()),
        ["git-ignored document 1 src/secret.yaml", "git-ignored folder 1 src/evil"]
    );
    git(&scratch, &["add", "-f", "src/evil/main.tf", "src/secret.yaml"]);
    let run = check(&scratch, "src");
    run.exits(1);
    assert_eq!(found(&run).len(), 2, "{}", run.stdout);
    assert_eq!(not_judged(&run.json()), ["git-ignored folder 1 src/evil/more"]);
    // An index that cannot be read: what it may track is read.
    std::fs::write(scratch.path().join(".git/index"), "DIRC").unwrap();
    let run = check(&scratch, "src");
    assert_eq!((run.code, found(&run).len()), (1, 3), "{}", run.stdout);
}

#[test]
fn a_module_that_is_called_no_times_is_named() {
    let call = "module \"x\" {\n  count  = 0\n  source = \"./evil\"\n}\n";
    let policy = "resource \"aws_iam_user_policy\" \"p\" {\n  user = \"u\"\n}\n";
    let files = [("main.tf", &*format!("{TAGGED}{call}")), ("evil/main.tf", &format!("{USER}{policy}"))];
    let report = check(&scratch(&files), "src").exits(0).json();
    assert_eq!(
        not_judged(&report),
        [
            "not-in-root aws_iam_user 1 src/evil/main.tf:1: aws_iam_user.u",
            "not-taggable aws_iam_user_policy 1 src/evil/main.tf:4: aws_iam_user_policy.p"
        ]
    );
    let once = call.replace("count  = 0", "count  = 1");
    let files = [("main.tf", &*format!("{TAGGED}{once}")), ("evil/main.tf", USER)];
    check(&scratch(&files), "src").exits(1);
}

#[test]
fn a_module_manifest_leads_nowhere_else_than_the_source() {
    let local = "module \"x\" {\n  source = \"./evil\"\n}\n";
    let remote = "module \"x\" {\n  source = \"acme/users/aws\"\n}\n";
    for (call, source, dir, code) in [
        (local, "./evil", "evil", 1),
        (local, "./evil", "clean", 3),
        (remote, "registry.terraform.io/acme/users/aws", ".terraform/modules/x", 1),
        (remote, "registry.terraform.io/acme/users/aws", "clean", 3),
        (remote, "registry.terraform.io/acme/others/aws", ".terraform/modules/x", 3),
    ] {
        let manifest =
            json!({"Modules": [{"Key": "", "Source": "", "Dir": "."}, {"Key": "x", "Source": source, "Dir": dir}]});
        let files = [
            ("main.tf", &*format!("{TAGGED}{call}")),
            ("evil/main.tf", USER),
            ("clean/main.tf", TAGGED),
            (".terraform/modules/x/main.tf", USER),
            (".terraform/modules/modules.json", &manifest.to_string()),
        ];
        let run = check(&scratch(&files), "src");
        assert_eq!(run.code, code, "{source} {dir}: {}{}", run.stdout, run.stderr);
        if code == 3 {
            let gap = run.json()["incomplete"][0]["error"].as_str().unwrap().to_owned();
            assert!(gap.contains("terraform init"), "{gap}");
        }
    }
}

#[test]
fn a_file_of_terraform_that_one_of_opentofu_replaces_is_named() {
    let scratch = scratch(&[("main.tofu", TAGGED), ("main.tf", USER), ("other.tf", "")]);
    let report = check(&scratch, "src").exits(0).json();
    assert_eq!(not_judged(&report), ["other-tool Terraform file 1 src/main.tf"]);
    check(&scratch, "src/main.tf").fails_with(2, &["nothing was judged", "Terraform file"]);
}

#[test]
fn types_that_are_not_judged_are_counted_in_source_and_templates() {
    let source = "resource \"google_project\" \"g\" {\n  count = 2\n}\nresource \"aws_iam_user_policy\" \"p\" {\n}\nresource \"aws_new_thing\" \"n\" {\n}\ndata \"google_project\" \"d\" {\n}\n";
    let report = check(&scratch(&[("main.tf", &format!("{TAGGED}{source}"))]), "src").exits(0).json();
    assert_eq!(
        not_judged(&report),
        [
            "unknown-type aws_new_thing 1 aws_new_thing.n",
            "other-cloud google_project 2 google_project.g[0] google_project.g[1]",
            "not-taggable aws_iam_user_policy 1 aws_iam_user_policy.p"
        ]
    );
    let template = "Resources:\n  U: {Type: AWS::IAM::User, Properties: {Tags: [{Key: Owner, Value: a}]}}\n  C: {Type: 'Custom::Thing'}\n  N: {Type: AWS::New::Thing}\n  D: {Type: Vendor::Service::Thing}\n";
    let report = check(&scratch(&[("t.yaml", template)]), "src/t.yaml").exits(0).json();
    assert_eq!(
        not_judged(&report),
        [
            "unknown-type AWS::New::Thing 1 N",
            "other-cloud Vendor::Service::Thing 1 D",
            "not-taggable Custom::Thing 1 C"
        ]
    );
}

#[test]
fn a_plan_says_of_an_unknown_type_whether_it_carries_tags() {
    let change = |kind: &str, after: Value| {
        json!({"address": format!("{kind}.x"), "mode": "managed", "type": kind, "name": "x",
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {}, "after_sensitive": {}}})
    };
    let plan = json!({"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {}, "configuration": {},
    "resource_changes": [
        change("aws_new_thing", json!({"name": "x", "tags": null, "tags_all": {}})),
        change("aws_new_other", json!({"name": "x"})),
        change("awscc_new_thing", json!({"tags": [{"key": "Owner", "value": "a"}]})),
        change("awscc_new_map", json!({"tags": {"Other": "a"}})),
        change("random_id", json!({"byte_length": 2})),
    ]});
    let scratch = scratch(&[("plan.json", &plan.to_string())]);
    let run = check(&scratch, "src/plan.json");
    run.exits(1);
    // The provider of the first may have default tags, which this plan does not show.
    assert_eq!(found(&run), ["awscc_new_map.x"]);
    assert_eq!(run.json()["coverage"]["judged"], 3);
    assert_eq!(
        not_judged(&run.json()),
        ["not-taggable aws_new_other 1 aws_new_other.x", "not-taggable random_id 1 random_id.x"]
    );
    let run = scratch.run(["check", "src/plan.json", "--policy", "policy.toml"]);
    assert_eq!(run.stderr.matches("aws_new_thing is not in taglint's table of types").count(), 1, "{}", run.stderr);
}

#[test]
fn an_unknown_type_with_tags_in_the_usual_form_is_judged() {
    for (text, address) in [
        ("resource \"aws_new_thing\" \"n\" {\n  tags = { Other = \"a\" }\n}\n", "aws_new_thing.n"),
        (
            "resource \"awscc_new_thing\" \"n\" {\n  tags = [{ key = \"Other\", value = \"a\" }]\n}\n",
            "awscc_new_thing.n",
        ),
    ] {
        let tagged = text.replace("Other", "Owner");
        let run = check(&scratch(&[("main.tf", text)]), "src");
        assert_eq!((run.code, found(&run)), (1, vec![address.to_owned()]), "{text}");
        check(&scratch(&[("main.tf", &tagged)]), "src").exits(0);
    }
    for tags in ["[{Key: Other, Value: a}]", "{Other: a}"] {
        let text = format!("Resources:\n  N: {{Type: 'AWS::New::Thing', Properties: {{Tags: {tags}}}}}\n");
        check(&scratch(&[("t.yaml", &text)]), "src").exits(1);
        check(&scratch(&[("t.yaml", &text.replace("Other", "Owner"))]), "src").exits(0);
    }
    let unusual = "Resources:\n  U: {Type: AWS::IAM::User, Properties: {Tags: [{Key: Owner, Value: a}]}}\n  N: {Type: 'AWS::New::Thing', Properties: {Tags: [a, b]}}\n";
    let report = check(&scratch(&[("t.yaml", unusual)]), "src").exits(0).json();
    assert_eq!(not_judged(&report), ["unknown-type AWS::New::Thing 1 N"]);
}

/// A CDK assembly of one stack with this template.
fn assembly(template: &str) -> Scratch {
    let manifest = json!({"version": "36.0.0", "artifacts": {"S": {"type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region", "properties": {"templateFile": "S.template.json"}}}});
    scratch(&[("cdk.out/manifest.json", &manifest.to_string()), ("cdk.out/S.template.json", template)])
}

#[test]
fn a_run_that_judged_nothing_is_no_pass() {
    let plan = |changes: Value| {
        json!({"format_version": "1.2", "planned_values": {}, "configuration": {}, "resource_changes": changes})
            .to_string()
    };
    let google = json!([{"address": "google_project.p", "mode": "managed", "type": "google_project", "name": "p",
        "change": {"actions": ["create"], "before": null, "after": {}, "after_unknown": {}, "after_sensitive": {}}}]);
    let empty = "{\"taglint\":\"inventory\",\"version\":1,\"collected\":\"2026-11-22T00:00:00Z\",\"scope\":{\"accounts\":[\"123456789012\"]}}\n{\"taglint\":\"end\",\"resources\":0,\"unread\":[]}\n";
    let module = "module \"x\" {\n  count  = 0\n  source = \"./evil\"\n}\n";
    for (what, files, code) in [
        ("google", vec![("main.tf", "resource \"google_project\" \"p\" {\n}\n")], 2),
        ("azure", vec![("main.tf", "resource \"azurerm_subnet\" \"p\" {\n}\n")], 2),
        ("utility", vec![("main.tf", "resource \"random_id\" \"p\" {\n}\n")], 2),
        ("readme", vec![("README.md", "x")], 2),
        ("nothing", vec![], 2),
        ("variables", vec![("main.tf", "variable \"a\" {}\n")], 2),
        ("data", vec![("main.tf", "data \"aws_iam_user\" \"a\" {}\n")], 2),
        ("no tags", vec![("main.tf", "resource \"aws_iam_user_policy\" \"p\" {\n}\n")], 2),
        ("unknown", vec![("main.tf", "resource \"aws_new_thing\" \"p\" {\n}\n")], 2),
        ("module", vec![("main.tf", module), ("evil/main.tf", USER)], 2),
        ("no instance", vec![("main.tf", "resource \"aws_iam_user\" \"u\" {\n  count = 0\n}\n")], 2),
        ("hidden file", vec![(".main.tf", USER)], 2),
        ("ignored", vec![("a/main.tf", USER), (".gitignore", "a\n")], 2),
        ("cache", vec![("node_modules/main.tf", USER)], 2),
        ("other tool", vec![("terragrunt.hcl", "")], 2),
        ("test", vec![("a.tftest.hcl", "")], 2),
        ("template", vec![("t.yaml", "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n")], 2),
        ("custom", vec![("t.yaml", "Resources:\n  C: {Type: 'Custom::X'}\n")], 2),
        ("values", vec![("values.yaml", "a: 1\n")], 2),
        ("other plan", vec![("plan.json", &*plan(google))], 2),
        ("no changes", vec![("plan.json", &*plan(json!([])))], 0),
        ("inventory", vec![("i.jsonl", empty)], 0),
    ] {
        let path = if files.first().is_some_and(|(name, _)| *name == "plan.json") { "src/plan.json" } else { "src" };
        let run = check(&scratch(&files), path);
        assert_eq!(run.code, code, "{what}: {}{}", run.stdout, run.stderr);
    }
    for template in ["{}", r#"{"Resources": {}}"#, r#"{"Parameters": {"BootstrapVersion": {"Type": "String"}}}"#] {
        check(&assembly(template), "src/cdk.out").exits(0);
        check(&assembly(template), "src").exits(0);
    }
    check(&assembly(r#"{"Resources": {"U": {"Type": "AWS::IAM::User"}}}"#), "src").exits(1);
    check(&assembly("[]"), "src").exits(3);
}

#[test]
fn a_resource_that_no_rule_concerns_does_not_pass() {
    let policy =
        "version = 1\n[[rule]]\nid = \"owner\"\nkey = \"Owner\"\nrequired = true\nresources = [\"iam:user\"]\n";
    let source = "resource \"aws_iam_user\" \"u\" {}\nresource \"aws_sqs_queue\" \"q\" {}\n";
    let scratch = scratch(&[("main.tf", source)]);
    scratch.file("users.toml", policy);
    let text = scratch.run(["check", "src", "--policy", "users.toml"]).exits(1).stdout.clone();
    assert!(text.contains("\nnot judged: 1 (1 no rule concerns the type)"), "{text}");
    assert!(text.ends_with("0 pass (0%), 1 fail, 0 unknown\n"), "{text}");
    let page = scratch.run(["check", "src", "--policy", "users.toml", "--format", "html"]).exits(1).stdout.clone();
    assert!(page.contains("(0% pass)"), "{page}");
}

#[test]
#[cfg(unix)]
fn a_pipe_is_named_and_nobody_waits_for_it() {
    for name in ["e.tf", "terraform.tfvars", "e.yaml", "e.json", ".terraform/modules/modules.json"] {
        let scratch = scratch(&[("ok.tf", TAGGED)]);
        let path = scratch.path().join("src").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let run = check(&scratch, "src");
        let report = run.json();
        let is_said = run.code == 3 || !not_judged(&report).is_empty() || name.starts_with(".terraform");
        assert!(is_said, "{name}: {} {report}", run.code);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_whose_name_is_not_utf_8_is_a_gap() {
    use std::os::unix::ffi::OsStrExt as _;
    let scratch = scratch(&[("ok.tf", TAGGED)]);
    let name = std::ffi::OsStr::from_bytes(b"e\xff.tf");
    std::fs::write(scratch.path().join("src").join(name), USER).unwrap();
    let run = check(&scratch, "src");
    assert!(run.exits(3).json()["incomplete"].to_string().contains("its name is not UTF-8"), "{}", run.stdout);
}

#[test]
fn a_template_is_found_however_its_words_are_spelled() {
    for (name, text) in [
        ("e.yaml", "\"\\x52esources\":\n  \"E\":\n    \"Type\": \"AWS::IAM::User\"\n"),
        ("e.json", r#"{"\u0052esources":{"E":{"Typ\u0065":"AWS\u003a:IAM::User"}}}"#),
        ("e.yaml", "!!str Resources:\n  E:\n    !!str Type: !!str AWS::IAM::User\n"),
    ] {
        let run = check(&scratch(&[("ok.tf", TAGGED), (name, text)]), "src");
        assert_eq!(found(&run), ["E"], "{text}: {}", run.stdout);
    }
}

#[test]
fn parts_of_a_deployment_that_are_elsewhere_are_counted() {
    let nested = "Resources:\n  G:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: \"https://s3.amazonaws.com/b/x.yaml\", Tags: [{Key: Owner, Value: a}]}\n";
    let module = "Resources:\n  G: {Type: \"My::X::Y::MODULE\"}\n";
    let include = "Resources:\n  Fn::Transform: {Name: \"AWS::Include\", Parameters: {Location: ./x.inc}}\n  U: {Type: AWS::IAM::User}\n";
    for (text, group) in [(nested, "nested stack"), (module, "module"), (include, "transform or loop")] {
        let run = check(&scratch(&[("ok.tf", TAGGED), ("t.yaml", text)]), "src");
        let groups = not_judged(&run.json());
        assert!(groups.iter().any(|line| line.starts_with(&format!("not-in-input {group}"))), "{groups:?}");
    }
}

#[test]
fn a_resource_that_a_plan_leaves_alone_is_counted() {
    let plan = json!({"format_version": "1.2", "planned_values": {}, "resource_changes": [{
        "address": "aws_iam_user.x", "mode": "managed", "type": "aws_iam_user", "name": "x",
        "change": {"actions": ["no-op"], "before": {"name": "x", "tags": null, "tags_all": {}},
            "after": {"name": "x", "tags": null, "tags_all": {}}, "after_unknown": {}, "after_sensitive": {}}}]});
    let run = check(&scratch(&[("plan.json", &plan.to_string())]), "src/plan.json");
    run.exits(0);
    assert_eq!(not_judged(&run.json()), ["unchanged iam:user 1 aws_iam_user.x"]);
}

#[test]
fn a_template_with_an_unusual_ending_is_named() {
    for name in ["stack.txt", "stack.yaml.j2", "stack.cfn", "stack", "deep/x.json.erb"] {
        let scratch = scratch(&[
            ("ok.tf", TAGGED),
            (name, TEMPLATE),
            ("README.md", "# Users\n\nResources: AWS::IAM::User, Type\n"),
        ]);
        let report = check(&scratch, "src").exits(0).json();
        assert_eq!(not_judged(&report), [format!("unusual-ending template 1 src/{name}")], "{name}");
        scratch.run(["check", "src", "--require-coverage", "all"]).exits(3);
        let named = format!("src/{name}");
        scratch.run(["check", &named]).exits(1);
    }
}
