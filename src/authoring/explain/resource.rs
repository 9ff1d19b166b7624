//! One resource under every rule of a policy: which hold, which do not, and why.

use std::fmt::Write as _;

use super::condition::parts;
use crate::base::{any_of, count, escape, quote};
use crate::engine::{HIDDEN, HiddenTags, evaluate};
use crate::model::{Assignment, Day, Resource, Tags, UnlistedTags};
use crate::policy::{Policy, Rule};
use crate::rule::{Condition, ResourceIndex, Truth, Verdict, Violation};

/// The page of `taglint policy explain --resource`: every rule's answer for one resource, and why.
#[must_use]
pub fn explain_resource<'a>(
    policy: &'a Policy,
    resource: &'a Resource<'a>,
    today: Day,
    others: &'a dyn ResourceIndex,
) -> String {
    let mut out = String::new();
    let mut answers = evaluate(policy, resource, today, others, true);
    let hidden = HiddenTags::new(policy, resource, &answers, today, others);
    for (at, answer) in &mut answers {
        if let Verdict::Fail(violations) = answer {
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
        let answer = answers.iter().find(|(place, _)| *place == at).map(|(_, answer)| answer);
        let (place, word, mut reasons) = told(rule, resource, today, answer);
        reasons.extend(waived(policy, rule, resource, today).filter(|_| place < 2));
        totals[place] += 1;
        let _ = writeln!(out, "{:width$}  {word}", rule.id);
        for reason in reasons {
            let _ = writeln!(out, "{:width$}    {}", "", escape(&reason));
        }
    }
    let [broken, untold, holds, apart] = totals;
    let _ = writeln!(
        out,
        "\n{}: {broken} broken, {untold} cannot be told, {holds} hold, {apart} do not apply",
        count(policy.rules.len() as u64, "rule")
    );
    out
}

/// Who the resource is, and its tags.
fn head(out: &mut String, resource: &Resource<'_>, hidden: &HiddenTags<'_>, today: Day) {
    let _ = writeln!(out, "# {}\n", escape(&resource.handle()));
    let place = |text: Option<&str>| text.map(|text| escape(text).into_owned());
    for (name, value) in [
        ("type", place(Some(&resource.kind))),
        ("name", place(resource.name.as_deref())),
        ("account", place(resource.account.as_deref())),
        ("region", place(resource.region.as_deref())),
        ("path", place(resource.path.as_deref())),
        ("made", place(resource.created.as_deref())),
        (
            "user",
            match &resource.user {
                Assignment::Unknown => None,
                Assignment::Unassigned => Some("nobody".to_owned()),
                Assignment::User(arn) => place(Some(arn)),
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
                let _ = writeln!(out, "  {} = {value}", quote(&tag.key));
            }
            match more {
                UnlistedTags::None => {}
                UnlistedTags::Any => out.push_str("  and perhaps others, which are not known yet\n"),
                UnlistedTags::Keys(keys) => {
                    let keys: Vec<String> = keys.iter().map(|key| quote(key)).collect();
                    let _ = writeln!(out, "  and perhaps {}, which is not known yet", keys.join(", "));
                }
            }
        }
    }
}

/// An answer: its place among the totals, its word, and why.
fn told(
    rule: &Rule,
    resource: &Resource<'_>,
    today: Day,
    answer: Option<&Verdict<'_>>,
) -> (usize, &'static str, Vec<String>) {
    match answer {
        None => (3, "does not apply", vec![wrong_type(rule, resource)]),
        Some(Verdict::NotApplicable) => (3, "does not apply", vec![why_not(rule, resource, today)]),
        Some(Verdict::Pass) => (2, "holds", Vec::new()),
        Some(Verdict::Indeterminate(doubt)) => (1, "cannot be told", doubts(rule, resource, today, &doubt.reason)),
        Some(Verdict::Fail(violations)) => {
            (0, "broken", violations.iter().map(|violation| words(rule, resource, violation)).collect())
        }
    }
}

/// The waiver that covers the rule here: it changes no answer, and keeps it out of reports.
fn waived(policy: &Policy, rule: &Rule, resource: &Resource<'_>, today: Day) -> Option<String> {
    let waiver = policy.waivers.iter().filter(|_| rule.waivable).find(|waiver| {
        waiver.holds_on(today)
            && waiver.rules.matches(&rule.id)
            && resource.is_named(|name| waiver.resources.matches(name))
    })?;
    Some(format!("waived until {}: {}", waiver.expires, waiver.reason))
}

/// A breach as reports say it: in the rule's own words where it has some.
fn words(rule: &Rule, resource: &Resource<'_>, violation: &Violation<'_>) -> String {
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
    format!("it looks at {types}, and this is {}", resource.kind.as_str())
}

/// Why a rule of the right type does not apply.
fn why_not(rule: &Rule, resource: &Resource<'_>, today: Day) -> String {
    if let Some(when) = &rule.when {
        let unmet = of_truth(when, resource, today, Truth::False);
        if !unmet.is_empty() {
            return format!("`when` is not met: it is not so that {}", crate::base::all_of(unmet));
        }
    }
    if let Some(unless) = &rule.unless
        && unless.truth(resource, today) == Truth::True
    {
        let met = of_truth(unless, resource, today, Truth::True);
        return format!("`unless` is met: {}", crate::base::all_of(met));
    }
    "what it demands does not concern this resource".to_owned()
}

/// Why a rule cannot be told: what is not known, and the conditions that depend on it.
fn doubts(rule: &Rule, resource: &Resource<'_>, today: Day, reason: &str) -> Vec<String> {
    let mut out = vec![reason.to_owned()];
    for (name, condition) in [("when", &rule.when), ("unless", &rule.unless)] {
        let unknown = condition.iter().flat_map(|condition| of_truth(condition, resource, today, Truth::Unknown));
        out.extend(unknown.map(|words| format!("`{name}`: it is not known whether {words}")));
    }
    out
}

/// The conditions that are true, false or not known.
fn of_truth(condition: &Condition, resource: &Resource<'_>, today: Day, truth: Truth) -> Vec<String> {
    parts(condition)
        .into_iter()
        .filter(|part| part.condition.truth(resource, today) == truth)
        .map(|part| part.words)
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
    fn every_rule_answers_and_says_why() {
        let page = page(r#"{"type":"iam:user","name":"bot-1","tags":{"Environment":"Test","Team":"x\u001b"}}"#);
        for part in [
            "# iam:user/bot-1\n",
            "  \"Team\" = \"x\\u{1b}\"\n",
            "\na-holds      holds\nb-missing    broken\n               missing: Owner is missing",
            "value: bot-1 has Team=x\\u{1b} (Team is \"x\\u{1b}\"; it must be a)",
            "it looks at cognito-idp:*, and this is iam:user",
            "`when` is not met: it is not so that the tag \"Environment\" is \"Production\"\n",
            "`unless` is met: the name is \"bot-*\"\n",
            "g-unknown    cannot be told\n               whether the rule applies is not known\n               `when`: it is not known whether the account is \"111122223333\"\n",
            "what it demands does not concern this resource\n",
            "\n8 rules: 2 broken, 1 cannot be told, 1 hold, 4 do not apply\n",
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
        assert!(page.contains("b-missing    cannot be told\n               AccessDenied\n"), "{page}");
        assert!(page.contains("0 broken"), "{page}");
    }
}
