//! Properties of the engine over generated policies and resources.

use std::collections::BTreeMap;

use proptest::prelude::*;
use taglint::engine::{QuickPaths, Settings, evaluate, run};
use taglint::input::in_memory;
use taglint::model::{Day, DeviceAssignment, Resource, Tag, Tags, Text, write_resource};
use taglint::policy::{Policy, PolicySource, load};
use taglint::rule::{Check as _, Comparison, EmptyIndex, Verdict};

use crate::targets::report_with;

const KEYS: &[&str] = &[
    "Environment",
    "environment",
    "Env",
    "Cost Center",
    "cost_center",
    "CostCentre",
    "Owner",
    "Ownr",
    "tmp1",
    "Team",
    "Team ",
    "x:y",
];
const VALUES: &[&str] =
    &["Production", "production", " Test ", "12345", "12E45", "", " ", "a:b:a", "2026-11-22", "me@example.com"];
const KINDS: &[&str] = &["iam:user", "iam:mfa", "cognito-idp:userpool"];

const RULES: &[&str] = &[
    "key = \"Environment\"\nrequired = true\naliases = [\"Env\"]\nvalues = [\"Production\", \"Test\"]",
    "key = \"Cost Center\"\nrequired = true\npattern = '\\d{5}'",
    "key = \"Owner\"\nrequired = true\nformat = \"email\"",
    "key = \"Team\"\nseparator = \":\"\nunique-items = true\nvalues = [\"a\", \"b\"]",
    "any-of = [\"Owner\", \"Team\"]",
    "forbid = [\"tmp*\", \"x:y\"]",
    "only = \"declared\"",
    "key-style = \"PascalCase\"",
    "max-tags = 4\nmin-tags = 1",
    "reserve = 48",
    "syntax = \"service\"",
    "key = \"Owner\"\nrequired = true\nwhen.tags.Environment = \"Production\"",
    "key = \"Owner\"\nunless.tags.Environment = true",
    "key = \"x:*\"\nvalues = [\"a\"]\nwhen.resources = \"iam:*\"",
    "unique = \"Owner\"",
    "key = \"Team\"\nunless.resources = \"iam:mfa\"",
    "same-as-user = [\"Team\", \"Owner\"]",
    "key = \"environment\"\nignore-key-case = true\nrequired = true\nvalues = [\"Production\"]",
    "key = \"owner\"\nignore-key-case = true\nformat = \"email\"",
    "key = \"Team\"\nequals = \"{tags.Owner|lower}\"\nrequires = [\"Cost Center\"]",
    "key = \"Owner\"\nrequired = true\nvalues-by.tags.Environment = { Production = [\"me@example.com\"], \"*\" = [\"1*\", \"a:*\"] }",
    "key = \"Cost Center\"\nvalues-by.account = { \"123456789012\" = [\"12345\"] }\nrequires = [\"Team\"]",
    "key = \"Owner\"\nrequired = true\nfrom-default-tags = true",
    "key = \"Owner\"\nmin-length = 2\nseverity = \"warning\"",
    "key = \"Owner\"\nmax-length = 10\nseverity = \"note\"",
];

/// Those of them that some types alone decide.
const RULES_BY_TYPE: &[&str] = &["r13-", "r15-", "r16-"];

fn policy_of(rules: &[usize]) -> Policy {
    let mut text = "version = 1\n".to_owned();
    for (i, rule) in rules.iter().enumerate() {
        // Ids follow the rule, not its place, so that order can be seen to change nothing.
        text += &format!(
            "[[rule]]\nid = \"r{rule}-{}\"\n{}\n",
            rules[..i].iter().filter(|r| *r == rule).count(),
            RULES[*rule]
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    std::fs::write(&path, text).unwrap();
    load(&PolicySource::Paths(vec![path])).unwrap()
}

fn rules() -> impl Strategy<Value = Vec<usize>> {
    proptest::sample::subsequence((0..RULES.len()).collect::<Vec<_>>(), 1..RULES.len()).prop_shuffle()
}

fn resource() -> impl Strategy<Value = Resource<'static>> {
    let tags = proptest::collection::btree_map(
        proptest::sample::select(KEYS),
        proptest::option::weighted(0.9, proptest::sample::select(VALUES)),
        0..6,
    );
    let user = prop_oneof![
        Just(DeviceAssignment::Unknown),
        Just(DeviceAssignment::Unassigned),
        (0..4_usize).prop_map(|at| DeviceAssignment::User(Text::from(arn("iam:user", at)))),
    ];
    let more = proptest::bool::weighted(0.2);
    (proptest::sample::select(KINDS), tags, user, more).prop_map(|(kind, tags, user, more)| Resource {
        kind: Text::from(kind),
        user: if kind == "iam:mfa" { user } else { DeviceAssignment::Unknown },
        arn: Some(Text::from(format!("arn:aws:x:eu-west-1:123456789012:{kind}/n"))),
        name: Some(Text::from("n")),
        account: Some(Text::from("123456789012")),
        tags: Tags::Read {
            tags: tags.into_iter().map(|(k, v)| Tag { key: Text::from(k), value: v.map(Text::from) }).collect(),
            more: more.into(),
        },
        ..Resource::default()
    })
}

/// The ARN of one of the [`numbered`] resources.
fn arn(kind: &str, at: usize) -> String {
    format!("arn:aws:x:eu-west-1:123456789012:{kind}/{at}")
}

fn today() -> Day {
    Day::parse("2026-11-22").unwrap()
}

/// Verdicts by rule id, as text that can be compared.
fn verdicts(policy: &Policy, resource: &Resource<'_>) -> BTreeMap<String, String> {
    let owned = resource.clone();
    evaluate(policy, &owned, today(), &EmptyIndex, true)
        .into_iter()
        .map(|(at, verdict)| (policy.rules[at].id.clone(), format!("{verdict:?}")))
        .collect()
}

/// The findings of a run, as `rule kind key resource`, sorted, and how many resources each rule applied to.
fn findings(policy: &Policy, resources: &[Resource<'static>]) -> (Vec<String>, Vec<u64>) {
    let report =
        run(Settings::new(policy.clone(), today()), vec![in_memory("test", resources.to_vec(), Vec::new())]).unwrap();
    let mut out = Vec::new();
    let render = |finding: &taglint::engine::Finding<'_>, line: &mut Vec<u8>| {
        let words = format!("{} {}", finding.rule.id, shown(&finding.violation, finding.resource));
        line.extend_from_slice(words.as_bytes());
    };
    let mut keep = |line: &[u8]| {
        out.push(String::from_utf8(line.to_vec()).unwrap());
        Ok(std::ops::ControlFlow::Continue(()))
    };
    report.findings(render, &mut keep).unwrap();
    out.sort();
    (out, report.summary().rules.iter().map(|rule| rule.matched).collect())
}

fn shown(violation: &taglint::rule::Violation<'_>, resource: &Resource<'_>) -> String {
    format!("{:?} {:?} {}", violation.kind, violation.key, resource.handle())
}

/// Resources with distinct ARNs.
fn numbered(resources: Vec<Resource<'static>>) -> Vec<Resource<'static>> {
    let number = |(i, r): (usize, Resource<'static>)| Resource { arn: Some(Text::from(arn(r.kind.as_str(), i))), ..r };
    resources.into_iter().enumerate().map(number).collect()
}

/// An inventory of resources. `marks` changes lines so that some leave the fast format or repeat an earlier one.
fn inventory(resources: &[Resource<'static>], marks: &[u8]) -> String {
    let (mut lines, mut count) = (String::new(), 0);
    for (resource, mark) in resources.iter().zip(marks) {
        let mut line = Vec::new();
        write_resource(&mut line, resource).expect("writing to memory cannot fail");
        let line = String::from_utf8(line).expect("JSON is UTF-8");
        match mark {
            0 => lines.push_str(&line.replacen("\"tags\":", "\"tags\" :", 1)),
            1 => lines.push_str(&line.repeat(2)),
            _ => lines.push_str(&line),
        }
        count += if *mark == 1 { 2 } else { 1 };
    }
    format!(
        "{{\"taglint\":\"inventory\",\"version\":1,\"scope\":{{}}}}\n{lines}{{\"taglint\":\"end\",\"resources\":{count},\"unread\":[]}}\n"
    )
}

fn is(verdict: &str, what: &str) -> bool {
    verdict.starts_with(what)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rules_changes_nothing(rules in rules(), resource in resource()) {
        let mut sorted = rules.clone();
        sorted.sort_unstable();
        prop_assert_eq!(verdicts(&policy_of(&rules), &resource), verdicts(&policy_of(&sorted), &resource));
    }

    #[test]
    fn a_run_finds_the_violations_of_every_rule_on_every_resource(rules in rules(), resources in proptest::collection::vec(resource(), 1..8)) {
        let policy = policy_of(&rules);
        let resources = numbered(resources);
        let compares = |rule: usize| policy.rules[rule].kind.comparison() != Comparison::None;
        let (mut want, mut matched) = (Vec::new(), vec![0; policy.rules.len()]);
        for resource in &resources {
            for (at, verdict) in evaluate(&policy, resource, today(), &EmptyIndex, false) {
                matched[at] += u64::from(verdict != Verdict::NotApplicable);
                if let Verdict::Fail(violations) = verdict {
                    want.extend(violations.iter().map(|b| format!("{} {}", policy.rules[at].id, shown(b, resource))));
                }
            }
        }
        let (mut got, counted) = findings(&policy, &resources);
        // A single evaluation has no index of the other resources.
        got.retain(|line| !(0..policy.rules.len()).any(|rule| compares(rule) && line.starts_with(&format!("{} ", policy.rules[rule].id))));
        want.sort();
        prop_assert_eq!(got, want);
        prop_assert_eq!(counted, matched);
    }

    #[test]
    fn every_optimization_leaves_the_report_as_it_is(rules in rules(), resources in proptest::collection::vec(resource(), 0..12), marks in proptest::collection::vec(0_u8..4, 12), is_sorted in proptest::bool::ANY) {
        let policy = policy_of(&rules);
        // Twice, because a set of tags is remembered from an earlier resource.
        let twice: Vec<_> = resources.iter().chain(&resources).cloned().collect();
        let marks = [marks.clone(), marks].concat();
        let mut resources = numbered(twice);
        if is_sorted {
            resources.sort_by(|a, b| (a.kind.as_str(), a.arn.as_deref()).cmp(&(b.kind.as_str(), b.arn.as_deref())));
        }
        let inventory = inventory(&resources, &marks);
        let plain = report_with(&policy, &inventory, QuickPaths::NONE);
        let all = QuickPaths::ALL;
        for quick in [
            all,
            QuickPaths { fast_lines: false, ..all },
            QuickPaths { prefilter: false, ..all },
            QuickPaths { accepted_values: false, ..all },
            QuickPaths { grouped_lines: false, ..all },
            QuickPaths { pattern_tables: false, ..all },
            QuickPaths { first_pass_lines: false, ..all },
            QuickPaths { shared_tests: false, ..all },
        ] {
            prop_assert_eq!(&report_with(&policy, &inventory, quick), &plain, "{:?}", quick);
        }
    }

    #[test]
    fn a_waiver_only_removes(rules in rules(), resources in proptest::collection::vec(resource(), 1..8), waived in "[ru?*][0-9*]?[-*]?[0-9*]?", which in "[0-7*]") {
        let mut policy = policy_of(&rules);
        let resources = numbered(resources);
        let (all, _) = findings(&policy, &resources);
        let text = format!(
            "version = 1\n[[rule]]\nid = \"x\"\nkey = \"x\"\n[[waiver]]\nrules = [\"{waived}*\"]\nresources = [\"*/{which}\"]\nreason = \"r\"\nexpires = 2026-12-31\n"
        );
        policy.waivers = taglint::policy::parse_text(&text).map_err(|_| TestCaseError::reject("no such waiver"))?.waivers;
        let (left, _) = findings(&policy, &resources);
        let waiver = &policy.waivers[0];
        let covered = |line: &String| {
            let (rule, resource) = (line.split(' ').next().unwrap(), line.rsplit(' ').next().unwrap());
            waiver.rules.matches(rule) && waiver.resources.matches(resource)
        };
        prop_assert_eq!(left, all.into_iter().filter(|line| !covered(line)).collect::<Vec<_>>());
    }

    #[test]
    fn messages_change_no_verdict(rules in rules(), resource in resource()) {
        let policy = policy_of(&rules);
        let kinds = |words| evaluate(&policy, &resource, today(), &EmptyIndex, words).into_iter().map(|(at, verdict)| match verdict {
            Verdict::Fail(violations) => (at, format!("{:?}", violations.iter().map(|b| (b.kind, b.key.clone(), b.found.clone(), b.tag)).collect::<Vec<_>>())),
            Verdict::Indeterminate(unknown) => (at, format!("unknown {:?}", unknown.key)),
            other => (at, format!("{other:?}")),
        }).collect::<Vec<_>>();
        // Without messages the verdicts are in the order of evaluation.
        let sorted = |words| { let mut kinds: Vec<(usize, String)> = kinds(words); kinds.sort(); kinds };
        prop_assert_eq!(sorted(true), sorted(false));
    }

    #[test]
    fn adding_a_tag_never_breaks_a_forbid_of_another_key(resource in resource(), key in proptest::sample::select(KEYS), value in proptest::sample::select(VALUES)) {
        prop_assume!(!key.starts_with("tmp") && key != "x:y");
        let policy = policy_of(&[5]);
        let before = verdicts(&policy, &resource);
        let mut more = resource.clone();
        if let Tags::Read { tags, .. } = &mut more.tags && !tags.iter().any(|t| t.key.as_str() == key) {
            tags.push(Tag { key: Text::from(key), value: Some(Text::from(value)) });
        }
        let after = verdicts(&policy, &more);
        prop_assert!(is(&before["r5-0"], "Fail") == is(&after["r5-0"], "Fail"));
    }

    #[test]
    fn an_unknown_tag_never_turns_a_fail_into_a_pass(rules in rules(), resource in resource(), which in 0_usize..6) {
        let policy = policy_of(&rules);
        let before = verdicts(&policy, &resource);
        let mut unknown = resource.clone();
        if let Tags::Read { tags, .. } = &mut unknown.tags && which < tags.len() {
            // A value that is not known counts as not empty (the contract), so an empty one that becomes unknown is another case.
            prop_assume!(tags[which].value.as_deref().is_none_or(|value| !value.trim().is_empty()));
            tags[which].value = None;
        }
        let after = verdicts(&policy, &unknown);
        for (rule, verdict) in &before {
            prop_assert!(!(is(verdict, "Fail") && is(&after[rule], "Pass")), "{}: {} -> {}", rule, verdict, after[rule]);
        }
    }

    #[test]
    fn unread_tags_never_pass_and_never_fail(rules in rules(), kind in proptest::sample::select(KINDS)) {
        let policy = policy_of(&rules);
        let resource = Resource { kind: Text::from(kind), tags: Tags::Unread { reason: Text::from("why") }, ..Resource::default() };
        for (rule, verdict) in verdicts(&policy, &resource) {
            // What the type alone settles needs no tags.
            prop_assert!(is(&verdict, "Indeterminate") || is(&verdict, "NotApplicable") && RULES_BY_TYPE.iter().any(|n| rule.starts_with(n)), "{}: {}", rule, verdict);
        }
    }

    #[test]
    fn a_suggestion_carried_out_makes_its_finding_go_away(rules in rules(), resource in resource()) {
        let policy = policy_of(&rules);
        let found: Vec<_> = evaluate(&policy, &resource, today(), &EmptyIndex, true).into_iter().filter_map(|(at, verdict)| match verdict {
            Verdict::Fail(violations) => Some(violations.into_iter().filter_map(move |b| b.suggestion.map(|s| (at, b.kind, b.key.map(std::borrow::Cow::into_owned), s))).collect::<Vec<_>>()),
            _ => None,
        }).flatten().collect();
        for (at, kind, key, suggestion) in found {
            let mut fixed = resource.clone();
            apply(&mut fixed, &suggestion);
            let again = evaluate(&policy, &fixed, today(), &EmptyIndex, true);
            let still = again.iter().any(|(rule, verdict)| *rule == at && matches!(verdict, Verdict::Fail(violations) if violations.iter().any(|b| b.kind == kind && b.key.as_deref() == key.as_deref())));
            prop_assert!(!still, "{} {:?} {:?} on {:?}", policy.rules[at].id, kind, suggestion, resource.tags);
        }
    }
}

/// Tags as the service would leave them: on a user a key replaces its other spellings.
fn apply(resource: &mut Resource<'static>, suggestion: &taglint::rule::Suggestion) {
    let fold = resource.tag_limits().folds_case;
    let same = |a: &str, b: &str| if fold { a.to_lowercase() == b.to_lowercase() } else { a == b };
    let Tags::Read { tags, .. } = &mut resource.tags else { return };
    for (key, value) in &suggestion.set {
        tags.retain(|tag| !same(&tag.key, key));
        tags.push(Tag { key: Text::from(key.clone()), value: Some(Text::from(value.clone())) });
    }
    tags.retain(|tag| !suggestion.remove.iter().any(|key| same(&tag.key, key)));
}

/// More types than the prefilter indexes (4,096), so that the later ones are evaluated without an index.
#[test]
fn rules_on_other_types_report_nothing_on_a_type_without_an_index() {
    let policy = taglint::policy::parse_text(
        r#"version = 1
[[rule]]
id = "users"
resources = ["iam:user"]
key = "Owner"
required = true
[[rule]]
id = "queues"
resources = ["sqs:*"]
key = "Team"
required = true
"#,
    )
    .unwrap();
    let kinds = ["iam:user".to_owned()].into_iter().chain((0..5000).map(|i| format!("x:type{i}")));
    let kinds: Vec<String> = kinds.chain(["sqs:queue".to_owned()]).collect();
    let untagged = |kind: &String| Resource {
        kind: Text::from(kind.clone()),
        tags: Tags::Read { tags: Vec::new(), more: false.into() },
        ..Resource::default()
    };
    let resources = numbered(kinds.iter().map(untagged).collect());
    // On one thread, one prefilter sees all types.
    rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(|| {
        let (found, matched) = findings(&policy, &resources);
        let missing = |rule: &str, key: &str, at: usize| {
            format!("{rule} Missing Some({key:?}) arn:aws:x:eu-west-1:123456789012:{}/{at}", kinds[at])
        };
        assert_eq!(found, [missing("queues", "Team", 5001), missing("users", "Owner", 0)]);
        assert_eq!(matched, [1, 1]);
        let inventory = inventory(&resources, &vec![2; resources.len()]);
        let report = |quick| report_with(&policy, &inventory, quick);
        assert_eq!(report(QuickPaths::ALL), report(QuickPaths::NONE));
    });
}
