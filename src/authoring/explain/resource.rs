//! The verdict of every rule of a policy on one resource, and the reasons.

use std::fmt::Write as _;

use super::condition::clauses;
use crate::base::{any_of, count, escape, quote};
use crate::engine::{HIDDEN, HiddenTags, evaluate};
use crate::model::{Day, DeviceAssignment, Resource, Tags, UnlistedTags};
use crate::policy::{Policy, Rule};
use crate::rule::{Condition, ResourceIndex, Truth, Verdict, Violation};

/// The page of `taglint policy explain --resource`: the verdict of every rule on one resource, and the reasons.
#[must_use]
pub fn explain_resource<'a>(
    policy: &'a Policy,
    resource: &'a Resource<'a>,
    today: Day,
    index: &'a dyn ResourceIndex,
) -> String {
    let mut out = String::new();
    let mut verdicts = evaluate(policy, resource, today, index, true);
    let hidden = HiddenTags::new(policy, resource, &verdicts, today, index);
    for (at, verdict) in &mut verdicts {
        if let Verdict::Fail(violations) = verdict {
            for violation in violations {
                hidden.redact(&policy.rules[*at], violation);
            }
        }
    }
    head(&mut out, resource, &hidden, today);
    let width = policy.rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut totals = [0_u64; 4];
    out.push('\n');
    for (at, rule) in policy.rules.iter().enumerate() {
        let verdict = verdicts.iter().find(|(place, _)| *place == at).map(|(_, verdict)| verdict);
        let (place, word, mut reasons) = explained(rule, resource, today, verdict);
        // A waiver matters only for a failure or an unknown result.
        reasons.extend(waived(policy, rule, resource, today).filter(|_| place < 2));
        totals[place] += 1;
        let _ = writeln!(out, "{:width$}  {word}", rule.id);
        for reason in reasons {
            let _ = writeln!(out, "{:width$}    {}", "", escape(&reason));
        }
    }
    let [failed, unknown, passed, not_applicable] = totals;
    let _ = writeln!(
        out,
        "\n{}: {failed} fail, {unknown} unknown, {passed} pass, {not_applicable} not applicable",
        count(policy.rules.len() as u64, "rule")
    );
    out
}

/// The resource and its tags.
fn head(out: &mut String, resource: &Resource<'_>, hidden: &HiddenTags<'_>, today: Day) {
    let _ = writeln!(out, "# {}\n", escape(&resource.handle()));
    let place = |text: Option<&str>| text.map(|text| escape(text).into_owned());
    for (name, value) in [
        ("type", place(Some(&resource.kind))),
        ("name", place(resource.name.as_deref())),
        ("account", place(resource.account.as_deref())),
        ("region", place(resource.region.as_deref())),
        ("path", place(resource.path.as_deref())),
        ("created", place(resource.created.as_deref())),
        (
            "user",
            match &resource.user {
                DeviceAssignment::Unknown => None,
                DeviceAssignment::Unassigned => Some("not assigned".to_owned()),
                DeviceAssignment::User(arn) => place(Some(arn)),
            },
        ),
        ("today", Some(today.to_string())),
    ] {
        if let Some(value) = value {
            let _ = writeln!(out, "{name}: {value}");
        }
    }
    match &resource.tags {
        Tags::Unread { reason } => {
            let _ = writeln!(out, "tags: could not be read: {}", escape(reason));
        }
        Tags::Read { tags, more } => {
            let _ = writeln!(out, "tags:{}", if tags.is_empty() { " none" } else { "" });
            for (at, tag) in tags.iter().enumerate() {
                let value = match tag.value.as_deref() {
                    _ if hidden.contains(at) => HIDDEN.to_owned(),
                    value => value.map_or_else(|| "(not known yet)".to_owned(), quote),
                };
                let key = hidden.key(at).unwrap_or_else(|| quote(&tag.key));
                let _ = writeln!(out, "  {key} = {value}");
            }
            match more {
                UnlistedTags::None => {}
                UnlistedTags::Any => out.push_str("  and possibly others, which are not known yet\n"),
                UnlistedTags::AllBut(keys) => {
                    let keys: Vec<String> = keys.iter().map(|key| quote(key)).collect();
                    let _ = writeln!(out, "  and possibly others but {}, which are not known yet", keys.join(", "));
                }
                UnlistedTags::Keys(keys) => {
                    let keys: Vec<String> = keys.iter().map(|key| quote(key)).collect();
                    let _ = writeln!(out, "  and possibly {}, which is not known yet", keys.join(", "));
                }
            }
        }
    }
}

/// A verdict: its index in the totals, its name, and the reasons.
fn explained(
    rule: &Rule,
    resource: &Resource<'_>,
    today: Day,
    verdict: Option<&Verdict<'_>>,
) -> (usize, &'static str, Vec<String>) {
    match verdict {
        None => (3, "not applicable", vec![wrong_type(rule, resource)]),
        Some(Verdict::NotApplicable) => (3, "not applicable", vec![why_not(rule, resource, today)]),
        Some(Verdict::Pass) => (2, "pass", Vec::new()),
        Some(Verdict::Indeterminate(unknown)) => (1, "unknown", unknowns(rule, resource, today, &unknown.reason)),
        Some(Verdict::Fail(violations)) => {
            (0, "fail", violations.iter().map(|violation| message(rule, resource, violation)).collect())
        }
    }
}

/// The waiver that covers the rule here. It does not change the verdict, but keeps it out of reports.
fn waived(policy: &Policy, rule: &Rule, resource: &Resource<'_>, today: Day) -> Option<String> {
    let waiver = policy.waivers.iter().filter(|_| rule.waivable).find(|waiver| {
        waiver.holds_on(today)
            && waiver.rules.matches(&rule.id)
            && resource.is_named(|name| waiver.resources.matches(name))
    })?;
    Some(format!("waived until {}: {}", waiver.expires, waiver.reason))
}

/// A violation as in reports, with the rule's own message if it has one.
fn message(rule: &Rule, resource: &Resource<'_>, violation: &Violation<'_>) -> String {
    let kind = violation.kind.name();
    match &rule.message {
        None => format!("{kind}: {}", violation.message),
        Some(template) => {
            let text = template.fill(|place| match place {
                "key" => violation.key.as_deref().unwrap_or(""),
                "value" => violation.value.as_deref().unwrap_or(""),
                "name" => resource.name.as_deref().unwrap_or(""),
                _ => &resource.kind,
            });
            format!("{kind}: {text} ({})", violation.message)
        }
    }
}

fn wrong_type(rule: &Rule, resource: &Resource<'_>) -> String {
    let types = any_of(rule.resources.written().map(str::to_owned));
    format!("it applies to {types}, and this resource is {}", resource.kind.as_str())
}

/// The reason why a rule of the right type does not apply.
fn why_not(rule: &Rule, resource: &Resource<'_>, today: Day) -> String {
    if rule.leaves_to_aws(resource) {
        return "AWS made the role, and no condition of the rule has `managed-by`".to_owned();
    }
    if let Some(when) = &rule.when {
        let unmet = of_truth(when, resource, today, Truth::False);
        if !unmet.is_empty() {
            return format!("`when` is not met: it is not true that {}", crate::base::all_of(unmet));
        }
    }
    if let Some(unless) = &rule.unless
        && unless.truth(resource, today) == Truth::True
    {
        let met = of_truth(unless, resource, today, Truth::True);
        return format!("`unless` is met: {}", crate::base::all_of(met));
    }
    "its check does not apply to this resource".to_owned()
}

/// The reasons for an unknown result: the missing fact, and the conditions that depend on it.
fn unknowns(rule: &Rule, resource: &Resource<'_>, today: Day, reason: &str) -> Vec<String> {
    let mut out = vec![reason.to_owned()];
    for (name, condition) in [("when", &rule.when), ("unless", &rule.unless)] {
        let unknown = condition.iter().flat_map(|condition| of_truth(condition, resource, today, Truth::Unknown));
        out.extend(unknown.map(|clause| format!("`{name}`: it is unknown whether {clause}")));
    }
    out
}

/// The conditions with this truth value.
fn of_truth(condition: &Condition, resource: &Resource<'_>, today: Day, truth: Truth) -> Vec<String> {
    clauses(condition)
        .into_iter()
        .filter(|clause| clause.condition.truth(resource, today) == truth)
        .map(|clause| clause.text)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::must_load;
    use super::*;
    use crate::model::{Line, parse_line};
    use crate::rule::EmptyIndex;

    const POLICY: &str = r#"version = 1
[[rule]]
id = "a-holds"
key = "Environment"
required = true
[[rule]]
id = "b-missing"
key = "Owner"
required = true
[[rule]]
id = "c-own-words"
key = "Team"
values = ["a"]
message = "{name} has {key}={value}"
[[rule]]
id = "d-type"
key = "K"
resources = ["cognito-idp:*"]
[[rule]]
id = "e-when"
key = "K"
required = true
[rule.when]
tags.Environment = "Production"
name = "*"
[[rule]]
id = "f-unless"
key = "K"
required = true
[rule.unless]
name = "bot-*"
[[rule]]
id = "g-unknown"
key = "K"
required = true
[rule.when]
account = "111122223333"
[[rule]]
id = "h-kind"
same-as-user = ["K"]
[[waiver]]
rules = ["a-*", "b-*"]
resources = ["iam:user/bot-*"]
reason = "moves, OPS-1"
expires = 2026-11-22
[[waiver]]
rules = ["c-*"]
resources = ["*"]
reason = "too late"
expires = 2026-11-21
"#;

    fn page(line: &str) -> String {
        let policy = must_load(POLICY);
        let Ok(Line::Resource(resource)) = parse_line(line.as_bytes()) else { panic!("{line}") };
        explain_resource(&policy, &resource, Day::parse("2026-11-22").expect("a day"), &EmptyIndex)
    }

    #[test]
    fn every_rule_has_a_verdict_and_reasons() {
        let page = page(r#"{"type":"iam:user","name":"bot-1","tags":{"Environment":"Test","Team":"x\u001b"}}"#);
        for part in [
            "# iam:user/bot-1\n",
            "  \"Team\" = \"x\\u{1b}\"\n",
            "\na-holds      pass\nb-missing    fail\n               missing: Owner is missing",
            "value: bot-1 has Team=x\\u{1b} (Team is \"x\\u{1b}\"; it must be a)",
            "it applies to cognito-idp:*, and this resource is iam:user",
            "`when` is not met: it is not true that the tag \"Environment\" is \"Production\"\n",
            "`unless` is met: the name is \"bot-*\"\n",
            "g-unknown    unknown\n               whether the rule applies is unknown\n               `when`: it is unknown whether the account is \"111122223333\"\n",
            "its check does not apply to this resource\n",
            "\n8 rules: 2 fail, 1 unknown, 1 pass, 4 not applicable\n",
        ] {
            assert!(page.contains(part), "{part:?} is not in\n{page}");
        }
        assert_eq!(page.matches("waived until 2026-11-22: moves, OPS-1\n").count(), 1, "{page}");
        assert!(!page.contains("too late"), "{page}");
    }

    #[test]
    fn unread_tags_are_not_missing() {
        let page = page(r#"{"type":"iam:user","name":"u","tags":null,"unknown":"AccessDenied"}"#);
        assert!(page.contains("tags: could not be read: AccessDenied\n"), "{page}");
        assert!(page.contains("b-missing    unknown\n               AccessDenied\n"), "{page}");
        assert!(page.contains("0 fail"), "{page}");
    }
}
