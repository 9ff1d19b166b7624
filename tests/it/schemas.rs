//! The JSON Schemas against what the program writes: every report, inventory, plan and journal is valid, also without any
//! field that a schema lacks; every described field occurs; broken documents are refused. The validator is `jsonschema`
//! of Python.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use taglint::authoring::formats::FORMAT_SCHEMAS;
use taglint::engine::ByteSource;
use taglint::fix::apply::{Job, RestorePermits, VerifyTimeout, execute, undo};
use taglint::fix::journal::{self, Journal, JournalHeader};
use taglint::fix::plan::{Override, OwnerKind, Plan};
use taglint::input::{InputOptions, open};

use crate::common::{Scratch, repository, skip};
use crate::organization;
use crate::targets::simulated::{Fate, Fold, Simulated};

const NOW: &str = "2026-11-28";

/// Described fields that no inventory of the test has: the input of a resource is known only beside other inputs.
const NOT_WRITTEN: &[&str] = &["inventory: resource.input"];

/// Documents with the name of their schema.
#[derive(Default)]
struct Documents(Vec<(&'static str, Value)>);

impl Documents {
    fn document(&mut self, name: &'static str, text: &str) {
        self.0.push((name, serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"))));
    }

    fn lines(&mut self, name: &'static str, text: &str) {
        text.lines().for_each(|line| self.document(name, line));
    }

    /// The reports in both formats of a check with these arguments.
    fn check(&mut self, scratch: &Scratch, args: &[&str]) {
        for (name, format) in [("report", "json"), ("finding", "jsonl")] {
            let run = scratch.run([&["check", "--now", NOW, "--format", format], args].concat());
            assert!(matches!(run.code, 0 | 1 | 3), "{args:?}: {}", run.stderr);
            if format == "json" { self.document(name, &run.stdout) } else { self.lines(name, &run.stdout) }
        }
    }

    /// The inventory that an input becomes in memory.
    fn in_memory(&mut self, path: &std::path::Path) {
        for opened in open(path, &InputOptions::default()).unwrap() {
            if let ByteSource::Memory(bytes) = &opened.input.bytes {
                self.lines("inventory", std::str::from_utf8(bytes).unwrap());
            }
        }
    }
}

/// A policy whose reports have everything.
const POLICY: &str = r#"version = 1
[policy]
name = "company"
description = "the tags of the company"
inline-waivers = true
[lists]
stages = { file = "stages.txt" }
[[rule]]
id = "owner"
key = "Owner"
aliases = ["Besitzer"]
required = true
help = "ask the platform team"
labels = ["finops"]
default = "shop"
[[rule]]
id = "stage"
key = "Stage"
required = true
values = "@stages"
grace = "7d"
[[rule]]
id = "old"
forbid = ["tmp*"]
severity = "warning"
[[target]]
id = "owned"
rules = ["owner"]
compliant = "90%"
[[target]]
id = "owned-in-each"
rules = ["owner"]
compliant = "50%"
within = "account"
[[waiver]]
rules = ["owner"]
resources = ["*:user/waived"]
reason = "leaves soon"
owner = "ops@example.com"
from = 2026-11-01
expires = 2026-12-31
"#;

const SOURCE: &str = r#"provider "aws" {
  default_tags { tags = { Team = "shop", Stage = var.stage } }
}
variable "stage" { type = string }
variable "more" { type = map(string) }
variable "number" { type = number }
variable "secret" {
  default   = { Hidden = "x" }
  sensitive = true
}
module "logs" { source = "./logs" }
# taglint:ignore owner moves to another account, OPS-1
resource "aws_iam_user" "waived" {
  name = "waived"
  tags = {}
}
resource "aws_iam_user" "counted" {
  count = var.number
  name  = "counted-${count.index}"
  tags  = { Owner = var.stage }
}
resource "aws_s3_bucket" "open" { tags = merge(var.more, { Owner = "shop" }) }
resource "aws_s3_bucket" "secret" { tags = var.secret }
"#;

const TEMPLATE: &str = r"Parameters:
  Stage: { Type: String, AllowedValues: [prod, Test] }
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: { Tags: [{ Key: Stage, Value: !Ref Stage }] }
";

/// A bill of a part of a month and a month two before: a bucket, the calls of a user, resources of nobody and a tax.
const BILL: &str = "bill_billing_period_start_date,bill_billing_period_end_date,line_item_currency_code,\
    line_item_iam_principal,line_item_line_item_type,line_item_product_code,line_item_resource_id,\
    line_item_unblended_cost,line_item_usage_account_id,line_item_usage_end_date,line_item_usage_start_date,\
    product_region_code
2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,USD,,Usage,AmazonS3,logs,7.5,123456789012,2026-11-03T00:00:00Z,\
    2026-11-02T00:00:00Z,eu-west-1
2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,USD,arn:aws:iam::123456789012:user/waived,Usage,AmazonBedrock,,2,123456789012,\
    2026-11-03T00:00:00Z,2026-11-02T00:00:00Z,eu-west-1
2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,USD,arn:aws:iam::123456789012:user/nobody,Usage,AmazonBedrock,,1,123456789012,\
    2026-11-03T00:00:00Z,2026-11-02T00:00:00Z,eu-west-1
2026-11-01T00:00:00Z,2026-12-01T00:00:00Z,USD,,Usage,AmazonS3,other,3,123456789012,2026-11-03T00:00:00Z,\
    2026-11-02T00:00:00Z,eu-west-1
2026-09-01T00:00:00Z,2026-10-01T00:00:00Z,USD,,Tax,AmazonS3,,0.5,123456789012,2026-11-03T00:00:00Z,2026-11-02T00:00:00Z,
";

fn files(scratch: &Scratch) {
    scratch.file("bill.csv", BILL);
    scratch.file("taglint.toml", POLICY);
    scratch.file("stages.txt", "prod\ntest\n");
    scratch.file("infra/main.tf", SOURCE);
    scratch.file("infra/logs/main.tf", "resource \"aws_s3_bucket\" \"logs\" {\n  tags = { Stage = \"old\" }\n}\n");
    scratch.file("template.yaml", TEMPLATE);
    let user = |name: &str, more: &Value| {
        let mut user = json!({"type": "iam:user", "arn": format!("arn:aws:iam::123456789012:user/{name}"), "name": name,
            "account": "123456789012", "account-name": "shop", "account-ou": "r-ab12/ou-ab12-core", "path": "/", "id": "AIDA1",
            "account-tags": {"Unit": "shop"}, "created": "2026-11-25T08:00:00Z", "tags": {"Owner": "shop", "Stage": "prod"}});
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        user
    };
    let device = |name: &str, user: &Value| {
        let arn = format!("arn:aws:iam::123456789012:mfa/{name}");
        json!({"type": "iam:mfa", "arn": arn, "name": name, "account": "123456789012", "user": user, "tags": {}})
    };
    let lines = [
        json!({"taglint": "inventory", "version": 1, "collected": "2026-11-28T04:00:00Z", "scope": {
            "accounts": ["123456789012"], "regions": [], "types": ["iam:user"], "organization": "o-ab12cd34ef",
            "some-accounts": true, "partial": true}}),
        user("good", &json!({})),
        user("waived", &json!({"tags": {"Stage": "prod"}})),
        user("misspelled", &json!({"tags": {"Besitzer": "shop", "Stage": "old", "tmp-1": "x"}, "created": null})),
        user("resembling", &json!({"tags": {"Ownr": "shop"}, "created": "2020-01-01T08:00:00Z"})),
        user("unread", &json!({"tags": null, "unknown": "AccessDenied: iam:ListUserTags"})),
        user("open", &json!({"tags": {"Owner": null}, "more-tags": true})),
        user("young", &json!({"tags": {"Owner": "shop"}})),
        user("managed", &json!({"tags": {"Besitzer": "shop", "Stage": "prod"}})),
        json!({"type": "s3:bucket", "arn": "arn:aws:s3:::logs", "name": "logs", "account": "123456789012",
            "region": "eu-west-1", "tags": {"Besitzer": "shop", "Stage": "prod"}}),
        device("free", &Value::Null),
        device("given", &json!("arn:aws:iam::123456789012:user/good")),
        json!({"type": "sqs:queue", "arn": "arn:aws:sqs:eu-west-1:123456789012:jobs", "account": "123456789012",
            "region": "eu-west-1", "tags": {"Owner": "shop", "Stage": "prod"}}),
        json!({"taglint": "end", "resources": 12, "unread": [{"account": "444455556666", "region": "eu-west-1",
            "type": "sqs:queue", "operation": "sqs:ListQueues", "error": "AccessDenied"}], "not-enabled": ["ap-east-1"],
            "indexed": 1}),
    ];
    let text = |lines: &[Value]| lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n") + "\n";
    // A value of null says nothing here.
    scratch.file("in.jsonl", text(&lines).replace("\"created\":null,", ""));
    scratch.file("old.jsonl", text(&[&lines[..3], &[user("gone", &json!({"tags": {}}))]].concat()));
    for (number, account) in [(1, "111122223333"), (2, "444455556666")] {
        let region = ["eu-west-1", "us-east-1"][number - 1];
        let header = json!({"taglint": "inventory", "version": 1, "collected": "2026-11-28T04:00:00Z", "scope": {
            "accounts": [account], "regions": [region], "types": ["sqs:queue"], "shard": format!("{number}/3")}});
        scratch.file(&format!("{number}.jsonl"), text(&[header, json!({"taglint": "end", "resources": 0})]));
    }
    let event = json!({"eventVersion": "1.08", "eventTime": "2026-11-28T08:00:00Z", "eventSource": "iam.amazonaws.com",
        "eventName": "UntagUser", "awsRegion": "us-east-1", "recipientAccountId": "123456789012",
        "requestParameters": {"userName": "ana", "tagKeys": ["Owner"]}, "responseElements": null});
    scratch.file("event.json", event.to_string());
    let plan = json!({"format_version": "1.2", "planned_values": {}, "resource_changes": [{"address": "aws_sqs_queue.a",
        "mode": "managed", "type": "aws_sqs_queue", "change": {"actions": ["create"], "after": {"name": "a", "tags_all": {}},
        "after_unknown": {}}}], "configuration": {"provider_config": {}, "root_module": {"resources": [
        {"address": "aws_sqs_queue.a", "provider_config_key": "aws"}]}}});
    for name in ["plans/dev.json", "plans/prod.json"] {
        scratch.file(name, plan.to_string());
    }
    let state = json!({"version": 4, "resources": [{"mode": "managed", "type": "aws_iam_user", "name": "waived",
        "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": [{"schema_version": 0, "attributes":
        {"arn": "arn:aws:iam::123456789012:user/managed", "id": "managed", "name": "managed"}}]}]});
    scratch.file("infra/terraform.tfstate", state.to_string());
    let document = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Team", "Effect": "Allow", "Action": "s3:*",
        "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/Owner": "shop"}}}]});
    let access = json!({"UserDetailList": [{"UserName": "ana", "Arn": "arn:aws:iam::123456789012:user/ana",
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document}]}], "GroupDetailList": [], "RoleDetailList": [],
        "Policies": []});
    scratch.file("access.json", access.to_string());
}

/// Everything that the program writes.
fn written(scratch: &Scratch) -> Documents {
    let mut out = Documents::default();
    files(scratch);
    out.lines("inventory", &scratch.read("in.jsonl"));
    for inventories in [&["1.jsonl", "2.jsonl"][..], &["in.jsonl", "1.jsonl"]] {
        let run = scratch.run([&["merge"], inventories].concat());
        assert!(matches!(run.code, 0 | 3), "{}", run.stderr);
        out.lines("inventory", &run.stdout);
    }
    scratch.run(["check", "old.jsonl", "--now", NOW, "--output", "base.json", "--allow-incomplete"]).exits(1);
    scratch.file("organization.jsonl", organization::inventory("2026-11-28T04:00:00Z", 2, 60));
    let show = ["--show", "waived,passed,unknown"];
    for more in [
        &["in.jsonl"][..],
        &["in.jsonl", "--baseline", "base.json", "--terraform-state", "infra/terraform.tfstate"],
        &["in.jsonl", "--redact"],
        &["in.jsonl", "--cost", "bill.csv"],
        &["infra", "template.yaml"],
        &["event.json"],
        &["plans/dev.json", "plans/prod.json"],
        &["organization.jsonl"],
    ] {
        out.check(scratch, &[more, &show].concat());
    }
    for path in
        ["tests/cloudformation/cdk.out", "tests/terraform/changes/plan.json", "tests/terraform/nested/plan.json"]
    {
        let path = repository(path);
        out.check(scratch, &[path.to_str().unwrap(), "--all"]);
        out.in_memory(&path);
    }
    for path in ["infra", "template.yaml", "event.json"] {
        out.in_memory(&scratch.path().join(path));
    }
    plans(scratch, &mut out);
    journals(scratch, &mut out);
    out
}

fn plans(scratch: &Scratch, out: &mut Documents) {
    let state = ["--terraform-state", "infra/terraform.tfstate", "--access", "access.json"];
    for (number, more) in [&[][..], &["--allow-guess", "--allow-remove"], &state].into_iter().enumerate() {
        let plan = format!("plan-{number}.json");
        let run = scratch.run([&["fix", "in.jsonl", "--now", NOW, "--output", &plan], more].concat());
        assert!(matches!(run.code, 0 | 3), "{}", run.stderr);
        out.document("plan", &scratch.read(&plan));
    }
    let all = ["fix", "in.jsonl", "--output", "set.json", "--set", "Team=shop", "--resource", "*", "--now", NOW];
    let run = scratch.run([&all[..], &state, &["--allow-guess"]].concat());
    assert!(matches!(run.code, 0 | 3), "{}", run.stderr);
    out.document("plan", &scratch.read("set.json"));
}

/// The journals of a run and of its undo, with every kind of answer, on a service in memory.
fn journals(scratch: &Scratch, out: &mut Documents) {
    let plan: Plan = serde_json::from_str(&scratch.read("set.json")).unwrap();
    assert!(plan.changes.len() >= 3, "too few cases: {} changes", plan.changes.len());
    let tags: BTreeMap<_, _> = plan.changes.iter().map(|change| (change.arn.clone(), change.before.clone())).collect();
    let remote = Simulated::new(Fold::Ascii, tags);
    let fates = [Fate::Good, Fate::Lost, Fate::Refused, Fate::Taken];
    for (number, change) in plan.changes.iter().enumerate() {
        remote.befall(&change.arn, &[Fate::Good, fates[number % fates.len()]]);
    }
    let patience = VerifyTimeout(Duration::from_mins(2));
    let header = |plan: Option<Plan>, restores| JournalHeader {
        version: journal::VERSION,
        started: "2026-11-28T08:00:00Z".to_owned(),
        accounts: vec!["123456789012".to_owned()],
        flags: vec!["--allow-guess".to_owned()],
        plan,
        restores,
    };
    let first = scratch.path().join("first.jsonl");
    let jobs = plan.changes.iter().cloned().enumerate();
    let jobs: Vec<Job> = jobs.map(|(number, change)| Job::change(number, change, false).unwrap()).collect();
    let journal = Journal::create(&first, header(Some(plan), Vec::new()), Timestamp::now).unwrap();
    execute(&jobs, &remote, &journal, patience, &|_, _| {}).unwrap();
    drop(journal);
    let history = journal::read(&first).unwrap();
    let restores = undo(&history, Timestamp::now());
    assert!(!restores.is_empty());
    let permits = RestorePermits { unconfirmed: true, managed: true };
    let jobs = restores.iter().enumerate();
    let jobs: Vec<Job> = jobs
        .map(|(number, (restore, fresh))| Job::restore(number, restore.clone(), *fresh).unwrap().permitting(permits))
        .collect();
    let second = scratch.path().join("second.jsonl");
    let restores = restores.into_iter().map(|(restore, _)| restore).collect();
    let journal = Journal::create(&second, header(None, restores), Timestamp::now).unwrap();
    execute(&jobs, &remote, &journal, patience, &|_, _| {}).unwrap();
    drop(journal);
    for name in ["first.jsonl", "second.jsonl"] {
        out.lines("journal", &scratch.read(name));
    }
    for name in ["answers.jsonl", "failed.jsonl", "undo.jsonl", "undo_uncertain.jsonl", "whole.jsonl"] {
        out.lines("journal", &std::fs::read_to_string(repository("fuzz/corpus/journal").join(name)).unwrap());
    }
}

/// Documents with one mistake each, made from good ones.
fn broken(good: &Documents) -> Vec<(&'static str, Value)> {
    let mut out = Vec::new();
    let mut spoil = |name: &'static str, place: &str, field: &str, value: Option<Value>| {
        let parent = place.to_owned();
        let has = |document: &Value| document.pointer(&parent).is_some_and(|object| object.get(field).is_some());
        let found = good.0.iter().find(|(of, document)| *of == name && has(document));
        let mut document = found.unwrap_or_else(|| panic!("no {name} with {place}/{field}")).1.clone();
        let object = document.pointer_mut(place).and_then(Value::as_object_mut).unwrap();
        match value {
            Some(value) => drop(object.insert(field.to_owned(), value)),
            None => drop(object.remove(field)),
        }
        out.push((name, document));
    };
    spoil("report", "", "summary", None);
    spoil("report", "", "version", Some(json!(2)));
    spoil("report", "", "generated", Some(json!("yesterday")));
    spoil("report", "/findings/0", "kind", Some(json!("mising")));
    spoil("report", "/findings/0/resource", "type", None);
    spoil("report", "/coverage", "percent", Some(json!("99%")));
    spoil("finding", "", "fingerprint", None);
    spoil("finding", "", "severity", Some(json!("fatal")));
    spoil("finding", "", "coverage", Some(json!([])));
    spoil("inventory", "", "tags", Some(json!({"Owner": 1})));
    spoil("inventory", "", "resources", Some(json!(-1)));
    spoil("inventory", "/scope", "accounts", Some(json!("123456789012")));
    spoil("plan", "", "taglint", Some(json!("journal")));
    spoil("plan", "", "version", Some(json!(2)));
    spoil("plan", "/changes/0", "after", None);
    let mut unknown = good.0.iter().find(|(of, _)| *of == "plan").unwrap().1.clone();
    unknown["more"] = json!(1);
    out.push(("plan", unknown));
    out
}

/// The script's answers on documents; `None` where there is no Python with `jsonschema`.
fn validated(documents: &Documents, broken: &[(&'static str, Value)]) -> Option<Value> {
    let has_validator = Command::new("python3").args(["-c", "import jsonschema"]).stderr(Stdio::null()).status();
    if !has_validator.is_ok_and(|status| status.success()) {
        skip("the test of the schemas needs python3 with jsonschema");
        return None;
    }
    let schema = |path: &str| serde_json::from_slice::<Value>(&std::fs::read(repository(path)).unwrap()).unwrap();
    let schemas: BTreeMap<_, _> = FORMAT_SCHEMAS.iter().map(|format| (format.name, schema(format.file))).collect();
    let input = json!({"schemas": schemas, "documents": documents.0, "broken": broken});
    let mut python = Command::new("python3");
    python.args(["-B", "-X", "utf8"]).arg(repository("tests/it/schemas.py"));
    let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3 starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(&serde_json::to_vec(&input).unwrap()).expect("the script reads its input");
    drop(pipe);
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "the script failed");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn everything_that_is_written_is_valid_and_every_described_field_occurs() {
    let scratch = Scratch::new();
    let documents = written(&scratch);
    for format in FORMAT_SCHEMAS {
        let count = documents.0.iter().filter(|(name, _)| *name == format.name).count();
        assert!(count >= 4, "too few cases: {count} of {}", format.name);
    }
    let broken = broken(&documents);
    let Some(result) = validated(&documents, &broken) else { return };
    let errors: Vec<&str> = result["errors"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(errors.is_empty(), "{} errors:\n{}", errors.len(), errors[..errors.len().min(10)].join("\n"));
    let accepted: Vec<_> = result["accepted"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    let accepted: Vec<_> = accepted.iter().map(|at| broken[usize::try_from(*at).unwrap()].0).collect();
    assert!(accepted.is_empty(), "broken documents pass: {accepted:?}");
    let unseen: Vec<&str> = result["unseen"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(unseen, NOT_WRITTEN, "no output has these fields");
}

#[test]
fn the_command_prints_the_committed_schemas() {
    let scratch = Scratch::new();
    for format in FORMAT_SCHEMAS {
        let committed = std::fs::read_to_string(repository(format.file)).unwrap();
        assert_eq!(scratch.run(["schema", format.name]).exits(0).stdout, committed, "{}", format.name);
    }
    assert_eq!(scratch.run(["schema", "policy"]).exits(0).stdout, scratch.run(["policy", "schema"]).stdout);
    scratch.run(["schema", "reports"]).fails_with(2, &["report", "inventory"]);
}

#[test]
fn the_words_of_a_plan_are_those_of_the_program() {
    let plan: Value = serde_json::from_slice(&std::fs::read(repository("schemas/plan.json")).unwrap()).unwrap();
    let words = |object: &str, field: &str| plan["$defs"][object]["properties"][field]["enum"].clone();
    let permits = [
        Override::AllowGuess,
        Override::AllowRemove,
        Override::AllowOverwrite,
        Override::AllowManaged,
        Override::AllowAccessChange,
    ];
    assert_eq!(words("not-fixed", "permit"), json!(permits));
    let owners = [OwnerKind::Unknown, OwnerKind::None, OwnerKind::CloudFormation, OwnerKind::Terraform];
    assert_eq!(words("owner", "by"), json!(owners));
}
