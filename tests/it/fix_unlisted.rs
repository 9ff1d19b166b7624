//! `taglint fix` on resources that never had a tag, which the tagging API does not list: Cloud Control tells that they have
//! none, or the change is refused.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Run, Scratch, inventory, line};
use crate::emulator::Emulator;
use crate::fix_apply::{TagMap, digest};

const POLICY: &str = r#"version = 1
[[rule]]
id = "owner"
key = "Owner"
required = true
default = "nobody"
"#;
const REGION: &str = "eu-west-1";
const TYPES: &str = "sqs:queue,sns:topic,s3:bucket";
const BUCKET: &str = "arn:aws:s3:::logs";
const QUEUES: usize = 6;

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

fn queue(number: usize) -> String {
    arn("sqs", &format!("q{number}"))
}

/// Queues, a topic and a bucket that never had a tag, and a queue with one.
fn world() -> Value {
    let other = |kind: &str, cloudformation: &str, arn: &str, identifier: &str, tags: Value| json!({"type": kind, "cfn_type": cloudformation, "name": arn, "arn": arn, "identifier": identifier, "tags": tags});
    let url = |name: &str| format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}");
    let queue_of = |name: &str, tags: Value| other("sqs:queue", "AWS::SQS::Queue", &arn("sqs", name), &url(name), tags);
    let mut all: Vec<Value> = (0..QUEUES).map(|number| queue_of(&format!("q{number}"), json!({}))).collect();
    all.push(queue_of("tagged", json!({"Stage": "test"})));
    let topic = arn("sns", "news");
    all.push(other("sns:topic", "AWS::SNS::Topic", &topic, &topic, json!({})));
    all.push(other("s3:bucket", "AWS::S3::Bucket", BUCKET, "logs", json!({})));
    let function = arn("lambda", "function:run");
    all.push(other("lambda:function", "AWS::Lambda::Function", &function, "run", json!({})));
    json!({"others": {REGION: all}})
}

/// The tags of all resources, by ARN.
fn tags(emulator: &Emulator) -> BTreeMap<String, TagMap> {
    let state = emulator.state(ACCOUNT);
    let list = state["others"][REGION].as_array().expect("resources");
    let of = |one: &Value| serde_json::from_value(one["tags"].clone()).expect("tags");
    list.iter().map(|one| (one["arn"].as_str().expect("an ARN").to_owned(), of(one))).collect()
}

/// The tags after the fix.
fn fixed(before: &BTreeMap<String, TagMap>) -> BTreeMap<String, TagMap> {
    let mut after = before.clone();
    for tags in after.iter_mut().filter(|(arn, _)| !arn.contains("function")).map(|(_, tags)| tags) {
        tags.insert("Owner".to_owned(), "nobody".to_owned());
    }
    after
}

/// Plans from the live resources.
fn plan(emulator: &Emulator, scratch: &Scratch) -> Value {
    scratch.file("taglint.toml", POLICY);
    let run = emulator.run(scratch, &["fix", "--type", TYPES, "--region", REGION, "--output", "plan.json"]);
    run.exits(0);
    emulator.forget();
    serde_json::from_str(&scratch.read("plan.json")).expect("a plan")
}

fn apply(emulator: &Emulator, scratch: &Scratch, more: &[&str]) -> Run {
    let flags = ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl", "--patience", "2"];
    emulator.run(scratch, &[&flags[..], more].concat())
}

fn undo(emulator: &Emulator, scratch: &Scratch) -> Run {
    let digest = digest(scratch, "journal.jsonl");
    let flags = ["fix", "--undo", "journal.jsonl", "--journal-sha256", &digest, "--yes", "--patience", "2"];
    emulator.run(scratch, &flags)
}

#[test]
fn what_never_had_a_tag_is_planned_fixed_and_undone() {
    // The index lists queues once they have a tag, or is late for as long as the run takes.
    for late in [false, true] {
        let emulator = Emulator::with(&world());
        let scratch = Scratch::new();
        let before = tags(&emulator);
        assert_eq!(plan(&emulator, &scratch)["changes"].as_array().expect("changes").len(), QUEUES + 3);
        if late {
            emulator.limits(&json!({"tag_index": {"without": ["sqs:queue"]}}));
        }
        apply(&emulator, &scratch, &[]).exits(0);
        assert_eq!(tags(&emulator), fixed(&before));
        let reads = emulator.calls()["cloudformation:GetResource"];
        // One before the write for each that is not listed, and one after it while the index is late. A read is repeated if
        // the write waited.
        let (least, queues) =
            if late { (2 * (QUEUES as u64 + 1) + 2, QUEUES as u64 + 1) } else { (QUEUES as u64 + 2, QUEUES as u64) };
        assert!((least..=least + queues + 2).contains(&reads), "{reads}, not {least}");
        emulator.limits(&json!({"tag_index": null}));
        emulator.run(&scratch, &["scan", "--type", TYPES, "--region", REGION]).exits(0);
        if late {
            emulator.limits(&json!({"tag_index": {"without": ["sqs:queue"]}}));
        }
        undo(&emulator, &scratch).exits(0);
        assert_eq!(tags(&emulator), before);
    }
}

#[test]
fn what_cloud_control_does_not_tell_is_refused() {
    for (switch, words) in [
        ("denied", "AccessDenied: cloudformation:GetResource"),
        ("without", "TypeNotFoundException: cloudformation:GetResource"),
        ("unsupported", "UnsupportedActionException: cloudformation:GetResource"),
    ] {
        let emulator = Emulator::with(&world());
        let scratch = Scratch::new();
        let before = tags(&emulator);
        plan(&emulator, &scratch);
        emulator.limits(&json!({"cloud_control": {switch: ["AWS::SQS::Queue"]}}));
        let run = apply(&emulator, &scratch, &[]);
        run.exits(1);
        for number in 0..QUEUES {
            let line = run.stdout.lines().find(|line| line.starts_with("refused") && line.contains(&queue(number)));
            let line = line.unwrap_or_else(|| panic!("{}", run.stdout));
            for part in ["not read: tag:GetResources does not list it", words, "set a first tag"] {
                assert!(line.contains(part), "{switch}: {part}: {line}");
            }
        }
        // The others are fixed: the topic, the bucket, and the queue that is listed.
        assert!(run.stdout.contains(&format!("3 resources done, {QUEUES} refused")), "{}", run.stdout);
        let mut wanted = fixed(&before);
        wanted.extend((0..QUEUES).map(|number| (queue(number), TagMap::new())));
        assert_eq!(tags(&emulator), wanted);
    }
}

#[test]
fn faults_of_the_reads_lose_nothing() {
    for fault in [
        json!({"kind": "throttle", "times": 4}),
        json!({"kind": "status", "code": 500, "times": 2}),
        json!({"kind": "short", "code": 50, "times": 2}),
    ] {
        let emulator = Emulator::with(&world());
        let scratch = Scratch::new();
        let before = tags(&emulator);
        plan(&emulator, &scratch);
        let mut fault = fault;
        fault["operation"] = "cloudformation:GetResource".into();
        emulator.faults(&json!([fault]));
        let run = apply(&emulator, &scratch, &[]);
        assert_eq!(run.code, 0, "{fault}:\n{}\n{}", run.stdout, run.stderr);
        assert!(emulator.applied() > 0, "{fault}");
        assert_eq!(tags(&emulator), fixed(&before), "{fault}");
    }
}

#[test]
fn no_tags_in_an_answer_that_may_lack_them_and_no_resource_are_refused() {
    let emulator = Emulator::with(&world());
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let (function, gone) = (arn("lambda", "function:run"), arn("sqs", "gone"));
    // The ARN of an address lacks a part of its identifier.
    let address = arn("ec2", "elastic-ip/eipalloc-1");
    let lines = [("lambda:function", &function), ("sqs:queue", &gone), ("ec2:elastic-ip", &address)];
    let lines: Vec<String> = lines.iter().map(|(kind, arn)| line(kind, arn, "x", &[])).collect();
    scratch.file("in.jsonl", inventory(&lines));
    scratch.run(["fix", "in.jsonl", "--output", "plan.json"]).exits(0);
    let run = apply(&emulator, &scratch, &[]);
    run.exits(1);
    for (arn, words) in [
        (&function, "Cloud Control may not read the tags of the type"),
        (&gone, "Cloud Control does not find the resource"),
        (&address, "by more than its ARN tells"),
    ] {
        let line = run.stdout.lines().find(|line| line.starts_with("refused") && line.contains(arn.as_str()));
        assert!(line.is_some_and(|line| line.contains(words)), "{words}: {}", run.stdout);
    }
    assert!(!emulator.calls().contains_key("tag:TagResources"));
}

#[test]
fn tags_that_came_since_the_plan_are_left_alone() {
    for late in [false, true] {
        let emulator = Emulator::with(&world());
        let scratch = Scratch::new();
        plan(&emulator, &scratch);
        if late {
            emulator.limits(&json!({"tag_index": {"without": ["sqs:queue"]}}));
        }
        let rival = json!({"operation": "tag:GetResources", "match": "q0", "kind": "delay", "seconds": 0, "times": 1,
                           "rival": {"Owner": "me"}});
        emulator.faults(&json!([rival]));
        let run = apply(&emulator, &scratch, &[]);
        run.exits(1);
        assert!(run.stdout.contains("its tags changed since the plan was made: \"Owner\""), "{}", run.stdout);
        let now = tags(&emulator);
        assert_eq!(now[&queue(0)], [("Owner".to_owned(), "me".to_owned())].into());
    }
}

#[test]
fn the_policies_have_the_reads_of_cloud_control() {
    let emulator = Emulator::with(&world());
    let scratch = Scratch::new();
    plan(&emulator, &scratch);
    let run = scratch.run(["permissions", "fix", "plan.json"]);
    run.exits(0);
    let policy = run.json();
    let all = policy["Statement"].as_array().expect("statements");
    let confirm = all.iter().find(|one| one["Sid"] == "TaglintConfirm").expect("a statement for the reads");
    let text = confirm["Action"].to_string();
    for action in ["cloudformation:GetResource", "sqs:ListQueueTags", "sns:GetTopicAttributes", "s3:GetBucketTagging"] {
        assert!(text.contains(&format!("\"{action}\"")), "{text}");
    }
    // The actions of the reads are those that a scan of these types needs.
    let scan = scratch.run(["permissions", "scan", "--type", TYPES, "--region", REGION]).json();
    let scan = scan["Statement"].as_array().expect("statements").iter().find(|one| one["Sid"] == "TaglintConfirm");
    assert_eq!(
        confirm["Action"].as_array().expect("actions")[1..],
        scan.expect("one")["Action"].as_array().unwrap()[..]
    );
    // The session of a role may use them.
    let role = format!("arn:aws:iam::{ACCOUNT}:role/fix");
    apply(&emulator, &scratch, &["--role-arn", &role]).exits(0);
    let log = emulator.log();
    let assumed = log.iter().find(|call| call["call"] == "sts:AssumeRole").expect("a role is assumed");
    let policy = assumed["params"]["Policy"].as_str().expect("a session policy");
    assert!(policy.contains("cloudformation:GetResource"), "{policy}");
    assert!(assumed["params"].to_string().contains("arn:aws:iam::aws:policy/ReadOnlyAccess"), "{assumed}");
}

#[test]
fn a_plan_for_users_needs_no_reads_of_cloud_control() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let user = format!("arn:aws:iam::{ACCOUNT}:user/anika");
    scratch.file("in.jsonl", inventory(&[line("iam:user", &user, "anika", &[])]));
    scratch.run(["fix", "in.jsonl", "--output", "plan.json"]).exits(0);
    let policy = scratch.run(["permissions", "fix", "plan.json"]).stdout;
    assert!(policy.contains("iam:TagUser") && !policy.contains("cloudformation:"), "{policy}");
}

/// The reads of many types do not fit into a policy: a note says what to attach.
#[test]
fn the_reads_of_many_types_come_from_a_managed_policy() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let mut bucket: Value = serde_json::from_str(&line("s3:bucket", BUCKET, "logs", &[])).expect("a line");
    bucket["region"] = REGION.into();
    let mut lines = vec![bucket.to_string()];
    for (kind, service, resource) in [
        ("sqs:queue", "sqs", "q"),
        ("sns:topic", "sns", "t"),
        ("dynamodb:table", "dynamodb", "table/t"),
        ("ec2:instance", "ec2", "instance/i-1"),
        ("ec2:volume", "ec2", "volume/vol-1"),
        ("ec2:vpc", "ec2", "vpc/vpc-1"),
        ("ec2:subnet", "ec2", "subnet/subnet-1"),
        ("ec2:security-group", "ec2", "security-group/sg-1"),
        ("lambda:function", "lambda", "function:f"),
        ("kms:key", "kms", "key/k"),
        ("logs:log-group", "logs", "log-group:g"),
        ("secretsmanager:secret", "secretsmanager", "secret:s"),
        ("rds:db", "rds", "db:d"),
        ("ecr:repository", "ecr", "repository/r"),
        ("elasticfilesystem:file-system", "elasticfilesystem", "file-system/fs-1"),
        ("elasticloadbalancing:loadbalancer/app", "elasticloadbalancing", "loadbalancer/app/a/1"),
        ("states:stateMachine", "states", "stateMachine:s"),
        ("eks:cluster", "eks", "cluster/c"),
        ("events:rule", "events", "rule/r"),
    ] {
        lines.push(line(kind, &arn(service, resource), "x", &[]));
    }
    scratch.file("in.jsonl", inventory(&lines));
    scratch.run(["fix", "in.jsonl", "--output", "plan.json"]).exits(0);
    let run = scratch.run(["permissions", "fix", "plan.json"]);
    run.exits(0);
    assert!(run.stderr.contains("attach the AWS managed policy ReadOnlyAccess"), "{}\n{}", run.stderr, run.stdout);
    assert!(run.stdout.contains("cloudformation:GetResource") && !run.stdout.contains("s3:GetBucketVersioning"));
}
