//! Asking every rule of one resource.

use crate::model::{Day, Resource};
use crate::policy::{Policy, Rule};
use crate::rule::{Context, Indeterminate, ReportedTags, ResourceIndex, RuleKind, Truth, Verdict, ViolationKind};

/// Every rule's answer for one resource, by the rules' places in the policy. Rules that do not concern the resource's
/// type are left out. With `words` they come in the order of the rules.
pub fn evaluate<'a>(
    policy: &'a Policy,
    resource: &'a Resource<'a>,
    today: Day,
    others: &'a dyn ResourceIndex,
    with_messages: bool,
) -> Vec<(usize, Verdict<'a>)> {
    evaluate_some(policy, resource, today, others, with_messages, &|rule| policy.rules[rule].concerns(&resource.kind))
}

/// The answers of some rules, which must be all of those that are broken or cannot be told: the others say nothing that
/// these have to know.
pub(super) fn evaluate_some<'a>(
    policy: &'a Policy,
    resource: &'a Resource<'a>,
    today: Day,
    others: &'a dyn ResourceIndex,
    with_messages: bool,
    wanted: &dyn Fn(usize) -> bool,
) -> Vec<(usize, Verdict<'a>)> {
    let mut cx = Context {
        resource,
        service: resource.service(),
        today,
        declared: &policy.declared,
        reported: ReportedTags::default(),
        others,
        with_messages,
    };
    let mut answers = Vec::new();
    let mut claimed = ReportedTags::default();
    let mut stage = 0;
    for &at in &policy.order {
        if !wanted(at) {
            continue;
        }
        let rule = &policy.rules[at];
        if rule.kind.stage() != stage {
            stage = rule.kind.stage();
            if stage == 1 && !claimed.too_many {
                let (certain, possible) = finds_too_many(policy, &cx, wanted);
                claimed.too_many = certain;
                claimed.may_be_too_many |= possible;
            }
            cx.reported = claimed.clone();
        }
        let answer = judge(rule, &cx);
        match &answer {
            Verdict::Fail(violations) => claim(&mut claimed, &rule.kind, violations),
            Verdict::Indeterminate(doubt) => claim_perhaps(&mut claimed, &rule.kind, doubt),
            Verdict::Pass | Verdict::NotApplicable => {}
        }
        answers.push((at, answer));
    }
    if with_messages && stage > 0 {
        answers.sort_unstable_by_key(|(at, _)| *at);
    }
    answers
}

/// Whether a rule that looks at room too finds, or may find, too many tags: rules of that stage have to know it of each
/// other.
fn finds_too_many(policy: &Policy, cx: &Context<'_>, wanted: &dyn Fn(usize) -> bool) -> (bool, bool) {
    let both =
        |rule: &Rule| matches!(&rule.kind, RuleKind::Count(count) if count.max.is_some() && count.reserve.is_some());
    let (mut certain, mut possible) = (false, false);
    for at in (0..policy.rules.len()).filter(|at| wanted(*at) && both(&policy.rules[*at])) {
        match judge(&policy.rules[at], cx) {
            Verdict::Fail(violations) => {
                certain |= violations.iter().any(|violation| violation.kind == ViolationKind::TooMany);
            }
            Verdict::Indeterminate(_) => possible = true,
            Verdict::Pass | Verdict::NotApplicable => {}
        }
    }
    (certain, possible)
}

/// What later stages need to know of a breach: one problem, one finding.
fn claim(reported: &mut ReportedTags, demand: &RuleKind, violations: &[crate::rule::Violation<'_>]) {
    for violation in violations {
        match (violation.kind, violation.tag, demand) {
            (ViolationKind::Misspelled, Some(tag), _) => reported.misspelled.push(tag),
            (ViolationKind::Forbidden, Some(tag), _) => reported.forbidden.push(tag),
            (ViolationKind::TooMany, _, RuleKind::Count(_)) => reported.too_many = true,
            _ => {}
        }
    }
}

/// The same of what a rule may turn out to report.
fn claim_perhaps(reported: &mut ReportedTags, demand: &RuleKind, doubt: &Indeterminate<'_>) {
    match demand {
        RuleKind::Tag(_) => reported.may_be_misspelled.extend(&doubt.tags),
        RuleKind::Forbid(_) => reported.may_be_forbidden.extend(&doubt.tags),
        RuleKind::Count(count) => reported.may_be_too_many |= count.max.is_some(),
        _ => {}
    }
}

/// One rule's answer: its conditions first, in strong Kleene logic. Where it is not known whether the rule applies, a
/// rule that would hold anyway holds, and one that would be broken cannot be told.
#[must_use]
pub fn judge<'a>(rule: &'a Rule, cx: &Context<'a>) -> Verdict<'a> {
    let applies = rule.when.as_ref().map_or(Truth::True, |when| when.truth(cx.resource, cx.today));
    if applies == Truth::False {
        return Verdict::NotApplicable;
    }
    let excepted = rule.unless.as_ref().map_or(Truth::False, |unless| unless.truth(cx.resource, cx.today));
    if excepted == Truth::True {
        return Verdict::NotApplicable;
    }
    let answer = rule.kind.answer(cx);
    let certain = applies == Truth::True && excepted == Truth::False;
    match answer {
        Verdict::Fail(violations) if !certain => {
            let tags = violations.iter().filter_map(|violation| violation.tag).collect();
            let key = violations.into_iter().next().and_then(|violation| violation.key);
            Verdict::Indeterminate(Indeterminate {
                key,
                tags,
                ..Indeterminate::new(None, "whether the rule applies is not known")
            })
        }
        other => other,
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
            let answers = evaluate(&policy, &resource, Day(jiff::civil::date(2026, 1, 1)), &EmptyIndex, false);
            let mut got = Vec::new();
            for (at, answer) in answers {
                if let Verdict::Fail(violations) = answer {
                    got.extend(violations.iter().map(|b| format!("{} {}", policy.rules[at].id, b.kind.name())));
                }
            }
            assert_eq!(got.join(" "), want, "{n} tags");
        }
    }

    /// Whose it is to report a key hangs on whether the right key is there besides: nobody's, until that is known.
    #[test]
    fn what_may_be_a_misspelling_is_not_yet_an_undeclared_key() {
        let policy = parse_text(
            "version = 1\n[[rule]]\nid = \"a\"\nkey = \"Cost Center\"\nrequired = true\n[[rule]]\nid = \"b\"\n\
             only = \"declared\"\n[[rule]]\nid = \"c\"\nforbid = [\"CostCentre\"]\n[[rule]]\nid = \"d\"\nkey-style = \"kebab-case\"\n",
        )
        .unwrap();
        for (keys, more, want) in [
            (&["CostCentre"][..], false, "a: misspelled, b: holds, c: holds, d: holds"),
            (&["CostCentre"], true, "a: ?, b: ?, c: ?, d: ?"),
            (&["CostCentre", "x"], true, "a: ?, b: undeclared, c: ?, d: ?"),
            (&["CostCentre", "Cost Center"], true, "a: holds, b: ?, c: forbidden, d: key-style"),
            (&["CostCentre", "Cost Center"], false, "a: holds, b: holds, c: forbidden, d: key-style"),
        ] {
            let tag = |key: &&'static str| Tag { key: Text::from(*key), value: Some(Text::from("v")) };
            let tags = Tags::Read { tags: keys.iter().map(tag).collect(), more: more.into() };
            let resource = Resource { kind: Text::from("iam:mfa"), tags, ..Resource::default() };
            let answers = evaluate(&policy, &resource, Day(jiff::civil::date(2026, 1, 1)), &EmptyIndex, false);
            let word = |(at, answer): &(usize, Verdict<'_>)| {
                let answer = match answer {
                    Verdict::Fail(violations) => violations.iter().map(|b| b.kind.name()).collect::<Vec<_>>().join("+"),
                    Verdict::Indeterminate(_) => "?".to_owned(),
                    Verdict::Pass => "holds".to_owned(),
                    Verdict::NotApplicable => "-".to_owned(),
                };
                format!("{}: {answer}", policy.rules[*at].id)
            };
            let mut got: Vec<String> = answers.iter().map(word).collect();
            got.sort();
            assert_eq!(got.join(", "), want, "{keys:?} {more}");
        }
    }
}
