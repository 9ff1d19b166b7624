//! What a rule means and how its findings are fixed: the text beside an alert, and of `policy explain`.
//!
//! It is made from the rule alone, never from a finding or the day, so that it stays the same from run to run. The policy's
//! own words are text here: nothing in them becomes a link, a heading or code.

mod snippets;

use std::fmt::Write as _;

use self::snippets::Fix;
use crate::base::{Glob, Globs, all_of, any_of, count, escape, quote};
use crate::policy::Rule;
use crate::policy::fields::KindSpec;
use crate::rule::{Bound, Constraints, Count, KeyStyle, Only, RuleKind, Style, Within};

/// A rule's help, twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// Without any markup.
    pub text: String,
    /// GitHub's Markdown.
    pub markdown: String,
}

/// What a rule means, why it is there, and how to fix its findings: in Terraform, in AWS's own templates, and with
/// the AWS CLI.
#[must_use]
pub fn rule_help(rule: &Rule) -> Help {
    let (kind, about, demand) = (kind(rule), about(rule), demand(rule));
    let fix = Fix::of(rule);
    let mut text = format!("{}.\n\n{demand}.\n\nWhy: {}\n\nHow to fix it: {}\n", dotless(&about), kind.why, kind.fix);
    let mut markdown = format!(
        "{}.\n\n**What it demands.** {}.\n\n**Why.** {}\n\n**How to fix it.** {}\n",
        literal(dotless(&about)),
        literal(&demand),
        kind.why,
        kind.fix
    );
    for note in fix.notes() {
        let _ = write!(text, "\n{note}\n");
        let _ = write!(markdown, "\n{note}\n");
    }
    for (title, language, code) in [
        ("Terraform", "hcl", fix.terraform()),
        ("CloudFormation", "yaml", fix.cloudformation()),
        ("AWS CLI", "sh", fix.cli()),
    ] {
        if !code.is_empty() {
            let _ = write!(text, "\n{title}:\n\n{}\n", indented(&code));
            let _ = write!(markdown, "\n### {title}\n\n```{language}\n{code}\n```\n");
        }
    }
    if let Some(help) = rule.help.as_deref().map(str::trim).filter(|help| !help.is_empty()) {
        let _ = write!(text, "\n{}\n", escape(help));
        let shown = if is_https(help) { format!("<{help}>") } else { literal(help) };
        let _ = write!(markdown, "\n{shown}\n");
    }
    Help { text, markdown }
}

/// What a rule's kind means.
pub(super) fn kind(rule: &Rule) -> &'static KindSpec {
    KindSpec::named(rule.kind.name()).expect("the table of the language has every kind, which its tests hold")
}

/// A rule in one line: its description, else what it demands. Never empty.
pub(super) fn about(rule: &Rule) -> String {
    let words: Vec<&str> = rule.description.split_whitespace().collect();
    if words.is_empty() { demand(rule) } else { escape(&words.join(" ")).into_owned() }
}

/// Whether the text is an `https` URL that can stand in angle brackets, and nothing else.
pub(super) fn is_https(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let (name, port) = host.split_once(':').unwrap_or((host, "443"));
    let good_name = name.split('.').all(|label| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    let escapes = rest
        .split('%')
        .skip(1)
        .all(|after| after.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    good_name
        && port.parse::<u16>().is_ok()
        && escapes
        && text.len() <= 2048
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(&b))
        && rest.matches('#').count() <= 1
}

/// What a rule demands, as a sentence without its full stop.
fn demand(rule: &Rule) -> String {
    match &rule.kind {
        RuleKind::Tag(tag) => {
            let (key, glob) = (quote(tag.key.as_str()), !tag.key.is_literal());
            let rest = value(&tag.constraints);
            match (tag.required, glob, rest.is_empty()) {
                (_, true, true) => format!("Every tag whose key matches {key} has a value"),
                (_, true, false) => format!("The value of every tag whose key matches {key} must {rest}"),
                (true, false, true) => format!("The tag {key} must be there, with a value"),
                (true, false, false) => format!("The tag {key} must be there, and its value must {rest}"),
                (false, false, true) => format!("The tag {key}, where it is there, is spelled so and has a value"),
                (false, false, false) => format!("The value of the tag {key}, where it is there, must {rest}"),
            }
        }
        RuleKind::AnyOf(any) => format!("At least one of the tags {} must have a value", some_of(&any.keys)),
        RuleKind::Forbid(forbid) => format!("No tag may be there whose key is {}", globs(&forbid.keys)),
        RuleKind::Only(Only::Keys(keys)) => format!("Every tag's key must be {}", globs(keys)),
        RuleKind::Only(Only::Declared) => "Every tag's key must be one that the policy names".to_owned(),
        RuleKind::KeyStyle(KeyStyle::Style(style)) => {
            format!("Every tag's key must be written in {}", style_name(*style))
        }
        RuleKind::KeyStyle(KeyStyle::Pattern(pattern)) => {
            format!("Every tag's key must match {}", escape(&pattern.text))
        }
        RuleKind::Count(tags) => number(tags),
        RuleKind::Syntax(_) => "Every tag must be one that the resource's own service accepts".to_owned(),
        RuleKind::Unique(unique) => {
            let place = if unique.within == Within::Account { " of an account" } else { "" };
            format!("No two resources{place} may have the same value of the tag {}", quote(&unique.key))
        }
        RuleKind::SameAsUser(same) => {
            format!(
                "An MFA device must have the same {} as the user it is given to",
                all_of(same.keys.iter().map(|key| quote(key)))
            )
        }
    }
}

fn number(tags: &Count) -> String {
    let mut parts = Vec::new();
    let n = |n: usize, noun: &str| count(n as u64, noun);
    parts.extend(tags.min.map(|min| format!("at least {}", n(min, "tag"))));
    parts.extend(tags.max.map(|max| format!("at most {}", n(max, "tag"))));
    parts.extend(tags.reserve.map(|reserve| format!("room for {}", n(reserve, "more tag"))));
    format!("A resource must have {}", all_of(parts))
}

/// What a value must do, without the day of the run: a bound that moves with it is named as the policy has it.
fn value(constraints: &Constraints) -> String {
    let mut fixed = constraints.clone();
    let mut parts = Vec::new();
    for (bound, side) in [(&mut fixed.min, "before"), (&mut fixed.max, "after")] {
        if let Some(Bound::Today(days)) = bound {
            let day =
                if *days == 0 { "the day of the run".to_owned() } else { format!("the day of the run {days:+} days") };
            parts.push(format!("not be {side} {day}"));
            *bound = None;
        }
    }
    if let Some(pattern) = &constraints.not_pattern {
        parts.push(format!("hold nothing that matches {}", escape(&pattern.text)));
    }
    if !constraints.refused.is_empty() {
        parts.push(format!("not be {}", globs(&constraints.refused)));
    }
    if let Some(items) = &constraints.items {
        parts.extend(items.min.map(|min| format!("have at least {}", count(min as u64, "item"))));
        parts.extend(items.max.map(|max| format!("have at most {}", count(max as u64, "item"))));
        parts.extend(items.unique.then(|| "have no item twice".to_owned()));
    }
    // No bound is left that the day could change.
    let today = crate::model::Day(jiff::civil::Date::ZERO);
    let mut all: Vec<String> = fixed.demand("", today).map(|words| words.trim_start().to_owned()).into_iter().collect();
    all.append(&mut parts);
    all_of(all)
}

fn style_name(style: Style) -> &'static str {
    Style::ALL.iter().find(|(one, _)| *one == style).map_or("one style", |(_, name)| name)
}

/// More names than these make no sentence.
const NAMED: usize = 20;

fn globs(globs: &Globs) -> String {
    some_of(&globs.0.iter().map(Glob::as_str).collect::<Vec<_>>())
}

fn some_of(names: &[impl AsRef<str>]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let rest = (more > 0).then(|| format!("one of {more} more"));
    any_of(names.iter().take(NAMED).map(|name| quote(name.as_ref())).chain(rest))
}

fn dotless(text: &str) -> &str {
    text.trim_end_matches(['.', ' '])
}

fn indented(code: &str) -> String {
    code.lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("  {line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Text that Markdown shows as it is, on one line: a backslash may stand before any ASCII punctuation. What has no meaning
/// in the middle of a line is left alone.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in escape(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '"' | '\'' | ',' | ';' | '?' | '%' | '=' | '$' | '/') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Source, load};

    fn policy(text: &str) -> crate::policy::Policy {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taglint.toml");
        std::fs::write(&path, text).unwrap();
        load(&Source::Paths(vec![path])).unwrap()
    }

    #[test]
    fn only_plain_https_urls_are_links() {
        for (text, want) in [
            ("https://wiki.example.com/cost-centers?a=b%20c#d", true),
            ("https://wiki.example.com:8443/", true),
            ("http://wiki.example.com/", false),
            ("https://", false),
            ("https://a b", false),
            ("https://x>y", false),
            ("https://user@host/", false),
            ("https://x/%zz", false),
            ("https://x/#a#b", false),
            ("ask https://x", false),
        ] {
            assert_eq!(is_https(text), want, "{text}");
        }
    }

    #[test]
    fn every_kind_has_help_for_every_type() {
        let policy = policy(
            r#"version = 1
            [[rule]]
            id = "tag"
            key = "Cost Center"
            required = true
            aliases = ["CostCenter"]
            pattern = '\d{5}'
            [[rule]]
            id = "values"
            key = "it's \"${x}\" 50%{y}"
            values = ["a'b", "c"]
            [[rule]]
            id = "until"
            key = "Until"
            format = "date"
            max = "today+30d"
            [[rule]]
            id = "any"
            any-of = ["Owner", "Team"]
            [[rule]]
            id = "forbid"
            forbid = ["tmp*"]
            [[rule]]
            id = "only"
            only = "declared"
            [[rule]]
            id = "style"
            key-style = "PascalCase"
            [[rule]]
            id = "count"
            max-tags = 40
            [[rule]]
            id = "syntax"
            syntax = "service"
            [[rule]]
            id = "unique"
            unique = "AssetId"
            [[rule]]
            id = "same"
            same-as-user = ["Cost Center"]
            [[rule]]
            id = "other"
            key = "Owner"
            required = true
            resources = ["s3:bucket"]
            "#,
        );
        for rule in &policy.rules {
            let help = rule_help(rule);
            assert!(help.text.contains("Why: ") && help.markdown.contains("### AWS CLI"), "{}", help.markdown);
            assert!(!about(rule).is_empty());
            let of_types = rule.id != "other";
            assert_eq!(help.markdown.contains("### Terraform"), of_types, "{}", rule.id);
            assert_eq!(help.markdown.contains("aws_iam_user"), of_types && rule.id != "same", "{}", rule.id);
            assert!(!help.text.contains("2026") && !help.text.contains("0000"), "{}", help.text);
        }
        let help = |id: &str| rule_help(policy.rule(id).unwrap());
        for line in [
            "    \"Cost Center\" = \"VALUE\"",
            "        - Key: \"Cost Center\"",
            "        \"Cost Center\": \"VALUE\"",
            "aws iam tag-user --user-name example --tags '[{\"Key\":\"Cost Center\",\"Value\":\"VALUE\"}]'",
            "aws iam untag-user --user-name example --tag-keys 'CostCenter'",
        ] {
            assert!(help("tag").markdown.lines().any(|l| l == line), "{}", help("tag").markdown);
        }
        for line in [
            r#"      "it's \"$${x}\" 50%%{y}" = "a'b""#,
            r#"          "it's \"${x}\" 50%{y}": "a'b""#,
            r#"  aws iam tag-user --user-name example --tags '[{"Key":"it'\''s \"${x}\" 50%{y}","Value":"a'\''b"}]'"#,
        ] {
            assert!(help("values").text.lines().any(|l| l == line), "{}", help("values").text);
        }
        assert!(
            help("until")
                .text
                .contains("must be a date written YYYY-MM-DD and not be after the day of the run +30 days.")
        );
    }

    #[test]
    fn the_policys_words_are_only_text() {
        let policy = policy(
            "version = 1\n[[rule]]\nid = \"x\"\nkey = \"K\"\ndescription = \"\"\"[a](http://evil) <b>\n# `c`\u{202e}\"\"\"\nhelp = \"see [me](http://evil)\"\n",
        );
        let markdown = rule_help(&policy.rules[0]).markdown;
        assert!(markdown.starts_with("\\[a\\]\\(http\\://evil\\) \\<b\\> \\# \\`c\\`\\\\u\\{202e\\}."), "{markdown}");
        assert!(markdown.ends_with("\nsee \\[me\\]\\(http\\://evil\\)\n"), "{markdown}");
    }
}
