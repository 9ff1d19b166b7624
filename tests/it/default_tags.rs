//! Rules with `from-default-tags`, on plans that the real Terraform made and on their source.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::{Scratch, repository};

const POLICY: &str =
    "version = 1\n[[rule]]\nid = 'stage'\nkey = 'Environment'\nrequired = true\nfrom-default-tags = true\n";

/// The verdicts that the source gives, alone or beside a plan. A resource that is not listed passes.
const VERDICTS: &[(&str, &[(&str, &str)])] = &[
    (
        "fleet",
        &[
            ("aws_cognito_user_pool.customers[\"b.c\\\"]x\"]", "default-tags"),
            ("aws_cognito_user_pool.customers[\"shop\"]", "default-tags"),
            ("aws_iam_user.bare", "missing"),
            ("aws_iam_user.empty", "default-tags"),
            ("aws_iam_user.override", "default-tags"),
            ("module.team[\"blue\"].module.person[0].aws_iam_user.member[\"one\"]", "default-tags"),
            ("module.team[\"blue\"].module.person[0].aws_iam_user.member[\"two\"]", "default-tags"),
            ("module.team[\"red\"].module.person[0].aws_iam_user.member[\"one\"]", "default-tags"),
            ("module.team[\"red\"].module.person[0].aws_iam_user.member[\"two\"]", "default-tags"),
        ],
    ),
    (
        "unknown",
        &[
            ("aws_bedrock_guardrail.partly", "default-tags"),
            ("aws_iam_user.first", "missing"),
            ("aws_iam_user.merged", "default-tags"),
            ("aws_iam_user.nameless", "default-tags"),
            ("aws_iam_user.secret", "default-tags"),
            ("aws_iam_user.secret_whole", "missing"),
        ],
    ),
];

/// The results that a plan alone does not decide.
const UNKNOWN_IN_PLANS: &[&str] = &[
    "aws_iam_user.later",
    "aws_iam_user.merged",
    "aws_iam_user.no_tags_unknown_defaults",
    "aws_iam_user.unknown_defaults",
];

/// A scratch folder with the files of a project and the policy.
fn project(name: &str) -> Scratch {
    let scratch = Scratch::new();
    let from = repository(&format!("tests/terraform/{name}"));
    let files = ["main.tf", "plan.json", "modules/team/main.tf", "modules/team/modules/person/main.tf"];
    for file in files.into_iter().filter(|file| from.join(file).exists()) {
        let folder = if file == "plan.json" { "plan" } else { "source" };
        scratch.file(&format!("{folder}/{file}"), std::fs::read(from.join(file)).unwrap());
    }
    scratch.file("policy.toml", POLICY);
    scratch
}

/// The report of a check.
fn report(scratch: &Scratch, input: &[&str]) -> Value {
    let flags = ["--policy", "policy.toml", "--format", "json", "--show", "unknown", "--fail-on", "never"];
    scratch.run(["check"].iter().chain(input).chain(&flags)).exits(0).json()
}

/// The verdicts that are no pass, by address.
fn verdicts(report: &Value) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let findings = report["findings"].as_array().unwrap().iter();
    let findings = findings.map(|it| (text(&it["resource"]["address"]), text(&it["kind"])));
    let unknown = report["unknown"].as_array().unwrap().iter();
    findings.chain(unknown.map(|it| (text(&it["resource"]["address"]), "unknown".to_owned()))).collect()
}

#[test]
fn a_tag_of_the_resource_itself_is_a_finding_in_plans_and_in_source() {
    for (name, want) in VERDICTS {
        let scratch = project(name);
        let want: BTreeMap<String, String> = want.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(verdicts(&report(&scratch, &["source"])), want, "{name}: source");
        let beside = report(&scratch, &["plan/plan.json", "--all", "--source", "source"]);
        assert_eq!(verdicts(&beside), want, "{name}: a plan with its source");
        let alone = verdicts(&report(&scratch, &["plan/plan.json", "--all"]));
        let (unknown, told): (BTreeMap<_, _>, BTreeMap<_, _>) =
            alone.into_iter().partition(|(_, verdict)| verdict == "unknown");
        assert!(unknown.keys().all(|address| UNKNOWN_IN_PLANS.contains(&address.as_str())), "{name}: {unknown:?}");
        assert!(!unknown.is_empty(), "{name}");
        let rest: BTreeMap<_, _> = want.into_iter().filter(|(address, _)| !unknown.contains_key(address)).collect();
        assert_eq!(told, rest, "{name}: a plan alone");
    }
}

#[test]
fn the_finding_says_where_the_tag_is_and_where_it_belongs() {
    let report = report(&project("fleet"), &["source"]);
    let findings = report["findings"].as_array().unwrap();
    let of = |address: &str| findings.iter().find(|it| it["resource"]["address"] == address).unwrap();
    let overridden = of("aws_iam_user.override");
    assert_eq!(
        overridden["message"],
        "Environment is set on the resource; set it in `default_tags` of the provider, and remove it from the resource"
    );
    let location = &overridden["location"];
    let line = location["line"].as_u64().unwrap_or_else(|| panic!("{overridden}"));
    assert_eq!(line, 62, "the line of the tag in main.tf");
    assert_eq!(of("aws_iam_user.bare")["message"], "Environment is missing; set it in `default_tags` of the provider");
}

#[test]
fn tags_that_the_source_does_not_decide_are_unknown() {
    let scratch = Scratch::new();
    scratch.file("policy.toml", POLICY);
    let main = "provider \"aws\" {\n  default_tags {\n    tags = { Environment = \"Test\" }\n  }\n}\n\
        variable \"tags\" {}\n\
        resource \"aws_iam_user\" \"a\" {\n  name = \"a\"\n  tags = var.tags\n}\n\
        resource \"aws_iam_user\" \"b\" {\n  name = \"b\"\n  tags = { Environment = null }\n}\n\
        resource \"aws_autoscaling_group\" \"c\" {\n  tag {\n    key = \"Environment\"\n    value = \"Test\"\n    propagate_at_launch = true\n  }\n}\n";
    scratch.file("source/main.tf", main);
    let found = verdicts(&report(&scratch, &["source"]));
    assert_eq!(found, BTreeMap::from([("aws_iam_user.a".to_owned(), "unknown".to_owned())]));
}

#[test]
fn templates_and_live_resources_are_not_checked_for_it() {
    let scratch = Scratch::new();
    scratch.file("policy.toml", POLICY);
    let user = crate::common::user("anika", &[("Environment", "Test")]);
    scratch.file("live.jsonl", crate::common::inventory(&[user]));
    let template = "Resources:\n  A:\n    Type: AWS::IAM::User\n    Properties:\n      UserName: a\n      \
        Tags: [{Key: Environment, Value: Test}]\n";
    scratch.file("template.yaml", template);
    for input in ["live.jsonl", "template.yaml"] {
        let report = report(&scratch, &[input]);
        assert_eq!(verdicts(&report), BTreeMap::new(), "{input}");
    }
}
