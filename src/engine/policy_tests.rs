//! The tests of a policy (`[[test]]`).

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::evaluate;
use super::input::{Input, InputKind};
use super::resource_index::InventoryIndex;
use super::stream::ByteSource;
use crate::base::ReadProgress;
use crate::model::{Day, Resource, write_resource};
use crate::policy::{Policy, TestCase};
use crate::rule::{Verdict, ViolationKind};

/// A difference between the expectation of a test and a rule's verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// An expected finding is missing: the rule, and its verdict instead.
    MissingFinding(String, String),
    /// A finding is not expected: the rule and kind, and the message.
    UnexpectedFinding(String, String),
    /// An expected unknown result is missing: the rule, and its verdict instead.
    MissingUnknown(String, String),
    /// An unknown result is not expected: the rule and the reason.
    UnexpectedUnknown(String, String),
}

/// The result of one test.
#[derive(Debug, Clone)]
pub struct TestResult<'p> {
    /// The test.
    pub case: &'p TestCase,
    /// The differences; empty if the test passed.
    pub differences: Vec<Difference>,
}

/// The rules that the tests do not cover.
#[derive(Debug, Clone, Default)]
pub struct TestCoverage {
    /// Rules that pass in no test.
    pub never_pass: Vec<String>,
    /// Rules that fail in no test.
    pub never_fail: Vec<String>,
}

/// Runs a policy's tests. `today` is the day of tests without one.
#[must_use]
pub fn run_tests(policy: &Policy, today: Day) -> (Vec<TestResult<'_>>, TestCoverage) {
    let (mut passing, mut failing) = (BTreeSet::new(), BTreeSet::new());
    let mut results = Vec::new();
    for case in &policy.tests {
        let resource_index = resource_index(policy, case);
        let verdicts = evaluate(policy, &case.resource, case.today.unwrap_or(today), &resource_index, true);
        for (at, verdict) in &verdicts {
            match verdict {
                Verdict::Pass => passing.insert(*at),
                Verdict::Fail(_) => failing.insert(*at),
                Verdict::NotApplicable | Verdict::Indeterminate(_) => false,
            };
        }
        results.push(TestResult { case, differences: compare(policy, case, &verdicts) });
    }
    let without = |seen: &BTreeSet<usize>| {
        (0..policy.rules.len()).filter(|at| !seen.contains(at)).map(|at| policy.rules[at].id.clone()).collect()
    };
    (results, TestCoverage { never_pass: without(&passing), never_fail: without(&failing) })
}

/// The index of the test's resource and its `others`.
fn resource_index(policy: &Policy, case: &TestCase) -> InventoryIndex {
    let mut lines = Vec::new();
    let all: Vec<&Resource<'_>> = std::iter::once(&case.resource).chain(&case.others).collect();
    for resource in all {
        write_resource(&mut lines, resource).expect("writing to memory cannot fail");
    }
    let input = Input::new(&case.name, ByteSource::Memory(lines.into()), InputKind::Live);
    InventoryIndex::build(policy, &[input], true, &ReadProgress::default()).expect("memory can be read")
}

fn compare(policy: &Policy, case: &TestCase, verdicts: &[(usize, Verdict<'_>)]) -> Vec<Difference> {
    let mut expected: BTreeMap<&str, Vec<Option<&str>>> = BTreeMap::new();
    for entry in &case.expect {
        let (rule, kind) = entry.split_once(':').map_or((entry.as_str(), None), |(rule, kind)| (rule, Some(kind)));
        expected.entry(rule).or_default().push(kind);
    }
    let verdicts: BTreeMap<&str, &Verdict<'_>> =
        verdicts.iter().map(|(at, verdict)| (policy.rules[*at].id.as_str(), verdict)).collect();
    let mut out = Vec::new();
    for (rule, kinds) in &expected {
        let reported = violations(verdicts.get(rule).copied());
        for kind in kinds {
            let found = !reported.is_empty() && kind.is_none_or(|kind| reported.iter().any(|(k, _)| k.name() == kind));
            if !found {
                let name = kind.map_or((*rule).to_owned(), |kind| format!("{rule}:{kind}"));
                out.push(Difference::MissingFinding(name, describe(verdicts.get(rule).copied())));
            }
        }
    }
    for (rule, verdict) in &verdicts {
        let kinds = expected.get(rule);
        for (kind, message) in violations(Some(verdict)) {
            let named = kinds.is_some_and(|kinds| kinds.iter().any(|k| k.is_none_or(|k| k == kind.name())));
            if !named {
                out.push(Difference::UnexpectedFinding(format!("{rule}:{}", kind.name()), message.to_owned()));
            }
        }
        let is_unknown = matches!(verdict, Verdict::Indeterminate(_));
        let named = case.unknown.iter().any(|id| id == rule);
        match verdict {
            Verdict::Indeterminate(unknown) if !named => {
                out.push(Difference::UnexpectedUnknown((*rule).to_owned(), unknown.reason.to_string()));
            }
            _ if named && !is_unknown => {
                out.push(Difference::MissingUnknown((*rule).to_owned(), describe(Some(verdict))));
            }
            _ => {}
        }
    }
    for rule in case.unknown.iter().filter(|rule| !verdicts.contains_key(rule.as_str())) {
        out.push(Difference::MissingUnknown(rule.clone(), describe(None)));
    }
    out
}

/// Kind and message of each violation.
fn violations<'a>(verdict: Option<&'a Verdict<'_>>) -> Vec<(ViolationKind, &'a str)> {
    match verdict {
        Some(Verdict::Fail(violations)) => violations.iter().map(|b| (b.kind, b.message.as_str())).collect(),
        _ => Vec::new(),
    }
}

/// The verdict of a rule, as text.
fn describe(verdict: Option<&Verdict<'_>>) -> String {
    match verdict {
        None | Some(Verdict::NotApplicable) => "the rule does not apply".to_owned(),
        Some(Verdict::Pass) => "the rule passes".to_owned(),
        Some(Verdict::Fail(violations)) => {
            let kinds: Vec<_> = violations.iter().map(|b| format!("{} ({})", b.kind.name(), b.message)).collect();
            format!("the rule reports {}", kinds.join(", "))
        }
        Some(Verdict::Indeterminate(unknown)) => format!("the result is unknown: {}", unknown.reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PACKS, PolicySource, load};

    #[test]
    fn every_pack_passes_its_own_tests_and_covers_its_rules() {
        for (name, _) in PACKS {
            let policy = load(&PolicySource::Pack(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
            let (results, coverage) = run_tests(&policy, Day::parse("2026-11-22").unwrap());
            for result in &results {
                assert!(result.differences.is_empty(), "{name}: {}: {:?}", result.case.name, result.differences);
            }
            let own = |ids: &[String]| {
                ids.iter()
                    .filter(|id| {
                        policy.rule(id).is_some_and(|r| r.origin.file.path.starts_with(format!("{name} (built in)")))
                    })
                    .cloned()
                    .collect::<Vec<_>>()
            };
            assert_eq!(own(&coverage.never_pass), Vec::<String>::new(), "{name}: rules without a passing test");
            assert_eq!(own(&coverage.never_fail), Vec::<String>::new(), "{name}: rules without a failing test");
        }
    }
}
