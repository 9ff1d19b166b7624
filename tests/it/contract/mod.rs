//! Compares the engine with a second, plain implementation of the contract (docs/verdicts.md) over random policies and
//! resources in which much is unknown. The two share no code.

mod cases;
mod kinds;
mod model;
mod oracle;

use std::collections::BTreeMap;

use serde_json::Value;
use taglint::engine::{QuickPaths, evaluate};
use taglint::model::{Day, Resource, Text, write_resource};
use taglint::policy::{Grace, Policy, parse_text};
use taglint::rule::{ResourceIndex, Verdict};

pub(crate) use self::cases::Random;
use self::model::{Answer, Demand, PlainPolicy, PlainResource, PlainRule, arn};
use crate::common::inventory;
use crate::targets::report_with;

/// Resources for each policy; `POLICIES` times this many cases in a run.
const RESOURCES: usize = 8;
const POLICIES: u64 = 2_500;
/// The variable with the first seed of a run.
const FIRST_SEED: &str = "TAGLINT_FIRST_SEED";

/// The answers of a policy by rule.
type Answers = BTreeMap<String, Answer>;

/// Something for each resource and rule.
type ByPlace<T> = BTreeMap<(String, String), T>;

/// The other resources, as an engine sees them that has read all lines.
struct PlainIndex<'a> {
    rules: &'a [PlainRule],
    all: &'a [PlainResource],
}

impl ResourceIndex for PlainIndex<'_> {
    fn holders(&self, slot: usize, scope: &str, value: &str) -> u32 {
        let unique = self.rules.iter().filter_map(|rule| match rule.demand {
            Demand::Unique { key, in_all } => Some((key, in_all)),
            _ => None,
        });
        let (key, in_all) = unique.clone().nth(slot).expect("a rule that compares values");
        let same_key = |kind: &str, own: &str| own == key || kind == "iam:user" && own.eq_ignore_ascii_case(key);
        let has = |one: &PlainResource| {
            let tags = one.tags.iter().flatten();
            tags.into_iter().any(|(own, had)| same_key(one.kind, own) && *had == Some(value))
        };
        let here = |one: &PlainResource| in_all || one.account.unwrap_or("") == scope;
        u32::try_from(self.all.iter().filter(|one| here(one) && has(one)).count()).expect("a few")
    }

    fn user(&self, name: &str) -> Option<Resource<'static>> {
        let at = (0..self.all.len()).find(|at| arn(*at) == name && self.all[*at].kind == "iam:user")?;
        Some(self.all[at].to_resource())
    }
}

fn today() -> Day {
    Day::parse("2026-11-22").expect("a date")
}

/// The answers of the engine by rule.
fn answers(policy: &Policy, resource: &Resource<'static>, index: &PlainIndex<'_>) -> Answers {
    let answer = |verdict: Verdict<'_>| match verdict {
        Verdict::NotApplicable => Answer::NotApplicable,
        Verdict::Pass => Answer::Pass,
        Verdict::Indeterminate(_) => Answer::Unknown,
        Verdict::Fail(found) => {
            Answer::fail(found.iter().map(|one| (one.kind.name(), one.key.as_deref().unwrap_or(""))))
        }
    };
    let verdicts = evaluate(policy, resource, today(), index, false);
    verdicts.into_iter().map(|(at, verdict)| (policy.rules[at].id.clone(), answer(verdict))).collect()
}

/// The findings and unknown results of a report, by resource and rule, and the severities of the findings.
fn reported(report: &str) -> (ByPlace<Answer>, ByPlace<String>) {
    let report: Value = serde_json::from_str(report).expect("JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let place = |one: &Value| (text(&one["resource"]["arn"]), text(&one["rule"]));
    let (mut out, mut severities) = (BTreeMap::new(), BTreeMap::new());
    for finding in report["findings"].as_array().expect("findings") {
        severities.insert(place(finding), text(&finding["severity"]));
        let found = out.entry(place(finding)).or_insert_with(|| Answer::fail([]));
        if let Answer::Fail(found) = found {
            found.insert((text(&finding["kind"]), text(&finding["key"])));
        }
    }
    for one in report["unknown"].as_array().expect("unknown results") {
        out.insert(place(one), Answer::Unknown);
    }
    (out, severities)
}

/// The severity of a finding of a rule.
fn severity(rule: &PlainRule, resource: &PlainResource) -> &'static str {
    // The days from the creation to the day of the run.
    let age = match resource.created {
        Some("2026-11-20T23:00:00Z") => Some(2),
        Some(_) => Some(52),
        None => None,
    };
    match (rule.grace, age) {
        (Some(days), Some(age)) if age < days => "note",
        _ => "error",
    }
}

/// The line of a resource in an inventory.
fn line(resource: Resource<'static>, n: usize) -> String {
    let mut out = Vec::new();
    let resource = Resource { arn: Some(Text::from(arn(n))), ..resource };
    write_resource(&mut out, &resource).expect("memory takes every line");
    String::from_utf8(out).expect("a line is UTF-8").trim_end().to_owned()
}

/// Compares one policy over its resources; adds each difference.
fn compare(seed: u64, words: &mut BTreeMap<&'static str, u32>, wrong: &mut Vec<String>) {
    let mut random = Random::new(seed);
    let policy: PlainPolicy = cases::policy(&mut random);
    let text = policy.to_toml();
    let parsed = parse_text(&text).unwrap_or_else(|error| panic!("the policy is valid: {error:?}\n{text}"));
    let all: Vec<PlainResource> = (0..RESOURCES).map(|_| cases::resource(&mut random)).collect();
    let index = PlainIndex { rules: &policy.0, all: &all };
    let (mut in_report, mut severities) = (BTreeMap::new(), BTreeMap::new());
    for (n, resource) in all.iter().enumerate() {
        let want = oracle::answers(&policy, &all, n, false);
        let got = answers(&parsed, &resource.to_resource(), &index);
        if got != want {
            wrong.push(format!("seed {seed}, the engine {got:?}, the contract {want:?}\n{text}\n{resource:?}"));
        }
        for answer in want.values() {
            *words.entry(answer.word()).or_default() += 1;
        }
        for (rule, (id, answer)) in policy.0.iter().zip(oracle::answers(&policy, &all, n, true)) {
            assert_eq!(rule.id, id, "six rules at most, so their order is that of their ids");
            if let Answer::Fail(_) = answer {
                severities.insert((arn(n), id.clone()), severity(rule, resource).to_owned());
            }
            if matches!(answer, Answer::Fail(_) | Answer::Unknown) {
                in_report.insert((arn(n), id), answer);
            }
        }
        for rule in &parsed.rules {
            let grace = rule.grace_for(&Resource { arn: Some(arn(n).into()), ..resource.to_resource() }, today());
            let is_unknown = matches!(grace, Grace::AgeUnknown(_));
            assert_eq!(is_unknown, rule.grace.is_some() && resource.created.is_none(), "seed {seed}");
        }
    }
    let inventory = inventory(&all.iter().enumerate().map(|(n, one)| line(one.to_resource(), n)).collect::<Vec<_>>());
    let report = report_with(&parsed, &inventory, QuickPaths::ALL);
    let slow = report_with(&parsed, &inventory, QuickPaths::NONE);
    assert_eq!(report, slow, "seed {seed}, the pre-filter left\n{text}\n{inventory}");
    let got = reported(&report);
    if got != (in_report.clone(), severities.clone()) {
        wrong.push(format!(
            "seed {seed}, the report {got:?}\nthe contract {in_report:?}, {severities:?}\n{text}\n{all:?}"
        ));
    }
}

#[test]
fn a_plain_implementation_of_the_contract_agrees_with_the_engine() {
    let first: u64 = std::env::var(FIRST_SEED).map_or(0, |text| text.parse().expect("a number"));
    let mut seen: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for seed in first..first + POLICIES {
        compare(seed, &mut seen, &mut wrong);
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong[..wrong.len().min(25)].join("\n\n"));
    // A comparison of nothing but passes would compare nothing.
    for word in ["pass", "fail", "unknown", "not applicable"] {
        assert!(seen.get(word).is_some_and(|n| *n > 2_000), "{word}: {seen:?}");
    }
}
