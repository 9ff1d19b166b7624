//! `[[test]]`: examples that hold the rules to what their author meant, both ways.

use std::collections::{BTreeMap, BTreeSet};

use super::evaluate::evaluate;
use super::resource_index::InventoryIndex;
use super::store::{ByteSource, Input, InputKind};
use crate::model::{Day, Resource, write_resource};
use crate::policy::{Policy, TestCase};
use crate::rule::{Verdict, ViolationKind};

/// One way in which a test and the rules disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// `expect` names it, and the rule does not report (or not so); what the rule answers instead.
    NotReported(String, String),
    /// The rule reports and `expect` does not name it; its message.
    ReportedFinding(String, String),
    /// `unknown` names it, and the rule can be told.
    Told(String, String),
    /// The rule cannot be told and `unknown` does not name it; why.
    UnknownResult(String, String),
}

/// How one test ended.
#[derive(Debug, Clone)]
pub struct TestResult<'p> {
    /// The test.
    pub case: &'p TestCase,
    /// Empty where it passed.
    pub differences: Vec<Difference>,
}

/// Which rules the tests show holding and broken.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Rules without a test in which they hold.
    pub never_hold: Vec<String>,
    /// Rules without a test in which they are broken.
    pub never_broken: Vec<String>,
}

/// Runs a policy's tests. `today` is the day of tests that name none.
#[must_use]
pub fn run_tests(policy: &Policy, today: Day) -> (Vec<TestResult<'_>>, Coverage) {
    let (mut holding, mut broken) = (BTreeSet::new(), BTreeSet::new());
    let mut results = Vec::new();
    for case in &policy.tests {
        let resource_index = resource_index(policy, case);
        let answers = evaluate(policy, &case.resource, case.today.unwrap_or(today), &resource_index, true);
        for (at, answer) in &answers {
            match answer {
                Verdict::Pass => holding.insert(*at),
                Verdict::Fail(_) => broken.insert(*at),
                Verdict::NotApplicable | Verdict::Indeterminate(_) => false,
            };
        }
        results.push(TestResult { case, differences: compare(policy, case, &answers) });
    }
    let without = |seen: &BTreeSet<usize>| {
        (0..policy.rules.len()).filter(|at| !seen.contains(at)).map(|at| policy.rules[at].id.clone()).collect()
    };
    (results, Coverage { never_hold: without(&holding), never_broken: without(&broken) })
}

/// The test's resource and its `others` as one input.
fn resource_index(policy: &Policy, case: &TestCase) -> InventoryIndex {
    let mut lines = Vec::new();
    let all: Vec<&Resource<'_>> = std::iter::once(&case.resource).chain(&case.others).collect();
    for resource in all {
        write_resource(&mut lines, resource).expect("memory takes every byte");
    }
    let input = Input {
        name: case.name.clone(),
        store: ByteSource::Memory(lines.into()),
        gaps: Vec::new(),
        foreign: true,
        subject: InputKind::Live,
    };
    InventoryIndex::build(policy, &[input]).expect("memory can be read")
}

fn compare(policy: &Policy, case: &TestCase, answers: &[(usize, Verdict<'_>)]) -> Vec<Difference> {
    let mut expected: BTreeMap<&str, Vec<Option<&str>>> = BTreeMap::new();
    for entry in &case.expect {
        let (rule, kind) = entry.split_once(':').map_or((entry.as_str(), None), |(rule, kind)| (rule, Some(kind)));
        expected.entry(rule).or_default().push(kind);
    }
    let answers: BTreeMap<&str, &Verdict<'_>> =
        answers.iter().map(|(at, answer)| (policy.rules[*at].id.as_str(), answer)).collect();
    let mut out = Vec::new();
    for (rule, kinds) in &expected {
        let reported = reported(answers.get(rule).copied());
        for kind in kinds {
            let found = !reported.is_empty() && kind.is_none_or(|kind| reported.iter().any(|(k, _)| k.name() == kind));
            if !found {
                let name = kind.map_or((*rule).to_owned(), |kind| format!("{rule}:{kind}"));
                out.push(Difference::NotReported(name, instead(answers.get(rule).copied())));
            }
        }
    }
    for (rule, answer) in &answers {
        let kinds = expected.get(rule);
        for (kind, message) in reported(Some(answer)) {
            let named = kinds.is_some_and(|kinds| kinds.iter().any(|k| k.is_none_or(|k| k == kind.name())));
            if !named {
                out.push(Difference::ReportedFinding(format!("{rule}:{}", kind.name()), message.to_owned()));
            }
        }
        let untold = matches!(answer, Verdict::Indeterminate(_));
        let named = case.unknown.iter().any(|unknown| unknown == rule);
        match answer {
            Verdict::Indeterminate(doubt) if !named => {
                out.push(Difference::UnknownResult((*rule).to_owned(), doubt.reason.to_string()));
            }
            _ if named && !untold => out.push(Difference::Told((*rule).to_owned(), instead(Some(answer)))),
            _ => {}
        }
    }
    for rule in case.unknown.iter().filter(|rule| !answers.contains_key(rule.as_str())) {
        out.push(Difference::Told(rule.clone(), instead(None)));
    }
    out
}

fn reported<'a>(answer: Option<&'a Verdict<'_>>) -> Vec<(ViolationKind, &'a str)> {
    match answer {
        Some(Verdict::Fail(violations)) => violations.iter().map(|b| (b.kind, b.message.as_str())).collect(),
        _ => Vec::new(),
    }
}

fn instead(answer: Option<&Verdict<'_>>) -> String {
    match answer {
        None | Some(Verdict::NotApplicable) => "the rule does not apply".to_owned(),
        Some(Verdict::Pass) => "the rule holds".to_owned(),
        Some(Verdict::Fail(violations)) => {
            let kinds: Vec<_> = violations.iter().map(|b| format!("{} ({})", b.kind.name(), b.message)).collect();
            format!("the rule reports {}", kinds.join(", "))
        }
        Some(Verdict::Indeterminate(doubt)) => format!("the rule cannot be told: {}", doubt.reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PACKS, Source, load};

    #[test]
    fn every_pack_passes_its_own_tests_and_covers_its_rules() {
        for (name, _) in PACKS {
            let policy = load(&Source::Pack(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
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
            assert_eq!(own(&coverage.never_hold), Vec::<String>::new(), "{name}: rules without a passing test");
            assert_eq!(own(&coverage.never_broken), Vec::<String>::new(), "{name}: rules without a failing test");
        }
    }
}
