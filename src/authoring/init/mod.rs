//! Starter policies: one with comments, and a draft of rules for existing resources.

mod packs;
mod profile;
mod propose;
mod shape;

pub use propose::propose;

/// The file that `taglint init` writes.
const STARTER: &str = r#"# The rules for the tags of our AWS resources.
#
#   taglint policy check           check this file for mistakes
#   taglint policy test            run the tests in this file
#   taglint policy explain RULE    show the meaning of a rule, and how to fix its findings
#
# Editors complete and check this file once they have its schema: print it with
# `taglint policy schema > taglint-schema.json`, and begin this file with the line
#   #:schema ./taglint-schema.json
version = 1

# The pack `default` requires `Environment` (Production, Staging, Test, Development) and `Cost Center` (five digits). It
# includes the pack `aws`, the limits of AWS itself. `taglint policy list` shows the rules.
extends = ["default"]

# Ids of rules to disable; `*` matches any text.
# disable = ["aws-headroom"]

# A rule with the same id replaces the whole rule of the pack. Here are two to change; remove the `# `.
#
# [[rule]]
# id = "environment"
# description = "The resource says which Environment it belongs to"
# key = "Environment"
# aliases = ["Env", "Stage"]                 # known misspellings; a fix renames them
# required = true
# values = ["Production", "Staging", "Development", "Test"]
#
# [[rule]]
# id = "cost-center"
# description = "The resource says which Cost Center pays for it"
# severity = "error"                         # or warning, or note
# resources = ["iam:*", "cognito-idp:userpool"]
# key = "Cost Center"
# required = true
# pattern = '\d{5}'                          # the whole value
# help = "Ask finance for the number."

# A waiver is a known exception with a reason and an expiry date.
#
# [[waiver]]
# rules = ["cost-center"]
# resources = ["arn:aws:iam::*:user/legacy/*"]
# reason = "these users go when the migration ends"
# owner = "identity@example.com"
# expires = 2027-03-31

# Tests state the expected findings. After a change to a rule they show what changed.
[[test]]
name = "a user with both tags passes"
resource = { type = "iam:user", name = "anika", tags = { Environment = "Production", "Cost Center" = "12345" } }
expect = []

[[test]]
name = "a user pool without a Cost Center and with an unknown Environment fails"
resource = { type = "cognito-idp:userpool", name = "customers", tags = { Environment = "Prod" } }
expect = ["environment:value", "cost-center:missing"]
"#;

/// The commented `taglint.toml` that `taglint init` writes. It loads, and its tests pass.
#[must_use]
pub fn starter() -> String {
    STARTER.to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::must_load;
    use super::*;
    use crate::model::Day;
    use crate::policy::{Policy, TestCase};
    use crate::rule::{EmptyIndex, Verdict};

    /// The findings of a test's resource, as `rule:kind`.
    fn broken(policy: &Policy, test: &TestCase) -> Vec<String> {
        let today = test.today.unwrap_or(Day::parse("2026-01-01").expect("a day"));
        let verdicts = crate::engine::evaluate(policy, &test.resource, today, &EmptyIndex, false);
        let mut out = Vec::new();
        for (at, verdict) in verdicts {
            if let Verdict::Fail(violations) = verdict {
                out.push(format!("{}:{}", policy.rules[at].id, violations[0].kind.name()));
            }
        }
        out
    }

    fn assert_tests_pass(policy: &Policy) {
        for test in &policy.tests {
            let mut want = test.expect.clone();
            want.sort();
            let mut found = broken(policy, test);
            found.sort();
            assert_eq!(found, want, "{}", test.name);
        }
    }

    #[test]
    fn the_starter_loads_and_its_tests_pass() {
        let policy = must_load(&starter());
        assert_eq!(policy.tests.len(), 2);
        assert!(policy.rule("environment").is_some() && policy.rule("aws-syntax").is_some());
        assert!(policy.warnings.is_empty());
        assert_tests_pass(&policy);
    }

    #[test]
    fn what_the_starter_has_in_comments_is_good_too() {
        let mut text = String::new();
        for line in starter().lines() {
            let bare = line.strip_prefix("# ").filter(|rest| {
                rest.starts_with("[[") || rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
            });
            text.push_str(bare.unwrap_or(line));
            text.push('\n');
        }
        let policy = must_load(&text);
        assert_eq!(policy.waivers.len(), 1, "{text}");
        assert!(policy.rule("aws-headroom").is_none(), "disabled");
        let own = policy.rules.iter().filter(|rule| !rule.origin.file.built_in).count();
        assert_eq!(own, 2);
        assert_tests_pass(&policy);
    }
}
