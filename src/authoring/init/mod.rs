//! Files to start from: a commented one, and a draft of rules for what is there already.

mod profile;
mod propose;
mod shape;

pub use propose::propose;

/// What `taglint init` writes.
const STARTER: &str = r#"# What we ask of the tags of our AWS resources.
#
#   taglint policy check           is this file right?
#   taglint policy test            do its rules do what its tests say?
#   taglint policy explain RULE    what does a rule mean, and how are its findings fixed?
#
# Editors complete and check this file once they have its schema: print it with
# `taglint policy schema > taglint-schema.json`, and begin this file with the line
#   #:schema ./taglint-schema.json
version = 1

# The pack `default` asks for `Environment` (Production, Staging, Test, Development) and `Cost Center` (five digits), and
# has all of the pack `aws`: what AWS itself refuses. `taglint policy list` shows the rules.
extends = ["default"]

# Rules of the packs that you do not want, by id; `*` stands for anything.
# disable = ["aws-headroom"]

# A rule of the same id replaces the pack's, whole. Here are two to change; take the `# ` away.
#
# [[rule]]
# id = "environment"
# description = "The resource says which Environment it belongs to"
# key = "Environment"
# aliases = ["Env", "Stage"]                 # spellings known to be wrong; a fix renames them
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

# An exception that is known has a reason and a last day.
#
# [[waiver]]
# rules = ["cost-center"]
# resources = ["arn:aws:iam::*:user/legacy/*"]
# reason = "these users go when the migration ends"
# owner = "identity@example.com"
# expires = 2027-03-31

# Tests say what the rules are meant to do. Change a rule, and they tell what changed with it.
[[test]]
name = "a user with both tags is good"
resource = { type = "iam:user", name = "anika", tags = { Environment = "Production", "Cost Center" = "12345" } }
expect = []

[[test]]
name = "a user pool without a Cost Center, and with a stage that nobody knows, is not"
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

    /// What a test's resource breaks, as `rule:kind`.
    fn broken(policy: &Policy, test: &TestCase) -> Vec<String> {
        let today = test.today.unwrap_or(Day::parse("2026-01-01").expect("a day"));
        let answers = crate::engine::evaluate(policy, &test.resource, today, &EmptyIndex, false);
        let mut out = Vec::new();
        for (at, answer) in answers {
            if let Verdict::Fail(violations) = answer {
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
