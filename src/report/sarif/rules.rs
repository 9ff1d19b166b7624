//! `tool.driver.rules`: the texts that GitHub shows beside every alert of a rule. All alerts of a rule share them, so
//! they contain nothing from a finding.

use std::collections::BTreeSet;

use serde_json::Value;

use super::elements::{MultiformatMessageString, Properties, ReportingConfiguration, ReportingDescriptor};
use super::result::level;
use super::words::{DESCRIPTION, NAME, clean};
use crate::policy::{Rule, RuleHead, Severity, TRUNCATED_RULE, Target};
use crate::report::help::{self, Help};

/// GitHub keeps ten tags of a rule and refuses a file with more than twenty
/// (docs/contributing/code-scanning-facts.md, "Limits").
const MAX_TAGS: usize = 10;

/// A rule of the policy.
pub(super) fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let about = help::about(rule);
    let full = format!("{}. {}", about.trim_end_matches(['.', ' ']), rule.kind.spec().why);
    of_policy(rule.head(), &about, &full, help::rule_help(rule))
}

/// A target of the policy.
pub(super) fn target(target: &Target) -> ReportingDescriptor {
    let about = help::target_about(target);
    let full = format!("{}. {}", about.trim_end_matches(['.', ' ']), help::TARGET_WHY);
    of_policy(target.head(), &about, &full, help::target_help(target))
}

fn of_policy(head: RuleHead<'_>, about: &str, full: &str, help: Help) -> ReportingDescriptor {
    let url = head.help.filter(|url| help::is_https(url));
    let mut tags = BTreeSet::new();
    let labels = head.labels.iter().map(|label| clean(label.trim(), NAME)).filter(|label| !label.is_empty());
    let labels: Vec<String> = labels.filter(|label| tags.insert(label.clone())).take(MAX_TAGS).collect();
    describe(head.id, head.severity, about, full, help, url, labels)
}

/// The rule of the result that reports omitted findings.
pub(super) fn truncated() -> ReportingDescriptor {
    let about = "Findings were left out of this file";
    let full = "GitHub keeps 5,000 results of a run and chooses them itself, so taglint keeps the first ones of its own \
                order, the gravest, and says here how many there are besides.";
    let todo = "Fix or waive what is shown, write one file for each account with --sarif-split, or choose another number \
                with --sarif-limit. The JSON report always has every finding.";
    let help = Help { text: format!("{full} {todo}"), markdown: format!("{full}\n\n{todo}") };
    describe(TRUNCATED_RULE, Severity::Warning, about, full, help, None, Vec::new())
}

fn describe(
    id: &str,
    severity: Severity,
    short: &str,
    full: &str,
    help: Help,
    url: Option<&str>,
    labels: Vec<String>,
) -> ReportingDescriptor {
    // GitHub calls a SARIF note a `recommendation`.
    let problem = if severity == Severity::Note { "recommendation" } else { severity.name() };
    let mut properties = Properties::from([
        ("precision".to_owned(), Value::from("very-high")),
        ("problem.severity".to_owned(), Value::from(problem)),
    ]);
    if !labels.is_empty() {
        properties.insert("tags".to_owned(), Value::from(labels));
    }
    ReportingDescriptor {
        default_configuration: ReportingConfiguration { level: level(severity) },
        full_description: plain(full),
        help: MultiformatMessageString { markdown: Some(help.markdown), text: help.text },
        help_uri: url.map(str::to_owned),
        id: id.to_owned(),
        name: pascal(id),
        properties,
        short_description: plain(short),
    }
}

fn plain(text: &str) -> MultiformatMessageString {
    MultiformatMessageString { markdown: None, text: clean(text, DESCRIPTION) }
}

/// Converts a rule id to a name in Pascal case: `cost-center` becomes `CostCenter`. Microsoft's Multitool (SARIF1001)
/// requires that the name differs from the id in more than letter case, so `owner` becomes `OwnerRule`.
fn pascal(id: &str) -> String {
    let words = id.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    let name: String = words.collect();
    let same = name.eq_ignore_ascii_case(id);
    // GitHub keeps 255 characters (docs/contributing/code-scanning-facts.md, "Limits").
    super::words::cut(&(name + if same { "Rule" } else { "" }), 255).into_owned()
}
