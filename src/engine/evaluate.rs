//! Asking every rule of one resource.

use crate::check::{Answer, Claims, Context, Demand, Doubt, Kind, Others, Truth};
use crate::model::{Day, Resource};
use crate::policy::{Policy, Rule};

/// Every rule's answer for one resource, by the rules' places in the policy. Rules that do not concern the resource's
/// type are left out.
pub fn evaluate<'a>(
    policy: &'a Policy,
    resource: &'a Resource<'a>,
    today: Day,
    others: &'a dyn Others,
    words: bool,
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
    let mut answers = Vec::with_capacity(policy.order.len());
    let mut claimed = Claims::default();
    let mut stage = 0;
    for &at in &policy.order {
        let rule = &policy.rules[at];
        if !rule.concerns(&resource.kind) {
            continue;
        }
        if rule.demand.stage() != stage {
            stage = rule.demand.stage();
            cx.claims = claimed.clone();
        }
        let answer = judge(rule, &cx);
        if let Answer::Broken(breaches) = &answer {
            claim(&mut claimed, &rule.demand, breaches);
        }
        answers.push((at, answer));
    }
    if stage > 0 {
        answers.sort_unstable_by_key(|(at, _)| *at);
    }
    answers
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
