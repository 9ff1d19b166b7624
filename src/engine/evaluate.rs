//! Asking every rule of one resource.

use crate::check::{Answer, Claims, Context, Demand, Doubt, Kind, Others, Truth};
use crate::model::{Day, Resource};
use crate::policy::{Policy, Rule};

/// Every rule's answer for one resource, by the rules' places in the policy. Rules that do not concern the resource's
/// type are left out. With `words` they come in the order of the rules.
pub fn evaluate<'a>(
    policy: &'a Policy,
    resource: &'a Resource<'a>,
    today: Day,
    others: &'a dyn Others,
    words: bool,
) -> Vec<(usize, Answer<'a>)> {
    evaluate_some(policy, resource, today, others, words, &|rule| policy.rules[rule].concerns(&resource.kind))
}

/// The answers of some rules, which must be all of those that are broken or cannot be told: the others say nothing that
/// these have to know.
pub(super) fn evaluate_some<'a>(
    policy: &'a Policy,
    resource: &'a Resource<'a>,
    today: Day,
    others: &'a dyn Others,
    words: bool,
    wanted: &dyn Fn(usize) -> bool,
) -> Vec<(usize, Answer<'a>)> {
    let mut cx = Context {
        resource,
        service: resource.service(),
        today,
        declared: &policy.declared,
        claims: Claims::default(),
        others,
        words,
    };
    let mut answers = Vec::new();
    let mut claimed = Claims::default();
    let mut stage = 0;
    for &at in &policy.order {
        if !wanted(at) {
            continue;
        }
        let rule = &policy.rules[at];
        if rule.demand.stage() != stage {
            stage = rule.demand.stage();
            if stage == 1 && !claimed.too_many {
                claimed.too_many = finds_too_many(policy, &cx);
            }
            cx.claims = claimed.clone();
        }
        let answer = judge(rule, &cx);
        if let Answer::Broken(breaches) = &answer {
            claim(&mut claimed, &rule.demand, breaches);
        }
        answers.push((at, answer));
    }
    if words && stage > 0 {
        answers.sort_unstable_by_key(|(at, _)| *at);
    }
    answers
}

/// Whether a rule that looks at room too finds too many tags: rules of that stage have to know it of each other.
fn finds_too_many(policy: &Policy, cx: &Context<'_>) -> bool {
    let both =
        |rule: &&Rule| matches!(&rule.demand, Demand::Count(count) if count.max.is_some() && count.reserve.is_some());
    policy.rules.iter().filter(both).filter(|rule| rule.concerns(&cx.resource.kind)).any(|rule| match judge(rule, cx) {
        Answer::Broken(breaches) => breaches.iter().any(|breach| breach.kind == Kind::TooMany),
        _ => false,
    })
}

/// What later stages need to know of a breach: one problem, one finding.
fn claim(claims: &mut Claims, demand: &Demand, breaches: &[crate::check::Breach<'_>]) {
    for breach in breaches {
        match (breach.kind, breach.tag, demand) {
            (Kind::Misspelled, Some(tag), _) => claims.misspelled.push(tag),
            (Kind::Forbidden, Some(tag), _) => claims.forbidden.push(tag),
            (Kind::TooMany, _, Demand::Count(_)) => claims.too_many = true,
            _ => {}
        }
    }
}

/// One rule's answer: its conditions first, in strong Kleene logic. Where it is not known whether the rule applies, a
/// rule that would hold anyway holds, and one that would be broken cannot be told.
#[must_use]
pub fn judge<'a>(rule: &'a Rule, cx: &Context<'a>) -> Answer<'a> {
    let applies = rule.when.as_ref().map_or(Truth::True, |when| when.truth(cx.resource, cx.today));
    if applies == Truth::False {
        return Answer::NotApplicable;
    }
    let excepted = rule.unless.as_ref().map_or(Truth::False, |unless| unless.truth(cx.resource, cx.today));
    if excepted == Truth::True {
        return Answer::NotApplicable;
    }
    let answer = rule.demand.answer(cx);
    let certain = applies == Truth::True && excepted == Truth::False;
    match answer {
        Answer::Broken(breaches) if !certain => Answer::Unknown(Doubt {
            key: breaches.into_iter().next().and_then(|breach| breach.key),
            reason: "whether the rule applies is not known".into(),
        }),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Alone;
    use crate::model::{Tag, Tags, Text};
    use crate::policy::parse_text;

    #[test]
    fn too_many_tags_are_not_reported_again_as_lack_of_room() {
        let policy = parse_text(
            "version = 1\n[[rule]]\nid = \"a\"\nmax-tags = 3\nreserve = 1\n[[rule]]\nid = \"b\"\nreserve = 48\n\
             [[rule]]\nid = \"c\"\nmax-tags = 10\nreserve = 8\n",
        )
        .unwrap();
        for (n, want) in [(4, "a too-many"), (3, "a headroom b headroom c headroom"), (2, "")] {
            let tag = |n: usize| Tag { key: Text::from(format!("k{n}")), value: Some(Text::from("v")) };
            let tags = Tags::Read { tags: (0..n).map(tag).collect(), more: false };
            let resource = Resource { kind: Text::from("iam:mfa"), tags, ..Resource::default() };
            let answers = evaluate(&policy, &resource, Day(jiff::civil::date(2026, 1, 1)), &Alone, false);
            let mut got = Vec::new();
            for (at, answer) in answers {
                if let Answer::Broken(breaches) = answer {
                    got.extend(breaches.iter().map(|b| format!("{} {}", policy.rules[at].id, b.kind.name())));
                }
            }
            assert_eq!(got.join(" "), want, "{n} tags");
        }
    }
}
