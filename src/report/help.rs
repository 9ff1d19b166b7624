//! The help text of a rule, for alerts and for `policy explain`: its requirement, the reason, and the fix.
//!
//! The text depends on the rule alone, not on a finding or the day, so it is the same in every run. Text from the policy is
//! escaped: nothing in it becomes a link, a heading or code.

mod snippets;
mod target;

use std::fmt::Write as _;

use self::snippets::Fix;
pub use self::target::target_help;
#[cfg(feature = "sarif")]
pub(super) use self::target::{TARGET_WHY, target_about};
use crate::base::encode::markdown::literal;
use crate::base::escape;
use crate::policy::Rule;
use crate::rule::Check as _;

/// The help of a rule in two formats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// Without any markup.
    pub text: String,
    /// GitHub's Markdown.
    pub markdown: String,
}

/// The help of a rule: its requirement, the reason, and how to fix its findings in Terraform, `CloudFormation` and with the
/// AWS CLI.
#[must_use]
pub fn rule_help(rule: &Rule) -> Help {
    let (kind, about, requirement) = (rule.kind.spec(), about(rule), rule.kind.describe());
    let fix = Fix::of(rule);
    let Help { mut text, mut markdown } = lead(&about, &requirement);
    let _ = write!(text, "Why: {}\n\nHow to fix it: {}\n", kind.why, kind.fix);
    let _ = write!(markdown, "**Why.** {}\n\n**How to fix it.** {}\n", kind.why, kind.fix);
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
    with_own_help(Help { text, markdown }, rule.help.as_deref())
}

/// The first paragraphs: the description and the requirement, which stands alone if there is no other description.
fn lead(about: &str, requirement: &str) -> Help {
    let (mut text, mut markdown) = (String::new(), String::new());
    if about != requirement {
        let _ = write!(text, "{}.\n\n", dotless(about));
        let _ = write!(markdown, "{}.\n\n", literal(dotless(about)));
    }
    let _ = write!(text, "{requirement}.\n\n");
    let _ = write!(markdown, "**Requirement.** {}.\n\n", literal(requirement));
    Help { text, markdown }
}

/// The help with the text of the policy at its end.
fn with_own_help(Help { mut text, mut markdown }: Help, own: Option<&str>) -> Help {
    if let Some(help) = own.map(str::trim).filter(|help| !help.is_empty()) {
        let _ = write!(text, "\n{}\n", escape(help));
        let shown = if is_https(help) { format!("<{help}>") } else { literal(help) };
        let _ = write!(markdown, "\n{shown}\n");
    }
    Help { text, markdown }
}

/// A rule in one line: its description, else its requirement. Never empty.
pub(crate) fn about(rule: &Rule) -> String {
    in_one_line(&rule.description, || rule.kind.describe())
}

/// A description in one line, else another text.
fn in_one_line(description: &str, otherwise: impl FnOnce() -> String) -> String {
    let words: Vec<&str> = description.split_whitespace().collect();
    if words.is_empty() { otherwise() } else { escape(&words.join(" ")).into_owned() }
}

/// Returns `true` if the text is a single `https` URL that is valid inside angle brackets.
pub(crate) fn is_https(text: &str) -> bool {
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

fn dotless(text: &str) -> &str {
    text.trim_end_matches(['.', ' '])
}

fn indented(code: &str) -> String {
    code.lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("  {line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PolicySource, load};

    fn policy(text: &str) -> crate::policy::Policy {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taglint.toml");
        std::fs::write(&path, text).unwrap();
        load(&PolicySource::Paths(vec![path])).unwrap()
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
                .contains("must be a date written YYYY-MM-DD and be on or before the day of the run +30 days.")
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
