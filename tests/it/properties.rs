//! Properties of the engine, over made-up policies and resources.

use std::collections::BTreeMap;

use proptest::prelude::*;
use taglint::engine::{Settings, evaluate, run};
use taglint::input::in_memory;
use taglint::model::{Day, Resource, Tag, Tags, Text};
use taglint::policy::{Policy, Source, load};
use taglint::rule::{EmptyIndex, Verdict};

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
];

/// Those of them whose conditions look at the type.
const RULES_BY_TYPE: &[&str] = &["r13-", "r15-"];

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
    load(&Source::Paths(vec![path])).unwrap()
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
    (proptest::sample::select(KINDS), tags, proptest::bool::weighted(0.2)).prop_map(|(kind, tags, more)| Resource {
        kind: Text::from(kind),
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

fn today() -> Day {
    Day::parse("2026-11-22").unwrap()
}

/// Answers by rule id, as text that can be compared.
fn answers(policy: &Policy, resource: &Resource<'_>) -> BTreeMap<String, String> {
    let owned = resource.clone();
    evaluate(policy, &owned, today(), &EmptyIndex, true)
        .into_iter()
        .map(|(at, answer)| (policy.rules[at].id.clone(), format!("{answer:?}")))
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

/// Resources that can be told from each other.
fn numbered(resources: Vec<Resource<'static>>) -> Vec<Resource<'static>> {
    let number = |(i, r): (usize, Resource<'static>)| Resource {
        arn: Some(Text::from(format!("arn:aws:x:eu-west-1:123456789012:{}/{i}", r.kind.as_str()))),
        ..r
    };
    resources.into_iter().enumerate().map(number).collect()
}

fn is(answer: &str, what: &str) -> bool {
    answer.starts_with(what)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rules_changes_nothing(rules in rules(), resource in resource()) {
        let mut sorted = rules.clone();
        sorted.sort_unstable();
        prop_assert_eq!(answers(&policy_of(&rules), &resource), answers(&policy_of(&sorted), &resource));
    }

    #[test]
    fn a_run_finds_what_every_rule_asked_of_every_resource_finds(rules in rules(), resources in proptest::collection::vec(resource(), 1..8)) {
        let policy = policy_of(&rules);
        let resources = numbered(resources);
        let compares = |rule: usize| matches!(policy.rules[rule].kind, taglint::rule::RuleKind::Unique(_));
        let (mut want, mut matched) = (Vec::new(), vec![0; policy.rules.len()]);
        for resource in &resources {
            for (at, answer) in evaluate(&policy, resource, today(), &EmptyIndex, false) {
                matched[at] += u64::from(answer != Verdict::NotApplicable);
                if let Verdict::Fail(violations) = answer {
                    want.extend(violations.iter().map(|b| format!("{} {}", policy.rules[at].id, shown(b, resource))));
                }
            }
        }
        let (mut got, counted) = findings(&policy, &resources);
        // What others have is not known to a resource that is asked by itself.
        got.retain(|line| !(0..policy.rules.len()).any(|rule| compares(rule) && line.starts_with(&format!("{} ", policy.rules[rule].id))));
        want.sort();
        prop_assert_eq!(got, want);
        prop_assert_eq!(counted, matched);
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
    fn words_change_no_answer(rules in rules(), resource in resource()) {
        let policy = policy_of(&rules);
        let kinds = |words| evaluate(&policy, &resource, today(), &EmptyIndex, words).into_iter().map(|(at, answer)| match answer {
            Verdict::Fail(violations) => (at, format!("{:?}", violations.iter().map(|b| (b.kind, b.key.clone(), b.found.clone(), b.tag)).collect::<Vec<_>>())),
            Verdict::Indeterminate(doubt) => (at, format!("unknown {:?}", doubt.key)),
            other => (at, format!("{other:?}")),
        }).collect::<Vec<_>>();
        // Without words the answers come in the order in which they were asked for.
        let sorted = |words| { let mut kinds: Vec<(usize, String)> = kinds(words); kinds.sort(); kinds };
        prop_assert_eq!(sorted(true), sorted(false));
    }

    #[test]
    fn adding_a_tag_never_breaks_a_forbid_of_another_key(resource in resource(), key in proptest::sample::select(KEYS), value in proptest::sample::select(VALUES)) {
        prop_assume!(!key.starts_with("tmp") && key != "x:y");
        let policy = policy_of(&[5]);
        let before = answers(&policy, &resource);
        let mut more = resource.clone();
        if let Tags::Read { tags, .. } = &mut more.tags && !tags.iter().any(|t| t.key.as_str() == key) {
            tags.push(Tag { key: Text::from(key), value: Some(Text::from(value)) });
        }
        let after = answers(&policy, &more);
        prop_assert!(is(&before["r5-0"], "Broken") == is(&after["r5-0"], "Broken"));
    }

    #[test]
    fn an_unknown_tag_never_turns_broken_into_holds(rules in rules(), resource in resource(), which in 0_usize..6) {
        let policy = policy_of(&rules);
        let before = answers(&policy, &resource);
        let mut unknown = resource.clone();
        if let Tags::Read { tags, .. } = &mut unknown.tags && which < tags.len() {
            // A value that is not known counts as not empty (the contract), so an empty one that becomes unknown is another case.
            prop_assume!(tags[which].value.as_deref().is_none_or(|value| !value.trim().is_empty()));
            tags[which].value = None;
        }
        let after = answers(&policy, &unknown);
        for (rule, answer) in &before {
            prop_assert!(!(is(answer, "Broken") && is(&after[rule], "Holds")), "{}: {} -> {}", rule, answer, after[rule]);
        }
    }

    #[test]
    fn nothing_known_is_never_broken_and_never_good(rules in rules(), kind in proptest::sample::select(KINDS)) {
        let policy = policy_of(&rules);
        let resource = Resource { kind: Text::from(kind), tags: Tags::Unread { reason: Text::from("why") }, ..Resource::default() };
        for (rule, answer) in answers(&policy, &resource) {
            // What the type alone settles needs no tags.
            prop_assert!(is(&answer, "Unknown") || is(&answer, "NotApplicable") && RULES_BY_TYPE.iter().any(|n| rule.starts_with(n)), "{}: {}", rule, answer);
        }
    }

    #[test]
    fn a_suggestion_carried_out_makes_its_finding_go_away(rules in rules(), resource in resource()) {
        let policy = policy_of(&rules);
        let found: Vec<_> = evaluate(&policy, &resource, today(), &EmptyIndex, true).into_iter().filter_map(|(at, answer)| match answer {
            Verdict::Fail(violations) => Some(violations.into_iter().filter_map(move |b| b.suggestion.map(|s| (at, b.kind, b.key.map(std::borrow::Cow::into_owned), s))).collect::<Vec<_>>()),
            _ => None,
        }).flatten().collect();
        for (at, kind, key, suggestion) in found {
            let mut fixed = resource.clone();
            apply(&mut fixed, &suggestion);
            let again = evaluate(&policy, &fixed, today(), &EmptyIndex, true);
            let still = again.iter().any(|(rule, answer)| *rule == at && matches!(answer, Verdict::Fail(violations) if violations.iter().any(|b| b.kind == kind && b.key.as_deref() == key.as_deref())));
            prop_assert!(!still, "{} {:?} {:?} on {:?}", policy.rules[at].id, kind, suggestion, resource.tags);
        }
    }
}

/// Tags as the service would leave them: on a user a key replaces its other spellings.
fn apply(resource: &mut Resource<'static>, suggestion: &taglint::rule::Suggestion) {
    let fold = resource.service().folds_case;
    let same = |a: &str, b: &str| if fold { a.to_lowercase() == b.to_lowercase() } else { a == b };
    let Tags::Read { tags, .. } = &mut resource.tags else { return };
    for (key, value) in &suggestion.set {
        tags.retain(|tag| !same(&tag.key, key));
        tags.push(Tag { key: Text::from(key.clone()), value: Some(Text::from(value.clone())) });
    }
    tags.retain(|tag| !suggestion.remove.iter().any(|key| same(&tag.key, key)));
}
