//! The evaluation of rules on one resource.

use super::alternatives;
use super::rule_set::RuleSet;
use crate::model::{Day, Resource};
use crate::policy::{Policy, Rule};
use crate::rule::{
    Check as _, Context, Indeterminate, PossibleViolation, ReportedTags, ResourceIndex, Truth, Verdict, ViolationKind,
};

/// The verdicts of all rules that concern the resource's type, each with the rule's index. With `with_messages` they are
/// in the order of the policy.
pub fn evaluate<'a>(
    policy: &'a Policy,
    resource: &'a Resource<'a>,
    today: Day,
    index: &'a dyn ResourceIndex,
    with_messages: bool,
) -> Vec<(usize, Verdict<'a>)> {
    let concerns = |rule: usize| policy.rules[rule].concerns(&resource.kind);
    Evaluator { policy, today, index }.evaluate_where(resource, with_messages, &concerns)
}

/// An evaluator of rules: a policy, the day, and the other resources.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'a> {
    pub(super) policy: &'a Policy,
    pub(super) today: Day,
    pub(super) index: &'a dyn ResourceIndex,
}

impl<'a> Evaluator<'a> {
    /// The verdicts of the candidate rules. The candidates must include all rules that fail or are unknown, because later
    /// stages depend on them.
    pub(super) fn evaluate(
        self,
        resource: &'a Resource<'a>,
        candidates: &RuleSet,
        with_messages: bool,
    ) -> Vec<(usize, Verdict<'a>)> {
        self.evaluate_where(resource, with_messages, &|rule| candidates.contains(rule))
    }

    /// The verdicts of all rules.
    pub(super) fn evaluate_all(self, resource: &'a Resource<'a>, with_messages: bool) -> Vec<(usize, Verdict<'a>)> {
        evaluate(self.policy, resource, self.today, self.index, with_messages)
    }

    fn evaluate_where(
        self,
        resource: &'a Resource<'a>,
        with_messages: bool,
        included: &dyn Fn(usize) -> bool,
    ) -> Vec<(usize, Verdict<'a>)> {
        let policy = self.policy;
        let mut cx = Context {
            resource,
            limits: resource.tag_limits(),
            today: self.today,
            declared: &policy.declared,
            reported: ReportedTags::default(),
            index: self.index,
            with_messages,
        };
        let mut verdicts = Vec::new();
        let mut reported = ReportedTags::default();
        let mut possible = PossibleTooMany::default();
        let mut stage = 0;
        for &at in policy.order.iter().filter(|at| included(**at)) {
            let rule = &policy.rules[at];
            if rule.kind.stage() != stage {
                stage = rule.kind.stage();
                if stage == 1 && !reported.too_many {
                    (reported.too_many, possible) = finds_too_many(policy, &cx, included);
                }
                cx.reported = reported.clone();
            }
            if stage == 1 {
                cx.reported.may_be_too_many = reported.may_be_too_many || possible.by_another_than(at);
            }
            let verdict = evaluate_rule(rule, &cx);
            rule.kind.record(&verdict, &mut reported);
            verdicts.push((at, verdict));
        }
        // Rules are evaluated by stage, but a report lists findings in the order of the policy.
        if with_messages && stage > 0 {
            verdicts.sort_unstable_by_key(|(at, _)| *at);
        }
        verdicts
    }
}

/// The first two rules with `max-tags` and `reserve` that may report too many tags: a rule is not uncertain because of
/// itself.
#[derive(Debug, Clone, Copy, Default)]
struct PossibleTooMany([Option<usize>; 2]);

impl PossibleTooMany {
    fn add(&mut self, rule: usize) {
        if let Some(free) = self.0.iter_mut().find(|slot| slot.is_none()) {
            *free = Some(rule);
        }
    }

    fn by_another_than(self, rule: usize) -> bool {
        self.0.iter().flatten().any(|one| *one != rule)
    }
}

/// Determines if a rule with `max-tags` and `reserve` reports too many tags, and the rules that may report them. Rules of
/// that stage need this fact about each other: a resource with too many tags is not also reported for lack of room.
fn finds_too_many(policy: &Policy, cx: &Context<'_>, included: &dyn Fn(usize) -> bool) -> (bool, PossibleTooMany) {
    let both = |rule: &Rule| rule.kind.stage() == 1 && rule.kind.may_report_too_many();
    let (mut certain, mut possible) = (false, PossibleTooMany::default());
    for (at, rule) in policy.rules.iter().enumerate().filter(|(at, rule)| included(*at) && both(rule)) {
        let may_be = match evaluate_rule(rule, cx) {
            Verdict::NotApplicable => false,
            Verdict::Fail(violations) if violations.iter().any(|one| one.kind == ViolationKind::TooMany) => {
                certain = true;
                false
            }
            Verdict::Indeterminate(unknown) if unknown.may_become(ViolationKind::TooMany) => true,
            // Further tags may exceed the maximum, whatever the rule reports now.
            _ => !cx.resource.tags.complete(),
        };
        if may_be {
            possible.add(at);
        }
    }
    (certain, possible)
}

/// The verdict of one rule. A result that is unknown because of the parameters of a template is decided if every allowed
/// combination of their values gives the same.
#[must_use]
pub fn evaluate_rule<'a>(rule: &'a Rule, cx: &Context<'a>) -> Verdict<'a> {
    match evaluate_conditions(rule, cx) {
        Verdict::Indeterminate(unknown) => alternatives::decide(rule, cx, unknown, evaluate_conditions),
        verdict => verdict,
    }
}

/// The verdict of one rule on known tags. Conditions are evaluated first, in strong Kleene logic: if it is unknown whether the rule
/// applies or the resource exists, a violation becomes unknown and a pass stays a pass.
fn evaluate_conditions<'a>(rule: &'a Rule, cx: &Context<'a>) -> Verdict<'a> {
    if rule.leaves_to_aws(cx.resource) {
        return Verdict::NotApplicable;
    }
    let applies = rule.when.as_ref().map_or(Truth::True, |when| when.truth(cx.resource, cx.today));
    if applies == Truth::False {
        return Verdict::NotApplicable;
    }
    let excepted = rule.unless.as_ref().map_or(Truth::False, |unless| unless.truth(cx.resource, cx.today));
    if excepted == Truth::True {
        return Verdict::NotApplicable;
    }
    let certain = applies == Truth::True && excepted == Truth::False;
    let doubt = if certain { cx.resource.doubt() } else { Some("whether the rule applies is unknown") };
    match (rule.kind.evaluate(cx), doubt) {
        (Verdict::Fail(violations), Some(reason)) => {
            let possible = violations.iter().map(|one| PossibleViolation { kind: one.kind, tag: one.tag }).collect();
            let key = violations.into_iter().next().and_then(|violation| violation.key);
            Verdict::Indeterminate(Indeterminate { key, possible, ..Indeterminate::new(None, reason) })
        }
        (verdict, _) => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Tag, Tags, Text};
    use crate::policy::parse_text;
    use crate::rule::EmptyIndex;

    #[test]
    fn too_many_tags_are_not_reported_again_as_lack_of_room() {
        let policy = parse_text(
            "version = 1\n[[rule]]\nid = \"a\"\nmax-tags = 3\nreserve = 1\n[[rule]]\nid = \"b\"\nreserve = 48\n\
             [[rule]]\nid = \"c\"\nmax-tags = 10\nreserve = 8\n",
        )
        .unwrap();
        for (n, want) in [(4, "a too-many"), (3, "a headroom b headroom c headroom"), (2, "")] {
            let tag = |n: usize| Tag { key: Text::from(format!("k{n}")), value: Some(Text::from("v")) };
            let tags = Tags::Read { tags: (0..n).map(tag).collect(), more: false.into() };
            let resource = Resource { kind: Text::from("iam:mfa"), tags, ..Resource::default() };
            let verdicts = evaluate(&policy, &resource, Day(jiff::civil::date(2026, 1, 1)), &EmptyIndex, false);
            let mut got = Vec::new();
            for (at, verdict) in verdicts {
                if let Verdict::Fail(violations) = verdict {
                    got.extend(violations.iter().map(|b| format!("{} {}", policy.rules[at].id, b.kind.name())));
                }
            }
            assert_eq!(got.join(" "), want, "{n} tags");
        }
    }

    /// The rule that reports a key depends on whether the correct key is present too. Until that is known, no rule
    /// does.
    #[test]
    fn a_possible_misspelling_is_not_yet_an_undeclared_key() {
        let policy = parse_text(
            "version = 1\n[[rule]]\nid = \"a\"\nkey = \"Cost Center\"\nrequired = true\n[[rule]]\nid = \"b\"\n\
             only = \"declared\"\n[[rule]]\nid = \"c\"\nforbid = [\"CostCentre\"]\n[[rule]]\nid = \"d\"\nkey-style = \"kebab-case\"\n",
        )
        .unwrap();
        for (keys, more, want) in [
            (&["CostCentre"][..], false, "a: misspelled, b: pass, c: pass, d: pass"),
            (&["CostCentre"], true, "a: ?, b: ?, c: ?, d: ?"),
            (&["CostCentre", "x"], true, "a: ?, b: undeclared, c: ?, d: ?"),
            (&["CostCentre", "Cost Center"], true, "a: pass, b: ?, c: forbidden, d: key-style"),
            (&["CostCentre", "Cost Center"], false, "a: pass, b: pass, c: forbidden, d: key-style"),
        ] {
            let tag = |key: &&'static str| Tag { key: Text::from(*key), value: Some(Text::from("v")) };
            let tags = Tags::Read { tags: keys.iter().map(tag).collect(), more: more.into() };
            let resource = Resource { kind: Text::from("iam:mfa"), tags, ..Resource::default() };
            let verdicts = evaluate(&policy, &resource, Day(jiff::civil::date(2026, 1, 1)), &EmptyIndex, false);
            let word = |(at, verdict): &(usize, Verdict<'_>)| {
                let verdict = match verdict {
                    Verdict::Fail(violations) => violations.iter().map(|b| b.kind.name()).collect::<Vec<_>>().join("+"),
                    Verdict::Indeterminate(_) => "?".to_owned(),
                    Verdict::Pass => "pass".to_owned(),
                    Verdict::NotApplicable => "-".to_owned(),
                };
                format!("{}: {verdict}", policy.rules[*at].id)
            };
            let mut got: Vec<String> = verdicts.iter().map(word).collect();
            got.sort();
            assert_eq!(got.join(", "), want, "{keys:?} {more}");
        }
    }
}
