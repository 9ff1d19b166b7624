//! Pages for a terminal and for the docs: one rule, the verdict of every rule on one resource, and the reference of the
//! policy language.
//!
//! The requirement of a rule and the code that fixes its findings are those of alerts ([`crate::report::rule_help`]).

mod condition;
mod reference;
mod resource;
mod target;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::base::{all_of, any_of, count, escape, nearest, quote, thousands};
use crate::policy::{Policy, PolicyLocation, Rule};
use crate::rule::spec::FieldType;

pub use reference::{explain_field, explain_kind, fields_markdown};
pub use resource::explain_resource;
pub use target::explain_target;

/// The items of a list that a page shows.
const SHOWN_ITEMS: usize = 10;

/// The page of `taglint policy explain RULE`.
#[must_use]
pub fn explain_rule(policy: &Policy, rule: &Rule) -> String {
    let help = crate::report::rule_help(rule).text;
    let (head, fix) = help.split_once("\n\nHow to fix it: ").unwrap_or((help.as_str(), ""));
    // The requirement is the last sentence before the reason; a rule without a description has no other.
    let before_reason = head.split("\n\nWhy: ").next().unwrap_or("");
    let (about, requirement) = before_reason.rsplit_once("\n\n").unwrap_or(("", before_reason));
    let about = if about.is_empty() { String::new() } else { format!("{about}\n\n") };
    let kind = rule.kind.spec();
    let mut out = format!(
        "# {}\n\n{about}Severity {}, {} rule, policy {}.\n",
        rule.id,
        rule.severity.name(),
        kind.name,
        quote(&policy.name)
    );
    if !rule.labels.is_empty() {
        let _ =
            writeln!(out, "Labels: {}.", rule.labels.iter().map(|label| quote(label)).collect::<Vec<_>>().join(", "));
    }
    let _ = write!(out, "\n## What it checks\n\n{}\n\n## Why\n\n{}\n", kind.summary, kind.why);
    let _ = write!(out, "\n## What it requires here\n\n{requirement}\n\n");
    fields(&mut out, policy, rule);
    out.push_str("\n## Where it applies\n\n");
    scope(&mut out, rule);
    if !fix.is_empty() {
        let _ = write!(out, "\n## How to fix it\n\n{}\n", fix.trim_end());
    }
    let _ = write!(out, "\n## Where it is defined\n\n{}\n", place(&rule.origin));
    out
}

/// The rule with this id, or a message that there is none.
///
/// # Errors
/// A message that names the nearest rule.
pub fn find_rule<'p>(policy: &'p Policy, id: &str) -> Result<&'p Rule, String> {
    policy.rule(id).ok_or_else(|| {
        let known = policy.rules.iter().map(|rule| rule.id.as_str());
        let hint = nearest(id, known).map_or_else(
            || "`taglint policy list` shows the rules".to_owned(),
            |meant| format!("did you mean `{meant}`?"),
        );
        format!("the policy has no rule {}; {hint}", quote(id))
    })
}

/// The fields of the rule's kind as its author wrote them, each with its meaning.
fn fields(out: &mut String, policy: &Policy, rule: &Rule) {
    let Some(table) = written(rule) else { return };
    let mut lists = BTreeSet::new();
    for field in rule.kind.spec().fields {
        if let Some(value) = table.get(field.name) {
            let _ = writeln!(out, "- `{} = {}`: {}", field.name, escape(&one_line(value)), field.doc);
            if takes_lists(field.ty) {
                list_names(value, &mut lists);
            }
        }
    }
    for name in lists {
        let _ = writeln!(out, "- `@{}`: {}", escape(name), list_source(policy, name));
    }
}

/// Returns whether a text in place of a list names a shared list.
fn takes_lists(ty: FieldType) -> bool {
    use FieldType::{Keys, KeysOrDeclared, LiteralKeys, NonEmptyTexts, ValuesBy};
    matches!(ty, Keys | KeysOrDeclared | LiteralKeys | NonEmptyTexts | ValuesBy)
}

/// The names of shared lists in a value.
fn list_names<'v>(value: &'v toml::Value, out: &mut BTreeSet<&'v str>) {
    match value {
        toml::Value::String(text) => {
            // Two `@` begin a text that is no list.
            out.extend(text.strip_prefix('@').filter(|name| !name.starts_with('@')));
        }
        toml::Value::Table(table) => table.iter().for_each(|(_, item)| list_names(item, out)),
        _ => {}
    }
}

/// The items of a list, and their place.
fn list_source(policy: &Policy, name: &str) -> String {
    let Some(list) = policy.lists.iter().find(|list| list.name == name) else { return "a list.".to_owned() };
    let from = match policy.list_files.iter().find(|file| file.name == name) {
        Some(file) => format!("{}, as {} says", escape(&file.file.to_string_lossy()), place(&list.origin)),
        None => place(&list.origin),
    };
    let mut shown: Vec<String> = list.items.iter().take(SHOWN_ITEMS).map(|item| quote(item)).collect();
    let more = list.items.len().saturating_sub(SHOWN_ITEMS);
    if more > 0 {
        shown.push(format!("{} more", thousands(more as u64)));
    }
    format!("{} from {from}: {}.", count(list.items.len() as u64, "item"), all_of(shown))
}

/// A value on one line.
fn one_line(value: &toml::Value) -> String {
    match value {
        toml::Value::Array(items) => format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        toml::Value::String(text) => super::write::string(text),
        other => other.to_string(),
    }
}

/// The rule's own table, parsed again: a compiled rule does not keep its fields as written.
fn written(rule: &Rule) -> Option<toml::Table> {
    let file: toml::Table = rule.origin.file.text.parse().ok()?;
    let rules = file.get("rule")?.as_array()?;
    rules
        .iter()
        .filter_map(toml::Value::as_table)
        .find(|table| table.get("id").and_then(toml::Value::as_str) == Some(&rule.id))
        .cloned()
}

fn scope(out: &mut String, rule: &Rule) {
    if rule.resources.is_empty() {
        out.push_str("- every resource type\n");
    } else {
        let _ = writeln!(out, "- types: {}", any_of(rule.resources.written().map(|glob| escape(glob).into_owned())));
    }
    for (lead, condition) in [("only where", &rule.when), ("not where", &rule.unless)] {
        let parts = condition.as_ref().map(condition::clauses).unwrap_or_default();
        if !parts.is_empty() {
            let _ = writeln!(out, "- {lead} {}", crate::base::all_of(parts.into_iter().map(|clause| clause.text)));
        }
    }
    if let Some(days) = rule.grace {
        let days = count(u64::from(days.unsigned_abs()), "day");
        let severity = rule.severity.with_article();
        let _ = writeln!(out, "- as a note for a resource younger than {days}, then as {severity}");
    }
    out.push_str(if rule.waivable { "- unless a waiver covers it\n" } else { "- no waiver may cover it\n" });
}

/// `taglint.toml:12`.
fn place(origin: &PolicyLocation) -> String {
    let (line, _) = origin.file.line_column(origin.span.start);
    let path = origin.file.path.to_string_lossy().into_owned();
    format!("{}:{line}", escape(&path))
}

#[cfg(test)]
mod tests {
    use super::super::must_load;
    use super::*;

    #[test]
    fn a_rule_is_explained() {
        let policy = must_load(
            r#"version = 1
[policy]
name = "acme"
[[rule]]
id = "cost-center"
description = "Says who pays"
severity = "warning"
resources = ["iam:*"]
key = "Cost Center"
aliases = ["CostCenter"]
required = true
pattern = '\d{5}'
not-values = ["00000"]
labels = ["finance"]
waivable = false
[rule.when]
tags.Environment = ["Production", "Staging"]
older-than = "30d"
[rule.unless]
name = "bot-*"
"#,
        );
        let page = explain_rule(&policy, policy.rule("cost-center").expect("the rule"));
        for part in [
            "# cost-center\n\nSays who pays.\n\nSeverity warning, tag rule, policy \"acme\".\nLabels: \"finance\".\n",
            "## What it checks\n\nA tag exists, its key",
            "## Why\n\nCost allocation",
            "## What it requires here\n\nThe tag \"Cost Center\" must exist, and its value must match \\d{5}",
            "- `pattern = '\\d{5}'`: A regular expression that the whole value must match.\n",
            "- `aliases = [\"CostCenter\"]`: ",
            "- `not-values = [\"00000\"]`: ",
            "- types: iam:*\n",
            "- only where it was created more than 30 days ago and the tag \"Environment\" is \"Production\" or \"Staging\"\n",
            "- not where the name is \"bot-*\"\n",
            "- no waiver may cover it\n",
            "## How to fix it\n\nSet the tag under its right key",
            "aws_iam_user",
            "AWS::IAM::User",
            "aws iam tag-user",
            "taglint.toml:5\n",
        ] {
            assert!(page.contains(part), "{part:?} is not in\n{page}");
        }
        assert!(!page.contains("cognito"), "the rule looks at IAM alone\n{page}");
    }

    #[test]
    fn every_rule_of_every_pack_has_a_page() {
        for (pack, _) in crate::policy::PACKS {
            let policy = crate::policy::load(&crate::policy::PolicySource::Pack(pack)).expect("a pack loads");
            for rule in &policy.rules {
                let page = explain_rule(&policy, rule);
                for heading in [
                    "What it checks",
                    "Why",
                    "What it requires here",
                    "Where it applies",
                    "How to fix it",
                    "Where it is defined",
                ] {
                    assert!(page.contains(&format!("\n## {heading}\n\n")), "{heading}\n{page}");
                }
                assert!(page.contains(" (built in):"), "{page}");
            }
        }
    }

    #[test]
    fn a_page_obeys_nothing_that_a_policy_says() {
        let policy = must_load(
            "version = 1\n[[rule]]\nid = \"r\"\ndescription = \"a\\u001B[31m\\u202E\"\nkey = \"K\\u001B\"\nvalues = [\"a\\nb\"]\n[rule.when]\ntags.\"a\\u001Bb\" = \"x\"\n",
        );
        let page = explain_rule(&policy, &policy.rules[0]);
        assert!(!page.contains(|c| c != '\n' && crate::base::is_hostile(c)), "{page:?}");
    }

    #[test]
    fn a_rule_that_is_not_there_is_answered_with_the_nearest() {
        let policy = must_load("version = 1\n[[rule]]\nid = \"cost-center\"\nkey = \"K\"\n");
        assert!(find_rule(&policy, "cost-center").is_ok());
        assert_eq!(
            find_rule(&policy, "cost-centre").err().as_deref(),
            Some("the policy has no rule \"cost-centre\"; did you mean `cost-center`?")
        );
    }
}
