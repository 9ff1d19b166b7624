//! What is known of one resource type, and of each key that was seen on it.

use hashbrown::HashMap;

use super::RuleSet;
use super::accepted::Accepted;
use crate::aws::{TagLimits, fold_key, is_aws_key};
use crate::engine::summary::RuleSummary;
use crate::policy::Policy;
use crate::rule::{KeyEffect, RuleKind, TagRequirement};

/// So many keys are remembered, none longer than this (bytes): hostile input has no end of them.
const REMEMBERED: (usize, usize) = (4096, 256);

/// So many keys of a type have their accepted values remembered.
const WITH_VALUES: usize = 256;

/// What a key means to the rules.
pub(super) struct Key {
    text: Box<str>,
    /// It is not AWS's own.
    pub(super) own: bool,
    /// The same number for every spelling that the service takes for this key.
    pub(super) folded: u32,
    /// Rules that have to be asked where the key is there.
    pub(super) breaks: Option<RuleSet>,
    /// Rules that look at its value.
    pub(super) values: Vec<usize>,
    /// The same as a set.
    pub(super) satisfied: RuleSet,
    /// Values that all of them accept.
    pub(super) accepted: Option<Accepted>,
    /// The key that came after it the last time.
    next: usize,
}

/// What the rules are for one resource type.
pub(super) struct Plan {
    kind: Box<str>,
    pub(super) service: TagLimits,
    /// Every rule that concerns the type and is not settled by it.
    pub(super) rules: RuleSet,
    /// Rules that want a tag with a value that they accept.
    pub(super) wanted: RuleSet,
    /// Those of them that several keys can satisfy: one bad value alone breaks nothing.
    pub(super) any_of: RuleSet,
    /// Rules on the number of tags.
    pub(super) numbers: Vec<usize>,
    /// Rules on what the service refuses.
    pub(super) syntax: RuleSet,
    /// Rules of which more than the tags has to be looked at, and whether that is the whole rule or its condition.
    pub(super) each: Vec<(usize, bool)>,
    /// How often each of these applied and was not asked.
    pub(super) held: Vec<u64>,
    /// Rules that apply to every resource of the type.
    always: Vec<usize>,
    /// How often each rule was asked.
    asked: Vec<u64>,
    resources: u64,
    pub(super) keys: Vec<Key>,
    by_text: HashMap<Box<str>, usize>,
    by_fold: HashMap<String, u32>,
    first: usize,
}

/// Whether two keys are the same: those of usual length without a call, which would cost more than the comparison.
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        4..8 => a.first_chunk::<4>() == b.first_chunk() && a.last_chunk::<4>() == b.last_chunk(),
        8..=16 => a.first_chunk::<8>() == b.first_chunk() && a.last_chunk::<8>() == b.last_chunk(),
        17..=32 => a.first_chunk::<16>() == b.first_chunk() && a.last_chunk::<16>() == b.last_chunk(),
        _ => a == b,
    }
}

impl Plan {
    pub(super) fn new(policy: &Policy, kind: &str) -> Self {
        let n = policy.rules.len();
        let none = || RuleSet::none(n);
        let mut plan = Self {
            kind: kind.into(),
            service: TagLimits::of(kind),
            rules: none(),
            wanted: none(),
            any_of: none(),
            numbers: Vec::new(),
            syntax: none(),
            each: Vec::new(),
            held: vec![0; n],
            always: Vec::new(),
            asked: vec![0; n],
            resources: 0,
            keys: Vec::new(),
            by_text: HashMap::new(),
            by_fold: HashMap::new(),
            first: 0,
        };
        for (at, rule) in policy.rules.iter().enumerate() {
            let when = rule.when.as_ref().map_or(Some(true), |when| when.settled_by_type(kind));
            let unless = rule.unless.as_ref().map_or(Some(false), |unless| unless.settled_by_type(kind));
            if !rule.concerns(kind) || when == Some(false) || unless == Some(true) {
                continue;
            }
            plan.rules.insert(at);
            let requirement = rule.kind.requirement();
            match requirement {
                TagRequirement::One => plan.wanted.insert(at),
                TagRequirement::Number => plan.numbers.push(at),
                TagRequirement::Nothing | TagRequirement::More => {}
            }
            match rule.kind {
                RuleKind::AnyOf(_) => plan.any_of.insert(at),
                RuleKind::Syntax(_) => plan.syntax.insert(at),
                _ => {}
            }
            if requirement == TagRequirement::More || when.is_none() || unless.is_none() {
                plan.each.push((at, requirement == TagRequirement::More));
            } else {
                plan.always.push(at);
            }
        }
        plan
    }

    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// The place of a key; `None` where there are too many to remember. `before` is the key that came before it:
    /// resources have their tags in much the same order.
    pub(super) fn key(&mut self, policy: &Policy, text: &str, before: Option<usize>) -> Option<usize> {
        let guess = before.map_or(self.first, |before| self.keys[before].next);
        if self.keys.get(guess).is_some_and(|key| same(key.text.as_bytes(), text.as_bytes())) {
            return Some(guess);
        }
        let at = match self.by_text.get(text) {
            Some(at) => *at,
            None => self.learn(policy, text)?,
        };
        match before {
            Some(before) => self.keys[before].next = at,
            None => self.first = at,
        }
        Some(at)
    }

    fn learn(&mut self, policy: &Policy, text: &str) -> Option<usize> {
        if self.keys.len() >= REMEMBERED.0 || text.len() > REMEMBERED.1 {
            return None;
        }
        let none = || RuleSet::none(policy.rules.len());
        let (mut breaks, mut satisfied, mut values) = (none(), none(), Vec::new());
        for at in self.rules.iter() {
            match policy.rules[at].kind.key_effect(text, &self.service, &policy.declared) {
                KeyEffect::Nothing => {}
                KeyEffect::Breaks => breaks.insert(at),
                KeyEffect::Value => {
                    values.push(at);
                    satisfied.insert(at);
                }
            }
        }
        let folded = if self.service.folds_case { fold_key(text) } else { text.into() };
        let next = u32::try_from(self.by_fold.len()).expect("no more than are remembered");
        let folded = *self.by_fold.entry_ref(&*folded).or_insert(next);
        let at = self.keys.len();
        let breaks = (!breaks.is_empty()).then_some(breaks);
        let accepted = (!values.is_empty() && at < WITH_VALUES).then(Accepted::default);
        let own = !is_aws_key(text);
        self.keys.push(Key { text: text.into(), own, folded, breaks, values, satisfied, accepted, next: at });
        self.by_text.insert(text.into(), at);
        Some(at)
    }

    /// Counts a resource and the rules that are asked of it.
    pub(super) fn note(&mut self, suspects: &RuleSet) {
        self.resources += 1;
        if !suspects.is_empty() {
            suspects.iter().for_each(|rule| self.asked[rule] += 1);
        }
    }

    pub(super) fn hand_over(&mut self, tallies: &mut [RuleSummary]) {
        for rule in &self.always {
            tallies[*rule].matched += self.resources - self.asked[*rule];
        }
        for (rule, _) in &self.each {
            tallies[*rule].matched += self.held[*rule];
        }
        self.resources = 0;
        self.held.fill(0);
        self.asked.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_length_are_compared_whole() {
        for length in 0..70 {
            let key = vec![b'a'; length];
            assert!(same(&key, &key.clone()) && !same(&key, &vec![b'a'; length + 1]));
            for at in 0..length {
                let mut other = key.clone();
                other[at] = b'b';
                assert!(!same(&key, &other), "{length} {at}");
            }
        }
    }
}
