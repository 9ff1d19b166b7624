//! Which rules have to be asked of a resource at all.
//!
//! A million resources have a few types and a few hundred keys between them. What a key means to each rule is worked out
//! once ([`plan`]); of a resource whose tags are all known, the rules that none of its tags can break, and that want
//! nothing that is not there, hold. Only the others are asked. The result is the same as asking every rule of every
//! resource, and in builds with debug assertions that is checked for each.

mod accepted;
mod plan;

use std::sync::Mutex;

use hashbrown::HashMap;

use self::plan::Plan;
use super::evaluate::{evaluate, evaluate_some, judge};
use super::rule_set::RuleSet;
use super::summary::RuleSummary;
use crate::model::{Day, FastLine, Resource, Tags, UnlistedTags};
use crate::policy::Policy;
use crate::rule::{Context, ReportedTags, ResourceIndex, Verdict};

/// So many types are planned for; resources of others are asked everything.
const TYPES: usize = 4096;

/// Screens that are not in use, each with what it has learnt.
#[derive(Default)]
pub(super) struct Screens(Mutex<Vec<Screen>>);

impl Screens {
    /// Lends a screen.
    pub(super) fn with<T>(&self, policy: &Policy, work: impl FnOnce(&mut Screen) -> T) -> T {
        let idle = self.0.lock().expect("nothing panics while it holds the list").pop();
        let mut screen = idle.unwrap_or_else(|| Screen::new(policy));
        let out = work(&mut screen);
        self.0.lock().expect("nothing panics while it holds the list").push(screen);
        out
    }
}

/// What a screen works with.
#[derive(Clone, Copy)]
pub(super) struct Inquiry<'a> {
    pub(super) policy: &'a Policy,
    pub(super) today: Day,
    pub(super) others: &'a dyn ResourceIndex,
}

impl<'a> Inquiry<'a> {
    /// The answers of the suspects.
    pub(super) fn ask(self, resource: &'a Resource<'a>, suspects: &RuleSet, words: bool) -> Vec<(usize, Verdict<'a>)> {
        evaluate_some(self.policy, resource, self.today, self.others, words, &|rule| suspects.has(rule))
    }

    /// The answers of every rule, without words.
    pub(super) fn ask_all(self, resource: &'a Resource<'a>) -> Vec<(usize, Verdict<'a>)> {
        evaluate(self.policy, resource, self.today, self.others, false)
    }
}

/// What one thread knows of types and keys.
pub(super) struct Screen {
    plans: Vec<Plan>,
    by_type: HashMap<Box<str>, usize>,
    suspects: RuleSet,
    seen: RuleSet,
    keys: Vec<u32>,
}

impl Screen {
    fn new(policy: &Policy) -> Self {
        let none = RuleSet::none(policy.rules.len());
        Self {
            plans: Vec::new(),
            by_type: HashMap::new(),
            suspects: none.clone(),
            seen: none,
            keys: Vec::with_capacity(64),
        }
    }

    /// The rules to ask of a resource. All others hold or do not apply.
    pub(super) fn suspects(&mut self, inquiry: Inquiry<'_>, resource: &Resource<'_>) -> &RuleSet {
        self.suspects.clear();
        match (self.plan(inquiry.policy, &resource.kind), &resource.tags) {
            (Some(at), Tags::Read { tags, more: UnlistedTags::None }) => {
                let strict = resource.arn.is_none() || resource.is_planned();
                let pairs = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_deref()));
                if !self.look(at, inquiry, strict, pairs) {
                    self.suspects.add(&self.plans[at].rules);
                } else if !self.plans[at].each.is_empty() {
                    ask_each(&mut self.plans[at], inquiry, resource, &mut self.suspects);
                }
                self.plans[at].note(&self.suspects);
            }
            (Some(at), Tags::Read { .. } | Tags::Unread { .. }) => {
                self.suspects.add(&self.plans[at].rules);
                self.plans[at].note(&self.suspects);
            }
            (None, _) => (0..inquiry.policy.rules.len()).for_each(|rule| self.suspects.insert(rule)),
        }
        &self.suspects
    }

    /// The same of a line that is only taken apart; `None` where more than its tags has to be looked at.
    pub(super) fn suspects_of(&mut self, inquiry: Inquiry<'_>, plain: &FastLine<'_, '_>) -> Option<&RuleSet> {
        let at = self.plan(inquiry.policy, plain.kind).filter(|at| self.plans[*at].each.is_empty())?;
        self.suspects.clear();
        if !self.look(at, inquiry, plain.arn.is_none(), plain.tags().map(|(key, value)| (key, Some(value)))) {
            self.suspects.add(&self.plans[at].rules);
        }
        self.plans[at].note(&self.suspects);
        Some(&self.suspects)
    }

    /// The rules that the last resource was asked, to be recalled without looking at it again; 0 where they are too many
    /// for that.
    pub(super) fn keep(&self) -> u64 {
        match self.suspects.first_word() {
            (word, true) => word,
            (_, false) => 0,
        }
    }

    /// The rules to ask of a resource, as they were kept.
    pub(super) fn recall(&mut self, inquiry: Inquiry<'_>, resource: &Resource<'_>, kept: u64) -> &RuleSet {
        if kept == 0 {
            return self.suspects(inquiry, resource);
        }
        self.suspects.set_word(kept);
        &self.suspects
    }

    /// Hands over how many resources each rule applied to and was not asked of, and begins to count anew.
    pub(super) fn hand_over(&mut self, tallies: &mut [RuleSummary]) {
        for plan in &mut self.plans {
            plan.hand_over(tallies);
        }
    }

    fn plan(&mut self, policy: &Policy, kind: &str) -> Option<usize> {
        if let Some(at) = self.plans.iter().take(4).position(|plan| plan.kind() == kind) {
            return Some(at);
        }
        if let Some(at) = self.by_type.get(kind) {
            return Some(*at);
        }
        if self.plans.len() >= TYPES {
            return None;
        }
        self.plans.push(Plan::new(policy, kind));
        self.by_type.insert(kind.into(), self.plans.len() - 1);
        Some(self.plans.len() - 1)
    }

    /// Goes through the tags. False where every rule has to be asked. `strict` where the service has not taken the
    /// resource yet, and may refuse it.
    fn look<'t>(
        &mut self,
        at: usize,
        inquiry: Inquiry<'_>,
        strict: bool,
        tags: impl Iterator<Item = (&'t str, Option<&'t str>)>,
    ) -> bool {
        let plan = &mut self.plans[at];
        self.seen.clear();
        self.keys.clear();
        let mut own = 0;
        let (mut before, mut bits) = (None, 0_u64);
        for (key, value) in tags {
            let Some(value) = value else { return false };
            let Some(id) = plan.key(inquiry.policy, key, before) else { return false };
            before = Some(id);
            let key = &mut plan.keys[id];
            own += usize::from(key.own);
            // One key twice: which of the two a rule looks at is its own affair.
            let bit = 1 << (key.folded % 64);
            if bits & bit != 0 && self.keys.contains(&key.folded) {
                return false;
            }
            bits |= bit;
            self.keys.push(key.folded);
            if let Some(breaks) = &key.breaks {
                self.suspects.add(breaks);
            }
            if key.values.is_empty() {
                continue;
            }
            if key.accepted.as_mut().is_some_and(|accepted| accepted.has(value)) {
                self.seen.add(&key.satisfied);
                continue;
            }
            let mut all = true;
            for rule in &key.values {
                if inquiry.policy.rules[*rule].kind.accepts(value, &plan.service, inquiry.today) {
                    self.seen.insert(*rule);
                } else {
                    all = false;
                    if !plan.any_of.has(*rule) {
                        self.suspects.insert(*rule);
                    }
                }
            }
            if let Some(accepted) = key.accepted.as_mut().filter(|_| all) {
                accepted.remember(value);
            }
        }
        self.suspects.add_missing(&plan.wanted, &self.seen);
        for rule in &plan.numbers {
            if !inquiry.policy.rules[*rule].kind.allows(own, &plan.service) {
                self.suspects.insert(*rule);
            }
        }
        if strict {
            self.suspects.add(&plan.syntax);
        }
        true
    }
}

/// Asks the rules that are no matter of keys and numbers, and whether the conditions of the others hold.
fn ask_each(plan: &mut Plan, inquiry: Inquiry<'_>, resource: &Resource<'_>, suspects: &mut RuleSet) {
    let cx = Context {
        resource,
        service: plan.service,
        today: inquiry.today,
        declared: &inquiry.policy.declared,
        reported: ReportedTags::default(),
        others: inquiry.others,
        with_messages: false,
    };
    for (rule, by_itself) in &plan.each {
        if suspects.has(*rule) {
            continue;
        }
        let demanding = &inquiry.policy.rules[*rule];
        let applies = if *by_itself {
            match judge(demanding, &cx) {
                Verdict::Pass => true,
                Verdict::NotApplicable => false,
                Verdict::Fail(_) | Verdict::Indeterminate(_) => {
                    suspects.insert(*rule);
                    continue;
                }
            }
        } else {
            demanding.may_apply(resource, inquiry.today)
        };
        plan.held[*rule] += u64::from(applies);
    }
}
