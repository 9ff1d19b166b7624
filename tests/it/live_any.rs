//! Scans of any type: Resource Explorer and the tagging API against the truth, resource by resource, with indexes that lack
//! resources, and every gap by its name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::common::{ACCOUNT, Run, Scratch};
use crate::emulator::Emulator;
use crate::live_family::{good, mixed};
use crate::live_org::{ONE, TWO};
use crate::truth::{REGIONS, Said, said, texts, verdict};

/// The types of the tests: tagging name, CloudFormation's name, and whether Cloud Control tells that there are no tags.
const TYPES: [(&str, &str, bool); 5] = [
    ("dynamodb:table", "AWS::DynamoDB::Table", true),
    ("ec2:instance", "AWS::EC2::Instance", true),
    ("lambda:function", "AWS::Lambda::Function", false),
    ("sns:topic", "AWS::SNS::Topic", true),
    ("sqs:queue", "AWS::SQS::Queue", true),
];
const NAMES: &str = "dynamodb:table,ec2:instance,lambda:function,sns:topic,sqs:queue";

/// A resource as the emulator has it.
struct Real {
    account: String,
    region: String,
    kind: String,
    verdict: BTreeSet<String>,
}

/// A resource with the ARN and the identifier that AWS gives it.
fn one(account: &str, region: &str, kind: usize, name: &str, tags: &Value) -> Value {
    let (kind, cloudformation, _) = TYPES[kind];
    let (service, word) = kind.split_once(':').unwrap();
    let arn = |resource: String| format!("arn:aws:{service}:{region}:{account}:{resource}");
    let (arn, identifier) = match service {
        "sqs" => (arn(name.to_owned()), format!("https://sqs.{region}.amazonaws.com/{account}/{name}")),
        "sns" => (arn(name.to_owned()), arn(name.to_owned())),
        "lambda" => (arn(format!("{word}:{name}")), name.to_owned()),
        _ => (arn(format!("{word}/{name}")), name.to_owned()),
    };
    json!({"type": kind, "cfn_type": cloudformation, "name": name, "arn": arn, "identifier": identifier, "tags": tags})
}

/// `each` resources of every type in two regions.
fn seed(account: &str, each: usize, tags: impl Fn(usize) -> Value) -> Value {
    let region = |region: &str, shift: usize| -> Vec<Value> {
        (0..TYPES.len())
            .flat_map(|kind| (0..each).map(move |i| (kind, i)))
            .map(|(kind, i)| one(account, region, kind, &format!("n{i:03}"), &tags(i + shift)))
            .collect()
    };
    json!({"account": account, "others": {"eu-central-1": region("eu-central-1", 0), "eu-west-1": region("eu-west-1", 2)}})
}

fn truth_of(emulator: &Emulator, account: &str) -> BTreeMap<String, Real> {
    let state = emulator.state(account);
    let mut out = BTreeMap::new();
    for (region, all) in state["others"].as_object().unwrap() {
        for one in all.as_array().unwrap() {
            let real = Real {
                account: account.to_owned(),
                region: region.clone(),
                kind: one["type"].as_str().unwrap().to_owned(),
                verdict: verdict(&texts(&one["tags"])),
            };
            out.insert(one["arn"].as_str().unwrap().to_owned(), real);
        }
    }
    out
}

/// Holds a report to the truth. Returns the resources that are told to be unknown, and those in a gap.
#[track_caller]
fn never_wrong(report: &Value, truth: &BTreeMap<String, Real>) -> (BTreeSet<String>, BTreeSet<String>) {
    let said = said(report);
    for arn in said.keys() {
        assert!(truth.contains_key(arn), "{arn} does not exist");
    }
    let gaps = report["incomplete"].as_array().unwrap();
    let (mut unknown, mut missed) = (BTreeSet::new(), BTreeSet::new());
    for (arn, real) in truth {
        match said.get(arn) {
            Some(Said::Findings(findings)) => assert_eq!(findings, &real.verdict, "{arn}"),
            Some(Said::Unknown(reasons)) => {
                assert!(reasons.iter().all(|reason| !reason.is_empty()), "{arn}");
                unknown.insert(arn.clone());
            }
            None => {
                let fits = |gap: &Value, name: &str, have: &str| gap[name].is_null() || gap[name] == have;
                let told = |gap: &Value| {
                    fits(gap, "account", &real.account)
                        && fits(gap, "region", &real.region)
                        && fits(gap, "type", &real.kind)
                };
                assert!(gaps.iter().any(told), "{arn} is in no gap: {gaps:?}");
                missed.insert(arn.clone());
            }
        }
    }
    (unknown, missed)
}

fn scan(emulator: &Emulator, scratch: &Scratch, more: &[&str]) -> Run {
    emulator.forget();
    emulator.run(scratch, &[&["scan", "--format", "json", "--show", "passed"], &REGIONS[..], more].concat())
}

fn gaps_with(report: &Value, words: &str) -> Vec<Value> {
    let all = report["incomplete"].as_array().unwrap();
    all.iter().filter(|gap| gap["error"].as_str().unwrap().contains(words)).cloned().collect()
}

#[test]
fn everything_is_read_and_right() {
    let emulator = Emulator::with(&seed(ACCOUNT, 10, mixed));
    let truth = truth_of(&emulator, ACCOUNT);
    let scratch = Scratch::new();
    let report = scan(&emulator, &scratch, &["--type", NAMES]).json();
    let (unknown, missed) = never_wrong(&report, &truth);
    assert!(missed.is_empty(), "{missed:?}");
    // A read of a function shows no tags to a caller that may not list them, so that no tags mean nothing.
    let want: BTreeSet<String> = truth
        .iter()
        .filter(|(_, real)| {
            real.kind == "lambda:function" && real.verdict.iter().all(|words| words.ends_with("missing"))
        })
        .map(|(arn, _)| arn.clone())
        .filter(|arn| unknown.contains(arn))
        .collect();
    assert_eq!((unknown.len(), &unknown), (4, &want));
    let calls = emulator.calls();
    // Five of each type and region violate and have tags or none; the good ones are not read again.
    assert_eq!(calls["resource-explorer-2:ListResources"], 2, "{calls:?}");
    assert_eq!(calls["tag:GetResources"], 2, "{calls:?}");
    assert_eq!(calls["cloudformation:GetResource"], (10 - 2) * 5 * 2, "{calls:?}");
    assert!(!calls.keys().any(|call| call.starts_with("iam:")), "{calls:?}");
}

#[test]
fn whatever_an_index_lacks_is_never_missing_nor_passed() {
    let emulator = Emulator::with(&seed(ACCOUNT, 80, mixed));
    let truth = truth_of(&emulator, ACCOUNT);
    let scratch = Scratch::new();
    for (explorer, tagging) in [(5, 0), (0, 5), (5, 5), (60, 60)] {
        emulator.limits(&json!({"explorer": {"lacks_percent": explorer}, "tag_index": {"lacks_percent": tagging}}));
        let report = scan(&emulator, &scratch, &["--type", "all"]).exits(3).json();
        let (unknown, missed) = never_wrong(&report, &truth);
        assert_eq!(missed.is_empty(), explorer == 0, "{explorer} {tagging}: {missed:?}");
        assert!(unknown.iter().all(|arn| truth[arn].kind == "lambda:function"), "{unknown:?}");
        let lacking = gaps_with(&report, "Resource Explorer lacks");
        assert_eq!(lacking.len(), if explorer == 0 { 0 } else { 2 }, "{lacking:?}");
    }
}

#[test]
fn every_gap_has_its_name() {
    let emulator = Emulator::with(&seed(ACCOUNT, 8, mixed));
    let truth = truth_of(&emulator, ACCOUNT);
    let scratch = Scratch::new();
    let args = ["--type", NAMES];
    for (explorer, words, number) in [
        (json!({"regions": ["eu-west-1"]}), "region eu-central-1 has no index", 1),
        (json!({"partial": {"eu-west-1": 40}}), "not complete (state CREATING)", 1),
        (json!({"view_filter": "service:sqs"}), "has the filter \"service:sqs\"", 2),
        (json!({"view_tags": false}), "does not include tags", 2),
        (json!({"no_default_view": ["eu-west-1"]}), "no default view in eu-west-1", 1),
        (json!({"reported_hours_ago": 50}), "hours ago: newer", 2),
        (json!({"without": ["sqs:queue"]}), "Resource Explorer does not list the type", 1),
    ] {
        emulator.limits(&json!({"explorer": explorer}));
        let report = scan(&emulator, &scratch, &args).exits(3).json();
        never_wrong(&report, &truth);
        let found = gaps_with(&report, words);
        assert_eq!(found.len(), number, "{explorer}: {}", report["incomplete"]);
        assert!(
            found.iter().all(|gap| gap["operation"].as_str().unwrap().starts_with("resource-explorer-2:")),
            "{found:?}"
        );
        // In every format, from an inventory of the same scan: the cases with one gap.
        if number > 1 {
            continue;
        }
        emulator.run(&scratch, &[&["collect", "--output", "i.jsonl"], &REGIONS[..], &args].concat()).exits(3);
        for format in ["text", "csv", "markdown", "html", "junit", "sarif", "gitlab-codequality", "jsonl"] {
            let text = scratch.run(["check", "i.jsonl", "--format", format]).stdout;
            let plain = text.replace("&quot;", "\"").replace("\\\"", "\"").replace("\"\"", "\"").replace('\\', "");
            assert!(plain.contains(words), "{format}: {words}: {text}");
        }
    }
    emulator.limits(&json!({"explorer": null}));
    let control = |switch: &str| {
        emulator.limits(&json!({"cloud_control": {switch: ["AWS::SQS::Queue"]}}));
        let report = scan(&emulator, &scratch, &args).exits(3).json();
        let (unknown, _) = never_wrong(&report, &truth);
        assert_eq!(unknown.iter().filter(|arn| truth[*arn].kind == "sqs:queue").count(), 3, "{switch}");
        let gaps = gaps_with(&report, "cloudformation:GetResource");
        assert!(gaps.iter().any(|gap| gap["type"] == "sqs:queue"), "{switch}: {}", report["incomplete"]);
        emulator.calls()["cloudformation:GetResource"]
    };
    let (unknown_type, denied) = (control("without"), control("denied"));
    assert_eq!(control("unsupported"), unknown_type, "a type that cannot be read is tried once in a region");
    assert!(unknown_type < denied, "{unknown_type} {denied}");
}

#[test]
fn faults_make_gaps_and_no_answers() {
    let emulator = Emulator::with(&seed(ACCOUNT, 5, mixed));
    let truth = truth_of(&emulator, ACCOUNT);
    let scratch = Scratch::new();
    for operation in [
        "resource-explorer-2:ListIndexes",
        "resource-explorer-2:GetIndex",
        "resource-explorer-2:GetDefaultView",
        "resource-explorer-2:GetView",
        "resource-explorer-2:ListResources",
        "resource-explorer-2:ListSupportedResourceTypes",
        "cloudformation:GetResource",
        "tag:GetResources",
    ] {
        for kind in ["deny", "garbage", "cut", "throttle-once"] {
            emulator.forget();
            emulator.limits(&json!({"page": 20}));
            let fault = match kind {
                "throttle-once" => json!({"operation": operation, "kind": "throttle", "times": 1}),
                _ => json!({"operation": operation, "kind": kind}),
            };
            emulator.faults(&json!([fault]));
            let args = ["scan", "--format", "json", "--show", "passed", "--type", NAMES];
            let run = emulator.run(&scratch, &[&args[..], &REGIONS[..]].concat());
            let report = run.exits(3).json();
            never_wrong(&report, &truth);
            assert!(emulator.applied() > 0, "{operation} {kind}");
            let told = report.to_string().contains(&format!(": {operation}"));
            assert_eq!(told, kind != "throttle-once", "{operation} {kind}: {}", report["incomplete"]);
        }
    }
    for (operation, kind) in
        [("resource-explorer-2:ListResources", "repeat-token"), ("resource-explorer-2:ListResources", "empty-page")]
    {
        emulator.forget();
        emulator.limits(&json!({"page": 7}));
        emulator.faults(&json!([{"operation": operation, "kind": kind}]));
        let args = ["scan", "--format", "json", "--show", "passed", "--type", NAMES];
        let report = emulator.run(&scratch, &[&args[..], &REGIONS[..]].concat()).exits(3).json();
        never_wrong(&report, &truth);
        assert_eq!(gaps_with(&report, "repeated a page marker").is_empty(), kind == "empty-page", "{kind}");
    }
    emulator.forget();
    emulator.limits(&json!({"page": 1000}));
    emulator.faults(&json!([{"operation": "resource-explorer-2:ListResources", "kind": "lacks-each", "error": "Arn"}]));
    let args = ["scan", "--format", "json", "--show", "passed", "--type", NAMES];
    let report = emulator.run(&scratch, &[&args[..], &REGIONS[..]].concat()).exits(3).json();
    never_wrong(&report, &truth);
    assert_eq!(gaps_with(&report, "without an ARN").len(), 2);
}

#[test]
fn an_aggregator_is_read_once_for_all_of_its_regions() {
    let emulator = Emulator::with(&seed(ACCOUNT, 10, good));
    let truth = truth_of(&emulator, ACCOUNT);
    emulator.limits(&json!({"explorer": {"aggregator": "eu-west-1"}}));
    let scratch = Scratch::new();
    let report = scan(&emulator, &scratch, &["--type", "sqs:queue,sns:topic"]).exits(0).json();
    let queues: BTreeMap<String, Real> =
        truth.into_iter().filter(|(_, real)| ["sqs:queue", "sns:topic"].contains(&&*real.kind)).collect();
    assert_eq!(never_wrong(&report, &queues), (BTreeSet::new(), BTreeSet::new()));
    let calls = emulator.calls();
    let explorer: BTreeMap<_, _> = calls.iter().filter(|(call, _)| call.starts_with("resource-explorer-2:")).collect();
    // The indexes, the types, the state of two indexes, and one view with its resources.
    assert_eq!(explorer.values().copied().sum::<u64>(), 7, "{calls:?}");
    assert_eq!(calls["resource-explorer-2:ListResources"], 1);
    assert_eq!(calls["tag:GetResources"], 2);
    assert!(!calls.contains_key("cloudformation:GetResource"), "what passes is not read again: {calls:?}");
    assert!(report["notices"].to_string().contains("40 resources come from"), "{}", report["notices"]);
}

#[test]
fn deleted_resources_and_types_without_tags_are_left_out() {
    let mut queues = vec![one(ACCOUNT, "eu-west-1", 4, "here", &json!({}))];
    queues.extend((0..3).map(|i| {
        let mut gone = one(ACCOUNT, "eu-west-1", 4, &format!("gone{i}"), &json!({"Environment": "Test"}));
        gone["gone"] = true.into();
        gone
    }));
    queues.push(json!({"type": "iam:group", "name": "g", "cfn_type": "AWS::IAM::Group",
        "arn": format!("arn:aws:iam::{ACCOUNT}:group/g")}));
    let emulator = Emulator::with(&json!({"others": {"eu-west-1": queues}}));
    let scratch = Scratch::new();
    let run = scan(&emulator, &scratch, &["--type", "all"]);
    let report = run.exits(3).json();
    assert_eq!(report["summary"]["resources"], 1, "{}", report["findings"]);
    assert!(gaps_with(&report, "Resource Explorer lacks").is_empty(), "{}", report["incomplete"]);
    assert!(run.stderr.contains("1 resource of types without tags left out: iam:group"), "{}", run.stderr);
}

#[test]
fn an_inventory_of_everything_says_the_same() {
    let emulator = Emulator::with(&seed(ACCOUNT, 5, mixed));
    emulator.seed(&json!({"users": [{"name": "u", "tags": {"Owner": "a"}}]}));
    let truth = truth_of(&emulator, ACCOUNT);
    let scratch = Scratch::new();
    let args = [&["collect", "--type", "all", "--output", "i.jsonl"], &REGIONS[..]].concat();
    emulator.run(&scratch, &args).exits(3);
    let report = scratch.run(["check", "i.jsonl", "--format", "json", "--show", "passed"]).exits(3).json();
    let mut others = report.clone();
    for part in ["findings", "unknown", "passed"] {
        let user = |one: &Value| one["resource"]["type"] == "iam:user" || one["type"] == "iam:user";
        others[part] = report[part].as_array().unwrap().iter().filter(|one| !user(one)).cloned().collect();
    }
    never_wrong(&others, &truth);
    let header: Value = serde_json::from_str(scratch.read("i.jsonl").lines().next().unwrap()).unwrap();
    let types = header["scope"]["types"].as_array().unwrap();
    assert!(types.contains(&"sqs:queue".into()) && types.contains(&"iam:user".into()), "{header}");
    assert!(header["scope"]["partial"].is_null(), "{header}");
    let args = [&["collect", "--type", "sqs:queue", "--output", "q.jsonl"], &REGIONS[..]].concat();
    emulator.run(&scratch, &args).exits(0);
    let header: Value = serde_json::from_str(scratch.read("q.jsonl").lines().next().unwrap()).unwrap();
    assert_eq!(header["scope"]["regions"], json!(["eu-central-1", "eu-west-1"]), "{header}");
    assert_eq!(header["scope"]["types"], json!(["sqs:queue"]), "{header}");
}

#[test]
fn a_view_of_the_organization_needs_no_role_and_never_contradicts_a_scan() {
    let emulator = Emulator::start();
    let mut truth = BTreeMap::new();
    emulator.seed(&json!({"organization": {"accounts": [
        {"id": ONE, "name": "shop-prod"}, {"id": TWO, "name": "shop-test"}, {"id": "123456789013", "name": "empty"},
    ]}}));
    for account in [ACCOUNT, ONE, TWO] {
        emulator.seed(&seed(account, 5, mixed));
        truth.extend(truth_of(&emulator, account));
    }
    emulator.limits(&json!({"explorer": {"aggregator": "eu-west-1", "organization": true}}));
    let scratch = Scratch::new();
    let native = emulator
        .run(
            &scratch,
            &[
                &["scan", "--format", "json", "--show", "passed", "--type", NAMES][..],
                &["--organization", "--role-name", "taglint-scan"],
                &REGIONS[..],
            ]
            .concat(),
        )
        .json();
    // Cloud Control reads with the permissions of the session.
    let assumed = emulator.log().into_iter().filter(|one| one["call"] == "sts:AssumeRole").collect::<Vec<_>>();
    assert_eq!(assumed.len(), 3);
    assert!(assumed.iter().all(|one| one["params"].to_string().contains("arn:aws:iam::aws:policy/ReadOnlyAccess")));
    let (unknown_native, missed) = never_wrong(&native, &truth);
    assert!(missed.is_empty());
    emulator.forget();
    let view = view_arn(&emulator);
    let args = ["scan", "--format", "json", "--show", "passed", "--from-view", &view];
    let report = emulator.run(&scratch, &args).exits(3).json();
    let (unknown, missed) = never_wrong(&report, &truth);
    assert!(missed.is_empty(), "{missed:?}");
    // What the view shows no tags of is unknown, and nothing else.
    let untagged: BTreeSet<String> = truth
        .iter()
        .filter(|(_, real)| real.verdict.iter().filter(|words| words.ends_with(" missing")).count() == 2)
        .map(|(arn, _)| arn.clone())
        .collect();
    assert_eq!(unknown, untagged);
    assert!(unknown_native.is_subset(&unknown));
    // Everything else is as the scan of each account says.
    let (by_view, by_scan) = (said(&report), said(&native));
    assert!(by_view.iter().filter(|(arn, _)| !unknown.contains(*arn)).all(|(arn, said)| by_scan[arn] == *said));
    let calls = emulator.calls();
    assert!(!calls.contains_key("sts:AssumeRole") && !calls.contains_key("cloudformation:GetResource"), "{calls:?}");
    assert_eq!(calls.values().sum::<u64>(), 5, "{calls:?}");
    assert!(report["findings"].as_array().unwrap().iter().any(|one| one["resource"]["account-name"] == "shop-prod"));
    assert_eq!(gaps_with(&report, "shows no resource of the account")[0]["account"], "123456789013");
    assert_eq!(gaps_with(&report, "does not tell which accounts and regions have no index").len(), 1);
    // Without the permission to list accounts, a gap says what is not known.
    emulator.faults(&json!([{"operation": "organizations:ListAccounts", "kind": "deny"}]));
    let report = emulator.run(&scratch, &args).exits(3).json();
    never_wrong(&report, &truth);
    assert_eq!(gaps_with(&report, "accounts that the view does not show are not known").len(), 1);
    // One type, one region.
    emulator.forget();
    let one = emulator.run(&scratch, &[&args[..], &["--type", "sqs:queue", "--region", "eu-west-1"]].concat()).json();
    assert_eq!(one["summary"]["resources"], 15);
    for kind in ["deny", "garbage"] {
        emulator.faults(&json!([{"operation": "resource-explorer-2:ListResources", "kind": kind}]));
        let report = emulator.run(&scratch, &args).exits(3).json();
        never_wrong(&report, &truth);
        emulator.faults(&json!([{"operation": "resource-explorer-2:GetView", "kind": kind}]));
        let report = emulator.run(&scratch, &args).exits(3).json();
        never_wrong(&report, &truth);
        assert_eq!(gaps_with(&report, "whether the view has a filter is not known").len(), 1);
    }
    emulator.run(&scratch, &["scan", "--from-view", "all"]).fails_with(2, &["is not the ARN of a view", "list-views"]);
    emulator.run(&scratch, &["scan", "--from-view", &view, "--organization", "--role-name", "a"]).exits(2);
}

/// The view of the aggregator, as an answer names it.
fn view_arn(emulator: &Emulator) -> String {
    let scratch = Scratch::new();
    emulator
        .limits(&json!({"explorer": {"aggregator": "eu-west-1", "organization": true, "view_filter": "service:sqs"}}));
    scan(emulator, &scratch, &["--type", "sqs:queue"]);
    let log = emulator.log();
    let asked = log.iter().find(|one| one["call"] == "resource-explorer-2:GetView" && one["region"] == "eu-west-1");
    let view = asked.expect("a view")["params"]["ViewArn"].as_str().unwrap().to_owned();
    emulator.limits(&json!({"explorer": {"aggregator": "eu-west-1", "organization": true}}));
    emulator.forget();
    view
}

#[test]
fn names_estimate_and_permissions() {
    let emulator = Emulator::with(&seed(ACCOUNT, 2, good));
    let scratch = Scratch::new();
    for name in ["aws_sqs_queue", "AWS::SQS::Queue", "awscc_sqs_queue", "sqs:*"] {
        let report = scan(&emulator, &scratch, &["--type", name]).exits(0).json();
        assert_eq!(report["summary"]["resources"], 4, "{name}");
    }
    scan(&emulator, &scratch, &["--type", "sqs:queues"]).fails_with(2, &["did you mean \"sqs:queue\"?"]);
    scan(&emulator, &scratch, &["--type", "AWS::IAM::Group"]).fails_with(2, &["cannot carry tags"]);
    let estimate = emulator.run(&scratch, &[&["scan", "--type", "all", "--estimate"][..], &REGIONS].concat());
    let text = &estimate.exits(0).stdout;
    for words in ["resource-explorer-2:ListResources", "tag:GetResources", "for each thousand resources"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let policy =
        scratch.run(["permissions", "scan", "--type", "sqs:queue", "--region", "eu-west-1"]).exits(0).stdout.clone();
    for action in ["resource-explorer-2:Search", "tag:GetResources", "cloudformation:GetResource", "sqs:ListQueueTags"]
    {
        assert!(policy.contains(action), "{action}: {policy}");
    }
    let all = scratch.run(["permissions", "scan", "--type", "all"]);
    assert!(all.exits(0).stderr.contains("ReadOnlyAccess"), "{}", all.stderr);
    let view = "arn:aws:resource-explorer-2:eu-west-1:111122223333:view/a/1";
    let policy = scratch.run(["permissions", "scan", "--from-view", view]).exits(0).json();
    let actions = policy["Statement"].to_string();
    assert!(actions.contains("organizations:ListAccounts") && !actions.contains("iam:"), "{actions}");
}
