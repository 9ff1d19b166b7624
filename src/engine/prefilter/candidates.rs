//! The prefilter: the rules that a resource may violate.

use std::sync::Mutex;

use hashbrown::HashMap;

use super::fast_line::FastLine;
use super::quick_paths::QuickPaths;
use super::type_index::TypeIndex;
use crate::engine::evaluate::{Evaluator, evaluate_rule};
use crate::engine::rule_set::RuleSet;
use crate::engine::summary::RuleSummary;
use crate::model::{Resource, Tags, UnlistedTags};
use crate::policy::Policy;
use crate::rule::{Check as _, Context, ReportedTags, Verdict};

/// The number of indexed types. All rules are evaluated for resources of further types.
const MAX_TYPES: usize = 4096;

/// Idle prefilters, kept because each has indexed types and keys. A thread takes one for each chunk.
pub(in crate::engine) struct PrefilterPool {
    quick_paths: QuickPaths,
    idle: Mutex<Vec<Prefilter>>,
}

impl PrefilterPool {
    pub(in crate::engine) fn new(quick_paths: QuickPaths) -> Self {
        Self { quick_paths, idle: Mutex::default() }
    }

    /// Calls `work` with a prefilter.
    pub(in crate::engine) fn with<T>(&self, policy: &Policy, work: impl FnOnce(&mut Prefilter) -> T) -> T {
        let idle = self.idle.lock().expect("no thread panics while it holds the list").pop();
        let mut prefilter = idle.unwrap_or_else(|| Prefilter::new(policy, self.quick_paths));
        let out = work(&mut prefilter);
        self.idle.lock().expect("no thread panics while it holds the list").push(prefilter);
        out
    }
}

/// The prefilter of one thread.
pub(in crate::engine) struct Prefilter {
    quick_paths: QuickPaths,
    types: Vec<TypeIndex>,
    by_name: HashMap<Box<str>, usize>,
    /// The candidate rules of the last resource.
    candidates: RuleSet,
    /// The rules that the values of the last resource satisfy.
    satisfied: RuleSet,
    /// The `folded` numbers of the keys of the last resource.
    folded_keys: Vec<u32>,
}

impl Prefilter {
    fn new(policy: &Policy, quick_paths: QuickPaths) -> Self {
        let empty = RuleSet::empty(policy.rules.len());
        Self {
            quick_paths,
            types: Vec::new(),
            by_name: HashMap::new(),
            candidates: empty.clone(),
            satisfied: empty,
            folded_keys: Vec::with_capacity(64),
        }
    }

    /// The candidate rules of a resource. All other rules pass or do not apply.
    pub(in crate::engine) fn candidate_rules(&mut self, evaluator: Evaluator<'_>, resource: &Resource<'_>) -> &RuleSet {
        self.candidates.clear();
        let Some(at) = self.type_index(evaluator.policy, &resource.kind) else {
            self.add_all(evaluator.policy, &resource.kind);
            return &self.candidates;
        };
        if let Tags::Read { tags, more: UnlistedTags::None } = &resource.tags {
            // AWS has not accepted the tags of a planned resource yet.
            let unaccepted = resource.arn.is_none() || resource.is_planned();
            let pairs = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_deref()));
            if !self.check_tags(at, evaluator, unaccepted, pairs) {
                self.candidates.add(&self.types[at].rules);
            } else if !self.types[at].per_resource.is_empty() {
                check_conditions(&mut self.types[at], evaluator, resource, &mut self.candidates);
            }
        } else {
            self.candidates.add(&self.types[at].rules);
        }
        self.types[at].count(&self.candidates);
        &self.candidates
    }

    /// The candidate rules of a line in the fast format; `None` if they depend on more than its tags.
    pub(in crate::engine) fn candidate_rules_of_line(
        &mut self,
        evaluator: Evaluator<'_>,
        line: &FastLine<'_, '_>,
    ) -> Option<&RuleSet> {
        let at = self.type_index(evaluator.policy, line.kind).filter(|at| self.types[*at].per_resource.is_empty())?;
        self.candidates.clear();
        let pairs = line.tags().map(|(key, value)| (key, Some(value)));
        let unaccepted = line.is_unaccepted();
        if !self.check_tags(at, evaluator, unaccepted, pairs) {
            self.candidates.add(&self.types[at].rules);
        }
        self.types[at].count(&self.candidates);
        Some(&self.candidates)
    }

    /// The candidate rules of the last resource as one word; 0 if the policy has too many rules for that.
    pub(in crate::engine) fn last_candidates(&self) -> u64 {
        self.candidates.to_word().unwrap_or(0)
    }

    /// The candidate rules of a resource, from [`Self::last_candidates`] if it is not 0.
    pub(in crate::engine) fn restore_candidates(
        &mut self,
        evaluator: Evaluator<'_>,
        resource: &Resource<'_>,
        word: u64,
    ) -> &RuleSet {
        if word == 0 {
            return self.candidate_rules(evaluator, resource);
        }
        self.candidates.set_word(word);
        &self.candidates
    }

    /// Adds the resources that rules applied to without being candidates to `matched`, and resets the counts.
    pub(in crate::engine) fn take_matched(&mut self, rules: &mut [RuleSummary]) {
        for index in &mut self.types {
            index.take_matched(rules);
        }
    }

    /// Makes every rule on the type a candidate.
    fn add_all(&mut self, policy: &Policy, kind: &str) {
        let rules = policy.rules.iter().enumerate().filter(|(_, rule)| rule.concerns(kind));
        rules.for_each(|(at, _)| self.candidates.insert(at));
    }

    /// The position of a type's index; `None` if there are too many types or the prefilter is switched off.
    fn type_index(&mut self, policy: &Policy, kind: &str) -> Option<usize> {
        // Most inputs have few types: comparing with the first ones is faster than hashing.
        if let Some(at) = self.types.iter().take(4).position(|index| index.kind() == kind) {
            return Some(at);
        }
        if let Some(at) = self.by_name.get(kind) {
            return Some(*at);
        }
        if self.types.len() >= MAX_TYPES || !self.quick_paths.prefilter {
            return None;
        }
        self.types.push(TypeIndex::new(policy, kind, self.quick_paths));
        self.by_name.insert(kind.into(), self.types.len() - 1);
        Some(self.types.len() - 1)
    }

    /// Adds the rules that the tags may violate to the candidates. False if every rule must be evaluated. `unaccepted`:
    /// AWS has not accepted the tags yet, so rules on its own limits are candidates.
    fn check_tags<'t>(
        &mut self,
        at: usize,
        evaluator: Evaluator<'_>,
        unaccepted: bool,
        tags: impl Iterator<Item = (&'t str, Option<&'t str>)>,
    ) -> bool {
        let index = &mut self.types[at];
        self.satisfied.clear();
        self.folded_keys.clear();
        let mut own = 0;
        // `seen` is a Bloom filter over `folded_keys`.
        let (mut before, mut seen) = (None, 0_u64);
        for (key, value) in tags {
            // The value of a planned tag can be unknown. Each rule decides what that means.
            let Some(value) = value else { return false };
            let Some(id) = index.key(evaluator.policy, key, before) else { return false };
            before = Some(id);
            let key = &mut index.keys[id];
            own += usize::from(key.own);
            // With two spellings of one key, each rule decides which of them it checks.
            let bit = 1 << (key.folded % 64);
            if seen & bit != 0 && self.folded_keys.contains(&key.folded) {
                return false;
            }
            seen |= bit;
            self.folded_keys.push(key.folded);
            if let Some(breaks) = &key.breaks {
                self.candidates.add(breaks);
            }
            if key.tests.is_empty() {
                continue;
            }
            if key.accepted.as_mut().is_some_and(|accepted| accepted.contains(value)) {
                self.satisfied.add(&key.satisfied);
                continue;
            }
            let mut all = true;
            for test in &key.tests {
                if test.shared.as_ref().is_some_and(|shared| shared.accepts(value, evaluator.today)) {
                    self.satisfied.add(&test.set);
                    continue;
                }
                for rule in &test.rules {
                    if evaluator.policy.rules[*rule].kind.accepts(value, &index.limits, evaluator.today) {
                        self.satisfied.insert(*rule);
                    } else {
                        all = false;
                        // Another key may satisfy the other rules, which `check_requirements` finds out.
                        if !index.any_of.contains(*rule) {
                            self.candidates.insert(*rule);
                        }
                    }
                }
            }
            if let Some(accepted) = key.accepted.as_mut().filter(|_| all) {
                accepted.insert(value);
            }
        }
        self.check_requirements(at, evaluator, unaccepted, own);
        true
    }

    /// Adds the rules that the tags as a whole may violate. `own` is the number of tags that are not AWS's.
    fn check_requirements(&mut self, at: usize, evaluator: Evaluator<'_>, unaccepted: bool, own: usize) {
        let index = &self.types[at];
        self.candidates.add_missing(&index.require_tag, &self.satisfied);
        for rule in &index.counts {
            if !evaluator.policy.rules[*rule].kind.allows(own, &index.limits) {
                self.candidates.insert(*rule);
            }
        }
        if unaccepted {
            self.candidates.add(&index.syntax);
        }
    }
}

/// Evaluates the rules that depend on more than the tags, and the conditions of other rules.
fn check_conditions(
    index: &mut TypeIndex,
    evaluator: Evaluator<'_>,
    resource: &Resource<'_>,
    candidates: &mut RuleSet,
) {
    let cx = Context {
        resource,
        limits: index.limits,
        today: evaluator.today,
        declared: &evaluator.policy.declared,
        reported: ReportedTags::default(),
        index: evaluator.index,
        with_messages: false,
    };
    for (at, whole_rule) in &index.per_resource {
        if candidates.contains(*at) {
            continue;
        }
        let rule = &evaluator.policy.rules[*at];
        let applies = if *whole_rule {
            match evaluate_rule(rule, &cx) {
                Verdict::Pass => true,
                Verdict::NotApplicable => false,
                Verdict::Fail(_) | Verdict::Indeterminate(_) => {
                    candidates.insert(*at);
                    continue;
                }
            }
        } else {
            rule.may_apply(resource, evaluator.today)
        };
        index.passed[*at] += u64::from(applies);
    }
}
