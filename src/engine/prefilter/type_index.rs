//! The index of one resource type: the rules that apply to it, and the meaning of each key for them.

use hashbrown::HashMap;

use super::accepted_values::AcceptedValues;
use super::key_tests::{KeyTest, key_tests};
use super::quick_paths::QuickPaths;
use crate::aws::{TagLimits, fold_key, is_aws_key};
use crate::engine::rule_set::RuleSet;
use crate::engine::summary::RuleSummary;
use crate::policy::Policy;
use crate::rule::{Check as _, KeyEffect, TagRequirement, may_be_made_by_aws};

/// Limits against hostile input: the number of indexed keys, and their length in bytes.
const MAX_KEYS: usize = 4096;
const MAX_KEY_LENGTH: usize = 256;

/// The number of keys with a cache of accepted values and with shared tests.
const MAX_CACHES: usize = 256;

/// The meaning of a key for the rules.
pub(super) struct KeyInfo {
    text: Box<str>,
    /// `true` if the key belongs to the user, and not to AWS.
    pub(super) own: bool,
    /// The same number for all spellings that the service treats as this key.
    pub(super) folded: u32,
    /// Rules that must be evaluated if the key is present.
    pub(super) breaks: Option<RuleSet>,
    /// The tests of rules on the key's value.
    pub(super) tests: Vec<KeyTest>,
    /// The rules of `tests` as a set.
    pub(super) satisfied: RuleSet,
    /// Values that all of `tests` accept.
    pub(super) accepted: Option<AcceptedValues>,
    /// The index of the key that followed it last time.
    next: usize,
}

/// The index of one resource type.
pub(super) struct TypeIndex {
    kind: Box<str>,
    pub(super) limits: TagLimits,
    /// The rules that may apply to resources of the type.
    pub(super) rules: RuleSet,
    /// Rules that require a tag with an accepted value.
    pub(super) require_tag: RuleSet,
    /// Rules among `require_tag` that several keys can satisfy, so that one rejected value is no violation.
    pub(super) any_of: RuleSet,
    /// Rules on the number of tags.
    pub(super) counts: Vec<usize>,
    /// Rules on the service's own limits.
    pub(super) syntax: RuleSet,
    /// Rules that depend on more than the tags, each with whether that is the rule itself (true) or only its condition.
    pub(super) per_resource: Vec<(usize, bool)>,
    /// By rule of `per_resource`: the number of resources that it applied to without being a candidate.
    pub(super) passed: Vec<u64>,
    /// Rules that apply to all resources of the type.
    always: Vec<usize>,
    /// By rule: the number of resources of which it was a candidate.
    candidate: Vec<u64>,
    resources: u64,
    pub(super) keys: Vec<KeyInfo>,
    by_text: HashMap<Box<str>, usize>,
    by_fold: HashMap<String, u32>,
    /// The index of the key that was first last time.
    first: usize,
    quick_paths: QuickPaths,
}

/// Returns `true` if two keys are equal. Keys of usual length are compared without a `memcmp` call, which would cost
/// more than the comparison.
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // The first and the last bytes may overlap, so that two loads cover every length in a range.
    match a.len() {
        4..8 => a.first_chunk::<4>() == b.first_chunk() && a.last_chunk::<4>() == b.last_chunk(),
        8..=16 => a.first_chunk::<8>() == b.first_chunk() && a.last_chunk::<8>() == b.last_chunk(),
        17..=32 => a.first_chunk::<16>() == b.first_chunk() && a.last_chunk::<16>() == b.last_chunk(),
        _ => a == b,
    }
}

impl TypeIndex {
    pub(super) fn new(policy: &Policy, kind: &str, quick_paths: QuickPaths) -> Self {
        let n = policy.rules.len();
        let none = || RuleSet::empty(n);
        let mut index = Self {
            kind: kind.into(),
            limits: TagLimits::of(kind),
            rules: none(),
            require_tag: none(),
            any_of: none(),
            counts: Vec::new(),
            syntax: none(),
            per_resource: Vec::new(),
            passed: vec![0; n],
            always: Vec::new(),
            candidate: vec![0; n],
            resources: 0,
            keys: Vec::new(),
            by_text: HashMap::new(),
            by_fold: HashMap::new(),
            first: 0,
            quick_paths,
        };
        for (at, rule) in policy.rules.iter().enumerate() {
            let when = rule.when.as_ref().map_or(Some(true), |when| when.settled_by_type(kind));
            let unless = rule.unless.as_ref().map_or(Some(false), |unless| unless.settled_by_type(kind));
            if !rule.may_concern(kind) {
                continue;
            }
            index.rules.insert(at);
            let requirement = rule.kind.requirement();
            match requirement {
                TagRequirement::One => index.require_tag.insert(at),
                TagRequirement::Any => {
                    index.require_tag.insert(at);
                    index.any_of.insert(at);
                }
                TagRequirement::Number => index.counts.push(at),
                TagRequirement::None | TagRequirement::More => {}
            }
            if rule.kind.is_stricter_before_creation() {
                index.syntax.insert(at);
            }
            let depends_on_maker = may_be_made_by_aws(kind) && !rule.asks_for_manager();
            if requirement == TagRequirement::More || when.is_none() || unless.is_none() || depends_on_maker {
                index.per_resource.push((at, requirement == TagRequirement::More));
            } else {
                index.always.push(at);
            }
        }
        index
    }

    pub(super) fn kind(&self) -> &str {
        &self.kind
    }

    /// The index of a key; `None` if there are too many keys. `before` is the index of the preceding key: resources have
    /// their tags in similar order, so the key that followed last time is tried first.
    pub(super) fn key(&mut self, policy: &Policy, text: &str, before: Option<usize>) -> Option<usize> {
        let guess = before.map_or(self.first, |before| self.keys[before].next);
        if self.keys.get(guess).is_some_and(|key| same(key.text.as_bytes(), text.as_bytes())) {
            return Some(guess);
        }
        let at = match self.by_text.get(text) {
            Some(at) => *at,
            None => self.add_key(policy, text)?,
        };
        match before {
            Some(before) => self.keys[before].next = at,
            None => self.first = at,
        }
        Some(at)
    }

    fn add_key(&mut self, policy: &Policy, text: &str) -> Option<usize> {
        if self.keys.len() >= MAX_KEYS || text.len() > MAX_KEY_LENGTH {
            return None;
        }
        let none = || RuleSet::empty(policy.rules.len());
        let (mut breaks, mut satisfied, mut values) = (none(), none(), Vec::new());
        for at in self.rules.iter() {
            match policy.rules[at].kind.key_effect(text, &self.limits, &policy.declared) {
                KeyEffect::None => {}
                KeyEffect::Violates => breaks.insert(at),
                KeyEffect::Value => {
                    values.push(at);
                    satisfied.insert(at);
                }
            }
        }
        let folded = if self.limits.folds_case { fold_key(text) } else { text.into() };
        let next = u32::try_from(self.by_fold.len()).expect("at most MAX_KEYS");
        let folded = *self.by_fold.entry_ref(&*folded).or_insert(next);
        let at = self.keys.len();
        let breaks = (!breaks.is_empty()).then_some(breaks);
        let accepted = !values.is_empty() && at < MAX_CACHES && self.quick_paths.accepted_values;
        let accepted = accepted.then(AcceptedValues::default);
        let tests = key_tests(policy, &values, at < MAX_CACHES && self.quick_paths.shared_tests);
        let own = !is_aws_key(text);
        // Until another key has followed this one, `next` is the key itself.
        self.keys.push(KeyInfo { text: text.into(), own, folded, breaks, tests, satisfied, accepted, next: at });
        self.by_text.insert(text.into(), at);
        Some(at)
    }

    /// Counts a resource and its candidate rules.
    pub(super) fn count(&mut self, candidates: &RuleSet) {
        self.resources += 1;
        if !candidates.is_empty() {
            candidates.iter().for_each(|rule| self.candidate[rule] += 1);
        }
    }

    /// Adds the resources that rules applied to without being candidates to `matched`, and resets the counts.
    pub(super) fn take_matched(&mut self, rules: &mut [RuleSummary]) {
        for rule in &self.always {
            rules[*rule].matched += self.resources - self.candidate[*rule];
        }
        for (rule, _) in &self.per_resource {
            rules[*rule].matched += self.passed[*rule];
        }
        self.resources = 0;
        self.passed.fill(0);
        self.candidate.fill(0);
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
