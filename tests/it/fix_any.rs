//! `taglint fix` on resources of any type, whose tags the Resource Groups Tagging API reads and writes: the same plan, journal,
//! refusals and undo as for the types that are read natively.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Run, Scratch, inventory, line};
use crate::emulator::{Emulator, at_the_pace_of_aws};
use crate::fix_apply::{POLICY, TagMap, digest, fixed};

const BUCKET: &str = "arn:aws:s3:::logs";
const REGION: &str = "eu-west-1";

fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

fn queue(number: usize) -> String {
    arn("sqs", &format!("q{number:02}"))
}

/// Queues that need the same change, and one resource of each of three more types that need others.
fn world(queues: usize) -> Value {
    let other = |kind: &str, arn: &str, tags: Value| json!({"type": kind, "name": arn, "arn": arn, "tags": tags});
    let mut others: Vec<Value> =
        (0..queues).map(|i| other("sqs:queue", &queue(i), json!({"owner": "a", "n": i.to_string()}))).collect();
    others.push(other("ec2:instance", &arn("ec2", "instance/i-1"), json!({"Owner": "b", "CostCenter": "12345"})));
    others.push(other("lambda:function", &arn("lambda", "function:run"), json!({"left": "alone"})));
    others.push(other("s3:bucket", BUCKET, json!({"owner": "c", "CostCenter": "54321"})));
    json!({"others": {REGION: others}})
}

/// The tags of all resources, by ARN.
fn tags(emulator: &Emulator) -> BTreeMap<String, TagMap> {
    let state = emulator.state(ACCOUNT);
    let entry = |one: &Value| {
        let tags = one["tags"].as_object().expect("tags").iter();
        let tags = tags.map(|(key, value)| (key.clone(), value.as_str().expect("a value").to_owned())).collect();
        (one["arn"].as_str().expect("an ARN").to_owned(), tags)
    };
    let regions = state["others"].as_object().expect("regions").values();
    regions.flat_map(|list| list.as_array().expect("a list").iter().map(entry)).collect()
}

/// Plans from what `get-resources` prints, and for the bucket, whose ARN names no account and region, from an inventory.
fn plan(emulator: &Emulator, scratch: &Scratch) -> Value {
    scratch.file("taglint.toml", POLICY);
    let (mut listed, mut buckets) = (Vec::new(), Vec::new());
    for (arn, tags) in tags(emulator) {
        if arn == BUCKET {
            let pairs: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            let mut bucket: Value = serde_json::from_str(&line("s3:bucket", &arn, "logs", &pairs)).unwrap();
            bucket["region"] = REGION.into();
            buckets.push(bucket.to_string());
            continue;
        }
        let pairs: Vec<Value> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        listed.push(json!({"ResourceARN": arn, "Tags": pairs}));
    }
    scratch.file("resources.json", json!({"ResourceTagMappingList": listed}).to_string());
    scratch.file("buckets.jsonl", inventory(&buckets));
    let run = scratch.run(["fix", "resources.json", "buckets.jsonl", "--output", "plan.json"]);
    run.exits(0);
    serde_json::from_str(&scratch.read("plan.json")).unwrap()
}

fn apply(emulator: &Emulator, scratch: &Scratch) -> Run {
    let flags = ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl", "--patience", "2"];
    emulator.run(scratch, &flags)
}

fn undo(emulator: &Emulator, scratch: &Scratch) -> Run {
    let digest = digest(scratch, "journal.jsonl");
    let flags = ["fix", "--undo", "journal.jsonl", "--journal-sha256", &digest, "--yes", "--patience", "2"];
    emulator.run(scratch, &flags)
}

fn all_fixed(before: &BTreeMap<String, TagMap>) -> BTreeMap<String, TagMap> {
    before.iter().map(|(arn, tags)| (arn.clone(), fixed(tags))).collect()
}

#[test]
fn resources_of_any_type_are_planned_fixed_and_undone_to_the_byte() {
    let emulator = Emulator::with(&world(45));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    assert_eq!(plan(&emulator, &scratch)["changes"].as_array().unwrap().len(), before.len());
    emulator.forget();
    apply(&emulator, &scratch).exits(0);
    assert_eq!(tags(&emulator), all_fixed(&before));
    let calls = emulator.calls();
    // 45 equal changes are three batches. The three other resources have a call each.
    assert_eq!((calls["tag:TagResources"], calls["tag:UntagResources"]), (6, 5), "{calls:?}");
    assert!(
        (12..=18).contains(&calls["tag:GetResources"]),
        "a read before and after, one more where a write waited: {calls:?}"
    );
    let sizes: Vec<usize> = emulator
        .log()
        .iter()
        .filter(|call| call["call"] == "tag:TagResources")
        .map(|call| call["params"]["ResourceARNList"].as_array().unwrap().len())
        .collect();
    assert_eq!((sizes.iter().max(), sizes.iter().sum::<usize>()), (Some(&20), before.len()));
    // What the service says now passes, and a second run has nothing to write.
    plan(&emulator, &scratch);
    scratch.run(["check", "resources.json", "buckets.jsonl"]).exits(0);
    undo(&emulator, &scratch).exits(0);
    assert_eq!(tags(&emulator), before);
}

#[test]
fn a_bucket_without_a_region_is_not_planned() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let listed = [
        (BUCKET, "its ARN names no account"),
        ("arn:aws:route53:::hostedzone/Z1", "its ARN names no account"),
        ("arn:aws:newthing:eu-west-1:123456789012:widget/a", "not an ARN of a form that a taggable type has"),
    ];
    let list: Vec<Value> = listed.iter().map(|(arn, _)| json!({"ResourceARN": arn, "Tags": []})).collect();
    scratch.file("resources.json", json!({"ResourceTagMappingList": list}).to_string());
    scratch.run(["fix", "resources.json", "--output", "plan.json"]).exits(0);
    let plan: Value = serde_json::from_str(&scratch.read("plan.json")).unwrap();
    assert_eq!(plan["changes"], json!([]));
    for (arn, why) in listed {
        let left: Vec<&Value> =
            plan["not-fixed"].as_array().unwrap().iter().filter(|left| left["arn"] == arn).collect();
        assert!(!left.is_empty() && left.iter().all(|left| left["reason"].as_str().unwrap().contains(why)), "{left:?}");
    }
    scratch.file("in.jsonl", inventory(&[line("s3:bucket", BUCKET, "logs", &[])]));
    scratch.run(["fix", "in.jsonl", "--output", "plan.json"]).exits(0);
    assert!(scratch.read("plan.json").contains("its ARN names no region"));
}

#[test]
fn what_cloudformation_or_terraform_manages_needs_the_flag() {
    let scratch = Scratch::new();
    scratch.file("taglint.toml", POLICY);
    let function = arn("lambda", "function:run");
    let in_stack = json!([{"Key": "aws:cloudformation:stack-name", "Value": "s"}]);
    let list = json!([
        {"ResourceARN": function, "Tags": []},
        {"ResourceARN": arn("sqs", "jobs"), "Tags": []},
        {"ResourceARN": arn("sns", "news"), "Tags": in_stack},
        {"ResourceARN": arn("sqs", "free"), "Tags": []},
    ]);
    scratch.file("resources.json", json!({"ResourceTagMappingList": list}).to_string());
    let stack = json!({"StackResources": [{
        "StackName": "s", "StackId": format!("arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/s/1"), "LogicalResourceId": "Run",
        "PhysicalResourceId": "run", "ResourceType": "AWS::Lambda::Function", "ResourceStatus": "CREATE_COMPLETE",
    }]});
    scratch.file("stack.json", stack.to_string());
    let state = json!({"version": 4, "resources": [{"mode": "managed", "type": "aws_sqs_queue", "name": "jobs",
        "instances": [{"attributes": {"arn": arn("sqs", "jobs")}}]}]});
    scratch.file("terraform.tfstate", state.to_string());
    let flags = ["--stack-resources", "stack.json", "--terraform-state", "terraform.tfstate", "--output", "plan.json"];
    scratch.run([&["fix", "resources.json"], &flags[..]].concat()).exits(0);
    let plan: Value = serde_json::from_str(&scratch.read("plan.json")).unwrap();
    let owners: BTreeMap<&str, &str> = plan["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["arn"].as_str().unwrap(), change["owner"]["by"].as_str().unwrap()))
        .collect();
    let [jobs, news, free] = [arn("sqs", "jobs"), arn("sns", "news"), arn("sqs", "free")];
    let wanted = [(&function, "cloudformation"), (&jobs, "terraform"), (&news, "cloudformation"), (&free, "none")];
    assert_eq!(owners, wanted.into_iter().map(|(arn, by)| (arn.as_str(), by)).collect());
    let script = scratch.run([&["fix", "resources.json", "--emit", "aws-cli"], &flags[..4]].concat()).stdout;
    assert!(script.contains(&free) && script.contains("manages them: 3"), "{script}");
}

#[test]
fn a_resource_that_fails_fails_alone_and_can_be_finished() {
    for (error, status, message) in [
        ("AccessDeniedException", 403, "AccessDenied: tag:TagResources"),
        ("InvalidParameterException", 400, "InvalidParameterException: tag:TagResources"),
    ] {
        let emulator = Emulator::with(&world(5));
        let scratch = Scratch::new();
        let before = tags(&emulator);
        plan(&emulator, &scratch);
        let fault = json!({"operation": "tag:TagResources", "kind": "failed-arns", "match": "q03", "error": error, "code": status});
        emulator.faults(&json!([fault]));
        let run = apply(&emulator, &scratch);
        run.exits(1);
        assert!(run.stdout.contains(&format!("failed   {}: {message}", queue(3))), "{}", run.stdout);
        assert!(run.stdout.contains("7 resources done, 1 failed"), "{}", run.stdout);
        if status == 403 {
            assert!(run.stdout.contains("sqs refuses its own tag action"), "{}", run.stdout);
        }
        let mut wanted = all_fixed(&before);
        wanted.insert(queue(3), before[&queue(3)].clone());
        assert_eq!(tags(&emulator), wanted);
        emulator.faults(&json!([]));
        emulator.run(&scratch, &["fix", "--resume", "journal.jsonl", "--yes", "--patience", "2"]).exits(0);
        assert_eq!(tags(&emulator), all_fixed(&before));
        undo(&emulator, &scratch).exits(0);
        assert_eq!(tags(&emulator), before);
    }
}

#[test]
fn faults_on_the_way_lose_nothing() {
    for (name, fault, applied) in [
        ("throttled calls", json!({"operation": "tag:*agResources", "kind": "throttle", "times": 3}), 3),
        (
            "a throttled resource",
            json!({"operation": "tag:TagResources", "kind": "failed-arns", "match": "q01", "error": "ThrottlingException",
                   "code": 429, "times": 2}),
            2,
        ),
        ("throttled reads", json!({"operation": "tag:GetResources", "kind": "throttle", "times": 4}), 4),
        (
            "written without an answer",
            json!({"operation": "tag:TagResources", "kind": "status", "code": 500, "apply": true, "times": 2}),
            2,
        ),
        (
            "an answer of half a document",
            json!({"operation": "tag:TagResources", "kind": "short", "code": 50, "times": 2}),
            2,
        ),
        (
            "a failure that leaves open what was done",
            json!({"operation": "tag:UntagResources", "kind": "failed-arns", "match": "q02", "apply": true,
                   "error": "InternalServiceException", "code": 500, "times": 1}),
            1,
        ),
        (
            "a resource that is written by somebody else",
            json!({"operation": "tag:TagResources", "kind": "failed-arns", "match": "q00",
                   "error": "ConcurrentModificationException", "code": 409, "times": 1}),
            1,
        ),
    ] {
        let emulator = Emulator::with(&world(5));
        let scratch = Scratch::new();
        let before = tags(&emulator);
        plan(&emulator, &scratch);
        emulator.faults(&json!([fault]));
        let run = apply(&emulator, &scratch);
        assert_eq!(run.code, 0, "{name}:\n{}\n{}", run.stdout, run.stderr);
        assert_eq!(emulator.applied(), applied, "{name}");
        assert_eq!(tags(&emulator), all_fixed(&before), "{name}");
        undo(&emulator, &scratch).exits(0);
        assert_eq!(tags(&emulator), before, "{name}");
    }
}

#[test]
fn a_call_that_is_denied_changes_nothing() {
    for (operation, words) in
        [("tag:TagResources", "AccessDenied: tag:TagResources"), ("tag:GetResources", "AccessDenied: tag:GetResources")]
    {
        let emulator = Emulator::with(&world(3));
        let scratch = Scratch::new();
        let before = tags(&emulator);
        plan(&emulator, &scratch);
        emulator.faults(&json!([{"operation": operation, "kind": "deny"}]));
        let run = apply(&emulator, &scratch);
        run.exits(1);
        assert!(run.stdout.contains(words) && run.stdout.contains("6 failed"), "{}", run.stdout);
        assert_eq!(tags(&emulator), before);
    }
}

#[test]
fn a_resource_that_is_not_listed_is_refused_and_not_taken_for_one_without_tags() {
    let unlisted = arn("sqs", "new");
    let emulator =
        Emulator::with(&json!({"others": {REGION: [{"type": "sqs:queue", "name": "new", "arn": unlisted}]}}));
    let scratch = Scratch::new();
    plan(&emulator, &scratch);
    let run = apply(&emulator, &scratch);
    run.exits(1);
    for words in ["refused ", "not read: tag:GetResources does not list it", "set a first tag"] {
        assert!(run.stdout.contains(words), "{}", run.stdout);
    }
    assert!(!emulator.calls().contains_key("tag:TagResources"));
    // In a batch, the others are fixed.
    emulator.seed(&world(4));
    plan(&emulator, &scratch);
    let flags = ["fix", "--apply", "plan.json", "--yes", "--journal", "second.jsonl", "--patience", "2"];
    let run = emulator.run(&scratch, &flags);
    run.exits(1);
    assert!(run.stdout.contains("7 resources done, 1 refused"), "{}", run.stdout);
}

#[test]
fn tags_that_changed_since_the_plan_are_left_alone() {
    let emulator = Emulator::with(&world(4));
    let scratch = Scratch::new();
    let before = tags(&emulator);
    plan(&emulator, &scratch);
    // Before the plan is applied, and between the read and the write.
    let rival = |operation: &str, part: &str| json!({"operation": operation, "match": part, "kind": "delay", "seconds": 0, "times": 1, "rival": {"CostCenter": "9"}});
    emulator.faults(&json!([rival("tag:GetResources", "function:run"), rival("tag:GetResources", "i-1")]));
    let run = apply(&emulator, &scratch);
    run.exits(1);
    assert!(run.stdout.contains("its tags changed since the plan was made: \"CostCenter\""), "{}", run.stdout);
    assert!(run.stdout.contains("5 resources done, 2 refused"), "{}", run.stdout);
    let now = tags(&emulator);
    for (arn, had) in &before {
        let foreign = arn.contains("function:run") || arn.contains("i-1");
        let wanted = if foreign {
            had.clone().into_iter().chain([("CostCenter".to_owned(), "9".to_owned())]).collect()
        } else {
            fixed(had)
        };
        assert_eq!(now[arn], wanted, "{arn}");
    }
}

#[test]
fn killed_between_two_calls_it_can_be_finished_or_undone() {
    for verb in ["--resume", "--undo"] {
        let emulator = Emulator::with(&world(25));
        let scratch = Scratch::new();
        let before = tags(&emulator);
        plan(&emulator, &scratch);
        emulator.faults(&json!([{"operation": "tag:UntagResources", "kind": "hang", "seconds": 30, "apply": true}]));
        let flags = ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl"];
        let mut command = at_the_pace_of_aws(emulator.aws(&scratch, &flags));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        let begun = Instant::now();
        while emulator.applied() == 0 && begun.elapsed() < Duration::from_mins(1) {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(emulator.applied() > 0, "no request came");
        child.kill().expect("a child");
        child.wait().expect("a child");
        emulator.faults(&json!([]));
        let half = tags(&emulator);
        assert!(half != before && half != all_fixed(&before));
        let more: &[&str] = if verb == "--undo" { &["--allow-remove", "--allow-unconfirmed"] } else { &[] };
        let run = emulator.run(&scratch, &[&["fix", verb, "journal.jsonl", "--yes", "--patience", "2"], more].concat());
        run.exits(0);
        assert_eq!(tags(&emulator), if verb == "--undo" { before } else { all_fixed(&before) });
    }
}

#[test]
fn the_region_and_partition_are_those_of_the_resource() {
    let emulator = Emulator::with(&world(1));
    let scratch = Scratch::new();
    let mut plan = plan(&emulator, &scratch);
    // A plan file is not trusted: the ARN, where it names them, decides.
    let bucket = plan["changes"].as_array().unwrap().iter().position(|change| change["arn"] == BUCKET).unwrap();
    for (field, value) in [
        ("region", json!("cn-north-1")),
        ("region", json!(null)),
        ("account", json!("111122223333")),
        ("type", json!("sqs:queue")),
    ] {
        let mut wrong = plan.clone();
        wrong["changes"][bucket][field] = value;
        if wrong["changes"][bucket]["region"].is_null() {
            wrong["changes"][bucket].as_object_mut().unwrap().remove("region");
        }
        scratch.file("plan.json", wrong.to_string());
        apply(&emulator, &scratch).fails_with(2, &["plan.json", "the change of"]);
    }
    // In another region, the index does not have it.
    plan["changes"][bucket]["region"] = json!("us-east-1");
    scratch.file("plan.json", plan.to_string());
    let run = apply(&emulator, &scratch);
    run.exits(1);
    assert!(run.stdout.contains(&format!("refused  {BUCKET}: not read")), "{}", run.stdout);
    let regions = emulator.tally()["by_region"].clone();
    assert_eq!(
        (&regions[REGION]["tag:TagResources"], &regions["us-east-1"]["tag:TagResources"]),
        (&json!(3), &json!(null))
    );
}

#[test]
fn the_policy_of_a_plan_has_the_actions_of_the_services() {
    let emulator = Emulator::with(&world(2));
    let scratch = Scratch::new();
    plan(&emulator, &scratch);
    let run = scratch.run(["permissions", "fix", "plan.json"]);
    run.exits(0);
    let policy = run.json();
    let statement = |sid: &str| {
        let all = policy["Statement"].as_array().unwrap();
        all.iter().find(|one| one["Sid"] == sid).unwrap_or_else(|| panic!("no {sid} in {policy:#}")).clone()
    };
    let own = statement("TaglintTaggingApi");
    assert_eq!(own["Action"], json!(["tag:GetResources", "tag:TagResources", "tag:UntagResources"]));
    assert_eq!(own["Resource"], "*");
    assert!(own["Condition"].is_null(), "these actions have no condition keys");
    let queues = statement("TaglintTagSqsQueue");
    assert_eq!((&queues["Action"], &queues["Resource"]), (&json!(["sqs:TagQueue"]), &json!([queue(0), queue(1)])));
    assert_eq!(queues["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"], json!(["Owner"]));
    assert_eq!(statement("TaglintUntagSqsQueue")["Action"], json!(["sqs:UntagQueue"]));
    assert_eq!(statement("TaglintUntagEc2Instance")["Action"], json!(["ec2:DeleteTags"]));
    let bucket = statement("TaglintTagS3Bucket");
    assert!(bucket["Action"].to_string().contains("s3:PutBucketTagging") && bucket["Condition"].is_null());
    // A type whose actions the table does not have is named.
    let unknown = taglint::aws::resource_types::all().iter().find_map(|row| {
        let pattern = row.arn_patterns().next().filter(|_| taglint::aws::tag_actions::of(row.kind()).is_none())?;
        let (service, resource) = pattern.split_once(':')?;
        let text = arn(service, &resource.replace('*', "x"));
        taglint::aws::TaggableArn::parse(&text)
            .filter(|parsed| parsed.kind == row.kind() && parsed.native.is_none())?;
        Some((row.kind(), text))
    });
    let (kind, text) = unknown.expect("a type without known actions");
    scratch.file("in.jsonl", inventory(&[line(kind, &text, "x", &[])]));
    scratch.run(["fix", "in.jsonl", "--output", "plan.json"]).exits(0);
    let run = scratch.run(["permissions", "fix", "plan.json"]);
    run.exits(0);
    assert!(run.stderr.contains(&format!("the tag actions of {kind} are not known")), "{}", run.stderr);
}

#[test]
fn the_session_of_a_role_is_limited_to_the_plan() {
    let emulator = Emulator::with(&world(2));
    let scratch = Scratch::new();
    plan(&emulator, &scratch);
    emulator.forget();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/fix");
    let flags =
        ["fix", "--apply", "plan.json", "--yes", "--journal", "journal.jsonl", "--patience", "2", "--role-arn", &role];
    emulator.run(&scratch, &flags).exits(0);
    let log = emulator.log();
    let assume = log.iter().find(|call| call["call"] == "sts:AssumeRole").expect("a role is assumed");
    let policy: Value = serde_json::from_str(assume["params"]["Policy"].as_str().expect("a session policy")).unwrap();
    let text = policy.to_string();
    for part in [
        "tag:TagResources",
        "tag:UntagResources",
        "tag:GetResources",
        "sqs:TagQueue",
        "ec2:DeleteTags",
        BUCKET,
        &queue(1),
    ] {
        assert!(text.contains(part), "{part} is not in {policy:#}");
    }
}

/// The script calls the tagging API, which succeeds although a resource failed: a stand-in for the AWS CLI answers.
#[cfg(unix)]
#[test]
fn the_script_ends_where_a_resource_failed() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;
    let emulator = Emulator::with(&world(1));
    let scratch = Scratch::new();
    plan(&emulator, &scratch);
    let run = scratch.run(["fix", "resources.json", "buckets.jsonl", "--emit", "aws-cli"]);
    scratch.file("script.sh", &run.exits(0).stdout);
    let program = scratch.file(
        "bin/aws",
        format!(
            "#!/bin/sh\ncase \"$1\" in sts) echo {ACCOUNT}; exit;; esac\necho \"$*\" >> \"$CALLS\"\necho \"$ANSWER\"\n"
        ),
    );
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let calls = scratch.path().join("calls");
    let path = format!("{}:{}", scratch.path().join("bin").display(), std::env::var("PATH").unwrap());
    let execute = |answer: &str| {
        let _ = std::fs::remove_file(&calls);
        let mut command = Command::new("sh");
        command.arg(scratch.path().join("script.sh")).env("PATH", &path).env("CALLS", &calls).env("ANSWER", answer);
        let output = command.output().expect("a shell");
        (output.status.code(), std::fs::read_to_string(&calls).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for good in ["", "None"] {
        let (code, calls, _) = execute(good);
        assert_eq!((code, calls.lines().count()), (Some(0), 7), "{calls}");
        let bucket = r#"resourcegroupstaggingapi tag-resources --region eu-west-1 --cli-input-json {"ResourceARNList":["arn:aws:s3:::logs"],"Tags":{"Cost Center":"54321","Owner":"c"}}"#;
        assert!(calls.contains(bucket), "{calls}");
    }
    let (code, calls, errors) = execute("AccessDenied for you");
    assert_eq!((code, calls.lines().count()), (Some(1), 1));
    assert!(errors.contains("AccessDenied for you"));
    let table = scratch.run(["fix", "resources.json", "buckets.jsonl", "--emit", "tag-editor"]).stdout;
    assert!(table.contains(&format!(",SQS,Queue,eu-west-1,{},owner,a,", queue(0))), "{table}");
}
