//! Compares the engine with a second, plain implementation of the contract (docs/verdicts.md) over random policies and
//! resources in which much is unknown. The two share no code.

mod cases;
mod model;
mod oracle;

use std::collections::BTreeMap;

use taglint::engine::{QuickPaths, evaluate};
use taglint::model::{Day, Resource, Text, write_resource};
use taglint::policy::{Policy, parse_text};
use taglint::rule::{EmptyIndex, Verdict};

pub(crate) use self::cases::Random;
use self::model::{Answer, PlainPolicy};
use crate::common::inventory;
use crate::targets::report_with;

/// Resources for each policy; `POLICIES` times this many cases in a run.
const RESOURCES: usize = 8;
const POLICIES: u64 = 2_500;

/// The answers of the engine by rule.
fn answers(policy: &Policy, resource: &Resource<'static>) -> BTreeMap<String, Answer> {
    let today = Day::parse("2026-11-22").expect("a date");
    let answer = |verdict: Verdict<'_>| match verdict {
        Verdict::NotApplicable => Answer::NotApplicable,
        Verdict::Pass => Answer::Pass,
        Verdict::Indeterminate(_) => Answer::Unknown,
        Verdict::Fail(found) => {
            Answer::fail(found.iter().map(|one| (one.kind.name(), one.key.as_deref().unwrap_or(""))))
        }
    };
    let verdicts = evaluate(policy, resource, today, &EmptyIndex, false);
    verdicts.into_iter().map(|(at, verdict)| (policy.rules[at].id.clone(), answer(verdict))).collect()
}

/// The line of a resource in an inventory.
fn line(resource: Resource<'static>, n: usize) -> String {
    let arn = Some(Text::from(format!("arn:aws:x:eu-west-1:123456789012:thing/{n}")));
    let mut out = Vec::new();
    write_resource(&mut out, &Resource { arn, ..resource }).expect("memory takes every line");
    String::from_utf8(out).expect("a line is UTF-8").trim_end().to_owned()
}

#[test]
fn a_plain_implementation_of_the_contract_agrees_with_the_engine() {
    let mut seen: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for seed in 0..POLICIES {
        let mut random = Random::new(seed);
        let policy: PlainPolicy = cases::policy(&mut random);
        let text = policy.to_toml();
        let parsed = parse_text(&text).unwrap_or_else(|_| panic!("the policy is valid:\n{text}"));
        let mut lines = Vec::new();
        for n in 0..RESOURCES {
            let resource = cases::resource(&mut random);
            lines.push(line(resource.to_resource(), n));
            let want = oracle::answers(&policy, &resource);
            let got = answers(&parsed, &resource.to_resource());
            if got != want {
                wrong.push(format!("seed {seed}, the engine {got:?}, the contract {want:?}\n{text}\n{resource:?}"));
            }
            for answer in want.values() {
                *seen.entry(answer.word()).or_default() += 1;
            }
        }
        let inventory = inventory(&lines);
        assert_eq!(
            report_with(&parsed, &inventory, QuickPaths::ALL),
            report_with(&parsed, &inventory, QuickPaths::NONE),
            "seed {seed}, the pre-filter left\n{text}\n{inventory}"
        );
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong[..wrong.len().min(25)].join("\n\n"));
    // A comparison of nothing but passes would compare nothing.
    for word in ["pass", "fail", "unknown", "not applicable"] {
        assert!(seen.get(word).is_some_and(|n| *n > 2_000), "{word}: {seen:?}");
    }
}
